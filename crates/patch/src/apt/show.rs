//! Sizes and checksums of package files, from `apt-cache show`.

use std::collections::BTreeMap;

use super::{ask, qualified};
use crate::PatchError;
use crate::dpkg::control::stanzas;
use crate::machine::{Command, Machine};
use patchward_protocol::transaction::PackageChange;

/// What an index says of one package file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Size of the file, in bytes.
    pub size: u64,
    /// Room that the package will take, in bytes.
    pub installed_bytes: u64,
    /// SHA-256 of the file, in hex.
    pub sha256: Option<String>,
}

/// Records by name, version and architecture.
pub type Records = BTreeMap<(String, String, String), Record>;

/// Asks for the new versions of a transaction.
///
/// # Errors
/// When apt-cache cannot be run.
pub fn ask_for(
    machine: &dyn Machine,
    changes: &[PackageChange],
    native: &str,
) -> Result<Records, PatchError> {
    let names: Vec<String> = changes
        .iter()
        .filter_map(|change| {
            Some(format!(
                "{}={}",
                qualified(change, native),
                change.to.as_ref()?
            ))
        })
        .collect();
    if names.is_empty() {
        return Ok(Records::new());
    }
    let command = Command::new(["apt-cache", "show"]).args(names);
    Ok(parse(&ask(machine, "ask for sizes", &command)?.text()))
}

pub(crate) fn parse(text: &str) -> Records {
    let mut records = Records::new();
    for stanza in stanzas(text) {
        let field = |name| stanza.get(name).unwrap_or_default();
        let number = |name| field(name).parse::<u64>().unwrap_or(0);
        let key = (
            field("Package").to_owned(),
            field("Version").to_owned(),
            field("Architecture").to_owned(),
        );
        let record = Record {
            size: number("Size"),
            installed_bytes: number("Installed-Size").saturating_mul(1024),
            sha256: stanza
                .get("SHA256")
                .map(str::to_ascii_lowercase)
                .filter(|sum| sum.len() == 64 && sum.bytes().all(|byte| byte.is_ascii_hexdigit())),
        };
        // The installed version comes without a size when no repository has it.
        if record.size > 0 {
            records.insert(key, record);
        }
    }
    records
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_sums_are_read_by_name_version_and_architecture() {
        let sum = "4fae7e5825e1bb9eaeb6c2679c3d4fce93431d1105426af6de7469f000d3b7f2";
        let text = format!(
            "Package: a\nVersion: 1\nArchitecture: amd64\nInstalled-Size: 2\nSize: 300\nSHA256: {sum}\n\n\
             Package: a\nVersion: 1\nArchitecture: amd64\nStatus: install ok installed\n"
        );
        let records = parse(&text);
        let record = &records[&("a".into(), "1".into(), "amd64".into())];
        assert_eq!((record.size, record.installed_bytes), (300, 2048));
        assert_eq!(record.sha256.as_deref(), Some(sum));
    }
}
