//! The exact transaction that a request comes to.

use patchward_protocol::transaction::{
    Action, Irreversible, PackageChange, PackageVersion, TRANSACTION_SCHEMA, Transaction, WayBack,
};

use super::policy::{self, Policy};
use super::{ask, at_version, choose, find_file, fingerprint, qualified, show, simulation};
use crate::below::{self, Below};
use crate::dpkg::status::Status;
use crate::dpkg::{self, files, owners};
use crate::executor::Request;
use crate::machine::{Command, Machine};
use crate::{PatchError, names, restart};

/// apt's own cache of package files.
pub const CACHE: &str = "/var/cache/apt/archives";

/// The transaction of a request.
pub fn preview(machine: &dyn Machine, request: &Request) -> Result<Transaction, PatchError> {
    let root = below::open(machine.root())?;
    let status = Status::read(&root)?;
    // Before apt is asked: what changes while it computes must not look agreed.
    let fingerprint = fingerprint::of(&root);
    let (request, mut refused) = names::sift(request);
    let names: Vec<String> = request
        .packages
        .iter()
        .map(|one| one.name.clone())
        .collect();
    let mut policies = policy::ask_for(machine, &names)?;
    let (requested, mut kept_back) = choose::choose(&request, &status, &policies);
    kept_back.append(&mut refused);
    let mut transaction = Transaction {
        schema: TRANSACTION_SCHEMA.to_owned(),
        manager: "apt".to_owned(),
        changes: simulate(machine, &requested)?,
        requested,
        kept_back,
        fingerprint,
        interrupted: status.journal || !status.broken().is_empty(),
        ..Transaction::default()
    };
    refuse_held(&status, &transaction.changes)?;
    complete_removals(&status, &mut transaction.changes);
    let more: Vec<String> = transaction
        .changes
        .iter()
        .map(|change| qualified(change, &status.native))
        .filter(|name| !policies.contains_key(name))
        .collect();
    policies.extend(policy::ask_for(machine, &more)?);
    add_sizes(machine, &status, &mut transaction)?;
    for change in &mut transaction.changes {
        let policy = policies.get(&qualified(change, &status.native));
        add_origin(change, policy);
        change.way_back = way_back(&root, change, policy);
    }
    transaction.irreversible = irreversible(&transaction.changes, &status);
    transaction.restarts = restarts(machine, &root, &status, &transaction.changes);
    transaction.reboot = restart::reboot_reasons(&transaction.changes);
    Ok(transaction)
}

/// Asks apt what it would do, without locks.
pub fn simulate(
    machine: &dyn Machine,
    requested: &[PackageVersion],
) -> Result<Vec<PackageChange>, PatchError> {
    if requested.is_empty() {
        return Ok(Vec::new());
    }
    let command = Command::new(["apt-get", "-s", "-q", "-o", "Debug::NoLocking=1"])
        .args(["-o", "APT::Get::Show-User-Simulation-Note=0"])
        .args(["--no-install-recommends", "install"])
        .args(requested.iter().map(at_version));
    let outcome = ask(machine, "simulate", &command)?;
    Ok(simulation::parse(&outcome.text()))
}

fn refuse_held(status: &Status, changes: &[PackageChange]) -> Result<(), PatchError> {
    let held: Vec<String> = changes
        .iter()
        .filter(|change| {
            status
                .get(
                    &change.name,
                    Some(&change.arch)
                        .filter(|arch| !arch.is_empty())
                        .map(String::as_str),
                )
                .is_some_and(|package| package.is_held())
        })
        .map(|change| change.name.clone())
        .collect();
    if held.is_empty() {
        Ok(())
    } else {
        Err(PatchError::HeldWouldChange { packages: held })
    }
}

/// apt's line of a removal names no architecture of a native package.
pub fn complete_removals(status: &Status, changes: &mut [PackageChange]) {
    for change in changes.iter_mut().filter(|change| change.arch.is_empty()) {
        if let Some(package) = status.get(&change.name, None) {
            change.arch.clone_from(&package.arch);
            if change.from.is_none() {
                change.from = Some(package.version.clone());
            }
        }
    }
}

fn add_sizes(
    machine: &dyn Machine,
    status: &Status,
    transaction: &mut Transaction,
) -> Result<(), PatchError> {
    let records = show::ask_for(machine, &transaction.changes, &status.native)?;
    let signed = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
    for change in &mut transaction.changes {
        let key = (
            change.name.clone(),
            change.to.clone().unwrap_or_default(),
            change.arch.clone(),
        );
        let before = status
            .get(&change.name, Some(&change.arch))
            .filter(|_| change.from.is_some());
        let before = before.map_or(0, |package| package.installed_bytes);
        let record = records.get(&key);
        let after = record.map_or(0, |record| record.installed_bytes);
        if let Some(record) = record {
            change.download_bytes = record.size;
            change.sha256.clone_from(&record.sha256);
        }
        transaction.download_bytes = transaction
            .download_bytes
            .saturating_add(change.download_bytes);
        transaction.disk_bytes = transaction
            .disk_bytes
            .saturating_add(signed(after))
            .saturating_sub(signed(before));
    }
    Ok(())
}

/// The repositories may tell of a security suite where the simulation's labels do not.
fn add_origin(change: &mut PackageChange, policy: Option<&Policy>) {
    let sources = change
        .to
        .as_ref()
        .and_then(|to| policy?.version(to))
        .map(|version| version.sources.as_slice())
        .unwrap_or_default();
    change.security |= sources.iter().any(|source| simulation::is_security(source));
}

fn way_back(root: &Below, change: &PackageChange, policy: Option<&Policy>) -> WayBack {
    let Some(from) = &change.from else {
        return WayBack::Removal;
    };
    if find_file(root, &[CACHE], (&change.name, from, &change.arch)).is_some() {
        WayBack::Cache
    } else if policy.is_some_and(|policy| policy.is_in_archive(from)) {
        WayBack::Archive
    } else if dpkg::info_path(root, &change.name, &change.arch, "list").is_some() {
        WayBack::Repack
    } else {
        WayBack::None
    }
}

/// Packages whose scripts change data that the older version may not read: by source package or beginning of a name.
const MIGRATES: [(&str, &str); 12] = [
    (
        "postgresql",
        "a new major version makes a new cluster; data written since stays with the newer one",
    ),
    (
        "mariadb",
        "system tables are upgraded at the first start; an older server may not read them",
    ),
    (
        "mysql",
        "system tables are upgraded at the first start; an older server may not read them",
    ),
    ("mongodb", "data files may be upgraded at the first start"),
    (
        "elasticsearch",
        "indices may be upgraded at the first start",
    ),
    (
        "openldap",
        "the directory is dumped and loaded again by a change of its format",
    ),
    (
        "slapd",
        "the directory is dumped and loaded again by a change of its format",
    ),
    ("gitlab", "database migrations run and are not taken back"),
    (
        "nextcloud",
        "database migrations run and are not taken back",
    ),
    (
        "rabbitmq",
        "the message store may be upgraded at the first start",
    ),
    (
        "redis",
        "a snapshot written by the newer server may not be read by the older one",
    ),
    ("grub", "the boot sector is written by the package's script"),
];

fn irreversible(changes: &[PackageChange], status: &Status) -> Vec<Irreversible> {
    let mut found = Vec::new();
    for change in changes {
        let mut add = |reason: String| {
            found.push(Irreversible {
                package: change.name.clone(),
                reason,
            });
        };
        match change.way_back {
            WayBack::None => add("the installed version cannot be had again: only a pre-image or a snapshot brings it back".to_owned()),
            WayBack::Repack => add("no repository has the installed version: it is packed again from the installed files, without files that the machine's rules left out".to_owned()),
            _ => {}
        }
        let source = status
            .get(&change.name, Some(&change.arch))
            .map_or("", |package| package.source.as_str());
        let rule = MIGRATES
            .iter()
            .find(|(name, _)| source.starts_with(name) || change.name.starts_with(name));
        if let (Some((_, reason)), true) = (rule, change.action != Action::Install) {
            add((*reason).to_owned());
        }
    }
    found
}

/// Services that run files of packages that will change.
fn restarts(
    machine: &dyn Machine,
    root: &Below,
    status: &Status,
    changes: &[PackageChange],
) -> Vec<String> {
    let paths = changes
        .iter()
        .filter(|change| change.action != Action::Install)
        .filter_map(|change| status.get(&change.name, Some(&change.arch)))
        .flat_map(|package| files::of_package(root, package))
        .map(|path| owners::unmerged(&path).to_owned())
        .collect();
    restart::services_using(machine, &paths)
}
