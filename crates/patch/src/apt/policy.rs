//! What `apt-cache policy` says: candidates, priorities, and where each version can be had.

use std::collections::BTreeMap;

use super::ask;
use crate::PatchError;
use crate::machine::{Command, Machine};

/// apt's view of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    /// What apt would install; empty for none.
    pub candidate: String,
    /// Every version that it knows.
    pub versions: Vec<Version>,
}

/// A version that apt knows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Version {
    /// The version.
    pub version: String,
    /// Its priority after all pins; below 0 it is never installed.
    pub priority: i64,
    /// It is rolled out step by step: the share of machines, in per cent.
    pub phased: Option<u8>,
    /// Repositories that have it (not the machine's own database).
    pub sources: Vec<String>,
}

impl Policy {
    /// A version, when apt knows it.
    pub fn version(&self, version: &str) -> Option<&Version> {
        self.versions.iter().find(|known| known.version == version)
    }

    /// A repository has this version.
    pub fn is_in_archive(&self, version: &str) -> bool {
        self.version(version)
            .is_some_and(|known| !known.sources.is_empty())
    }
}

/// Asks apt about packages; an unknown one is missing in the answer.
///
/// # Errors
/// When apt-cache cannot be run.
pub fn ask_for(
    machine: &dyn Machine,
    names: &[String],
) -> Result<BTreeMap<String, Policy>, PatchError> {
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let command = Command::new(["apt-cache", "policy"]).args(names.iter().cloned());
    let outcome = ask(machine, "ask for versions", &command)?;
    Ok(parse(&outcome.text()))
}

/// Reads the answer.
pub fn parse(text: &str) -> BTreeMap<String, Policy> {
    let mut all: BTreeMap<String, Policy> = BTreeMap::new();
    let mut name = String::new();
    for line in text.lines() {
        if !line.starts_with(' ') {
            line.trim_end().trim_end_matches(':').clone_into(&mut name);
            if !name.is_empty() {
                all.entry(name.clone()).or_default();
            }
            continue;
        }
        let Some(policy) = all.get_mut(&name) else {
            continue;
        };
        if let Some(candidate) = line.strip_prefix("  Candidate: ") {
            if candidate.trim() != "(none)" {
                candidate.trim().clone_into(&mut policy.candidate);
            }
        } else if line.starts_with("        ") {
            if let (Some(last), Some(source)) = (policy.versions.last_mut(), source(line)) {
                last.sources.push(source);
            }
        } else if line.starts_with(" *** ") || line.starts_with("     ") {
            policy
                .versions
                .extend(version(line.get(5..).unwrap_or_default()));
        }
    }
    all
}

/// `3.0.20-1 500 (phased 10%)`
fn version(text: &str) -> Option<Version> {
    let mut words = text.split_whitespace();
    let version = words.next()?.to_owned();
    let priority = words.next()?.parse().ok()?;
    let phased = text
        .split_once("(phased ")
        .and_then(|(_, rest)| rest.split_once('%'))
        .and_then(|(share, _)| share.trim().parse().ok());
    Some(Version {
        version,
        priority,
        phased,
        sources: Vec::new(),
    })
}

/// `        500 http://host/debian bookworm/main amd64 Packages`; the machine's own database is no source.
fn source(line: &str) -> Option<String> {
    let (_, from) = line.trim().split_once(' ')?;
    let from = from.trim();
    (!from.ends_with("/dpkg/status")).then(|| from.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
libssl3:
  Installed: 3.0.19-1
  Candidate: 3.0.20-1
  Version table:
     3.0.21-1 1 (phased 10%)
        500 http://mirror.example/ubuntu jammy-updates/main amd64 Packages
     3.0.20-1 500
        500 http://mirror.example/debian bookworm/main amd64 Packages
 *** 3.0.19-1 100
        100 /var/lib/dpkg/status
     3.0.17-1 -10
        500 http://mirror.example/debian bookworm-updates/main amd64 Packages
gone:
  Installed: (none)
  Candidate: (none)
  Version table:
";

    #[test]
    fn candidates_priorities_and_sources_are_read() {
        let all = parse(TEXT);
        let ssl = &all["libssl3"];
        assert_eq!(ssl.candidate, "3.0.20-1");
        assert_eq!(ssl.versions.len(), 4);
        assert_eq!(ssl.version("3.0.21-1").unwrap().phased, Some(10));
        assert!(ssl.is_in_archive("3.0.20-1"));
        assert!(!ssl.is_in_archive("3.0.19-1"));
        assert_eq!(ssl.version("3.0.17-1").unwrap().priority, -10);
        assert_eq!(all["gone"].candidate, "");
    }

    #[test]
    fn any_text_is_read_without_harm() {
        patchward_test_support::mutate(&[TEXT.as_bytes()], 2000, |bytes| {
            parse(&String::from_utf8_lossy(bytes));
        });
    }
}
