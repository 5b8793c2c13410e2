//! From what a document says to components: names, versions, source packages, distribution, and who needs whom.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use patchward_protocol::inventory::{Component, Location, Problem};
use patchward_purl::Purl;

use super::document::{Document, Package, Role};
use super::{Sbom, hints, os};
use crate::lockfile::graph::{Asked, Graph};
use crate::lockfile::text::Lines;
use crate::parse::MAX_COMPONENTS;

/// The most problems that one document lists; more are counted.
const MAX_PROBLEMS: usize = 100;

pub fn assemble(path: &str, text: &str, document: Document<'_>) -> Sbom {
    let place = Place {
        path,
        lines: Lines::new(text),
    };
    let standing = Standing::new(&document);
    let mut sbom = Sbom {
        format: document.format.clone(),
        subject: document.name.clone().into_owned(),
        ..Sbom::default()
    };
    let mut votes = os::Votes::default();
    let mut listed: HashMap<&str, usize> = HashMap::new();
    for package in &document.packages {
        if sbom.components.len() == MAX_COMPONENTS {
            let message = format!("only the first {MAX_COMPONENTS} packages are read");
            sbom.problems.push(place.problem(package, message));
            break;
        }
        if package.role == Role::OperatingSystem {
            sbom.os = sbom.os.or_else(|| os::of_component(package));
            continue;
        }
        let purl = read_purl(package).unwrap_or_else(|why| {
            sbom.problems.push(place.problem(package, why));
            None
        });
        if let Some(purl) = &purl {
            votes.add(purl);
        }
        if standing.is_listed(package, purl.as_ref()) {
            let reference = package.reference.as_ref();
            listed.entry(reference).or_insert(sbom.components.len());
            let component = component(package, purl.as_ref(), &place);
            let own = standing.is_own(package);
            sbom.components.push(Component { own, ..component });
        }
    }
    sbom.os = sbom.os.or_else(|| votes.winner());
    if let Some(os) = &mut sbom.os {
        os.ecosystem = crate::os::ecosystem::of(os);
    }
    bound_problems(&mut sbom.problems);
    relate(&document, &listed, &standing.subjects, &mut sbom.components);
    sbom
}

/// What the document's relations make of an element.
struct Standing<'a> {
    all_packages: bool,
    subjects: HashSet<&'a str>,
    groups: HashSet<&'a str>,
    /// The one thing that the document describes, where others hang on it.
    root: Option<&'a str>,
}

impl<'a> Standing<'a> {
    fn new(document: &'a Document<'_>) -> Standing<'a> {
        let subjects: HashSet<&str> = document.subjects.iter().map(AsRef::as_ref).collect();
        let groups: HashSet<&str> = document.groups.iter().map(AsRef::as_ref).collect();
        let needs = |reference: &str| document.needs.iter().any(|(from, _)| from == reference);
        let only = subjects
            .iter()
            .copied()
            .next()
            .filter(|_| subjects.len() == 1);
        Standing {
            all_packages: document.all_packages,
            root: only.filter(|only| groups.contains(only) || needs(only)),
            subjects,
            groups,
        }
    }

    fn is_own(&self, package: &Package<'_>) -> bool {
        package.role == Role::Subject || self.root == Some(package.reference.as_ref())
    }

    fn is_listed(&self, package: &Package<'_>, purl: Option<&Purl>) -> bool {
        if self.is_own(package) {
            return purl.is_some_and(|purl| !matches!(purl.kind(), "oci" | "docker"));
        }
        let reference = package.reference.as_ref();
        let structure = self.subjects.contains(reference) || self.groups.contains(reference);
        let seen = self.all_packages || !package.version.is_empty();
        let visible = package.role == Role::Package && seen && !package.name.is_empty();
        purl.is_some() || !package.cpes.is_empty() || visible && !structure
    }
}

/// Where things are in the document.
struct Place<'a> {
    path: &'a str,
    lines: Lines<'a>,
}

impl Place<'_> {
    /// The line of the first of these that was taken from the document as it stands.
    fn of(&self, package: &Package<'_>) -> Location {
        let borrowed = [&package.purl, &package.name, &package.reference];
        let line = borrowed.into_iter().find_map(|text| match text {
            Cow::Borrowed(text) if !text.is_empty() => self.lines.of(text),
            _ => None,
        });
        Location {
            path: self.path.to_owned(),
            line,
        }
    }

    fn problem(&self, package: &Package<'_>, message: String) -> Problem {
        Problem {
            location: self.of(package),
            message,
        }
    }
}

fn read_purl(package: &Package<'_>) -> Result<Option<Purl>, String> {
    if package.purl.is_empty() {
        return Ok(None);
    }
    let purl = package.purl.parse::<Purl>().map(Some);
    purl.map_err(|error| format!("package `{}`: {error}", package.name))
}

fn component(package: &Package<'_>, purl: Option<&Purl>, place: &Place<'_>) -> Component {
    let version = version(package, purl);
    let mut locations = package.locations.clone();
    locations.extend(hints::locations(package));
    if locations.is_empty() {
        locations.push(place.of(package));
    }
    Component {
        purl: purl
            .map(|purl| canonical(purl, &version))
            .unwrap_or_default(),
        name: name(package, purl),
        source: hints::source(package, purl, &version),
        arch: purl
            .and_then(|purl| purl.qualifier("arch"))
            .map(str::to_owned),
        module: hints::module(package, purl),
        development: package.development.or_else(|| hints::development(package)),
        cpes: package
            .cpes
            .iter()
            .map(|cpe| cpe.clone().into_owned())
            .collect(),
        properties: properties(package),
        locations,
        version,
        ..Component::default()
    }
}

fn canonical(purl: &Purl, version: &str) -> String {
    match purl.version() {
        Some(_) => purl.to_string(),
        None => purl.clone().with_version(version).to_string(),
    }
}

/// The name that advisories of the purl's ecosystem use.
fn name(package: &Package<'_>, purl: Option<&Purl>) -> String {
    match purl {
        Some(purl) if purl.ecosystem().is_some() => purl.package_name(),
        Some(purl) => purl.name().to_owned(),
        None if package.group.is_empty() => package.name.clone().into_owned(),
        None => format!("{}/{}", package.group, package.name),
    }
}

/// The purl's version with the epoch that some tools put into a qualifier.
fn version(package: &Package<'_>, purl: Option<&Purl>) -> String {
    let Some(purl) = purl else {
        return package.version.clone().into_owned();
    };
    let version = purl.version().unwrap_or(&package.version);
    match purl.qualifier("epoch") {
        Some(epoch) if epoch != "0" && !version.contains(':') && !version.is_empty() => {
            format!("{epoch}:{version}")
        }
        _ => version.to_owned(),
    }
}

fn properties(package: &Package<'_>) -> BTreeMap<String, String> {
    let hashes = package.hashes.iter().map(|(algorithm, value)| {
        let key = format!("hash:{}", algorithm.to_ascii_lowercase());
        (key, value.clone().into_owned())
    });
    let mut properties: BTreeMap<_, _> = hashes.collect();
    if !package.license.is_empty() {
        properties.insert("license".to_owned(), package.license.clone().into_owned());
    }
    properties
}

fn bound_problems(problems: &mut Vec<Problem>) {
    if problems.len() > MAX_PROBLEMS {
        let more = problems.len() - MAX_PROBLEMS;
        problems.truncate(MAX_PROBLEMS);
        if let Some(last) = problems.last_mut() {
            last.message
                .push_str(&format!(" (and {more} more of the document's packages)"));
        }
    }
}

/// Tells who is direct and by which path the others came, where the document has a graph.
fn relate(
    document: &Document<'_>,
    listed: &HashMap<&str, usize>,
    subjects: &HashSet<&str>,
    components: &mut [Component],
) {
    let development: HashSet<&str> = document.development.iter().map(AsRef::as_ref).collect();
    for at in development
        .iter()
        .filter_map(|reference| listed.get(reference))
    {
        if let Some(component) = components.get_mut(*at) {
            component.development = component.development.or(Some(true));
        }
    }
    let mut graph = Graph::default();
    let mut between = false;
    let mut outside: HashMap<&str, Vec<&str>> = HashMap::new();
    for (from, to) in &document.needs {
        let own = |at: usize| components.get(at).is_some_and(|component| component.own);
        match (listed.get(from.as_ref()), listed.get(to.as_ref())) {
            (Some(&from_at), Some(&to_at))
                if !own(from_at) && !subjects.contains(from.as_ref()) =>
            {
                between = true;
                graph.edge(from_at, to_at);
            }
            _ => outside.entry(from).or_default().push(to),
        }
    }
    // A document in which no package needs another lists all alike: it does not tell what is direct.
    if between {
        for at in asked_for(&outside, listed, subjects) {
            graph.root(at, Asked::Unsaid);
        }
        graph.tell(components);
    }
}

/// What the subject needs, seen through elements that are no packages (applications, lockfiles, operating systems).
fn asked_for(
    outside: &HashMap<&str, Vec<&str>>,
    listed: &HashMap<&str, usize>,
    subjects: &HashSet<&str>,
) -> Vec<usize> {
    let mut found = Vec::new();
    let mut seen: HashSet<&str> = subjects.clone();
    let mut next: Vec<&str> = subjects.iter().copied().collect();
    while let Some(from) = next.pop() {
        for &to in outside.get(from).map(Vec::as_slice).unwrap_or_default() {
            match listed.get(to) {
                Some(&at) => found.push(at),
                None if seen.insert(to) => next.push(to),
                None => {}
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
