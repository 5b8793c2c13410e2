//! What several formats say of a run, worded once.

use indicatif::HumanBytes;
use jiff::Timestamp;
use patchward_protocol::check::{CheckOutcome, Comparison, Metric, Verdict};
use patchward_protocol::restart::{RestartAction, Restarted, StaleProcess};
use patchward_protocol::run::{
    ChangePlan, FileGroup, FindingProof, PlannedChecks, RunReport, RunStep,
};
use patchward_protocol::transaction::{
    Action, ConfOutcome, KeptReason, PackageChange, Transaction, WayBack,
};

use crate::output::plan::words::{percent, points, span};
use crate::output::table::plural;

/// `Rehearsal`.
pub fn kind(kind: &str) -> &str {
    match kind {
        "rehearsal" => "Rehearsal",
        "apply" => "Patch run",
        "verification" => "Verification",
        "roll-back" => "Roll-back",
        other => other,
    }
}

/// `Rehearsal 12`.
pub fn title(run: &RunReport) -> String {
    format!("{} {}", kind(&run.kind), run.number)
}

/// A summary as a sentence of its own.
pub fn sentence(summary: &str) -> String {
    let mut chars = summary.chars();
    let first: String = chars
        .next()
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let end = match summary.ends_with(['.', '!', '?']) || summary.is_empty() {
        true => "",
        false => ".",
    };
    format!("{first}{}{end}", chars.as_str())
}

/// A state of a run or a step.
pub fn state(state: &str) -> &str {
    match state {
        "started" => "not over",
        "undone" => "taken back",
        other => other,
    }
}

/// How a whole run ended; good news only where nothing stands against it.
pub fn outcome(run: &RunReport) -> &str {
    match run.state.as_str() {
        "done" if !run.problems.is_empty() => "done, not all proved",
        other => state(other),
    }
}

/// A size: `4.20 MiB`.
pub fn size(bytes: u64) -> String {
    HumanBytes(bytes).to_string()
}

/// A growth or shrinking: `12 KiB more`.
pub fn growth(bytes: i64) -> String {
    match bytes {
        0 => "no change".to_owned(),
        more @ 1.. => format!("{} more", size(more.unsigned_abs())),
        less => format!("{} less", size(less.unsigned_abs())),
    }
}

/// A span of milliseconds: `850 ms`, `3.2 s`, `2m 5s`.
pub fn duration(millis: u64) -> String {
    match millis {
        0..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => span(millis / 1000),
    }
}

/// A span of microseconds: `85 µs`, or as [`duration`].
pub fn short_duration(micros: u64) -> String {
    match micros {
        0..1000 => format!("{micros} µs"),
        1000..10_000 => format!("{}.{} ms", micros / 1000, micros % 1000 / 100),
        _ => duration(micros / 1000),
    }
}

/// The time from one instant to another; empty while it is not over.
pub fn between(from: Option<Timestamp>, to: Option<Timestamp>) -> String {
    match (from, to) {
        (Some(from), Some(to)) => {
            let millis = to.as_millisecond().saturating_sub(from.as_millisecond());
            duration(u64::try_from(millis).unwrap_or(0))
        }
        _ => String::new(),
    }
}

/// How long a step took.
pub fn took(step: &RunStep) -> String {
    between(step.started, step.ended)
}

/// `2026-01-02 03:04 UTC`.
pub fn instant(time: Timestamp) -> String {
    time.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

/// `3 packages`.
pub fn packages(transaction: &Transaction) -> String {
    plural(transaction.changes.len() as u64, "package")
}

/// What a plan comes to, in one sentence.
pub fn headline(plan: &ChangePlan) -> String {
    if plan.patches.is_empty() {
        return match (plan.left_out.len(), plan.unpatched.len()) {
            (0, 0) => "Nothing to patch.".to_owned(),
            (0, open) => format!(
                "Nothing to patch now: no patch is known for {}.",
                plural(open as u64, "package")
            ),
            (left, _) => format!(
                "Nothing to patch here: {} left out.",
                plural(left as u64, "patch") + if left == 1 { " is" } else { " are" }
            ),
        };
    }
    let findings: usize = plan.patches.iter().map(|patch| patch.resolves.len()).sum();
    let patches = plan.patches.len() as u64;
    let resolve = if patches == 1 { "resolves" } else { "resolve" };
    let what = match findings {
        0 if patches == 1 => "is what the package manager calls a security update".to_owned(),
        0 => "are what the package manager calls security updates".to_owned(),
        count => format!("{resolve} {}", plural(count as u64, "finding")),
    };
    let risk = match plan.risk > 0.0 {
        true => format!(
            "; risk falls from {} to {} points ({} left)",
            points(plan.risk),
            points(plan.risk_left),
            percent(plan.risk_left, plan.risk)
        ),
        false => String::new(),
    };
    format!("{} {what}{risk}.", plural(patches, "patch"))
}

/// Where the checks of a plan come from; `None` where there are none.
pub fn checks_from(checks: &PlannedChecks) -> Option<String> {
    let any = checks
        .text
        .lines()
        .any(|line| line.trim_start().starts_with("[["));
    match checks.source.as_str() {
        _ if !any => None,
        "discovered" => {
            Some("proposed from what listens here (`patchward checks discover`)".to_owned())
        }
        file => Some(format!("from {file}")),
    }
}

/// The word of what happens to a package.
pub fn action(action: Action) -> &'static str {
    match action {
        Action::Upgrade => "upgrade",
        Action::Install => "install",
        Action::Downgrade => "downgrade",
        Action::Reinstall => "reinstall",
        Action::Remove => "remove",
    }
}

/// `3.0.1 → 3.0.2`.
pub fn versions(change: &PackageChange) -> String {
    match (&change.from, &change.to) {
        (Some(from), Some(to)) => format!("{from} → {to}"),
        (None, Some(to)) => format!("new: {to}"),
        (Some(from), None) => format!("{from} → gone"),
        (None, None) => String::new(),
    }
}

/// Where the old version can be had again.
pub fn way_back(way: WayBack) -> &'static str {
    match way {
        WayBack::None => "none, only a pre-image",
        WayBack::Removal => "removal",
        WayBack::Archive => "repository",
        WayBack::Cache => "cache",
        WayBack::Repack => "repacked",
    }
}

/// Why a package stays as it is.
pub fn kept(reason: KeptReason) -> &'static str {
    match reason {
        KeptReason::Held => "held",
        KeptReason::Pinned => "pinned",
        KeptReason::Phased => "phased, not this machine's turn yet",
        KeptReason::AlreadyThere => "already there",
        KeptReason::NotInstalled => "not installed",
        KeptReason::NotAvailable => "no repository has it",
    }
}

/// What is told of several packages alike: the packages, and that.
pub fn alike<'p>(told: impl IntoIterator<Item = (&'p str, String)>) -> Vec<(Vec<String>, String)> {
    let mut groups: Vec<(Vec<String>, String)> = Vec::new();
    for (package, text) in told {
        match groups.iter_mut().find(|(_, other)| *other == text) {
            Some((packages, _)) => packages.push(package.to_owned()),
            None => groups.push((vec![package.to_owned()], text)),
        }
    }
    groups
}

/// What became of a configuration file.
pub fn conf_file(outcome: ConfOutcome) -> &'static str {
    match outcome {
        ConfOutcome::Kept => "kept, the package offers another",
        ConfOutcome::Replaced => "replaced by the package's",
        ConfOutcome::New => "new",
        ConfOutcome::Removed => "removed",
    }
}

/// How a check ended.
pub fn check(outcome: CheckOutcome) -> &'static str {
    match outcome {
        CheckOutcome::Passed => "passed",
        CheckOutcome::Flaky => "flaky",
        CheckOutcome::Failed => "failed",
        CheckOutcome::Skipped => "skipped",
    }
}

/// When checks ran.
pub fn phase(phase: &str) -> &str {
    match phase {
        "control" => "unpatched clone",
        "patched" => "patched clone",
        "rolled-back" => "after roll-back",
        other => other,
    }
}

/// What was measured.
pub fn metric(metric: Metric) -> &'static str {
    match metric {
        Metric::CpuPerRequest => "processor time per request",
        Metric::LatencyP50 => "median latency",
        Metric::LatencyP99 => "latency, 99th percentile",
        Metric::Throughput => "requests a second",
    }
}

/// A value of a measurement with its unit.
pub fn measured(metric: Metric, value: f64) -> String {
    let micros = match metric {
        Metric::Throughput => return format!("{value:.0} a second"),
        Metric::CpuPerRequest => value / 1000.0,
        Metric::LatencyP50 | Metric::LatencyP99 => value,
    };
    match micros {
        value if !value.is_finite() => "unknown".to_owned(),
        value if value < 1000.0 => format!("{value:.0} µs"),
        value => format!("{:.2} ms", value / 1000.0),
    }
}

/// The judgement in one word.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Better => "better",
        Verdict::Same => "same",
        Verdict::Worse => "worse",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// A ratio less one, signed, in percent: `+1.2 %`.
pub fn effect(effect: f64) -> String {
    match effect.is_finite() {
        true => format!("{:+.1} %", effect * 100.0),
        false => "unknown".to_owned(),
    }
}

/// The judgement with what it rests on.
pub fn judged(comparison: &Comparison) -> String {
    let interval = format!("{} to {}", effect(comparison.low), effect(comparison.high));
    let threshold = format!("{:.1} %", comparison.threshold * 100.0);
    let why = match comparison.verdict {
        Verdict::Better => {
            format!("the whole interval is better than the threshold of {threshold}")
        }
        Verdict::Same => format!("the whole interval lies within the threshold of {threshold}"),
        Verdict::Worse => format!("the whole interval is worse than the threshold of {threshold}"),
        Verdict::Inconclusive => {
            format!("the interval is too wide to tell at the threshold of {threshold}")
        }
    };
    format!(
        "{}: {} ({interval}, {}); {why}",
        verdict(comparison.verdict),
        effect(comparison.effect),
        plural(
            comparison.control.len().min(comparison.patched.len()) as u64,
            "pair"
        ),
    )
}

/// What was done to a service.
pub fn restart(restarted: &Restarted) -> String {
    let done = match restarted.step.action {
        RestartAction::Restart => "restarted",
        RestartAction::ReExecute => "runs its own file again, units go on",
        RestartAction::KeepSessions => "listener restarted, sessions go on",
        RestartAction::Leave => "left as it is",
    };
    match &restarted.failure {
        Some(failure) => format!("did not come back: {failure}"),
        None if restarted.step.reason.is_empty() => done.to_owned(),
        None => format!("{done}: {}", restarted.step.reason),
    }
}

/// A process that runs old code: `nginx (pid 77)`.
pub fn process(stale: &StaleProcess) -> String {
    let service = match &stale.service {
        Some(service) => format!(" of {}", service.name),
        None => String::new(),
    };
    format!("{}{service} (pid {})", stale.program, stale.pid)
}

/// `12 files, 340 KiB`.
pub fn files(group: &FileGroup) -> String {
    format!("{}, {}", plural(group.files, "file"), size(group.bytes))
}

/// The versions of a finding, before and after.
pub fn finding_versions(proof: &FindingProof) -> String {
    match proof.after.as_str() {
        "" if proof.state == "removed" => format!("{} → gone", proof.before),
        "" => proof.before.clone(),
        after if after == proof.before => after.to_owned(),
        after => format!("{} → {after}", proof.before),
    }
}

/// Whether a finding is closed.
pub fn is_closed(proof: &FindingProof) -> bool {
    matches!(proof.state.as_str(), "fixed" | "removed")
}

/// `7 of 9 findings are fixed, with proof.`
pub fn fixed(findings: &[FindingProof]) -> String {
    let closed = findings.iter().filter(|proof| is_closed(proof)).count();
    format!(
        "{closed} of {} proved fixed",
        plural(findings.len() as u64, "finding")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_told_in_the_unit_that_fits() {
        assert_eq!(
            [duration(7), duration(3_270), duration(125_000)],
            ["7 ms", "3.2 s", "2m 5s"]
        );
        assert_eq!(
            [short_duration(850), short_duration(42_000)],
            ["850 µs", "42 ms"]
        );
    }

    #[test]
    fn a_summary_becomes_a_sentence_once() {
        assert_eq!(sentence("taken back by run 5"), "Taken back by run 5.");
        assert_eq!(sentence("All is well."), "All is well.");
        assert_eq!(sentence(""), "");
    }

    #[test]
    fn a_measurement_has_its_unit() {
        assert_eq!(measured(Metric::CpuPerRequest, 81_000.0), "81 µs");
        assert_eq!(measured(Metric::LatencyP99, 2_500.0), "2.50 ms");
        assert_eq!(measured(Metric::LatencyP50, f64::NAN), "unknown");
    }

    #[test]
    fn a_run_that_proved_not_all_is_not_called_done() {
        let mut run = RunReport {
            state: "done".to_owned(),
            ..RunReport::default()
        };
        assert_eq!(outcome(&run), "done");
        run.problems.push("a reboot is needed".to_owned());
        assert_eq!(outcome(&run), "done, not all proved");
    }
}
