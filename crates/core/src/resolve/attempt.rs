//! One try in a copy: packages move, the lockfile is read, and the knowledge says what is still there.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::{Path, PathBuf};

use patchward_inventory::target::{self, Forced, Options};
use patchward_knowledge::Knowledge;
use patchward_patch::lockfile::{Move, Tool, Trial};
use patchward_protocol::inventory::Inventory;

use super::parent::Parent;
use crate::matching::matching;

/// A lockfile, its tool, and the flaws that it has now.
pub struct Project<'a> {
    lockfile: PathBuf,
    tool: Tool,
    knowledge: &'a Knowledge,
    inventory: Inventory,
    before: BTreeSet<Flaw>,
}

/// Vulnerability, package, version.
type Flaw = (String, String, String);

/// A package that is to be without these vulnerabilities.
pub struct Child {
    /// Its name.
    pub name: String,
    /// The version that it has.
    pub from: String,
    /// The least version without them.
    pub to: String,
    /// The vulnerabilities.
    pub vulnerabilities: BTreeSet<String>,
}

/// What came of a try.
pub struct Attempt {
    /// The moves that were made.
    pub moves: Vec<Move>,
    /// Packages and their versions.
    before: BTreeSet<(String, String)>,
    after: BTreeSet<(String, String)>,
    /// Flaws that other versions of their package have now.
    moved: BTreeSet<Flaw>,
    /// Flaws that their package did not have at all.
    new: BTreeSet<Flaw>,
}

impl<'a> Project<'a> {
    /// Reads the lockfile as it is.
    ///
    /// # Errors
    /// In words, when it cannot be read.
    pub fn open(lockfile: PathBuf, tool: Tool, knowledge: &'a Knowledge) -> Result<Self, String> {
        let inventory = read(&lockfile)?;
        let before = flaws(&inventory, knowledge);
        Ok(Project {
            inventory,
            lockfile,
            tool,
            knowledge,
            before,
        })
    }

    /// The project's package manager.
    pub fn tool(&self) -> Tool {
        self.tool
    }

    /// Makes the moves in a new copy. Packages of `within` and then `children` that stayed where they were are moved
    /// after, as far as their parents let them.
    ///
    /// # Errors
    /// In words, when the package manager refuses one of `moves`, or its lockfile cannot be read.
    pub fn attempt(
        &self,
        moves: &[Move],
        children: &[Child],
        within: &[Parent],
    ) -> Result<Attempt, String> {
        let trial = Trial::begin(&self.lockfile, self.tool).map_err(|error| told(&error))?;
        for step in moves {
            trial.make(step).map_err(|error| told(&error))?;
        }
        let mut attempt = self.look(&trial, moves.to_vec())?;
        let after = within
            .iter()
            .map(|parent| (&parent.name, &parent.from, None))
            .chain(
                children
                    .iter()
                    .map(|child| (&child.name, &child.from, Some(child.to.clone()))),
            );
        for (name, from, to) in after {
            let done = children.iter().all(|child| attempt.clears(child));
            if done || !attempt.has(name, from) {
                continue;
            }
            let step = Move::Lock {
                package: name.clone(),
                from: from.clone(),
                to,
            };
            if trial.make(&step).is_ok() {
                let mut made = attempt.moves.clone();
                made.push(step);
                attempt = self.look(&trial, made)?;
            }
        }
        Ok(attempt)
    }

    fn look(&self, trial: &Trial, moves: Vec<Move>) -> Result<Attempt, String> {
        let inventory = read(&trial.lockfile())?;
        let now = flaws(&inventory, self.knowledge);
        let known: BTreeSet<(&str, &str)> = self.before.iter().map(kind).collect();
        let other = now.difference(&self.before).cloned();
        let (moved, new) = other.partition(|flaw| known.contains(&kind(flaw)));
        let versions = |inventory: &Inventory| -> BTreeSet<(String, String)> {
            let all = inventory.components.iter();
            all.map(|component| (component.name.clone(), component.version.clone()))
                .collect()
        };
        Ok(Attempt {
            moves,
            before: versions(&self.inventory),
            after: versions(&inventory),
            moved,
            new,
        })
    }
}

impl Attempt {
    /// The package is gone at its old version, its vulnerabilities have not moved along to another, and none came that
    /// was not there.
    pub fn clears(&self, child: &Child) -> bool {
        self.new.is_empty() && !self.has(&child.name, &child.from) && self.along(child).is_none()
    }

    /// Why it does not clear them, in words.
    pub fn shortfall(&self, child: &Child) -> String {
        if let Some((vulnerability, name, version)) = self.new.first() {
            return format!("it would bring {vulnerability} with {name} {version}");
        }
        match self.along(child) {
            Some((vulnerability, name, version)) => {
                format!("{name} {version} has {vulnerability} too")
            }
            None => format!("{} stays at {}", child.name, child.from),
        }
    }

    /// The version that a package has come to; `None` when it is gone.
    pub fn version_of(&self, name: &str) -> Option<String> {
        let named = |all: &BTreeSet<(String, String)>, known: &BTreeSet<(String, String)>| {
            let mut named = all
                .iter()
                .filter(|entry| entry.0 == name && !known.contains(entry));
            named.next().map(|(_, version)| version.clone())
        };
        named(&self.after, &self.before).or_else(|| named(&self.after, &BTreeSet::new()))
    }

    fn has(&self, name: &str, version: &str) -> bool {
        self.after.contains(&(name.to_owned(), version.to_owned()))
    }

    fn along(&self, child: &Child) -> Option<&Flaw> {
        self.moved.iter().find(|(vulnerability, name, _)| {
            *name == child.name && child.vulnerabilities.contains(vulnerability)
        })
    }
}

fn kind((vulnerability, name, _): &Flaw) -> (&str, &str) {
    (vulnerability, name)
}

fn read(lockfile: &Path) -> Result<Inventory, String> {
    let target = target::detect(lockfile, Some(Forced::Lockfile)).map_err(|error| told(&error))?;
    let inventory = target::take(&target, &Options::default()).map_err(|error| told(&error))?;
    match inventory.problems.first() {
        Some(problem) if inventory.components.is_empty() => Err(problem.message.clone()),
        _ => Ok(inventory),
    }
}

fn flaws(inventory: &Inventory, knowledge: &Knowledge) -> BTreeSet<Flaw> {
    let findings = matching(inventory, knowledge).findings.into_iter();
    findings
        .filter(|finding| finding.suppressed.is_none())
        .map(|finding| {
            let component = finding.component;
            (finding.vulnerability, component.name, component.version)
        })
        .collect()
}

fn told(error: &dyn Error) -> String {
    let cause = error.source().map(|cause| format!(": {cause}"));
    format!("{error}{}", cause.unwrap_or_default())
}
