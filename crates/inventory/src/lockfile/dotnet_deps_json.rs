//! `*.deps.json` of a built .NET application (github.com/dotnet/sdk, "runtime-configuration-file.md").
//!
//! `libraries` names what was resolved; `targets` tells which of it brings files to run. A package without any is
//! only there to be compiled against (or holds others together) and is left out. Names are compared without case.

use std::collections::{HashMap, HashSet};

use patchward_protocol::inventory::Component;
use serde::Deserialize;
use serde::de::IgnoredAny;

use super::Format;
use super::graph::{Asked, Graph};
use super::json::{self, Pairs, Text};
use super::package::{component, problem};
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "dotnet-deps-json",
    matches: |name| name.ends_with(".deps.json"),
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default, rename = "runtimeTarget")]
    runtime: RuntimeTarget<'a>,
    #[serde(borrow, default)]
    targets: Pairs<'a, Pairs<'a, Target<'a>>>,
    #[serde(borrow)]
    libraries: Option<Pairs<'a, Library<'a>>>,
}

#[derive(Deserialize, Default)]
struct RuntimeTarget<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
}

#[derive(Deserialize)]
struct Target<'a> {
    #[serde(borrow, default)]
    dependencies: Pairs<'a, Text<'a>>,
    runtime: Option<IgnoredAny>,
    #[serde(rename = "runtimeTargets")]
    runtime_targets: Option<IgnoredAny>,
    native: Option<IgnoredAny>,
}

#[derive(Deserialize)]
struct Library<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    sha512: Text<'a>,
}

/// Reads the file; also used for files found in a root.
pub(crate) fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let document: Document<'_> = json::read_object(&text)?;
    let libraries = document.libraries.as_ref().map(|libraries| &libraries.0);
    let libraries =
        libraries.ok_or_else(|| ParseError::new("no `libraries` in a .deps.json file"))?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    let mut nodes: HashMap<String, usize> = HashMap::new();
    for (key, library) in libraries {
        let line = lines.of(key);
        let Some((name, version)) = key.split_once('/') else {
            let message = format!("library `{}` is not written as name/version", &**key);
            parsed.problems.push(problem(input.path, line, message));
            continue;
        };
        nodes.insert(name.to_ascii_lowercase(), parsed.components.len());
        // The runtime of a self-contained application is a package whose name has this prefix here only.
        let name = name.strip_prefix("runtimepack.").unwrap_or(name);
        let mut found = component("nuget", name, version, input.path, line);
        found.own = library.kind.eq_ignore_ascii_case("project");
        if !library.sha512.is_empty() {
            let hash = library.sha512.replacen('-', ":", 1);
            found.properties.insert("integrity".into(), hash);
        }
        parsed.components.push(found);
    }
    let target = document.target();
    graph(target, &nodes, &parsed.components).tell(&mut parsed.components);
    leave_out_idle(target, &nodes, &mut parsed.components);
    Ok(parsed)
}

/// What a project asks for is direct. Packages without files are still inner nodes of the paths.
fn graph(
    target: &[(Text<'_>, Target<'_>)],
    nodes: &HashMap<String, usize>,
    components: &[Component],
) -> Graph {
    let mut graph = Graph::default();
    for (key, entry) in target {
        let Some(from) = node(key, nodes) else {
            continue;
        };
        for (name, _) in &entry.dependencies.0 {
            let Some(&to) = nodes.get(&name.to_ascii_lowercase()) else {
                continue;
            };
            graph.edge(from, to);
            if components[from].own {
                graph.root(to, Asked::Unsaid);
            }
        }
    }
    graph
}

fn leave_out_idle(
    target: &[(Text<'_>, Target<'_>)],
    nodes: &HashMap<String, usize>,
    components: &mut Vec<Component>,
) {
    let idle = target.iter().filter(|(_, target)| !target.has_files());
    let idle: HashSet<usize> = idle.filter_map(|(key, _)| node(key, nodes)).collect();
    let mut at = 0;
    components.retain(|_| {
        at += 1;
        !idle.contains(&(at - 1))
    });
}

fn node(key: &str, nodes: &HashMap<String, usize>) -> Option<usize> {
    let (name, _) = key.split_once('/')?;
    nodes.get(&name.to_ascii_lowercase()).copied()
}

impl<'a> Document<'a> {
    fn target(&self) -> &[(Text<'a>, Target<'a>)] {
        let named = self
            .targets
            .0
            .iter()
            .find(|(name, _)| **name == *self.runtime.name);
        named.map_or(&[], |(_, target)| &target.0)
    }
}

impl Target<'_> {
    fn has_files(&self) -> bool {
        self.runtime.is_some() || self.runtime_targets.is_some() || self.native.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"{ "runtimeTarget": { "name": "net8" }, "targets": { "net8": {
 "App/1.0": { "dependencies": { "A": "1", "Meta": "1" }, "runtime": {} },
 "A/1": { "dependencies": { "runtimepack.R": "8" }, "runtime": {} },
 "Meta/1": { "dependencies": { "B": "2" } },
 "B/2": { "native": {} },
 "runtimepack.R/8": { "runtime": {} } } },
 "libraries": {
 "App/1.0": { "type": "project" }, "A/1": { "type": "package", "sha512": "sha512-x" },
 "Meta/1": { "type": "package" }, "B/2": { "type": "package" },
 "runtimepack.R/8": { "type": "runtimepack" }, "bad": {} } }"#;

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "App.deps.json",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn packages_with_files_are_listed_with_their_path() {
        let got = read(SMALL.as_bytes()).unwrap();
        let names: Vec<_> = got.components.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["App", "A", "B", "R"]);
        assert!(got.components[0].own);
        assert_eq!(got.components[1].direct, Some(true));
        assert_eq!(got.components[1].properties["integrity"], "sha512:x");
        assert_eq!(got.components[2].path, ["Meta@1"]);
        assert_eq!(got.components[3].path, ["A@1"]);
        assert_eq!(got.problems.len(), 1);
    }

    #[test]
    fn a_file_without_libraries_is_an_error() {
        assert!(read(b"{}").is_err());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 1000, |bytes| drop(read(bytes)));
    }
}
