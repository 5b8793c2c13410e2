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
mod finding;
mod fixes;
mod kernels;
mod names;
mod parallel;
mod release;
mod severity;
mod support;
mod verdict;
mod vulnerabilities;
pub(crate) mod words;

use std::collections::HashMap;

use patchward_knowledge::Knowledge;
use patchward_protocol::inventory::{Component, Inventory, Problem};
use patchward_protocol::report::{Finding, Suppression};

pub use support::{Support, product, support};
pub use verdict::WITHDRAWN;

use claims::{Claims, Mark};
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
    let blocks = parallel::by_blocks(
        &inventory.components,
        || (Vulnerabilities::new(knowledge), HashMap::new()),
        |(known, worked_out), components| judge_all(components, &host, known, worked_out),
    );
    let mut matched = Matched::default();
    for block in blocks {
        matched.findings.extend(block.findings);
        matched.problems.extend(block.problems);
    }
    kernels::suppress_idle(&inventory.kernels, &mut matched.findings);
    suppress_owned(&host, &mut matched.findings);
    matched.findings.sort_by(|a, b| {
        let vulnerability = a.vulnerability.cmp(&b.vulnerability);
        vulnerability
            .then_with(|| a.component.purl.cmp(&b.component.purl))
            .then_with(|| a.id.cmp(&b.id))
    });
    matched.findings.dedup_by(|a, b| a.id == b.id);
    matched
}

fn judge_all(
    components: &[Component],
    host: &Host<'_>,
    known: &mut Vulnerabilities<'_>,
    worked_out: &mut HashMap<Mark, Vec<Finding>>,
) -> Matched {
    let mut matched = Matched::default();
    for component in components {
        // The project itself: advisories of a package with its name are about another one.
        if !component.own {
            judge(component, host, known, worked_out, &mut matched);
        }
    }
    matched
}

fn judge(
    component: &Component,
    host: &Host<'_>,
    known: &mut Vulnerabilities<'_>,
    worked_out: &mut HashMap<Mark, Vec<Finding>>,
    matched: &mut Matched,
) {
    let names = names::of(component, host);
    if names.is_empty() {
        return;
    }
    let claims = Claims::collect(&names, component, host, known.knowledge());
    if !claims.any_hit() {
        return;
    }
    if component.version.is_empty() {
        matched.problems.push(Problem {
            location: component.locations.first().cloned().unwrap_or_default(),
            message: format!(
                "{} has no version: nobody can tell which of its vulnerabilities it has",
                component.name
            ),
        });
    }
    let findings = worked_out.entry(claims.mark()).or_insert_with(|| {
        let mut found = finding::of_component(component, host, &claims, known);
        fixes::choose_upgrade(&claims, known.knowledge(), &mut found);
        found.into_iter().map(|found| found.finding).collect()
    });
    let mine = findings.iter().map(|one| finding::on(one, component));
    matched.findings.extend(mine);
}

/// The distribution owns its files: what upstream says of a package that an operating-system package brought is kept,
/// and does not count where we know what the distribution says.
fn suppress_owned(host: &Host<'_>, findings: &mut [Finding]) {
    if !host.distribution_known() {
        return;
    }
    for finding in findings {
        let Some(owner) = &finding.component.owner else {
            continue;
        };
        if finding.suppressed.is_none() && !finding.malware {
            finding.suppressed = Some(Suppression {
                by: "distribution".to_owned(),
                reason: format!(
                    "the files belong to the distribution's package {} {}: its own statement counts, not upstream's range",
                    owner.name, owner.version
                ),
                source: host.ecosystem().to_owned(),
                ..Suppression::default()
            });
        }
    }
}

#[cfg(test)]
mod tests;
