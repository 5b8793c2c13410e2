//! From a request and a simulation to the list of changes.

use std::collections::BTreeMap;

use patchward_protocol::transaction::{
    Action, KeptBack, KeptReason, PackageChange, PackageVersion, Transaction,
};

use super::{Installed, Tool};
use crate::executor::Request;

pub fn choose(
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
pub fn keep_unmet(transaction: &mut Transaction, changes: &[PackageChange]) {
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
pub fn complete(
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

/// What changed between two looks at the database.
pub fn changed(tool: &impl Tool, before: &[Installed], after: &[Installed]) -> Vec<PackageChange> {
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
