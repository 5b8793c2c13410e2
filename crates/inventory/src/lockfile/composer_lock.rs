//! `composer.lock` (Composer's documentation, "The composer.lock file").

use std::collections::HashMap;

use serde::Deserialize;

use super::Format;
use super::graph::Graph;
use super::json::{self, Loose, Names, Text, Texts};
use super::package::component;
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "composer-lock",
    matches: |name| name == "composer.lock",
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Lock<'a> {
    #[serde(borrow, default)]
    packages: Vec<Package<'a>>,
    #[serde(borrow, default, rename = "packages-dev")]
    packages_dev: Option<Vec<Package<'a>>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow, default)]
    source: Option<Origin<'a>>,
    #[serde(borrow, default)]
    dist: Option<Origin<'a>>,
    #[serde(borrow, default)]
    license: Texts<'a>,
    #[serde(borrow, default)]
    require: Names<'a>,
}

#[derive(Deserialize, Default)]
struct Origin<'a> {
    #[serde(borrow, default)]
    reference: Loose<'a>,
    #[serde(borrow, default)]
    shasum: Loose<'a>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let lock: Lock<'_> = json::read_object(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    let normal = lock.packages.iter().map(|package| (package, false));
    let development = lock.packages_dev.iter().flatten();
    let all: Vec<_> = normal
        .chain(development.map(|package| (package, true)))
        .collect();
    for (package, development) in &all {
        let line = lines.of(&package.name);
        let mut found = component(
            "composer",
            &package.name,
            &package.version,
            input.path,
            line,
        );
        found.development = Some(*development);
        let places = [&package.source, &package.dist];
        let mut references = places
            .into_iter()
            .flatten()
            .map(|place| place.reference.text());
        // Some registries put a tag there.
        if let Some(commit) = references.find(|reference| is_hash(reference)) {
            found.properties.insert("commit".into(), commit.into());
        }
        let sum = package.dist.as_ref().map_or("", |dist| dist.shasum.text());
        if !sum.is_empty() {
            found
                .properties
                .insert("integrity".into(), format!("sha1:{sum}"));
        }
        let licenses: Vec<&str> = package.license.0.iter().map(|text| &**text).collect();
        if !licenses.is_empty() {
            found
                .properties
                .insert("license".into(), licenses.join(" OR "));
        }
        parsed.components.push(found);
    }
    let all: Vec<&Package<'_>> = all.iter().map(|(package, _)| *package).collect();
    graph(&all).tell(&mut parsed.components);
    Ok(parsed)
}

/// The edges; what the project itself asks for stands in `composer.json` only. Names have no case.
fn graph(packages: &[&Package<'_>]) -> Graph {
    let names = packages.iter().enumerate();
    let by_name: HashMap<String, usize> = names
        .map(|(at, package)| (package.name.to_lowercase(), at))
        .collect();
    let mut graph = Graph::default();
    for (from, package) in packages.iter().enumerate() {
        for (name, range) in package.require.with_texts() {
            if let Some(&to) = by_name.get(&name.to_lowercase()) {
                graph.need(from, to, range);
            }
        }
    }
    graph
}

fn is_hash(reference: &str) -> bool {
    reference.len() == 40 && reference.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"{
 "packages": [
  {"name": "a/b", "version": "v1.0.0", "require": [], "license": ["MIT", "GPL-2.0"],
   "source": {"reference": "0123456789012345678901234567890123456789"}, "dist": {"shasum": "00"}}
 ],
 "packages-dev": [{"name": "c/d", "version": "dev-main", "source": {"reference": "1.0"}, "require": {"A/b": "^1.0", "php": ">=8"}}]
}"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "composer.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn both_lists_are_read() {
        let got = read(SMALL).unwrap().components;
        assert_eq!(got[0].purl, "pkg:composer/a/b@v1.0.0");
        assert_eq!(got[0].properties.len(), 3);
        assert_eq!(got[0].properties["license"], "MIT OR GPL-2.0");
        assert_eq!(got[0].locations[0].line, Some(3));
        assert_eq!(got[1].development, Some(true));
        assert!(got[1].properties.is_empty());
        assert_eq!(got[0].needed_by.len(), 1);
        assert_eq!(got[0].needed_by[0].package, "c/d@dev-main");
        assert_eq!(got[0].needed_by[0].range.as_deref(), Some("^1.0"));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
