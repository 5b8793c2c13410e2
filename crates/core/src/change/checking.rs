//! Functional checks of a run: on the machine, and in a clone; what failed that did not fail before.

use patchward_checks::{ChecksFile, Place, Side, discover, load};
use patchward_protocol::check::{CheckOutcome, Comparison};
use patchward_protocol::run::{Checked, PlannedChecks};
use patchward_rehearsal::HostClone;

use super::error::{ChangeError, chain};
use super::journal::{Done, Journal};
use super::propose::count;

/// The checks of a plan, read.
pub(super) fn read(planned: &PlannedChecks) -> Result<ChecksFile, ChangeError> {
    ChecksFile::parse(&planned.source, planned.text.as_bytes())
        .map_err(|error| ChangeError::Checks(error.into()))
}

/// Runs all checks at a place. `before` are the same checks' results from before the change, or of the control.
pub(super) fn run(
    checks: &ChecksFile,
    place: &Place,
    phase: &str,
    before: Option<&Checked>,
    journal: &Journal<'_>,
) -> Done<Checked> {
    let results = patchward_checks::run(checks, place, |result| {
        if result.outcome != CheckOutcome::Passed {
            journal.note(format!(
                "{}: {:?}, {}",
                result.name, result.outcome, result.found
            ));
        }
    });
    judge(
        Checked {
            phase: phase.to_owned(),
            results,
            newly_failed: Vec::new(),
        },
        before,
    )
}

/// The same in a clone, on a thread inside its network.
pub(super) fn run_in(
    clone: &HostClone,
    checks: &ChecksFile,
    phase: &str,
    before: Option<&Checked>,
) -> Result<Done<Checked>, String> {
    let place = place_of(clone);
    let results = clone
        .in_network(|| patchward_checks::run(checks, &place, |_| {}))
        .map_err(|error| chain(&error))?;
    Ok(judge(
        Checked {
            phase: phase.to_owned(),
            results,
            newly_failed: Vec::new(),
        },
        before,
    ))
}

/// Checks proposed from what listens in a clone; none where it cannot be entered.
pub(super) fn discover_in(clone: &HostClone) -> String {
    let place = place_of(clone);
    let proposed = clone.in_network(|| discover::propose(&place, true));
    proposed.unwrap_or_default()
}

fn place_of(clone: &HostClone) -> Place {
    let pid = clone.first_process().to_string();
    let enter = [
        "nsenter", "--target", &pid, "--mount", "--uts", "--ipc", "--net", "--pid", "--root",
        "--wd", "--",
    ];
    Place {
        root: clone.root(),
        proc: clone.proc(),
        enter: enter.map(str::to_owned).into(),
    }
}

/// Names the checks that fail now and did not before. What failed before is not the change's fault; what failed once in
/// several tries (flaky) proves nothing.
fn judge(mut checked: Checked, before: Option<&Checked>) -> Done<Checked> {
    let failed_before = |name: &str| {
        before.is_some_and(|before| {
            let mut results = before.results.iter();
            results.any(|old| old.name == name && old.outcome == CheckOutcome::Failed)
        })
    };
    let failed = checked
        .results
        .iter()
        .filter(|result| result.outcome == CheckOutcome::Failed);
    let new = failed.clone().filter(|result| !failed_before(&result.name));
    let new: Vec<String> = new
        .map(|result| format!("{} ({})", result.name, result.found))
        .collect();
    let passed = checked
        .results
        .iter()
        .filter(|result| result.outcome == CheckOutcome::Passed);
    let summary = match checked.results.len() {
        0 => "there are no checks".to_owned(),
        all => format!(
            "{} of {} passed",
            passed.count(),
            count(all, "check", "checks")
        ),
    };
    // Before the change nothing is to blame yet.
    let failure =
        (before.is_some() && !new.is_empty()).then(|| format!("not as before: {}", new.join("; ")));
    if before.is_some() {
        checked.newly_failed = new;
    }
    Done {
        value: checked,
        summary,
        failure,
    }
}

/// Compares the performance of two clones, for each load of the file.
pub(super) fn compare(
    checks: &ChecksFile,
    control: &HostClone,
    patched: &HostClone,
    seed: u64,
) -> Vec<Comparison> {
    let generate = |clone: &HostClone, check: &patchward_checks::LoadCheck| {
        clone
            .in_network(|| load::generate(check))
            .unwrap_or_default()
    };
    let mut all = Vec::new();
    for check in &checks.load {
        let mut on_control = |check: &_| generate(control, check);
        let mut on_patched = |check: &_| generate(patched, check);
        all.extend(patchward_checks::compare(
            check,
            &mut Side {
                load: &mut on_control,
                cpu: &|| control.cpu_time(),
            },
            &mut Side {
                load: &mut on_patched,
                cpu: &|| patched.cpu_time(),
            },
            seed,
        ));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::check::CheckResult;

    fn checked(outcomes: &[(&str, CheckOutcome)]) -> Checked {
        Checked {
            results: outcomes
                .iter()
                .map(|(name, outcome)| CheckResult {
                    name: (*name).to_owned(),
                    outcome: *outcome,
                    ..CheckResult::default()
                })
                .collect(),
            ..Checked::default()
        }
    }

    #[test]
    fn only_what_did_not_fail_before_is_blamed_on_the_change() {
        use CheckOutcome::{Failed, Flaky, Passed, Skipped};
        let before = checked(&[("a", Passed), ("b", Failed), ("c", Flaky), ("d", Skipped)]);
        let after = checked(&[("a", Failed), ("b", Failed), ("c", Passed), ("d", Skipped)]);
        let done = judge(after.clone(), Some(&before));
        assert_eq!(done.value.newly_failed, ["a ()"]);
        assert!(done.failure.is_some());
        assert!(judge(after, None).failure.is_none());
    }
}
