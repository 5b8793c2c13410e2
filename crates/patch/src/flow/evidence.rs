//! What the package manager's database shows after a change.

use patchward_protocol::transaction::{ApplyFailure, PackageChange, PackageProof, Transaction};

use super::{Installed, Tool};
use crate::agreement::differences;
use crate::error::last_words;
use crate::machine::{End, Machine, Outcome};

pub fn failure(
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

pub fn prove(
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
