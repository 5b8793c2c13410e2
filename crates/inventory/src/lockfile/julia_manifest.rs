//! `Manifest.toml` of Julia, formats 1 and 2 (pkgdocs.julialang.org/v1/toml-files).
//!
//! Packages of the standard library have no version of their own: they are at the version of Julia, where the file
//! tells it. Two packages may share a name; the UUID tells them apart and is part of the purl.

use std::collections::HashMap;

use patchward_purl::Purl;
use serde::Deserialize;
use toml::Spanned;

use super::Format;
use super::graph::{Asked, Graph};
use super::package::{component, problem};
use super::text::{Lines, decode, toml_error};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "julia-manifest",
    matches: |name| {
        let versioned = || name.starts_with("Manifest-v") && name.ends_with(".toml");
        name == "Manifest.toml" || name == "JuliaManifest.toml" || versioned()
    },
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Entry {
    uuid: Option<String>,
    version: Option<String>,
    path: Option<String>,
    #[serde(rename = "git-tree-sha1")]
    tree: Option<String>,
    #[serde(rename = "repo-rev")]
    revision: Option<String>,
    #[serde(default)]
    deps: Deps,
}

/// Names, or names with UUIDs where a name alone is not unique.
#[derive(Deserialize)]
#[serde(untagged)]
enum Deps {
    Names(Vec<String>),
    Uuids(HashMap<String, String>),
}

impl Default for Deps {
    fn default() -> Deps {
        Deps::Names(Vec::new())
    }
}

type Entries = HashMap<String, Vec<Spanned<Entry>>>;

#[derive(Deserialize)]
struct Second {
    julia_version: Option<String>,
    #[serde(default)]
    deps: Entries,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let manifest = read(&text)?;
    let lines = Lines::new(&text);
    let mut listed: Vec<(&str, usize, &Entry)> = manifest
        .deps
        .iter()
        .flat_map(|(name, entries)| entries.iter().map(move |entry| (name, entry)))
        .map(|(name, entry)| (name.as_str(), entry.span().start, entry.get_ref()))
        .collect();
    listed.sort_by_key(|&(_, start, _)| start);
    let mut parsed = Parsed::default();
    for &(name, start, entry) in &listed {
        let standard = entry.version.is_none();
        let julia = manifest.julia_version.as_deref().unwrap_or_default();
        let version = entry.version.as_deref().unwrap_or(julia);
        let mut found = component("julia", name, version, input.path, lines.at(start));
        found.purl = purl(name, version, entry.uuid.as_deref());
        found.own = entry.path.is_some();
        if standard && !found.own {
            found.properties.insert("origin".into(), "stdlib".into());
        }
        for (key, value) in [("commit", &entry.revision), ("tree", &entry.tree)] {
            if let Some(value) = value {
                found.properties.insert(key.into(), value.clone());
            }
        }
        parsed.components.push(found);
    }
    graph(input, &listed, &mut parsed).tell(&mut parsed.components);
    Ok(parsed)
}

/// Format 2 has the packages under `deps`; in format 1 they are the top level.
fn read(text: &str) -> Result<Second, ParseError> {
    let error = |error: toml::de::Error| toml_error(&error, text);
    let table: toml::Table = toml::from_str(text).map_err(error)?;
    if table.contains_key("manifest_format") {
        return toml::from_str(text).map_err(error);
    }
    Ok(Second {
        julia_version: None,
        deps: toml::from_str(text).map_err(error)?,
    })
}

fn purl(name: &str, version: &str, uuid: Option<&str>) -> String {
    let Ok(purl) = Purl::new("julia", None, name) else {
        return String::new();
    };
    let purl = match version {
        "" => purl,
        version => purl.with_version(version),
    };
    match uuid {
        Some(uuid) => purl.with_qualifier("uuid", uuid).to_string(),
        None => purl.to_string(),
    }
}

/// The edges; what the project asks for stands in the `Project.toml` beside the manifest.
fn graph(input: &Input<'_>, listed: &[(&str, usize, &Entry)], parsed: &mut Parsed) -> Graph {
    let mut by_name: HashMap<&str, usize> = HashMap::new();
    let mut by_uuid: HashMap<&str, usize> = HashMap::new();
    for (at, (name, _, entry)) in listed.iter().enumerate() {
        by_name.insert(name, at);
        if let Some(uuid) = &entry.uuid {
            by_uuid.insert(uuid, at);
        }
    }
    let mut graph = Graph::default();
    for (from, (name, _, entry)) in listed.iter().enumerate() {
        let wanted: Vec<(&String, Option<usize>)> = match &entry.deps {
            Deps::Names(names) => names
                .iter()
                .map(|n| (n, by_name.get(n.as_str()).copied()))
                .collect(),
            Deps::Uuids(uuids) => uuids
                .iter()
                .map(|(n, u)| (n, by_uuid.get(u.as_str()).copied()))
                .collect(),
        };
        for (to_name, to) in wanted {
            match to {
                Some(to) => graph.edge(from, to),
                None => {
                    let line = parsed.components[from].locations[0].line;
                    let message =
                        format!("`{name}` needs `{to_name}`, which the manifest does not list");
                    parsed.problems.push(problem(input.path, line, message));
                }
            }
        }
    }
    for uuid in asked(input) {
        if let Some(&at) = by_uuid.get(uuid.as_str()) {
            graph.root(at, Asked::Unsaid);
        }
    }
    graph
}

/// The UUIDs under `deps` of the project file.
fn asked(input: &Input<'_>) -> Vec<String> {
    #[derive(Deserialize)]
    struct Project {
        #[serde(default)]
        deps: HashMap<String, String>,
    }
    let bytes = ["Project.toml", "JuliaProject.toml"]
        .iter()
        .find_map(|name| input.beside(name));
    let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    let project = text.and_then(|text| toml::from_str::<Project>(&text).ok());
    project.map_or_else(Vec::new, |project| project.deps.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"julia_version = "1.9.0"
manifest_format = "2.0"

[[deps.A]]
deps = ["B", "Missing"]
uuid = "aaaa"
version = "1.2.3"

[[deps.B]]
uuid = "bbbb"
"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "sub/Manifest.toml",
            bytes: text.as_bytes(),
            open: &|path| (path == "sub/Project.toml").then(|| b"[deps]\nA = 'aaaa'".to_vec()),
        })
    }

    #[test]
    fn the_standard_library_is_at_julias_version_and_paths_are_told() {
        let got = read(SMALL).unwrap();
        assert_eq!(got.components[0].purl, "pkg:julia/A@1.2.3?uuid=aaaa");
        assert_eq!(got.components[0].direct, Some(true));
        assert_eq!(got.components[1].version, "1.9.0");
        assert_eq!(got.components[1].path, ["A@1.2.3"]);
        assert_eq!(got.components[1].locations[0].line, Some(9));
        assert!(got.problems[0].message.contains("`Missing`"));
    }

    #[test]
    fn format_1_has_packages_at_the_top() {
        let got = read("[[A]]\nuuid = 'a'\nversion = '1'\n[[A]]\nuuid = 'b'\n").unwrap();
        assert_eq!(got.components.len(), 2);
        assert_eq!(got.components[1].version, "");
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = std::str::from_utf8(bytes).map(read);
        });
    }
}
