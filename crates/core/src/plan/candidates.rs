//! The patches of a report with what they clear, and the flaws that they share.
//!
//! A *flaw* is one vulnerability in one package of one application (or of one host): the binaries of one source package
//! and two versions of one library in one lockfile have it together, so it counts once, with the highest score, and
//! goes with the last patch that it needs. What no patch clears counts apart.

use std::collections::{BTreeMap, BTreeSet};

use patchward_protocol::inventory::Component;
use patchward_protocol::plan::{DisruptionKind, Route, RouteKind};
use patchward_protocol::report::ScanReport;
use patchward_protocol::report::{Finding, Patch, TargetReport};

use super::disruption::{BUILD, Effect, INSTALL, REBOOT, REDEPLOY, RESTART, Surroundings, effect};
use super::model::{Flaw, Item, Model, Outage};
use super::risk::{UNIT, points, price_per_day};
use super::route::{Packages, route, untold_parents};
use super::tried::Outcomes;
use crate::patches::Manager;

/// A patch and what is known of it.
pub struct Candidate<'a> {
    /// The target, by its place in the report.
    pub host: usize,
    /// The target.
    pub target: &'a TargetReport,
    /// The patch.
    pub patch: &'a Patch,
    /// The findings that it clears.
    pub findings: Vec<&'a Finding>,
    /// What it disturbs.
    pub effect: Effect,
    /// How its package manager gets there.
    pub route: Option<Route>,
    /// What trying it told.
    pub notes: &'a [String],
    /// Why trying it failed.
    pub failed: Option<String>,
}

impl<'a> Candidate<'a> {
    /// The components that it upgrades, each once.
    pub fn components(&self) -> Vec<&'a Component> {
        components(&self.findings)
    }

    /// Why no command is known that puts it in: trying it failed, or a parent does not allow it and no release of that
    /// parent is known that does. Where nobody tells what the parents allow, a step out of the compatible line is not
    /// counted on: hardly a requirement reaches so far.
    pub fn blocked(&self) -> Option<String> {
        let shut = |route: &&Route| match route.kind {
            _ if route.tried => false,
            RouteKind::Parent => true,
            RouteKind::Unknown => self.patch.major && (!self.is_direct() || self.is_shared()),
            // What to change is worth saying where the package manager could not.
            RouteKind::Manifest => self.failed.is_some() || self.patch.major && self.is_shared(),
            RouteKind::LockUpdate => false,
        };
        let route = self.route.as_ref().filter(shut);
        let advice = route.map(|route| route.advice.as_str());
        let why: Vec<&str> = advice.into_iter().chain(self.failed.as_deref()).collect();
        (!why.is_empty()).then(|| why.join("; "))
    }

    /// The project itself asks for it: its own requirement can be changed.
    fn is_direct(&self) -> bool {
        let mut components = self.components().into_iter();
        components.any(|component| component.direct == Some(true))
    }

    /// Others ask for it, too, and nobody tells in which versions: the old version may stay for them.
    fn is_shared(&self) -> bool {
        let components = self.components().into_iter();
        components.flat_map(untold_parents).next().is_some()
    }

    /// Seconds of work.
    pub fn work(&self) -> u64 {
        match self.route.is_some() || self.effect.kind == DisruptionKind::Redeploy {
            true => BUILD,
            false => INSTALL.saturating_mul(self.components().len().max(1) as u64),
        }
    }
}

/// A flaw that patches close.
struct Shared {
    points: u64,
    price: f64,
    needs: BTreeSet<usize>,
}

/// All patches of a report, and the numbers that go with them.
pub struct Candidates<'a> {
    /// The patches, in the order of the report.
    pub list: Vec<Candidate<'a>>,
    /// Findings that count.
    pub findings: u64,
    /// Findings that no patch clears.
    pub unpatched: u64,
    flaws: Vec<Shared>,
    hosts: usize,
    risk_unpatched: u64,
    price_unpatched: f64,
}

/// Vulnerability, package and application: what makes findings one flaw.
type FlawKey<'a> = (usize, &'a str, &'a str, &'a str);

impl<'a> Candidates<'a> {
    /// Collects them.
    pub fn of(report: &'a ScanReport, outcomes: &'a Outcomes) -> Candidates<'a> {
        let mut all = Candidates {
            list: Vec::new(),
            findings: 0,
            unpatched: 0,
            flaws: Vec::new(),
            hosts: report.targets.len(),
            risk_unpatched: 0,
            price_unpatched: 0.0,
        };
        for (host, target) in report.targets.iter().enumerate() {
            all.add_target(host, target, outcomes);
        }
        all
    }

    fn add_target(&mut self, host: usize, target: &'a TargetReport, outcomes: &'a Outcomes) {
        let here = Surroundings::of(target);
        let packages = Packages::of(target);
        let mut by_id: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
        for finding in counted(target) {
            by_id.entry(&finding.id).or_default().push(finding);
        }
        let mut flaws: BTreeMap<FlawKey<'_>, Shared> = BTreeMap::new();
        for (at, patch) in target.patches.iter().enumerate() {
            // A finding belongs to the first patch that names it, so that none counts twice.
            let ids = patch.resolves.iter();
            let findings: Vec<&Finding> = ids
                .filter_map(|id| by_id.remove(id.as_str()))
                .flatten()
                .collect();
            if findings.is_empty() {
                continue;
            }
            for finding in &findings {
                let flaw = flaws.entry(key(host, finding)).or_insert_with(Shared::none);
                flaw.add(finding);
                flaw.needs.insert(self.list.len());
                flaw.needs.extend(self.step_before(host, patch));
            }
            self.findings += findings.len() as u64;
            let mut candidate = candidate(host, target, patch, findings, &here, &packages);
            if let Some(outcome) = outcomes.get(&(host, at)) {
                candidate.route = outcome.route.clone().or(candidate.route);
                candidate.notes = &outcome.notes;
                candidate.failed = outcome.failed.clone();
            }
            self.list.push(candidate);
        }
        let mut open: BTreeMap<FlawKey<'_>, Shared> = BTreeMap::new();
        for finding in by_id.into_values().flatten() {
            self.findings += 1;
            self.unpatched += 1;
            open.entry(key(host, finding))
                .or_insert_with(Shared::none)
                .add(finding);
        }
        self.risk_unpatched += open.values().map(|flaw| flaw.points).sum::<u64>();
        self.price_unpatched += open.values().map(|flaw| flaw.price).sum::<f64>();
        self.flaws.extend(flaws.into_values());
    }

    /// The step that ends at the version from which this one goes on.
    fn step_before(&self, host: usize, patch: &Patch) -> Option<usize> {
        self.list.iter().position(|other| {
            let other = (other.host, other.patch);
            other.0 == host
                && patch.major
                && other.1.package == patch.package
                && other.1.location == patch.location
                && other.1.to == patch.from
        })
    }

    /// The patch that takes the same package from the same version less far: after the breaking one its command would
    /// find nothing, so it goes first.
    fn gentler(&self, item: usize) -> Option<usize> {
        let breaking = self.list.get(item)?;
        let tried = |route: &Route| route.tried;
        if !breaking.patch.major || !breaking.route.as_ref().is_some_and(tried) {
            return None;
        }
        self.list.iter().position(|other| {
            other.host == breaking.host
                && !other.patch.major
                && other.patch.package == breaking.patch.package
                && other.patch.location == breaking.patch.location
                && other.patch.from == breaking.patch.from
                && other.blocked().is_none()
        })
    }

    /// The problem in numbers. Items are the candidates in their order.
    pub fn model(&self) -> Model {
        let mut model = Model {
            reboots: vec![REBOOT; self.hosts],
            ..Model::default()
        };
        let mut outages: BTreeMap<(usize, DisruptionKind, &str), usize> = BTreeMap::new();
        for candidate in &self.list {
            let mut item = Item {
                host: candidate.host,
                work: candidate.work(),
                reboot: candidate.effect.kind == DisruptionKind::Reboot,
                ..Item::default()
            };
            for what in &candidate.effect.what {
                let key = (candidate.host, candidate.effect.kind, what.as_str());
                let outage = *outages.entry(key).or_insert_with(|| {
                    model.outages.push(Outage {
                        host: candidate.host,
                        seconds: seconds(candidate.effect.kind),
                    });
                    model.outages.len() - 1
                });
                item.outages.push(outage);
            }
            model.items.push(item);
        }
        for flaw in &self.flaws {
            let gentler = flaw.needs.iter().filter_map(|&item| self.gentler(item));
            let needs: BTreeSet<usize> = flaw.needs.iter().copied().chain(gentler).collect();
            for &item in &needs {
                if let Some(item) = model.items.get_mut(item) {
                    item.flaws.push(model.flaws.len());
                }
            }
            model.flaws.push(Flaw {
                points: flaw.points,
                needs: needs.into_iter().collect(),
            });
        }
        model
    }

    /// The price of a day for each flaw of the model.
    pub fn prices(&self) -> impl Iterator<Item = f64> {
        self.flaws.iter().map(|flaw| flaw.price)
    }

    /// All risk, in thousandths of a point.
    pub fn risk(&self) -> u64 {
        self.flaws.iter().map(|flaw| flaw.points).sum::<u64>() + self.risk_unpatched
    }

    /// The risk that no patch removes, in thousandths of a point.
    pub fn risk_unpatched(&self) -> u64 {
        self.risk_unpatched
    }

    /// What a day of doing nothing costs, in points.
    pub fn price(&self) -> f64 {
        self.prices().sum::<f64>() + self.price_unpatched
    }
}

impl Shared {
    fn none() -> Shared {
        Shared {
            points: 0,
            price: 0.0,
            needs: BTreeSet::new(),
        }
    }

    fn add(&mut self, finding: &Finding) {
        self.points = self.points.max(points(finding));
        self.price = self.price.max(price_per_day(finding));
    }
}

fn candidate<'a>(
    host: usize,
    target: &'a TargetReport,
    patch: &'a Patch,
    findings: Vec<&'a Finding>,
    here: &Surroundings,
    packages: &Packages<'_>,
) -> Candidate<'a> {
    let components = components(&findings);
    let first = components.first().copied();
    let manager = first.and_then(|component| Manager::of(component, target.os.as_ref()));
    let manager = manager.filter(|manager| !manager.is_os());
    Candidate {
        host,
        target,
        patch,
        effect: effect(patch, &components, here),
        route: manager
            .zip(first)
            .and_then(|(manager, component)| route(patch, component, manager.scheme(), packages)),
        notes: &[],
        failed: None,
        findings,
    }
}

fn components<'a>(findings: &[&'a Finding]) -> Vec<&'a Component> {
    let mut components: Vec<&Component> = Vec::new();
    let mut seen = BTreeSet::new();
    for finding in findings {
        let component = &finding.component;
        if seen.insert((&component.name, &component.arch)) {
            components.push(component);
        }
    }
    components.sort_by(|a, b| a.name.cmp(&b.name));
    components
}

fn seconds(kind: DisruptionKind) -> u64 {
    match kind {
        DisruptionKind::None => 0,
        DisruptionKind::Restart | DisruptionKind::Users => RESTART,
        DisruptionKind::Redeploy => REDEPLOY,
        DisruptionKind::Reboot => REBOOT,
    }
}

fn key(host: usize, finding: &Finding) -> FlawKey<'_> {
    let component = &finding.component;
    let place = component
        .locations
        .first()
        .map_or("", |place| place.path.as_str());
    match &component.source {
        Some(source) => (host, &finding.vulnerability, &source.name, ""),
        None => (host, &finding.vulnerability, &component.name, place),
    }
}

/// The findings of a target that count.
pub fn counted(target: &TargetReport) -> impl Iterator<Item = &Finding> {
    target
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
}

/// The risk of one target, in thousandths of a point: each flaw once.
pub fn risk_of(target: &TargetReport) -> u64 {
    let mut flaws: BTreeMap<FlawKey<'_>, u64> = BTreeMap::new();
    for finding in counted(target) {
        let most = flaws.entry(key(0, finding)).or_default();
        *most = points(finding).max(*most);
    }
    flaws.values().sum()
}

/// Thousandths of a point as points.
pub fn in_points(thousandths: u64) -> f64 {
    thousandths as f64 / UNIT
}
