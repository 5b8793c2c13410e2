//! The journal of a run, written ahead: an entry of the ledger first, then a move in the store, then the action.
//!
//! A crash leaves a step that was *started* and is not over. A run that is resumed goes through its steps again: what
//! is done gives its stored value, what was started is looked at and done again.

use std::cell::Cell;
use std::sync::atomic::Ordering;
use std::time::Instant;

use jiff::Timestamp;
use patchward_ledger::Entry;
use patchward_protocol::run::{RunStep, StepResult};
use patchward_store::{AssetId, Move, NewRun, Progress, RunId, RunKind, Times};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::engine::Engine;
use super::error::ChangeError;
use super::event::Event;
use super::records::{PlanRecord, RunRecord, StepRecord};
use super::steps::{Step, StepValue};

/// What a step came to.
pub(super) struct Done<T> {
    pub value: T,
    /// In a sentence.
    pub summary: String,
    /// Why it counts as failed though it came to a value.
    pub failure: Option<String>,
}

impl<T> Done<T> {
    pub fn well(value: T, summary: impl Into<String>) -> Done<T> {
        Done {
            value,
            summary: summary.into(),
            failure: None,
        }
    }
}

/// Why a run does not go on.
pub(super) enum Stop {
    /// A step failed: the run takes back what it did.
    Failed(String),
    /// It failed with nothing changed: there is nothing to take back.
    Untouched(String),
    /// The journal, or what it rests on, failed: nobody acts any more, the next start ends the run.
    Broken(ChangeError),
}

impl<E: Into<ChangeError>> From<E> for Stop {
    fn from(error: E) -> Stop {
        Stop::Broken(error.into())
    }
}

/// A run that is to be begun.
pub(super) struct Begin<'p> {
    pub kind: RunKind,
    pub asset: AssetId,
    pub of: Option<RunId>,
    pub plan: &'p PlanRecord,
    pub steps: &'static [Step],
}

/// The journal of one run.
pub(super) struct Journal<'e> {
    engine: &'e Engine<'e>,
    pub run: RunId,
    kind: RunKind,
    steps: &'static [Step],
    state: Cell<Progress>,
    last: Cell<Timestamp>,
}

impl<'e> Journal<'e> {
    /// Writes down a new run with its steps, and starts it.
    pub fn begin(engine: &'e Engine<'e>, new: &Begin<'_>) -> Result<Journal<'e>, ChangeError> {
        let now = engine.now();
        let plan = serde_json::to_value(new.plan).unwrap_or_default();
        let transaction = &new.plan.plan.transaction;
        let packages: Vec<Value> = transaction
            .changes
            .iter()
            .map(|change| json!({"name": change.name, "from": change.from, "to": change.to}))
            .collect();
        let entry = engine.ledger.append(&Entry {
            time: now,
            kind: "run.planned".to_owned(),
            actor: engine.actor.clone(),
            subject: new.plan.asset.name.clone(),
            body: json!({
                "kind": new.kind.word(),
                "of": new.of.map(|run| run.0),
                "packages": packages,
                "no_rehearsal": new.plan.plan.no_rehearsal,
                "plan_sha256": digest(&plan),
            }),
        })?;
        let steps = new.steps.iter();
        let run = engine.store.plan_run(&NewRun {
            kind: new.kind,
            asset: new.asset,
            of: new.of,
            times: Times::now(now),
            actor: &engine.actor,
            plan,
            steps: steps
                .map(|step| (step.name().to_owned(), json!({"title": step.title()})))
                .collect(),
            ledger_entry: Some(entry),
        })?;
        let journal = Journal {
            engine,
            run,
            kind: new.kind,
            steps: new.steps,
            state: Cell::new(Progress::Planned),
            last: Cell::new(now),
        };
        journal.move_run(Progress::Started, Value::Null, json!({}))?;
        journal.tell_begun();
        Ok(journal)
    }

    /// Goes on with a run that was interrupted.
    pub fn resume(
        engine: &'e Engine<'e>,
        run: RunId,
        kind: RunKind,
        state: Progress,
        steps: &'static [Step],
    ) -> Result<Journal<'e>, ChangeError> {
        let journal = Journal::open(engine, run, kind, state, steps);
        if state == Progress::Planned {
            journal.move_run(Progress::Started, Value::Null, json!({}))?;
        }
        journal.tell_begun();
        Ok(journal)
    }

    /// The journal of a run that is there, to write on in it.
    pub fn open(
        engine: &'e Engine<'e>,
        run: RunId,
        kind: RunKind,
        state: Progress,
        steps: &'static [Step],
    ) -> Journal<'e> {
        Journal {
            engine,
            run,
            kind,
            steps,
            state: Cell::new(state),
            last: Cell::new(engine.now()),
        }
    }

    fn tell_begun(&self) {
        let titles = self.steps.iter().map(|step| step.title().to_owned());
        (self.engine.told)(&Event::RunBegun {
            run: self.run.0.unsigned_abs(),
            kind: self.kind.word(),
            steps: titles.collect(),
        });
    }

    /// Tells something within a step.
    pub fn note(&self, text: impl Into<String>) {
        (self.engine.told)(&Event::Note {
            run: self.run.0.unsigned_abs(),
            text: text.into(),
        });
    }

    /// The state of a step.
    pub fn state_of(&self, step: Step) -> Result<Progress, ChangeError> {
        let number = self.number(step);
        let stored = self.engine.store.steps(self.run)?;
        let found = stored.into_iter().find(|one| one.number == number);
        Ok(found.map_or(Progress::Skipped, |step| step.state))
    }

    /// The value of a step that is over, if it came to one.
    pub fn value_of<T: StepValue>(&self, step: Step) -> Result<Option<T>, ChangeError> {
        stored_value(self.engine, self.run, step)
    }

    /// Does a step: written down as started, done, written down as over. A step that is over gives its stored value; one
    /// that a crash interrupted is done again, so `work` looks before it acts.
    pub fn step<T: StepValue>(
        &self,
        step: Step,
        work: impl FnOnce() -> Result<Done<T>, String>,
    ) -> Result<T, Stop> {
        match self.state_of(step)? {
            Progress::Planned if self.is_cancelled(step) => {
                return Err(Stop::Failed("stopped by the person".to_owned()));
            }
            Progress::Planned => {
                self.move_step(step, Progress::Planned, Progress::Started, Value::Null, "")?;
            }
            Progress::Started => {}
            Progress::Done => {
                if let Some(value) = self.value_of(step)? {
                    return Ok(value);
                }
                return Err(self.misunderstood(step));
            }
            Progress::Failed | Progress::Undone | Progress::Skipped => {
                return Err(Stop::Failed(format!("{} failed before", step.title())));
            }
        }
        let run = self.run.0.unsigned_abs();
        (self.engine.told)(&Event::StepBegun {
            run,
            number: self.number(step),
            title: step.title().to_owned(),
        });
        let (begun, started) = (Instant::now(), self.time());
        let (value, record) = match work() {
            Ok(done) => {
                let record = StepRecord {
                    summary: done.summary,
                    failure: done.failure,
                    result: Some(done.value.clone().wrap()),
                };
                (Some(done.value), record)
            }
            Err(failure) => {
                let record = StepRecord {
                    failure: Some(failure),
                    ..StepRecord::default()
                };
                (None, record)
            }
        };
        self.over(step, &record, started, begun)?;
        match (record.failure, value) {
            (None, Some(value)) => Ok(value),
            (failure, _) => Err(Stop::Failed(format!(
                "{}: {}",
                step.title(),
                failure.unwrap_or_default()
            ))),
        }
    }

    /// Writes down that a step is not needed, and why.
    pub fn skip(&self, step: Step, why: &str) -> Result<(), ChangeError> {
        if self.state_of(step)? != Progress::Planned {
            return Ok(());
        }
        let detail = json!(StepRecord {
            summary: why.to_owned(),
            ..StepRecord::default()
        });
        self.move_step(step, Progress::Planned, Progress::Skipped, detail, why)
    }

    /// Ends the run. Steps that never started are skipped.
    pub fn end(&self, state: Progress, record: &RunRecord) -> Result<(), ChangeError> {
        for step in self.steps {
            self.skip(*step, "not reached")?;
        }
        let detail = serde_json::to_value(record).unwrap_or_default();
        let body = json!({
            "summary": record.summary,
            "problems": record.problems,
            "findings": record.findings.iter().map(|proof| json!({
                "vulnerability": proof.vulnerability, "package": proof.package, "state": proof.state,
                "missing": proof.missing,
            })).collect::<Vec<_>>(),
            "record_sha256": digest(&detail),
        });
        self.move_run(state, detail, body)?;
        (self.engine.told)(&Event::RunOver {
            run: self.run.0.unsigned_abs(),
            state: state.word(),
            summary: record.summary.clone(),
        });
        Ok(())
    }

    /// Whether the person wants it to stop, and it still can: a rehearsal at any step (its copies are thrown away all the
    /// same), a change until packages change.
    fn is_cancelled(&self, step: Step) -> bool {
        let may_stop = match self.kind {
            RunKind::Rehearsal => step != Step::Discard,
            RunKind::Apply => step.is_before_the_change(),
            RunKind::Verification => true,
            RunKind::RollBack => false,
        };
        may_stop && self.engine.cancelled.load(Ordering::SeqCst)
    }

    /// The time now, never before what was already written down: a clock that is set back does not turn a run around.
    fn time(&self) -> Timestamp {
        let now = self.engine.now().max(self.last.get());
        self.last.set(now);
        now
    }

    fn number(&self, step: Step) -> u32 {
        let at = self.steps.iter().position(|one| *one == step);
        at.and_then(|at| u32::try_from(at).ok()).unwrap_or(u32::MAX)
    }

    fn over(
        &self,
        step: Step,
        record: &StepRecord,
        started: Timestamp,
        begun: Instant,
    ) -> Result<(), ChangeError> {
        let state = match record.failure {
            None => Progress::Done,
            Some(_) => Progress::Failed,
        };
        let detail = serde_json::to_value(record).unwrap_or_default();
        let said = record.failure.as_ref().unwrap_or(&record.summary);
        self.move_step(step, Progress::Started, state, detail, said)?;
        let took = jiff::SignedDuration::try_from(begun.elapsed()).unwrap_or_default();
        (self.engine.told)(&Event::StepOver {
            run: self.run.0.unsigned_abs(),
            step: Box::new(RunStep {
                number: self.number(step),
                name: step.name().to_owned(),
                title: step.title().to_owned(),
                state: state.word().to_owned(),
                started: Some(started),
                ended: Some(started.saturating_add(took).unwrap_or(started)),
                summary: record.summary.clone(),
                failure: record.failure.clone(),
                ledger_entries: Vec::new(),
                result: record.result.clone(),
            }),
        });
        Ok(())
    }

    fn move_step(
        &self,
        step: Step,
        from: Progress,
        to: Progress,
        detail: Value,
        said: &str,
    ) -> Result<(), ChangeError> {
        let time = self.time();
        let mut body = json!({"run": self.run.0, "step": step.name(), "state": to.word()});
        if !said.is_empty() {
            body["said"] = json!(short(said));
        }
        if !detail.is_null() {
            body["result_sha256"] = json!(digest(&detail));
        }
        let entry = self.append(time, "run.step", body)?;
        let change = Move {
            from,
            to,
            times: Times::now(time),
            detail,
            ledger_entry: Some(entry),
        };
        Ok(self
            .engine
            .store
            .move_step(self.run, self.number(step), &change)?)
    }

    fn move_run(&self, to: Progress, detail: Value, mut body: Value) -> Result<(), ChangeError> {
        let time = self.time();
        body["run"] = json!(self.run.0);
        body["state"] = json!(to.word());
        let entry = self.append(time, "run.state", body)?;
        let change = Move {
            from: self.state.get(),
            to,
            times: Times::now(time),
            detail,
            ledger_entry: Some(entry),
        };
        self.engine.store.move_run(self.run, &change)?;
        self.state.set(to);
        Ok(())
    }

    fn append(&self, time: Timestamp, kind: &str, body: Value) -> Result<u64, ChangeError> {
        Ok(self.engine.ledger.append(&Entry {
            time,
            kind: kind.to_owned(),
            actor: self.engine.actor.clone(),
            subject: format!("run {}", self.run),
            body,
        })?)
    }

    fn misunderstood(&self, step: Step) -> Stop {
        Stop::Broken(ChangeError::Record {
            run: self.run.0.unsigned_abs(),
            what: format!("the result of step {}", step.name()),
        })
    }
}

/// The value of a step of any run, if it came to one.
pub(super) fn stored_value<T: StepValue>(
    engine: &Engine<'_>,
    run: RunId,
    step: Step,
) -> Result<Option<T>, ChangeError> {
    let steps = engine.store.steps(run)?;
    let found = steps.into_iter().find(|stored| stored.name == step.name());
    let record: Option<StepRecord> =
        found.and_then(|stored| serde_json::from_value(stored.result).ok());
    let result: Option<StepResult> = record.and_then(|record| record.result);
    Ok(result.and_then(T::unwrap))
}

/// SHA-256 of a record's JSON, in hex: by it the ledger proves what the store holds.
fn digest(value: &Value) -> String {
    let hash = Sha256::digest(value.to_string().as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The beginning of what was said, for the ledger.
fn short(text: &str) -> &str {
    const MOST: usize = 2000;
    let end = (0..=MOST.min(text.len()))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    &text[..end.unwrap_or(0)]
}
