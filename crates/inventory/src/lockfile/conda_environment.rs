//! `environment.yml`: the packages of a conda environment (conda's documentation, "Managing environments"), with those
//! that pip shall install.

use serde::Deserialize;

use super::Format;
use super::package::{component, problem};
use super::python::{self, requirement};
use super::text::decode;
use super::yaml;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "conda-environment",
    matches: |name| matches!(name, "environment.yml" | "environment.yaml"),
    parse,
    exact: false,
};

#[derive(Deserialize)]
struct Environment {
    #[serde(default)]
    dependencies: Option<Vec<Dependency>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependency {
    Package(String),
    Pip { pip: Option<Vec<String>> },
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let environment: Environment = yaml::read(&text)?;
    let mut parsed = Parsed::default();
    let mut lines = Search::new(&text);
    for dependency in environment.dependencies.iter().flatten() {
        match dependency {
            Dependency::Package(spec) => {
                let line = lines.next(spec);
                match conda(spec, input.path, line) {
                    Some(found) => parsed.components.push(found),
                    None => {
                        let message = format!("{spec:?} is not a package of conda");
                        parsed.problems.push(problem(input.path, line, message));
                    }
                }
            }
            Dependency::Pip { pip } => {
                for spec in pip.iter().flatten() {
                    let line = lines.next(spec);
                    match requirement(spec) {
                        Some(asked) => parsed
                            .components
                            .push(pip_package(&asked, input.path, line)),
                        None => {
                            let message = format!("{spec:?} is not a requirement (PEP 508)");
                            parsed.problems.push(problem(input.path, line, message));
                        }
                    }
                }
            }
        }
    }
    Ok(parsed)
}

/// `channel::name=version=build`, `name==version`, `name >=1,<2` or `name` alone.
fn conda(
    spec: &str,
    path: &str,
    line: Option<u32>,
) -> Option<patchward_protocol::inventory::Component> {
    let (channel, rest) = spec.rsplit_once("::").unwrap_or(("", spec));
    let end = rest
        .find([' ', '=', '<', '>', '!', '~', '['])
        .unwrap_or(rest.len());
    let (name, constraint) = rest.split_at(end);
    let constraint = constraint.trim();
    if name.is_empty() {
        return None;
    }
    let pinned = constraint.trim_start_matches('=').trim_start();
    let mut parts = pinned.split(['=', ' ']);
    let version = parts.next().unwrap_or_default();
    let build = parts.next().unwrap_or_default();
    let exact = !version.is_empty() && !version.contains(['<', '>', '!', '~', '*', ',', '|', '[']);
    let mut found = component("conda", name, if exact { version } else { "" }, path, line);
    found.direct = Some(true);
    let properties = [
        ("channel", channel),
        ("build", if exact { build } else { "" }),
        ("constraint", if exact { "" } else { constraint }),
    ];
    for (key, value) in properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    {
        found.properties.insert(key.to_owned(), value.to_owned());
    }
    Some(found)
}

fn pip_package(
    asked: &python::Requirement<'_>,
    path: &str,
    line: Option<u32>,
) -> patchward_protocol::inventory::Component {
    let version = python::lowest(asked.constraint).unwrap_or_default();
    let mut found = component("pypi", asked.name, &version, path, line);
    found.direct = Some(true);
    if !asked.constraint.is_empty() && !python::is_pinned(asked.constraint) {
        let constraint = asked.constraint.to_owned();
        found.properties.insert("constraint".into(), constraint);
    }
    found
}

/// Finds the lines of list items that come in the order of the file, in one pass.
struct Search<'a> {
    lines: std::iter::Enumerate<std::str::Lines<'a>>,
}

impl<'a> Search<'a> {
    fn new(text: &'a str) -> Search<'a> {
        Search {
            lines: text.lines().enumerate(),
        }
    }

    /// The next line that is an item with this text.
    fn next(&mut self, item: &str) -> Option<u32> {
        let found = self.lines.find(|(_, line)| {
            let written = line.trim_start().strip_prefix('-').unwrap_or_default();
            !item.is_empty() && written.contains(item)
        });
        found.and_then(|(at, _)| u32::try_from(at + 1).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "name: env
channels: [defaults]
dependencies:
  - _libgcc_mutex=0.1=main
  - conda-forge::numpy==1.8.1
  - python>=3.9
  - bzip2
  - pip:
    - asgiref==3.8.1
";

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "environment.yml",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn packages_of_conda_and_pip() {
        let got = read(SMALL).unwrap().components;
        let purls: Vec<_> = got.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:conda/_libgcc_mutex@0.1",
                "pkg:conda/numpy@1.8.1",
                "pkg:conda/python",
                "pkg:conda/bzip2",
                "pkg:pypi/asgiref@3.8.1"
            ]
        );
        assert_eq!(got[0].properties["build"], "main");
        assert_eq!(got[2].properties["constraint"], ">=3.9");
        assert_eq!(got[4].locations[0].line, Some(9));
    }

    #[test]
    fn wrong_shapes_are_errors() {
        assert!(read("invalid").is_err());
        assert!(read("dependencies:\n  - pip:\n    - a:\n      - b\n").is_err());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
