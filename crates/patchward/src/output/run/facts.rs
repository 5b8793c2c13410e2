//! The parts of a run that a reader asks for, gathered from its steps.

use patchward_protocol::check::{CheckOutcome, CheckResult, Comparison};
use patchward_protocol::run::{
    BlastSummary, Checked, Clones, DiscardedClones, RestartedServices, RunReport, StepResult,
};
use patchward_protocol::transaction::{Applied, RolledBack};

/// What the steps of one run came to, by kind.
#[derive(Default)]
pub struct Facts<'a> {
    /// Clones that were made.
    pub clones: Option<&'a Clones>,
    /// What discarding them told.
    pub discarded: Option<&'a DiscardedClones>,
    /// Checks, by phase in the order in which they ran.
    pub checked: Vec<&'a Checked>,
    /// What the package manager did.
    pub applied: Option<&'a Applied>,
    /// Restarts.
    pub restarted: Option<&'a RestartedServices>,
    /// Performance.
    pub compared: Vec<&'a Comparison>,
    /// What changed in the clone.
    pub blast: Option<&'a BlastSummary>,
    /// The roll-back, rehearsed or done.
    pub rolled_back: Option<&'a RolledBack>,
}

impl<'a> Facts<'a> {
    /// Gathers them.
    pub fn of(run: &'a RunReport) -> Facts<'a> {
        let mut facts = Facts::default();
        for result in run.steps.iter().filter_map(|step| step.result.as_ref()) {
            match result {
                StepResult::Clones(clones) => facts.clones = Some(clones),
                StepResult::Discarded(discarded) => facts.discarded = Some(discarded),
                StepResult::Checks(checked) => facts.checked.push(checked),
                StepResult::Applied(applied) => facts.applied = Some(applied),
                StepResult::Restarted(restarted) => facts.restarted = Some(restarted),
                StepResult::Compared(compared) => facts.compared.extend(compared),
                StepResult::BlastRadius(blast) => facts.blast = Some(blast),
                StepResult::RolledBack(back) => facts.rolled_back = Some(back),
                StepResult::Saved(_)
                | StepResult::Downloaded { .. }
                | StepResult::PreImage(_)
                | StepResult::Verified(_)
                | StepResult::Restored(_)
                | StepResult::Rescanned(_) => {}
            }
        }
        facts
    }

    /// Each check with its result in every phase, in the order in which the checks first ran.
    pub fn checks(&self) -> Vec<CheckRow<'a>> {
        let mut rows: Vec<CheckRow<'a>> = Vec::new();
        for (at, checked) in self.checked.iter().enumerate() {
            for result in &checked.results {
                let row = match rows.iter().position(|row| row.name == result.name) {
                    Some(found) => &mut rows[found],
                    None => {
                        rows.push(CheckRow {
                            name: &result.name,
                            kind: &result.kind,
                            expected: &result.expected,
                            phases: vec![None; self.checked.len()],
                        });
                        let last = rows.len() - 1;
                        &mut rows[last]
                    }
                };
                row.phases[at] = Some(result);
            }
        }
        rows
    }

    /// `5 of 6 checks pass after, as before`.
    pub fn checks_in_short(&self) -> Option<String> {
        let last = self.checked.last()?;
        let passed = |result: &&CheckResult| result.outcome == CheckOutcome::Passed;
        let count = last.results.iter().filter(passed).count();
        let blame = match last.newly_failed.len() {
            0 => String::new(),
            failed => format!(", {failed} failed because of the change"),
        };
        Some(format!(
            "{count} of {} checks passed{blame}",
            last.results.len()
        ))
    }
}

/// One check over all phases.
pub struct CheckRow<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its kind.
    pub kind: &'a str,
    /// What was expected.
    pub expected: &'a str,
    /// Its result in each phase; `None` where it did not run.
    pub phases: Vec<Option<&'a CheckResult>>,
}

impl CheckRow<'_> {
    /// The last result that is not a plain pass, which a reader wants explained.
    pub fn telling(&self) -> Option<&CheckResult> {
        let mut results = self.phases.iter().rev().flatten();
        results
            .find(|result| result.outcome != CheckOutcome::Passed)
            .copied()
    }
}
