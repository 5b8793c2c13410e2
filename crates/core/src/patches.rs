//! From findings to the upgrades that resolve them.
//!
//! Findings that one action of a package manager resolves together become one [`Patch`]: binaries of one source
//! package (one `apt-get install`), or one package of a lockfile. Where the compatible line of a library does not clear
//! everything, the step within it is a patch of its own, and the breaking step goes on from there.

mod command;
mod manager;

use std::collections::BTreeMap;

use patchward_protocol::inventory::{Component, OperatingSystem, PendingPatch};
use patchward_protocol::report::{Finding, FindingStatus, PackageUpgrade, Patch};
use patchward_version::Scheme;

use crate::line::same_line;

pub use crate::line::breach;
pub(crate) use command::typed;
pub use manager::Manager;

/// The upgrades that resolve the findings that count, most useful first: those that resolve an exploited flaw, then
/// the highest severity, then the most findings.
///
/// `findings` are in the order of urgency, and each patch lists what it resolves in that order.
pub fn patches(
    findings: &[Finding],
    pending: &[PendingPatch],
    os: Option<&OperatingSystem>,
) -> Vec<Patch> {
    let mut groups: BTreeMap<GroupKey, Group<'_>> = BTreeMap::new();
    // What a package of the operating system brought is mended by its next version, never by the language's own tool.
    let counted = findings.iter().filter(|finding| {
        finding.suppressed.is_none() && !finding.malware && finding.component.owner.is_none()
    });
    for (rank, finding) in counted.enumerate() {
        let Some(upgrade) = finding
            .upgrade
            .as_deref()
            .filter(|_| finding.status == FindingStatus::Fixable)
        else {
            continue;
        };
        let Some(manager) = Manager::of(&finding.component, os) else {
            continue;
        };
        let key = GroupKey::of(manager, &finding.component, upgrade);
        groups
            .entry(key)
            .or_insert_with(|| Group::new(manager, rank))
            .add(finding, upgrade, pending);
    }
    for (key, rank, to) in first_steps(&groups) {
        if let Some(group) = groups.get_mut(&key) {
            group.first_rank = rank;
            group.from = to;
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(key, group)| (group.first_rank, key.breaks));
    groups.iter().map(|(_, group)| group.patch()).collect()
}

/// Steps of one component within its line and beyond it: both get the better rank, so that they follow each other, and
/// the second the version that the first ends at.
fn first_steps(groups: &BTreeMap<GroupKey, Group<'_>>) -> Vec<(GroupKey, usize, Option<String>)> {
    let mut known = Vec::new();
    for (key, beyond) in groups.iter().filter(|(key, _)| key.breaks) {
        let within = GroupKey {
            breaks: false,
            ..key.clone()
        };
        if let Some(first) = groups.get(&within) {
            let rank = first.first_rank.min(beyond.first_rank);
            let to = first.targets.values().next();
            known.push((key.clone(), rank, to.map(|target| target.to.clone())));
            known.push((within, rank, None));
        }
    }
    known
}

/// What one action upgrades together.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    manager: Manager,
    package: String,
    from: String,
    location: String,
    /// Of libraries: the upgrade leaves the compatible line.
    breaks: bool,
}

impl GroupKey {
    fn of(manager: Manager, component: &Component, upgrade: &str) -> GroupKey {
        let package = match (&component.source, manager.is_os()) {
            (Some(source), true) => source.name.clone(),
            _ => component.name.clone(),
        };
        // One version of an operating system's source package is installed; a tree may hold many of one library.
        let (from, location) = match manager.is_os() {
            true => (String::new(), String::new()),
            false => (component.version.clone(), location(component)),
        };
        GroupKey {
            manager,
            package,
            from,
            location,
            breaks: !manager.is_os() && manager.breaks(&component.version, upgrade),
        }
    }
}

struct Group<'a> {
    manager: Manager,
    first_rank: usize,
    /// The version that an earlier step of the same component ends at.
    from: Option<String>,
    findings: Vec<&'a Finding>,
    /// Binary package or component, and the version that it goes to.
    targets: BTreeMap<&'a str, Target<'a>>,
}

struct Target<'a> {
    component: &'a Component,
    to: String,
    pending: bool,
}

impl<'a> Group<'a> {
    fn new(manager: Manager, first_rank: usize) -> Group<'a> {
        Group {
            manager,
            first_rank,
            from: None,
            findings: Vec::new(),
            targets: BTreeMap::new(),
        }
    }

    fn add(&mut self, finding: &'a Finding, upgrade: &str, pending: &'a [PendingPatch]) {
        self.findings.push(finding);
        let component = &finding.component;
        let offered = pending.iter().find(|offer| {
            self.manager.is_os()
                && offer.package == component.name
                && component
                    .arch
                    .as_ref()
                    .is_none_or(|arch| *arch == offer.arch || offer.arch.is_empty())
                && self.manager.reaches(&offer.candidate, upgrade)
        });
        let target = Target {
            component,
            to: offered.map_or(upgrade, |offer| &offer.candidate).to_owned(),
            pending: offered.is_some(),
        };
        match self.targets.get_mut(component.name.as_str()) {
            Some(known) if self.manager.reaches(&known.to, &target.to) => {}
            Some(known) => *known = target,
            None => drop(self.targets.insert(&component.name, target)),
        }
    }

    fn from<'t>(&'t self, target: &'t Target<'_>) -> &'t str {
        self.from.as_deref().unwrap_or(&target.component.version)
    }

    fn patch(&self) -> Patch {
        let mut vulnerabilities: Vec<String> = Vec::new();
        for finding in &self.findings {
            if !vulnerabilities.contains(&finding.vulnerability) {
                vulnerabilities.push(finding.vulnerability.clone());
            }
        }
        let targets = || self.targets.values();
        let steps: Vec<command::Step<'_>> = targets()
            .map(|target| target.step(self.from(target)))
            .collect();
        let first = self.targets.values().next();
        let component = first.map(|target| target.component);
        let to = first.map(|target| target.to.clone()).unwrap_or_default();
        let from = first
            .map(|target| self.from(target).to_owned())
            .unwrap_or_default();
        let package = component.map(|component| GroupKey::of(self.manager, component, &to).package);
        Patch {
            manager: self.manager.name().to_owned(),
            package: package.unwrap_or_default(),
            major: self.manager.breaks(&from, &to),
            command: command::command(self.manager, &steps),
            location: component.map(location).unwrap_or_default(),
            resolves: self
                .findings
                .iter()
                .map(|finding| finding.id.clone())
                .collect(),
            severity: self
                .findings
                .iter()
                .map(|finding| finding.severity.level)
                .max()
                .unwrap_or_default(),
            pending: self.targets.values().all(|target| target.pending),
            packages: targets()
                .map(|target| target.upgrade(self.from(target)))
                .collect(),
            vulnerabilities,
            from,
            to,
        }
    }
}

impl Target<'_> {
    fn upgrade(&self, from: &str) -> PackageUpgrade {
        PackageUpgrade {
            name: self.component.name.clone(),
            from: from.to_owned(),
            to: self.to.clone(),
        }
    }

    fn step<'t>(&'t self, from: &'t str) -> command::Step<'t> {
        command::Step {
            package: &self.component.name,
            from,
            to: &self.to,
            direct: self.component.direct == Some(true),
            exact: self.pending,
        }
    }
}

fn location(component: &Component) -> String {
    component
        .locations
        .first()
        .map(|location| location.path.clone())
        .unwrap_or_default()
}

impl Manager {
    /// Whether an upgrade leaves the compatible line of its ecosystem.
    pub(crate) fn breaks(self, from: &str, to: &str) -> bool {
        !same_line(self.scheme().unwrap_or(Scheme::Generic), from, to)
    }

    /// Whether `version` is at or past `wanted`, in this manager's order.
    fn reaches(self, version: &str, wanted: &str) -> bool {
        self.scheme().is_some_and(|scheme: Scheme| {
            scheme
                .compare(version, wanted)
                .is_ok_and(std::cmp::Ordering::is_ge)
        })
    }
}

#[cfg(test)]
mod tests;
