//! pacman: Arch Linux and what comes of it.
//!
//! **Not run here**: no pacman can be had where our tests run. The command lines are those of pacman 6; the parsers are
//! tested on output in its form. pacman installs only what its databases name now, so a package whose offered version
//! is not the one that was asked for is kept back; and it has no command that holds a package (`IgnorePkg` is a line of
//! its configuration), which a roll-back says.

use std::collections::BTreeMap;

use patchward_protocol::transaction::{PackageChange, PackageVersion, SavedPackage, Transaction};
use patchward_version::Scheme;

use crate::PatchError;
use crate::dpkg::checksums::Checked;
use crate::flow::{Installed, Simulated, Tool};
use crate::lock::Lock;
use crate::machine::{Command, Machine};

/// The executor of pacman.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pacman {
    /// Where package files lie, as seen inside the machine.
    pub folder: String,
}

impl Default for Pacman {
    fn default() -> Pacman {
        Pacman {
            folder: "/var/lib/patchward/pacman".to_owned(),
        }
    }
}

const LOCKS: [Lock; 1] = [Lock::Presence("/var/lib/pacman/db.lck")];
const CACHE: &str = "/var/cache/pacman/pkg";

fn pacman() -> Command {
    Command::new([
        "pacman",
        "--noconfirm",
        "--color",
        "never",
        "--noprogressbar",
    ])
}

fn names(packages: &[PackageVersion]) -> impl Iterator<Item = String> {
    packages.iter().map(|one| one.name.clone())
}

impl Tool for Pacman {
    fn tool(&self) -> &'static str {
        "pacman"
    }

    fn locks(&self) -> &'static [Lock] {
        &LOCKS
    }

    fn scheme(&self) -> Scheme {
        Scheme::Arch
    }

    fn folder(&self) -> &str {
        &self.folder
    }

    fn simulate(
        &self,
        machine: &dyn Machine,
        wanted: &[PackageVersion],
    ) -> Result<Simulated, PatchError> {
        let command = pacman()
            .args(["-S", "--print", "--print-format", "%n %v %s %r"])
            .args(names(wanted));
        let outcome = PatchError::check("simulate", &command, machine.run(&command)?)?;
        let changes = parse(&outcome.text());
        Ok(Simulated {
            download_bytes: changes.iter().map(|change| change.download_bytes).sum(),
            changes,
            disk_bytes: 0,
        })
    }

    fn installed(&self, machine: &dyn Machine) -> Result<Vec<Installed>, PatchError> {
        let command = pacman().args(["-Q"]);
        let outcome = PatchError::check("list packages", &command, machine.run(&command)?)?;
        Ok(parse_installed(&outcome.text()))
    }

    fn held(&self, machine: &dyn Machine) -> Vec<String> {
        let Ok(root) = crate::below::open(machine.root()) else {
            return Vec::new();
        };
        ignored(&root.text("/etc/pacman.conf", 1 << 20).unwrap_or_default())
    }

    fn download(&self, transaction: &Transaction, _: &str) -> Option<Command> {
        Some(pacman().args(["-Sw"]).args(names(&transaction.requested)))
    }

    fn apply(&self, transaction: &Transaction, _: &str) -> Command {
        pacman().args(["-S"]).args(names(&transaction.requested))
    }

    fn fetch_old(&self, _: &PackageChange, _: &str) -> Option<Command> {
        None
    }

    fn caches(&self) -> Vec<String> {
        vec![CACHE.to_owned()]
    }

    fn is_file_of(&self, file: &str, change: &PackageChange) -> bool {
        let from = change.from.as_deref().unwrap_or_default();
        let begin = format!("{}-{from}-", change.name);
        file.strip_prefix(&begin).is_some_and(|rest| {
            rest.split_once(".pkg.tar")
                .is_some_and(|(arch, end)| !arch.contains('-') && !end.ends_with(".sig"))
        })
    }

    fn back(&self, saved: &[&SavedPackage]) -> Option<Command> {
        let files: Vec<String> = saved.iter().filter_map(|one| one.file.clone()).collect();
        (!files.is_empty()).then(|| pacman().args(["-U"]).args(files))
    }

    fn remove(&self, names: &[String]) -> Command {
        pacman().args(["-R"]).args(names.iter().cloned())
    }

    fn hold(&self, _: &[String]) -> Option<Command> {
        None
    }

    fn conf_files(&self, machine: &dyn Machine, names: &[String]) -> BTreeMap<String, String> {
        let command = pacman().args(["-Qii"]).args(names.iter().cloned());
        let text = machine.run(&command).map(|outcome| outcome.text());
        backup_files(&text.unwrap_or_default())
    }

    fn conf_suffixes(&self) -> &'static [&'static str] {
        &[".pacnew", ".pacsave", ".pacorig"]
    }

    fn check(&self, machine: &dyn Machine, name: &str) -> Option<Checked> {
        let command = pacman().args(["-Qkk".to_owned(), name.to_owned()]);
        let outcome = machine.run(&command).ok()?;
        Some(parse_check(&(outcome.text() + &outcome.errors())))
    }

    fn mend(&self, machine: &dyn Machine) -> Result<Vec<String>, PatchError> {
        let command = pacman().args(["-Dk"]);
        PatchError::check("look for damage", &command, machine.run(&command)?)?;
        Ok(Vec::new())
    }
}

/// `openssl 3.2.1-1 4567890 core`
pub(crate) fn parse(text: &str) -> Vec<PackageChange> {
    let change = |line: &str| {
        let mut words = line.split_whitespace();
        let (name, version) = (words.next()?, words.next()?);
        Some(PackageChange {
            name: name.to_owned(),
            to: Some(version.to_owned()),
            download_bytes: words.next()?.parse().ok()?,
            origins: words.next().map(str::to_owned).into_iter().collect(),
            ..PackageChange::default()
        })
    };
    text.lines().filter_map(change).collect()
}

pub(crate) fn parse_installed(text: &str) -> Vec<Installed> {
    let one = |line: &str| {
        let (name, version) = line.split_once(' ')?;
        Some(Installed {
            name: name.to_owned(),
            arch: String::new(),
            version: version.trim().to_owned(),
        })
    };
    text.lines().filter_map(one).collect()
}

/// Names in `IgnorePkg = a b`.
pub(crate) fn ignored(text: &str) -> Vec<String> {
    text.lines()
        .filter_map(|line| line.split_once('='))
        .filter(|(key, _)| key.trim() == "IgnorePkg")
        .flat_map(|(_, names)| names.split_whitespace())
        .map(str::to_owned)
        .collect()
}

/// `Backup Files : /etc/x [modified]` and the lines that continue it, per package.
pub(crate) fn backup_files(text: &str) -> BTreeMap<String, String> {
    let mut paths = BTreeMap::new();
    let mut name = String::new();
    let mut inside = false;
    for line in text.lines() {
        let value = match line.split_once(" : ") {
            Some((key, value)) => {
                inside = key.trim() == "Backup Files";
                if key.trim() == "Name" {
                    value.trim().clone_into(&mut name);
                }
                value
            }
            None => line,
        };
        let path = value.split_whitespace().next().unwrap_or_default();
        if inside && path.starts_with('/') {
            paths.insert(path.to_owned(), name.clone());
        }
    }
    paths
}

/// `warning: web: /usr/bin/web (SHA256 checksum mismatch)`, `backup file: web: /etc/x (…)`, `web: 12 total files, 1 altered file`
pub(crate) fn parse_check(text: &str) -> Checked {
    let mut checked = Checked::default();
    for line in text.lines() {
        let place = line.find(": /").and_then(|at| line.get(at + 2..));
        if let Some(place) = place {
            let (path, why) = place.split_once(" (").unwrap_or((place, ""));
            let path = path.to_owned();
            if line.starts_with("backup file") {
                checked.conf_changed.push(path);
            } else if why.contains("No such file") {
                checked.missing.push(path);
            } else if why.contains("checksum") || why.contains("Size") {
                checked.changed.push(path);
            }
        } else if let Some((before, _)) = line.split_once(" total files") {
            let count = before.rsplit(' ').next().unwrap_or_default();
            checked.checked = count.parse().unwrap_or(0);
        }
    }
    checked.changed.dedup();
    checked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_installed_packages_are_read() {
        let all = parse("openssl 3.2.1-1 4567890 core\n:: bad\n");
        assert_eq!(
            (all[0].name.as_str(), all[0].download_bytes),
            ("openssl", 4_567_890)
        );
        assert_eq!(parse_installed("openssl 3.2.0-1\n")[0].version, "3.2.0-1");
        assert_eq!(
            ignored("#IgnorePkg = x\nIgnorePkg   = linux nginx\n"),
            ["linux", "nginx"]
        );
    }

    #[test]
    fn checks_and_backup_files_are_read() {
        let checked = parse_check(
            "warning: web: /usr/bin/web (SHA256 checksum mismatch)\nbackup file: web: /etc/web.conf (Modification time mismatch)\nwarning: web: /usr/lib/x (No such file or directory)\nweb: 12 total files, 2 altered files\n",
        );
        assert_eq!(checked.changed, ["/usr/bin/web"]);
        assert_eq!(checked.missing, ["/usr/lib/x"]);
        assert_eq!(checked.conf_changed, ["/etc/web.conf"]);
        assert_eq!(checked.checked, 12);
        let paths = backup_files(
            "Name            : web\nBackup Files    : /etc/a [unmodified]\n                  /etc/b [modified]\nOther : x\n",
        );
        assert_eq!(paths["/etc/b"], "web");
        assert_eq!(paths.len(), 2);
    }

    #[test]
    fn a_cached_file_is_known_by_its_name() {
        let change = PackageChange {
            name: "web".into(),
            from: Some("1:2-3".into()),
            ..PackageChange::default()
        };
        assert!(Pacman::default().is_file_of("web-1:2-3-x86_64.pkg.tar.zst", &change));
        assert!(!Pacman::default().is_file_of("web-1:2-3-x86_64.pkg.tar.zst.sig", &change));
        assert!(!Pacman::default().is_file_of("web-1:2-30-x86_64.pkg.tar.zst", &change));
    }
}
