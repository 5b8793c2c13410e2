//! Decisions: how urgent a finding is, why, and by when it is to be resolved.
//!
//! A [`Decider`] takes one asset and one policy and decides one finding after another. The order: CVSS in the asset's
//! environment, SSVC (deployer table), the score, the policy's priority rules, deadlines, approval class, routes,
//! acceptance. Each step leaves its reasons.

mod deadline;
mod decide;
mod facts;
mod live;
mod reason;
mod run;
mod score;
mod ssvc;
mod table;
#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use deadline::{Clock, Deadline, Term};
pub use decide::{Accepted, Decider, Environmental, RuleRun};
pub use facts::{Asset, FindingFacts};
pub use score::{ScoreInputs, score};
pub use ssvc::{Points, SsvcDecision, SsvcPoint};
pub use table::TableDecision;

/// Priorities; P1 is the most urgent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Priority {
    /// Everything else waits.
    P1,
    /// Out of the usual cycle.
    P2,
    /// In the next cycle.
    #[default]
    P3,
    /// When it is convenient.
    P4,
    /// Not planned.
    P5,
}

impl Priority {
    /// All of them, the most urgent first.
    pub const ALL: [Priority; 5] = [
        Priority::P1,
        Priority::P2,
        Priority::P3,
        Priority::P4,
        Priority::P5,
    ];

    /// `P1`.
    pub fn word(self) -> &'static str {
        match self {
            Priority::P1 => "P1",
            Priority::P2 => "P2",
            Priority::P3 => "P3",
            Priority::P4 => "P4",
            Priority::P5 => "P5",
        }
    }
}

impl std::fmt::Display for Priority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.word())
    }
}

impl std::str::FromStr for Priority {
    type Err = String;

    fn from_str(text: &str) -> Result<Priority, String> {
        let found = Priority::ALL
            .iter()
            .find(|priority| priority.word() == text);
        found
            .copied()
            .ok_or_else(|| "expected one of P1, P2, P3, P4, P5".to_owned())
    }
}

/// The outcome of prioritising one finding, with its reasons.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// The priority.
    pub priority: Priority,
    /// Risk from 0 (none) to 100.
    pub score: f64,
    /// CVSS in the asset's environment, where a vector is known.
    pub environmental: Option<Arc<Environmental>>,
    /// The SSVC evaluation.
    pub ssvc: SsvcDecision,
    /// The evaluation of the policy's own table.
    pub table: Option<TableDecision>,
    /// Every deadline that applies, the earliest first.
    pub deadlines: Vec<Deadline>,
    /// The approval class that the policy gives.
    pub approval: Option<String>,
    /// Routes that are to be told.
    pub notify: Vec<String>,
    /// Names of the rules that decided, in the order in which they ran.
    pub rules: Vec<Arc<str>>,
    /// Why, the weightiest first.
    pub reasons: Vec<String>,
    /// The policy accepts the risk.
    pub accepted: Option<Accepted>,
}
