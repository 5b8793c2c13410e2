//! A run: what was planned, tried, done and proved on one machine, as one record that can be sent to an auditor.
//!
//! A run has steps; each finished step has a [`StepResult`]. Faces read the record and decide nothing.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::check::{CheckResult, Comparison};
use crate::decision::Priority;
use crate::inventory::{Asset, OperatingSystem};
use crate::plan::Unpatched;
use crate::report::{KnowledgeState, SeverityLevel};
use crate::restart::{RebootReason, Restarted, StaleProcess};
use crate::transaction::{
    Applied, PackageVersion, RolledBack, SavedState, Transaction, Verification,
};

/// The name and version of the schema; the number goes up when a reader of the old one would misread the new.
pub const SCHEMA: &str = "patchward.run/1";

/// A run with all that belongs to it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunReport {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of Patchward.
    pub tool_version: String,
    /// Its number on this machine.
    pub number: u64,
    /// `rehearsal`, `apply`, `verification`, `roll-back`.
    pub kind: String,
    /// `planned`, `started`, `done`, `failed`, `undone`, `skipped`.
    pub state: String,
    /// What came of it, in a sentence; empty while it goes on.
    pub summary: String,
    /// What stands against a good end, in words; empty when all is well.
    pub problems: Vec<String>,
    /// What a person should know though nothing is wrong.
    pub notes: Vec<String>,
    /// The machine.
    pub asset: Asset,
    /// Its distribution.
    pub os: Option<OperatingSystem>,
    /// Who started it.
    pub actor: String,
    /// When it was planned.
    pub started: Timestamp,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// What was decided, and why.
    pub plan: ChangePlan,
    /// The steps, in order.
    pub steps: Vec<RunStep>,
    /// What became of each finding that the plan is to resolve.
    pub findings: Vec<FindingProof>,
    /// What stays open on the machine, the most urgent first, with the day that it is due.
    pub remaining: Vec<Remaining>,
    /// The rehearsal that went before, or the run that this one takes back.
    pub of: Option<Box<RunReport>>,
    /// The roll-back that took it back.
    pub rolled_back_by: Option<Box<RunReport>>,
    /// Where the ledger proves it.
    pub ledger: Option<LedgerProof>,
}

/// What a run is to do, and why: one package manager, one machine, one transaction.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ChangePlan {
    /// When it was made.
    pub made: Timestamp,
    /// The knowledge that it was made by.
    pub knowledge: Option<KnowledgeState>,
    /// What the person asked for, in words: `everything`, `only kev`, `until 20 % of the risk is left`.
    pub asked: Vec<String>,
    /// The patches, best first.
    pub patches: Vec<PlannedPatch>,
    /// Patches that exist and are not in it, each with the reason.
    pub left_out: Vec<LeftOutPatch>,
    /// What no patch clears today.
    pub unpatched: Vec<Unpatched>,
    /// The exact list of the package manager.
    pub transaction: Transaction,
    /// Risk on the machine before, in points.
    pub risk: f64,
    /// Risk that is left afterwards, in points.
    pub risk_left: f64,
    /// The checks that run before and after.
    pub checks: PlannedChecks,
    /// Without a rehearsal, for this reason.
    pub no_rehearsal: Option<String>,
}

/// The checks of a run; they are part of the plan, so that before and after ask the same.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlannedChecks {
    /// The file, or `discovered`: proposed from what listens on the machine.
    pub source: String,
    /// The file's text.
    pub text: String,
}

/// A patch of a plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlannedPatch {
    /// The source package, or the package where there is none.
    pub package: String,
    /// What goes where.
    pub packages: Vec<PackageVersion>,
    /// Installed version.
    pub from: String,
    /// Version to go to.
    pub to: String,
    /// Keys of the findings that it resolves.
    pub resolves: Vec<String>,
    /// Display ids of the vulnerabilities; where no advisory is known, those that the package's changelog names.
    pub vulnerabilities: Vec<String>,
    /// How many of these are known to be exploited.
    pub exploited: u64,
    /// The highest severity among them.
    pub severity: SeverityLevel,
    /// The most urgent priority among its findings' decisions.
    pub priority: Option<Priority>,
    /// The earliest day that one of them is due, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// Risk that goes with it, in points.
    pub risk_removed: f64,
    /// Why it is in the plan, in words that a person can check.
    pub reasons: Vec<String>,
}

/// A patch that is not in the plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOutPatch {
    /// The package.
    pub package: String,
    /// Its package manager.
    pub manager: String,
    /// Vulnerabilities that it would resolve.
    pub vulnerabilities: Vec<String>,
    /// Why it is not in the plan.
    pub why: String,
}

/// One step of a run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunStep {
    /// Its number in the run, from 0.
    pub number: u32,
    /// Its name: `save`, `download`, `apply`, …
    pub name: String,
    /// What it does, in a few words.
    pub title: String,
    /// `planned`, `started`, `done`, `failed`, `undone`, `skipped`.
    pub state: String,
    /// When it was started.
    pub started: Option<Timestamp>,
    /// When it was over.
    pub ended: Option<Timestamp>,
    /// What it came to, in a sentence.
    pub summary: String,
    /// What went wrong; `None` when nothing did.
    pub failure: Option<String>,
    /// Entries of the ledger that tell of it.
    pub ledger_entries: Vec<u64>,
    /// What it came to.
    pub result: Option<StepResult>,
}

/// What a step came to, by its kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "kind", content = "value")]
pub enum StepResult {
    /// A pair of clones stands.
    Clones(Clones),
    /// Functional checks ran.
    Checks(Checked),
    /// What roll-back needs is saved.
    Saved(SavedState),
    /// New package files are there.
    Downloaded {
        /// Their size in bytes.
        bytes: u64,
    },
    /// The files that the rehearsal saw change are saved.
    PreImage(SavedImage),
    /// The package manager ran.
    Applied(Applied),
    /// Services were started again.
    Restarted(RestartedServices),
    /// Versions, files and processes were looked at.
    Verified(Verification),
    /// Performance of the two clones was compared.
    Compared(Vec<Comparison>),
    /// What changed in the clone.
    BlastRadius(BlastSummary),
    /// The old versions are back.
    RolledBack(RolledBack),
    /// Files were put back from the pre-image.
    Restored(RestoredFiles),
    /// A fresh inventory was matched again.
    Rescanned(Rescan),
    /// The clones are gone.
    Discarded(DiscardedClones),
}

/// Clones that were made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Clones {
    /// `systemd-nspawn` or `own runner`.
    pub runner: String,
    /// Time to make both, in milliseconds.
    pub millis: u64,
    /// What of the machine is not in them, and why.
    pub left_out: Vec<String>,
    /// Limits that do not hold here.
    pub notes: Vec<String>,
    /// Services in the control, and whether each came up.
    pub services: Vec<ServiceState>,
}

/// A service in a clone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ServiceState {
    /// Its unit or script.
    pub name: String,
    /// It came up.
    pub up: bool,
    /// What it said when it did not.
    pub said: String,
}

/// Functional checks of one phase.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Checked {
    /// `before`, `after`, `control`, `patched`, `rolled-back`.
    pub phase: String,
    /// Each result.
    pub results: Vec<CheckResult>,
    /// Checks that failed now and did not before: the change is to blame.
    pub newly_failed: Vec<String>,
}

/// A saved pre-image.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SavedImage {
    /// The archive.
    pub file: String,
    /// SHA-256 of the archive, in hex.
    pub sha256: String,
    /// Paths in it.
    pub paths: u64,
    /// Size of the files in it, in bytes.
    pub bytes: u64,
    /// A file-system snapshot that was made as well, where the machine has such file systems.
    pub snapshot: Option<String>,
}

/// Services that were started again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RestartedServices {
    /// Processes that ran old code before.
    pub stale: Vec<StaleProcess>,
    /// Each service, in the order in which it was restarted.
    pub services: Vec<Restarted>,
    /// Processes that still run old code.
    pub left: Vec<StaleProcess>,
    /// Why only a reboot makes the new code run.
    pub reboot: Vec<RebootReason>,
}

/// What a change touches.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct BlastSummary {
    /// Paths that changed.
    pub files: u64,
    /// Bytes that the disk will have more (or less).
    pub growth_bytes: i64,
    /// Files by the package that owns them.
    pub by_owner: BTreeMap<String, FileGroup>,
    /// Files of no package, by area: records, caches, logs, temporary files, system.
    pub unowned: BTreeMap<String, FileGroup>,
    /// Paths that no package owns outside of records, caches, logs and temporary files: what scripts did.
    pub side_effects: Vec<String>,
    /// Every path, for the pre-image.
    pub paths: Vec<String>,
}

/// Files of one owner.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct FileGroup {
    /// How many.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
}

/// Files that were put back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RestoredFiles {
    /// Paths written.
    pub written: u64,
    /// Paths removed.
    pub removed: u64,
    /// Paths that could not be put back, each with its reason.
    pub problems: Vec<String>,
}

/// A fresh scan after the change.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Rescan {
    /// Components in the fresh inventory.
    pub components: u64,
    /// Findings that count.
    pub findings: u64,
    /// Keys of the plan's findings that are there no more.
    pub gone: Vec<String>,
    /// Keys of the plan's findings that are still there.
    pub still: Vec<String>,
    /// Display ids of vulnerabilities that were not there before.
    pub new: Vec<String>,
    /// What could not be read.
    pub problems: Vec<String>,
}

/// What discarding the clones told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiscardedClones {
    /// Time taken, in milliseconds.
    pub millis: u64,
    /// Device nodes, sysctls and kernel modules of the machine that are not as before: this must never be.
    pub host_differences: Vec<String>,
    /// Package databases of the machine that were written meanwhile: the clones are then not of one instant.
    pub host_changes: Vec<String>,
    /// The most memory that a clone used, in bytes.
    pub memory_peak: Option<u64>,
    /// The most storage that a clone used, in bytes.
    pub storage_peak: u64,
}

/// What became of one finding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FindingProof {
    /// Its key.
    pub key: String,
    /// The vulnerability's display id.
    pub vulnerability: String,
    /// The package.
    pub package: String,
    /// The version that was affected.
    pub before: String,
    /// The version that is there now; empty when the package is gone.
    pub after: String,
    /// The fixed version that was wanted.
    pub fixed_in: String,
    /// The life-cycle state now: `fixed`, `removed`, `open`, `reopened`, …
    pub state: String,
    /// Its priority.
    pub priority: Option<Priority>,
    /// The day that it is due, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// Why that priority and that day.
    pub reasons: Vec<String>,
    /// What proves that it is fixed, in words.
    pub evidence: Vec<String>,
    /// What is missing for "fixed", in words; empty when it is.
    pub missing: Vec<String>,
}

/// A finding that stays open.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Remaining {
    /// The vulnerability's display id.
    pub vulnerability: String,
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// The severity.
    pub severity: SeverityLevel,
    /// Its priority.
    pub priority: Option<Priority>,
    /// The day that it is due, `YYYY-MM-DD`.
    pub due: Option<String>,
    /// Why it stays: no fix yet, fix not reachable, left out of this run.
    pub why: String,
}

/// Where the ledger proves a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LedgerProof {
    /// Entries of the ledger that tell of the run, in order.
    pub entries: Vec<u64>,
    /// Entries in the ledger when the report was made.
    pub size: u64,
    /// Its root hash then, in hex.
    pub root: String,
    /// The signed checkpoint.
    pub checkpoint: String,
    /// The public key that verifies it.
    pub key: String,
}
