//! A score, what was scored, and its name in words.

use std::fmt;

use super::vector::Version;

/// A score from 0.0 to 10.0 with one decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Score {
    version: Version,
    tenths: u8,
    scored: Scored,
}

impl Score {
    pub(super) fn new(version: Version, tenths: u8, scored: Scored) -> Score {
        Score {
            version,
            tenths: tenths.min(100),
            scored,
        }
    }

    /// The number, 0.0 to 10.0.
    pub fn value(&self) -> f64 {
        f64::from(self.tenths) / 10.0
    }

    /// The number in tenths, 0 to 100.
    pub fn tenths(&self) -> u8 {
        self.tenths
    }

    /// The version of the formula.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Which metrics it comes from.
    pub fn scored(&self) -> Scored {
        self.scored
    }

    /// The band: CVSS 3.1 section 5, CVSS 4.0 section 6; for version 2 the three of NVD, which knows neither none
    /// nor critical.
    pub fn severity(&self) -> Severity {
        match (self.version, self.tenths) {
            (Version::V2, 0..40) => Severity::Low,
            (Version::V2, 70..) => Severity::High,
            (_, 0) => Severity::None,
            (_, 1..40) => Severity::Low,
            (_, 40..70) => Severity::Medium,
            (_, 70..90) => Severity::High,
            _ => Severity::Critical,
        }
    }
}

/// `9.8`.
impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.tenths / 10, self.tenths % 10)
    }
}

/// Which metrics a score comes from, by the names of CVSS 4.0 section 1.3; we use them for all versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scored {
    /// CVSS-B.
    Base,
    /// CVSS-BT: with threat (versions 2 and 3: temporal) metrics.
    BaseThreat,
    /// CVSS-BE: with environmental metrics.
    BaseEnvironmental,
    /// CVSS-BTE: with both.
    BaseThreatEnvironmental,
}

impl fmt::Display for Scored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Scored::Base => "CVSS-B",
            Scored::BaseThreat => "CVSS-BT",
            Scored::BaseEnvironmental => "CVSS-BE",
            Scored::BaseThreatEnvironmental => "CVSS-BTE",
        })
    }
}

/// The name of a band of scores.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// 0.0.
    None,
    /// Below 4.0.
    Low,
    /// Below 7.0.
    Medium,
    /// Below 9.0.
    High,
    /// 9.0 and above.
    Critical,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Severity::None => "None",
            Severity::Low => "Low",
            Severity::Medium => "Medium",
            Severity::High => "High",
            Severity::Critical => "Critical",
        })
    }
}

/// Whether a published base score fits its vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// It does.
    Agrees,
    /// It is another score of the same vector, such as the temporal one.
    OtherScore {
        /// The one that was published.
        found: Score,
        /// The one that should have been.
        computed: Score,
    },
    /// It is none of the vector's scores.
    Differs {
        /// The one that should have been.
        computed: Score,
    },
    /// It is no number from 0 to 10.
    OutOfRange {
        /// The one that should have been.
        computed: Score,
    },
}

impl Agreement {
    /// The score fits.
    pub fn agrees(&self) -> bool {
        *self == Agreement::Agrees
    }
}

/// In words, to show beside a finding.
impl fmt::Display for Agreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Agreement::Agrees => write!(f, "agrees with its vector"),
            Agreement::OtherScore { found, computed } => write!(
                f,
                "is the {} score of its vector, whose {} score is {computed}",
                found.scored(),
                computed.scored()
            ),
            Agreement::Differs { computed } => {
                write!(f, "differs from its vector, which scores {computed}")
            }
            Agreement::OutOfRange { computed } => {
                write!(f, "is not between 0 and 10; its vector scores {computed}")
            }
        }
    }
}
