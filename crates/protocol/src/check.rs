//! What checks found: functional results, and performance compared pair by pair.

use serde::{Deserialize, Serialize};

/// The result of one functional check.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CheckResult {
    /// Its name in the checks file.
    pub name: String,
    /// `http`, `tcp`, `dns`, `command`, `service`, `sql`, `file`.
    pub kind: String,
    /// How it ended.
    pub outcome: CheckOutcome,
    /// What was expected, in words.
    pub expected: String,
    /// What was found instead, or the answer in short.
    pub found: String,
    /// How often it was tried.
    pub attempts: u32,
    /// How long the last try took, in microseconds.
    pub micros: u64,
}

/// How a check ended.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum CheckOutcome {
    /// As expected, at the first try.
    Passed,
    /// As expected, after a failure: neither a pass nor a proof of fault.
    Flaky,
    /// Not as expected, at every try.
    Failed,
    /// It could not be run here; `found` tells why. Never a pass.
    #[default]
    Skipped,
}

/// One measurement of the control and of the patched side, in rounds that alternated.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Comparison {
    /// The load's name in the checks file.
    pub name: String,
    /// What was measured.
    pub metric: Metric,
    /// The control's value of each round: nanoseconds, microseconds, or requests a second.
    pub control: Vec<f64>,
    /// The patched side's value of each round.
    pub patched: Vec<f64>,
    /// Median of the paired ratios patched ÷ control, less one: 0.05 is five per cent more.
    pub effect: f64,
    /// The lower end of the effect's bootstrap interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// The effect from which on it counts.
    pub threshold: f64,
    /// The judgement.
    pub verdict: Verdict,
}

/// What a performance measurement measures.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Metric {
    /// Processor time of the service per request, in nanoseconds: the least disturbed by others on the machine.
    #[default]
    CpuPerRequest,
    /// Median latency, in microseconds.
    LatencyP50,
    /// 99th percentile of latency, in microseconds.
    LatencyP99,
    /// Requests a second; more is better.
    Throughput,
}

/// The judgement of a comparison.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The whole interval is better than the threshold.
    Better,
    /// The whole interval lies within the threshold.
    Same,
    /// The whole interval is worse than the threshold.
    Worse,
    /// The interval is too wide to tell.
    #[default]
    Inconclusive,
}
