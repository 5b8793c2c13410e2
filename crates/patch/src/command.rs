//! A package manager that only the user knows: five command lines given by the user, with arguments added.
//!
//! | verb | arguments added | what it prints |
//! | --- | --- | --- |
//! | `preview` | `name=version` … | a line `name from to` for each change, `-` for nothing |
//! | `save` | a folder | nothing that is read; it makes in the folder what going back needs |
//! | `apply` | `name=version` … | a log |
//! | `verify` | `name` … | a line `name version` for each that is installed |
//! | `roll_back` | the folder, `name=old` … | a log |
//!
//! Each is bounded in time and output like any other command, and what `apply` claims is compared with what `verify`
//! prints.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use patchward_protocol::transaction::{
    Action, Applied, ApplyFailure, Holder, Irreversible, PackageChange, PackageProof,
    PackageVersion, RolledBack, SavedPackage, SavedState, TRANSACTION_SCHEMA, Transaction,
    Verification, WayBack,
};
use serde::{Deserialize, Serialize};

use crate::agreement::{differences, refuse_unagreed};
use crate::error::last_words;
use crate::executor::{ApplyOptions, Executor, Request};
use crate::machine::{Command, End, Machine, Outcome, millis};
use crate::proof::{kept_gaps, proof_gaps};
use crate::{PatchError, below, names};

/// Most changes that a preview may name.
const MAX_CHANGES: usize = 10_000;

/// The executor of the user's own command lines.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct UserCommands {
    /// What would change.
    pub preview: Vec<String>,
    /// Makes what going back needs; may be empty.
    pub save: Vec<String>,
    /// Changes it.
    pub apply: Vec<String>,
    /// What is installed.
    pub verify: Vec<String>,
    /// Goes back; may be empty: a preview then says that nothing can be taken back.
    pub roll_back: Vec<String>,
    /// Where `save` may write, as seen inside the machine.
    pub folder: String,
}

impl UserCommands {
    fn line(&self, verb: &'static str, timeout: Duration) -> Result<Command, PatchError> {
        let line = match verb {
            "preview" => &self.preview,
            "save" => &self.save,
            "apply" => &self.apply,
            "verify" => &self.verify,
            _ => &self.roll_back,
        };
        if line.is_empty() {
            return Err(PatchError::Unsupported {
                manager: "command".to_owned(),
                what: format!("no command is given for {verb}"),
            });
        }
        Ok(Command::new(line.iter().cloned())
            .timeout(timeout)
            .network())
    }

    /// Where this executor's `save` writes.
    fn place(&self) -> &str {
        if self.folder.is_empty() {
            "/var/lib/patchward/command"
        } else {
            &self.folder
        }
    }

    fn changes(
        &self,
        machine: &dyn Machine,
        requested: &[PackageVersion],
    ) -> Result<Vec<PackageChange>, PatchError> {
        if requested.is_empty() {
            return Ok(Vec::new());
        }
        let command = self
            .line("preview", Duration::from_secs(300))?
            .args(at_versions(requested));
        let outcome = PatchError::check("preview", &command, machine.run(&command)?)?;
        parse_changes(&outcome.text())
    }

    fn versions(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<BTreeMap<String, String>, PatchError> {
        let names = transaction.changes.iter().map(|change| change.name.clone());
        let command = self.line("verify", Duration::from_secs(300))?.args(names);
        let outcome = PatchError::check("verify", &command, machine.run(&command)?)?;
        Ok(parse_versions(&outcome.text()))
    }
}

impl Executor for UserCommands {
    fn name(&self) -> &'static str {
        "command"
    }

    fn preview(&self, machine: &dyn Machine, request: &Request) -> Result<Transaction, PatchError> {
        let (request, kept_back) = names::sift(request);
        let changes = self.changes(machine, &request.packages)?;
        let irreversible = changes
            .iter()
            .filter(|_| self.roll_back.is_empty())
            .map(|change| Irreversible {
                package: change.name.clone(),
                reason: "no command is given that goes back".to_owned(),
            })
            .collect();
        Ok(Transaction {
            schema: TRANSACTION_SCHEMA.to_owned(),
            manager: "command".to_owned(),
            requested: request.packages,
            kept_back,
            changes,
            irreversible,
            ..Transaction::default()
        })
    }

    fn save(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<SavedState, PatchError> {
        let folder = self.place().to_owned();
        let root = below::open(machine.root())?;
        below::make_folder(&root, &folder)?;
        if !self.save.is_empty() {
            let command = self
                .line("save", Duration::from_secs(1800))?
                .args([folder.clone()]);
            PatchError::check("save", &command, machine.run(&command)?)?;
        }
        let old = transaction.changes.iter().filter_map(|change| {
            Some(SavedPackage {
                name: change.name.clone(),
                version: change.from.clone()?,
                way_back: change.way_back,
                ..SavedPackage::default()
            })
        });
        Ok(SavedState {
            manager: "command".to_owned(),
            packages: old.collect(),
            folder,
            ..SavedState::default()
        })
    }

    fn download(
        &self,
        _: &dyn Machine,
        _: &Transaction,
        _: &ApplyOptions,
    ) -> Result<(), PatchError> {
        Ok(())
    }

    fn apply(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        options: &ApplyOptions,
    ) -> Result<Applied, PatchError> {
        let started = Instant::now();
        refuse_unagreed(transaction, options.consent)?;
        let now = self.changes(machine, &transaction.requested)?;
        let differences = differences(&transaction.changes, &now);
        if !differences.is_empty() {
            return Err(PatchError::Changed { differences });
        }
        let command = self
            .line("apply", options.timeout)?
            .args(at_versions(&transaction.requested));
        let outcome = machine.run(&command)?;
        let versions = self.versions(machine, transaction)?;
        let is_done = |change: &&PackageChange| versions.get(&change.name) == change.to.as_ref();
        let done: Vec<PackageChange> = transaction
            .changes
            .iter()
            .filter(is_done)
            .cloned()
            .collect();
        Ok(Applied {
            failure: failure(&outcome, transaction, &done),
            changed: done,
            log: outcome.log(256 << 10),
            manager_millis: millis(outcome.duration),
            total_millis: millis(started.elapsed()),
            ..Applied::default()
        })
    }

    fn verify(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<Verification, PatchError> {
        let versions = self.versions(machine, transaction)?;
        let mut found = Verification::default();
        for change in &transaction.changes {
            let version = versions.get(&change.name).cloned();
            let proof = PackageProof {
                name: change.name.clone(),
                wanted: change.to.clone(),
                // The order of these versions is not known: only the wanted one counts.
                at_or_past: version == change.to,
                found: version,
                ..PackageProof::default()
            };
            found.missing.extend(proof_gaps(change, &proof));
            found.packages.push(proof);
        }
        found.missing.extend(kept_gaps(transaction));
        Ok(found)
    }

    fn roll_back(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        saved: &SavedState,
        options: &ApplyOptions,
    ) -> Result<RolledBack, PatchError> {
        let started = Instant::now();
        let old = saved
            .packages
            .iter()
            .map(|one| format!("{}={}", one.name, one.version));
        let command = self
            .line("roll_back", options.timeout)?
            .args([saved.folder.clone()])
            .args(old);
        let outcome = machine.run(&command)?;
        let versions = self.versions(machine, transaction)?;
        let mut back = RolledBack {
            log: outcome.log(256 << 10),
            manager_millis: millis(outcome.duration),
            ..RolledBack::default()
        };
        for one in &saved.packages {
            if versions.get(&one.name) == Some(&one.version) {
                back.restored.push(PackageVersion {
                    name: one.name.clone(),
                    version: one.version.clone(),
                });
            } else {
                back.failed.push(Irreversible {
                    package: one.name.clone(),
                    reason: format!("it is not {} again: {}", one.version, last_words(&outcome)),
                });
            }
        }
        back.total_millis = millis(started.elapsed());
        Ok(back)
    }

    fn repair(&self, _: &dyn Machine, _: &ApplyOptions) -> Result<Vec<String>, PatchError> {
        Ok(Vec::new())
    }

    fn holder(&self, _: &dyn Machine) -> Result<Option<Holder>, PatchError> {
        Ok(None)
    }
}

fn at_versions(packages: &[PackageVersion]) -> Vec<String> {
    packages
        .iter()
        .map(|one| format!("{}={}", one.name, one.version))
        .collect()
}

fn failure(
    outcome: &Outcome,
    transaction: &Transaction,
    done: &[PackageChange],
) -> Option<ApplyFailure> {
    let differences = differences(&transaction.changes, done);
    if outcome.success() && differences.is_empty() {
        return None;
    }
    let message = match outcome.end {
        End::Exited(0) => format!("it reports success, but: {}", differences.join("; ")),
        End::TimedOut => "it took too long and was ended".to_owned(),
        End::Flooded => "it printed too much and was ended".to_owned(),
        _ => last_words(outcome),
    };
    Some(ApplyFailure {
        packages: Vec::new(),
        message,
        cut: matches!(outcome.end, End::TimedOut | End::Flooded),
        lied: outcome.success(),
    })
}

fn parse_changes(text: &str) -> Result<Vec<PackageChange>, PatchError> {
    let mut changes = Vec::new();
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let (&[name, from, to], true) = (words.as_slice(), changes.len() < MAX_CHANGES) else {
            return Err(PatchError::Unreadable {
                program: "the preview command".to_owned(),
                message: format!("`name from to` was expected, not {line:?}"),
            });
        };
        let version = |text: &str| (text != "-").then(|| text.to_owned());
        let (from, to) = (version(from), version(to));
        changes.push(PackageChange {
            name: name.to_owned(),
            action: match (&from, &to) {
                (None, _) => Action::Install,
                (_, None) => Action::Remove,
                _ => Action::Upgrade,
            },
            way_back: if from.is_none() {
                WayBack::Removal
            } else {
                WayBack::Archive
            },
            from,
            to,
            ..PackageChange::default()
        });
    }
    changes.sort();
    Ok(changes)
}

fn parse_versions(text: &str) -> BTreeMap<String, String> {
    text.lines()
        .filter_map(|line| line.trim().split_once(char::is_whitespace))
        .map(|(name, version)| (name.to_owned(), version.trim().to_owned()))
        .collect()
}

#[cfg(test)]
mod tests;
