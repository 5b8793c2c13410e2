//! A decision: the outcome of prioritising one finding, with its reasons.

use serde::{Deserialize, Serialize};

/// How urgent a finding is, why, and by when it is to be resolved.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Decision {
    /// The priority.
    pub priority: Priority,
    /// Risk from 0 (none) to 100, for ordering and adding up; the priority, not the score, is what binds.
    pub score: f64,
    /// The SSVC evaluation that it rests on.
    pub ssvc: Option<SsvcDecision>,
    /// The evaluation of the policy's own SSVC table, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub table: Option<SsvcDecision>,
    /// The date by which it is to be resolved: the earliest of `deadlines`. `None` when no rule sets one.
    pub due: Option<Deadline>,
    /// Every deadline that applies, the earliest first.
    pub deadlines: Vec<Deadline>,
    /// Likelihood that it was already exploited (NIST CSWP 41), 0 to 1. `None` where no history of EPSS scores is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lev: Option<f64>,
    /// What a missing EPSS score counts as by the policy, in the score and in the price of waiting. `None` where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_assumed: Option<f64>,
    /// Change of the EPSS score over the last 30 days, or since the first known score, -1 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epss_trend: Option<f64>,
    /// CVSS in the asset's environment, where a vector is stated and the environment changes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub environmental: Option<Environmental>,
    /// The approval class that the policy gives a change for it, such as `automatic`.
    pub approval: Option<String>,
    /// Routes that are to be told, by their names in the policy.
    pub notify: Vec<String>,
    /// Names of the policy's rules that decided, in the order in which they ran.
    pub rules: Vec<String>,
    /// Why, in words that a person can check, the weightiest first.
    pub reasons: Vec<String>,
}

/// CVSS in the environment of an asset.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Environmental {
    /// The published vector with the environment's metrics.
    pub vector: String,
    /// Its score, 0 to 10.
    pub score: f64,
    /// Why each metric was set.
    pub metrics: Vec<EnvironmentalMetric>,
}

/// A metric that the environment sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EnvironmentalMetric {
    /// Metric and value: `CR:H`.
    pub metric: String,
    /// Why: `health data, profile ehr`.
    pub reason: String,
}

/// Priorities; P1 is the most urgent.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
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
    /// Not urgent: its date is far, or none is set.
    P5,
}

/// The evaluation of one SSVC decision table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SsvcDecision {
    /// The table, with its version: `ssvc:DEPLOYER 1.0.0`.
    pub table: String,
    /// The outcome, as the table names it: `out-of-cycle`.
    pub outcome: String,
    /// The value of each decision point, and where it comes from.
    pub points: Vec<SsvcPoint>,
    /// The same as SSVC's text vector, with the time of the evaluation: keys of the values that the outcome stands on.
    /// `SSVCv2/E:A/EXP:O/A:Y/HI:VH/DSOI:I/2026-11-22T10:00:00Z/`.
    pub vector: String,
}

/// The value of one SSVC decision point.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SsvcPoint {
    /// Its name: `exploitation`.
    pub name: String,
    /// Its value: `active`.
    pub value: String,
    /// Where the value comes from: `signal: KEV`, `context: exposure`, `policy`, `default`.
    pub source: String,
}

/// A date by which a finding is to be resolved.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deadline {
    /// The last day, `YYYY-MM-DD`, in the organisation's time zone.
    pub date: String,
    /// The rule or preset that sets it.
    pub rule: String,
    /// The day that the clock starts, `YYYY-MM-DD`.
    pub starts: String,
    /// What happened on that day: `published`, `fix available`, `first seen`, `added to KEV`.
    pub clock: String,
    /// What must happen besides the patch: `forensic triage`.
    pub demands: Vec<String>,
}
