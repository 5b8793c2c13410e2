//! `yarn.lock`: version 1 (Yarn's own notation) and Berry (a small part of YAML). Both are entries whose header lists
//! the descriptors `name@range` that they answer, with indented fields, so one line reader serves both.
//!
//! Version 1 does not tell what the project itself asks for; Berry lists the project and its workspaces as entries.

mod entries;

use std::collections::HashMap;

use patchward_protocol::inventory::Component;

use super::Format;
use super::graph::{Asked, Graph};
use super::javascript::{commit, name_and_rest};
use super::merge::Merge;
use super::package::{component, problem};
use super::text::decode;
use crate::parse::{Input, ParseError, Parsed};
use entries::Entry;

pub(super) const FORMAT: Format = Format {
    name: "yarn-lock",
    matches: |name| name == "yarn.lock",
    parse,
    exact: true,
};

/// The newest `__metadata` version of Berry that we know.
const NEWEST: u32 = 9;

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let file = entries::read(&text)?;
    let mut parsed = Parsed::default();
    if let Some(version) = file.version.filter(|&version| version > NEWEST) {
        let message = format!("yarn.lock version {version} is not known (known: 1 to {NEWEST})");
        parsed.problems.push(problem(input.path, None, message));
    }
    let mut merge = Merge::default();
    let mut nodes = Vec::new();
    let mut by_descriptor: HashMap<&str, usize> = HashMap::new();
    for entry in &file.entries {
        let Some(found) = found(entry, input.path) else {
            let message = "an entry without name or version";
            parsed
                .problems
                .push(problem(input.path, entry.line, message));
            nodes.push(None);
            continue;
        };
        let at = merge.add(found);
        nodes.push(Some(at));
        for descriptor in &entry.descriptors {
            by_descriptor.insert(descriptor, at);
        }
    }
    parsed.components = merge.finish();
    let mut graph = Graph::default();
    for (entry, from) in file.entries.iter().zip(nodes) {
        let Some(from) = from else { continue };
        for (name, range) in &entry.needs {
            let Some(to) = resolve(name, range, &by_descriptor) else {
                continue;
            };
            let range = range.strip_prefix("npm:").unwrap_or(range);
            if parsed.components[from].own {
                graph.ask(to, Asked::Unsaid, range);
            }
            graph.need(from, to, range);
        }
    }
    graph.tell(&mut parsed.components);
    Ok(parsed)
}

/// Early Berry files leave the `npm:` of a range out where it is needed in the header.
fn resolve(name: &str, range: &str, by_descriptor: &HashMap<&str, usize>) -> Option<usize> {
    let plain = by_descriptor.get(format!("{name}@{range}").as_str());
    plain
        .or_else(|| by_descriptor.get(format!("{name}@npm:{range}").as_str()))
        .copied()
}

fn found(entry: &Entry<'_>, path: &str) -> Option<Component> {
    let first = entry.descriptors.first()?;
    let (alias, range) = name_and_rest(first).unwrap_or((first, ""));
    // Berry's resolution has the real name; version 1 has it only in an alias's range.
    let (name, place) = match name_and_rest(entry.resolution) {
        Some(real) => real,
        None => match range.strip_prefix("npm:").and_then(name_and_rest) {
            Some((real, range)) => (real, range),
            None => (alias, range),
        },
    };
    if name.is_empty() || entry.version.is_empty() {
        return None;
    }
    let mut found = component("npm", name, entry.version, path, entry.line);
    found.own = place.starts_with("workspace:");
    let from_registry = place.starts_with("npm:") || !place.contains(':');
    let hash = commit(entry.resolution).or_else(|| commit(entry.resolved));
    let properties = [
        ("commit", hash.unwrap_or_default()),
        ("origin", if from_registry { "" } else { place }),
        ("integrity", entry.integrity),
    ];
    for (key, value) in properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    {
        found.properties.insert(key.to_owned(), value.to_owned());
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const ONE: &str = "# yarn lockfile v1

a@^1.0.0, a@^1.1.0:
  version \"1.1.0\"
  resolved \"https://registry.example/a.tgz#00\"
  integrity sha512-x==
  dependencies:
    \"@s/b\" \"^2.0.0\"

\"@s/b@^2.0.0\":
  \"version\" \"2.0.0\"
  resolved \"git+ssh://git@git.example/b.git#abc\"

alias@npm:real@^1.0.0:
  version \"1.0.0\"
";

    const BERRY: &str = "__metadata:
  version: 8

\"app@workspace:.\":
  version: 0.0.0-use.local
  resolution: \"app@workspace:.\"
  dependencies:
    a: \"npm:^1.0.0\"
  linkType: soft

\"a@npm:^1.0.0, a@npm:^1.1.0\":
  version: 1.1.0
  resolution: \"a@npm:1.1.0\"
  dependencies:
    b: ^2.0.0
  checksum: 10/00

? \"b@npm:^2.0.0\"
:
  version: 2.0.0
  resolution: \"b@https://git.example/b.git#commit=abc\"
";

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "yarn.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn version_one_has_names_aliases_and_commits() {
        let got = read(ONE).unwrap().components;
        let purls: Vec<_> = got.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:npm/a@1.1.0",
                "pkg:npm/%40s/b@2.0.0",
                "pkg:npm/real@1.0.0"
            ]
        );
        assert_eq!(got[0].properties["integrity"], "sha512-x==");
        assert_eq!(got[1].properties["commit"], "abc");
        assert_eq!(got[1].locations[0].line, Some(10));
        assert_eq!(got[1].direct, None);
    }

    #[test]
    fn berry_has_workspaces_and_so_the_graph() {
        let got = read(BERRY).unwrap().components;
        let [app, a, b] = &got[..] else { panic!() };
        assert!(app.own);
        assert_eq!(a.direct, Some(true));
        assert_eq!(b.path, ["a@1.1.0"]);
        assert_eq!(b.properties["commit"], "abc");
    }

    #[test]
    fn fields_without_an_entry_are_an_error() {
        assert_eq!(read("\n  version 1\n").unwrap_err().line, Some(2));
    }

    #[test]
    fn unknown_versions_are_a_problem() {
        let got = read("__metadata:\n  version: 99\n").unwrap();
        assert!(got.problems[0].message.contains("known: 1 to 9"));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[ONE.as_bytes(), BERRY.as_bytes()], 1000, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
