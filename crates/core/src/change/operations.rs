//! The steps that are the same on the machine and in a clone: download, save, apply, restart, verify, take back.

use std::time::{Duration, Instant};

use patchward_patch::restart::{self, RestartRules};
use patchward_patch::{ApplyOptions, Consent, Executor, Machine};
use patchward_protocol::restart::{RestartAction, Restarted, StaleProcess};
use patchward_protocol::run::RestartedServices;
use patchward_protocol::transaction::{Applied, RolledBack, SavedState, Transaction, Verification};

use super::engine::Engine;
use super::error::chain;
use super::journal::{Done, Journal, Stop};
use super::propose::count;
use super::steps::{Downloaded, Step};

/// A service that was restarted has this long until none of its processes runs old code.
const SETTLING: Duration = Duration::from_secs(5);

/// What an interrupted change had come to.
enum Found {
    /// It was not begun: what was agreed is to be done.
    Agreed,
    /// Everything is in.
    In(Applied),
    /// A part is in.
    Part,
    /// Nothing is in, and nothing had to be mended.
    Untouched,
    /// It cannot be told.
    Unknown(String),
}

/// What the steps of one run work with.
pub(super) struct Operations<'a> {
    pub journal: &'a Journal<'a>,
    pub machine: &'a dyn Machine,
    pub executor: &'a dyn Executor,
    pub transaction: &'a Transaction,
    pub options: &'a ApplyOptions,
    pub restarts: &'a RestartRules,
}

impl<'a> Operations<'a> {
    /// What a run on the machine itself works with: the options as they were agreed.
    pub fn on(
        engine: &'a Engine<'_>,
        journal: &'a Journal<'a>,
        (machine, executor): (&'a dyn Machine, &'a dyn Executor),
        transaction: &'a Transaction,
    ) -> Operations<'a> {
        Operations {
            journal,
            machine,
            executor,
            transaction,
            options: &engine.options.apply,
            restarts: &engine.options.restarts,
        }
    }

    /// Fetches the new package files.
    pub fn download(&self) -> Result<Downloaded, Stop> {
        self.journal.step(Step::Download, || {
            self.executor
                .download(self.machine, self.transaction, self.options)
                .map_err(|error| chain(&error))?;
            let bytes = self.transaction.download_bytes;
            Ok(Done::well(Downloaded(bytes), size(bytes)))
        })
    }

    /// Saves what roll-back needs.
    pub fn save(&self) -> Result<SavedState, Stop> {
        self.journal.step(Step::Save, || {
            let saved = self
                .executor
                .save(self.machine, self.transaction)
                .map_err(|error| chain(&error))?;
            let packages = saved
                .packages
                .iter()
                .filter(|one| one.file.is_some())
                .count();
            let summary = format!(
                "{} and {}",
                count(packages, "old package", "old packages"),
                count(saved.files.len(), "file's digest", "files' digests")
            );
            Ok(Done::well(saved, summary))
        })
    }

    /// Puts the patches in. A step that a crash interrupted looks first: what is in already is not put in again, and what
    /// is in only in part is not carried on with but counts as failed.
    pub fn apply(&self, interrupted: bool) -> Result<Applied, Stop> {
        let found = match interrupted {
            true => self.look(),
            false => Found::Agreed,
        };
        let is_untouched = matches!(found, Found::Untouched);
        let applied = self.journal.step(Step::Apply, || match found {
            Found::Agreed => self.put_in(),
            Found::In(applied) => Ok(Done::well(applied, "interrupted after everything was in")),
            Found::Part => Err("interrupted with a part of the packages in".to_owned()),
            Found::Untouched => Err("interrupted before any package was in".to_owned()),
            Found::Unknown(why) => Err(why),
        });
        match applied {
            Err(Stop::Failed(why)) if is_untouched => Err(Stop::Untouched(why)),
            other => other,
        }
    }

    fn put_in(&self) -> Result<Done<Applied>, String> {
        if let Ok(Some(holder)) = self.executor.holder(self.machine) {
            let pid = holder
                .pid
                .map_or_else(String::new, |pid| format!(" (process {pid})"));
            self.journal.note(format!(
                "waits for {}{pid}, which holds {}",
                holder.command, holder.lock
            ));
        }
        let applied = self
            .executor
            .apply(self.machine, self.transaction, self.options)
            .map_err(|error| chain(&error))?;
        let summary = count(applied.changed.len(), "package changed", "packages changed");
        let failure = applied
            .failure
            .as_ref()
            .map(|failure| match failure.packages.is_empty() {
                true => failure.message.clone(),
                false => format!("{} ({})", failure.message, failure.packages.join(", ")),
            });
        Ok(Done {
            value: applied,
            summary,
            failure,
        })
    }

    /// After a crash: mends the package manager, then tells how far it came.
    fn look(&self) -> Found {
        let seen = self
            .executor
            .repair(self.machine, self.options)
            .and_then(|repaired| {
                let seen = self.executor.verify(self.machine, self.transaction)?;
                Ok((repaired, seen.packages))
            });
        let (repaired, packages) = match seen {
            Ok(seen) => seen,
            Err(error) => return Found::Unknown(format!("interrupted; {}", chain(&error))),
        };
        if packages.iter().all(|proof| proof.at_or_past) {
            return Found::In(Applied {
                repaired,
                ..Applied::default()
            });
        }
        match repaired.is_empty() && !packages.iter().any(|proof| proof.at_or_past) {
            true => Found::Untouched,
            false => Found::Part,
        }
    }

    /// Restarts what runs old code of these packages.
    pub fn restart(&self, step: Step) -> Result<RestartedServices, Stop> {
        self.journal.step(step, || {
            let stale = self.stale();
            let plan = restart::plan(self.machine, &stale, self.restarts);
            for one in plan.iter().filter(|one| one.action != RestartAction::Leave) {
                self.journal.note(match one.action {
                    RestartAction::KeepSessions => {
                        format!("{} takes new sessions anew", one.service.name)
                    }
                    RestartAction::ReExecute => {
                        format!("{} runs its own file again", one.service.name)
                    }
                    _ => format!("restarts {}", one.service.name),
                });
            }
            let services = restart::restart(self.machine, &plan, self.restarts);
            let left = match services.is_empty() {
                true => stale.clone(),
                false => self.settle(),
            };
            let reboot = restart::reboot_needed(self.machine, &self.transaction.changes, &left);
            let failed: Vec<String> = services.iter().filter_map(failure).collect();
            let done = RestartedServices {
                stale,
                services,
                left,
                reboot,
            };
            Ok(Done {
                summary: restarted(&done),
                failure: (!failed.is_empty()).then(|| failed.join("; ")),
                value: done,
            })
        })
    }

    /// Looks whether versions, files and processes are as they should.
    pub fn verify(&self) -> Result<Verification, Stop> {
        self.journal.step(Step::Verify, || {
            let mut seen = self
                .executor
                .verify(self.machine, self.transaction)
                .map_err(|error| chain(&error))?;
            seen.stale.retain(|process| self.is_ours(process));
            let behind: Vec<String> = seen
                .packages
                .iter()
                .filter(|proof| !proof.at_or_past)
                .map(|proof| {
                    let found = proof.found.as_deref().unwrap_or("not wholly installed");
                    let wanted = proof.wanted.as_deref().unwrap_or("removed");
                    format!("{} is {found}, not {wanted}", proof.name)
                })
                .collect();
            let files: u64 = seen.packages.iter().map(|proof| proof.files_checked).sum();
            let summary = match seen.missing.len() {
                0 => format!("{files} files match, nothing runs old code"),
                missing => format!("{files} files compared, {}", count(missing, "gap", "gaps")),
            };
            Ok(Done {
                value: seen,
                summary,
                failure: (!behind.is_empty()).then(|| behind.join("; ")),
            })
        })
    }

    /// Brings the old versions back.
    pub fn roll_back(&self, saved: &SavedState) -> Result<RolledBack, Stop> {
        // Going back is agreed to by asking for it: new packages go, upgraded ones go to lower versions.
        let options = ApplyOptions {
            consent: Consent {
                installs: true,
                removals: true,
                downgrades: true,
            },
            ..self.options.clone()
        };
        self.journal.step(Step::RollBack, || {
            let back = self
                .executor
                .roll_back(self.machine, self.transaction, saved, &options)
                .map_err(|error| chain(&error))?;
            let summary = format!(
                "{} at the old version",
                count(back.restored.len(), "package", "packages")
            );
            Ok(Done::well(back, summary))
        })
    }

    /// Processes that run old code of the packages of this transaction, or code that no package owns any more.
    fn stale(&self) -> Vec<StaleProcess> {
        let mut stale = restart::stale(self.machine);
        stale.retain(|process| self.is_ours(process));
        stale
    }

    fn is_ours(&self, process: &StaleProcess) -> bool {
        process.files.iter().any(|file| match &file.package {
            Some(owner) => {
                let mut changes = self.transaction.changes.iter();
                changes.any(|change| change.name == *owner)
            }
            None => true,
        })
    }

    /// Waits until nothing runs old code any more, for a moment at most; what still does then.
    fn settle(&self) -> Vec<StaleProcess> {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(20);
        loop {
            let left = self.stale();
            if left.is_empty() || begun.elapsed() > SETTLING {
                return left;
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    }
}

fn failure(done: &Restarted) -> Option<String> {
    let failure = done.failure.as_ref()?;
    Some(format!(
        "{} did not restart: {failure}",
        done.step.service.name
    ))
}

fn restarted(done: &RestartedServices) -> String {
    let restarted = done
        .services
        .iter()
        .filter(|one| one.step.action != RestartAction::Leave && one.failure.is_none());
    let mut words = vec![match restarted.count() {
        0 => "nothing to restart".to_owned(),
        many => format!("{} restarted", count(many, "service", "services")),
    }];
    if !done.left.is_empty() {
        words.push(format!(
            "{} still run old code",
            count(done.left.len(), "process", "processes")
        ));
    }
    if !done.reboot.is_empty() {
        words.push("a reboot is needed".to_owned());
    }
    words.join(", ")
}

/// Bytes for people.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
