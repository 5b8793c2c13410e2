//! Inventory × knowledge → findings, each with its exact reason.
//!
//! A pure function: the same inventory and the same knowledge give the same findings in the same order, on one core or
//! many.
//!
//! 1. **Names** ([`names`]): under which ecosystem, name and version each component may be known.
//! 2. **Claims** ([`claims`]): what the knowledge base says of those names and this version. Most components end here.
//! 3. **Vulnerabilities** ([`vulnerabilities`]): claims that name the same flaw are put together.
//! 4. **Who wins** ([`verdict`]): the distribution about its own packages, also for files of other ecosystems that its
//!    packages own; else the ecosystem's advisories; then the CVE record; guesses by CPE name last. What is overruled is
//!    kept and shown with the reason; within one rank "affected" wins over "not affected".
//! 5. **Fixes** ([`fixes`]): versions that mend it, and the smallest upgrade that clears everything on the component.

mod claims;
mod coverage;
mod finding;
mod fixes;
mod kernels;
mod names;
mod owned;
mod release;
mod severity;
mod support;
mod verdict;
mod vulnerabilities;
pub(crate) mod words;

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Mutex;

use patchward_knowledge::Knowledge;
use patchward_protocol::inventory::{Component, Inventory, Problem};
use patchward_protocol::report::Finding;

pub(crate) use names::is_of_distribution;
pub(crate) use severity::band;
pub use support::{Support, product, support};
pub use verdict::WITHDRAWN;

use crate::parallel;
use crate::rank;
use claims::{Claims, Mark};
use coverage::Coverage;
use names::Host;
use vulnerabilities::Vulnerabilities;

/// What matching found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Matched {
    /// Findings by vulnerability and component, suppressed ones too.
    pub findings: Vec<Finding>,
    /// Components that could not be judged, and why.
    pub problems: Vec<Problem>,
}

/// Finds what is vulnerable in an inventory.
pub fn matching(inventory: &Inventory, knowledge: &Knowledge) -> Matched {
    let host = Host::of(inventory);
    let coverage = Mutex::new(Coverage::default());
    let blocks = parallel::by_blocks(
        &inventory.components,
        || Judge::new(knowledge),
        |judge, components| judge.all(components, &host),
        |judge| judge.finish(&coverage),
    );
    let mut matched = Matched::default();
    for block in blocks {
        matched.findings.extend(block.findings);
        matched.problems.extend(block.problems);
    }
    let coverage = coverage.into_inner().unwrap_or_default();
    let unheard = coverage.problems(&host, knowledge);
    matched.problems.extend(unheard);
    kernels::suppress_idle(&inventory.kernels, &mut matched.findings);
    owned::suppress(
        &host,
        &inventory.components,
        knowledge,
        &mut matched.findings,
    );
    rank::sort(&mut matched.findings, |a, b| {
        let vulnerability = a.vulnerability.cmp(&b.vulnerability);
        vulnerability
            .then_with(|| a.component.purl.cmp(&b.component.purl))
            .then_with(|| a.id.cmp(&b.id))
    });
    finding::tell_versions_apart(&mut matched.findings);
    matched.findings.dedup_by(|a, b| a.id == b.id);
    matched
}

/// What came of one mark.
struct WorkedOut {
    /// Where its findings lie.
    findings: Range<usize>,
    /// The components that have them: a document may list one thing many times.
    told: HashSet<String>,
}

/// Judges components one after the other, and remembers what it has worked out.
struct Judge<'k> {
    known: Vulnerabilities<'k>,
    /// Where the findings lie of components of which the same is said.
    worked_out: HashMap<Mark, WorkedOut>,
    findings: Vec<Finding>,
    problems: Vec<Problem>,
    coverage: Coverage,
    /// How many findings and problems there were at the end of each block.
    ends: Vec<(usize, usize)>,
}

impl<'k> Judge<'k> {
    fn new(knowledge: &'k Knowledge) -> Judge<'k> {
        Judge {
            known: Vulnerabilities::new(knowledge),
            worked_out: HashMap::new(),
            findings: Vec::new(),
            problems: Vec::new(),
            coverage: Coverage::default(),
            ends: Vec::new(),
        }
    }

    /// A block of components.
    fn all(&mut self, components: &[Component], host: &Host<'_>) {
        for component in components {
            // The project itself: advisories of a package with its name are about another one.
            if !component.own {
                self.one(component, host);
            }
        }
        self.ends.push((self.findings.len(), self.problems.len()));
    }

    fn one(&mut self, component: &Component, host: &Host<'_>) {
        let names = names::of(component, host);
        let claims = Claims::collect(&names, component, host, self.known.knowledge());
        self.coverage.note(component, &names, claims.heard);
        if !claims.any_hit() {
            return;
        }
        if component.version.is_empty() {
            self.problems.push(Problem {
                location: component.locations.first().cloned().unwrap_or_default(),
                message: format!(
                    "{} has no version: nobody can tell which of its vulnerabilities it has",
                    component.name
                ),
            });
        }
        let first = self.findings.len();
        let identity = finding::identity(component);
        match self.worked_out.entry(claims.mark()) {
            Entry::Occupied(mut same) => {
                if !same.get_mut().told.insert(identity) {
                    return;
                }
                for at in same.get().findings.clone() {
                    let mine = finding::on(&self.findings[at], component);
                    self.findings.push(mine);
                }
            }
            Entry::Vacant(new) => {
                let mut found = finding::of_component(component, host, &claims, &mut self.known);
                fixes::choose_upgrade(&claims, self.known.knowledge(), &mut found);
                let found = found.into_iter().map(|found| found.finding);
                self.findings.extend(found);
                new.insert(WorkedOut {
                    findings: first..self.findings.len(),
                    told: HashSet::from([identity]),
                });
            }
        }
    }

    /// What was found in each block; adds which ecosystems were spoken of.
    fn finish(self, coverage: &Mutex<Coverage>) -> Vec<Matched> {
        if let Ok(mut all) = coverage.lock() {
            all.add(self.coverage);
        }
        let mut findings = self.findings.into_iter();
        let mut problems = self.problems.into_iter();
        let mut before = (0, 0);
        let block = |end: (usize, usize)| {
            let (first, then) = std::mem::replace(&mut before, end);
            Matched {
                findings: findings.by_ref().take(end.0 - first).collect(),
                problems: problems.by_ref().take(end.1 - then).collect(),
            }
        };
        self.ends.into_iter().map(block).collect()
    }
}

#[cfg(test)]
mod tests;
