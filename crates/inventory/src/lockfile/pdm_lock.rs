//! `pdm.lock`, lock_version 4 (PDM's documentation, "Lock file").

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::Format;
use super::graph::Graph;
use super::merge::Merge;
use super::package::{component, problem};
use super::pyproject_toml;
use super::python::{normal_name, requirement};
use super::text::{Lines, decode};
use super::toml_text;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "pdm-lock",
    matches: |name| name == "pdm.lock",
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
#[serde(default)]
struct Metadata {
    lock_version: Option<String>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    groups: Vec<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    git: String,
    #[serde(default)]
    revision: String,
    #[serde(default)]
    path: String,
}

impl Package {
    /// `default` is what a user installs. Of the other groups only `dev` is surely for development: an extra looks
    /// the same as a group of the developers.
    fn development(&self) -> Option<bool> {
        let has = |wanted| self.groups.iter().any(|group| group == wanted);
        match (has("default"), has("dev")) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        }
    }
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let lock: Lock = toml_text::read(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    if let Some(version) = lock.metadata.lock_version
        && version.split('.').next().unwrap_or_default() != "4"
    {
        let message = format!("pdm.lock version {version} is not known (known: 4.0 to 4.5)");
        parsed.problems.push(problem(input.path, None, message));
    }
    // A package comes once for itself and once for each set of extras.
    let mut merge = Merge::default();
    let mut by_name: HashMap<String, usize> = HashMap::new();
    let mut nodes = Vec::new();
    for package in &lock.package {
        let line = lines.at(package.span().start);
        let package = package.get_ref();
        let mut found = component("pypi", &package.name, &package.version, input.path, line);
        found.development = package.development();
        found.own = package.path == ".";
        let properties = [
            ("commit", &package.revision),
            ("origin", &package.git),
            ("groups", &package.groups.join(",")),
        ];
        for (key, value) in properties
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
        {
            found.properties.insert(key.to_owned(), value.clone());
        }
        let at = merge.add(found);
        by_name.insert(normal_name(&package.name), at);
        nodes.push(at);
    }
    let mut graph = Graph::default();
    for (from, package) in nodes.iter().zip(&lock.package) {
        for wanted in package
            .get_ref()
            .dependencies
            .iter()
            .filter_map(|d| requirement(d))
        {
            if let Some(&to) = by_name.get(&normal_name(wanted.name)) {
                graph.need(*from, to, wanted.constraint);
            }
        }
    }
    parsed.components = merge.finish();
    let locked = |name: &str| by_name.get(name).copied().into_iter().collect();
    pyproject_toml::ask(input, &locked, &parsed.components, &mut graph);
    graph.tell(&mut parsed.components);
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"[metadata]
lock_version = "4.5.0"

[[package]]
name = "a"
version = "1.0"
groups = ["default"]
dependencies = ["b>=1; os_name == 'nt'"]

[[package]]
name = "a"
version = "1.0"
extras = ["x"]
groups = ["dev"]

[[package]]
name = "b"
version = "2.0"
groups = ["dev"]
git = "https://git.example/b.git"
revision = "abc"
"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "pdm.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn extras_are_the_same_package() {
        let got = read(SMALL).unwrap().components;
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].development, Some(false));
        assert_eq!(got[0].locations.len(), 2);
        assert_eq!(got[1].development, Some(true));
        assert_eq!(got[1].properties["commit"], "abc");
        assert_eq!(got[1].needed_by[0].range.as_deref(), Some(">=1"));
    }

    #[test]
    fn the_manifest_beside_tells_what_the_project_asks_for() {
        let input = Input {
            path: "pdm.lock",
            bytes: SMALL.as_bytes(),
            open: &|path| {
                let text = "[project]\ndependencies = ['a~=1.0']\n";
                (path == "pyproject.toml").then(|| text.into())
            },
        };
        let got = parse(&input).unwrap().components;
        assert_eq!((got[0].direct, got[1].direct), (Some(true), Some(false)));
        assert_eq!(got[0].needed_by[0].range.as_deref(), Some("~=1.0"));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
