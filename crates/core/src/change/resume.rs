//! Resume: after a crash, runs that were interrupted are ended, forwards or backwards, and each says which.
//!
//! | interrupted | what happens |
//! | --- | --- |
//! | a rehearsal, a verification | it is over; what its clones left is removed |
//! | a change, before packages changed | it is over: nothing was changed |
//! | a change, while or after packages changed | the package manager is mended; when all is in, the run goes on; else it is taken back |
//! | a roll-back | it goes on |

use patchward_protocol::run::RunReport;
use patchward_rehearsal::sweep;
use patchward_store::{Progress, RunKind, StoredRun};

use super::applied::carry_on;
use super::engine::Engine;
use super::error::ChangeError;
use super::journal::Journal;
use super::lock::RunLock;
use super::records::RunRecord;
use super::report::{self, plan_of};
use super::roll_back::carry_back;
use super::steps::{self, Step};

/// Ends every run that was interrupted. A run whose process still lives holds the lock and is none.
///
/// # Errors
/// When another run is at work, or the records cannot be read or written.
pub fn resume(engine: &Engine<'_>) -> Result<Vec<RunReport>, ChangeError> {
    if engine.store.unfinished_runs()?.is_empty() {
        return Ok(Vec::new());
    }
    let lock = RunLock::take(&engine.folder)?;
    // Without a clone nothing can have stayed behind; what cannot be removed is tried again by the next rehearsal.
    let _ = sweep(&engine.options.clones.state);
    let mut ended = Vec::new();
    // The newest first: a roll-back ends before the change that it takes back.
    let mut unfinished = engine.store.unfinished_runs()?;
    unfinished.sort_by_key(|run| std::cmp::Reverse(run.id));
    for run in unfinished {
        end(engine, &run, &lock)?;
        ended.push(report::report(engine, run.id)?);
    }
    Ok(ended)
}

fn end(engine: &Engine<'_>, run: &StoredRun, lock: &RunLock) -> Result<(), ChangeError> {
    match run.kind {
        RunKind::Rehearsal => give_up(engine, run, "the machine was not touched"),
        RunKind::Verification => give_up(engine, run, "it only looks"),
        RunKind::Apply => end_change(engine, run, lock),
        RunKind::RollBack => end_roll_back(engine, run),
    }
}

fn give_up(engine: &Engine<'_>, run: &StoredRun, why: &str) -> Result<(), ChangeError> {
    let steps: &'static [Step] = match run.kind {
        RunKind::Rehearsal => &steps::REHEARSAL,
        RunKind::Verification => &steps::VERIFICATION,
        RunKind::Apply => &steps::APPLY,
        RunKind::RollBack => &steps::ROLL_BACK,
    };
    let journal = Journal::resume(engine, run.id, run.kind, run.state, steps)?;
    journal.end(
        Progress::Failed,
        &RunRecord {
            summary: format!("interrupted; {why}"),
            problems: vec!["it was interrupted".to_owned()],
            ..RunRecord::default()
        },
    )
}

fn end_change(engine: &Engine<'_>, run: &StoredRun, lock: &RunLock) -> Result<(), ChangeError> {
    let (kind, steps) = (run.kind, &steps::APPLY);
    let journal = Journal::open(engine, run.id, kind, run.state, steps);
    if journal.state_of(Step::Apply)? == Progress::Planned {
        return give_up(engine, run, "nothing was changed on the machine");
    }
    // A roll-back that was begun for it and is over has said how it ended.
    let runs = engine.store.runs(run.asset, 1000)?;
    let back = runs.iter().find(|other| {
        other.kind == RunKind::RollBack && other.of == Some(run.id) && !other.state.is_unfinished()
    });
    if let Some(back) = back {
        let (state, summary) = match back.state {
            Progress::Done => (Progress::Undone, "interrupted, and taken back"),
            _ => (
                Progress::Failed,
                "interrupted, and not everything could be taken back: see the roll-back",
            ),
        };
        return journal.end(
            state,
            &RunRecord {
                summary: summary.to_owned(),
                ..RunRecord::default()
            },
        );
    }
    let journal = Journal::resume(engine, run.id, kind, run.state, steps)?;
    let record = plan_of(run)?;
    carry_on(engine, &journal, &record, run.asset, run.of, lock)
}

fn end_roll_back(engine: &Engine<'_>, run: &StoredRun) -> Result<(), ChangeError> {
    let change = run.of.ok_or_else(|| ChangeError::Record {
        run: run.id.0.unsigned_abs(),
        what: "a roll-back of no change".to_owned(),
    })?;
    let journal = Journal::resume(engine, run.id, run.kind, run.state, &steps::ROLL_BACK)?;
    let record = plan_of(run)?;
    carry_back(engine, &journal, change, run.asset, &record)
}
