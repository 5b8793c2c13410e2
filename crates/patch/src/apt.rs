//! apt and dpkg: Debian, Ubuntu and what comes of them.
//!
//! - apt decides what a request comes to: its simulation is the transaction, and it is made again right before the
//!   real run. What apt would do beyond what was agreed is refused.
//! - Holds, pins and phasing are the user's and the publisher's word: such a package is kept back, with the reason.
//!   Recommended packages are not brought in by a patch.
//! - Package files go to a folder of our own, so that hooks that empty apt's cache do not take them, and so that the
//!   change window needs no network.
//! - Success is what dpkg's database shows afterwards, not what apt says.

mod apply;
mod autos;
mod choose;
mod conffiles;
mod fetch;
mod fingerprint;
mod forget;
pub mod policy;
mod preview;
mod repair;
mod roll_back;
mod save;
pub(crate) mod show;
pub mod simulation;
mod verify;

use patchward_protocol::transaction::{
    Applied, Holder, PackageChange, PackageVersion, RolledBack, SavedState, Transaction,
    Verification,
};

use crate::executor::{ApplyOptions, ConfPolicy, Executor, Request};
use crate::lock::{self, Lock};
use crate::machine::{Command, Machine, Outcome};
use crate::{PatchError, dpkg};

/// The locks of dpkg, the one of its front ends first.
const LOCKS: [Lock; 2] = [
    Lock::Record("/var/lib/dpkg/lock-frontend"),
    Lock::Record("/var/lib/dpkg/lock"),
];

/// The executor of apt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apt {
    /// Where package files lie, as seen inside the machine. `new` and `old` are made in it.
    pub folder: String,
}

impl Default for Apt {
    fn default() -> Apt {
        Apt {
            folder: "/var/lib/patchward/apt".to_owned(),
        }
    }
}

impl Apt {
    /// Files of versions to install.
    fn new_files(&self) -> String {
        format!("{}/new", self.folder)
    }

    /// Files of versions to go back to.
    fn old_files(&self) -> String {
        format!("{}/old", self.folder)
    }
}

impl Executor for Apt {
    fn name(&self) -> &'static str {
        "apt"
    }

    fn preview(&self, machine: &dyn Machine, request: &Request) -> Result<Transaction, PatchError> {
        preview::preview(machine, request)
    }

    fn save(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<SavedState, PatchError> {
        save::save(self, machine, transaction)
    }

    fn download(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        options: &ApplyOptions,
    ) -> Result<(), PatchError> {
        fetch::download(self, machine, transaction, options)
    }

    fn apply(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        options: &ApplyOptions,
    ) -> Result<Applied, PatchError> {
        apply::apply(self, machine, transaction, options)
    }

    fn verify(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
    ) -> Result<Verification, PatchError> {
        verify::verify(machine, transaction)
    }

    fn roll_back(
        &self,
        machine: &dyn Machine,
        transaction: &Transaction,
        saved: &SavedState,
        options: &ApplyOptions,
    ) -> Result<RolledBack, PatchError> {
        roll_back::roll_back(machine, transaction, saved, options)
    }

    fn repair(
        &self,
        machine: &dyn Machine,
        options: &ApplyOptions,
    ) -> Result<Vec<String>, PatchError> {
        repair::repair(self, machine, options)
    }

    fn holder(&self, machine: &dyn Machine) -> Result<Option<Holder>, PatchError> {
        lock::holder(machine, &LOCKS)
    }
}

/// Runs a program and takes nothing but success.
fn ask(
    machine: &dyn Machine,
    doing: &'static str,
    command: &Command,
) -> Result<Outcome, PatchError> {
    PatchError::check(doing, command, machine.run(command)?)
}

/// dpkg's answers to questions on configuration files.
fn conf_options(policy: ConfPolicy) -> [&'static str; 2] {
    match policy {
        ConfPolicy::Keep => ["--force-confdef", "--force-confold"],
        ConfPolicy::Replace => ["--force-confnew", "--force-confmiss"],
    }
}

/// The same answer for files that ucf(1) manages.
fn with_conf_policy(command: Command, policy: ConfPolicy) -> Command {
    match policy {
        ConfPolicy::Keep => command.env("UCF_FORCE_CONFFOLD", "1"),
        ConfPolicy::Replace => command.env("UCF_FORCE_CONFFNEW", "1"),
    }
}

/// `name=version`, as apt takes it.
fn at_version(package: &PackageVersion) -> String {
    format!("{}={}", package.name, package.version)
}

/// The name that apt takes for a package of a change: with its architecture when it is a foreign one.
fn qualified(change: &PackageChange, native: &str) -> String {
    if change.arch == "all" || change.arch == native || change.arch.is_empty() {
        change.name.clone()
    } else {
        format!("{}:{}", change.name, change.arch)
    }
}

/// The name of a package file in apt's folders.
fn file_name(name: &str, version: &str, arch: &str) -> String {
    let version = version.replace('%', "%25").replace(':', "%3a");
    format!("{name}_{version}_{arch}.deb")
}

/// The file of a package in one of our folders, when it is there.
fn find_file(
    root: &crate::below::Below,
    folders: &[&str],
    (name, version, arch): (&str, &str, &str),
) -> Option<String> {
    let file = file_name(name, version, arch);
    folders
        .iter()
        .map(|folder| format!("{folder}/{file}"))
        .find(|path| root.place(path).is_some_and(|place| place.is_file()))
}

/// The packages of a transaction as dpkg has them now.
fn installed<'s>(
    status: &'s dpkg::status::Status,
    transaction: &Transaction,
) -> Vec<&'s dpkg::status::Package> {
    transaction
        .changes
        .iter()
        .filter_map(|change| status.get(&change.name, Some(&change.arch)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn package_files_are_named_as_apt_names_them() {
        assert_eq!(
            file_name("redis", "5:7.0.15-1~deb12u7", "amd64"),
            "redis_5%3a7.0.15-1~deb12u7_amd64.deb"
        );
    }

    #[test]
    fn a_foreign_architecture_is_named() {
        let change = |arch: &str| PackageChange {
            name: "libx".into(),
            arch: arch.into(),
            ..PackageChange::default()
        };
        assert_eq!(qualified(&change("i386"), "amd64"), "libx:i386");
        assert_eq!(qualified(&change("all"), "amd64"), "libx");
        assert_eq!(qualified(&change("amd64"), "amd64"), "libx");
    }
}
