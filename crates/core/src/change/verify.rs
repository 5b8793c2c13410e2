//! Verify: look again whether a change is in. And what every run does at its end: a fresh scan is written down, findings
//! whose fix is proved are closed.

use std::collections::BTreeMap;

use patchward_ledger::Entry;
use patchward_protocol::report::{Finding, ScanReport};
use patchward_protocol::run::{ChangePlan, Checked, FindingProof, Rescan, RunReport};
use patchward_protocol::transaction::Verification;
use patchward_store::{
    AssetId, Because, FindingState, Progress, RunId, RunKind, StoredDecision, StoredFinding, Times,
};
use serde_json::json;

use super::checking;
use super::engine::Engine;
use super::error::ChangeError;
use super::journal::{Begin, Done, Journal, Stop};
use super::lock::RunLock;
use super::operations::Operations;
use super::proof::{self, Seen};
use super::propose::count;
use super::records::{PlanRecord, RunRecord};
use super::report::{self, plan_of};
use super::steps::{self, Step};

/// A scan that was written down.
pub(super) struct Scanned {
    pub asset: AssetId,
    /// With every component.
    pub report: ScanReport,
}

/// Takes the inventory, judges it, and writes both down with the findings and the decisions that are new.
pub(super) fn scan_and_record(engine: &Engine<'_>) -> Result<Scanned, ChangeError> {
    let inventory = engine.inventory()?;
    let times = Times::now(engine.now());
    let asset = engine.store.asset(&inventory.asset, times)?;
    engine.store.record_inventory(asset, &inventory, times)?;
    let components = inventory.components.clone();
    let mut report = engine.judge(inventory);
    for target in &mut report.targets {
        target.inventory.clone_from(&components);
    }
    let counted = |finding: &&Finding| finding.suppressed.is_none();
    let findings: Vec<Finding> = report
        .targets
        .iter()
        .flat_map(|target| &target.findings)
        .filter(counted)
        .cloned()
        .collect();
    engine
        .store
        .record_findings(asset, &findings, times, &engine.actor)?;
    record_decisions(engine, asset, &findings, times)?;
    Ok(Scanned { asset, report })
}

/// Decisions that are new or other than the newest are entries of the ledger first, then rows of the store.
fn record_decisions(
    engine: &Engine<'_>,
    asset: AssetId,
    findings: &[Finding],
    times: Times,
) -> Result<(), ChangeError> {
    let stored = stored_findings(engine, asset)?;
    let newest = engine.store.newest_decisions(asset)?;
    let newest: BTreeMap<_, _> = newest
        .into_iter()
        .map(|stored| (stored.finding, stored.decision))
        .collect();
    let mut changed = Vec::new();
    for finding in findings {
        let (Some(decision), Some(known)) = (&finding.decision, stored.get(&finding.id)) else {
            continue;
        };
        if newest.get(&known.id) != Some(decision) {
            changed.push((known.id, finding, decision));
        }
    }
    if changed.is_empty() {
        return Ok(());
    }
    let entries: Vec<Entry> = changed
        .iter()
        .map(|(_, finding, decision)| Entry {
            time: times.at,
            kind: "decision".to_owned(),
            actor: engine.actor.clone(),
            subject: finding.id.clone(),
            body: json!({
                "vulnerability": finding.vulnerability,
                "package": finding.component.purl,
                "priority": format!("{:?}", decision.priority),
                "due": decision.due.as_ref().map(|due| &due.date),
                "rules": decision.rules,
                "reasons": decision.reasons,
            }),
        })
        .collect();
    let numbers = engine.ledger.append_all(&entries)?;
    let rows: Vec<StoredDecision> = changed
        .into_iter()
        .zip(numbers)
        .map(|((finding, _, decision), entry)| StoredDecision {
            finding,
            decision: decision.clone(),
            times,
            actor: engine.actor.clone(),
            ledger_entry: Some(entry),
        })
        .collect();
    engine.store.record_decisions(&rows)?;
    Ok(())
}

/// Every finding of an asset, whatever its state, by key.
pub(super) fn stored_findings(
    engine: &Engine<'_>,
    asset: AssetId,
) -> Result<BTreeMap<String, StoredFinding>, ChangeError> {
    let all = engine.store.findings(asset, FindingState::ALL)?;
    Ok(all
        .into_iter()
        .map(|stored| (stored.finding.id.clone(), stored))
        .collect())
}

/// The step that scans again, and the scan.
pub(super) fn rescan(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    plan: &ChangePlan,
    before: &BTreeMap<String, Finding>,
) -> Result<Scanned, Stop> {
    let scanned = scan_and_record(engine)?;
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
        remaining: proof::remaining(ending.plan, &ending.scanned.report),
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

/// Looks again whether an earlier change is in, and works: versions, files, processes, a fresh scan, the checks. `None` is
/// the newest change that is in.
///
/// # Errors
/// When there is no such change, the machine cannot be looked at, or the records cannot be written.
pub fn verify(engine: &Engine<'_>, run: Option<RunId>) -> Result<RunReport, ChangeError> {
    let _lock = RunLock::take(&engine.folder)?;
    let stored = match run {
        Some(run) => engine.store.run(run)?,
        None => report::newest_change(engine)?,
    };
    if stored.kind != RunKind::Apply {
        let what = format!(
            "a change with the number {}: it is a {}",
            stored.id, stored.kind
        );
        return Err(ChangeError::NoRun(what));
    }
    let record = plan_of(&stored)?;
    let journal = Journal::begin(
        engine,
        &Begin {
            kind: RunKind::Verification,
            asset: stored.asset,
            of: Some(stored.id),
            plan: &record,
            steps: &steps::VERIFICATION,
        },
    )?;
    let ended = verify_steps(engine, &journal, &record, (stored.id, stored.asset));
    match ended {
        Ok(record) => journal.end(Progress::Done, &record)?,
        Err(Stop::Failed(why)) => journal.end(
            Progress::Failed,
            &RunRecord {
                summary: "the change is not in, or does not work".to_owned(),
                problems: vec![why],
                ..RunRecord::default()
            },
        )?,
        Err(Stop::Broken(error)) => return Err(error),
    }
    report::report(engine, journal.run)
}

fn verify_steps(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    record: &PlanRecord,
    (change, asset): (RunId, AssetId),
) -> Result<RunRecord, Stop> {
    let machine = engine.subject.machine();
    let executor = engine.executor(machine.as_ref())?;
    let operations = Operations {
        journal,
        machine: machine.as_ref(),
        executor: executor.as_ref(),
        transaction: &record.plan.transaction,
        options: &engine.options.apply,
        restarts: &engine.options.restarts,
    };
    let before = findings_before(engine, asset)?;
    let verification = operations.verify()?;
    let scanned = rescan(engine, journal, &record.plan, &before)?;
    let then: Option<Checked> = super::journal::stored_value(engine, change, Step::ChecksBefore)?;
    let checked = check_after(engine, journal, &record.plan, then.as_ref())?;
    Ok(conclude(
        engine,
        journal,
        &Ending {
            plan: &record.plan,
            before: &before,
            scanned: &scanned,
            verification: Some(&verification),
            checks: checked.as_ref(),
        },
    )?)
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

/// Every finding that is known of the machine before a fresh scan, as the newest scan saw it, by key.
pub(super) fn findings_before(
    engine: &Engine<'_>,
    asset: AssetId,
) -> Result<BTreeMap<String, Finding>, ChangeError> {
    Ok(stored_findings(engine, asset)?
        .into_iter()
        .map(|(key, stored)| (key, stored.finding))
        .collect())
}
