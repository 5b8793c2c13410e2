//! The steps that package managers other than apt share: each tool tells its command lines and how to read its answers.

use std::collections::BTreeMap;
use std::time::Instant;

use patchward_protocol::transaction::{
    Action, Applied, Holder, Irreversible, PackageChange, PackageVersion, RolledBack, SavedPackage,
    SavedState, TRANSACTION_SCHEMA, Transaction, Verification, WayBack,
};
use patchward_version::Scheme;

use self::back::{hold, is_restored, run_back, settle};
use self::choose::{changed, choose, complete, keep_unmet};
use self::evidence::{failure, prove};
use crate::agreement::{differences, refuse_unagreed};
use crate::below::{self, Below};
use crate::conffiles::Snapshot;
use crate::dpkg::checksums::Checked;
use crate::dpkg::files::{describe, sha256};
use crate::error::last_words;
use crate::executor::{ApplyOptions, Executor, Request};
use crate::lock::{self, Lock};
use crate::machine::{Command, End, Machine, millis};
use crate::proof::{kept_gaps, proof_gaps};
use crate::{PatchError, names, restart, space};

mod back;
mod choose;
mod evidence;

/// Longest log that is kept, in bytes.
const MAX_LOG: usize = 256 << 10;

/// A package that is installed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Installed {
    pub name: String,
    pub arch: String,
    pub version: String,
}

/// One package manager's own words.
pub trait Tool: Send + Sync {
    /// Its name.
    fn tool(&self) -> &'static str;
    /// Its locks.
    fn locks(&self) -> &'static [Lock];
    /// The order of its versions.
    fn scheme(&self) -> Scheme;
    /// Where package files lie, as seen inside the machine.
    fn folder(&self) -> &str;
    /// What it would do, and the bytes to download and to take on the disk.
    fn simulate(
        &self,
        machine: &dyn Machine,
        wanted: &[PackageVersion],
    ) -> Result<Simulated, PatchError>;
    /// Marks the changes that are security updates, where the simulation does not tell.
    ///
    /// # Errors
    /// When the package manager cannot be asked.
    fn mark_security(&self, _: &dyn Machine, _: &mut [PackageChange]) -> Result<(), PatchError> {
        Ok(())
    }
    /// Every installed package.
    fn installed(&self, machine: &dyn Machine) -> Result<Vec<Installed>, PatchError>;
    /// Names that the user holds.
    fn held(&self, machine: &dyn Machine) -> Vec<String>;
    /// Fetches the new files; `None` when it has no such step.
    fn download(&self, transaction: &Transaction, folder: &str) -> Option<Command>;
    /// Does it, without the network when there was a download.
    fn apply(&self, transaction: &Transaction, folder: &str) -> Command;
    /// Fetches the file of an installed version into a folder; `None` when it cannot.
    fn fetch_old(&self, change: &PackageChange, folder: &str) -> Option<Command>;
    /// Where the file of a version may lie already: folders.
    fn caches(&self) -> Vec<String>;
    /// Whether a file name is that of a package at a version.
    fn is_file_of(&self, file: &str, change: &PackageChange) -> bool;
    /// Goes back to old versions: from files, or by version where there is no file.
    fn back(&self, saved: &[&SavedPackage]) -> Option<Command>;
    /// Removes packages that the transaction brought.
    fn remove(&self, names: &[String]) -> Command;
    /// Keeps packages at their version; `None` when it has no command for it.
    fn hold(&self, names: &[String]) -> Option<Command>;
    /// Configuration files of packages, with the package.
    fn conf_files(&self, machine: &dyn Machine, names: &[String]) -> BTreeMap<String, String>;
    /// How it names versions of configuration files that are not in use.
    fn conf_suffixes(&self) -> &'static [&'static str];
    /// Compares the files of a package with its checksums; `None` when nothing can be said.
    fn check(&self, machine: &dyn Machine, name: &str) -> Option<Checked>;
    /// Looks for what an interrupted run left, and mends it.
    fn mend(&self, machine: &dyn Machine) -> Result<Vec<String>, PatchError>;
}

/// What a simulation says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Simulated {
    pub changes: Vec<PackageChange>,
    pub download_bytes: u64,
    pub disk_bytes: i64,
}

fn new_files(tool: &impl Tool) -> String {
    format!("{}/new", tool.folder())
}

fn old_files(tool: &impl Tool) -> String {
    format!("{}/old", tool.folder())
}

impl<T: Tool> Executor for T {
    fn name(&self) -> &'static str {
        self.tool()
    }

    fn preview(&self, machine: &dyn Machine, request: &Request) -> Result<Transaction, PatchError> {
        let installed = self.installed(machine)?;
        let held = self.held(machine);
        let (request, mut refused) = names::sift(request);
        let (requested, mut kept_back) = choose(self, &request, &installed, &held);
        kept_back.append(&mut refused);
        let mut transaction = Transaction {
            schema: TRANSACTION_SCHEMA.to_owned(),
            manager: self.tool().to_owned(),
            requested,
            kept_back,
            ..Transaction::default()
        };
        if !transaction.requested.is_empty() {
            let simulated = self.simulate(machine, &transaction.requested)?;
            keep_unmet(&mut transaction, &simulated.changes);
            transaction.changes = complete(self, simulated.changes, &installed);
            transaction.download_bytes = simulated.download_bytes;
            transaction.disk_bytes = simulated.disk_bytes;
        }
        let root = below::open(machine.root())?;
        add_ways_back(self, &root, &mut transaction);
        self.mark_security(machine, &mut transaction.changes)?;
        transaction.reboot = restart::reboot_reasons(&transaction.changes);
        Ok(transaction)
    }

    fn save(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<SavedState, PatchError> {
        let root = below::open(machine.root())?;
        let folder = old_files(self);
        below::make_folder(&root, &folder)?;
        let mut packages = Vec::new();
        for change in transaction.changes.iter().filter(|one| one.from.is_some()) {
            let mut file = find_file(self, &root, change);
            if let (None, Some(command)) = (&file, self.fetch_old(change, &folder)) {
                machine.run(&command.network())?;
                file = find_file(self, &root, change);
            }
            packages.push(SavedPackage {
                name: change.name.clone(),
                arch: change.arch.clone(),
                version: change.from.clone().unwrap_or_default(),
                way_back: if file.is_some() {
                    change.way_back
                } else {
                    WayBack::None
                },
                sha256: file.as_ref().and_then(|file| sha256(&root, file).ok()),
                file,
            });
        }
        let names: Vec<String> = transaction
            .changes
            .iter()
            .map(|one| one.name.clone())
            .collect();
        let confs = self.conf_files(machine, &names);
        Ok(SavedState {
            manager: self.tool().to_owned(),
            folder,
            packages,
            held: self.held(machine),
            files: confs
                .into_keys()
                .map(|path| describe(&root, path))
                .collect(),
            ..SavedState::default()
        })
    }

    fn download(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        options: &ApplyOptions,
    ) -> Result<(), PatchError> {
        let root = below::open(machine.root())?;
        let folder = new_files(self);
        below::make_folder(&root, &folder)?;
        space::require(
            &root,
            &folder,
            transaction.download_bytes,
            options.spare_bytes,
        )?;
        let Some(command) = self.download(transaction, &folder) else {
            return Ok(());
        };
        let command = command.timeout(options.timeout).network();
        let outcome = machine.run(&command)?;
        match outcome.end {
            End::Exited(0) => Ok(()),
            End::Exited(_) => Err(PatchError::Download {
                file: "the packages".to_owned(),
                message: last_words(&outcome),
            }),
            _ => Err(PatchError::of("download", &command, &outcome)),
        }
    }

    fn apply(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        options: &ApplyOptions,
    ) -> Result<Applied, PatchError> {
        let started = Instant::now();
        refuse_unagreed(transaction, options.consent)?;
        lock::wait(machine, self.locks(), options.lock_wait)?;
        let mut applied = Applied {
            repaired: self.mend(machine)?,
            ..Applied::default()
        };
        if !transaction.changes.is_empty() {
            carry_out(self, machine, transaction, options, &mut applied)?;
        }
        applied.total_millis = millis(started.elapsed());
        Ok(applied)
    }

    fn verify(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<Verification, PatchError> {
        let installed = self.installed(machine)?;
        let mut found = Verification {
            stale: restart::stale(machine),
            ..Verification::default()
        };
        found.reboot = restart::reboot_needed(machine, &transaction.changes, &found.stale);
        for change in &transaction.changes {
            let proof = prove(self, machine, change, &installed);
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
        lock::wait(machine, self.locks(), options.lock_wait)?;
        let mut back = RolledBack::default();
        let installed = self.installed(machine)?;
        let away: Vec<&SavedPackage> = saved
            .packages
            .iter()
            .filter(|one| !is_restored(&installed, one))
            .collect();
        if let Some(command) = self.back(&away).filter(|_| !away.is_empty()) {
            run_back(machine, &command.timeout(options.timeout), &mut back)?;
        }
        let new: Vec<String> = transaction
            .changes
            .iter()
            .filter(|change| change.action == Action::Install)
            .map(|change| change.name.clone())
            .filter(|name| installed.iter().any(|one| one.name == *name))
            .collect();
        if !new.is_empty() {
            run_back(
                machine,
                &self.remove(&new).timeout(options.timeout),
                &mut back,
            )?;
        }
        let root = below::open(machine.root())?;
        settle(&self.installed(machine)?, saved, &root, &mut back);
        hold(self, machine, &mut back)?;
        back.total_millis = millis(started.elapsed());
        Ok(back)
    }

    fn repair(
        &self,
        machine: &dyn Machine,
        options: &ApplyOptions,
    ) -> Result<Vec<String>, PatchError> {
        lock::wait(machine, self.locks(), options.lock_wait)?;
        self.mend(machine)
    }

    fn holder(&self, machine: &dyn Machine) -> Result<Option<Holder>, PatchError> {
        lock::holder(machine, self.locks())
    }
}

/// The file of the installed version, where it lies already.
fn find_file(tool: &impl Tool, root: &Below, change: &PackageChange) -> Option<String> {
    let mut folders = vec![old_files(tool)];
    folders.extend(tool.caches());
    folders.iter().find_map(|folder| {
        let names = root.list(folder);
        let name = names.iter().find(|name| tool.is_file_of(name, change))?;
        Some(format!("{folder}/{name}"))
    })
}

/// Looks whether it is still what was agreed, does it, and looks again.
fn carry_out(
    tool: &impl Tool,
    machine: &dyn Machine,
    transaction: &Transaction,
    options: &ApplyOptions,
    applied: &mut Applied,
) -> Result<(), PatchError> {
    let before = tool.installed(machine)?;
    let now = tool.simulate(machine, &transaction.requested)?.changes;
    let differences = differences(&transaction.changes, &complete(tool, now, &before));
    if !differences.is_empty() {
        return Err(PatchError::Changed { differences });
    }
    let root = below::open(machine.root())?;
    let growth = u64::try_from(transaction.disk_bytes).unwrap_or(0);
    space::require(&root, "/usr", growth, options.spare_bytes)?;
    let names: Vec<String> = transaction
        .changes
        .iter()
        .map(|one| one.name.clone())
        .collect();
    let conf_files = tool.conf_files(machine, &names);
    let files = Snapshot::take(&root, conf_files, tool.conf_suffixes());
    let command = tool
        .apply(transaction, &new_files(tool))
        .timeout(options.timeout);
    let outcome = machine.run(&command)?;
    applied.changed = changed(tool, &before, &tool.installed(machine)?);
    applied.failure = failure(transaction, &outcome, &applied.changed);
    applied.manager_millis = millis(outcome.duration);
    applied.log = outcome.log(MAX_LOG);
    applied.conf_files = files.compare(&root, tool.conf_files(machine, &names));
    Ok(())
}

/// Where the installed versions can be had again, and what to say where that is not sure.
fn add_ways_back(tool: &impl Tool, root: &Below, transaction: &mut Transaction) {
    for change in &mut transaction.changes {
        change.way_back = match &change.from {
            None => WayBack::Removal,
            Some(_) if find_file(tool, root, change).is_some() => WayBack::Cache,
            Some(_) => WayBack::Archive,
        };
        if change.way_back == WayBack::Archive {
            let from = change.from.as_deref().unwrap_or_default();
            transaction.irreversible.push(Irreversible {
                package: change.name.clone(),
                reason: format!(
                    "{from} can only be had again if a repository still has it; saving tells"
                ),
            });
        }
    }
}
