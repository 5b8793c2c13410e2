//! `pnpm-lock.yaml`, lockfile versions 5 to 9 (pnpm/spec, "lockfile").
//!
//! Up to version 8 a package's record tells what it needs and whether it is for development; version 9 has one
//! `snapshots` entry per set of peers, and the reader finds out. A file may hold several documents: the first is then
//! about the package manager itself.

mod keys;

use std::collections::HashMap;

use patchward_protocol::inventory::{Component, Problem};
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Format;
use super::graph::{Asked, Graph};
use super::javascript::commit;
use super::merge::Merge;
use super::package::{component, problem};
use super::text::decode;
use super::yaml::{self, Pairs};
use crate::parse::{Input, ParseError, Parsed};
use keys::Keys;

pub(super) const FORMAT: Format = Format {
    name: "pnpm-lock",
    matches: |name| name == "pnpm-lock.yaml",
    parse,
    exact: true,
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Document {
    lockfile_version: String,
    importers: Pairs<Option<Importer>>,
    /// Without workspaces the only importer stands at the top.
    #[serde(flatten)]
    importer: Importer,
    packages: Pairs<Option<Package>>,
    snapshots: Pairs<Option<Needs>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Importer {
    dependencies: Pairs<Reference>,
    optional_dependencies: Pairs<Reference>,
    dev_dependencies: Pairs<Reference>,
    config_dependencies: Pairs<Reference>,
    package_manager_dependencies: Pairs<Reference>,
}

/// What an importer asks for: the version alone, or with its specifier.
#[derive(Deserialize)]
#[serde(untagged)]
enum Reference {
    Version(String),
    Details {
        version: String,
        #[serde(default)]
        specifier: String,
    },
    Other(IgnoredAny),
}

impl Reference {
    fn text(&self) -> &str {
        match self {
            Reference::Version(version) | Reference::Details { version, .. } => version,
            Reference::Other(_) => "",
        }
    }

    /// The range that the project asks for, where it stands beside the version.
    fn range(&self) -> &str {
        match self {
            Reference::Details { specifier, .. } => specifier,
            Reference::Version(_) | Reference::Other(_) => "",
        }
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Package {
    name: Option<String>,
    version: Option<String>,
    dev: Option<bool>,
    resolution: Resolution,
    #[serde(flatten)]
    needs: Needs,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Resolution {
    integrity: String,
    commit: String,
    tarball: String,
    repo: String,
    directory: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Needs {
    dependencies: Pairs<String>,
    optional_dependencies: Pairs<String>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let documents: Vec<Document> = yaml::read_all(&text)?;
    let mut parsed = Parsed::default();
    let mut merge = Merge::default();
    for document in &documents {
        let keys = Keys::of(&document.lockfile_version);
        if !document.lockfile_version.is_empty() && !keys.is_known() {
            let version = &document.lockfile_version;
            let message = format!("lockfile version {version} is not known (known: 5 to 9)");
            parsed.problems.push(problem(input.path, None, message));
        }
        for component in read(document, keys, input.path, &mut parsed.problems) {
            merge.add(component);
        }
    }
    parsed.components = merge.finish();
    Ok(parsed)
}

fn read(
    document: &Document,
    keys: Keys,
    path: &str,
    problems: &mut Vec<Problem>,
) -> Vec<Component> {
    let mut by_key: HashMap<&str, Component> = HashMap::new();
    let mut order: Vec<&str> = Vec::new();
    for (key, package) in &document.packages.0 {
        let line = yaml::line(key.referenced.line());
        let none = Package::default();
        let package = package.as_ref().unwrap_or(&none);
        match found(&key.value, package, keys, path, line) {
            Ok(component) => {
                order.push(&key.value);
                by_key.insert(&key.value, component);
            }
            Err(message) => problems.push(problem(path, line, message)),
        }
    }
    // In version 9 the same package stands once per set of peers, each with needs of its own.
    let mut nodes: Vec<(&str, &Needs)> = Vec::new();
    let none = Needs::default();
    if keys.has_snapshots() {
        for (key, needs) in &document.snapshots.0 {
            nodes.push((&key.value, needs.as_ref().unwrap_or(&none)));
        }
        let known: std::collections::HashSet<&str> = nodes
            .iter()
            .map(|(key, _)| keys::without_peers(key))
            .collect();
        nodes.extend(
            order
                .iter()
                .filter(|key| !known.contains(**key))
                .map(|key| (*key, &none)),
        );
    } else {
        for (key, package) in &document.packages.0 {
            nodes.push((
                &key.value,
                package.as_ref().map_or(&none, |package| &package.needs),
            ));
        }
    }
    let base = |key: &str| {
        by_key
            .get(key)
            .or_else(|| by_key.get(keys::without_peers(key)))
    };
    nodes.retain(|(key, _)| base(key).is_some());
    let mut components: Vec<Component> = nodes
        .iter()
        .filter_map(|(key, _)| base(key))
        .cloned()
        .collect();
    graph(document, keys, &nodes).tell(&mut components);
    if !document.managers().is_empty() {
        for component in &mut components {
            let group = "package-manager".to_owned();
            component.properties.insert("groups".into(), group);
            component.development = Some(true);
        }
    }
    components
}

impl Document {
    fn importers(&self) -> impl Iterator<Item = &Importer> {
        let named = self
            .importers
            .0
            .iter()
            .filter_map(|(_, importer)| importer.as_ref());
        std::iter::once(&self.importer).chain(named)
    }

    fn managers(&self) -> Vec<&Importer> {
        let managers = self.importers();
        managers
            .filter(|importer| !importer.package_manager_dependencies.0.is_empty())
            .collect()
    }
}

fn found(
    key: &str,
    package: &Package,
    keys: Keys,
    path: &str,
    line: Option<u32>,
) -> Result<Component, String> {
    let (name, version) = keys.split(key).unwrap_or_default();
    // Fields of their own stand there when the key does not tell them.
    let name = package.name.as_deref().unwrap_or(name);
    let written = package.version.as_deref().unwrap_or(version);
    let place = written.contains([':', '/']);
    let version = if place { "" } else { written };
    if name.is_empty() || (version.is_empty() && !place) {
        return Err(format!("{key:?} is not the path of a package"));
    }
    let mut found = component("npm", name, version, path, line);
    found.development = package.dev;
    let resolution = &package.resolution;
    let hash = match resolution.commit.as_str() {
        "" => commit(&resolution.tarball).unwrap_or_default(),
        hash => hash,
    };
    let origins = [&resolution.repo, &resolution.tarball, &resolution.directory];
    let origin = origins.into_iter().find(|origin| !origin.is_empty());
    let origin = if place {
        written
    } else {
        origin.map_or("", String::as_str)
    };
    let properties = [
        ("commit", hash),
        ("integrity", &resolution.integrity),
        ("origin", origin),
    ];
    for (key, value) in properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    {
        found.properties.insert(key.to_owned(), value.to_owned());
    }
    Ok(found)
}

fn graph(document: &Document, keys: Keys, nodes: &[(&str, &Needs)]) -> Graph {
    let by_key: HashMap<&str, usize> = nodes
        .iter()
        .enumerate()
        .map(|(at, (key, _))| (*key, at))
        .collect();
    let mut graph = Graph::default();
    for importer in document.importers() {
        let tables = [
            (&importer.dependencies, Asked::Runtime),
            (&importer.optional_dependencies, Asked::Runtime),
            (&importer.dev_dependencies, Asked::Development),
            (&importer.config_dependencies, Asked::Development),
            (&importer.package_manager_dependencies, Asked::Development),
        ];
        for (table, asked) in tables {
            for (name, reference) in &table.0 {
                if let Some(to) = keys.resolve(&name.value, reference.text(), &by_key) {
                    graph.ask(to, asked, reference.range());
                }
            }
        }
    }
    for (from, (_, needs)) in nodes.iter().enumerate() {
        let needs = needs
            .dependencies
            .0
            .iter()
            .chain(&needs.optional_dependencies.0);
        for (name, reference) in needs {
            if let Some(to) = keys.resolve(&name.value, reference, &by_key) {
                graph.edge(from, to);
            }
        }
    }
    graph
}

#[cfg(test)]
mod tests;
