//! A package above the one with the flaw, and how it moves.

use patchward_patch::lockfile::{Move, Versions};

use super::search::Bound;

/// A package above the one with the flaw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parent {
    /// Its name.
    pub name: String,
    /// The version that it has.
    pub from: String,
    /// The project asks for it itself.
    pub direct: bool,
    /// For development only.
    pub development: bool,
}

impl Parent {
    /// Moves it in the lockfile alone.
    pub fn lock(&self, to: Option<String>) -> Move {
        Move::Lock {
            package: self.name.clone(),
            from: self.from.clone(),
            to,
        }
    }

    /// Moves what the project asks for.
    pub fn manifest(&self, bound: &Bound) -> Move {
        Move::Manifest {
            package: self.name.clone(),
            to: match bound {
                Bound::At(version) => Versions::Exactly(version.clone()),
                Bound::Below(below) => Versions::Between(self.from.clone(), below.clone()),
            },
            development: self.development,
        }
    }
}
