//! zypper: SUSE Linux Enterprise and openSUSE.
//!
//! **Not run here**: no zypper can be had where our tests run. The command lines are those of zypper(8); the parser is
//! tested on output in the form that its `--xmlout` has.

use std::collections::BTreeMap;

use patchward_protocol::transaction::{PackageChange, PackageVersion, SavedPackage, Transaction};
use patchward_version::Scheme;
use quick_xml::events::{BytesStart, Event};

use crate::dpkg::checksums::Checked;
use crate::flow::{Installed, Simulated, Tool};
use crate::lock::Lock;
use crate::machine::{Command, Machine};
use crate::{PatchError, rpm};

/// The executor of zypper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zypper {
    /// Where package files lie, as seen inside the machine.
    pub folder: String,
}

impl Default for Zypper {
    fn default() -> Zypper {
        Zypper {
            folder: "/var/lib/patchward/zypper".to_owned(),
        }
    }
}

const LOCKS: [Lock; 2] = [
    Lock::Presence("/run/zypp.pid"),
    Lock::Record("/var/lib/rpm/.rpm.lock"),
];

fn zypper() -> Command {
    Command::new(["zypper", "--non-interactive", "--no-color"])
}

fn wanted(packages: &[PackageVersion]) -> impl Iterator<Item = String> {
    packages.iter().map(|one| {
        if one.version.is_empty() {
            one.name.clone()
        } else {
            format!("{}={}", one.name, one.version)
        }
    })
}

impl Tool for Zypper {
    fn tool(&self) -> &'static str {
        "zypper"
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
        packages: &[PackageVersion],
    ) -> Result<Simulated, PatchError> {
        let command = Command::new(["zypper", "--non-interactive", "--xmlout", "install"])
            .args(["--dry-run", "--no-recommends", "--details"])
            .args(wanted(packages))
            .network();
        let outcome = PatchError::check("simulate", &command, machine.run(&command)?)?;
        parse(&outcome.text()).map_err(|message| PatchError::Unreadable {
            program: "zypper".to_owned(),
            message,
        })
    }

    fn installed(&self, machine: &dyn Machine) -> Result<Vec<Installed>, PatchError> {
        rpm::installed(machine, &[])
    }

    fn held(&self, machine: &dyn Machine) -> Vec<String> {
        let Ok(root) = crate::below::open(machine.root()) else {
            return Vec::new();
        };
        let text = root.text("/etc/zypp/locks", 1 << 20).unwrap_or_default();
        let name = |line: &str| {
            line.strip_prefix("solvable_name:")
                .map(|name| name.trim().to_owned())
        };
        text.lines().filter_map(name).collect()
    }

    fn download(&self, transaction: &Transaction, _: &str) -> Option<Command> {
        let line = [
            "install",
            "--download-only",
            "--no-recommends",
            "--auto-agree-with-licenses",
        ];
        Some(zypper().args(line).args(wanted(&transaction.requested)))
    }

    fn apply(&self, transaction: &Transaction, _: &str) -> Command {
        zypper()
            .args([
                "--no-refresh",
                "install",
                "--no-recommends",
                "--auto-agree-with-licenses",
            ])
            .args(wanted(&transaction.requested))
    }

    fn fetch_old(&self, change: &PackageChange, _: &str) -> Option<Command> {
        let old = format!("{}={}", change.name, change.from.as_deref()?);
        Some(zypper().args([
            "install".into(),
            "--download-only".into(),
            "--force".into(),
            old,
        ]))
    }

    fn caches(&self) -> Vec<String> {
        Vec::new()
    }

    fn is_file_of(&self, file: &str, change: &PackageChange) -> bool {
        rpm::is_file_of(file, change)
    }

    fn back(&self, saved: &[&SavedPackage]) -> Option<Command> {
        let old = saved.iter().map(|one| match &one.file {
            Some(file) => file.clone(),
            None => format!("{}={}", one.name, one.version),
        });
        let line = [
            "install",
            "--oldpackage",
            "--no-recommends",
            "--allow-unsigned-rpm",
        ];
        Some(zypper().args(line).args(old).network())
    }

    fn remove(&self, names: &[String]) -> Command {
        zypper()
            .args(["remove", "--no-clean-deps"])
            .args(names.iter().cloned())
    }

    fn hold(&self, names: &[String]) -> Option<Command> {
        Some(zypper().args(["addlock"]).args(names.iter().cloned()))
    }

    fn conf_files(&self, machine: &dyn Machine, names: &[String]) -> BTreeMap<String, String> {
        rpm::conf_files(machine, &[], names)
    }

    fn conf_suffixes(&self) -> &'static [&'static str] {
        rpm::SUFFIXES
    }

    fn check(&self, machine: &dyn Machine, name: &str) -> Option<Checked> {
        rpm::check(machine, &[], name)
    }

    fn mend(&self, machine: &dyn Machine) -> Result<Vec<String>, PatchError> {
        let command = zypper().args(["verify", "--dry-run"]);
        PatchError::check("repair", &command, machine.run(&command)?)?;
        Ok(Vec::new())
    }
}

/// Reads `<install-summary>` of `--xmlout`.
pub(crate) fn parse(text: &str) -> Result<Simulated, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut simulated = Simulated::default();
    let mut section = String::new();
    let mut seen = false;
    loop {
        match reader.read_event().map_err(|error| error.to_string())? {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name().as_ref().to_owned();
                match name.as_str() {
                    "install-summary" => {
                        seen = true;
                        let number =
                            |name| attribute(&tag, name).and_then(|text| text.parse().ok());
                        simulated.download_bytes = number("download-size")
                            .and_then(|n: i64| u64::try_from(n).ok())
                            .unwrap_or(0);
                        simulated.disk_bytes = number("space-usage-diff").unwrap_or(0);
                    }
                    "solvable" if attribute(&tag, "type").as_deref() == Some("package") => {
                        simulated.changes.extend(change(&section, &tag));
                    }
                    "solvable" => {}
                    _ => section = name,
                }
            }
            Event::Eof if seen || text.contains("<stream>") => return Ok(simulated),
            Event::Eof => return Err("an install-summary was expected".to_owned()),
            _ => {}
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let value = tag.try_get_attribute(name).ok()??.value;
    Some(value.into_owned())
}

fn change(section: &str, tag: &BytesStart<'_>) -> Option<PackageChange> {
    let edition = rpm::without_zero_epoch(&attribute(tag, "edition")?).to_owned();
    let old = attribute(tag, "edition-old").map(|old| rpm::without_zero_epoch(&old).to_owned());
    let (from, to) = match section {
        "to-remove" => (Some(edition), None),
        "to-install"
        | "to-upgrade"
        | "to-downgrade"
        | "to-reinstall"
        | "to-change-vendor"
        | "to-upgrade-change-vendor"
        | "to-downgrade-change-vendor" => (old, Some(edition)),
        _ => return None,
    };
    let repository = attribute(tag, "repository");
    Some(PackageChange {
        name: attribute(tag, "name")?,
        arch: attribute(tag, "arch").unwrap_or_default(),
        from,
        to,
        security: repository
            .as_deref()
            .is_some_and(|name| name.to_ascii_lowercase().contains("update")),
        origins: repository.into_iter().collect(),
        ..PackageChange::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"<?xml version='1.0'?>
<stream>
<message type="info">Loading repository data...</message>
<install-summary download-size="2048" space-usage-diff="-512" packages-to-change="2">
<to-upgrade>
<solvable type="package" name="curl" edition="8.0.1-150400.5.41.1" arch="x86_64" repository="SLES15-SP4-Updates" edition-old="7.79.1-150400.5.12.1"/>
<solvable type="patch" name="SUSE-2024-1" edition="1" arch="noarch"/>
</to-upgrade>
<to-remove><solvable type="package" name="old" edition="0:1-1" arch="noarch"/></to-remove>
</install-summary>
</stream>"#;

    #[test]
    fn the_summary_is_read() {
        let simulated = parse(TEXT).unwrap();
        assert_eq!(
            (simulated.download_bytes, simulated.disk_bytes),
            (2048, -512)
        );
        assert_eq!(simulated.changes.len(), 2);
        assert_eq!(
            simulated.changes[0].from.as_deref(),
            Some("7.79.1-150400.5.12.1")
        );
        assert_eq!(simulated.changes[1].from.as_deref(), Some("1-1"));
        assert_eq!(simulated.changes[1].to, None);
    }

    #[test]
    fn any_text_is_read_without_harm() {
        patchward_test_support::mutate(&[TEXT.as_bytes()], 1500, |bytes| {
            let _ = parse(&String::from_utf8_lossy(bytes));
        });
    }
}
