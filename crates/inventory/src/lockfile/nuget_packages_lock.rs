//! `packages.lock.json` of NuGet (learn.microsoft.com/nuget, "Locking dependencies").
//!
//! It lists the packages once per target framework; one of the same version in several is one component.

use std::collections::HashMap;

use serde::Deserialize;

use super::Format;
use super::graph::{Asked, Graph};
use super::json::{self, Pairs, Text};
use super::package::component;
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "nuget-packages-lock",
    matches: |name| {
        let name = name.to_ascii_lowercase();
        name == "packages.lock.json"
            || (name.starts_with("packages.") && name.ends_with(".lock.json"))
    },
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    dependencies: Pairs<'a, Pairs<'a, Entry<'a>>>,
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "type")]
    kind: Text<'a>,
    #[serde(borrow, default)]
    resolved: Text<'a>,
    #[serde(borrow, default, rename = "contentHash")]
    hash: Text<'a>,
    #[serde(borrow, default)]
    dependencies: Pairs<'a, Text<'a>>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let document: Document<'_> = json::read_object(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    let mut graph = Graph::default();
    let mut known: HashMap<(&str, &str), usize> = HashMap::new();
    for (_, packages) in &document.dependencies.0 {
        let mut here: HashMap<String, usize> = HashMap::new();
        for (name, entry) in &packages.0 {
            if entry.is_project() || entry.resolved.is_empty() {
                continue;
            }
            let at = *known.entry((name, &entry.resolved)).or_insert_with(|| {
                let line = lines.of(name);
                let mut found = component("nuget", name, &entry.resolved, input.path, line);
                if !entry.hash.is_empty() {
                    let integrity = format!("sha512:{}", &*entry.hash);
                    found.properties.insert("integrity".into(), integrity);
                }
                parsed.components.push(found);
                parsed.components.len() - 1
            });
            here.insert(name.to_ascii_lowercase(), at);
        }
        edges(&packages.0, &here, &mut graph);
    }
    graph.tell(&mut parsed.components);
    Ok(parsed)
}

fn edges(packages: &[(Text<'_>, Entry<'_>)], here: &HashMap<String, usize>, graph: &mut Graph) {
    let find = |name: &str| here.get(&name.to_ascii_lowercase()).copied();
    for (name, entry) in packages {
        let from = find(name);
        if let Some(at) = from.filter(|_| entry.kind.eq_ignore_ascii_case("direct")) {
            graph.root(at, Asked::Unsaid);
        }
        for (to, _) in &entry.dependencies.0 {
            match (from, find(to)) {
                (Some(from), Some(to)) => graph.edge(from, to),
                // What a project of the same solution asks for is asked for by the user.
                (None, Some(to)) if entry.is_project() => graph.root(to, Asked::Unsaid),
                _ => {}
            }
        }
    }
}

impl Entry<'_> {
    fn is_project(&self) -> bool {
        self.kind.eq_ignore_ascii_case("project")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"{ "version": 1, "dependencies": { "net8.0": {
 "A": { "type": "Direct", "resolved": "1.0", "dependencies": { "b": "1.0" } },
 "B": { "type": "Transitive", "resolved": "1.5" },
 "C": { "type": "Transitive", "resolved": "2.0" },
 "other": { "type": "Project", "dependencies": { "C": "[2.0, )" } } },
 "net9.0": { "B": { "type": "Transitive", "resolved": "1.5" } } } }"#;

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "packages.lock.json",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn frameworks_are_joined_and_paths_told() {
        let got = read(SMALL.as_bytes()).unwrap().components;
        assert_eq!(got.len(), 3);
        assert_eq!(got[0].direct, Some(true));
        assert_eq!(got[1].path, ["A@1.0"]);
        assert_eq!(got[1].locations[0].line, Some(3));
        assert_eq!(got[2].direct, Some(true));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| drop(read(bytes)));
    }
}
