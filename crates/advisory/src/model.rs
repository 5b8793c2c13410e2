//! What an advisory says, whoever published it.

use jiff::Timestamp;
use patchward_version::Scheme;
use serde::{Deserialize, Serialize};

/// One record of one publisher; feed, id and publisher together name it (a CVE record holds several publishers' words).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Advisory {
    /// The publisher's id: `GHSA-…`, `RUSTSEC-…`, `DSA-…`, `CVE-…`.
    pub id: String,
    /// The feed that it came from, as configured: `osv/npm`, `debian-tracker`, `nvd`.
    pub feed: String,
    /// Who says so: `GitHub`, `Debian`, `Red Hat`, `NVD`.
    pub publisher: String,
    /// How much the word counts where publishers differ.
    pub authority: Authority,
    /// Other ids of the same flaw: symmetric and transitive.
    pub aliases: Vec<String>,
    /// Ids of the flaws that this record repackages: not symmetric.
    pub upstream: Vec<String>,
    /// Ids that are near, never merged on.
    pub related: Vec<String>,
    /// When the publisher first published it.
    pub published: Option<Timestamp>,
    /// When the publisher last changed it.
    pub modified: Option<Timestamp>,
    /// When the publisher took it back: treat as never published, and keep.
    pub withdrawn: Option<Timestamp>,
    /// One line.
    pub summary: String,
    /// The publisher's text.
    pub details: String,
    /// Severities that hold for the whole record.
    pub severities: Vec<Severity>,
    /// Weaknesses, as `CWE-79`.
    pub cwes: Vec<String>,
    /// What is affected, or said not to be.
    pub affected: Vec<Affected>,
    /// Links.
    pub references: Vec<Reference>,
    /// The record tells of malicious code: never schedule a patch, raise an incident.
    pub malware: bool,
    /// The publisher disputes or rejected the flaw: `disputed`, `rejected`, `unsupported-when-assigned`.
    pub tags: Vec<String>,
    /// Licence of the record, as SPDX where there is one.
    pub license: String,
}

/// Whose word an advisory is, best first: the order of precedence for one component.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Authority {
    /// The distribution about its own package.
    Distribution,
    /// The ecosystem's own advisory database or the product's vendor.
    Ecosystem,
    /// The numbering authority's record (CVE list).
    Cna,
    /// Guesses by CPE name (NVD).
    Cpe,
}

/// A severity that somebody states.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Severity {
    /// How it is stated.
    pub kind: SeverityKind,
    /// A vector (`CVSS:3.1/AV:N/…`) or a word (`high`).
    pub value: String,
    /// Who states it, where that is not the publisher.
    pub source: String,
}

/// The notation of a severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SeverityKind {
    /// CVSS 2 vector.
    CvssV2,
    /// CVSS 3.0 or 3.1 vector.
    CvssV3,
    /// CVSS 4.0 vector.
    CvssV4,
    /// The publisher's own word.
    Word,
}

/// What an advisory says of one package (or CPE configuration).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Affected {
    /// The package, product or repository.
    pub package: Package,
    /// What is said of the versions named.
    pub status: Status,
    /// Ranges of versions; empty together with `versions` means every version.
    pub ranges: Vec<Range>,
    /// Versions named one by one, compared as text first.
    pub versions: Vec<String>,
    /// Severities for this package alone.
    pub severities: Vec<Severity>,
    /// Only under these conditions does the statement hold.
    pub conditions: Conditions,
    /// What the publisher says of versions and no machine can read (`see vendor`, `n/a`). When there is any, a version
    /// outside `ranges` and `versions` is unknown, not safe; and empty `ranges` with empty `versions` is not "every
    /// version" but "unknown".
    #[serde(default)]
    pub unread: Vec<String>,
}

/// The name of a package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Package {
    /// OSV ecosystem with its suffix: `npm`, `Debian:12`, `Alpine:v3.20`, `Red Hat:enterprise_linux:8::baseos`; `CPE` for a CPE name;
    /// `Product` for a name in words (`vendor:product`) that nothing can be matched to, kept to explain and search.
    pub ecosystem: String,
    /// The name in that ecosystem (distributions: the source package unless `conditions.binary`); a CPE 2.3 name for `CPE`.
    pub name: String,
    /// The purl that the publisher gives, without version.
    pub purl: Option<String>,
}

/// What is said of the versions named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// Vulnerable.
    Affected,
    /// Vulnerable, and the publisher says that no fix will come (end of life, won't fix).
    WontFix,
    /// Vulnerable, fix postponed or of low urgency.
    Deferred,
    /// Not vulnerable.
    NotAffected,
    /// Being looked into.
    UnderInvestigation,
}

/// A set of versions in the order of one scheme.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Range {
    /// How the events are ordered.
    pub kind: RangeKind,
    /// Changes of state, in any order; see the OSV algorithm.
    pub events: Vec<Event>,
    /// Repository of a GIT range.
    pub repo: Option<String>,
}

/// How the versions of a range are ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RangeKind {
    /// By the scheme of the package's ecosystem.
    Ecosystem,
    /// By SemVer 2.0.
    SemVer,
    /// By ancestry of commits.
    Git,
}

/// A change of state in a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// Affected from here on, inclusive; `0` is before every version.
    Introduced(String),
    /// Affected from the first version above this one on (`> 1.2`); not an OSV event, other publishers need it.
    After(String),
    /// Not affected from here on.
    Fixed(String),
    /// The last affected version, inclusive; a fix may exist that nobody named.
    LastAffected(String),
    /// The range tells nothing from here on.
    Limit(String),
}

/// Conditions under which a statement holds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    /// `package.name` is a binary package's.
    pub binary: bool,
    /// RPM module `name:stream`: only builds of that module compare.
    pub module: Option<String>,
    /// Architectures; empty means all.
    pub arches: Vec<String>,
    /// The fix is only in this support channel: `esm-infra`, `esm-apps`, `eus:8.6`, `fips`.
    pub channel: Option<String>,
    /// CPE names of which one must be present too (NVD's running-on).
    pub running_on: Vec<String>,
    /// Names inside the package that are affected (Go symbols, Ubuntu binaries), for the reason in words.
    pub parts: Vec<String>,
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// `advisory`, `fix`, `exploit`, `report`, `article`, `web`, `package`, `mitigation`.
    pub kind: String,
    /// The address.
    pub url: String,
}

/// A dated fact about a vulnerability from elsewhere.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Signal {
    /// The id that the source uses (mostly a CVE id); joined through aliases when read.
    pub id: String,
    /// The feed that it came from.
    pub feed: String,
    /// When it was true in the world.
    pub at: Option<Timestamp>,
    /// What it says.
    pub fact: Fact,
}

/// What a signal says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fact {
    /// Listed as known to be exploited.
    Kev(Kev),
    /// EPSS: probability of exploitation in the next 30 days.
    Epss {
        /// 0 to 1.
        score: f64,
        /// Rank among all scored that day, 0 to 1.
        percentile: f64,
        /// `v2025.03.14`.
        model: String,
    },
    /// SSVC decision points of CISA's Vulnrichment.
    Ssvc {
        /// Who decided: `CISA`. Empty where an older version stored it.
        #[serde(default)]
        source: String,
        /// `none`, `poc`, `active`.
        exploitation: String,
        /// `yes`, `no`.
        automatable: String,
        /// `partial`, `total`.
        technical_impact: String,
    },
    /// A public exploit is referenced.
    Exploit {
        /// Who refers to it: `NVD`. Empty where an older version stored it.
        #[serde(default)]
        source: String,
        /// The address.
        url: String,
    },
    /// Named in a post of a mailing list or vendor.
    Mention {
        /// Title of the post.
        title: String,
        /// Its address.
        url: String,
    },
}

/// An entry of a catalogue of known exploited vulnerabilities.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kev {
    /// Who asserts it: `CISA`.
    pub asserter: String,
    /// Day it was added, `YYYY-MM-DD`.
    pub added: String,
    /// The asserter's due date, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// Used in ransomware campaigns (`Some(true)` when known; never `Some(false)`: unknown is not no).
    pub ransomware: Option<bool>,
    /// Vendor and product.
    pub product: String,
    /// What the asserter tells to do.
    pub action: String,
    /// Day it left the list, where it has.
    pub removed: Option<String>,
}

/// End of life of a product's release cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lifecycle {
    /// endoflife.date's product name: `debian`, `php`.
    pub product: String,
    /// Release cycle: `12`, `8.1`.
    pub cycle: String,
    /// Day that support ends, `YYYY-MM-DD`; `None` when it has ended or not on an unnamed day (`ended`).
    pub until: Option<String>,
    /// It has ended, where the source says so without a day.
    pub ended: Option<bool>,
    /// Day that paid or community extended support ends, `YYYY-MM-DD`.
    #[serde(default)]
    pub extended_until: Option<String>,
    /// Newest release of the cycle.
    pub latest: Option<String>,
    /// purl or CPE identifiers of the product.
    pub identifiers: Vec<String>,
}

/// What a reader understood of a document, and what it did not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Records {
    /// Advisories.
    pub advisories: Vec<Advisory>,
    /// Signals.
    pub signals: Vec<Signal>,
    /// Lifecycles.
    pub lifecycles: Vec<Lifecycle>,
    /// Parts that could not be read: the rest stands.
    pub problems: Vec<String>,
}

/// The scheme that orders a range of this package.
///
/// A SEMVER range is ordered by SemVer 2.0; ecosystems whose own scheme extends SemVer (more spellings such as `v1.2.3`,
/// build numbers that count) stay with theirs, and one key per component serves all ranges of its package.
pub fn scheme_of(package: &Package, kind: RangeKind) -> Option<Scheme> {
    match kind {
        RangeKind::SemVer => match Scheme::for_ecosystem(&package.ecosystem) {
            Some(
                own @ (Scheme::Npm
                | Scheme::Go
                | Scheme::Hex
                | Scheme::Pub
                | Scheme::Swift
                | Scheme::Julia),
            ) => Some(own),
            _ => Some(Scheme::SemVer),
        },
        RangeKind::Ecosystem => match package.ecosystem.as_str() {
            // Ecosystems that OSV does not have: names of our own, ordered by the stated rule for the rest.
            "CPE" | "RetireJS" | "WordPress" => Some(Scheme::Generic),
            ecosystem => Scheme::for_ecosystem(ecosystem),
        },
        RangeKind::Git => None,
    }
}
