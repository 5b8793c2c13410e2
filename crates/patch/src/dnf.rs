//! dnf (and yum where it is dnf): Fedora, Red Hat Enterprise Linux, Rocky, Alma, Oracle, Amazon.
//!
//! New files are fetched to a folder of our own and installed from there with every repository switched off, so that
//! the change itself needs no network and takes exactly what was fetched. Weak dependencies are not brought in.
//! Tested against a small repository with updateinfo of our own; not against a vendor's.

use std::collections::BTreeMap;

use patchward_protocol::transaction::{PackageChange, PackageVersion, SavedPackage, Transaction};
use patchward_version::Scheme;

use crate::dpkg::checksums::Checked;
use crate::flow::{Installed, Simulated, Tool};
use crate::lock::Lock;
use crate::machine::{Command, End, Machine};
use crate::{PatchError, rpm};

pub(crate) mod table;

/// The executor of dnf.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dnf {
    /// Where package files lie, as seen inside the machine.
    pub folder: String,
    /// Further options of dnf, such as `--installroot`.
    pub options: Vec<String>,
    /// Further options of rpm, such as `--root`.
    pub rpm_options: Vec<String>,
}

impl Default for Dnf {
    fn default() -> Dnf {
        Dnf {
            folder: "/var/lib/patchward/dnf".to_owned(),
            options: Vec::new(),
            rpm_options: Vec::new(),
        }
    }
}

const LOCKS: [Lock; 3] = [
    Lock::Presence("/var/lib/dnf/rpmdb_lock.pid"),
    Lock::Presence("/var/cache/dnf/download_lock.pid"),
    Lock::Record("/var/lib/rpm/.rpm.lock"),
];

impl Dnf {
    fn dnf(&self) -> Command {
        Command::new([
            "dnf",
            "-y",
            "--setopt=install_weak_deps=False",
            "--color=never",
        ])
        .args(self.options.iter().cloned())
    }

    /// Ids of advisories that updateinfo calls security, by package at version.
    fn security(&self, machine: &dyn Machine) -> Result<Vec<String>, PatchError> {
        let command = self
            .dnf()
            .args(["-q", "updateinfo", "list", "--security"])
            .network();
        let outcome = machine.run(&command)?;
        let text = outcome.text();
        let third = |line: &str| line.split_whitespace().nth(2).map(str::to_owned);
        Ok(text
            .lines()
            .filter(|_| outcome.success())
            .filter_map(third)
            .collect())
    }
}

impl Tool for Dnf {
    fn tool(&self) -> &'static str {
        "dnf"
    }

    fn locks(&self) -> &'static [Lock] {
        &LOCKS
    }

    fn scheme(&self) -> Scheme {
        Scheme::Rpm
    }

    fn folder(&self) -> &str {
        &self.folder
    }

    fn simulate(
        &self,
        machine: &dyn Machine,
        wanted: &[PackageVersion],
    ) -> Result<Simulated, PatchError> {
        let names = wanted
            .iter()
            .map(|one| rpm::at_version(&one.name, &one.version, ""));
        let mut command = self
            .dnf()
            .args(["--assumeno", "install"])
            .args(names)
            .network();
        // The table is as wide as the terminal; a wide one is not broken into lines.
        command.env.insert("COLUMNS".into(), "400".into());
        let outcome = machine.run(&command)?;
        let text = outcome.text();
        // "no" is the answer that ends it with 1; a table shows that it got so far.
        match (outcome.end, table::parse(&text)) {
            (End::Exited(0 | 1), Some(simulated)) => Ok(simulated),
            (End::Exited(0), None) => Ok(Simulated::default()),
            _ => Err(PatchError::of("simulate", &command, &outcome)),
        }
    }

    fn mark_security(
        &self,
        machine: &dyn Machine,
        changes: &mut [PackageChange],
    ) -> Result<(), PatchError> {
        if changes.is_empty() {
            return Ok(());
        }
        let security = self.security(machine)?;
        for change in changes {
            let to = change.to.as_deref().unwrap_or_default();
            let bare = to.split_once(':').map_or(to, |(_, rest)| rest);
            let names =
                [to, bare].map(|version| rpm::at_version(&change.name, version, &change.arch));
            change.security = names.iter().any(|name| security.contains(name));
        }
        Ok(())
    }

    fn installed(&self, machine: &dyn Machine) -> Result<Vec<Installed>, PatchError> {
        rpm::installed(machine, &self.rpm_options)
    }

    fn held(&self, machine: &dyn Machine) -> Vec<String> {
        let Ok(root) = crate::below::open(machine.root()) else {
            return Vec::new();
        };
        let list = root.text("/etc/dnf/plugins/versionlock.list", 1 << 20);
        locked(&list.unwrap_or_default())
    }

    fn download(&self, transaction: &Transaction, folder: &str) -> Option<Command> {
        let names = transaction.requested.iter();
        let names = names.map(|one| rpm::at_version(&one.name, &one.version, ""));
        Some(
            self.dnf()
                .args([
                    "--downloadonly".to_owned(),
                    format!("--downloaddir={folder}"),
                    "install".to_owned(),
                ])
                .args(names),
        )
    }

    fn apply(&self, transaction: &Transaction, folder: &str) -> Command {
        let files = transaction.changes.iter().filter_map(|change| {
            let to = change.to.as_deref()?;
            let version = to.split_once(':').map_or(to, |(_, rest)| rest);
            Some(format!(
                "{folder}/{}.rpm",
                rpm::at_version(&change.name, version, &change.arch)
            ))
        });
        self.dnf().args(["--disablerepo=*", "install"]).args(files)
    }

    fn fetch_old(&self, change: &PackageChange, folder: &str) -> Option<Command> {
        let name = rpm::at_version(&change.name, change.from.as_deref()?, &change.arch);
        Some(self.dnf().args([
            "--downloadonly".to_owned(),
            format!("--downloaddir={folder}"),
            "reinstall".to_owned(),
            name,
        ]))
    }

    fn caches(&self) -> Vec<String> {
        Vec::new()
    }

    fn is_file_of(&self, file: &str, change: &PackageChange) -> bool {
        rpm::is_file_of(file, change)
    }

    fn back(&self, saved: &[&SavedPackage]) -> Option<Command> {
        let files: Vec<String> = saved.iter().filter_map(|one| one.file.clone()).collect();
        let missing: Vec<String> = saved
            .iter()
            .filter(|one| one.file.is_none())
            .map(|one| rpm::at_version(&one.name, &one.version, &one.arch))
            .collect();
        if files.is_empty() && missing.is_empty() {
            return None;
        }
        let command = self.dnf();
        Some(if missing.is_empty() {
            command.args(["--disablerepo=*", "downgrade"]).args(files)
        } else {
            command
                .args(["downgrade"])
                .args(files)
                .args(missing)
                .network()
        })
    }

    fn remove(&self, names: &[String]) -> Command {
        self.dnf()
            .args(["--noautoremove", "remove"])
            .args(names.iter().cloned())
    }

    fn hold(&self, names: &[String]) -> Option<Command> {
        Some(
            self.dnf()
                .args(["versionlock", "add"])
                .args(names.iter().cloned()),
        )
    }

    fn conf_files(&self, machine: &dyn Machine, names: &[String]) -> BTreeMap<String, String> {
        rpm::conf_files(machine, &self.rpm_options, names)
    }

    fn conf_suffixes(&self) -> &'static [&'static str] {
        rpm::SUFFIXES
    }

    fn check(&self, machine: &dyn Machine, name: &str) -> Option<Checked> {
        rpm::check(machine, &self.rpm_options, name)
    }

    fn mend(&self, machine: &dyn Machine) -> Result<Vec<String>, PatchError> {
        let ask = Command::new(["rpm"])
            .args(self.rpm_options.iter().cloned())
            .args(["-q", "rpm"]);
        let outcome = machine.run(&ask)?;
        // "not installed" is an answer; anything else that fails is a database that cannot be read.
        if outcome.success() || outcome.text().contains("is not installed") {
            return Ok(Vec::new());
        }
        let command = Command::new(["rpm"])
            .args(self.rpm_options.iter().cloned())
            .args(["--rebuilddb"]);
        PatchError::check("repair", &command, machine.run(&command)?)?;
        Ok(vec!["rpm's database was built anew".to_owned()])
    }
}

/// Names in versionlock's list: `web-0:1.0-1.*`, `!` before an excluded one.
pub(crate) fn locked(text: &str) -> Vec<String> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with(['#', '!']))
        .filter_map(|line| {
            let (name_version, _release) = line.rsplit_once('-')?;
            let (name, _version) = name_version.rsplit_once('-')?;
            Some(name.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locked_names_are_read() {
        let text = "# Added lock\nweb-server-0:1.0-1.*\n!other-0:2-1.*\n\nbad\n";
        assert_eq!(locked(text), ["web-server"]);
    }
}
