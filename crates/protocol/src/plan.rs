//! A plan: which patches first, what each removes and disturbs, and what stays open.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::decision::{Deadline, Priority};
use crate::inventory::{AssetKind, Problem};
use crate::report::{FindingStatus, KnowledgeState, PackageUpgrade, Patch};

/// The name and version of the plan's schema; the number goes up when a reader of the old one would misread the new.
pub const SCHEMA: &str = "patchward.plan/1";

/// The result of one run of `plan`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanReport {
    /// [`SCHEMA`].
    pub schema: String,
    /// Version of Patchward.
    pub tool_version: String,
    /// When the plan was made.
    pub made: Timestamp,
    /// The knowledge that it was made by; `None` when there is none yet.
    pub knowledge: Option<KnowledgeState>,
    /// What was asked for.
    pub limits: PlanLimits,
    /// One entry per target, in the order given.
    pub targets: Vec<PlanTarget>,
    /// The patches to put in, in this order.
    pub steps: Vec<PlanStep>,
    /// Patches that exist and are not in the plan, with the reason; their numbers are as if they came after it.
    pub later: Vec<PlanStep>,
    /// What no patch clears today, the riskiest first.
    pub unpatched: Vec<Unpatched>,
    /// How the steps were chosen, and how good the choice is.
    pub choice: Choice,
    /// Numbers over all targets.
    pub summary: PlanSummary,
}

/// What a plan may cost and has to reach; what is absent is not limited.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanLimits {
    /// At most this many patches, chosen so that they remove the most risk.
    pub budget: Option<u64>,
    /// At most this much downtime over all targets, in seconds.
    pub max_downtime_seconds: Option<u64>,
    /// Work and downtime together have to fit into a window of this length, in seconds.
    pub window_seconds: Option<u64>,
    /// Stop when so much of the risk is left, 0 to 1.
    pub until_risk: Option<f64>,
    /// Only the first so many steps.
    pub top: Option<u64>,
    /// Only what is known to be exploited.
    pub only_kev: bool,
}

/// A target that the plan is for.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanTarget {
    /// Host name, path or document name.
    pub name: String,
    /// The kind of target.
    pub kind: AssetKind,
    /// Components that were looked at.
    pub components: u64,
    /// Findings that count.
    pub findings: u64,
    /// Risk of these, in points.
    pub risk: f64,
    /// What could not be read or judged: with any of these the plan is incomplete.
    pub problems: Vec<Problem>,
}

/// One patch of the plan.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanStep {
    /// Its place in the plan, from 1; 0 when it is not in the plan.
    pub number: u64,
    /// The target that it is for.
    pub target: String,
    /// The patch itself: package, versions, manager, command, what it resolves.
    pub patch: Patch,
    /// Packages that it upgrades together (the binaries of one source package).
    pub packages: Vec<String>,
    /// Findings that it clears.
    pub findings: u64,
    /// How many of these are known to be exploited.
    pub exploited: u64,
    /// How urgent the most urgent of them is; `None` where nothing was prioritised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
    /// Risk that goes when it comes in at its place, in points. A flaw that several patches clear goes with the last.
    pub risk_removed: f64,
    /// Risk that is left after it, in points.
    pub risk_left: f64,
    /// Risk that builds up for each day that it waits, in points.
    pub price_per_day: f64,
    /// What it disturbs.
    pub disruption: Disruption,
    /// How the package manager gets there; only where one package asks for another.
    pub route: Option<Route>,
    /// The package manager holds the package.
    pub held: bool,
    /// What a person should know before: holds, phased updates, conflicts, a major version.
    pub notes: Vec<String>,
    /// Why it is not in the plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub later: Option<String>,
}

/// By when a patch is to be in, and why: of all findings that it clears.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Urgency {
    /// The most urgent priority.
    pub priority: Priority,
    /// The earliest date, and the rule that sets it. `None` when no rule sets one.
    pub due: Option<Deadline>,
    /// The vulnerability that has this date.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub due_vulnerability: String,
    /// The most urgent vulnerability.
    pub vulnerability: String,
    /// The weightiest reason for it.
    pub reason: String,
    /// The approval classes that the policy gives, each once.
    pub approvals: Vec<String>,
    /// Routes that are to be told, each once.
    pub notify: Vec<String>,
}

/// What putting a patch in disturbs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Disruption {
    /// The kind.
    pub kind: DisruptionKind,
    /// Services that restart, or the application that is deployed anew.
    pub what: Vec<String>,
    /// The rule that says so.
    pub reason: String,
    /// Downtime that it adds at its place, in seconds: what an earlier step already restarts is not counted again.
    pub downtime_seconds: u64,
    /// Work to put it in, without downtime, in seconds.
    pub work_seconds: u64,
}

/// Kinds of disruption, the lightest first.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum DisruptionKind {
    /// Nothing keeps running with the old code.
    #[default]
    None,
    /// Services restart.
    Restart,
    /// Programs that use the library restart; which ones is not known.
    Users,
    /// The application is built and deployed anew.
    Redeploy,
    /// The machine reboots.
    Reboot,
}

/// How a package of a lockfile gets to its new version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Route {
    /// The kind.
    pub kind: RouteKind,
    /// Direct dependencies through which it comes in: one of these has to move when the lock alone does not do.
    pub through: Vec<String>,
    /// Who does not allow the new version, and what they ask for.
    pub blockers: Vec<Blocker>,
    /// What to do, in words.
    pub advice: String,
    /// The package manager has done it in a copy of the project, and the findings were gone.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub tried: bool,
    /// Packages that come along with those that the command names.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub brings: Vec<PackageUpgrade>,
}

/// Kinds of routes.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum RouteKind {
    /// The file does not tell who asks for which versions.
    #[default]
    Unknown,
    /// Everyone who asks for it allows the new version: only the lock changes.
    LockUpdate,
    /// The project's own requirement has to change.
    Manifest,
    /// Another package does not allow it: a new release of that one, or an override.
    Parent,
}

/// A package that does not allow the new version.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Blocker {
    /// As `name@version`; empty for the project itself.
    pub package: String,
    /// What it asks for.
    pub range: String,
}

/// What no patch clears today.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unpatched {
    /// The target.
    pub target: String,
    /// The package.
    pub package: String,
    /// Its version.
    pub version: String,
    /// Where it was found.
    pub location: String,
    /// Why there is no patch.
    pub status: FindingStatus,
    /// The same in words.
    pub why: String,
    /// Malicious code: remove it.
    pub malware: bool,
    /// Display ids of the vulnerabilities, the riskiest first.
    pub vulnerabilities: Vec<String>,
    /// Their risk, in points.
    pub risk: f64,
    /// Risk that builds up for each day, in points.
    pub price_per_day: f64,
    /// What a publisher says helps until then; only what a source says.
    pub mitigations: Vec<Mitigation>,
}

/// A way to lower a risk without a patch, by somebody's word.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Mitigation {
    /// The vulnerability.
    pub vulnerability: String,
    /// What to do, as the source says it, or an address that tells.
    pub text: String,
}

/// How the steps were chosen.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// The way.
    pub method: ChoiceMethod,
    /// Risk that the choice removes, in points.
    pub removes: f64,
    /// No choice within the limits removes more than this, in points.
    pub bound: f64,
}

/// Ways to choose.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ChoiceMethod {
    /// Every patch fits into the limits.
    #[default]
    All,
    /// No choice within the limits removes more risk.
    Optimal,
    /// A good choice; the bound tells how much better another could be at most.
    Greedy,
}

/// Numbers over all targets.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PlanSummary {
    /// Findings that count.
    pub findings: u64,
    /// Findings that the steps clear.
    pub cleared: u64,
    /// Findings that no patch clears today.
    pub unpatched: u64,
    /// Risk before the first step, in points.
    pub risk: f64,
    /// Risk after the last step, in points.
    pub risk_left: f64,
    /// Risk that no known patch removes, in points.
    pub risk_unpatched: f64,
    /// Risk that builds up for each day on which nothing is done, in points.
    pub price_per_day: f64,
    /// The same after the last step.
    pub price_per_day_left: f64,
    /// Downtime of all steps, in seconds.
    pub downtime_seconds: u64,
    /// Work of all steps, without downtime, in seconds.
    pub work_seconds: u64,
    /// Reboots among them.
    pub reboots: u64,
    /// Services that restart.
    pub restarts: u64,
    /// Problems.
    pub problems: u64,
}
