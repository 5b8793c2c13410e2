//! `uv.lock`, version 1 (uv's documentation, "Lockfile").
//!
//! What the project's own packages ask for stands in the file with its ranges ([`asked`]); what others ask for, without.

mod asked;

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Format;
use super::graph::Asked;
use super::package::{component, problem};
use super::text::{Lines, decode};
use super::toml_text;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "uv-lock",
    matches: |name| name == "uv.lock",
    parse,
    exact: true,
};

/// The version that we know; a new revision of it stays readable by uv's own promise.
const KNOWN: i64 = 1;

#[derive(Deserialize)]
struct Lock {
    version: Option<i64>,
    #[serde(default)]
    package: Vec<Spanned<Package>>,
    #[serde(default)]
    manifest: Manifest,
}

/// What holds for the whole workspace.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Manifest {
    members: Vec<String>,
    /// What a workspace without a package at its root, or a script, asks for.
    requirements: Vec<Requirement>,
    dependency_groups: BTreeMap<String, Vec<Requirement>>,
    /// These take the place of every range of their packages.
    overrides: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    /// Missing when the version is worked out at build time.
    #[serde(default)]
    version: String,
    #[serde(default)]
    source: Source,
    #[serde(default)]
    dependencies: Vec<Wanted>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Wanted>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Wanted>>,
    #[serde(default)]
    metadata: Metadata,
}

/// What the manifest of a package says that is built from source.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Metadata {
    requires_dist: Vec<Requirement>,
    requires_dev: BTreeMap<String, Vec<Requirement>>,
}

/// A requirement of a range of versions, of any version, or of a place (then without a range).
#[derive(Deserialize)]
struct Requirement {
    name: String,
    specifier: Option<String>,
    #[serde(flatten)]
    source: Source,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Source {
    git: String,
    r#virtual: String,
    editable: String,
    directory: String,
    path: String,
    url: String,
}

impl Source {
    /// Nothing else than a registry is named.
    fn is_registry(&self) -> bool {
        let own = [&self.r#virtual, &self.editable, &self.directory];
        let foreign = [&self.git, &self.path, &self.url];
        own.into_iter().chain(foreign).all(String::is_empty)
    }

    /// Where the package comes from, when not from a registry; the project's own with the kind of their source.
    fn place(&self) -> String {
        let origins = [&self.git, &self.url, &self.path, &self.directory];
        match (self.r#virtual.as_str(), self.editable.as_str()) {
            ("", "") => origins.into_iter().max().cloned().unwrap_or_default(),
            ("", folder) => format!("editable:{folder}"),
            (folder, _) => format!("virtual:{folder}"),
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    name: String,
    version: Option<String>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let lock: Lock = toml_text::read(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    if let Some(version) = lock.version.filter(|&version| version != KNOWN) {
        let message = format!("uv.lock version {version} is not known (known: {KNOWN})");
        parsed.problems.push(problem(input.path, None, message));
    }
    for package in &lock.package {
        let line = lines.at(package.span().start);
        let package = package.get_ref();
        let mut found = component("pypi", &package.name, &package.version, input.path, line);
        found.own = package.is_own(&lock.manifest.members);
        let source = &package.source;
        let commit = source.git.rsplit_once('#').map_or("", |(_, hash)| hash);
        let place = source.place();
        let properties = [("commit", commit), ("origin", place.as_str())];
        for (key, value) in properties
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
        {
            found.properties.insert(key.to_owned(), value.to_owned());
        }
        parsed.components.push(found);
    }
    asked::tell(&lock, &mut parsed.components);
    Ok(parsed)
}

impl Package {
    /// The root (`.`), a virtual project or a workspace member.
    fn is_own(&self, members: &[String]) -> bool {
        let source = &self.source;
        let folders = [&source.editable, &source.directory];
        let mut folders = folders.into_iter().filter(|folder| !folder.is_empty());
        !source.r#virtual.is_empty()
            || folders.any(|folder| folder == "." || members.contains(&self.name))
    }

    /// Everything that it needs, how, and in which group: an extra, or one for development.
    fn wants(&self) -> impl Iterator<Item = (&Wanted, Asked, &str)> {
        let normal = self.dependencies.iter();
        let normal = normal.map(|wanted| (wanted, Asked::Runtime, ""));
        let extras = grouped(&self.optional_dependencies);
        let extras = extras.map(|(group, wanted)| (wanted, Asked::Runtime, group));
        let development = grouped(&self.dev_dependencies);
        let development = development.map(|(group, wanted)| (wanted, Asked::Development, group));
        normal.chain(extras).chain(development)
    }
}

fn grouped<T>(groups: &BTreeMap<String, Vec<T>>) -> impl Iterator<Item = (&str, &T)> {
    let groups = groups.iter();
    groups.flat_map(|(group, all)| all.iter().map(move |one| (group.as_str(), one)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::inventory::Component;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"version = 1

[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "a" }]

[package.dev-dependencies]
dev = [{ name = "d" }]

[[package]]
name = "a"
version = "1.0"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "b", version = "2.0" }]

[[package]]
name = "b"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "b"
version = "2.0"
source = { git = "https://git.example/b?tag=2#abc" }

[[package]]
name = "d"
version = "1.0"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "b", version = "1.0" }]
"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "uv.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn the_graph_tells_direct_development_and_path() {
        let got = read(SMALL).unwrap().components;
        let [app, a, b1, b2, d] = &got[..] else {
            panic!()
        };
        assert!(app.own);
        assert_eq!((a.direct, a.development), (Some(true), Some(false)));
        assert_eq!(
            (b1.development, &b1.path[..]),
            (Some(true), &["d@1.0".to_owned()][..])
        );
        assert_eq!((b2.development, b2.direct), (Some(false), Some(false)));
        assert_eq!(b2.properties["commit"], "abc");
        assert_eq!(d.development, Some(true));
        assert_eq!(d.locations[0].line, Some(28));
    }

    /// As uv 0.13 writes it.
    const WORKSPACE: &str = r#"version = 1

[manifest]
members = ["app", "lib"]
overrides = [{ name = "o", specifier = "==2.0" }]

[manifest.dependency-groups]
docs = [{ name = "s", specifier = ">=1" }]

[[package]]
name = "app"
version = "0.1.0"
source = { virtual = "." }
dependencies = [
    { name = "a" },
    { name = "f", version = "1.0", marker = "python_full_version < '3.12'" },
    { name = "f", version = "2.0", marker = "python_full_version >= '3.12'" },
    { name = "lib" },
    { name = "o" },
]

[package.optional-dependencies]
web = [{ name = "w" }, { name = "x" }]

[package.dev-dependencies]
dev = [{ name = "a" }, { name = "d" }, { name = "x" }]

[package.metadata]
requires-dist = [
    { name = "a", specifier = ">=1,<2" },
    { name = "f", marker = "python_full_version < '3.12'", specifier = "<2" },
    { name = "f", marker = "python_full_version >= '3.12'", specifier = "<3" },
    { name = "lib", editable = "lib" },
    { name = "o", specifier = "<2" },
    { name = "w", marker = "extra == 'web'" },
]

[package.metadata.requires-dev]
dev = [{ name = "a", specifier = "~=1.4" }, { name = "d", git = "https://git.example/d" }]

[[package]]
name = "lib"
version = "0.2.0"
source = { directory = "lib" }
dependencies = [{ name = "w" }]

[package.metadata]
requires-dist = [{ name = "w", specifier = "!=1.5" }]

[[package]]
name = "a"
version = "1.5"
source = { registry = "https://registry.example/simple" }
dependencies = [{ name = "o" }]

[[package]]
name = "d"
version = "1.0"
source = { git = "https://git.example/d#abc" }

[[package]]
name = "f"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "f"
version = "2.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "o"
version = "2.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "s"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "w"
version = "1.0"
source = { registry = "https://registry.example/simple" }

[[package]]
name = "x"
version = "1.0"
source = { registry = "https://registry.example/simple" }
"#;

    #[test]
    fn the_project_asks_with_ranges_and_groups() {
        let got = read(WORKSPACE).unwrap().components;
        let [app, lib, a, d, f1, f2, o, s, w, x] = &got[..] else {
            panic!()
        };
        assert!(app.own && lib.own);
        let asked = |component: &Component| -> Vec<String> {
            let own = component.needed_by.iter();
            let own = own.filter(|need| need.package.is_empty());
            own.map(|need| need.range.clone().unwrap_or_default())
                .collect()
        };
        assert_eq!(asked(a), [">=1,<2", "~=1.4"]);
        assert_eq!(asked(d), [""]);
        // For older Pythons only the older fork; for newer ones only the newer.
        assert_eq!(asked(f1), ["<2", "<3"]);
        assert_eq!(asked(f2), ["<3"]);
        // The override takes the place of what the project asks for.
        assert_eq!(asked(o), ["==2.0"]);
        assert_eq!(o.needed_by[1].package, "a@1.5");
        assert_eq!(asked(s), [">=1"]);
        // Any version for one package of the workspace, not all for the other.
        assert_eq!(asked(w), [">=0", "!=1.5"]);
        for component in [a, d, f1, f2, o, s, w, x] {
            assert_eq!(component.direct, Some(true), "{}", component.name);
            let development = ["d", "s"].contains(&component.name.as_str());
            assert_eq!(component.development, Some(development));
        }
        assert_eq!(d.properties["groups"], "dev");
        assert_eq!(s.properties["groups"], "docs");
        // What an extra asks for is no development, though a group for that asks, too.
        assert_eq!(x.properties["groups"], "web");
        assert!(!a.properties.contains_key("groups"));
        assert!(!w.properties.contains_key("groups"));
    }

    #[test]
    fn unknown_versions_are_a_problem() {
        assert!(
            read("version = 2").unwrap().problems[0]
                .message
                .contains("known: 1")
        );
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes(), WORKSPACE.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
