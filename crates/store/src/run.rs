//! Runs and their steps: the journal that is written ahead of each action.
//!
//! Before a step acts it is *started* here, after it acted it is *done* or *failed*; each of these is one synced
//! transaction. After a crash [`Store::unfinished_runs`] names the runs to look at: a step that was started and is not
//! over may have acted in part, one that is only planned has not acted at all.

#[cfg(test)]
mod tests;

use rusqlite::{OptionalExtension, Row, Transaction};
use serde_json::Value;

use crate::error::StoreError;
use crate::fact::{AssetId, RunId, Times, micros, times, words};
use crate::json;
use crate::store::Store;

words! {
    /// What a run is for.
    RunKind {
        /// In a clone.
        Rehearsal = "rehearsal",
        /// On the machine itself.
        Apply = "apply",
        /// Looks only.
        Verification = "verification",
        /// Takes another run back.
        RollBack = "roll-back",
    }
}

words! {
    /// Where a run or a step is.
    Progress {
        /// Nothing happened yet.
        Planned = "planned",
        /// It may have acted.
        Started = "started",
        /// It did what it should.
        Done = "done",
        /// It did not; what it did stands in its result.
        Failed = "failed",
        /// What it did was taken back.
        Undone = "undone",
        /// It was never started, and will not be.
        Skipped = "skipped",
    }
}

impl Progress {
    /// Whether this change makes sense. What was started is over when it is done, failed or undone; what acted can be
    /// undone later; what never started can only be skipped.
    #[must_use]
    pub fn can_become(self, next: Progress) -> bool {
        use Progress::{Done, Failed, Planned, Skipped, Started, Undone};
        matches!(
            (self, next),
            (Planned, Started | Skipped)
                | (Started, Done | Failed | Undone)
                | (Done | Failed, Undone)
        )
    }

    /// Whether it still waits for something to happen.
    #[must_use]
    pub fn is_unfinished(self) -> bool {
        matches!(self, Progress::Planned | Progress::Started)
    }
}

/// A run to write down.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun<'a> {
    /// What it is for.
    pub kind: RunKind,
    /// Where.
    pub asset: AssetId,
    /// The run that it takes back or verifies, or the rehearsal that it follows.
    pub of: Option<RunId>,
    /// When it was planned.
    pub times: Times,
    /// Who started it.
    pub actor: &'a str,
    /// The plan, as `core` writes it.
    pub plan: Value,
    /// The steps in order: name, and action as `core` writes it.
    pub steps: Vec<(String, Value)>,
    /// The entry of the ledger that says so.
    pub ledger_entry: Option<u64>,
}

/// A run, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredRun {
    /// Its number.
    pub id: RunId,
    /// What it is for.
    pub kind: RunKind,
    /// Where.
    pub asset: AssetId,
    /// The run that it takes back or verifies, or the rehearsal that it follows.
    pub of: Option<RunId>,
    /// Where it is.
    pub state: Progress,
    /// When it was planned.
    pub times: Times,
    /// When its state last changed.
    pub changed: jiff::Timestamp,
    /// Who started it.
    pub actor: String,
    /// The plan.
    pub plan: Value,
    /// The result; null until there is one.
    pub result: Value,
    /// The entry of the ledger that announced it.
    pub ledger_entry: Option<u64>,
}

/// A step, as it is stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredStep {
    /// Its number in the run, from 0.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// Where it is.
    pub state: Progress,
    /// What it does.
    pub action: Value,
    /// What came of it; null until something did.
    pub result: Value,
}

/// A change of state of a run, or of one of its steps.
#[derive(Debug, Clone, PartialEq)]
pub struct RunEvent {
    /// The step; none for the run itself.
    pub step: Option<u32>,
    /// The state before; none for the first.
    pub before: Option<Progress>,
    /// The state after.
    pub after: Progress,
    /// When, and when we learnt it.
    pub times: Times,
    /// What came of it, or why.
    pub detail: Value,
    /// The entry of the ledger that says so.
    pub ledger_entry: Option<u64>,
}

/// A change to write down.
#[derive(Debug, Clone, PartialEq)]
pub struct Move {
    /// The state that we think it has.
    pub from: Progress,
    /// The state that it gets.
    pub to: Progress,
    /// When, and when we learnt it.
    pub times: Times,
    /// What came of it, or why; it becomes the result when it is not null.
    pub detail: Value,
    /// The entry of the ledger that says so.
    pub ledger_entry: Option<u64>,
}

const WRITING: &str = "write to the journal of runs";
const READING: &str = "read the journal of runs";
const COLUMNS: &str =
    "id, kind, asset, of_run, state, at, learnt, changed, actor, plan, result, ledger_entry";

impl Store {
    /// Writes down a run with all of its steps, as planned.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub fn plan_run(&self, run: &NewRun<'_>) -> Result<RunId, StoreError> {
        self.write(WRITING, |db| {
            insert(db, run)
                .map(RunId)
                .map_err(StoreError::doing(WRITING))
        })
    }

    /// Moves a run from one state to another.
    ///
    /// # Errors
    /// When it is in another state by now, the change makes no sense, there is no such run, or the store cannot be
    /// written. Do not act then.
    pub fn move_run(&self, run: RunId, change: &Move) -> Result<(), StoreError> {
        self.write(WRITING, |db| {
            let now = db
                .query_row("SELECT state FROM run WHERE id = ?1", [run.0], |row| row.get(0))
                .optional()
                .map_err(StoreError::doing(WRITING))?;
            check(now, change, "run", run.0)?;
            db.execute(
                "UPDATE run SET state = ?2, changed = ?3, result = CASE WHEN ?4 = 'null' THEN result ELSE ?4 END
                 WHERE id = ?1",
                (run.0, change.to, micros(change.times.at), change.detail.to_string()),
            )
            .and_then(|_| event(db, run.0, None, Some(change.from), change))
            .map_err(StoreError::doing(WRITING))
        })
    }

    /// Moves a step of a run from one state to another. Start a step here before it acts.
    ///
    /// # Errors
    /// As [`Store::move_run`].
    pub fn move_step(&self, run: RunId, number: u32, change: &Move) -> Result<(), StoreError> {
        self.write(WRITING, |db| {
            let row: Option<(i64, Progress)> = db
                .query_row(
                    "SELECT id, state FROM step WHERE run = ?1 AND number = ?2",
                    (run.0, number),
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )
                .optional()
                .map_err(StoreError::doing(WRITING))?;
            check(row.map(|(_, now)| now), change, "step", number.into())?;
            let id = row.map_or(0, |(id, _)| id);
            db.execute(
                "UPDATE step SET state = ?2, result = CASE WHEN ?3 = 'null' THEN result ELSE ?3 END WHERE id = ?1",
                (id, change.to, change.detail.to_string()),
            )
            .and_then(|_| event(db, run.0, Some(id), Some(change.from), change))
            .map_err(StoreError::doing(WRITING))
        })
    }

    /// Runs that are planned or started: after a crash they are what must be resumed, taken back or skipped.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn unfinished_runs(&self) -> Result<Vec<StoredRun>, StoreError> {
        self.query_runs("state IN ('planned', 'started') ORDER BY id", [])
    }

    /// The newest runs of an asset, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn runs(&self, asset: AssetId, limit: u32) -> Result<Vec<StoredRun>, StoreError> {
        self.query_runs("asset = ?1 ORDER BY id DESC LIMIT ?2", (asset.0, limit))
    }

    /// The newest runs of all assets, newest first.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn newest_runs(&self, limit: u32) -> Result<Vec<StoredRun>, StoreError> {
        self.query_runs("true ORDER BY id DESC LIMIT ?1", [limit])
    }

    /// One run.
    ///
    /// # Errors
    /// When there is none with this number, or the store cannot be read.
    pub fn run(&self, id: RunId) -> Result<StoredRun, StoreError> {
        let mut found = self.query_runs("id = ?1", [id.0])?;
        found.pop().ok_or(StoreError::Missing {
            what: "run",
            id: id.0,
        })
    }

    fn query_runs(
        &self,
        condition: &str,
        values: impl rusqlite::Params,
    ) -> Result<Vec<StoredRun>, StoreError> {
        let db = self.connection();
        let mut query = db
            .prepare_cached(&format!("SELECT {COLUMNS} FROM run WHERE {condition}"))
            .map_err(StoreError::doing(READING))?;
        let rows = query.query_map(values, stored);
        rows.and_then(Iterator::collect)
            .map_err(StoreError::doing(READING))
    }

    /// The steps of a run, in order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn steps(&self, run: RunId) -> Result<Vec<StoredStep>, StoreError> {
        let db = self.connection();
        let mut query = db
            .prepare_cached("SELECT number, name, state, action, result FROM step WHERE run = ?1 ORDER BY number")
            .map_err(StoreError::doing(READING))?;
        let rows = query.query_map([run.0], |row| {
            Ok(StoredStep {
                number: row.get(0)?,
                name: row.get(1)?,
                state: row.get(2)?,
                action: json::column(row, 3)?,
                result: json::column(row, 4)?,
            })
        });
        rows.and_then(Iterator::collect)
            .map_err(StoreError::doing(READING))
    }

    /// Everything that happened in a run, in order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn run_events(&self, run: RunId) -> Result<Vec<RunEvent>, StoreError> {
        let db = self.connection();
        let mut query = db
            .prepare_cached(
                "SELECT s.number, e.before, e.after, e.at, e.learnt, e.detail, e.ledger_entry
                 FROM run_event e LEFT JOIN step s ON s.id = e.step WHERE e.run = ?1 ORDER BY e.id",
            )
            .map_err(StoreError::doing(READING))?;
        let rows = query.query_map([run.0], |row| {
            Ok(RunEvent {
                step: row.get(0)?,
                before: row.get(1)?,
                after: row.get(2)?,
                times: times(row.get(3)?, row.get(4)?),
                detail: json::column(row, 5)?,
                ledger_entry: row.get::<_, Option<i64>>(6)?.map(i64::cast_unsigned),
            })
        });
        rows.and_then(Iterator::collect)
            .map_err(StoreError::doing(READING))
    }
}

fn check(
    now: Option<Progress>,
    change: &Move,
    what: &'static str,
    id: i64,
) -> Result<(), StoreError> {
    match now {
        None => Err(StoreError::Missing { what, id }),
        Some(now) if now == change.from && now.can_become(change.to) => Ok(()),
        Some(now) => Err(StoreError::Refused {
            what,
            id,
            now: now.to_string(),
            wanted: change.to.to_string(),
        }),
    }
}

fn insert(db: &Transaction<'_>, run: &NewRun<'_>) -> rusqlite::Result<i64> {
    db.execute(
        "INSERT INTO run (kind, asset, of_run, state, at, learnt, changed, actor, plan, ledger_entry)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?5, ?7, ?8, ?9)",
        (
            run.kind,
            run.asset.0,
            run.of.map(|of| of.0),
            Progress::Planned,
            micros(run.times.at),
            micros(run.times.learnt),
            run.actor,
            run.plan.to_string(),
            run.ledger_entry.map(u64::cast_signed),
        ),
    )?;
    let id = db.last_insert_rowid();
    let mut add = db.prepare_cached(
        "INSERT INTO step (run, number, name, state, action) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (number, (name, action)) in (0_u32..).zip(&run.steps) {
        add.execute((id, number, name, Progress::Planned, action.to_string()))?;
    }
    let planned = Move {
        from: Progress::Planned,
        to: Progress::Planned,
        times: run.times,
        detail: Value::Null,
        ledger_entry: run.ledger_entry,
    };
    event(db, id, None, None, &planned)?;
    Ok(id)
}

fn event(
    db: &Transaction<'_>,
    run: i64,
    step: Option<i64>,
    before: Option<Progress>,
    change: &Move,
) -> rusqlite::Result<()> {
    db.prepare_cached(
        "INSERT INTO run_event (run, step, before, after, at, learnt, detail, ledger_entry)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
    )?
    .execute((
        run,
        step,
        before,
        change.to,
        micros(change.times.at),
        micros(change.times.learnt),
        change.detail.to_string(),
        change.ledger_entry.map(u64::cast_signed),
    ))?;
    Ok(())
}

fn stored(row: &Row<'_>) -> rusqlite::Result<StoredRun> {
    Ok(StoredRun {
        id: RunId(row.get(0)?),
        kind: row.get(1)?,
        asset: AssetId(row.get(2)?),
        of: row.get::<_, Option<i64>>(3)?.map(RunId),
        state: row.get(4)?,
        times: times(row.get(5)?, row.get(6)?),
        changed: crate::fact::time(row.get(7)?),
        actor: row.get(8)?,
        plan: json::column(row, 9)?,
        result: json::column(row, 10)?,
        ledger_entry: row.get::<_, Option<i64>>(11)?.map(i64::cast_unsigned),
    })
}
