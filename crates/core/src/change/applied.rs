//! Apply: a proposed and rehearsed change goes into the machine, is verified, and is taken back when it fails.

use std::path::{Path, PathBuf};

use patchward_patch::snapshot;
use patchward_protocol::run::{BlastSummary, ChangePlan, Checked, RunReport, SavedImage};
use patchward_protocol::transaction::SavedState;
use patchward_rehearsal::PreImage;
use patchward_store::{AssetId, Progress, RunId, RunKind, Times};
use sha2::{Digest, Sha256};

use super::blast;
use super::conclude::{Ending, check, check_after, conclude, rescan};
use super::engine::{Engine, packages_below};
use super::error::{ChangeError, chain};
use super::journal::{Begin, Done, Journal, Stop, stored_value};
use super::lock::RunLock;
use super::operations::{Operations, size};
use super::propose::count;
use super::records::{PlanRecord, RunRecord};
use super::report;
use super::roll_back::take_back;
use super::scanned::findings_before;
use super::steps::{self, Step};

/// A pre-image is never larger than this, in bytes of the files in it.
const IMAGE_LIMIT: u64 = 4 << 30;

/// What speaks for applying a plan: its rehearsal, or a reason why there is none.
#[derive(Debug, Clone, Copy)]
pub enum Rehearsed<'r> {
    /// It was rehearsed; a rehearsal that failed is refused.
    By(&'r RunReport),
    /// It was not, for this reason, which is written down.
    Not(&'r str),
}

impl Rehearsed<'_> {
    fn run(self) -> Option<RunId> {
        match self {
            Rehearsed::By(report) => Some(RunId(report.number.cast_signed())),
            Rehearsed::Not(_) => None,
        }
    }

    fn check(self, plan: &ChangePlan) -> Result<(), ChangeError> {
        let Rehearsed::By(report) = self else {
            return Ok(());
        };
        if report.state != Progress::Done.word() {
            return Err(ChangeError::RehearsalFailed {
                problems: match report.problems.is_empty() {
                    true => report.summary.clone(),
                    false => report.problems.join("; "),
                },
            });
        }
        match report.plan.transaction == plan.transaction {
            true => Ok(()),
            false => Err(ChangeError::RehearsalOfOther { run: report.number }),
        }
    }
}

/// Puts a change into the machine. What goes wrong after the first package changed takes everything back; the report
/// tells what happened, and [`RunReport::state`] is `done`, `failed` (nothing was changed) or `undone` (taken back).
///
/// # Errors
/// Before anything changed: when there is nothing to do, the rehearsal failed or was of another transaction, another run
/// is at work or was interrupted, or the records cannot be written. When the records fail in the middle, nothing more is
/// done and [`super::resume`] ends the run later.
pub fn apply(
    engine: &Engine<'_>,
    plan: &ChangePlan,
    rehearsed: Rehearsed<'_>,
) -> Result<RunReport, ChangeError> {
    rehearsed.check(plan)?;
    if plan.transaction.changes.is_empty() {
        return Err(ChangeError::NothingToDo);
    }
    let lock = RunLock::take(&engine.folder)?;
    refuse_unfinished(engine)?;
    let name = engine.subject.asset();
    let asset = engine.store.asset(&name, Times::now(engine.now()))?;
    let record = PlanRecord {
        os: packages_below(engine.subject.root(), &name.name)?.os,
        asset: name,
        plan: ChangePlan {
            no_rehearsal: match rehearsed {
                Rehearsed::Not(reason) => Some(reason.to_owned()),
                Rehearsed::By(_) => None,
            },
            ..plan.clone()
        },
    };
    let journal = Journal::begin(
        engine,
        &Begin {
            kind: RunKind::Apply,
            asset,
            of: rehearsed.run(),
            plan: &record,
            steps: &steps::APPLY,
        },
    )?;
    carry_on(engine, &journal, &record, asset, rehearsed.run(), &lock)?;
    report::report(engine, journal.run)
}

/// A run that was interrupted holds the machine in a state that nobody vouched for.
pub(super) fn refuse_unfinished(engine: &Engine<'_>) -> Result<(), ChangeError> {
    match engine.store.unfinished_runs()?.first() {
        None => Ok(()),
        Some(run) => Err(ChangeError::Unfinished {
            run: run.id.0.unsigned_abs(),
        }),
    }
}

/// Goes through the steps of a change, from wherever it is, to its end.
pub(super) fn carry_on(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    record: &PlanRecord,
    asset: AssetId,
    rehearsal: Option<RunId>,
    lock: &RunLock,
) -> Result<(), ChangeError> {
    let (why, is_untouched) = match go(engine, journal, record, asset, rehearsal) {
        Ok(record) => return journal.end(Progress::Done, &record),
        Err(Stop::Broken(error)) => return Err(error),
        Err(Stop::Failed(why)) => {
            let begun = journal.state_of(Step::Apply)?;
            (why, matches!(begun, Progress::Planned | Progress::Skipped))
        }
        Err(Stop::Untouched(why)) => (why, true),
    };
    if is_untouched {
        return journal.end(
            Progress::Failed,
            &RunRecord {
                summary: "failed before anything was changed".to_owned(),
                problems: vec![why],
                ..RunRecord::default()
            },
        );
    }
    let back = take_back(engine, journal.run, asset, record, lock)?;
    let well = back.state == Progress::Done.word();
    let summary = match well {
        true => "failed, and everything was taken back".to_owned(),
        false => "failed, and not everything could be taken back: see the roll-back".to_owned(),
    };
    let mut problems = vec![why];
    problems.extend(back.problems.clone());
    let end = RunRecord {
        summary,
        problems,
        remaining: back.remaining,
        ..RunRecord::default()
    };
    journal.end(
        match well {
            true => Progress::Undone,
            false => Progress::Failed,
        },
        &end,
    )
}

fn go(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    record: &PlanRecord,
    asset: AssetId,
    rehearsal: Option<RunId>,
) -> Result<RunRecord, Stop> {
    let plan = &record.plan;
    let machine = engine.subject.machine();
    let executor = engine.executor(machine.as_ref())?;
    let operations = Operations::on(
        engine,
        journal,
        (machine.as_ref(), executor.as_ref()),
        &plan.transaction,
    );
    let before = check(engine, journal, plan, Step::ChecksBefore, "before", None)?;
    operations.download()?;
    let saved = operations.save()?;
    save_image(engine, journal, machine.as_ref(), rehearsal, &saved)?;
    let interrupted = journal.state_of(Step::Apply)? == Progress::Started;
    operations.apply(interrupted)?;
    operations.restart(Step::Restart)?;
    let verification = operations.verify()?;
    let known = findings_before(engine, asset)?;
    let scanned = rescan(engine, journal, plan, &known)?;
    let checks = check_after(engine, journal, plan, before.as_ref())?;
    Ok(conclude(
        engine,
        journal,
        &Ending {
            plan,
            before: &known,
            scanned: &scanned,
            verification: Some(&verification),
            checks: checks.as_ref(),
        },
    )?)
}

/// Saves the files that the rehearsal saw change, or, without one, those of the packages themselves; and makes a
/// snapshot where the machine's file system has them.
fn save_image(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    machine: &dyn patchward_patch::Machine,
    rehearsal: Option<RunId>,
    saved: &SavedState,
) -> Result<SavedImage, Stop> {
    let seen: Option<BlastSummary> = match rehearsal {
        Some(run) => stored_value(engine, run, Step::BlastRadius)?,
        None => None,
    };
    journal.step(Step::PreImage, || {
        let paths: Vec<PathBuf> = match &seen {
            Some(seen) => blast::paths(seen),
            None => blast::paths_of(engine.subject.root(), saved),
        };
        let file = image_file(&engine.folder, journal.run);
        let image = save(engine.subject.root(), &paths, &file)?;
        let snapshot = make_snapshot(machine, journal.run)?;
        let summary = format!(
            "{}, {}{}",
            count(paths.len(), "path", "paths"),
            size(image.bytes),
            match &snapshot {
                Some(kind) => format!(", and a snapshot ({kind})"),
                None => String::new(),
            }
        );
        Ok(Done::well(SavedImage { snapshot, ..image }, summary))
    })
}

fn save(root: &Path, paths: &[PathBuf], file: &Path) -> Result<SavedImage, String> {
    let folder = file.parent().unwrap_or(root);
    std::fs::create_dir_all(folder)
        .map_err(|error| format!("make {}: {error}", folder.display()))?;
    let image = PreImage::save(root, paths, file, IMAGE_LIMIT).map_err(|error| chain(&error))?;
    Ok(SavedImage {
        file: file.display().to_string(),
        sha256: digest(file).map_err(|error| format!("read {}: {error}", file.display()))?,
        paths: image.paths as u64,
        bytes: image.bytes,
        snapshot: None,
    })
}

/// The archive of a run's pre-image.
fn image_file(folder: &Path, run: RunId) -> PathBuf {
    folder
        .join("runs")
        .join(run.to_string())
        .join("pre-image.tar.zst")
}

/// SHA-256 of a file, in hex.
pub(super) fn digest(file: &Path) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    std::io::copy(&mut std::fs::File::open(file)?, &mut HashWriter(&mut hash))?;
    let bytes = hash.finalize();
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

struct HashWriter<'h>(&'h mut Sha256);

impl std::io::Write for HashWriter<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The name of the snapshot of before a change.
pub(super) fn snapshot_name(run: RunId) -> String {
    format!("run-{run}")
}

fn make_snapshot(
    machine: &dyn patchward_patch::Machine,
    run: RunId,
) -> Result<Option<String>, String> {
    let Some(snapshot) = snapshot::detect(machine).map_err(|error| chain(&error))? else {
        return Ok(None);
    };
    let command = snapshot.create(&snapshot_name(run));
    let outcome = machine.run(&command).map_err(|error| chain(&error))?;
    // A snapshot is one more way back, not the only one: where it fails, the others are there.
    Ok(Some(match outcome.success() {
        true => snapshot.kind().to_owned(),
        false => format!("{} failed: {}", snapshot.kind(), outcome.errors().trim()),
    }))
}

/// The checks of a change from before it, where it has some.
pub(super) fn checks_before(
    engine: &Engine<'_>,
    change: RunId,
) -> Result<Option<Checked>, ChangeError> {
    stored_value(engine, change, Step::ChecksBefore)
}
