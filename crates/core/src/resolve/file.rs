//! One lockfile: which upgrade clears a patch of it, and what else that clears.

use std::collections::BTreeSet;

use patchward_knowledge::Knowledge;
use patchward_patch::lockfile::Move;
use patchward_protocol::report::{PackageUpgrade, TargetReport};

use super::attempt::{Attempt, Child, Project};
use super::parent::{Parent, parts};
use super::search::{Bound, Least};
use super::wish::{Wish, lowered, manifest};
use super::{Open, findings_of, path, plain};
use crate::patches::typed;
use crate::plan::tried::Upgrade;

/// More parents than these are not moved together.
const MOST_PARENTS: usize = 3;

/// One lockfile, and what was found out about it.
pub struct File<'a> {
    target: usize,
    report: &'a TargetReport,
    location: &'a str,
    project: Result<Project<'a>, String>,
    /// Patches within their line for which the lockfile alone does, by their place.
    plain: BTreeSet<usize>,
    /// Patches that an upgrade clears, by their place.
    pub done: BTreeSet<usize>,
}

impl<'a> File<'a> {
    /// Reads the lockfile of `open`, which is not empty.
    pub fn new(
        target: usize,
        report: &'a TargetReport,
        open: &[Open<'a>],
        knowledge: &'a Knowledge,
    ) -> File<'a> {
        let first = &open[0];
        let path = path(report, &first.patch.location);
        let project = path.and_then(|path| Project::open(path, first.tool, knowledge));
        File {
            target,
            report,
            location: &first.patch.location,
            project,
            plain: plain(report, &first.patch.location),
            done: BTreeSet::new(),
        }
    }

    /// The least upgrade that clears a patch.
    ///
    /// # Errors
    /// In words, when nothing does.
    pub fn upgrade(&self, open: &Open<'_>) -> Result<Upgrade, String> {
        let project = self.project.as_ref().map_err(Clone::clone)?;
        let child = self.child(open.at);
        let alone = Move::Lock {
            package: open.patch.package.clone(),
            from: child.from.clone(),
            to: Some(open.patch.to.clone()),
        };
        let mut why = match project.attempt(&[alone], &[], &[]) {
            Ok(attempt) if attempt.clears(&child) => {
                return Ok(self.told(open, &attempt, &[], true));
            }
            Ok(attempt) => attempt.shortfall(&child),
            Err(error) => error,
        };
        for parents in self.ways_up(open) {
            match self.by_parents(project, open, &parents) {
                Ok(upgrade) => return Ok(upgrade),
                Err(error) => why = error,
            }
        }
        Err(why)
    }

    /// Which packages may have to move: those in the way, then the direct dependencies above.
    fn ways_up(&self, open: &Open<'_>) -> Vec<Vec<Parent>> {
        if open.component.direct == Some(true) {
            let own = [format!("{}@{}", open.patch.package, open.component.version)];
            return parts(open.component)
                .into_iter()
                .map(|part| {
                    let mut parents = self.parents(own.iter());
                    parents
                        .iter_mut()
                        .for_each(|parent| parent.part = part.clone());
                    parents
                })
                .collect();
        }
        let blockers = open.route.blockers.iter().map(|blocker| &blocker.package);
        let mut ways = vec![
            self.parents(blockers),
            self.parents(open.route.through.iter()),
        ];
        ways.retain(|parents| (1..=MOST_PARENTS).contains(&parents.len()));
        ways.dedup();
        ways
    }

    fn parents<'n>(&self, names: impl Iterator<Item = &'n String>) -> Vec<Parent> {
        let known = |name: &str, version: &str| {
            self.report.inventory.iter().find(|component| {
                component.name == name
                    && component.version == version
                    && component
                        .locations
                        .first()
                        .is_some_and(|place| place.path == self.location)
            })
        };
        names
            .filter_map(|name| name.rsplit_once('@'))
            .map(|(name, version)| Parent {
                name: name.to_owned(),
                from: version.to_owned(),
                direct: known(name, version).is_some_and(|found| {
                    found.direct == Some(true)
                        || (found.direct.is_none() && found.needed_by.is_empty())
                }),
                part: known(name, version)
                    .and_then(|found| parts(found).into_iter().next())
                    .unwrap_or_default(),
            })
            .collect()
    }

    fn by_parents(
        &self,
        project: &Project<'_>,
        open: &Open<'_>,
        parents: &[Parent],
    ) -> Result<Upgrade, String> {
        let wish = Wish {
            project,
            goals: self.goals(open, parents),
            within: self
                .parents(open.route.blockers.iter().map(|blocker| &blocker.package))
                .into_iter()
                .filter(|middle| !parents.contains(middle))
                .collect(),
        };
        let locked = |to: &dyn Fn(usize) -> Option<String>| -> Vec<Move> {
            let each = parents.iter().enumerate();
            each.map(|(at, parent)| parent.lock(to(at))).collect()
        };
        // The project can ask only for what it asks for itself; of others the newest that is allowed is taken.
        if parents.iter().any(|parent| !parent.direct) {
            let attempt = wish.made(&locked(&|_| None))?;
            return Ok(self.told(open, &attempt, parents, true));
        }
        let Least { versions, proven } = wish.least(parents)?;
        let exactly = locked(&|at| versions.get(at).cloned());
        let attempt = match project.tool().is_exact() {
            true => wish.made(&exactly),
            false => Err(String::new()),
        };
        let attempt = attempt.or_else(|_| {
            let bounds: Vec<Bound> = versions.iter().cloned().map(Bound::At).collect();
            let attempt = wish.made(&manifest(parents, &bounds))?;
            // A requirement of one release may take a later one: the lockfile is brought back to the least, or the
            // command names what comes of it.
            let came: Vec<Bound> = parents
                .iter()
                .filter_map(|parent| attempt.version_of(&parent.name).map(Bound::At))
                .collect();
            if came.len() != bounds.len() || came == bounds {
                return Ok(attempt);
            }
            let lowered = lowered(parents, &bounds, &came);
            let exact = project.tool().is_exact();
            let least = exact.then(|| wish.made(&lowered).ok()).flatten();
            least.map_or_else(|| wish.made(&manifest(parents, &came)), Ok)
        })?;
        Ok(self.told(open, &attempt, parents, proven))
    }

    /// What an upgrade of these parents is to clear: the child, and the parents' own patches.
    fn goals(&self, open: &Open<'_>, parents: &[Parent]) -> Vec<Child> {
        let own = self
            .report
            .patches
            .iter()
            .enumerate()
            .filter(|(at, patch)| {
                *at != open.at
                    && patch.location == self.location
                    && parents.iter().any(|parent| {
                        patch.package == parent.name && self.version(*at) == parent.from
                    })
            });
        let places = std::iter::once(open.at).chain(own.map(|(at, _)| at));
        places.map(|at| self.child(at)).collect()
    }

    /// The version in the lockfile; a patch may go on from an earlier step's.
    fn version(&self, at: usize) -> &str {
        let patch = &self.report.patches[at];
        let finding = findings_of(self.report, patch).next();
        finding.map_or(&patch.from, |finding| &finding.component.version)
    }

    fn child(&self, at: usize) -> Child {
        let patch = &self.report.patches[at];
        let flaws = findings_of(self.report, patch).map(|finding| finding.vulnerability.clone());
        Child {
            name: patch.package.clone(),
            from: self.version(at).to_owned(),
            to: patch.to.clone(),
            vulnerabilities: flaws.collect(),
        }
    }

    /// The upgrade, with every patch of the file that it clears.
    fn told(
        &self,
        open: &Open<'_>,
        attempt: &Attempt,
        parents: &[Parent],
        proven: bool,
    ) -> Upgrade {
        let cleared = |at: &usize| {
            let patch = &self.report.patches[*at];
            patch.location == self.location && attempt.clears(&self.child(*at))
        };
        let patches: Vec<usize> = (0..self.report.patches.len()).filter(cleared).collect();
        let moved = |name: &str, from: &str| PackageUpgrade {
            name: name.to_owned(),
            from: from.to_owned(),
            to: attempt.version_of(name).unwrap_or_default(),
        };
        let named: Vec<PackageUpgrade> = match parents {
            [] => vec![moved(&open.patch.package, &open.component.version)],
            parents => parents
                .iter()
                .map(|parent| moved(&parent.name, &parent.from))
                .collect(),
        };
        let mut brings: Vec<PackageUpgrade> = patches
            .iter()
            .map(|&at| moved(&self.report.patches[at].package, self.version(at)))
            .filter(|brought| named.iter().all(|named| named.name != brought.name))
            .collect();
        brings.sort_by(|a, b| (&a.name, &a.from).cmp(&(&b.name, &b.from)));
        brings.dedup();
        let mut all = named.iter().chain(&brings);
        let breaks = all.any(|package| {
            !package.to.is_empty() && open.manager.breaks(&package.from, &package.to)
        });
        // What the lockfile alone clears is not worth a break.
        let patches: Vec<usize> = patches
            .into_iter()
            .filter(|at| !breaks || !self.plain.contains(at))
            .collect();
        let words: Vec<Vec<String>> = attempt
            .moves
            .iter()
            .map(|step| open.tool.words(step))
            .collect();
        Upgrade {
            target: self.target,
            manager: open.patch.manager.clone(),
            location: self.location.to_owned(),
            named,
            brings,
            command: typed(&words),
            changes_manifest: attempt
                .moves
                .iter()
                .any(|step| matches!(step, Move::Manifest { .. })),
            least: proven,
            breaks,
            patches,
        }
    }
}
