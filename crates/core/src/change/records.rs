//! What the store keeps of runs and steps as JSON.

use patchward_protocol::inventory::{Asset, OperatingSystem};
use patchward_protocol::run::{ChangePlan, FindingProof, Remaining, StepResult};
use serde::{Deserialize, Serialize};

/// A run's plan, with what it is for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct PlanRecord {
    pub asset: Asset,
    pub os: Option<OperatingSystem>,
    pub plan: ChangePlan,
}

/// What came of a step.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct StepRecord {
    pub summary: String,
    pub failure: Option<String>,
    pub result: Option<StepResult>,
}

/// What came of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct RunRecord {
    pub summary: String,
    pub problems: Vec<String>,
    pub notes: Vec<String>,
    pub findings: Vec<FindingProof>,
    pub remaining: Vec<Remaining>,
}
