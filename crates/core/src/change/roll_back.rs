//! Roll back: the old packages by their own scripts, the pre-image as the last resort, services, a scan, the checks.

use std::collections::BTreeSet;
use std::path::Path;

use patchward_patch::{Machine, snapshot};
use patchward_protocol::inventory::Inventory;
use patchward_protocol::run::{Checked, RestoredFiles, RunReport, SavedImage};
use patchward_protocol::transaction::{RolledBack, SavedState, Transaction};
use patchward_rehearsal::PreImage;
use patchward_store::{AssetId, Progress, RunId, RunKind};

use super::applied::{checks_before, digest, refuse_unfinished, snapshot_name};
use super::conclude::{check, rescan};
use super::engine::{Engine, packages_below};
use super::error::{ChangeError, chain};
use super::journal::{Begin, Done, Journal, Stop, stored_value};
use super::lock::RunLock;
use super::operations::Operations;
use super::proof;
use super::propose::count;
use super::records::{PlanRecord, RunRecord};
use super::report::{self, plan_of};
use super::scanned::findings_before;
use super::steps::{self, Step};

/// Takes a change back: the same versions and content as before, held so that no automatic update brings the change in
/// again.
///
/// # Errors
/// Before anything changed: when the run is no change that is in, a later one builds on it, another run is at work or was
/// interrupted, or the records cannot be written.
pub fn roll_back(engine: &Engine<'_>, run: Option<RunId>) -> Result<RunReport, ChangeError> {
    let lock = RunLock::take(&engine.folder)?;
    refuse_unfinished(engine)?;
    let stored = match run {
        Some(run) => engine.store.run(run)?,
        None => report::newest_change(engine)?,
    };
    let refuse = |why: String| ChangeError::NotToBeTakenBack {
        run: stored.id.0.unsigned_abs(),
        why,
    };
    if stored.kind != RunKind::Apply {
        return Err(refuse(format!("it is a {}", stored.kind)));
    }
    if stored.state == Progress::Undone {
        return Err(refuse("it was taken back already".to_owned()));
    }
    let later = engine.store.runs(stored.asset, 1000)?;
    let later = later.iter().find(|run| {
        run.id > stored.id && run.kind == RunKind::Apply && run.state == Progress::Done
    });
    if let Some(later) = later {
        return Err(refuse(format!(
            "run {} came after it: take that one back first",
            later.id
        )));
    }
    let record = plan_of(&stored)?;
    let back = take_back(engine, stored.id, stored.asset, &record, &lock)?;
    if back.state == Progress::Done.word() {
        let (kind, steps) = (RunKind::Apply, &steps::APPLY);
        let journal = Journal::open(engine, stored.id, kind, stored.state, steps);
        // What was proved then stays in the record.
        let then: RunRecord = serde_json::from_value(stored.result).unwrap_or_default();
        let run = RunRecord {
            summary: format!("{}; taken back by run {}", then.summary, back.number),
            ..then
        };
        journal.end(Progress::Undone, &run)?;
    }
    Ok(back)
}

/// Begins a roll-back of a change and goes through its steps. The caller holds the lock.
pub(super) fn take_back(
    engine: &Engine<'_>,
    change: RunId,
    asset: AssetId,
    record: &PlanRecord,
    _lock: &RunLock,
) -> Result<RunReport, ChangeError> {
    let journal = Journal::begin(
        engine,
        &Begin {
            kind: RunKind::RollBack,
            asset,
            of: Some(change),
            plan: record,
            steps: &steps::ROLL_BACK,
        },
    )?;
    carry_back(engine, &journal, change, asset, record)?;
    report::report(engine, journal.run)
}

/// Goes through the steps of a roll-back, from wherever it is, to its end.
pub(super) fn carry_back(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    change: RunId,
    asset: AssetId,
    record: &PlanRecord,
) -> Result<(), ChangeError> {
    match go(engine, journal, change, asset, record) {
        Ok((state, record)) => journal.end(state, &record),
        Err(Stop::Broken(error)) => Err(error),
        Err(Stop::Failed(why) | Stop::Untouched(why)) => journal.end(
            Progress::Failed,
            &RunRecord {
                summary: "the change could not be taken back wholly".to_owned(),
                problems: vec![why],
                ..RunRecord::default()
            },
        ),
    }
}

fn go(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    change: RunId,
    asset: AssetId,
    record: &PlanRecord,
) -> Result<(Progress, RunRecord), Stop> {
    let plan = &record.plan;
    let saved: Option<SavedState> = stored_value(engine, change, Step::Save)?;
    let saved = saved.ok_or_else(|| {
        Stop::Failed("nothing was saved before the change, so nothing can be put back".to_owned())
    })?;
    let machine = engine.subject.machine();
    let executor = engine.executor(machine.as_ref())?;
    let operations = Operations::on(
        engine,
        journal,
        (machine.as_ref(), executor.as_ref()),
        &plan.transaction,
    );
    let back = operations.roll_back(&saved)?;
    let restored = last_resort(engine, journal, change, &plan.transaction, &back)?;
    let restart = operations.restart(Step::RestartBack)?;
    let known = findings_before(engine, asset)?;
    let scanned = rescan(engine, journal, plan, &known)?;
    let before: Option<Checked> = checks_before(engine, change)?;
    let checked = check(
        engine,
        journal,
        plan,
        Step::ChecksBack,
        "rolled-back",
        before.as_ref(),
    )?;
    let mut problems = not_back(&back, &restored);
    problems.extend(
        checked
            .iter()
            .flat_map(|checked| checked.newly_failed.clone()),
    );
    let mut notes: Vec<String> = restart
        .left
        .iter()
        .map(|process| {
            format!(
                "process {} ({}) still runs other code",
                process.pid, process.program
            )
        })
        .collect();
    if !back.held.is_empty() {
        notes.push(format!(
            "held, so that no automatic update brings it in again: {}",
            back.held.join(", ")
        ));
    }
    if !problems.is_empty() {
        notes.extend(snapshot_note(machine.as_ref(), change));
    }
    let state = match problems.is_empty() {
        true => Progress::Done,
        false => Progress::Failed,
    };
    let summary = match state {
        Progress::Done => format!(
            "{} back at the old version",
            count(back.restored.len(), "package is", "packages are")
        ),
        _ => "the change could not be taken back wholly".to_owned(),
    };
    let run = RunRecord {
        summary,
        problems,
        notes,
        findings: Vec::new(),
        remaining: proof::remaining(plan, &scanned.report, "its patch was taken back"),
    };
    Ok((state, run))
}

/// Puts the pre-image back where the packages' own scripts did not bring everything back.
///
/// Not where other packages changed since the change: the image holds the package manager's database as it was before.
fn last_resort(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    change: RunId,
    transaction: &Transaction,
    back: &RolledBack,
) -> Result<Option<RestoredFiles>, Stop> {
    if back.failed.is_empty() && back.files_different.is_empty() {
        journal.skip(
            Step::Restore,
            "not needed: the packages brought everything back",
        )?;
        return Ok(None);
    }
    let others = others_changed(engine, change, transaction)?;
    if !others.is_empty() {
        let why = format!("other packages changed since: {}", others.join(", "));
        journal.skip(Step::Restore, &why)?;
        return Ok(None);
    }
    let image: Option<SavedImage> = stored_value(engine, change, Step::PreImage)?;
    let Some(image) = image else {
        journal.skip(Step::Restore, "there is no pre-image")?;
        return Ok(None);
    };
    let restored = journal.step(Step::Restore, || {
        let restored = restore(engine.subject.root(), &image)?;
        let summary = format!("{} files put back", restored.written);
        Ok(Done::well(restored, summary))
    })?;
    Ok(Some(restored))
}

/// Packages outside of a transaction that are not at the version at which the last scan until the change's end saw them.
fn others_changed(
    engine: &Engine<'_>,
    change: RunId,
    transaction: &Transaction,
) -> Result<Vec<String>, ChangeError> {
    let run = engine.store.run(change)?;
    let states = engine.store.inventories(run.asset, 1000)?;
    let last = states.iter().find(|state| state.times.at <= run.changed);
    let Some(last) = last else {
        return Ok(vec!["nobody knows which packages were there".to_owned()]);
    };
    let versions = |inventory: Inventory| -> BTreeSet<(String, String)> {
        let all = inventory.components.into_iter();
        all.filter(|one| one.arch.is_some())
            .map(|one| (one.name, one.version))
            .filter(|(name, _)| {
                transaction
                    .changes
                    .iter()
                    .all(|change| change.name != *name)
            })
            .collect()
    };
    let then = versions(engine.store.inventory(last.id)?);
    let now = versions(packages_below(
        engine.subject.root(),
        &run.asset.to_string(),
    )?);
    let different = then.symmetric_difference(&now);
    let names: BTreeSet<String> = different.map(|(name, _)| name.clone()).collect();
    Ok(names.into_iter().take(20).collect())
}

fn restore(root: &Path, image: &SavedImage) -> Result<RestoredFiles, String> {
    let file = Path::new(&image.file);
    match digest(file) {
        Ok(found) if found == image.sha256 => {}
        Ok(_) => {
            return Err(format!(
                "{} is not the pre-image that was saved",
                image.file
            ));
        }
        Err(error) => return Err(format!("read {}: {error}", image.file)),
    }
    let restored = PreImage::restore(root, file).map_err(|error| chain(&error))?;
    Ok(RestoredFiles {
        written: restored.written as u64,
        removed: restored.removed as u64,
        problems: restored
            .problems
            .into_iter()
            .map(|(path, why)| format!("{}: {why}", path.display()))
            .collect(),
    })
}

/// How to go back to the snapshot of before the change, where the machine's file system has one.
fn snapshot_note(machine: &dyn Machine, change: RunId) -> Option<String> {
    let snapshot = snapshot::detect(machine).ok()??;
    let commands = snapshot.roll_back(&snapshot_name(change));
    let lines: Vec<String> = commands
        .iter()
        .map(|command| command.argv.join(" "))
        .collect();
    Some(format!(
        "the {} snapshot of before the change is there: {} ({})",
        snapshot.kind(),
        lines.join(" && "),
        snapshot.caution()
    ))
}

/// What is not as it was, in words. A pre-image that was put back wholly makes up for what the packages left.
fn not_back(back: &RolledBack, restored: &Option<RestoredFiles>) -> Vec<String> {
    if let Some(restored) = restored {
        return restored.problems.clone();
    }
    let failed = back
        .failed
        .iter()
        .map(|one| format!("{}: {}", one.package, one.reason));
    let files = back
        .files_different
        .iter()
        .map(|path| format!("{path} is not as it was"));
    failed.chain(files).collect()
}
