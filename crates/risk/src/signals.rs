//! What is known of a vulnerability's exploitation, each fact with its source and date.
//!
//! A [`Reading`] checks what came from outside: a score above 1 or a date from the future is told as a [`Problem`] and not
//! used. What is missing is unknown, never zero: no EPSS score does not mean that exploitation is unlikely, and no entry in
//! a catalogue does not mean that nobody exploits it. What the facts mean is a [`Judged`] value with its reason.

mod age;
mod attack;
mod epss;
mod exploitation;
mod judge;
mod reading;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

use crate::cvss::Vector;

pub(crate) use age::days_between;
pub use age::{Age, EPSS_STALE_DAYS, SSVC_STALE_DAYS, age};
pub use epss::{EpssPoint, EpssSeries, TREND_DAYS, Trend};
pub use judge::{Exploitation, Judged, TechnicalImpact};
pub use reading::{Problem, Reading};

/// Facts about the exploitation of one vulnerability.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Signals {
    /// Newest EPSS score; `None` is unknown.
    pub epss: Option<Epss>,
    /// Entries in catalogues of known exploited vulnerabilities.
    pub kev: Vec<Kev>,
    /// Public exploits that somebody refers to.
    pub exploits: Vec<Exploit>,
    /// SSVC decision points that CISA published.
    pub ssvc: Option<SsvcSignal>,
    /// Stated vectors, the one that counts first.
    pub cvss: Vec<StatedVector>,
    /// Weaknesses: `CWE-89`.
    pub cwes: Vec<String>,
    /// Somebody looked for exploits and said so: who, and when. Only then is "none" an answer.
    pub searched: Option<Searched>,
}

/// An EPSS score (first.org/epss).
#[derive(Debug, Clone, PartialEq)]
pub struct Epss {
    /// Probability of exploitation somewhere in the next 30 days, 0 to 1.
    pub score: f64,
    /// Rank among all that were scored on that day, 0 to 1.
    pub percentile: f64,
    /// The day of the score.
    pub date: Date,
    /// The model: `v2025.03.14`.
    pub model: String,
    /// How it moved in 30 days, where its history is known.
    pub trend: Option<Trend>,
}

/// An entry of a catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kev {
    /// Who asserts it: `CISA`.
    pub asserter: String,
    /// When it was added, where that is told and can be.
    pub added: Option<Date>,
    /// The asserter's due date.
    pub due: Option<Date>,
    /// Used in ransomware campaigns. `false` is unknown, not no.
    pub ransomware: bool,
}

/// A reference to an exploit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exploit {
    /// Its address.
    pub url: String,
    /// Who refers to it.
    pub source: String,
}

/// Decision points of CISA's Vulnrichment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SsvcSignal {
    /// Who decided: `CISA`.
    pub source: String,
    /// When, where that is told.
    pub date: Option<Date>,
    /// Both in words, for a reason: `CISA (2026-03-05)`.
    pub said_by: String,
    /// Exploitation.
    pub exploitation: Option<Exploitation>,
    /// Whether exploitation can be automated.
    pub automatable: Option<bool>,
    /// What an attacker gains.
    pub technical_impact: Option<TechnicalImpact>,
}

/// A vector with who stated it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatedVector {
    /// Who states it.
    pub source: String,
    /// The vector.
    pub vector: Vector,
}

/// A search for exploits that found nothing is worth something only with its date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Searched {
    /// Who searched.
    pub by: String,
    /// When.
    pub date: Date,
}

impl Signals {
    /// Whether any catalogue lists it.
    pub fn in_kev(&self) -> bool {
        !self.kev.is_empty()
    }

    /// Whether any catalogue says that ransomware campaigns use it. `false` is unknown.
    pub fn ransomware(&self) -> bool {
        self.kev.iter().any(|kev| kev.ransomware)
    }

    /// The earliest day on which a catalogue listed it.
    pub fn known_exploited_since(&self) -> Option<Date> {
        self.kev.iter().filter_map(|kev| kev.added).min()
    }

    /// How old the EPSS score is, and whether that is stale.
    pub fn epss_age(&self, today: Date) -> Option<Age> {
        let epss = self.epss.as_ref()?;
        Some(age(epss.date, today, EPSS_STALE_DAYS))
    }

    /// How old the SSVC decision points are, and whether they are stale.
    pub fn ssvc_age(&self, today: Date) -> Option<Age> {
        Some(age(self.ssvc.as_ref()?.date?, today, SSVC_STALE_DAYS))
    }
}
