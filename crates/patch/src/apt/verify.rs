//! Whether a transaction is in: versions, checksums, processes.

use std::cmp::Ordering;

use patchward_protocol::transaction::{PackageChange, PackageProof, Transaction, Verification};
use patchward_version::Scheme;

use crate::below;
use crate::dpkg::checksums::Checker;
use crate::dpkg::status::Status;
use crate::machine::Machine;
use crate::{PatchError, proof, restart};

/// Most paths that one package's proof names.
const MAX_NAMED: usize = 50;

/// Looks at the database, the files and the running processes.
pub fn verify(
    machine: &dyn Machine,
    transaction: &Transaction,
) -> Result<Verification, PatchError> {
    let root = below::open(machine.root())?;
    let status = Status::read(&root)?;
    let checker = Checker::new(&root);
    let mut found = Verification {
        stale: restart::stale(machine),
        ..Verification::default()
    };
    found.reboot = restart::reboot_needed(machine, &transaction.changes, &found.stale);
    for change in &transaction.changes {
        let proof = prove(change, &status, &checker);
        found.missing.extend(proof::proof_gaps(change, &proof));
        found.packages.push(proof);
    }
    found.missing.extend(proof::kept_gaps(transaction));
    let names: Vec<&str> = transaction
        .changes
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    for process in &found.stale {
        let ours = process.files.iter().find(|file| {
            file.package
                .as_deref()
                .is_some_and(|owner| names.contains(&owner))
        });
        if let Some(file) = ours {
            let text = format!(
                "process {} ({}) still runs the old {}",
                process.pid, process.program, file.path
            );
            found.missing.push(text);
        }
    }
    for reason in &found.reboot {
        found
            .missing
            .push(format!("{}: {}", reason.package, reason.reason));
    }
    Ok(found)
}

fn prove(change: &PackageChange, status: &Status, checker: &Checker<'_>) -> PackageProof {
    let package = status
        .get(&change.name, Some(&change.arch))
        .filter(|package| package.is_installed());
    let mut proof = PackageProof {
        name: change.name.clone(),
        arch: change.arch.clone(),
        wanted: change.to.clone(),
        found: package.map(|package| package.version.clone()),
        ..PackageProof::default()
    };
    proof.at_or_past = match (&proof.wanted, &proof.found) {
        (Some(wanted), Some(found)) => Scheme::Debian
            .compare(found, wanted)
            .is_ok_and(Ordering::is_ge),
        (wanted, found) => wanted == found,
    };
    if let Some(checked) = package.and_then(|package| checker.check(package)) {
        proof.files_checked = checked.checked;
        proof.files_excluded = checked.excluded;
        proof.files_changed = first(checked.changed);
        proof.files_missing = first(checked.missing);
        proof.conf_changed = first(checked.conf_changed);
    }
    proof
}

fn first(mut paths: Vec<String>) -> Vec<String> {
    paths.truncate(MAX_NAMED);
    paths
}
