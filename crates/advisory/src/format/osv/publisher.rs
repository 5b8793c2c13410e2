//! Who publishes an OSV record, told by its id's prefix, and whose word that is.

use crate::model::Authority;

/// A publisher of OSV records.
pub struct Publisher {
    pub name: &'static str,
    pub authority: Authority,
    /// SPDX id, empty where none is stated.
    pub license: &'static str,
}

const fn home(name: &'static str, license: &'static str) -> Publisher {
    Publisher {
        name,
        authority: Authority::Ecosystem,
        license,
    }
}

const fn distribution(name: &'static str, license: &'static str) -> Publisher {
    Publisher {
        name,
        authority: Authority::Distribution,
        license,
    }
}

/// Id prefixes of OSV's list of home databases; the longest that fits wins because longer ones stand first.
const BY_PREFIX: &[(&str, Publisher)] = &[
    ("GHSA-", home("GitHub", "CC-BY-4.0")),
    ("MAL-", home("OpenSSF Malicious Packages", "Apache-2.0")),
    ("RUSTSEC-", home("RustSec", "CC0-1.0")),
    ("PYSEC-", home("PyPA", "CC-BY-4.0")),
    ("GO-", home("Go", "CC-BY-4.0")),
    ("UBUNTU-CVE-", distribution("Ubuntu", "CC-BY-SA-4.0")),
    ("USN-", distribution("Ubuntu", "CC-BY-SA-4.0")),
    ("LSN-", distribution("Ubuntu", "CC-BY-SA-4.0")),
    ("DEBIAN-CVE-", distribution("Debian", "MIT")),
    ("DSA-", distribution("Debian", "MIT")),
    ("DLA-", distribution("Debian", "MIT")),
    ("DTSA-", distribution("Debian", "MIT")),
    ("ALPINE-", distribution("Alpine", "")),
    ("ALSA-", distribution("AlmaLinux", "MIT")),
    ("ALBA-", distribution("AlmaLinux", "MIT")),
    ("ALEA-", distribution("AlmaLinux", "MIT")),
    ("RLSA-", distribution("Rocky Linux", "BSD-3-Clause")),
    ("RXSA-", distribution("Rocky Linux", "BSD-3-Clause")),
    ("RHSA-", distribution("Red Hat", "CC-BY-4.0")),
    ("RHBA-", distribution("Red Hat", "CC-BY-4.0")),
    ("RHEA-", distribution("Red Hat", "CC-BY-4.0")),
    ("SUSE-", distribution("SUSE", "CC-BY-4.0")),
    ("openSUSE-", distribution("SUSE", "CC-BY-4.0")),
    ("MGASA-", distribution("Mageia", "")),
    ("OESA-", distribution("openEuler", "")),
    ("BELL-", distribution("BellSoft", "")),
    ("CGA-", distribution("Chainguard", "")),
    ("MINI-", distribution("MinimOS", "")),
    ("ECHO-", distribution("Echo", "")),
    ("ROOT-OS-", distribution("Root", "")),
    ("ROOT-APP-", home("Root", "")),
    ("CLEANSTART-", distribution("CleanStart", "")),
    ("AZL-", distribution("Azure Linux", "MIT")),
    ("JLSEC-", home("Julia", "CC-BY-4.0")),
    ("RSEC-", home("R Consortium", "Apache-2.0")),
    ("HSEC-", home("Haskell", "CC0-1.0")),
    ("OSEC-", home("OCaml", "")),
    ("EEF-", home("Erlang Ecosystem Foundation", "")),
    ("PSF-", home("Python Software Foundation", "CC-BY-4.0")),
    ("BIT-", home("Bitnami", "Apache-2.0")),
    ("DRUPAL-", home("Drupal", "MIT")),
    ("CURL-", home("curl", "")),
    ("KUBE-", home("Kubernetes", "")),
    ("LBSEC-", home("LoopBack", "")),
    ("OSV-", home("OSS-Fuzz", "CC-BY-4.0")),
    ("GSD-", home("Global Security Database", "CC0-1.0")),
    ("ASB-", home("Android", "")),
    ("PUB-", home("Android", "")),
    ("A-", home("Android", "")),
    ("V8-", home("V8", "")),
    ("x_FOP-", home("FriendsOfPHP", "Unlicense")),
    ("x_RUBYSEC-", home("RubySec", "")),
    ("x_NSWG-", home("Node.js Security WG", "MIT")),
];

/// Ecosystems of OSV that are distributions (the part before the colon).
const DISTRIBUTIONS: &[&str] = &[
    "AlmaLinux",
    "Alpaquita",
    "Alpine",
    "Azure Linux",
    "BellSoft Hardened Containers",
    "Chainguard",
    "CleanStart",
    "Debian",
    "Docker Hardened Images",
    "Echo",
    "FreeBSD",
    "Mageia",
    "MinimOS",
    "Photon OS",
    "Red Hat",
    "Rocky Linux",
    "Root",
    "SUSE",
    "TuxCare",
    "Ubuntu",
    "Wolfi",
    "openEuler",
    "openSUSE",
];

/// Whether the id alone tells who publishes the record.
pub fn is_told_by(id: &str) -> bool {
    BY_PREFIX.iter().any(|(prefix, _)| id.starts_with(prefix))
}

/// Whether an ecosystem is a distribution's.
pub fn is_distribution(ecosystem: &str) -> bool {
    let root = ecosystem.split(':').next().unwrap_or_default();
    DISTRIBUTIONS.contains(&root)
}

/// The publisher of a record, by its id; where the id is a CVE's or unknown, by this ecosystem of those that it names.
pub fn of(id: &str, ecosystem: &str) -> Publisher {
    if let Some((_, publisher)) = BY_PREFIX.iter().find(|(prefix, _)| id.starts_with(prefix)) {
        return Publisher { ..*publisher };
    }
    let root = ecosystem.split(':').next().unwrap_or_default();
    match DISTRIBUTIONS.iter().find(|name| **name == root) {
        Some(name) => distribution(name, ""),
        // OSV's own conversion of CVE records with a repository.
        None if id.starts_with("CVE-") => Publisher {
            name: "CVE",
            authority: Authority::Cna,
            license: "",
        },
        None => home("OSV", ""),
    }
}
