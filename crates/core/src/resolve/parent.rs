//! A package above the one with the flaw, and how it moves.

use patchward_patch::lockfile::{Move, Part, Versions};
use patchward_protocol::inventory::Component;

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
    /// Where the project asks for it.
    pub part: Part,
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
            part: self.part.clone(),
        }
    }
}

/// The parts of the project that may ask for a package: one for each group or extra that the lockfile names, of which
/// one may take in another.
pub fn parts(component: &Component) -> Vec<Part> {
    let development = component.development == Some(true);
    let Some(groups) = component.properties.get("groups") else {
        return vec![match development {
            true => Part::Development(None),
            false => Part::Runtime,
        }];
    };
    let groups = groups.split(',').map(str::to_owned);
    groups
        .map(|group| match development {
            true => Part::Development(Some(group)),
            false => Part::Extra(group),
        })
        .collect()
}
