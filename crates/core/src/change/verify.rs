//! Verify: look again whether a change is in, or whether what others patched is closed.

use std::collections::BTreeMap;

use patchward_patch::Executor;
use patchward_protocol::report::Finding;
use patchward_protocol::run::{ChangePlan, Checked, PlannedPatch, RunReport};
use patchward_protocol::transaction::{Action, PackageChange, TRANSACTION_SCHEMA, Transaction};
use patchward_store::{AssetId, Progress, RunId, RunKind};

use super::conclude::{Ending, check_after, conclude, rescan};
use super::engine::{Engine, Offers, packages_below};
use super::error::ChangeError;
use super::journal::{Begin, Journal, Stop, stored_value};
use super::lock::RunLock;
use super::operations::Operations;
use super::records::{PlanRecord, RunRecord};
use super::report::{self, plan_of};
use super::scanned::{Scanned, findings_before, scan_and_record};
use super::steps::{self, Step};

/// Looks again: at a change of ours (`run`), or at findings that are open in the records and that a fresh scan does not
/// find any more, because somebody else patched; where there are none of these, at the newest change. Versions, files,
/// processes, a fresh scan and the checks are looked at; what is proved is closed.
///
/// # Errors
/// When there is nothing to verify, the machine cannot be looked at, or the records cannot be written.
pub fn verify(engine: &Engine<'_>, run: Option<RunId>) -> Result<RunReport, ChangeError> {
    let _lock = RunLock::take(&engine.folder)?;
    let what = match run {
        Some(run) => of_change(engine, run)?,
        None => match of_others(engine)? {
            Some(what) => what,
            None => of_change(engine, report::newest_change(engine)?.id)?,
        },
    };
    let journal = Journal::begin(
        engine,
        &Begin {
            kind: RunKind::Verification,
            asset: what.asset,
            of: what.change,
            plan: &what.record,
            steps: &steps::VERIFICATION,
        },
    )?;
    match verify_steps(engine, &journal, &what) {
        Ok(record) => journal.end(Progress::Done, &record)?,
        Err(Stop::Failed(why) | Stop::Untouched(why)) => journal.end(
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

/// What is verified.
struct What {
    asset: AssetId,
    change: Option<RunId>,
    record: PlanRecord,
    known: BTreeMap<String, Finding>,
}

fn of_change(engine: &Engine<'_>, run: RunId) -> Result<What, ChangeError> {
    let stored = engine.store.run(run)?;
    if stored.kind != RunKind::Apply {
        let what = format!("a change with the number {run}: it is a {}", stored.kind);
        return Err(ChangeError::NoRun(what));
    }
    Ok(What {
        asset: stored.asset,
        change: Some(stored.id),
        record: plan_of(&stored)?,
        known: findings_before(engine, stored.asset)?,
    })
}

/// Findings that are open and not seen any more, as a plan whose packages are at the version that they have now.
fn of_others(engine: &Engine<'_>) -> Result<Option<What>, ChangeError> {
    let machine = engine.subject.machine();
    let executor = engine.executor(machine.as_ref())?;
    let Scanned {
        asset,
        report,
        unseen,
    } = scan_and_record(engine, Offers::No)?;
    let mut patches: BTreeMap<String, PlannedPatch> = BTreeMap::new();
    let mut changes: BTreeMap<String, PackageChange> = BTreeMap::new();
    let known = findings_before(engine, asset)?;
    for id in unseen {
        let finding = engine.store.finding(id)?.finding;
        let component = &finding.component;
        let mut all = report.targets.iter().flat_map(|target| &target.inventory);
        let now = all.find(|one| one.name == component.name && one.arch == component.arch);
        let to = now.map(|one| one.version.clone());
        let name = component.name.clone();
        let patch = patches.entry(name.clone()).or_default();
        patch.package.clone_from(&name);
        patch.from.clone_from(&component.version);
        patch.to = to.clone().unwrap_or_default();
        patch.vulnerabilities.push(finding.vulnerability.clone());
        patch.resolves.push(finding.id.clone());
        patch.reasons = vec!["a fresh scan does not find it any more".to_owned()];
        if let (Some(arch), Some(to)) = (&component.arch, to) {
            changes.insert(name.clone(), change(&finding, arch, to));
        }
    }
    if patches.is_empty() {
        return Ok(None);
    }
    let plan = ChangePlan {
        made: report.started,
        knowledge: report.knowledge.clone(),
        asked: vec!["what others patched".to_owned()],
        patches: patches.into_values().collect(),
        transaction: transaction(executor.as_ref(), changes.into_values().collect()),
        checks: super::propose::checks(engine),
        ..ChangePlan::default()
    };
    let name = engine.subject.asset();
    let record = PlanRecord {
        os: packages_below(engine.subject.root(), &name.name)?.os,
        asset: name,
        plan,
    };
    Ok(Some(What {
        asset,
        change: None,
        record,
        known,
    }))
}

fn change(finding: &Finding, arch: &str, to: String) -> PackageChange {
    PackageChange {
        name: finding.component.name.clone(),
        arch: arch.to_owned(),
        action: Action::Upgrade,
        from: Some(finding.component.version.clone()),
        to: Some(to),
        ..PackageChange::default()
    }
}

fn transaction(executor: &dyn Executor, changes: Vec<PackageChange>) -> Transaction {
    Transaction {
        schema: TRANSACTION_SCHEMA.to_owned(),
        manager: executor.name().to_owned(),
        changes,
        ..Transaction::default()
    }
}

fn verify_steps(
    engine: &Engine<'_>,
    journal: &Journal<'_>,
    what: &What,
) -> Result<RunRecord, Stop> {
    let plan = &what.record.plan;
    let machine = engine.subject.machine();
    let executor = engine.executor(machine.as_ref())?;
    let operations = Operations::on(
        engine,
        journal,
        (machine.as_ref(), executor.as_ref()),
        &plan.transaction,
    );
    let verification = operations.verify()?;
    let scanned = rescan(engine, journal, plan, &what.known)?;
    let then: Option<Checked> = match what.change {
        Some(change) => stored_value(engine, change, Step::ChecksBefore)?,
        None => None,
    };
    let checked = check_after(engine, journal, plan, then.as_ref())?;
    Ok(conclude(
        engine,
        journal,
        &Ending {
            plan,
            before: &what.known,
            scanned: &scanned,
            verification: Some(&verification),
            checks: checked.as_ref(),
        },
    )?)
}
