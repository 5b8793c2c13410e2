//! `pylock.toml` and `pylock.<name>.toml`, lock-version 1.0 (PEP 751).

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::Format;
use super::graph::Graph;
use super::package::{component, problem};
use super::python::normal_name;
use super::text::{Lines, decode};
use super::toml_text;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "pylock-toml",
    matches: |name| {
        let inner = name.strip_prefix("pylock.");
        inner.is_some_and(|inner| inner == "toml" || inner.ends_with(".toml"))
    },
    parse,
    exact: true,
};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Lock {
    lock_version: Option<String>,
    #[serde(default)]
    packages: Vec<Spanned<Package>>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    /// Missing where the source has no fixed one.
    #[serde(default)]
    version: String,
    #[serde(default)]
    vcs: Place,
    #[serde(default)]
    directory: Place,
    #[serde(default)]
    archive: Place,
    #[serde(default)]
    dependencies: Vec<Wanted>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Place {
    url: String,
    path: String,
    commit_id: String,
}

#[derive(Deserialize)]
struct Wanted {
    name: Option<String>,
    version: Option<String>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let lock: Lock = toml_text::read(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    if let Some(version) = lock.lock_version
        && version.split('.').next().unwrap_or_default() != "1"
    {
        let message = format!("pylock version {version} is not known (known: 1.0)");
        parsed.problems.push(problem(input.path, None, message));
    }
    for package in &lock.packages {
        let line = lines.at(package.span().start);
        let package = package.get_ref();
        let mut found = component("pypi", &package.name, &package.version, input.path, line);
        found.own = package.directory.path == ".";
        let origins = [
            &package.vcs.url,
            &package.vcs.path,
            &package.directory.path,
            &package.archive.url,
            &package.archive.path,
        ];
        let origin = origins.into_iter().find(|origin| !origin.is_empty());
        let properties = [
            ("commit", package.vcs.commit_id.as_str()),
            ("origin", origin.map_or("", String::as_str)),
        ];
        for (key, value) in properties
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
        {
            found.properties.insert(key.to_owned(), value.to_owned());
        }
        parsed.components.push(found);
    }
    graph(&lock.packages).tell(&mut parsed.components);
    Ok(parsed)
}

fn graph(packages: &[Spanned<Package>]) -> Graph {
    let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, package) in packages.iter().enumerate() {
        let name = normal_name(&package.get_ref().name);
        by_name.entry(name).or_default().push(at);
    }
    let mut graph = Graph::default();
    for (from, package) in packages.iter().enumerate() {
        for wanted in &package.get_ref().dependencies {
            let name = wanted.name.as_deref().map(normal_name).unwrap_or_default();
            for &to in by_name.get(&name).into_iter().flatten().take(64) {
                let version = &packages[to].get_ref().version;
                if wanted
                    .version
                    .as_ref()
                    .is_none_or(|wanted| wanted == version)
                {
                    graph.edge(from, to);
                }
            }
        }
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"lock-version = "1.0"

[[packages]]
name = "a"
version = "1.0"
dependencies = [{name = "b"}]

[[packages]]
name = "b"
vcs = {type = "git", url = "https://git.example/b.git", commit-id = "abc"}

[[packages]]
name = "app"
directory = {path = ".", editable = true}
"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "pylock.toml",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn packages_are_read_with_their_sources() {
        let got = read(SMALL).unwrap().components;
        assert_eq!(got[0].purl, "pkg:pypi/a@1.0");
        assert_eq!(got[1].properties["commit"], "abc");
        assert_eq!(got[1].locations[0].line, Some(8));
        assert!(got[2].own);
    }

    #[test]
    fn the_names_of_pep_751_match() {
        assert!((FORMAT.matches)("pylock.toml") && (FORMAT.matches)("pylock.dev.toml"));
        assert!(!(FORMAT.matches)("pylock.dev.txt"));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
