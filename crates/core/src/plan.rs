//! Plan: a scan report → the patches that clear the findings, best first.
//!
//! Patches come from [`crate::patches`]: one action of one package manager each, at the lowest version that clears
//! every finding without a new known vulnerability. A plan adds what each removes ([`risk`]), what it disturbs
//! ([`disruption`]) and how its package manager gets there ([`route`]); chooses within limits ([`choose`]) and orders
//! ([`order`]). All of it is pure: the same report and limits give the same plan.

pub mod choose;
pub mod disruption;
pub mod model;
pub mod order;
pub mod risk;
pub mod route;
pub mod tried;

mod candidates;
mod steps;
mod unpatched;

use patchward_protocol::plan::{
    Choice, ChoiceMethod, DisruptionKind, PlanLimits, PlanReport, PlanStep, PlanSummary,
    PlanTarget, SCHEMA,
};
use patchward_protocol::report::{Finding, ScanReport};

use candidates::Candidates;
use choose::{Chosen, choose};
use model::Caps;
use order::sequence;
use risk::UNIT;
use tried::{Outcomes, Tried};

/// Makes the plan. For the routes of lockfile packages the report has to list all components
/// ([`crate::scan::Criteria::all_components`]); without them parents are only known by name.
pub fn plan(report: &ScanReport, limits: &PlanLimits) -> PlanReport {
    made(report, &Outcomes::default(), limits)
}

/// As [`plan`], with what package managers made of the lockfiles: upgrades that were tried take the place of the patches
/// that they clear, and each finding still counts once.
pub fn plan_with(report: &ScanReport, tried: &Tried, limits: &PlanLimits) -> PlanReport {
    let (report, outcomes) = tried::applied(report, tried);
    made(&report, &outcomes, limits)
}

fn made(report: &ScanReport, outcomes: &Outcomes, limits: &PlanLimits) -> PlanReport {
    let candidates = Candidates::of(report, outcomes);
    let model = candidates.model();
    let caps = Caps {
        count: limits.budget,
        downtime: limits.max_downtime_seconds,
        window: limits.window_seconds,
    };
    let workable: Vec<usize> = (0..candidates.list.len())
        .filter(|&item| candidates.list[item].blocked().is_none())
        .collect();
    let narrow = model.narrowed(&workable);
    let mut chosen = choose(&narrow, &caps);
    chosen.items = chosen.items.iter().map(|&item| workable[item]).collect();
    let mut order = sequence(&model, &chosen.items);
    let mut rest: Vec<usize> = (0..model.items.len())
        .filter(|item| !chosen.items.contains(item))
        .collect();
    rest = sequence(&model, &rest);
    let cut = steps::enough(&candidates, &model, &order, limits);
    let low_enough = order.split_off(cut);

    let mut walk = steps::Walk::new(&candidates, &model).expecting(&order);
    let steps: Vec<PlanStep> = order.iter().map(|&item| walk.step(item)).collect();
    let left = walk.risk_left();
    let later: Vec<PlanStep> = low_enough
        .iter()
        .map(|item| (item, steps::beyond(limits, order.len())))
        .chain(
            rest.iter()
                .map(|item| (item, steps::left_out(&candidates.list[*item]))),
        )
        .map(|(&item, why)| walk.later(item, why))
        .collect();
    let unpatched = unpatched::unpatched(report);
    let summary = summary(report, &candidates, &steps, left);
    PlanReport {
        schema: SCHEMA.to_owned(),
        tool_version: report.tool_version.clone(),
        made: report.started,
        knowledge: report.knowledge.clone(),
        limits: limits.clone(),
        targets: targets(report),
        choice: choice(&chosen, &caps, narrow.points()),
        steps,
        later,
        unpatched,
        summary,
    }
}

/// Why no patch clears a finding, in words.
#[must_use]
pub fn why_unpatched(finding: &Finding) -> String {
    unpatched::why(&[finding], finding.status, finding.malware)
}

fn choice(chosen: &Chosen, caps: &Caps, all: u64) -> Choice {
    let method = match (
        caps.are_open() || chosen.removed == all,
        chosen.removed == chosen.bound,
    ) {
        (true, _) => ChoiceMethod::All,
        (false, true) => ChoiceMethod::Optimal,
        (false, false) => ChoiceMethod::Greedy,
    };
    Choice {
        method,
        removes: chosen.removed as f64 / UNIT,
        bound: chosen.bound as f64 / UNIT,
    }
}

fn targets(report: &ScanReport) -> Vec<PlanTarget> {
    let targets = report.targets.iter();
    targets
        .map(|target| {
            let counted = target
                .findings
                .iter()
                .filter(|finding| finding.suppressed.is_none());
            PlanTarget {
                name: target.asset.name.clone(),
                kind: target.asset.kind,
                components: target.components,
                findings: counted.count() as u64,
                risk: candidates::risk_of(target) as f64 / UNIT,
                problems: target.problems.clone(),
            }
        })
        .collect()
}

fn summary(
    report: &ScanReport,
    candidates: &Candidates<'_>,
    steps: &[PlanStep],
    left: u64,
) -> PlanSummary {
    let sum = |of: &dyn Fn(&PlanStep) -> u64| steps.iter().map(of).sum::<u64>();
    let reboots = steps
        .iter()
        .filter(|step| step.disruption.kind == DisruptionKind::Reboot);
    let mut hosts: Vec<&str> = reboots.map(|step| step.target.as_str()).collect();
    hosts.sort_unstable();
    hosts.dedup();
    let mut restarts: Vec<(&str, &str)> = steps
        .iter()
        .filter(|step| step.disruption.kind == DisruptionKind::Restart)
        .flat_map(|step| {
            step.disruption
                .what
                .iter()
                .map(|what| (step.target.as_str(), what.as_str()))
        })
        .filter(|(target, _)| hosts.binary_search(target).is_err())
        .collect();
    restarts.sort_unstable();
    restarts.dedup();
    let risk = candidates.risk();
    let price = candidates.price();
    PlanSummary {
        findings: candidates.findings,
        cleared: sum(&|step| step.findings),
        unpatched: candidates.unpatched,
        risk: risk as f64 / UNIT,
        risk_left: left as f64 / UNIT,
        risk_unpatched: candidates.risk_unpatched() as f64 / UNIT,
        price_per_day: price,
        price_per_day_left: (price - steps.iter().map(|step| step.price_per_day).sum::<f64>())
            .max(0.0),
        downtime_seconds: steps::downtime(steps),
        work_seconds: sum(&|step| step.disruption.work_seconds),
        reboots: hosts.len() as u64,
        restarts: restarts.len() as u64,
        problems: report.summary.problems,
    }
}

#[cfg(test)]
mod tests;
