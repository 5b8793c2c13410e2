//! What is wanted of a try, and the moves that may bring it.

use patchward_patch::lockfile::Move;

use super::attempt::{Attempt, Child, Project};
use super::parent::Parent;
use super::search::{Bound, Least, least};

/// What the moves of some parents are to reach.
pub struct Wish<'a> {
    /// Where they are tried.
    pub project: &'a Project<'a>,
    /// What is to be cleared.
    pub goals: Vec<Child>,
    /// Packages between the parents and the child.
    pub within: Vec<Parent>,
}

impl Wish<'_> {
    /// Makes moves in a new copy, and tells what came of it if that is all that is wanted.
    ///
    /// # Errors
    /// In words, when it is not.
    pub fn made(&self, moves: &[Move]) -> Result<Attempt, String> {
        let attempt = self.project.attempt(moves, &self.goals, &self.within)?;
        match self.goals.iter().find(|child| !attempt.clears(child)) {
            Some(child) => Err(attempt.shortfall(child)),
            None => Ok(attempt),
        }
    }

    /// The least releases of the parents that do it.
    ///
    /// # Errors
    /// In words, when none does.
    pub fn least(&self, parents: &[Parent]) -> Result<Least, String> {
        let from: Vec<String> = parents.iter().map(|parent| parent.from.clone()).collect();
        let mut why = "no other release of the parents exists".to_owned();
        let found = least(&from, |bounds| {
            match self.made(&manifest(parents, bounds)) {
                Ok(attempt) => {
                    let names = parents.iter().map(|parent| &parent.name);
                    names.map(|name| attempt.version_of(name)).collect()
                }
                Err(error) => {
                    why = error;
                    None
                }
            }
        });
        found.ok_or(why)
    }
}

/// The requirements change, and then the lockfile goes from what came of them to what was asked for.
pub fn lowered(parents: &[Parent], bounds: &[Bound], came: &[Bound]) -> Vec<Move> {
    let mut moves = manifest(parents, bounds);
    for (parent, (bound, came)) in parents.iter().zip(bounds.iter().zip(came)) {
        if let (Bound::At(to), Bound::At(from)) = (bound, came)
            && to != from
        {
            moves.push(Move::Lock {
                package: parent.name.clone(),
                from: from.clone(),
                to: Some(to.clone()),
            });
        }
    }
    moves
}

/// The requirements of the parents change.
pub fn manifest(parents: &[Parent], bounds: &[Bound]) -> Vec<Move> {
    let each = parents.iter().zip(bounds);
    each.map(|(parent, bound)| parent.manifest(bound)).collect()
}
