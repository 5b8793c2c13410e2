//! `Cargo.toml`: what a Rust project asks for (the Cargo book, "Specifying Dependencies").
//!
//! A component's version is the one that the requirement names (cargo's caret rule makes it the lowest); the
//! requirement itself is property `constraint`.

mod asks;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

use patchward_protocol::inventory::Need;

use super::Format;
use super::package::component;
use super::text::{Lines, decode};
use super::toml_text;
use crate::parse::{Input, ParseError, Parsed};

pub(super) use asks::{Asks, Want, asks};

pub(super) const FORMAT: Format = Format {
    name: "cargo-toml",
    matches: |name| name == "Cargo.toml",
    parse,
    exact: false,
};

#[derive(Deserialize)]
struct Manifest {
    package: Option<Spanned<Package>>,
    #[serde(default)]
    workspace: Workspace,
    #[serde(default)]
    dependencies: Table,
    #[serde(default, rename = "dev-dependencies", alias = "dev_dependencies")]
    dev_dependencies: Table,
    #[serde(default, rename = "build-dependencies", alias = "build_dependencies")]
    build_dependencies: Table,
    #[serde(default)]
    target: BTreeMap<String, Tables>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    #[serde(default)]
    version: OrInherited,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Workspace {
    members: Vec<String>,
    dependencies: Table,
}

/// A version, or `version.workspace = true`.
#[derive(Deserialize)]
#[serde(untagged)]
enum OrInherited {
    Text(String),
    Inherited(IgnoredAny),
}

impl Default for OrInherited {
    fn default() -> Self {
        OrInherited::Text(String::new())
    }
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Tables {
    dependencies: Table,
    #[serde(alias = "dev_dependencies")]
    dev_dependencies: Table,
    #[serde(alias = "build_dependencies")]
    build_dependencies: Table,
}

type Table = BTreeMap<Spanned<String>, Dependency>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Dependency {
    Version(String),
    Details(Box<Details>),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Details {
    version: String,
    package: Option<String>,
    git: String,
    rev: String,
    path: String,
    workspace: bool,
}

impl Dependency {
    fn details(&self) -> Option<&Details> {
        match self {
            Dependency::Version(_) => None,
            Dependency::Details(details) => Some(details),
        }
    }

    /// The range; any version where none is written, and nothing to say of a place.
    fn range(&self) -> &str {
        match self {
            Dependency::Version(range) => range,
            Dependency::Details(details) if !details.version.is_empty() => &details.version,
            Dependency::Details(details) if details.workspace => "",
            Dependency::Details(details) if details.git.is_empty() && details.path.is_empty() => {
                "*"
            }
            Dependency::Details(_) => "",
        }
    }
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let manifest: Manifest = toml_text::read(&text)?;
    // Not flattened in the record: the TOML reader would lose the places of the names.
    let tables = Tables {
        dependencies: manifest.dependencies,
        dev_dependencies: manifest.dev_dependencies,
        build_dependencies: manifest.build_dependencies,
    };
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    if let Some(package) = &manifest.package {
        let line = lines.at(package.span().start);
        let package = package.get_ref();
        let version = match &package.version {
            OrInherited::Text(version) => version,
            OrInherited::Inherited(_) => "",
        };
        let mut root = component("cargo", &package.name, version, input.path, line);
        root.own = true;
        parsed.components.push(root);
    }
    let shared = Tables {
        dependencies: manifest.workspace.dependencies,
        ..Tables::default()
    };
    let targets = manifest.target.values();
    for tables in [&tables, &shared].into_iter().chain(targets) {
        let kinds = [
            (&tables.dependencies, ""),
            (&tables.dev_dependencies, "dev"),
            (&tables.build_dependencies, "build"),
        ];
        for (table, group) in kinds {
            for (name, dependency) in table {
                let line = lines.at(name.span().start);
                let asked = asked(name.get_ref(), dependency, group, (input.path, line));
                parsed.components.push(asked);
            }
        }
    }
    Ok(parsed)
}

fn asked(
    name: &str,
    dependency: &Dependency,
    group: &str,
    (path, line): (&str, Option<u32>),
) -> patchward_protocol::inventory::Component {
    let none = Details::default();
    let (constraint, details) = match dependency {
        Dependency::Version(version) => (version, &none),
        Dependency::Details(details) => (&details.version, &**details),
    };
    let name = details.package.as_deref().unwrap_or(name);
    let mut asked = component("cargo", name, lowest(constraint), path, line);
    asked.direct = Some(true);
    asked.development = Some(group == "dev");
    let range = dependency.range();
    if !range.is_empty() {
        asked.needed_by.push(Need {
            package: String::new(),
            range: Some(range.to_owned()),
        });
    }
    let hash = details.rev.len() == 40 && details.rev.bytes().all(|b| b.is_ascii_hexdigit());
    let origin = match details.git.as_str() {
        "" => &details.path,
        git => git,
    };
    let properties = [
        ("constraint", constraint.as_str()),
        ("groups", group),
        ("commit", if hash { &details.rev } else { "" }),
        ("origin", origin),
    ];
    for (key, value) in properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    {
        asked.properties.insert(key.to_owned(), value.to_owned());
    }
    asked
}

/// The first bound without its operator; upper bounds name no version.
fn lowest(constraint: &str) -> &str {
    let mut clauses = constraint.split(',').map(str::trim);
    let lower = clauses.find(|clause| !clause.starts_with('<') && *clause != "*");
    lower.map_or("", |clause| {
        clause.trim_start_matches(['=', '^', '~', '>', ' '])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"[package]
name = "app"
version.workspace = true

[dependencies]
a = "1.2"
b = { git = "https://git.example/b.git", rev = "0123456789012345678901234567890123456789" }
c = { workspace = true }

[dev-dependencies]
d = { version = ">=0.3, <0.5", package = "real-d" }

[target.'cfg(unix)'.dependencies]
e = "*"
"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "Cargo.toml",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn every_table_is_read() {
        let got = read(SMALL).unwrap().components;
        let purls: Vec<_> = got.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:cargo/app",
                "pkg:cargo/a@1.2",
                "pkg:cargo/b",
                "pkg:cargo/c",
                "pkg:cargo/real-d@0.3",
                "pkg:cargo/e"
            ]
        );
        assert!(got[0].own);
        assert_eq!(got[1].locations[0].line, Some(6));
        assert!(got[2].properties.contains_key("commit"));
        let ranges: Vec<Option<&str>> = got
            .iter()
            .map(|asked| asked.needed_by.first()?.range.as_deref())
            .collect();
        assert_eq!(
            ranges,
            [
                None,
                Some("1.2"),
                None,
                None,
                Some(">=0.3, <0.5"),
                Some("*")
            ]
        );
        assert_eq!(got[4].development, Some(true));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
