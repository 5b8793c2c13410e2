//! Back to the old versions, by the packages' own scripts.

use std::collections::BTreeSet;
use std::io::Write;
use std::time::Instant;

use patchward_protocol::transaction::{
    Action, Irreversible, PackageVersion, RolledBack, SavedFile, SavedPackage, SavedState,
    Transaction,
};

use super::apply::MAX_LOG;
use super::conffiles::LEFT;
use super::{LOCKS, autos, conf_options, save};
use crate::below::{self, Below};
use crate::dpkg::files::{self, sha256};
use crate::dpkg::status::Status;
use crate::error::last_words;
use crate::executor::{ApplyOptions, ConfPolicy};
use crate::machine::{Command, Machine, millis};
use crate::{PatchError, lock};

/// Brings the saved versions back, then holds them.
pub fn roll_back(
    machine: &dyn Machine,
    transaction: &Transaction,
    saved: &SavedState,
    options: &ApplyOptions,
) -> Result<RolledBack, PatchError> {
    let started = Instant::now();
    lock::wait(machine, &LOCKS, options.lock_wait)?;
    let root = below::open(machine.root())?;
    let mut back = RolledBack::default();
    install_old(machine, &root, saved, options, &mut back)?;
    remove_new(machine, &root, transaction, options, &mut back)?;
    tidy(&root, saved);
    judge(&root, transaction, saved, &mut back)?;
    hold(machine, &root, saved, &mut back)?;
    let names: BTreeSet<String> = saved.packages.iter().map(|one| one.name.clone()).collect();
    let marks = saved.automatic.iter().cloned().collect();
    autos::restore(machine, &root, &marks, &names)?;
    back.total_millis = millis(started.elapsed());
    Ok(back)
}

/// Installs the old files with one dpkg run. A second run settles what only failed by its order.
fn install_old(
    machine: &dyn Machine,
    root: &Below,
    saved: &SavedState,
    options: &ApplyOptions,
    back: &mut RolledBack,
) -> Result<(), PatchError> {
    for _ in 0..2 {
        let status = Status::read(root)?;
        let different = different(root, saved);
        let files: Vec<String> = saved
            .packages
            .iter()
            .filter(|one| !is_restored(&status, one) || has_any(root, &status, one, &different))
            .filter_map(|one| usable(root, one, back))
            .collect();
        if files.is_empty() {
            return Ok(());
        }
        let command = Command::new(["dpkg", "--force-downgrade"])
            .args(conf_options(ConfPolicy::Keep))
            .args(["--install"])
            .args(files)
            .timeout(options.timeout);
        run(machine, &command, back)?;
    }
    Ok(())
}

fn run(machine: &dyn Machine, command: &Command, back: &mut RolledBack) -> Result<(), PatchError> {
    let outcome = machine.run(command)?;
    back.manager_millis += millis(outcome.duration);
    back.log.push_str(&outcome.log(MAX_LOG / 4));
    if !outcome.success() {
        back.log.push_str(&format!(
            "\n{}: {}\n",
            command.program(),
            last_words(&outcome)
        ));
    }
    Ok(())
}

/// The saved file, when it still is what was saved.
fn usable(root: &Below, one: &SavedPackage, back: &mut RolledBack) -> Option<String> {
    let file = one.file.clone()?;
    if sha256(root, &file).ok() == one.sha256 {
        return Some(file);
    }
    back.log
        .push_str(&format!("{file} is not the file that was saved\n"));
    None
}

/// Paths that are not as they were. What configuration files hold is put right afterwards.
fn different(root: &Below, saved: &SavedState) -> BTreeSet<String> {
    let conf = |file: &&SavedFile| {
        let copy = save::conf_copy(&saved.folder, &file.digest);
        file.digest.is_empty() || root.place(&copy).is_some()
    };
    saved
        .files
        .iter()
        .filter(|file| !conf(file) && differs(root, file))
        .map(|file| file.path.clone())
        .collect()
}

/// A package that was killed while it was unpacked may have its old version and new files.
fn has_any(root: &Below, status: &Status, one: &SavedPackage, paths: &BTreeSet<String>) -> bool {
    let package = status.get(&one.name, Some(&one.arch));
    !paths.is_empty()
        && package.is_some_and(|package| {
            let files = files::of_package(root, package);
            files.iter().any(|path| paths.contains(path))
        })
}

fn is_restored(status: &Status, one: &SavedPackage) -> bool {
    status
        .get(&one.name, Some(&one.arch))
        .is_some_and(|package| package.is_installed() && package.version == one.version)
}

/// Packages that the transaction brought go again, with their configuration.
fn remove_new(
    machine: &dyn Machine,
    root: &Below,
    transaction: &Transaction,
    options: &ApplyOptions,
    back: &mut RolledBack,
) -> Result<(), PatchError> {
    let status = Status::read(root)?;
    let names: Vec<String> = transaction
        .changes
        .iter()
        .filter(|change| change.action == Action::Install)
        .filter_map(|change| status.get(&change.name, Some(&change.arch)))
        .filter(|package| package.state != "not-installed")
        .map(|package| package.qualified())
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let command = Command::new(["dpkg", "--force-remove-reinstreq", "--purge"])
        .args(names)
        .timeout(options.timeout);
    run(machine, &command, back)
}

/// Puts configuration files back that the scripts left otherwise, and takes away what dpkg laid beside them.
fn tidy(root: &Below, saved: &SavedState) {
    for file in &saved.files {
        let left = LEFT.iter().any(|suffix| file.path.ends_with(suffix));
        if left && file.digest.is_empty() && file.mode == 0 {
            let _ = root.remove(&file.path);
        } else if !file.digest.is_empty() {
            let copy = save::conf_copy(&saved.folder, &file.digest);
            if root.place(&copy).is_some() && differs(root, file) {
                let _ = restore_conf(root, &copy, &file.path);
            }
        }
    }
}

/// Written in place, so that owner and mode stay.
fn restore_conf(root: &Below, copy: &str, path: &str) -> std::io::Result<()> {
    let bytes = root.read(copy, 64 << 20)?;
    root.create(path)?.write_all(&bytes)
}

fn differs(root: &Below, file: &SavedFile) -> bool {
    files::describe(root, file.path.clone()) != *file
}

/// Looks at what came of it.
fn judge(
    root: &Below,
    transaction: &Transaction,
    saved: &SavedState,
    back: &mut RolledBack,
) -> Result<(), PatchError> {
    let status = Status::read(root)?;
    for one in &saved.packages {
        if is_restored(&status, one) {
            back.restored.push(PackageVersion {
                name: one.name.clone(),
                version: one.version.clone(),
            });
            continue;
        }
        let is = status.get(&one.name, Some(&one.arch)).map_or_else(
            || "missing".to_owned(),
            |package| format!("{} at {}", package.state, package.version),
        );
        let why = match &one.file {
            Some(_) => format!("it is {is}, not {} again", one.version),
            None => format!("it is {is}; nobody had {} to go back to", one.version),
        };
        back.failed.push(Irreversible {
            package: one.name.clone(),
            reason: why,
        });
    }
    for change in transaction
        .changes
        .iter()
        .filter(|one| one.action == Action::Install)
    {
        let still = status
            .get(&change.name, Some(&change.arch))
            .filter(|package| !matches!(package.state.as_str(), "not-installed" | "config-files"));
        if still.is_some() {
            back.failed.push(Irreversible {
                package: change.name.clone(),
                reason: "it was new and could not be removed".to_owned(),
            });
        }
    }
    back.files_different = saved
        .files
        .iter()
        .filter(|file| differs(root, file))
        .map(|file| file.path.clone())
        .collect();
    Ok(())
}

/// The next automatic update would put the patch in again.
fn hold(
    machine: &dyn Machine,
    root: &Below,
    saved: &SavedState,
    back: &mut RolledBack,
) -> Result<(), PatchError> {
    let status = Status::read(root)?;
    let packages: Vec<String> = saved
        .packages
        .iter()
        .filter_map(|one| status.get(&one.name, Some(&one.arch)))
        .filter(|package| package.is_installed() && !package.is_held())
        .map(|package| package.qualified())
        .collect();
    if packages.is_empty() {
        return Ok(());
    }
    let lines: String = packages
        .iter()
        .map(|name| format!("{name} hold\n"))
        .collect();
    let command = Command::new(["dpkg", "--set-selections"]).stdin(lines);
    let outcome = machine.run(&command)?;
    if outcome.success() {
        back.held = packages;
    } else {
        back.failed.push(Irreversible {
            package: packages.join(", "),
            reason: format!("it could not be held: {}", last_words(&outcome)),
        });
    }
    Ok(())
}
