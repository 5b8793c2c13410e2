//! Installed PHP packages: `vendor/composer/installed.json`, as Composer 1 (a list) and 2 (with `packages`) write it.

use std::collections::HashSet;

use serde::Deserialize;

use crate::lockfile::json::{self, Loose};
use crate::lockfile::package::component;
use crate::lockfile::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

#[derive(Deserialize)]
struct Second<'a> {
    #[serde(borrow, default)]
    packages: Vec<Package<'a>>,
    #[serde(borrow, default, rename = "dev-package-names")]
    development: Option<Vec<Loose<'a>>>,
}

#[derive(Deserialize)]
struct Package<'a> {
    #[serde(borrow, default)]
    name: Loose<'a>,
    #[serde(borrow, default)]
    version: Loose<'a>,
    #[serde(borrow, default)]
    source: Option<Source<'a>>,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow, default)]
    reference: Loose<'a>,
}

/// Reads the list of what is installed.
pub(super) fn read(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let list = text.trim_start().starts_with('[');
    let installed: Second<'_> = match list {
        true => Second {
            packages: json::read(&text)?,
            development: None,
        },
        false => json::read_object(&text)?,
    };
    let lines = Lines::new(&text);
    let development: Option<HashSet<&str>> = installed
        .development
        .as_ref()
        .map(|names| names.iter().map(Loose::text).collect());
    let mut parsed = Parsed::default();
    for package in &installed.packages {
        let (name, version) = (package.name.text(), package.version.text());
        if name.is_empty() || version.is_empty() {
            continue;
        }
        let mut found = component("composer", name, version, input.path, lines.of(name));
        found.development = development.as_ref().map(|names| names.contains(name));
        let reference = package
            .source
            .as_ref()
            .map(|source| source.reference.text());
        if let Some(commit) = reference.filter(|reference| !reference.is_empty()) {
            found.properties.insert("commit".into(), commit.into());
        }
        parsed.components.push(found);
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SECOND: &str = r#"{"packages": [{"name": "a/b", "version": "v1.0.0", "source": {"reference": "abc"}},
 {"name": "c/d", "version": "2.0.0"}], "dev": true, "dev-package-names": ["c/d"]}"#;

    fn read_text(text: &[u8]) -> Result<Parsed, ParseError> {
        read(&Input {
            path: "vendor/composer/installed.json",
            bytes: text,
            open: &|_| None,
        })
    }

    #[test]
    fn both_layouts_are_read() {
        let got = read_text(SECOND.as_bytes()).unwrap().components;
        assert_eq!(got[0].properties["commit"], "abc");
        assert_eq!(got[0].development, Some(false));
        assert_eq!(got[1].development, Some(true));
        assert_eq!(got[1].locations[0].line, Some(2));
        let got = read_text(br#"[{"name": "a/b", "version": "1.0"}]"#).unwrap();
        assert_eq!(got.components[0].development, None);
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SECOND.as_bytes()], 500, |bytes| drop(read_text(bytes)));
    }
}
