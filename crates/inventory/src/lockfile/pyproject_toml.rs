//! `pyproject.toml`: what a Python project asks for (PEP 621, PEP 735, and Poetry's own tables).
//!
//! A component's version is the lowest that the requirement names; the requirement itself is property `constraint`.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use patchward_protocol::inventory::{Component, Need};
use patchward_version::Scheme;

use super::Format;
use super::graph::{self, Graph};
use super::package::{component, problem};
use super::python::{self, normal_name, requirement};
use super::ranges;
use super::text::{Lines, decode};
use super::toml_text;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "pyproject-toml",
    matches: |name| name == "pyproject.toml",
    parse,
    exact: false,
};

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Manifest {
    #[serde(default)]
    project: Project,
    #[serde(default)]
    dependency_groups: BTreeMap<String, Vec<Spanned<GroupItem>>>,
    #[serde(default)]
    tool: Tool,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Project {
    name: Option<Spanned<String>>,
    version: String,
    dependencies: Vec<Spanned<String>>,
    optional_dependencies: BTreeMap<String, Vec<Spanned<String>>>,
}

/// A requirement, or a table that includes another group.
#[derive(Deserialize)]
#[serde(untagged)]
enum GroupItem {
    Text(String),
    Include(IgnoredAny),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Tool {
    poetry: Poetry,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Poetry {
    dependencies: PoetryTable,
    dev_dependencies: PoetryTable,
    group: BTreeMap<String, PoetryGroup>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct PoetryGroup {
    dependencies: PoetryTable,
}

type PoetryTable = BTreeMap<Spanned<String>, PoetryDependency>;

#[derive(Deserialize)]
#[serde(untagged)]
enum PoetryDependency {
    Version(String),
    Details { version: String },
    Other(IgnoredAny),
}

/// One requirement with what is known of it.
struct Asked<'a> {
    name: &'a str,
    constraint: &'a str,
    group: &'a str,
    development: bool,
    line: Option<u32>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let manifest: Manifest = toml_text::read(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    if let Some(name) = &manifest.project.name {
        let line = lines.at(name.span().start);
        let version = &manifest.project.version;
        let mut root = component("pypi", name.get_ref(), version, input.path, line);
        root.own = true;
        parsed.components.push(root);
    }
    for (text, at, group, development) in requirements(&manifest) {
        let line = lines.at(at);
        match requirement(text) {
            Some(found) => add(
                &mut parsed,
                input.path,
                &Asked {
                    name: found.name,
                    constraint: found.constraint,
                    group,
                    development,
                    line,
                },
            ),
            None => {
                let message = format!("{text:?} is not a requirement (PEP 508)");
                parsed.problems.push(problem(input.path, line, message));
            }
        }
    }
    poetry(&manifest.tool.poetry, &lines, input.path, &mut parsed);
    Ok(parsed)
}

/// Text, place, group and whether for development, of all PEP 508 requirements.
fn requirements(manifest: &Manifest) -> impl Iterator<Item = (&str, usize, &str, bool)> {
    let normal = manifest.project.dependencies.iter();
    let normal = normal.map(|text| (text.get_ref().as_str(), text.span().start, "", false));
    let extras = manifest.project.optional_dependencies.iter();
    let extras = extras.flat_map(|(group, list)| {
        let group = group.as_str();
        list.iter()
            .map(move |text| (text.get_ref().as_str(), text.span().start, group, false))
    });
    let groups = manifest.dependency_groups.iter();
    let groups = groups.flat_map(|(group, list)| {
        let group = group.as_str();
        list.iter().filter_map(move |item| match item.get_ref() {
            GroupItem::Text(text) => Some((text.as_str(), item.span().start, group, true)),
            GroupItem::Include(_) => None,
        })
    });
    normal.chain(extras).chain(groups)
}

fn poetry(tables: &Poetry, lines: &Lines<'_>, path: &str, parsed: &mut Parsed) {
    let groups = tables.group.iter();
    let groups = groups.map(|(name, group)| (&group.dependencies, name.as_str(), true));
    let all = [
        (&tables.dependencies, "", false),
        (&tables.dev_dependencies, "dev", true),
    ];
    for (table, group, development) in all.into_iter().chain(groups) {
        for (name, dependency) in table.iter().filter(|(name, _)| *name.get_ref() != "python") {
            let constraint = match dependency {
                PoetryDependency::Version(version) | PoetryDependency::Details { version } => {
                    version
                }
                PoetryDependency::Other(_) => "",
            };
            let asked = Asked {
                name: name.get_ref(),
                constraint,
                group,
                development,
                line: lines.at(name.span().start),
            };
            add(parsed, path, &asked);
        }
    }
}

fn add(parsed: &mut Parsed, path: &str, asked: &Asked<'_>) {
    let bare = asked.constraint.starts_with(|c: char| c.is_ascii_digit());
    let version = match python::lowest(asked.constraint) {
        Some(version) => version,
        // Poetry's bare version is an exact one.
        None if bare => asked.constraint.to_owned(),
        None => String::new(),
    };
    let name = normal_name(asked.name);
    let mut found = component("pypi", &name, &version, path, asked.line);
    found.direct = Some(true);
    found.development = Some(asked.development);
    if !asked.constraint.is_empty() {
        found.needed_by.push(Need {
            package: String::new(),
            range: Some(asked.constraint.to_owned()),
        });
    }
    let properties = [("constraint", asked.constraint), ("groups", asked.group)];
    for (key, value) in properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    {
        found.properties.insert(key.to_owned(), value.to_owned());
    }
    parsed.components.push(found);
}

/// Tells the graph of a lockfile what the project's manifest beside it asks for, and in which versions; nothing where
/// that is not there or cannot be read. `locked` gives the nodes of a name, and each node's version stands in `components`.
pub(super) fn ask(
    input: &Input<'_>,
    locked: &dyn Fn(&str) -> Vec<usize>,
    components: &[Component],
    graph: &mut Graph,
) {
    let bytes = input.beside("pyproject.toml");
    let manifest = bytes.and_then(|bytes| {
        parse(&Input {
            path: "pyproject.toml",
            bytes: &bytes,
            open: &|_| None,
        })
        .ok()
    });
    let all = manifest.map(|manifest| manifest.components);
    let mut asked: BTreeMap<(String, bool), Vec<String>> = BTreeMap::new();
    for found in all.into_iter().flatten().filter(|found| !found.own) {
        let development = found.development == Some(true);
        let range = found.needed_by.into_iter().find_map(|need| need.range);
        let ranges = asked.entry((found.name, development)).or_default();
        ranges.push(range.unwrap_or_default());
    }
    for ((name, development), all) in &asked {
        let how = match development {
            true => graph::Asked::Development,
            false => graph::Asked::Runtime,
        };
        for to in locked(name) {
            let all = all.iter().map(String::as_str);
            for range in ranges::of_locked(Scheme::PyPi, all, &components[to].version) {
                graph.ask(to, how, range);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"[project]
name = "app"
version = "1.0"
dependencies = [
  "Flask[async]==3.1.1",
  "b>=2,<3; os_name == 'nt'",
  "{{ no }}",
]

[project.optional-dependencies]
x = ["c"]

[dependency-groups]
dev = ["d~=1.0", {include-group = "other"}]

[tool.poetry.dependencies]
python = "^3.9"
e = "^1.2"
f = {git = "https://git.example/f.git"}
"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "pyproject.toml",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn every_table_is_read() {
        let got = read(SMALL).unwrap();
        let purls: Vec<_> = got.components.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:pypi/app@1.0",
                "pkg:pypi/flask@3.1.1",
                "pkg:pypi/b@2",
                "pkg:pypi/c",
                "pkg:pypi/d@1.0",
                "pkg:pypi/e@1.2",
                "pkg:pypi/f"
            ]
        );
        assert_eq!(got.components[2].locations[0].line, Some(6));
        assert_eq!(got.components[4].development, Some(true));
        assert_eq!(got.problems[0].location.line, Some(7));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
