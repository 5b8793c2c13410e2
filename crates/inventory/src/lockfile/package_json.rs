//! `package.json`: what a JavaScript project asks for (npm's documentation, "package.json").
//!
//! A manifest gives ranges, not versions. A component's version is then the lowest that its range allows, and the
//! range is kept as property `constraint`; what has no lowest version (a tag, an address) has an empty one.

use serde::Deserialize;

use super::Format;
use super::json::{self, Loose, Names, Pairs};
use super::lowest;
use super::package::component;
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "package-json",
    matches: |name| name == "package.json",
    parse,
    exact: false,
};

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Manifest<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    version: Loose<'a>,
    #[serde(borrow)]
    license: Loose<'a>,
    #[serde(borrow)]
    unity: Loose<'a>,
    #[serde(borrow)]
    engines: Names<'a>,
    #[serde(borrow)]
    contributes: Names<'a>,
    #[serde(borrow)]
    dependencies: Pairs<'a, Loose<'a>>,
    #[serde(borrow)]
    dev_dependencies: Pairs<'a, Loose<'a>>,
    #[serde(borrow)]
    optional_dependencies: Pairs<'a, Loose<'a>>,
}

impl Manifest<'_> {
    /// Unity packages and extensions of Visual Studio Code have a file of this name, but are not npm packages.
    fn is_of_npm(&self) -> bool {
        !self.unity.is_some() && self.contributes.is_empty() && !self.engines.has("vscode")
    }
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let manifest: Manifest<'_> = json::read_object(&text)?;
    let mut parsed = Parsed::default();
    if !manifest.is_of_npm() {
        return Ok(parsed);
    }
    let lines = Lines::new(&text);
    let (name, version) = (manifest.name.text(), manifest.version.text());
    if !name.is_empty() && !version.is_empty() {
        let mut root = component("npm", name, version, input.path, lines.of(name));
        root.own = true;
        let license = manifest.license.text();
        if !license.is_empty() {
            root.properties.insert("license".into(), license.into());
        }
        parsed.components.push(root);
    }
    let tables = [
        (&manifest.dependencies, false),
        (&manifest.optional_dependencies, false),
        (&manifest.dev_dependencies, true),
    ];
    for (table, development) in tables {
        for (name, range) in &table.0 {
            let constraint = range.text();
            let (real, range) = match constraint.strip_prefix("npm:") {
                Some(alias) => super::javascript::name_and_rest(alias).unwrap_or((alias, "")),
                None => (&**name, constraint),
            };
            let version = lowest::npm(range).unwrap_or_default();
            let mut asked = component("npm", real, &version, input.path, lines.of(name));
            asked.direct = Some(true);
            asked.development = Some(development);
            let constraint = constraint.to_owned();
            asked.properties.insert("constraint".into(), constraint);
            parsed.components.push(asked);
        }
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"{
 "name": "app", "version": "1.0.0",
 "dependencies": {"a": "^1.2.0", "b": "npm:@real/b@2.x", "c": "github:x/c"},
 "devDependencies": {"d": "latest"}
}"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "package.json",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn ranges_become_their_lowest_version() {
        let got = read(SMALL).unwrap().components;
        let purls: Vec<_> = got.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:npm/app@1.0.0",
                "pkg:npm/a@1.2.0",
                "pkg:npm/%40real/b@2.0.0",
                "pkg:npm/c",
                "pkg:npm/d"
            ]
        );
        assert_eq!(got[1].properties["constraint"], "^1.2.0");
        assert_eq!(got[4].development, Some(true));
        assert_eq!(got[4].locations[0].line, Some(4));
    }

    #[test]
    fn packages_of_other_worlds_are_passed_over() {
        assert!(
            read(r#"{"name": "a", "version": "1", "unity": "2020"}"#)
                .unwrap()
                .components
                .is_empty()
        );
        assert!(
            read(r#"{"name": "a", "version": "1", "engines": {"vscode": "^1"}}"#)
                .unwrap()
                .components
                .is_empty()
        );
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
