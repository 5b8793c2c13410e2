//! The steps of a plan: each patch at its place, with what it adds there.

use std::cmp::Reverse;

use patchward_protocol::inventory::Component;
use patchward_protocol::plan::{Disruption, PlanLimits, PlanStep, Urgency};
use patchward_protocol::report::{Finding, Patch};

use super::candidates::{Candidate, Candidates, in_points};
use super::model::{Model, Taken};
use crate::patches::breach;
use crate::rank::exploited;

/// How many steps of `order` are enough: those of `--top`, and those until so much of the risk is left.
pub fn enough(
    candidates: &Candidates<'_>,
    model: &Model,
    order: &[usize],
    limits: &PlanLimits,
) -> usize {
    let top = limits
        .top
        .and_then(|top| usize::try_from(top).ok())
        .unwrap_or(usize::MAX);
    let mut cut = order.len().min(top);
    if let Some(share) = limits.until_risk {
        let risk = candidates.risk();
        let allowed = (share * risk as f64).floor();
        let mut taken = Taken::none(model);
        for (at, &item) in order.iter().enumerate() {
            if risk.saturating_sub(taken.removed) as f64 <= allowed {
                return cut.min(at);
            }
            taken.take(item);
        }
        cut = cut.min(order.len());
    }
    cut
}

/// Why a patch that would fit comes after the last step.
pub fn beyond(limits: &PlanLimits, steps: usize) -> String {
    match (limits.top, limits.until_risk) {
        (Some(top), _) if steps as u64 >= top => format!("after the first {top}"),
        (_, Some(share)) => format!("the risk is down to {:.0} % without it", share * 100.0),
        _ => String::new(),
    }
}

/// Why a patch is not among the chosen.
pub fn left_out(candidate: &Candidate<'_>) -> String {
    let blocked = candidate.blocked();
    blocked.unwrap_or_else(|| "does not fit into the limits".to_owned())
}

/// The downtime of all steps: the reboot of a host takes in what restarted before it, so a step may have saved some.
pub fn downtime(steps: &[PlanStep]) -> u64 {
    steps
        .iter()
        .map(|step| step.disruption.downtime_seconds)
        .sum()
}

/// Goes through the plan patch by patch.
pub struct Walk<'a, 'm> {
    candidates: &'a Candidates<'a>,
    model: &'m Model,
    taken: Taken<'m>,
    prices: Vec<f64>,
    missing: Vec<usize>,
    steps: u64,
    /// Hosts that reboot at the end take in every restart.
    reboots: Vec<bool>,
}

impl<'a, 'm> Walk<'a, 'm> {
    /// At the beginning.
    pub fn new(candidates: &'a Candidates<'a>, model: &'m Model) -> Walk<'a, 'm> {
        Walk {
            candidates,
            model,
            taken: Taken::none(model),
            prices: candidates.prices().collect(),
            missing: model.flaws.iter().map(|flaw| flaw.needs.len()).collect(),
            steps: 0,
            reboots: vec![false; model.reboots.len()],
        }
    }

    /// Hosts that these steps reboot: all else that they disturb happens in the same reboot.
    pub fn expecting(mut self, order: &[usize]) -> Walk<'a, 'm> {
        for &item in order {
            let item = &self.model.items[item];
            self.reboots[item.host] |= item.reboot;
        }
        self
    }

    /// The risk that is left now, in thousandths of a point.
    pub fn risk_left(&self) -> u64 {
        self.candidates.risk().saturating_sub(self.taken.removed)
    }

    /// The next step.
    pub fn step(&mut self, item: usize) -> PlanStep {
        self.steps += 1;
        let number = self.steps;
        PlanStep {
            number,
            ..self.put(item)
        }
    }

    /// A patch that is not in the plan; the walk goes on as if it were, so that its numbers are those after the plan.
    pub fn later(&mut self, item: usize, why: String) -> PlanStep {
        PlanStep {
            later: Some(why),
            ..self.put(item)
        }
    }

    fn put(&mut self, item: usize) -> PlanStep {
        let Some(candidate) = self.candidates.list.get(item) else {
            return PlanStep::default();
        };
        let before = self.taken.removed;
        let host = candidate.host;
        let in_reboot = self.reboots[host] && !self.model.items[item].reboot;
        let adds = match in_reboot {
            true => 0,
            false if self.model.items[item].reboot && !self.taken.reboots(host) => {
                self.model.reboots[host]
            }
            false => u64::try_from(self.taken.adds(item)).unwrap_or(0),
        };
        self.taken.take(item);
        let mut price = 0.0;
        for &flaw in &self.model.items[item].flaws {
            self.missing[flaw] -= 1;
            if self.missing[flaw] == 0 {
                price += self.prices[flaw];
            }
        }
        let is_exploited = candidate
            .findings
            .iter()
            .filter(|finding| exploited(finding));
        PlanStep {
            number: 0,
            target: candidate.target.asset.name.clone(),
            patch: candidate.patch.clone(),
            packages: packages(candidate),
            findings: candidate.findings.len() as u64,
            exploited: is_exploited.count() as u64,
            urgency: urgency(&candidate.findings),
            risk_removed: in_points(self.taken.removed - before),
            risk_left: in_points(self.risk_left()),
            price_per_day: price,
            disruption: Disruption {
                kind: candidate.effect.kind,
                what: candidate.effect.what.iter().cloned().collect(),
                reason: candidate.effect.reason.clone(),
                downtime_seconds: adds,
                work_seconds: self.model.items[item].work,
            },
            route: candidate.route.clone(),
            held: !held(candidate).is_empty(),
            notes: notes(candidate),
            later: None,
        }
    }
}

/// Of findings that were prioritised: the most urgent, the earliest date with the finding that sets it, and everything
/// that the policy asks for.
fn urgency(findings: &[&Finding]) -> Option<Urgency> {
    let decided = || {
        findings
            .iter()
            .filter_map(|finding| Some((finding, finding.decision.as_ref()?)))
    };
    let (worst, decision) = decided().min_by_key(|(_, decision)| {
        // Scores have one digit behind the point.
        (decision.priority, Reverse((decision.score * 10.0) as i64))
    })?;
    let due = decided()
        .filter_map(|(finding, decision)| Some((&finding.vulnerability, decision.due.as_ref()?)))
        .min_by_key(|(id, due)| (&due.date, **id != worst.vulnerability, *id));
    let mut urgency = Urgency {
        priority: decision.priority,
        due: due.map(|(_, due)| due.clone()),
        due_vulnerability: due.map(|(id, _)| id.clone()).unwrap_or_default(),
        vulnerability: worst.vulnerability.clone(),
        reason: decision.reasons.first().cloned().unwrap_or_default(),
        ..Urgency::default()
    };
    for (_, decision) in decided() {
        urgency.approvals.extend(decision.approval.clone());
        urgency.notify.extend(decision.notify.iter().cloned());
    }
    for names in [&mut urgency.approvals, &mut urgency.notify] {
        names.sort_unstable();
        names.dedup();
    }
    Some(urgency)
}

/// The packages with findings, and those that a command names for their sake.
fn packages(candidate: &Candidate<'_>) -> Vec<String> {
    let components = candidate.components();
    let found = components.iter().map(|component| &component.name);
    let tried = candidate.route.as_ref().is_some_and(|route| route.tried);
    let named = candidate.patch.packages.iter().filter(|_| tried);
    let mut names: Vec<String> = named
        .map(|package| &package.name)
        .chain(found)
        .cloned()
        .collect();
    names.sort();
    names.dedup();
    names
}

/// Of the packages that it upgrades, those that the package manager holds, each once.
fn held<'c>(candidate: &Candidate<'c>) -> Vec<&'c str> {
    let pending = &candidate.target.pending;
    let is_held = |component: &&Component| {
        component.held
            || pending
                .iter()
                .any(|offer| offer.held && offer.package == component.name)
    };
    let components = candidate.components().into_iter().filter(is_held);
    let mut names: Vec<&str> = components
        .map(|component| component.name.as_str())
        .collect();
    names.dedup();
    names
}

/// What a person should know before.
fn notes(candidate: &Candidate<'_>) -> Vec<String> {
    let mut notes = candidate.notes.to_vec();
    let Patch {
        manager, from, to, ..
    } = candidate.patch;
    let held = held(candidate);
    if let [_, others @ ..] = &held[..] {
        let (all, names) = (held.join(" "), held.join(", "));
        let release = match manager.as_str() {
            "apt" => format!(": `apt-mark unhold {all}` releases"),
            "dnf" => format!(": `dnf versionlock delete {all}` releases"),
            "zypper" => format!(": `zypper removelock {all}` releases"),
            _ => String::new(),
        };
        let (are, them) = match others {
            [] => ("is", "it"),
            _ => ("are", "them"),
        };
        let release = match release.as_str() {
            "" => release,
            words => format!("{words} {them}"),
        };
        notes.push(format!(
            "{names} {are} held by the package manager{release}"
        ));
    }
    if candidate.patch.major {
        notes.push(format!("{}: read what breaks", breach(from, to)));
    }
    let components = candidate.components();
    for offer in &candidate.target.pending {
        let named = components
            .iter()
            .any(|component| component.name == offer.package);
        if named && offer.phased {
            notes.push(format!(
                "{} is phased: it is not this machine's turn yet",
                offer.package
            ));
        }
        if named && !candidate.patch.pending {
            notes.push(format!(
                "the package manager offers {} {} now, and {to} is needed: its lists may be old, or a suite missing",
                offer.package, offer.candidate
            ));
        }
    }
    notes
}
