//! From findings to the upgrades that resolve them.
//!
//! Findings that one action of a package manager resolves together become one [`Patch`]: binaries of one source
//! package (one `apt-get install`), or one package of a lockfile.

mod command;
mod manager;

use std::collections::BTreeMap;

use patchward_protocol::inventory::{Component, OperatingSystem, PendingPatch};
use patchward_protocol::report::{Finding, FindingStatus, PackageUpgrade, Patch};
use patchward_version::Scheme;

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
    let counted = findings
        .iter()
        .filter(|finding| finding.suppressed.is_none() && !finding.malware);
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
        let key = GroupKey::of(manager, &finding.component);
        groups
            .entry(key)
            .or_insert_with(|| Group::new(manager, rank))
            .add(finding, upgrade, pending);
    }
    let mut groups: Vec<_> = groups.into_values().collect();
    groups.sort_by_key(|group| group.first_rank);
    groups.iter().map(Group::patch).collect()
}

/// What one action upgrades together.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct GroupKey {
    manager: Manager,
    package: String,
    from: String,
    location: String,
}

impl GroupKey {
    fn of(manager: Manager, component: &Component) -> GroupKey {
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
        }
    }
}

struct Group<'a> {
    manager: Manager,
    first_rank: usize,
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

    fn patch(&self) -> Patch {
        let mut vulnerabilities: Vec<String> = Vec::new();
        for finding in &self.findings {
            if !vulnerabilities.contains(&finding.vulnerability) {
                vulnerabilities.push(finding.vulnerability.clone());
            }
        }
        let steps: Vec<command::Step<'_>> = self.targets.values().map(Target::step).collect();
        let first = self.targets.values().next();
        let component = first.map(|target| target.component);
        let to = first.map(|target| target.to.clone()).unwrap_or_default();
        let from = component
            .map(|component| component.version.clone())
            .unwrap_or_default();
        let package = component.map(|component| GroupKey::of(self.manager, component).package);
        Patch {
            manager: self.manager.name().to_owned(),
            package: package.unwrap_or_default(),
            major: major(&from) != major(&to),
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
            packages: self.targets.values().map(Target::upgrade).collect(),
            vulnerabilities,
            from,
            to,
        }
    }
}

impl Target<'_> {
    fn upgrade(&self) -> PackageUpgrade {
        PackageUpgrade {
            name: self.component.name.clone(),
            from: self.component.version.clone(),
            to: self.to.clone(),
        }
    }

    fn step(&self) -> command::Step<'_> {
        command::Step {
            package: &self.component.name,
            from: &self.component.version,
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

/// The epoch and first number of a version: where both stay, the upgrade stays within the major version.
pub(crate) fn major(version: &str) -> &str {
    let end = version.find(['.', '-', '+', '~']).unwrap_or(version.len());
    version[..end].trim_start_matches('v')
}

impl Manager {
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
