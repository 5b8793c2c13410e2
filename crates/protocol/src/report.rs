//! A scan report: what is vulnerable, why we say so, and which patch mends it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decision::Decision;
use crate::inventory::{Asset, Component, Kernel, OperatingSystem, PendingPatch, Problem};

/// The name and version of the report's schema; the number goes up when a reader of the old one would misread the new.
pub const SCHEMA: &str = "patchward.scan/1";

/// The result of one run of `scan`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ScanReport {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of Patchward.
    pub tool_version: String,
    /// When the scan began.
    pub started: Timestamp,
    /// The knowledge that it was judged by; `None` when there is none yet.
    pub knowledge: Option<KnowledgeState>,
    /// One entry per target, in the order given.
    pub targets: Vec<TargetReport>,
    /// Numbers over all targets.
    pub summary: Summary,
}

/// The knowledge base at the time of the scan.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnowledgeState {
    /// Digest of the generation.
    pub generation: String,
    /// When it was last brought up to date.
    pub updated: Option<Timestamp>,
    /// Advisories, signals and life cycles in it.
    pub records: u64,
    /// Feeds that are older than asked for, that failed at the last update, or of which it lost a part.
    pub stale: Vec<String>,
}

/// What was found in one target.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TargetReport {
    /// What was looked at.
    pub asset: Asset,
    /// Its distribution.
    pub os: Option<OperatingSystem>,
    /// Until when its distribution's release gets security updates, where the feed of life cycles tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub support: Option<Support>,
    /// Its kernels.
    pub kernels: Vec<Kernel>,
    /// Lockfiles, documents and package databases that were read, relative to the target.
    pub sources: Vec<String>,
    /// Components that were looked at.
    pub components: u64,
    /// All components, when asked for (`--all-components`, and always for SBOM formats).
    pub inventory: Vec<Component>,
    /// Findings, most urgent first.
    pub findings: Vec<Finding>,
    /// Findings that count and that the scan's own filters (`--severity`, `--kev` …) left out.
    pub filtered: u64,
    /// Upgrades that resolve them, most useful first.
    pub patches: Vec<Patch>,
    /// Patches that the package manager itself offers.
    pub pending: Vec<PendingPatch>,
    /// What could not be read or judged: with any of these the scan is incomplete.
    pub problems: Vec<Problem>,
}

/// Until when a release gets security updates.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Support {
    /// The support for everybody has ended: what is found from now on gets no patch.
    pub ended: bool,
    /// Last day of the support for everybody, `YYYY-MM-DD`, where one is known.
    pub until: Option<String>,
    /// Last day of extended support, for those who have it, where that goes on.
    pub extended_until: Option<String>,
}

/// A vulnerability that affects a component.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Finding {
    /// Stable id of (asset-independent) vulnerability and component: the same tomorrow, if nothing changed.
    pub id: String,
    /// Display id of the vulnerability: the CVE id when it has one.
    pub vulnerability: String,
    /// All other ids of the same flaw.
    pub aliases: Vec<String>,
    /// One line about the flaw.
    pub summary: String,
    /// The component.
    pub component: Box<Component>,
    /// Whether it is affected, and if so whether a fix can be had.
    pub status: FindingStatus,
    /// The severity chosen by the stated rule.
    pub severity: Severity,
    /// Every severity that somebody states.
    pub severities: Vec<StatedSeverity>,
    /// Every publisher's word on this component, the one that counts first.
    pub statements: Vec<Statement>,
    /// Versions that fix it in the same release or major line first, then others, in version order.
    pub fixed_versions: Vec<String>,
    /// Version to upgrade to so that everything known on this component is cleared; of a library whose compatible line does
    /// not clear everything, the version within it that clears most, where it clears this.
    pub upgrade: Option<String>,
    /// KEV, EPSS and the like, joined at read time.
    pub signals: Signals,
    /// Weaknesses (`CWE-79`).
    pub cwes: Vec<String>,
    /// Links, advisories first.
    pub references: Vec<String>,
    /// What a publisher says helps where there is no patch: addresses that it marks so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mitigations: Vec<String>,
    /// First published by any publisher.
    pub published: Option<Timestamp>,
    /// Last changed by any publisher.
    pub modified: Option<Timestamp>,
    /// The component is malicious code: remove it, don't upgrade it.
    pub malware: bool,
    /// How urgent it is and why. `None` when nothing was prioritised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Box<Decision>>,
    /// Not counted, and why.
    pub suppressed: Option<Box<Suppression>>,
    /// It counts again: this decision held until a day that has passed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lapsed: Option<Box<Suppression>>,
}

/// Whether a component is affected.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum FindingStatus {
    /// Affected, and a fixed version exists that the asset can reach.
    #[default]
    Fixable,
    /// Affected; a fix exists only in a channel that the asset does not have (ESM, EUS, another module stream).
    FixNotReachable,
    /// Affected; nobody names a fixed version.
    NoFix,
    /// Affected; the publisher postponed the fix or judges it of low urgency.
    Deferred,
    /// Affected; the publisher says that no fix will come.
    WontFix,
    /// The publisher is looking into it.
    UnderInvestigation,
    /// The version or range cannot be compared: look by hand.
    CannotTell,
}

/// A severity as bands and a number.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Severity {
    /// The band.
    pub level: SeverityLevel,
    /// CVSS base score, 0 to 10, where a vector is known.
    pub score: Option<f64>,
    /// The vector.
    pub vector: Option<String>,
    /// Who states it.
    pub source: String,
}

/// Bands of severity. Unknown is not low.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SeverityLevel {
    /// Nobody states one.
    #[default]
    Unknown,
    /// CVSS 0.
    None,
    /// CVSS 0.1–3.9.
    Low,
    /// CVSS 4.0–6.9.
    Medium,
    /// CVSS 7.0–8.9.
    High,
    /// CVSS 9.0–10.
    Critical,
}

/// A severity that one publisher states.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StatedSeverity {
    /// Who.
    pub source: String,
    /// Vector or word, as stated.
    pub value: String,
    /// Base score, where the value is a vector.
    pub score: Option<f64>,
}

/// One publisher's word on one component.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Statement {
    /// The advisory's id.
    pub advisory: String,
    /// Who says so.
    pub publisher: String,
    /// The feed that it came by.
    pub feed: String,
    /// `affected`, `not affected`, `fixed`, `won't fix`, `deferred`, `under investigation`, `withdrawn`, `cannot tell`.
    pub verdict: String,
    /// The range in words: `>= 1.2.0, < 1.2.9`.
    pub range: String,
    /// The comparison in words: `1.2.3 is below 1.2.9 (Debian order)`.
    pub comparison: String,
    /// Versions that this publisher names as fixed.
    pub fixed: Vec<String>,
    /// This statement decided; the others were overruled for the reason in `overruled`.
    pub decides: bool,
    /// Why it does not decide: `the distribution's own word counts for its package`.
    pub overruled: Option<String>,
    /// Guessed from a CPE name.
    pub guess: bool,
}

/// Signals on a vulnerability.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Signals {
    /// Known to be exploited: by whose word, since when, due when, used by ransomware.
    pub kev: Vec<KevSignal>,
    /// Newest EPSS score. Unknown is not zero.
    pub epss: Option<EpssSignal>,
    /// SSVC decision points.
    pub ssvc: Option<SsvcSignal>,
    /// References to exploits.
    pub exploits: Vec<ExploitSignal>,
}

/// A reference to an exploit.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct ExploitSignal {
    /// Its address.
    pub url: String,
    /// Who refers to it.
    pub source: String,
    /// Day of the record that refers to it, `YYYY-MM-DD`, where it tells one.
    pub date: Option<String>,
}

/// An entry of a catalogue of known exploited vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KevSignal {
    /// Who asserts it.
    pub asserter: String,
    /// Day it was added, `YYYY-MM-DD`.
    pub added: String,
    /// The asserter's due date.
    pub due: Option<String>,
    /// Known to be used in ransomware campaigns; unknown is not no.
    pub ransomware: bool,
}

/// An EPSS score.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct EpssSignal {
    /// Probability of exploitation in the next 30 days, 0 to 1.
    pub score: f64,
    /// Rank among all scored that day, 0 to 1.
    pub percentile: f64,
    /// Day of the score, `YYYY-MM-DD`.
    pub date: String,
}

/// SSVC decision points of CISA's Vulnrichment.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SsvcSignal {
    /// Who decided: `CISA`.
    pub source: String,
    /// Day of the decision, `YYYY-MM-DD`, where it is told.
    pub date: Option<String>,
    /// `none`, `poc`, `active`.
    pub exploitation: String,
    /// `yes`, `no`.
    pub automatable: String,
    /// `partial`, `total`.
    pub technical_impact: String,
}

/// Why a finding does not count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Suppression {
    /// What suppressed it: `ignore rule`, `policy`, `VEX`, `distribution`, `kernel`, `withdrawn`, `baseline`.
    pub by: String,
    /// The reason in words.
    pub reason: String,
    /// Last day that it holds, `YYYY-MM-DD`.
    pub until: Option<String>,
    /// OpenVEX justification or status, where there is one.
    pub justification: Option<String>,
    /// Where it is written: file and line, or the document's id.
    pub source: String,
    /// What an ignore rule decided: `accepted`, `mitigated`, `not-affected`, `false-positive`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Who decided, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

/// An upgrade of one package that resolves findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Patch {
    /// `apt`, `dnf`, `apk`, `pacman`, `npm`, `pip`, `cargo`, …
    pub manager: String,
    /// The package as its manager names it.
    pub package: String,
    /// Installed version.
    pub from: String,
    /// Version to go to.
    pub to: String,
    /// Every package that the action upgrades: of an operating system, the binary packages of one source.
    pub packages: Vec<PackageUpgrade>,
    /// The command that a person would type.
    pub command: String,
    /// Where the component was found.
    pub location: String,
    /// Ids of the findings that it resolves.
    pub resolves: Vec<String>,
    /// Display ids of the vulnerabilities that it resolves, most urgent first.
    pub vulnerabilities: Vec<String>,
    /// The highest severity among them.
    pub severity: SeverityLevel,
    /// It leaves the compatible line: a breaking upgrade by the rules of its ecosystem.
    pub major: bool,
    /// The package manager offers exactly this (or a later) version now.
    pub pending: bool,
}

/// One package of a patch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PackageUpgrade {
    /// Its name, as its manager names it.
    pub name: String,
    /// Installed version.
    pub from: String,
    /// Version to go to.
    pub to: String,
}

/// Numbers over all targets; suppressed findings are counted apart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Summary {
    /// Components that were looked at.
    pub components: u64,
    /// Findings that count.
    pub findings: u64,
    /// Findings that count, by severity band (`critical` …).
    pub by_severity: BTreeMap<SeverityLevel, u64>,
    /// Findings with a fix that can be reached.
    pub fixable: u64,
    /// Findings known to be exploited.
    pub kev: u64,
    /// Findings suppressed.
    pub suppressed: u64,
    /// Findings that rest on nothing but advisories which their publishers withdrew; nobody had to suppress them.
    #[serde(default)]
    pub withdrawn: u64,
    /// Findings that count and that the scan's own filters left out.
    pub filtered: u64,
    /// Security updates that the package manager offers, where it was asked.
    pub security_updates: u64,
    /// Problems.
    pub problems: u64,
}
