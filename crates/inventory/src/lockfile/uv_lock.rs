//! `uv.lock`, version 1 (uv's documentation, "Lockfile").

use std::collections::{BTreeMap, HashMap};

use serde::Deserialize;
use toml::Spanned;

use super::Format;
use super::graph::{Asked, Graph};
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

#[derive(Deserialize, Default)]
#[serde(default)]
struct Manifest {
    members: Vec<String>,
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

/// What a package of the project itself asks for, with the versions that it allows.
#[derive(Deserialize, Default)]
#[serde(default, rename_all = "kebab-case")]
struct Metadata {
    requires_dist: Vec<Requirement>,
    requires_dev: BTreeMap<String, Vec<Requirement>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Requirement {
    name: String,
    /// Missing where every version is allowed.
    specifier: String,
    #[serde(flatten)]
    source: Source,
}

/// What a requirement without a specifier allows.
const ANY: &str = ">=0";

impl Metadata {
    /// The versions that the project allows of a package. Empty where it does not tell, asks for a place instead of a
    /// version, or asks for different ones by markers.
    fn range(&self, name: &str) -> &str {
        let all = self.requires_dist.iter();
        let all = all.chain(self.requires_dev.values().flatten());
        let mut ranges = all
            .filter(|asked| asked.name == name)
            .map(Requirement::range);
        let first = ranges.next().unwrap_or_default();
        match ranges.all(|range| range == first) {
            true => first,
            false => "",
        }
    }
}

impl Requirement {
    fn range(&self) -> &str {
        match (self.source.place().as_str(), self.specifier.as_str()) {
            ("", "") => ANY,
            ("", specifier) => specifier,
            _ => "",
        }
    }
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
    graph(&lock).tell(&mut parsed.components);
    Ok(parsed)
}

impl Package {
    /// The root (`.`), a virtual project or a workspace member.
    fn is_own(&self, members: &[String]) -> bool {
        let source = &self.source;
        !source.r#virtual.is_empty()
            || source.editable == "."
            || (!source.editable.is_empty() && members.contains(&self.name))
    }

    /// Everything that it needs, and whether for development only.
    fn wants(&self) -> impl Iterator<Item = (&Wanted, Asked)> {
        let normal = self.dependencies.iter();
        let extras = self.optional_dependencies.values().flatten();
        let development = self.dev_dependencies.values().flatten();
        let normal = normal.chain(extras).map(|wanted| (wanted, Asked::Runtime));
        normal.chain(development.map(|wanted| (wanted, Asked::Development)))
    }
}

fn graph(lock: &Lock) -> Graph {
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, package) in lock.package.iter().enumerate() {
        by_name.entry(&package.get_ref().name).or_default().push(at);
    }
    let mut graph = Graph::default();
    for (from, package) in lock.package.iter().enumerate() {
        let package = package.get_ref();
        let own = package.is_own(&lock.manifest.members);
        for (wanted, asked) in package.wants() {
            let candidates = by_name.get(wanted.name.as_str()).into_iter().flatten();
            // Forks of one package are few; the bound keeps a hostile file linear.
            for &to in candidates.take(64) {
                let version = &lock.package[to].get_ref().version;
                if wanted
                    .version
                    .as_ref()
                    .is_some_and(|wanted| wanted != version)
                {
                    continue;
                }
                if own {
                    graph.ask(to, asked, package.metadata.range(&wanted.name));
                } else if asked == Asked::Runtime {
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

    const SMALL: &str = r#"version = 1

[[package]]
name = "app"
version = "0.1.0"
source = { editable = "." }
dependencies = [{ name = "a" }]

[package.dev-dependencies]
dev = [{ name = "d" }]

[package.metadata]
requires-dist = [{ name = "a", specifier = ">=1.0,<2" }]

[package.metadata.requires-dev]
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
        assert_eq!(d.locations[0].line, Some(34));
    }

    #[test]
    fn what_the_project_asks_for_has_its_range() {
        let range = |asked: &str| {
            let text = SMALL.replace("{ name = \"a\", specifier = \">=1.0,<2\" }", asked);
            let got = read(&text).unwrap().components;
            let [need] = &got[1].needed_by[..] else {
                panic!("{:?}", got[1].needed_by)
            };
            assert_eq!(need.package, "");
            need.range.clone()
        };
        let a = |rest: &str| format!("{{ name = \"a\"{rest} }}");
        assert_eq!(
            range(&a(", specifier = \">=1.0,<2\"")).as_deref(),
            Some(">=1.0,<2")
        );
        assert_eq!(range(&a("")).as_deref(), Some(ANY));
        assert_eq!(range(&a(", git = \"https://git.example/a\"")), None);
        let by_marker = [
            a(", specifier = \"<2\", marker = \"x\""),
            a(", specifier = \">=2\""),
        ];
        assert_eq!(range(&by_marker.join(", ")), None);
        assert_eq!(range(""), None);
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
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
