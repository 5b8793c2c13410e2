//! What every run does at its end: scan again, check again, decide what became of each finding, and close those whose fix is
//! proved.

use std::collections::BTreeMap;

use patchward_ledger::Entry;
use patchward_protocol::report::{Finding, ScanReport};
use patchward_protocol::run::{ChangePlan, Checked, FindingProof, Rescan};
use patchward_protocol::transaction::Verification;
use patchward_store::{AssetId, Because, FindingState, Times};
use serde_json::json;

use super::checking;
use super::engine::{Engine, Offers};
use super::error::ChangeError;
use super::journal::{Done, Journal, Stop};
use super::proof::{self, Seen};
use super::propose::count;
use super::records::RunRecord;
use super::scanned::{Scanned, scan_and_record, stored_findings};
use super::steps::Step;

/// The step that scans again, and the scan.
pub(super) fn rescan(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    plan: &ChangePlan,
    before: &BTreeMap<String, Finding>,
) -> Result<Scanned, Stop> {
    let scanned = scan_and_record(engine, Offers::No)?;
    journal.step(Step::Rescan, || {
        let rescan = compare(plan, before, &scanned.report);
        let summary = format!(
            "{} of {} gone, {} stay on the machine",
            rescan.gone.len(),
            count(
                rescan.gone.len() + rescan.still.len(),
                "finding",
                "findings"
            ),
            rescan.findings
        );
        Ok(Done::well(rescan, summary))
    })?;
    Ok(scanned)
}

/// What a fresh scan says of the findings of a plan.
pub(super) fn compare(
    plan: &ChangePlan,
    before: &BTreeMap<String, Finding>,
    report: &ScanReport,
) -> Rescan {
    let counted = || {
        let all = report.targets.iter().flat_map(|target| &target.findings);
        all.filter(|finding| finding.suppressed.is_none())
    };
    let is_there = |key: &String| counted().any(|finding| finding.id == *key);
    let keys = plan.patches.iter().flat_map(|patch| &patch.resolves);
    let (still, gone) = keys.cloned().partition(is_there);
    let new = counted()
        .filter(|finding| !before.contains_key(&finding.id))
        .map(|finding| finding.vulnerability.clone());
    let problems = report.targets.iter().flat_map(|target| &target.problems);
    Rescan {
        components: report.targets.iter().map(|target| target.components).sum(),
        findings: counted().count() as u64,
        gone,
        still,
        new: new.collect(),
        problems: problems
            .map(|problem| format!("{}: {}", problem.location.path, problem.message))
            .collect(),
    }
}

/// What was seen at the end of a run.
pub(super) struct Ending<'a> {
    pub plan: &'a ChangePlan,
    pub before: &'a BTreeMap<String, Finding>,
    pub scanned: &'a Scanned,
    pub verification: Option<&'a Verification>,
    pub checks: Option<&'a Checked>,
}

/// Decides what became of each finding, closes those whose fix is proved, and makes the run's record.
pub(super) fn conclude(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    ending: &Ending<'_>,
) -> Result<RunRecord, ChangeError> {
    let mut findings = proof::prove(&Seen {
        plan: ending.plan,
        before: ending.before,
        scan: &ending.scanned.report,
        verification: ending.verification,
        checks: ending.checks,
    });
    close(engine, journal, ending.scanned.asset, &mut findings)?;
    let mut notes: Vec<String> = ending
        .verification
        .iter()
        .flat_map(|seen| seen.missing.clone())
        .collect();
    notes.dedup();
    Ok(RunRecord {
        summary: summary(&findings),
        problems: Vec::new(),
        notes,
        findings,
        remaining: proof::remaining(
            ending.plan,
            &ending.scanned.report,
            "it was to be resolved, and a fresh scan still finds it",
        ),
    })
}

fn summary(findings: &[FindingProof]) -> String {
    let fixed = findings
        .iter()
        .filter(|proof| proof.missing.is_empty())
        .count();
    let all = count(findings.len(), "finding", "findings");
    match (findings.len(), fixed == findings.len()) {
        (0, _) => "done; no finding was to be resolved".to_owned(),
        (_, true) => format!("{all} closed with proof"),
        (..) => format!("{fixed} of {all} closed with proof, the others lack evidence"),
    }
}

/// Closes what is proved: an entry of the ledger, then the finding's state with the evidence.
fn close(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    asset: AssetId,
    proofs: &mut [FindingProof],
) -> Result<(), ChangeError> {
    let stored = stored_findings(engine, asset)?;
    for proof in proofs {
        let Some(known) = stored.get(&proof.key) else {
            continue;
        };
        let wanted = FindingState::from_word(&proof.state).unwrap_or(FindingState::Open);
        if !wanted.is_closed() || !known.state.can_become(wanted) {
            if !wanted.is_closed() {
                proof.state = known.state.word().to_owned();
            }
            continue;
        }
        let now = engine.now();
        let evidence = json!({"run": journal.run.0, "evidence": proof.evidence});
        let entry = engine.ledger.append(&Entry {
            time: now,
            kind: "finding.closed".to_owned(),
            actor: engine.actor.clone(),
            subject: proof.key.clone(),
            body: json!({"state": wanted.word(), "because": evidence}),
        })?;
        let because = Because {
            actor: &engine.actor,
            reason: "the patch is in, by versions, files, processes and checks",
            evidence,
            ledger_entry: Some(entry),
        };
        engine
            .store
            .set_finding_state(known.id, known.state, wanted, Times::now(now), &because)?;
    }
    Ok(())
}

/// The step that checks after a change; `None` where nothing runs that could be asked.
pub(super) fn check_after(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    plan: &ChangePlan,
    before: Option<&Checked>,
) -> Result<Option<Checked>, Stop> {
    check(engine, journal, plan, Step::ChecksAfter, "after", before)
}

/// A step that checks the machine.
pub(super) fn check(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    plan: &ChangePlan,
    step: Step,
    phase: &str,
    before: Option<&Checked>,
) -> Result<Option<Checked>, Stop> {
    let Some(place) = engine.subject.place() else {
        journal.skip(step, "nothing of it runs: checks ran in the rehearsal only")?;
        return Ok(None);
    };
    let checks = checking::read(&plan.checks)?;
    let checked = journal.step(step, || {
        Ok(checking::run(&checks, &place, phase, before, journal))
    })?;
    let times = Times::now(engine.now());
    engine
        .store
        .record_checks(journal.run, phase, &checked.results, times)?;
    Ok(Some(checked))
}
