//! Rehearse: the change in a clone of the machine, beside a control that stays as it is; then taken back there; then both
//! are thrown away. The machine is not touched.

use std::collections::BTreeMap;
use std::time::Duration;

use patchward_patch::{ApplyOptions, Consent, Machine as _};
use patchward_protocol::check::{Comparison, Metric, Verdict};
use patchward_protocol::report::Finding;
use patchward_protocol::run::{
    ChangePlan, Checked, Clones, DiscardedClones, PlannedChecks, RunReport, ServiceState,
};
use patchward_rehearsal::{CloneOptions, HostClone, ServiceReport, Storage, sweep};
use patchward_store::{Progress, RunKind, Times};

use super::clone_machine::CloneMachine;
use super::conclude::compare as compare_findings;
use super::engine::{CloneLimits, Engine, packages_below};
use super::error::{ChangeError, chain};
use super::journal::{Begin, Done, Journal, Stop};
use super::lock::RunLock;
use super::operations::{Operations, size};
use super::proof;
use super::propose::count;
use super::records::{PlanRecord, RunRecord};
use super::scanned::findings_before;
use super::steps::{self, Step};
use super::{blast, checking, report};

/// Rehearses a plan. The report's state is `done` when nothing stands against putting it in, `failed` otherwise; its
/// problems say what.
///
/// # Errors
/// When there is nothing to do, another run is at work, or the records cannot be written. That a clone cannot be made
/// here is a failed rehearsal, with what to do instead.
pub fn rehearse(engine: &Engine<'_>, plan: &ChangePlan) -> Result<RunReport, ChangeError> {
    if plan.transaction.changes.is_empty() {
        return Err(ChangeError::NothingToDo);
    }
    let _lock = RunLock::take(&engine.folder)?;
    for swept in sweep(&engine.options.clones.state).unwrap_or_default() {
        (engine.told)(&super::Event::Note {
            run: 0,
            text: format!(
                "an earlier clone was left behind and is removed: {}",
                swept.id
            ),
        });
    }
    let name = engine.subject.asset();
    let record = PlanRecord {
        os: packages_below(engine.subject.root(), &name.name)?.os,
        asset: name,
        plan: plan.clone(),
    };
    let asset = engine
        .store
        .asset(&record.asset, Times::now(engine.now()))?;
    let journal = Journal::begin(
        engine,
        &Begin {
            kind: RunKind::Rehearsal,
            asset,
            of: None,
            plan: &record,
            steps: &steps::REHEARSAL,
        },
    )?;
    let rehearsal = Rehearsal {
        engine,
        journal: &journal,
        plan,
        known: findings_before(engine, asset)?,
    };
    let mut end = RunRecord::default();
    let stopped = match rehearsal.clones() {
        Ok(pair) => {
            let went = rehearsal.go(&pair, &mut end);
            went.and(rehearsal.discard(pair, &mut end))
        }
        Err(stop) => Err(stop),
    };
    match stopped {
        Ok(()) => {}
        Err(Stop::Failed(why) | Stop::Untouched(why)) => end.problems.insert(0, why),
        Err(Stop::Broken(error)) => return Err(error),
    }
    let state = match end.problems.is_empty() {
        true => Progress::Done,
        false => Progress::Failed,
    };
    end.summary = match state {
        Progress::Done => "nothing stands against it".to_owned(),
        _ => format!(
            "{} against it",
            count(end.problems.len(), "thing stands", "things stand")
        ),
    };
    journal.end(state, &end)?;
    report::report(engine, journal.run)
}

struct Pair {
    control: HostClone,
    patched: HostClone,
    services: ServiceReport,
}

struct Rehearsal<'a> {
    engine: &'a Engine<'a>,
    journal: &'a Journal<'a>,
    plan: &'a ChangePlan,
    known: BTreeMap<String, Finding>,
}

impl Rehearsal<'_> {
    /// Two clones of the same instant, with the host's services started in both.
    fn clones(&self) -> Result<Pair, Stop> {
        let mut pair = None;
        self.journal.step(Step::Clones, || {
            let limits = &self.engine.options.clones;
            let made = make(&self.options(), limits)?;
            let clones = told(&made);
            let up = clones.services.iter().filter(|service| service.up).count();
            let summary = format!(
                "{}, {up} of {} up",
                clones.runner,
                count(clones.services.len(), "service", "services")
            );
            pair = Some(made);
            Ok(Done::well(clones, summary))
        })?;
        pair.ok_or_else(|| Stop::Failed("the copies were lost".to_owned()))
    }

    fn options(&self) -> CloneOptions {
        let limits = &self.engine.options.clones;
        let mut options = CloneOptions::of(self.engine.subject.root());
        options.state.clone_from(&limits.state);
        options.exclude.clone_from(&limits.exclude);
        // Where our own data lies is of no use in a clone, wherever it is.
        options.mask.push(self.engine.folder.clone());
        options.limits.memory = limits.memory;
        options.limits.time = limits.time;
        options.storage = match &limits.folder {
            None => Storage::Memory {
                bytes: limits.storage,
            },
            Some(folder) => Storage::Folder {
                folder: folder.clone(),
                bytes: limits.storage,
            },
        };
        options
    }

    fn go(&self, pair: &Pair, end: &mut RunRecord) -> Result<(), Stop> {
        let checks = checking::read(&self.checks(pair))?;
        let control = self.journal.step(Step::ControlChecks, || {
            checking::run_in(&pair.control, &checks, "control", None)
        })?;
        self.record_checks(&control)?;
        let machine = CloneMachine::of(&pair.patched);
        let executor = self.engine.executor(&machine)?;
        // In a copy everything that the preview shows may happen: that is what the rehearsal is for.
        let options = ApplyOptions {
            consent: Consent {
                installs: true,
                removals: true,
                downgrades: true,
            },
            ..self.engine.options.apply.clone()
        };
        let operations = Operations {
            journal: self.journal,
            machine: &machine,
            executor: executor.as_ref(),
            transaction: &self.plan.transaction,
            options: &options,
            restarts: &self.engine.options.restarts,
        };
        operations.download()?;
        let saved = operations.save()?;
        let mark = pair.patched.mark().map_err(|error| {
            Stop::Failed(format!("read what was prepared in the copy: {error}"))
        })?;
        operations.apply(false)?;
        operations.restart(Step::Restart)?;
        let seen = operations.verify()?;
        end.notes.extend(seen.missing.iter().cloned());
        self.rescan(&machine, end)?;
        let patched = self.journal.step(Step::PatchedChecks, || {
            checking::run_in(&pair.patched, &checks, "patched", Some(&control))
        });
        self.record_checks_of(Step::PatchedChecks)?;
        patched?;
        self.compare(pair, &checks, end)?;
        self.journal.step(Step::BlastRadius, || {
            let summary = blast::read(&pair.patched, &machine, &mark)?;
            let words = format!(
                "{}, {} of them owned by no package",
                count(
                    usize::try_from(summary.files).unwrap_or(usize::MAX),
                    "file changed",
                    "files changed"
                ),
                summary.side_effects.len()
            );
            Ok(Done::well(summary, words))
        })?;
        let back = operations.roll_back(&saved)?;
        let not_back = back
            .failed
            .iter()
            .map(|one| format!("{} cannot be taken back: {}", one.package, one.reason));
        end.problems.extend(not_back);
        operations.restart(Step::RestartBack)?;
        let checked = self.journal.step(Step::ChecksBack, || {
            checking::run_in(&pair.patched, &checks, "rolled-back", Some(&control))
        })?;
        self.record_checks(&checked)?;
        Ok(())
    }

    /// The plan's checks. Of a system that does not run, they are proposed from what listens in its control.
    fn checks(&self, pair: &Pair) -> PlannedChecks {
        let planned = &self.plan.checks;
        if self.engine.subject.is_this_machine() || !planned.text.is_empty() {
            return planned.clone();
        }
        PlannedChecks {
            source: planned.source.clone(),
            text: checking::discover_in(&pair.control),
        }
    }

    /// The findings that would remain, by a fresh inventory of the copy.
    fn rescan(&self, machine: &CloneMachine<'_>, end: &mut RunRecord) -> Result<(), Stop> {
        let name = &self.engine.subject.asset().name;
        self.journal.step(Step::Rescan, || {
            let inventory = packages_below(machine.root(), name).map_err(|error| chain(&error))?;
            let report = self.engine.judge(inventory);
            end.remaining = proof::remaining(self.plan, &report, "the patch does not resolve it");
            let rescan = compare_findings(self.plan, &self.known, &report);
            let summary = format!(
                "{} of {} would go",
                rescan.gone.len(),
                count(
                    rescan.gone.len() + rescan.still.len(),
                    "finding",
                    "findings"
                )
            );
            let failure = match rescan.new.as_slice() {
                [] => None,
                new => Some(format!("the new versions bring in {}", new.join(", "))),
            };
            Ok(Done {
                value: rescan,
                summary,
                failure,
            })
        })?;
        Ok(())
    }

    fn compare(
        &self,
        pair: &Pair,
        checks: &patchward_checks::ChecksFile,
        end: &mut RunRecord,
    ) -> Result<(), Stop> {
        if checks.load.is_empty() {
            self.journal
                .skip(Step::Compare, "no load is given in the checks file")?;
            return Ok(());
        }
        let seed = self.journal.run.0.unsigned_abs();
        let compared = self.journal.step(Step::Compare, || {
            let compared = checking::compare(checks, &pair.control, &pair.patched, seed);
            let summary = verdicts(&compared);
            Ok(Done::well(compared, summary))
        })?;
        let engine = self.engine;
        let times = Times::now(engine.now());
        engine
            .store
            .record_comparisons(self.journal.run, "patched", &compared, times)?;
        for one in compared {
            let words = describe(&one);
            match one.verdict {
                Verdict::Worse => end.problems.push(words),
                Verdict::Inconclusive => end.notes.push(words),
                Verdict::Same | Verdict::Better => {}
            }
        }
        Ok(())
    }

    fn discard(&self, pair: Pair, end: &mut RunRecord) -> Result<(), Stop> {
        let discarded = self.journal.step(Step::Discard, || {
            let storage_peak = pair.patched.space().map_or(0, |space| space.used);
            let mut told = DiscardedClones {
                storage_peak,
                host_changes: pair
                    .patched
                    .host_changes()
                    .iter()
                    .map(|path| path.display().to_string())
                    .collect(),
                ..DiscardedClones::default()
            };
            for clone in [pair.control, pair.patched] {
                let gone = clone.discard().map_err(|error| chain(&error))?;
                told.millis += u64::try_from(gone.took.as_millis()).unwrap_or(u64::MAX);
                told.memory_peak = told.memory_peak.max(gone.memory_peak);
                let differences = gone.host_differences.iter();
                told.host_differences
                    .extend(differences.map(ToString::to_string));
            }
            let summary = format!("{} were written in it", size(told.storage_peak));
            Ok(Done::well(told, summary))
        })?;
        for difference in &discarded.host_differences {
            end.problems
                .push(format!("the machine is not as before: {difference}"));
        }
        if !discarded.host_changes.is_empty() {
            end.notes.push(format!(
                "packages changed on the machine meanwhile ({}): the copies were not of one instant",
                discarded.host_changes.join(", ")
            ));
        }
        Ok(())
    }

    fn record_checks(&self, checked: &Checked) -> Result<(), ChangeError> {
        let times = Times::now(self.engine.now());
        Ok(self.engine.store.record_checks(
            self.journal.run,
            &checked.phase,
            &checked.results,
            times,
        )?)
    }

    fn record_checks_of(&self, step: Step) -> Result<(), ChangeError> {
        match self.journal.value_of::<Checked>(step)? {
            Some(checked) => self.record_checks(&checked),
            None => Ok(()),
        }
    }
}

fn make(options: &CloneOptions, limits: &CloneLimits) -> Result<Pair, String> {
    let (control, patched) = HostClone::pair(options)
        .map_err(|error| format!("{}; instead: {}", chain(&error), error.advice()))?;
    // Both at once: starting services is mostly waiting.
    let start = |clone: &HostClone, limit: Duration| {
        clone.start_services(limit).map_err(|error| chain(&error))
    };
    let (services, other) = std::thread::scope(|scope| {
        let other = scope.spawn(|| start(&patched, limits.service_start));
        let services = start(&control, limits.service_start);
        (services, other.join())
    });
    other.map_err(|_| "starting services broke off".to_owned())??;
    Ok(Pair {
        control,
        patched,
        services: services?,
    })
}

fn told(pair: &Pair) -> Clones {
    let took = pair.control.took() + pair.patched.took();
    let left_out = pair.control.left_out().iter();
    let services = pair.services.services.iter();
    Clones {
        runner: pair.control.runner().to_string(),
        millis: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        left_out: left_out
            .map(|one| format!("{}: {}", one.path.display(), one.why))
            .collect(),
        notes: [pair.control.notes(), &pair.services.notes].concat(),
        services: services
            .map(|service| ServiceState {
                name: service.name.clone(),
                up: service.up,
                said: service.said.clone(),
            })
            .collect(),
    }
}

fn verdicts(compared: &[Comparison]) -> String {
    let of = |verdict| compared.iter().filter(|one| one.verdict == verdict).count();
    format!(
        "{} same, {} better, {} worse, {} inconclusive",
        of(Verdict::Same),
        of(Verdict::Better),
        of(Verdict::Worse),
        of(Verdict::Inconclusive)
    )
}

/// `front page: median latency is worse, +23 % (+18 % to +29 %, threshold 10 %)`.
fn describe(one: &Comparison) -> String {
    let percent = |part: f64| format!("{:+.0} %", part * 100.0);
    let metric = match one.metric {
        Metric::CpuPerRequest => "processor time per request",
        Metric::LatencyP50 => "median latency",
        Metric::LatencyP99 => "99th percentile of latency",
        Metric::Throughput => "throughput",
    };
    let verdict = match one.verdict {
        Verdict::Better => "better",
        Verdict::Same => "the same",
        Verdict::Worse => "worse",
        Verdict::Inconclusive => "inconclusive",
    };
    format!(
        "{}: {metric} is {verdict}, {} ({} to {}, threshold {:.0} %)",
        one.name,
        percent(one.effect),
        percent(one.low),
        percent(one.high),
        one.threshold * 100.0
    )
}
