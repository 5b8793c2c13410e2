//! The steps that package managers other than apt share: each tool tells its command lines and how to read its answers.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use patchward_protocol::transaction::{
    Action, Applied, ApplyFailure, Holder, Irreversible, KeptBack, KeptReason, PackageChange,
    PackageProof, PackageVersion, RolledBack, SavedPackage, SavedState, TRANSACTION_SCHEMA,
    Transaction, Verification, WayBack,
};
use patchward_version::Scheme;

use crate::below::Below;
use crate::conffiles::Snapshot;
use crate::dpkg::checksums::Checked;
use crate::dpkg::files::{describe, sha256};
use crate::error::last_words;
use crate::executor::{ApplyOptions, Consent, Executor, Request};
use crate::lock::{self, Lock};
use crate::machine::{Command, End, Machine, Outcome};
use crate::{PatchError, dpkg, restart, space};

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
pub trait Tool {
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

/// A duration in whole milliseconds.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Refuses a transaction that does more than upgrade, unless that was agreed.
///
/// # Errors
/// [`PatchError::NotAgreed`].
pub fn refuse_unagreed(transaction: &Transaction, consent: Consent) -> Result<(), PatchError> {
    let rules = [
        (Action::Install, consent.installs, "installs"),
        (Action::Remove, consent.removals, "removes"),
        (Action::Downgrade, consent.downgrades, "downgrades"),
    ];
    for (action, agreed, what) in rules {
        let packages: Vec<String> = transaction
            .changes
            .iter()
            .filter(|change| change.action == action && !agreed)
            .map(|change| change.name.clone())
            .collect();
        if !packages.is_empty() {
            return Err(PatchError::NotAgreed { what, packages });
        }
    }
    Ok(())
}

/// Where two lists of changes differ, in words. Sizes and origins do not count.
pub fn differences(agreed: &[PackageChange], now: &[PackageChange]) -> Vec<String> {
    let table = |changes: &[PackageChange]| -> BTreeMap<(String, String), String> {
        let text = |change: &PackageChange| {
            let from = change.from.as_deref().unwrap_or("nothing");
            format!("{from} → {}", change.to.as_deref().unwrap_or("nothing"))
        };
        let key = |change: &PackageChange| (change.name.clone(), change.arch.clone());
        changes
            .iter()
            .map(|change| (key(change), text(change)))
            .collect()
    };
    let (old, new) = (table(agreed), table(now));
    let mut found = Vec::new();
    for (key, text) in &old {
        match new.get(key) {
            Some(same) if same == text => {}
            Some(other) => found.push(format!("{} was agreed as {text} and is now {other}", key.0)),
            None => found.push(format!("{} ({text}) would not change any more", key.0)),
        }
    }
    let more = new.iter().filter(|(key, _)| !old.contains_key(*key));
    found.extend(more.map(|(key, text)| format!("{} ({text}) was not agreed", key.0)));
    found
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
        let (requested, kept_back) = choose(self, request, &installed, &held);
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
        let root = dpkg::open(machine.root())?;
        for change in &mut transaction.changes {
            change.way_back = match &change.from {
                None => WayBack::Removal,
                Some(_) if find_file(self, &root, change).is_some() => WayBack::Cache,
                Some(_) => WayBack::Archive,
            };
        }
        transaction.irreversible = transaction
            .changes
            .iter()
            .filter(|change| change.way_back == WayBack::Archive)
            .map(|change| Irreversible {
                package: change.name.clone(),
                reason: format!(
                    "{} can only be had again if a repository still has it; saving tells",
                    change.from.as_deref().unwrap_or_default()
                ),
            })
            .collect();
        transaction.reboot = restart::reboot_reasons(&transaction.changes);
        Ok(transaction)
    }

    fn save(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<SavedState, PatchError> {
        let root = dpkg::open(machine.root())?;
        let folder = old_files(self);
        root.make_dir(&folder).map_err(|source| PatchError::File {
            doing: "make",
            path: folder.clone(),
            source,
        })?;
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
        let root = dpkg::open(machine.root())?;
        let folder = new_files(self);
        root.make_dir(&folder).map_err(|source| PatchError::File {
            doing: "make",
            path: folder.clone(),
            source,
        })?;
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
            let before = self.installed(machine)?;
            let now = self.simulate(machine, &transaction.requested)?.changes;
            let differences = differences(&transaction.changes, &complete(self, now, &before));
            if !differences.is_empty() {
                return Err(PatchError::Changed { differences });
            }
            let root = dpkg::open(machine.root())?;
            let growth = u64::try_from(transaction.disk_bytes).unwrap_or(0);
            space::require(&root, "/usr", growth, options.spare_bytes)?;
            let names: Vec<String> = transaction
                .changes
                .iter()
                .map(|one| one.name.clone())
                .collect();
            let suffixes = self.conf_suffixes();
            let files = Snapshot::take(&root, self.conf_files(machine, &names), suffixes);
            let command = Tool::apply(self, transaction, &new_files(self)).timeout(options.timeout);
            let outcome = machine.run(&command)?;
            let after = self.installed(machine)?;
            applied.changed = changed(self, &before, &after);
            applied.failure = failure(transaction, &outcome, &applied.changed);
            applied.manager_millis = millis(outcome.duration);
            applied.log = outcome.log(MAX_LOG);
            applied.conf_files = files.compare(&root, self.conf_files(machine, &names));
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
        let root = dpkg::open(machine.root())?;
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

fn choose(
    tool: &impl Tool,
    request: &Request,
    installed: &[Installed],
    held: &[String],
) -> (Vec<PackageVersion>, Vec<KeptBack>) {
    let mut wanted = Vec::new();
    let mut kept = Vec::new();
    for package in &request.packages {
        let found = installed.iter().find(|one| one.name == package.name);
        let there = found.is_some_and(|found| {
            !package.version.is_empty()
                && tool
                    .scheme()
                    .compare(&found.version, &package.version)
                    .is_ok_and(std::cmp::Ordering::is_ge)
        });
        let reason = if found.is_none() && !request.install.contains(&package.name) {
            Some((KeptReason::NotInstalled, "it is not installed".to_owned()))
        } else if held.contains(&package.name) {
            Some((KeptReason::Held, "it is held".to_owned()))
        } else if there {
            let version = found.map_or("", |found| found.version.as_str());
            Some((KeptReason::AlreadyThere, format!("{version} is installed")))
        } else {
            None
        };
        match reason {
            None => wanted.push(package.clone()),
            Some((reason, detail)) => kept.push(KeptBack {
                name: package.name.clone(),
                reason,
                detail,
            }),
        }
    }
    wanted.sort();
    wanted.dedup();
    (wanted, kept)
}

/// A package manager that takes no versions may offer another one than was asked for: then nothing is asked of it.
fn keep_unmet(transaction: &mut Transaction, changes: &[PackageChange]) {
    let kept = &mut transaction.kept_back;
    transaction.requested.retain(|package| {
        let change = changes.iter().find(|change| change.name == package.name);
        let offered = change.and_then(|change| change.to.as_deref());
        let met = offered.is_some_and(|to| package.version.is_empty() || to == package.version);
        if !met {
            kept.push(KeptBack {
                name: package.name.clone(),
                reason: KeptReason::NotAvailable,
                detail: format!(
                    "{} was asked for; the package manager offers {}",
                    package.version,
                    offered.unwrap_or("nothing")
                ),
            });
        }
        met
    });
}

/// Fills in what the simulation did not say from what is installed.
fn complete(
    tool: &impl Tool,
    mut changes: Vec<PackageChange>,
    installed: &[Installed],
) -> Vec<PackageChange> {
    for change in &mut changes {
        let found = installed.iter().find(|one| {
            one.name == change.name && (change.arch.is_empty() || one.arch == change.arch)
        });
        if let Some(found) = found {
            change.from = Some(found.version.clone());
            if change.arch.is_empty() {
                change.arch.clone_from(&found.arch);
            }
        }
        change.action = action(tool, change.from.as_deref(), change.to.as_deref());
    }
    changes.sort();
    changes
}

fn action(tool: &impl Tool, from: Option<&str>, to: Option<&str>) -> Action {
    match (from, to) {
        (None, _) => Action::Install,
        (_, None) => Action::Remove,
        (Some(from), Some(to)) => match tool.scheme().compare(from, to) {
            Ok(std::cmp::Ordering::Greater) => Action::Downgrade,
            Ok(std::cmp::Ordering::Equal) => Action::Reinstall,
            _ => Action::Upgrade,
        },
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

/// What changed between two looks at the database.
fn changed(tool: &impl Tool, before: &[Installed], after: &[Installed]) -> Vec<PackageChange> {
    let table = |all: &[Installed]| -> BTreeMap<(String, String), String> {
        all.iter()
            .map(|one| ((one.name.clone(), one.arch.clone()), one.version.clone()))
            .collect()
    };
    let (old, new) = (table(before), table(after));
    let mut keys: Vec<&(String, String)> = old.keys().chain(new.keys()).collect();
    keys.sort();
    keys.dedup();
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| {
            let (from, to) = (old.get(key).cloned(), new.get(key).cloned());
            PackageChange {
                name: key.0.clone(),
                arch: key.1.clone(),
                action: action(tool, from.as_deref(), to.as_deref()),
                from,
                to,
                ..PackageChange::default()
            }
        })
        .collect()
}

fn failure(
    transaction: &Transaction,
    outcome: &Outcome,
    changed: &[PackageChange],
) -> Option<ApplyFailure> {
    let differences = differences(&transaction.changes, changed);
    match (outcome.success(), differences.is_empty()) {
        (true, true) => None,
        (true, false) => Some(ApplyFailure {
            packages: transaction
                .changes
                .iter()
                .map(|one| one.name.clone())
                .collect(),
            message: format!(
                "{} reports success, but: {}",
                transaction.manager,
                differences.join("; ")
            ),
            cut: false,
            lied: true,
        }),
        (false, _) => Some(ApplyFailure {
            packages: Vec::new(),
            message: match outcome.end {
                End::TimedOut => "it took too long and was ended".to_owned(),
                End::Flooded => "it printed too much and was ended".to_owned(),
                _ => last_words(outcome),
            },
            cut: matches!(outcome.end, End::TimedOut | End::Flooded),
            lied: false,
        }),
    }
}

fn prove(
    tool: &impl Tool,
    machine: &dyn Machine,
    change: &PackageChange,
    installed: &[Installed],
) -> PackageProof {
    let found = installed
        .iter()
        .find(|one| one.name == change.name && one.arch == change.arch)
        .map(|one| one.version.clone());
    let at_or_past = match (&change.to, &found) {
        (Some(wanted), Some(found)) => tool
            .scheme()
            .compare(found, wanted)
            .is_ok_and(std::cmp::Ordering::is_ge),
        (wanted, found) => wanted == found,
    };
    let checked = found
        .as_ref()
        .and_then(|_| tool.check(machine, &change.name))
        .unwrap_or_default();
    PackageProof {
        name: change.name.clone(),
        arch: change.arch.clone(),
        wanted: change.to.clone(),
        found,
        at_or_past,
        files_checked: checked.checked,
        files_changed: checked.changed,
        files_missing: checked.missing,
        files_excluded: checked.excluded,
        conf_changed: checked.conf_changed,
    }
}

/// What a package's proof lacks, in words.
pub fn proof_gaps(change: &PackageChange, proof: &PackageProof) -> Vec<String> {
    let mut gaps = Vec::new();
    if !proof.at_or_past {
        let found = proof.found.as_deref().unwrap_or("not wholly installed");
        let wanted = change.to.as_deref().unwrap_or("removed");
        gaps.push(format!(
            "{} is {found}, not the wanted {wanted}",
            change.name
        ));
    }
    let mut files = |what: &str, paths: &[String]| {
        if !paths.is_empty() {
            gaps.push(format!(
                "{}: files {what}: {}",
                change.name,
                paths.join(", ")
            ));
        }
    };
    files("differ from the package's checksums", &proof.files_changed);
    files("are missing", &proof.files_missing);
    gaps
}

/// What was asked for and not done, in words.
pub fn kept_gaps(transaction: &Transaction) -> Vec<String> {
    transaction
        .kept_back
        .iter()
        .filter(|kept| kept.reason != KeptReason::AlreadyThere)
        .map(|kept| format!("{} was kept back: {}", kept.name, kept.detail))
        .collect()
}

fn is_restored(installed: &[Installed], saved: &SavedPackage) -> bool {
    installed
        .iter()
        .any(|one| one.name == saved.name && one.arch == saved.arch && one.version == saved.version)
}

fn run_back(
    machine: &dyn Machine,
    command: &Command,
    back: &mut RolledBack,
) -> Result<(), PatchError> {
    let outcome = machine.run(command)?;
    back.manager_millis += millis(outcome.duration);
    back.log.push_str(&outcome.log(MAX_LOG / 4));
    Ok(())
}

fn settle(installed: &[Installed], saved: &SavedState, root: &Below, back: &mut RolledBack) {
    for one in &saved.packages {
        if is_restored(installed, one) {
            back.restored.push(PackageVersion {
                name: one.name.clone(),
                version: one.version.clone(),
            });
        } else {
            back.failed.push(Irreversible {
                package: one.name.clone(),
                reason: format!("it is not {} again", one.version),
            });
        }
    }
    let differs = |path: &str, digest: &str| describe(root, path.to_owned()).digest != digest;
    back.files_different = saved
        .files
        .iter()
        .filter(|file| differs(&file.path, &file.digest))
        .map(|file| file.path.clone())
        .collect();
}

fn hold(tool: &impl Tool, machine: &dyn Machine, back: &mut RolledBack) -> Result<(), PatchError> {
    let names: Vec<String> = back.restored.iter().map(|one| one.name.clone()).collect();
    if names.is_empty() {
        return Ok(());
    }
    let reason = match tool.hold(&names) {
        None => format!("{} has no command that holds a package", tool.tool()),
        Some(command) => match machine.run(&command)? {
            outcome if outcome.success() => {
                back.held = names;
                return Ok(());
            }
            outcome => last_words(&outcome),
        },
    };
    back.failed.push(Irreversible {
        package: names.join(", "),
        reason: format!("it is back, but could not be held: {reason}"),
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, action: Action, from: Option<&str>, to: Option<&str>) -> PackageChange {
        PackageChange {
            name: name.into(),
            arch: "all".into(),
            action,
            from: from.map(Into::into),
            to: to.map(Into::into),
            ..PackageChange::default()
        }
    }

    #[test]
    fn what_nobody_agreed_to_is_refused() {
        let mut transaction = Transaction {
            changes: vec![change("a", Action::Upgrade, Some("1"), Some("2"))],
            ..Transaction::default()
        };
        assert!(refuse_unagreed(&transaction, Consent::default()).is_ok());
        transaction
            .changes
            .push(change("b", Action::Remove, Some("1"), None));
        let error = refuse_unagreed(&transaction, Consent::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "go on without agreement: the transaction removes b"
        );
        let consent = Consent {
            removals: true,
            ..Consent::default()
        };
        assert!(refuse_unagreed(&transaction, consent).is_ok());
    }

    #[test]
    fn differences_are_told_in_words() {
        let agreed = [
            change("a", Action::Upgrade, Some("1"), Some("2")),
            change("b", Action::Upgrade, Some("1"), Some("2")),
        ];
        let now = [
            change("a", Action::Upgrade, Some("1"), Some("3")),
            change("c", Action::Install, None, Some("1")),
        ];
        assert_eq!(
            differences(&agreed, &now),
            [
                "a was agreed as 1 → 2 and is now 1 → 3",
                "b (1 → 2) would not change any more",
                "c (nothing → 1) was not agreed",
            ]
        );
        assert!(differences(&agreed, &agreed).is_empty());
    }
}
