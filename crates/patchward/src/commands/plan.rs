//! `patchward plan`.

use std::path::Path;

use anyhow::Context as _;
use patchward_core::baseline::MAX_REPORT;
use patchward_core::filter::Filter;
use patchward_core::knowledge::Knowledge;
use patchward_core::plan::plan_with;
use patchward_core::plan::tried::Tried;
use patchward_core::resolve::resolve;
use patchward_core::scan::{self, Criteria, Order};
use patchward_core::whole_file;
use patchward_protocol::plan::PlanLimits;
use patchward_protocol::report::{SCHEMA, ScanReport};

use super::scan::{filter, ignore_rules, max_age, read_vex, refuse_old};
use super::targets;
use crate::cli::plan::Plan;
use crate::context::Context;
use crate::exit::{Ended, Exit};
use crate::progress::resolve::ResolveProgress;

/// Flags that overrule settings.
pub fn overrides(plan: &Plan) -> Vec<(&'static str, &'static str, String)> {
    let age = plan.max_age.clone();
    age.map(|age| ("scan.max_age", "--max-age", age))
        .into_iter()
        .collect()
}

/// Scans (or reads a report), plans, writes the plan in every format asked for, and tells how it ended.
pub fn run(flags: &Plan, context: &Context) -> anyhow::Result<Exit> {
    let files: Vec<_> = flags.format.iter().map(|sink| sink.file.clone()).collect();
    if crate::output::collide(&files) {
        return Ok(Exit::Usage);
    }
    anyhow::ensure!(
        !(flags.resolve && context.settings.switch("offline")),
        "resolve: the package managers ask their registries, and --offline forbids the network; plan without --resolve"
    );
    let (report, tried, stale) = match &flags.report {
        Some(path) => (read(path, flags)?, Tried::default(), false),
        None => {
            let knowledge = context.judging_knowledge()?;
            let stale = refuse_old(knowledge.as_ref(), context);
            let report = scanned(flags, knowledge.as_ref(), context)?;
            let tried = tried(flags, &report, knowledge.as_ref(), context);
            (report, tried, stale)
        }
    };
    let nothing = report.targets.iter().all(|target| {
        target.components == 0 && target.sources.is_empty() && target.problems.is_empty()
    });
    let made = plan_with(&report, &tried, &limits(flags));
    for sink in &flags.format {
        sink.write(&made, &context.style())
            .with_context(|| format!("write the plan to {}", sink.place()))?;
    }
    if nothing {
        context.advise(super::scan::NOTHING);
    }
    let ended = Ended {
        stale,
        found: made.summary.findings > 0,
        nothing,
        incomplete: made.summary.problems > 0,
    };
    Ok(ended.exit())
}

fn scanned(
    flags: &Plan,
    knowledge: Option<&Knowledge>,
    context: &Context,
) -> anyhow::Result<ScanReport> {
    let inventories = targets::inventories(&flags.inputs, context)?;
    let assets = inventories.iter().map(|inventory| &inventory.asset);
    let criteria = Criteria {
        filter: wanted(flags),
        order: Order::Risk,
        ignore: ignore_rules(&flags.inputs, context)?,
        vex: read_vex(&flags.vex, context)?,
        prioritisation: Some(super::policy::prioritisation(
            &flags.inputs,
            assets,
            context,
        )?),
        // The routes of lockfile packages go through packages without findings.
        all_components: true,
        max_age: max_age(context),
        ..Criteria::default()
    };
    Ok(scan::report(inventories, knowledge, &criteria, context.now))
}

fn tried(
    flags: &Plan,
    report: &ScanReport,
    knowledge: Option<&Knowledge>,
    context: &Context,
) -> Tried {
    let wanted = knowledge.filter(|_| flags.resolve);
    wanted.map_or_else(Tried::default, |knowledge| {
        let progress =
            ResolveProgress::new(context.shows_progress(), context.settings.switch("quiet"));
        resolve(report, knowledge, &progress)
    })
}

fn wanted(flags: &Plan) -> Filter {
    let mut filter = filter(&flags.selection);
    filter.kev |= flags.only_kev;
    filter
}

/// A report that an earlier scan wrote. Its patches are made anew from the findings that are wanted.
fn read(path: &Path, flags: &Plan) -> anyhow::Result<ScanReport> {
    let text = whole_file::read(path, MAX_REPORT)
        .with_context(|| format!("read the report {}", path.display()))?;
    let report: ScanReport = serde_json::from_slice(&text).with_context(|| {
        format!(
            "read {} as a JSON report of `patchward scan`",
            path.display()
        )
    })?;
    anyhow::ensure!(
        report.schema == SCHEMA,
        "read {}: its schema is {:?}, and {SCHEMA:?} was expected",
        path.display(),
        report.schema
    );
    Ok(scan::narrowed(report, &wanted(flags)))
}

fn limits(flags: &Plan) -> PlanLimits {
    PlanLimits {
        budget: flags.budget,
        max_downtime_seconds: flags.max_downtime,
        window_seconds: flags.window,
        until_risk: flags.until_risk,
        top: flags.top,
        only_kev: flags.only_kev || flags.selection.kev,
    }
}
