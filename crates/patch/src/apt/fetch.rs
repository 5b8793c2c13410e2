//! Package files, fetched before the change window.

use patchward_protocol::transaction::{PackageChange, Transaction};

use super::{Apt, at_version, find_file, qualified};
use crate::below::{self, Below};
use crate::dpkg::files::sha256;
use crate::dpkg::status::Status;
use crate::error::last_words;
use crate::executor::ApplyOptions;
use crate::machine::{Command, End, Machine};
use crate::{PatchError, space};

/// Fetches what is not there yet, and compares each file with the index's checksum.
pub fn download(
    apt: &Apt,
    machine: &dyn Machine,
    transaction: &Transaction,
    options: &ApplyOptions,
) -> Result<(), PatchError> {
    let root = below::open(machine.root())?;
    let folder = apt.new_files();
    below::make_folder(&root, &format!("{folder}/partial"))?;
    let missing = missing(&root, &folder, transaction);
    if missing.is_empty() {
        return Ok(());
    }
    let bytes = missing.iter().map(|change| change.download_bytes).sum();
    space::require(&root, &folder, bytes, options.spare_bytes)?;
    let command = Command::new(["apt-get", "-y", "-q", "--download-only"])
        .args(["-o", &format!("Dir::Cache::archives={folder}/")])
        .args(["-o", "Debug::NoLocking=1", "-o", "Acquire::Retries=2"])
        .args([
            "-o",
            "Acquire::http::Timeout=30",
            "-o",
            "Acquire::https::Timeout=30",
        ])
        .args(["--no-install-recommends", "--allow-downgrades", "install"])
        .args(transaction.requested.iter().map(at_version))
        .timeout(options.timeout)
        .network();
    let outcome = machine.run(&command)?;
    if !outcome.success() {
        return Err(match outcome.end {
            End::Exited(_) => PatchError::Download {
                file: "the packages".to_owned(),
                message: last_words(&outcome),
            },
            _ => PatchError::of("download", &command, &outcome),
        });
    }
    fetch_local(machine, &root, &folder, transaction, options)?;
    check(&root, &folder, transaction)
}

/// The changes whose package file is not there, or not whole.
pub fn missing<'t>(
    root: &Below,
    folder: &str,
    transaction: &'t Transaction,
) -> Vec<&'t PackageChange> {
    let all = transaction
        .changes
        .iter()
        .filter(|change| change.to.is_some());
    all.filter(|change| verified(root, folder, change).is_err())
        .collect()
}

/// apt takes packages of `file:` repositories from where they lie; they are fetched one by one, so that the change does not
/// depend on the repository.
fn fetch_local(
    machine: &dyn Machine,
    root: &Below,
    folder: &str,
    transaction: &Transaction,
    options: &ApplyOptions,
) -> Result<(), PatchError> {
    let native = Status::read(root)?.native;
    let names: Vec<String> = missing(root, folder, transaction)
        .into_iter()
        .filter_map(|change| {
            Some(format!(
                "{}={}",
                qualified(change, &native),
                change.to.as_ref()?
            ))
        })
        .collect();
    if names.is_empty() {
        return Ok(());
    }
    let command = in_folder(folder, "apt-get -q download")
        .args(names)
        .timeout(options.timeout);
    let outcome = machine.run(&command.clone().network())?;
    if outcome.success() {
        Ok(())
    } else {
        Err(PatchError::of("download", &command, &outcome))
    }
}

/// A command that runs in a folder; what is added to it are its further arguments.
pub fn in_folder(folder: &str, line: &str) -> Command {
    Command::new(["sh", "-c"]).args([
        format!("cd \"$0\" && exec {line} \"$@\""),
        folder.to_owned(),
    ])
}

fn check(root: &Below, folder: &str, transaction: &Transaction) -> Result<(), PatchError> {
    for change in transaction
        .changes
        .iter()
        .filter(|change| change.to.is_some())
    {
        verified(root, folder, change)?;
    }
    Ok(())
}

/// The package file of a change, when it is there and its checksum is the index's.
pub fn verified(root: &Below, folder: &str, change: &PackageChange) -> Result<String, PatchError> {
    let to = change.to.as_deref().unwrap_or_default();
    let fail = |message: &str| PatchError::Download {
        file: format!("{} {to}", change.name),
        message: message.to_owned(),
    };
    let path = find_file(root, &[folder], (&change.name, to, &change.arch))
        .ok_or_else(|| fail("the file is not there"))?;
    match &change.sha256 {
        Some(wanted) if sha256(root, &path).ok().as_ref() != Some(wanted) => {
            Err(fail("its checksum is not the one that the index names"))
        }
        _ => Ok(path),
    }
}
