//! What roll-back needs: old package files, configuration files, digests, holds.

use std::collections::BTreeMap;
use std::io::Write;

use patchward_protocol::transaction::{
    PackageChange, SavedFile, SavedPackage, SavedState, Transaction, WayBack,
};

use super::conffiles::{self, LEFT};
use super::preview::CACHE;
use super::{Apt, autos, fetch, file_name, find_file, installed, qualified};
use crate::PatchError;
use crate::below::{self, Below};
use crate::dpkg::files::{self, sha256};
use crate::dpkg::{STATUS, repack, status::Status};
use crate::machine::{Command, Machine};

/// Longest configuration file whose content is saved, in bytes.
const MAX_CONF: u64 = 16 << 20;

/// Makes what roll-back needs.
pub fn save(
    apt: &Apt,
    machine: &dyn Machine,
    transaction: &Transaction,
) -> Result<SavedState, PatchError> {
    let root = below::open(machine.root())?;
    let status = Status::read(&root)?;
    let folder = apt.old_files();
    below::make_folder(&root, &folder)?;
    fetch_old(machine, &root, &folder, &status, transaction)?;
    let mut packages = Vec::new();
    for change in transaction
        .changes
        .iter()
        .filter(|change| change.from.is_some())
    {
        packages.push(keep(&root, &folder, &status, change)?);
    }
    confirm(machine, &packages)?;
    let mut files = files::record(&root, installed(&status, transaction).into_iter());
    files.extend(leftovers(&root, &status, transaction));
    save_conf(&root, &folder, &status, transaction)?;
    Ok(SavedState {
        manager: "apt".to_owned(),
        folder,
        packages,
        held: status
            .all()
            .filter(|one| one.is_held())
            .map(|one| one.qualified())
            .collect(),
        automatic: autos::read(&root).into_iter().collect(),
        files,
        database_digest: sha256(&root, STATUS).map_err(|source| PatchError::File {
            doing: "read",
            path: STATUS.to_owned(),
            source,
        })?,
    })
}

/// Fetches old versions that a repository still has. A failure is no end: they are packed again instead.
fn fetch_old(
    machine: &dyn Machine,
    root: &Below,
    folder: &str,
    status: &Status,
    transaction: &Transaction,
) -> Result<(), PatchError> {
    let names: Vec<String> = transaction
        .changes
        .iter()
        .filter(|change| change.way_back == WayBack::Archive)
        .filter_map(|change| {
            let from = change.from.as_deref()?;
            let have = find_file(root, &[folder], (&change.name, from, &change.arch));
            have.is_none()
                .then(|| format!("{}={from}", qualified(change, &status.native)))
        })
        .collect();
    if !names.is_empty() {
        let command = fetch::in_folder(folder, "apt-get -q -o Acquire::Retries=2 download");
        machine.run(&command.args(names).network())?;
    }
    Ok(())
}

/// The package file of an installed version: saved already, from the cache, or packed again.
fn keep(
    root: &Below,
    folder: &str,
    status: &Status,
    change: &PackageChange,
) -> Result<SavedPackage, PatchError> {
    let from = change.from.clone().unwrap_or_default();
    let key = (change.name.as_str(), from.as_str(), change.arch.as_str());
    let mut saved = SavedPackage {
        name: change.name.clone(),
        arch: change.arch.clone(),
        way_back: change.way_back,
        version: from.clone(),
        ..SavedPackage::default()
    };
    let wanted = format!("{folder}/{}", file_name(key.0, key.1, key.2));
    let installed = status.get(&change.name, Some(&change.arch));
    if find_file(root, &[folder], key).is_some() {
        saved.file = Some(wanted);
    } else if let Some(cached) = find_file(root, &[CACHE], key) {
        saved.way_back = WayBack::Cache;
        copy(root, &cached, &wanted)?;
        saved.file = Some(wanted);
    } else if let Some(package) = installed.filter(|package| package.is_installed()) {
        saved.way_back = WayBack::Repack;
        repack::write(root, package, &wanted)?;
        saved.file = Some(wanted);
    } else {
        saved.way_back = WayBack::None;
    }
    saved.sha256 = saved.file.as_ref().and_then(|file| sha256(root, file).ok());
    Ok(saved)
}

fn copy(root: &Below, from: &str, to: &str) -> Result<(), PatchError> {
    let copy = || -> std::io::Result<()> {
        let mut file = root.create(to)?;
        std::io::copy(&mut root.file(from)?, &mut file)?;
        file.sync_all()
    };
    copy().map_err(|source| PatchError::File {
        doing: "write",
        path: to.to_owned(),
        source,
    })
}

/// Asks dpkg-deb whether each file is the package that its name says; a wrong one is worse than none.
fn confirm(machine: &dyn Machine, packages: &[SavedPackage]) -> Result<(), PatchError> {
    let files: Vec<&SavedPackage> = packages.iter().filter(|one| one.file.is_some()).collect();
    if files.is_empty() {
        return Ok(());
    }
    let script = "for file; do dpkg-deb -W --showformat='${Package} ${Version} ${Architecture}\\n' \"$file\" || echo; done";
    let command = Command::new(["sh", "-c", script, "sh"])
        .args(files.iter().filter_map(|one| one.file.clone()));
    let text = machine.run(&command)?.text();
    for (line, one) in text.lines().chain(std::iter::repeat("")).zip(files) {
        let wanted = format!("{} {} {}", one.name, one.version, one.arch);
        if line != wanted {
            return Err(PatchError::Download {
                file: one.file.clone().unwrap_or_default(),
                message: format!("it should be {wanted} and is {line:?}"),
            });
        }
    }
    Ok(())
}

/// Names beside configuration files where dpkg will leave something; as they are now, mostly nothing.
fn leftovers(root: &Below, status: &Status, transaction: &Transaction) -> Vec<SavedFile> {
    conffiles::paths(root, status, transaction)
        .keys()
        .flat_map(|path| LEFT.iter().map(move |suffix| format!("{path}{suffix}")))
        .map(|path| files::describe(root, path))
        .collect()
}

/// Where the content of a saved configuration file lies.
pub fn conf_copy(folder: &str, digest: &str) -> String {
    format!("{folder}/conf/{digest}")
}

/// Keeps the content of configuration files: their packages' scripts may lose the machine's own changes.
fn save_conf(
    root: &Below,
    folder: &str,
    status: &Status,
    transaction: &Transaction,
) -> Result<(), PatchError> {
    let target = format!("{folder}/conf");
    // They may hold secrets: nobody but root reads them.
    root.make_private_dir(&target)
        .map_err(|source| PatchError::File {
            doing: "make",
            path: target,
            source,
        })?;
    let paths: BTreeMap<String, String> = conffiles::paths(root, status, transaction);
    for path in paths.keys() {
        let Ok(bytes) = root.read(path, MAX_CONF) else {
            continue;
        };
        let copy = conf_copy(folder, &files::describe(root, path.clone()).digest);
        let write = || -> std::io::Result<()> { root.create(&copy)?.write_all(&bytes) };
        write().map_err(|source| PatchError::File {
            doing: "write",
            path: copy.clone(),
            source,
        })?;
    }
    Ok(())
}
