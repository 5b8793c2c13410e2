//! The change itself: look, act, look again.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use patchward_protocol::transaction::{
    Action, Applied, ApplyFailure, PackageChange, Transaction, WayBack,
};
use patchward_version::Scheme;

use super::conffiles::{self, LEFT};
use super::{
    Apt, LOCKS, at_version, autos, conf_options, fetch, fingerprint, preview, repair,
    with_conf_policy,
};
use crate::below::{self, Below};
use crate::conffiles::Snapshot;
use crate::dpkg::{output, status::Status};
use crate::error::last_words;
use crate::executor::ApplyOptions;
use crate::machine::{Command, End, Machine, Outcome, millis};
use crate::{PatchError, agreement, lock, space};

/// Longest log that is kept, in bytes.
pub const MAX_LOG: usize = 256 << 10;

/// Does what was agreed, if that is still what would happen.
pub fn apply(
    apt: &Apt,
    machine: &dyn Machine,
    transaction: &Transaction,
    options: &ApplyOptions,
) -> Result<Applied, PatchError> {
    let started = Instant::now();
    agreement::refuse_unagreed(transaction, options.consent)?;
    lock::wait(machine, &LOCKS, options.lock_wait)?;
    let repaired = repair::repair(apt, machine, options)?;
    let root = below::open(machine.root())?;
    let mut applied = Applied {
        repaired,
        ..Applied::default()
    };
    if !transaction.changes.is_empty() {
        let before = Status::read(&root)?;
        refuse_changed(machine, &root, &before, transaction)?;
        let folder = apt.new_files();
        for change in transaction
            .changes
            .iter()
            .filter(|change| change.to.is_some())
        {
            fetch::verified(&root, &folder, change)?;
        }
        require_room(&root, transaction, options)?;
        let marks = autos::read(&root);
        let files = Snapshot::take(&root, conffiles::paths(&root, &before, transaction), LEFT);
        let outcome = machine.run(&install(&folder, transaction, options))?;
        let after = Status::read(&root)?;
        applied.manager_millis = millis(outcome.duration);
        applied.changed = changed(&before, &after);
        applied.conf_files = files.compare(&root, conffiles::paths(&root, &after, transaction));
        applied.failure = failure(transaction, &outcome, &after, &applied.changed);
        half_done(&mut applied.changed, &after);
        applied.log = outcome.log(MAX_LOG);
        let names: BTreeSet<String> = transaction
            .changes
            .iter()
            .map(|change| change.name.clone())
            .collect();
        autos::restore(machine, &root, &marks, &names)?;
    }
    applied.total_millis = millis(started.elapsed());
    Ok(applied)
}

/// Simulates again, if anything that apt's answer depends on changed since the agreement: packages, lists, pins.
fn refuse_changed(
    machine: &dyn Machine,
    root: &Below,
    status: &Status,
    transaction: &Transaction,
) -> Result<(), PatchError> {
    if transaction.fingerprint == fingerprint::of(root) {
        return Ok(());
    }
    let mut now = preview::simulate(machine, &transaction.requested)?;
    preview::complete_removals(status, &mut now);
    let differences = agreement::differences(&transaction.changes, &now);
    if differences.is_empty() {
        Ok(())
    } else {
        Err(PatchError::Changed { differences })
    }
}

fn require_room(
    root: &Below,
    transaction: &Transaction,
    options: &ApplyOptions,
) -> Result<(), PatchError> {
    // dpkg writes each new file beside the old one, so for a while a package takes its room twice.
    let largest = transaction
        .changes
        .iter()
        .map(|change| change.download_bytes)
        .max();
    let growth = u64::try_from(transaction.disk_bytes).unwrap_or(0);
    let needed = growth.saturating_add(largest.unwrap_or(0).saturating_mul(3));
    for folder in ["/usr", "/var/lib/dpkg"] {
        space::require(root, folder, needed, options.spare_bytes)?;
    }
    let kernel = transaction
        .changes
        .iter()
        .any(|change| change.name.starts_with("linux-image-"));
    if kernel {
        // A kernel with its initial RAM disk and the copy that is made of it.
        space::require(root, "/boot", 160 << 20, 0)?;
    }
    Ok(())
}

fn install(folder: &str, transaction: &Transaction, options: &ApplyOptions) -> Command {
    let mut command = Command::new(["apt-get", "-y", "-q", "--no-download"])
        .args(["-o", &format!("Dir::Cache::archives={folder}/")])
        .args(["-o", "Dpkg::Use-Pty=0", "-o", "DPkg::Lock::Timeout=30"])
        .args(["-o", "APT::Keep-Downloaded-Packages=true"]);
    for option in conf_options(options.conf_files) {
        command = command.args(["-o".to_owned(), format!("Dpkg::Options::={option}")]);
    }
    let has = |action| {
        transaction
            .changes
            .iter()
            .any(|change| change.action == action)
    };
    if !has(Action::Remove) {
        command = command.args(["--no-remove"]);
    }
    if has(Action::Downgrade) {
        command = command.args(["--allow-downgrades"]);
    }
    let command = command
        .args(["--no-install-recommends", "install"])
        .args(transaction.requested.iter().map(at_version))
        .timeout(options.timeout);
    with_conf_policy(command, options.conf_files)
}

/// What the database shows to have changed.
pub fn changed(before: &Status, after: &Status) -> Vec<PackageChange> {
    let versions = |status: &Status| -> BTreeMap<(String, String), String> {
        status
            .all()
            .filter(|package| package.is_installed())
            .map(|package| {
                let key = (package.name.clone(), package.arch.clone());
                (key, package.version.clone())
            })
            .collect()
    };
    let (old, new) = (versions(before), versions(after));
    let keys: BTreeSet<&(String, String)> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| PackageChange {
            name: key.0.clone(),
            arch: key.1.clone(),
            action: action(old.get(key), new.get(key)),
            from: old.get(key).cloned(),
            to: new.get(key).cloned(),
            way_back: WayBack::default(),
            ..PackageChange::default()
        })
        .collect()
}

fn action(from: Option<&String>, to: Option<&String>) -> Action {
    match (from, to) {
        (None, _) => Action::Install,
        (_, None) => Action::Remove,
        (Some(from), Some(to)) => match Scheme::Debian.compare(from, to) {
            Ok(std::cmp::Ordering::Greater) => Action::Downgrade,
            _ => Action::Upgrade,
        },
    }
}

/// A package that was left half done did not go: it is at its new version, and not wholly installed.
fn half_done(changed: &mut [PackageChange], after: &Status) {
    let gone = changed.iter_mut().filter(|change| change.to.is_none());
    for change in gone {
        let package = after.get(&change.name, Some(&change.arch));
        if let Some(package) = package.filter(|package| package.is_broken()) {
            change.to = Some(package.version.clone());
            change.action = action(change.from.as_ref(), change.to.as_ref());
        }
    }
}

/// What went wrong, by apt's word or by the database's.
fn failure(
    transaction: &Transaction,
    outcome: &Outcome,
    after: &Status,
    changed: &[PackageChange],
) -> Option<ApplyFailure> {
    let disagreements = disagreements(transaction, after, changed);
    if outcome.success() && disagreements.is_empty() {
        return None;
    }
    if outcome.success() {
        return Some(ApplyFailure {
            packages: disagreements.iter().map(|(name, _)| name.clone()).collect(),
            message: format!(
                "apt reports success, but {}",
                disagreements
                    .into_iter()
                    .map(|(_, why)| why)
                    .collect::<Vec<_>>()
                    .join("; ")
            ),
            cut: false,
            lied: true,
        });
    }
    let troubles = output::troubles(&(outcome.errors() + "\n" + &outcome.text()));
    let mut packages: Vec<String> = troubles
        .iter()
        .map(|trouble| trouble.package.clone())
        .collect();
    packages.extend(after.broken().iter().map(|package| package.name.clone()));
    packages.sort();
    packages.dedup();
    let message = match (outcome.end, troubles.first()) {
        (End::TimedOut, _) => format!(
            "it took longer than {} s and was ended",
            outcome.duration.as_secs()
        ),
        (End::Flooded, _) => "it printed too much and was ended".to_owned(),
        (_, Some(trouble)) => format!("{}: {}", trouble.package, trouble.message),
        (_, None) => last_words(outcome),
    };
    Some(ApplyFailure {
        packages,
        message,
        cut: matches!(outcome.end, End::TimedOut | End::Flooded),
        lied: false,
    })
}

/// Where the database is not as the transaction wants it.
fn disagreements(
    transaction: &Transaction,
    after: &Status,
    changed: &[PackageChange],
) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for change in &transaction.changes {
        let package = after.get(&change.name, Some(&change.arch));
        let version = package
            .filter(|package| package.is_installed())
            .map(|package| package.version.clone());
        if version != change.to {
            let is = version.map_or_else(
                || package.map_or("missing".to_owned(), |package| package.state.clone()),
                |version| format!("at {version}"),
            );
            let wanted = change.to.as_deref().unwrap_or("removed");
            found.push((
                change.name.clone(),
                format!("{} is {is}, not {wanted}", change.name),
            ));
        }
    }
    for change in changed {
        let agreed = |one: &PackageChange| one.name == change.name;
        if !transaction.changes.iter().any(agreed) {
            let why = format!(
                "{} went from {} to {} unasked",
                change.name,
                change.from.as_deref().unwrap_or("nothing"),
                change.to.as_deref().unwrap_or("nothing")
            );
            found.push((change.name.clone(), why));
        }
    }
    found
}
