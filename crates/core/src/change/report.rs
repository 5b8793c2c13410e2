//! A run as one record: the store's journal, what each step came to, and where the ledger proves it.

use jiff::Timestamp;
use patchward_ledger::Reader;
use patchward_protocol::run::{LedgerProof, RunReport, RunStep, SCHEMA, StepResult};
use patchward_store::{Progress, RunEvent, RunId, RunKind, StoredRun, StoredStep};

use super::engine::Engine;
use super::error::ChangeError;
use super::records::{PlanRecord, RunRecord, StepRecord};

/// A run with all that belongs to it.
///
/// # Errors
/// When there is none with this number, or the records cannot be read.
pub fn report(engine: &Engine<'_>, run: RunId) -> Result<RunReport, ChangeError> {
    let stored = engine.store.run(run)?;
    let mut report = alone(engine, &stored)?;
    if let Some(of) = stored.of {
        report.of = Some(Box::new(alone(engine, &engine.store.run(of)?)?));
    }
    if stored.kind == RunKind::Apply {
        let runs = engine.store.runs(stored.asset, 1000)?;
        let back = runs
            .iter()
            .find(|other| other.kind == RunKind::RollBack && other.of == Some(run));
        if let Some(back) = back {
            report.rolled_back_by = Some(Box::new(alone(engine, back)?));
        }
    }
    Ok(report)
}

/// The newest runs on every asset, newest first, each without the runs that belong to it.
///
/// # Errors
/// When the records cannot be read.
pub fn history(engine: &Engine<'_>, limit: u32) -> Result<Vec<RunReport>, ChangeError> {
    let runs = engine.store.newest_runs(limit)?;
    runs.iter().map(|run| alone(engine, run)).collect()
}

/// The newest change of this machine that is in.
pub(super) fn newest_change(engine: &Engine<'_>) -> Result<StoredRun, ChangeError> {
    let name = engine.subject.asset();
    let asset = engine
        .store
        .asset(&name, patchward_store::Times::now(engine.now()))?;
    let runs = engine.store.runs(asset, 1000)?;
    let found = runs
        .into_iter()
        .find(|run| run.kind == RunKind::Apply && run.state == Progress::Done);
    found.ok_or_else(|| ChangeError::NoRun("a change that is in on this machine".to_owned()))
}

/// The plan of a run.
pub(super) fn plan_of(run: &StoredRun) -> Result<PlanRecord, ChangeError> {
    serde_json::from_value(run.plan.clone()).map_err(|error| ChangeError::Record {
        run: run.id.0.unsigned_abs(),
        what: format!("its plan: {error}"),
    })
}

fn alone(engine: &Engine<'_>, run: &StoredRun) -> Result<RunReport, ChangeError> {
    let record = plan_of(run)?;
    let end: RunRecord = serde_json::from_value(run.result.clone()).unwrap_or_default();
    let events = engine.store.run_events(run.id)?;
    let steps = engine.store.steps(run.id)?;
    let entries = entries(run, &events);
    let over = !run.state.is_unfinished();
    Ok(RunReport {
        schema: SCHEMA.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        number: run.id.0.unsigned_abs(),
        kind: run.kind.word().to_owned(),
        state: run.state.word().to_owned(),
        summary: end.summary,
        problems: end.problems,
        notes: end.notes,
        asset: record.asset,
        os: record.os,
        actor: run.actor.clone(),
        started: run.times.at,
        ended: ended(&events).filter(|_| over),
        plan: record.plan,
        steps: steps.into_iter().map(|one| step(one, &events)).collect(),
        findings: end.findings,
        remaining: end.remaining,
        of: None,
        rolled_back_by: None,
        ledger: proof(engine, entries),
    })
}

/// When a run was over: it may have been taken back later.
fn ended(events: &[RunEvent]) -> Option<Timestamp> {
    let mut own = events.iter().filter(|event| event.step.is_none());
    let last = own.find(|event| !event.after.is_unfinished());
    last.map(|event| event.times.at)
}

fn step(stored: StoredStep, events: &[RunEvent]) -> RunStep {
    let record: StepRecord = serde_json::from_value(stored.result).unwrap_or_default();
    let own = || {
        events
            .iter()
            .filter(|event| event.step == Some(stored.number))
    };
    let at = |wanted: &dyn Fn(Progress) -> bool| -> Option<Timestamp> {
        own()
            .find(|event| wanted(event.after))
            .map(|event| event.times.at)
    };
    let title = stored.action.get("title").and_then(|title| title.as_str());
    RunStep {
        number: stored.number,
        title: title.unwrap_or(&stored.name).to_owned(),
        state: stored.state.word().to_owned(),
        started: at(&|state| state == Progress::Started),
        ended: at(&|state| matches!(state, Progress::Done | Progress::Failed)),
        summary: record.summary,
        failure: record.failure,
        ledger_entries: own().filter_map(|event| event.ledger_entry).collect(),
        result: record.result.map(shortened),
        name: stored.name,
    }
}

/// The digests of every saved file are what roll-back needs, not what a person reads.
fn shortened(result: StepResult) -> StepResult {
    match result {
        StepResult::Saved(mut saved) => {
            saved.files.clear();
            StepResult::Saved(saved)
        }
        StepResult::BlastRadius(mut summary) => {
            summary.paths.clear();
            StepResult::BlastRadius(summary)
        }
        other => other,
    }
}

fn entries(run: &StoredRun, events: &[RunEvent]) -> Vec<u64> {
    let mut entries: Vec<u64> = run.ledger_entry.into_iter().collect();
    entries.extend(events.iter().filter_map(|event| event.ledger_entry));
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// Where the ledger stands; `None` when it cannot be read: the report then says nothing that it cannot prove.
fn proof(engine: &Engine<'_>, entries: Vec<u64>) -> Option<LedgerProof> {
    let reader = Reader::open(&engine.folder.join("ledger")).ok()?;
    let root = reader.root();
    Some(LedgerProof {
        entries,
        size: reader.size(),
        root: root.to_string(),
        checkpoint: reader.checkpoint().unwrap_or_default().to_owned(),
        key: reader.key().to_string(),
    })
}
