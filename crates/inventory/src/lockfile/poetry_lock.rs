//! `poetry.lock`, lock-version 1.0 to 2.1 (Poetry's documentation, "poetry.lock").

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use super::Format;
use super::graph::Graph;
use super::package::{component, problem};
use super::python::normal_name;
use super::text::{Lines, decode};
use super::toml_text;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "poetry-lock",
    matches: |name| name == "poetry.lock",
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Lock {
    #[serde(default)]
    package: Vec<Spanned<Package>>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Metadata {
    lock_version: Option<String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    #[serde(default)]
    category: Option<String>,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    dependencies: BTreeMap<String, IgnoredAny>,
    #[serde(default)]
    source: Source,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Source {
    r#type: String,
    url: String,
    resolved_reference: String,
}

impl Package {
    /// Version 1 names a category, version 2.1 the groups; `main` is what a user installs.
    fn development(&self) -> Option<bool> {
        match (&self.category, &self.groups[..]) {
            (_, [_, ..]) => Some(!self.groups.iter().any(|group| group == "main")),
            (Some(category), []) => Some(category != "main"),
            (None, []) => None,
        }
    }
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let lock: Lock = toml_text::read(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    if let Some(version) = lock.metadata.lock_version
        && !["0", "1", "2"].contains(&version.split('.').next().unwrap_or_default())
    {
        let message = format!("poetry.lock version {version} is not known (known: 1.0 to 2.1)");
        parsed.problems.push(problem(input.path, None, message));
    }
    for package in &lock.package {
        let line = lines.at(package.span().start);
        let package = package.get_ref();
        let mut found = component("pypi", &package.name, &package.version, input.path, line);
        found.development = package.development();
        let optional = if package.optional { "true" } else { "" };
        let properties = [
            ("commit", package.source.resolved_reference.as_str()),
            ("origin", package.source.url.as_str()),
            ("groups", &package.groups.join(",")),
            ("optional", optional),
        ];
        for (key, value) in properties.into_iter().filter(|(_, value)| !value.is_empty()) {
            found.properties.insert(key.to_owned(), value.to_owned());
        }
        found.own = package.source.r#type == "directory" && package.source.url == ".";
        parsed.components.push(found);
    }
    graph(&lock.package).tell(&mut parsed.components);
    Ok(parsed)
}

/// The edges; what the project itself asks for stands in `pyproject.toml` only.
fn graph(packages: &[Spanned<Package>]) -> Graph {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, package) in packages.iter().enumerate() {
        let name = normal_name(&package.get_ref().name);
        by_name.entry(name).or_default().push(at);
    }
    let mut graph = Graph::default();
    for (from, package) in packages.iter().enumerate() {
        for name in package.get_ref().dependencies.keys() {
            for &to in by_name.get(&normal_name(name)).into_iter().flatten().take(16) {
                graph.edge(from, to);
            }
        }
    }
    graph
}
