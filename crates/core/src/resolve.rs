//! Resolve: asks a project's own package manager, in throw-away copies, which upgrade brings a fixed child.
//!
//! A lockfile does not tell which release of a parent allows the fixed child; the registry does. For each patch whose
//! way is not plain, this tries the child alone, then what stands above it, as low as can be ([`search`]). Each result is
//! a lockfile that our own reader reads and our own knowledge judges ([`attempt`]). What works becomes an
//! [`Upgrade`]; [`crate::plan::tried`] makes the plan's steps of it.

mod attempt;
mod file;
mod parent;
pub mod search;
mod wish;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use patchward_knowledge::Knowledge;
use patchward_patch::lockfile::Tool;
use patchward_protocol::inventory::{AssetKind, Component};
use patchward_protocol::plan::{Route, RouteKind};
use patchward_protocol::report::{Finding, Patch, ScanReport, TargetReport};

use crate::patches::Manager;
use crate::plan::route::{Packages, route};
use crate::plan::tried::{Refused, Tried};
use file::File;

/// Lockfiles whose package manager is asked.
const ASKED: [&str; 5] = [
    "Cargo.lock",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "uv.lock",
    "composer.lock",
];

/// Hears how far it is.
pub trait Listener {
    /// A patch is tried: its place, how many there are, and what it upgrades.
    fn trying(&self, number: usize, of: usize, patch: &Patch);
}

/// Tries every patch of a lockfile for which changing the lock alone is not known to do, on the files that the report's targets name. The projects
/// themselves are only read. What cannot be tried becomes a note on its patch.
pub fn resolve(report: &ScanReport, knowledge: &Knowledge, listener: &dyn Listener) -> Tried {
    let mut work: Vec<(usize, Vec<Open<'_>>)> = Vec::new();
    let mut tried = Tried::default();
    for (at, target) in report.targets.iter().enumerate() {
        for open in by_lockfile(target).into_values() {
            work.push((at, open));
        }
        untried(at, target, &mut tried);
    }
    let of = work.iter().map(|(_, open)| open.len()).sum();
    let mut number = 0;
    for (at, open) in work {
        let target = &report.targets[at];
        let mut file = File::new(at, target, &open, knowledge);
        for patch in &open {
            number += 1;
            if file.done.contains(&patch.at) {
                continue;
            }
            listener.trying(number, of, patch.patch);
            match file.upgrade(patch) {
                Ok(upgrade) => {
                    file.done.extend(&upgrade.patches);
                    tried.add(upgrade);
                }
                Err(why) => tried.refused.push(Refused {
                    target: at,
                    patch: patch.at,
                    why,
                }),
            }
        }
    }
    tried
}

/// A patch for which the lockfile alone does not do: its way is not known, a parent forbids it, or the project itself.
struct Open<'a> {
    at: usize,
    patch: &'a Patch,
    component: &'a Component,
    manager: Manager,
    route: Route,
    tool: Tool,
}

/// The open patches of a target, by lockfile; those with the most parents first, so that one upgrade covers them all.
fn by_lockfile(target: &TargetReport) -> BTreeMap<&str, Vec<Open<'_>>> {
    let packages = Packages::of(target);
    let mut files: BTreeMap<&str, Vec<Open<'_>>> = BTreeMap::new();
    for (at, patch) in target.patches.iter().enumerate() {
        if let Some(open) = open(at, patch, target, &packages) {
            files.entry(&patch.location).or_default().push(open);
        }
    }
    for open in files.values_mut() {
        open.sort_by_key(|open| std::cmp::Reverse(open.route.blockers.len()));
    }
    files
}

fn open<'a>(
    at: usize,
    patch: &'a Patch,
    target: &'a TargetReport,
    packages: &Packages<'_>,
) -> Option<Open<'a>> {
    let tool = Tool::named(&patch.manager)?;
    let (component, manager, route) = way(patch, target, packages)?;
    let plain = route.kind == RouteKind::LockUpdate;
    (is_asked(patch) && !plain).then_some(Open {
        at,
        patch,
        component,
        manager,
        route,
        tool,
    })
}

/// The patches of a lockfile that stay within the compatible line and for which changing the lock alone does.
fn plain(target: &TargetReport, location: &str) -> BTreeSet<usize> {
    let packages = Packages::of(target);
    let patches = target.patches.iter().enumerate();
    let plain = patches.filter(|(_, patch)| {
        patch.location == location
            && !patch.major
            && way(patch, target, &packages)
                .is_some_and(|(_, _, route)| route.kind == RouteKind::LockUpdate)
    });
    plain.map(|(at, _)| at).collect()
}

/// The component of a patch, its manager, and the route.
fn way<'a>(
    patch: &Patch,
    target: &'a TargetReport,
    packages: &Packages<'_>,
) -> Option<(&'a Component, Manager, Route)> {
    let component = &findings_of(target, patch).next()?.component;
    let manager = Manager::of(component, target.os.as_ref())?;
    let route = route(patch, component, manager.scheme(), packages)?;
    Some((component, manager, route))
}

/// Whether the package manager of a patch's lockfile is one that is asked.
fn is_asked(patch: &Patch) -> bool {
    ASKED.contains(&file_name(patch))
}

fn file_name(patch: &Patch) -> &str {
    patch.location.rsplit('/').next().unwrap_or_default()
}

/// Says of each library whose way is not known, and whose package manager is not asked, that nothing was tried.
fn untried(at: usize, target: &TargetReport, tried: &mut Tried) {
    let packages = Packages::of(target);
    for (place, patch) in target.patches.iter().enumerate() {
        let Some(finding) = findings_of(target, patch).next() else {
            continue;
        };
        let component = &finding.component;
        let is_library = !patch.pending && !crate::matching::is_of_distribution(component);
        let manager = Manager::of(component, target.os.as_ref());
        let known = manager
            .and_then(|manager| route(patch, component, manager.scheme(), &packages))
            .is_some_and(|route| !matches!(route.kind, RouteKind::Parent | RouteKind::Unknown));
        if is_library && !is_asked(patch) && !known {
            tried.untried.push(Refused {
                target: at,
                patch: place,
                why: format!(
                    "only cargo, npm, uv and composer are asked, by their lockfiles; nothing was made of {}",
                    file_name(patch)
                ),
            });
        }
    }
}

fn findings_of<'a>(target: &'a TargetReport, patch: &Patch) -> impl Iterator<Item = &'a Finding> {
    let ids: BTreeSet<String> = patch.resolves.iter().cloned().collect();
    let findings = target.findings.iter();
    findings.filter(move |finding| ids.contains(&finding.id) && finding.suppressed.is_none())
}

/// Where a target's lockfile lies.
fn path(target: &TargetReport, location: &str) -> Result<PathBuf, String> {
    let name = Path::new(&target.asset.name);
    match target.asset.kind {
        AssetKind::Tree | AssetKind::Root => Ok(name.join(location.trim_start_matches('/'))),
        AssetKind::Lockfile => Ok(name.to_owned()),
        AssetKind::Host => Ok(Path::new("/").join(location)),
        AssetKind::Sbom => Err("an SBOM has no project to copy".to_owned()),
    }
}
