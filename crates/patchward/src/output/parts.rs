//! The components of a report, each once, with the reference by which SBOM formats name them.

use std::collections::{BTreeMap, HashMap, HashSet};

use patchward_protocol::inventory::Component;
use patchward_protocol::report::{ScanReport, TargetReport};

/// A target's components.
pub struct Parts<'a> {
    /// The target.
    pub target: &'a TargetReport,
    /// Its components, each once, with their reference.
    pub components: Vec<(String, &'a Component)>,
    by_place: HashMap<Key<'a>, usize>,
}

type Key<'a> = (&'a str, &'a str, &'a str, &'a str);

/// The components of every target: the whole inventory where the report has it, else those with findings.
pub fn of(report: &ScanReport) -> Vec<Parts<'_>> {
    let mut taken: HashSet<String> = HashSet::new();
    let each = report.targets.iter();
    each.map(|target| Parts::new(target, &mut taken)).collect()
}

impl<'a> Parts<'a> {
    fn new(target: &'a TargetReport, taken: &mut HashSet<String>) -> Parts<'a> {
        let mut parts = Parts {
            target,
            components: Vec::new(),
            by_place: HashMap::new(),
        };
        let of_findings = target.findings.iter().map(|finding| &*finding.component);
        // The same package at the same place may be listed twice; one stands for both.
        let mut copies: BTreeMap<&str, usize> = BTreeMap::new();
        for component in target.inventory.iter().chain(of_findings) {
            if parts.by_place.contains_key(&key(component)) {
                continue;
            }
            parts
                .by_place
                .insert(key(component), parts.components.len());
            let base = match component.purl.as_str() {
                "" => "component",
                purl => purl,
            };
            let reference = free(base, copies.entry(base).or_default(), taken);
            parts.components.push((reference, component));
        }
        parts
    }

    /// The reference of a component of this target.
    pub fn reference(&self, component: &Component) -> &str {
        let at = self.by_place.get(&key(component));
        let found = at.and_then(|at| self.components.get(*at));
        found.map_or("", |(reference, _)| reference)
    }
}

fn key(component: &Component) -> Key<'_> {
    let path = component
        .locations
        .first()
        .map_or("", |location| location.path.as_str());
    (&component.purl, &component.name, &component.version, path)
}

/// A reference that nothing else has: the purl alone where it can be.
fn free(base: &str, copies: &mut usize, taken: &mut HashSet<String>) -> String {
    loop {
        let reference = match *copies {
            0 if base != "component" => base.to_owned(),
            copy => format!("{base}#{copy}"),
        };
        *copies += 1;
        if taken.insert(reference.clone()) {
            return reference;
        }
    }
}
