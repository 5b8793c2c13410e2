//! What is known of one finding, as plain values.

use jiff::civil::Date;

use crate::context::AssetContext;
use crate::cvss::Severity;
use crate::signals::Signals;

/// What is known of the vulnerability and of the component that has it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct FindingFacts {
    /// Display id of the vulnerability.
    pub id: String,
    /// Its other ids.
    pub aliases: Vec<String>,
    /// Name of the package.
    pub package: String,
    /// Type of the package: `npm`, `deb`.
    pub ecosystem: String,
    /// Installed version.
    pub version: String,
    /// The severity band; unknown has a rule of its own.
    pub severity: Option<Severity>,
    /// CVSS base score.
    pub cvss: Option<f64>,
    /// CVSS vector.
    pub vector: Option<String>,
    /// Who states that vector, where it is known.
    pub cvss_source: Option<String>,
    /// What others state instead, a base score that differs or a word: `NVD 9.8`, `Debian low`.
    pub cvss_others: Vec<String>,
    /// The words for its severity that publishers state, as bands: `high` where one says important.
    pub severity_words: Vec<String>,
    /// Weaknesses, `CWE-79`.
    pub cwes: Vec<String>,
    /// Paths at which it was found.
    pub paths: Vec<String>,
    /// `fixable`, `fix-not-reachable`, `no-fix`, `deferred`, `wont-fix`, `under-investigation`, `cannot-tell`.
    pub status: String,
    /// A fixed version can be installed.
    pub fixable: bool,
    /// The component is malicious code.
    pub malware: bool,
    /// The project asked for the component itself.
    pub direct: Option<bool>,
    /// It is there for development or tests only.
    pub development: Option<bool>,
    /// A running process has mapped its code.
    pub loaded: Option<bool>,
    /// Such a process listens on the network.
    pub listening: Option<bool>,
    /// The vulnerable binary package itself is installed, not only a sibling from the same source.
    pub installed: Option<bool>,
    /// First day on which any publisher told of it.
    pub published: Option<Date>,
    /// Day from which a fix could be had.
    pub fixed: Option<Date>,
    /// Day on which we first saw it on this asset.
    pub first_seen: Option<Date>,
    /// What others say of its exploitation, already checked.
    pub signals: Signals,
    /// Likelihood of past exploitation (NIST CSWP 41), 0 to 1.
    pub lev: Option<f64>,
    /// What could not be used of it, such as a score above 1.
    pub problems: Vec<String>,
}

/// An asset's context, prepared once for many findings.
#[derive(Debug, Clone, Default)]
pub struct Asset {
    /// What is said of it.
    pub context: AssetContext,
    pub(crate) controls: Vec<String>,
}

impl Asset {
    /// Prepares a context.
    pub fn new(context: AssetContext) -> Asset {
        let controls = context.controls.iter();
        Asset {
            controls: controls.map(|control| control.value.to_string()).collect(),
            context,
        }
    }
}
