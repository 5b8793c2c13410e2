//! `poetry.lock`, lock-version 1.0 to 2.1 (Poetry's documentation, "poetry.lock").

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use patchward_protocol::inventory::Component;

use super::Format;
use super::graph::Graph;
use super::package::{component, problem};
use super::pyproject_toml;
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
    dependencies: BTreeMap<String, Wanted>,
    #[serde(default)]
    source: Source,
}

/// What a package asks for: the range alone, with its details, or one of these per platform.
#[derive(Deserialize)]
#[serde(untagged)]
enum Wanted {
    Range(String),
    Details { version: String },
    Other(IgnoredAny),
}

impl Wanted {
    fn range(&self) -> &str {
        match self {
            Wanted::Range(range) | Wanted::Details { version: range } => range,
            Wanted::Other(_) => "",
        }
    }
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
        for (key, value) in properties
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
        {
            found.properties.insert(key.to_owned(), value.to_owned());
        }
        found.own = package.source.r#type == "directory" && package.source.url == ".";
        parsed.components.push(found);
    }
    graph(&lock.package, input, &parsed.components).tell(&mut parsed.components);
    Ok(parsed)
}

/// The edges; what the project itself asks for stands in `pyproject.toml` only.
fn graph(packages: &[Spanned<Package>], input: &Input<'_>, components: &[Component]) -> Graph {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, package) in packages.iter().enumerate() {
        let name = normal_name(&package.get_ref().name);
        by_name.entry(name).or_default().push(at);
    }
    let mut graph = Graph::default();
    for (from, package) in packages.iter().enumerate() {
        for (name, wanted) in &package.get_ref().dependencies {
            for &to in by_name
                .get(&normal_name(name))
                .into_iter()
                .flatten()
                .take(16)
            {
                graph.need(from, to, wanted.range());
            }
        }
    }
    let locked = |name: &str| -> Vec<usize> {
        let all = by_name.get(name).into_iter().flatten();
        all.take(16).copied().collect()
    };
    pyproject_toml::ask(input, &locked, components, &mut graph);
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"[[package]]
name = "Faker"
version = "1.0"
groups = ["dev", "test"]
optional = false

[package.dependencies]
six = {version = "*", markers = "x"}

[package.source]
type = "git"
url = "https://git.example/faker.git"
resolved_reference = "abc"

[[package]]
name = "six"
version = "2.0"
category = "main"

[metadata]
lock-version = "2.1"
"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "poetry.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn packages_have_groups_lines_and_commits() {
        let got = read(SMALL).unwrap().components;
        assert_eq!(got[0].purl, "pkg:pypi/faker@1.0");
        assert_eq!(got[0].development, Some(true));
        assert_eq!(got[0].properties["commit"], "abc");
        assert_eq!(got[1].development, Some(false));
        assert_eq!(got[1].needed_by[0].range.as_deref(), Some("*"));
        assert_eq!(got[1].locations[0].line, Some(15));
    }

    #[test]
    fn the_manifest_beside_tells_what_the_project_asks_for() {
        let manifest =
            "[tool.poetry.dependencies]\nFaker = '^1.0'\n[project]\ndependencies = ['absent>=1']\n";
        let input = Input {
            path: "a/poetry.lock",
            bytes: SMALL.as_bytes(),
            open: &|path| (path == "a/pyproject.toml").then(|| manifest.into()),
        };
        let got = parse(&input).unwrap().components;
        assert_eq!(got.len(), 2);
        assert_eq!((got[0].direct, got[1].direct), (Some(true), Some(false)));
        assert_eq!(got[0].needed_by[0].package, "");
        assert_eq!(got[0].needed_by[0].range.as_deref(), Some("^1.0"));
        assert_eq!(got[1].path, ["Faker@1.0"]);
        // Its own word on groups stays.
        assert_eq!(got[0].development, Some(true));
    }

    #[test]
    fn a_version_of_the_future_is_a_problem() {
        let got = read("[metadata]\nlock-version = \"3.0\"").unwrap();
        assert!(got.problems[0].message.contains("known: 1.0 to 2.1"));
    }

    #[test]
    fn errors_name_their_line() {
        assert_eq!(read("[[package]]\nname = 1").unwrap_err().line, Some(2));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
