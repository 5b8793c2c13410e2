//! apk: Alpine, Wolfi, Chainguard.
//!
//! **Not run here**: no apk can be had where our tests run. The command lines are those of apk-tools 2.14; the parsers
//! are tested on output in its form. `apk upgrade` takes names but no versions: a package whose offered version is not
//! the one that was asked for is kept back. Going back pins the old version in `/etc/apk/world`, which also holds it.

use std::collections::BTreeMap;

use patchward_protocol::transaction::{PackageChange, PackageVersion, SavedPackage, Transaction};
use patchward_version::Scheme;

use crate::PatchError;
use crate::dpkg::checksums::Checked;
use crate::flow::{Installed, Simulated, Tool};
use crate::lock::Lock;
use crate::machine::{Command, Machine};

/// The executor of apk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Apk {
    /// Where package files lie, as seen inside the machine.
    pub folder: String,
}

impl Default for Apk {
    fn default() -> Apk {
        Apk {
            folder: "/var/lib/patchward/apk".to_owned(),
        }
    }
}

const LOCKS: [Lock; 1] = [Lock::Record("/lib/apk/db/lock")];

fn apk() -> Command {
    Command::new(["apk", "--no-progress", "--no-interactive"])
}

impl Tool for Apk {
    fn tool(&self) -> &'static str {
        "apk"
    }

    fn locks(&self) -> &'static [Lock] {
        &LOCKS
    }

    fn scheme(&self) -> Scheme {
        Scheme::Alpine
    }

    fn folder(&self) -> &str {
        &self.folder
    }

    fn simulate(
        &self,
        machine: &dyn Machine,
        wanted: &[PackageVersion],
    ) -> Result<Simulated, PatchError> {
        let command = apk()
            .args(["upgrade", "--simulate"])
            .args(wanted.iter().map(|one| one.name.clone()))
            .network();
        let outcome = PatchError::check("simulate", &command, machine.run(&command)?)?;
        Ok(Simulated {
            changes: parse(&outcome.text()),
            ..Simulated::default()
        })
    }

    fn installed(&self, machine: &dyn Machine) -> Result<Vec<Installed>, PatchError> {
        let command = apk().args(["list", "--installed"]);
        let outcome = PatchError::check("list packages", &command, machine.run(&command)?)?;
        Ok(parse_installed(&outcome.text()))
    }

    fn held(&self, machine: &dyn Machine) -> Vec<String> {
        let Ok(root) = crate::below::open(machine.root()) else {
            return Vec::new();
        };
        let world = root.text("/etc/apk/world", 1 << 20).unwrap_or_default();
        world.lines().filter_map(pinned).collect()
    }

    fn download(&self, transaction: &Transaction, folder: &str) -> Option<Command> {
        let names = transaction
            .changes
            .iter()
            .filter_map(|change| Some(format!("{}={}", change.name, change.to.as_deref()?)));
        Some(
            apk()
                .args(["fetch".into(), "--output".into(), folder.to_owned()])
                .args(names),
        )
    }

    fn apply(&self, transaction: &Transaction, _: &str) -> Command {
        apk()
            .args(["upgrade"])
            .args(transaction.requested.iter().map(|one| one.name.clone()))
            .network()
    }

    fn fetch_old(&self, change: &PackageChange, folder: &str) -> Option<Command> {
        let old = format!("{}={}", change.name, change.from.as_deref()?);
        Some(apk().args(["fetch".into(), "--output".into(), folder.to_owned(), old]))
    }

    fn caches(&self) -> Vec<String> {
        vec!["/etc/apk/cache".to_owned(), "/var/cache/apk".to_owned()]
    }

    fn is_file_of(&self, file: &str, change: &PackageChange) -> bool {
        // The cache adds a part of the checksum: name-1.2-r3.0a1b2c3d.apk
        let from = change.from.as_deref().unwrap_or_default();
        file.strip_prefix(&format!("{}-{from}.", change.name))
            .and_then(|rest| rest.strip_suffix("apk"))
            .is_some_and(|sum| {
                sum.trim_end_matches('.')
                    .bytes()
                    .all(|byte| byte.is_ascii_hexdigit())
            })
    }

    fn back(&self, saved: &[&SavedPackage]) -> Option<Command> {
        let old = saved.iter().map(|one| match &one.file {
            Some(file) => file.clone(),
            None => format!("{}={}", one.name, one.version),
        });
        Some(apk().args(["add", "--allow-untrusted"]).args(old).network())
    }

    fn remove(&self, names: &[String]) -> Command {
        apk().args(["del"]).args(names.iter().cloned())
    }

    fn hold(&self, names: &[String]) -> Option<Command> {
        // Adding a file or a version has written the pin into the world already.
        let script = "for name; do grep -q \"^$name[=<]\" /etc/apk/world || exit 1; done";
        Some(Command::new(["sh", "-c", script, "sh"]).args(names.iter().cloned()))
    }

    fn conf_files(&self, _: &dyn Machine, _: &[String]) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn conf_suffixes(&self) -> &'static [&'static str] {
        &[".apk-new"]
    }

    fn check(&self, machine: &dyn Machine, name: &str) -> Option<Checked> {
        let command = apk().args(["audit", "--system", "--packages"]);
        let text = machine
            .run(&command)
            .ok()
            .filter(|outcome| outcome.success())?
            .text();
        let ours = text
            .lines()
            .any(|line| line.split_whitespace().next_back() == Some(name));
        let changed = if ours {
            vec![format!("a file of {name} (apk audit)")]
        } else {
            Vec::new()
        };
        Some(Checked {
            changed,
            ..Checked::default()
        })
    }

    fn mend(&self, machine: &dyn Machine) -> Result<Vec<String>, PatchError> {
        let command = apk().args(["fix", "--simulate"]);
        let outcome = PatchError::check("look for damage", &command, machine.run(&command)?)?;
        if parse(&outcome.text()).is_empty() {
            return Ok(Vec::new());
        }
        let command = apk().args(["fix"]).network();
        PatchError::check("repair", &command, machine.run(&command)?)?;
        Ok(vec!["apk fix put damaged packages in again".to_owned()])
    }
}

/// `name=1.2-r3` in the world.
fn pinned(line: &str) -> Option<String> {
    let end = line.find(['=', '<'])?;
    Some(line.get(..end)?.to_owned())
}

/// `(1/2) Upgrading busybox (1.36.1-r0 -> 1.36.1-r1)`
pub(crate) fn parse(text: &str) -> Vec<PackageChange> {
    text.lines().filter_map(change).collect()
}

fn change(line: &str) -> Option<PackageChange> {
    let (_, rest) = line.trim().strip_prefix('(')?.split_once(") ")?;
    let mut words = rest.splitn(3, ' ');
    let (verb, name) = (words.next()?, words.next()?);
    let versions = words.next()?.trim().strip_prefix('(')?.split(')').next()?;
    let (from, to) = match (verb, versions.split_once(" -> ")) {
        ("Upgrading" | "Downgrading" | "Replacing", Some((from, to))) => (Some(from), Some(to)),
        ("Installing", None) => (None, Some(versions)),
        ("Purging" | "Deleting", None) => (Some(versions), None),
        ("Reinstalling", None) => (Some(versions), Some(versions)),
        _ => return None,
    };
    Some(PackageChange {
        name: name.to_owned(),
        from: from.map(str::to_owned),
        to: to.map(str::to_owned),
        ..PackageChange::default()
    })
}

/// `musl-1.2.4-r2 x86_64 {musl} (MIT) [installed]`
pub(crate) fn parse_installed(text: &str) -> Vec<Installed> {
    text.lines()
        .filter_map(|line| {
            let mut words = line.split_whitespace();
            let (full, arch) = (words.next()?, words.next()?);
            let (rest, release) = full.rsplit_once('-')?;
            let (name, version) = rest.rsplit_once('-')?;
            Some(Installed {
                name: name.to_owned(),
                arch: arch.to_owned(),
                version: format!("{version}-{release}"),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "(1/4) Upgrading busybox (1.36.1-r0 -> 1.36.1-r1)\n(2/4) Installing libx (2-r0)\n(3/4) Purging old (1-r0)\nOK: 8 MiB in 15 packages\n";

    #[test]
    fn a_simulation_is_read() {
        let all = parse(TEXT);
        assert_eq!(all.len(), 3);
        assert_eq!(all[0].from.as_deref(), Some("1.36.1-r0"));
        assert_eq!(all[1].from, None);
        assert_eq!(all[2].to, None);
    }

    #[test]
    fn installed_packages_and_pins_are_read() {
        let all =
            parse_installed("libcrypto3-3.1.2-r0 x86_64 {openssl} (Apache-2.0) [installed]\nbad\n");
        assert_eq!(
            (all[0].name.as_str(), all[0].version.as_str()),
            ("libcrypto3", "3.1.2-r0")
        );
        assert_eq!(pinned("nginx=1.24.0-r6").as_deref(), Some("nginx"));
        assert_eq!(pinned("nginx"), None);
    }

    #[test]
    fn a_cached_file_is_known_by_its_name() {
        let change = PackageChange {
            name: "musl".into(),
            from: Some("1.2.4-r2".into()),
            ..PackageChange::default()
        };
        assert!(Apk::default().is_file_of("musl-1.2.4-r2.0a1b2c3d.apk", &change));
        assert!(Apk::default().is_file_of("musl-1.2.4-r2.apk", &change));
        assert!(!Apk::default().is_file_of("musl-1.2.4-r20.apk", &change));
    }

    #[test]
    fn any_text_is_read_without_harm() {
        patchward_test_support::mutate(&[TEXT.as_bytes()], 1500, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            parse(&text);
            parse_installed(&text);
        });
    }
}
