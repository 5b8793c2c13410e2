//! A version catalogue of Gradle, `gradle/libs.versions.toml` (docs.gradle.org, "Version catalogs").
//!
//! It names the versions that builds may ask for; what is asked for stands in build scripts, which are programs.
//! Plugins are left out: their marker names no code of its own.

use std::collections::HashMap;

use serde::Deserialize;
use toml::Spanned;

use super::Format;
use super::package::{component, problem};
use super::text::{Lines, decode, toml_error};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "gradle-version-catalog",
    matches: |name| name.ends_with(".versions.toml"),
    parse,
    exact: false,
};

#[derive(Deserialize)]
struct Catalogue {
    #[serde(default)]
    versions: HashMap<String, Version>,
    #[serde(default)]
    libraries: HashMap<String, Spanned<Library>>,
}

/// A version, or the parts of a rich one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Version {
    Plain(String),
    Rich(Rich),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Rich {
    strictly: Option<String>,
    require: Option<String>,
    prefer: Option<String>,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Library {
    /// `group:artifact:version`
    Short(String),
    Long(Long),
}

#[derive(Deserialize)]
struct Long {
    module: Option<String>,
    group: Option<String>,
    name: Option<String>,
    version: Option<Version>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let catalogue: Catalogue = toml::from_str(&text).map_err(|error| toml_error(&error, &text))?;
    let lines = Lines::new(&text);
    let mut libraries: Vec<_> = catalogue.libraries.iter().collect();
    libraries.sort_by_key(|(_, library)| library.span().start);
    let mut parsed = Parsed::default();
    for (alias, library) in libraries {
        let line = lines.at(library.span().start);
        let found = library.get_ref().coordinates(&catalogue.versions);
        let Some((name, version)) = found else {
            let message = format!("library `{alias}` names no group, artifact and single version");
            parsed.problems.push(problem(input.path, line, message));
            continue;
        };
        parsed
            .components
            .push(component("maven", &name, &version, input.path, line));
    }
    Ok(parsed)
}

impl Library {
    fn coordinates(&self, versions: &HashMap<String, Version>) -> Option<(String, String)> {
        match self {
            Library::Short(text) => {
                let (name, version) = text.rsplit_once(':')?;
                let (group, artifact) = name.split_once(':')?;
                let whole = !group.is_empty() && !artifact.is_empty() && !version.is_empty();
                whole.then(|| (name.to_owned(), version.to_owned()))
            }
            Library::Long(long) => {
                let name = match (&long.module, &long.group, &long.name) {
                    (Some(module), _, _) => module.clone(),
                    (None, Some(group), Some(name)) => format!("{group}:{name}"),
                    _ => return None,
                };
                name.split_once(':')?;
                let version = long.version.as_ref()?.single(Some(versions))?;
                Some((name, version.to_owned()))
            }
        }
    }
}

impl Version {
    /// The version that Gradle takes when nothing else asks: what is preferred inside a range, else what is required.
    fn single<'a>(&'a self, versions: Option<&'a HashMap<String, Version>>) -> Option<&'a str> {
        let version = match self {
            Version::Plain(version) => version,
            Version::Rich(rich) => match &rich.reference {
                // A reference names an entry of `versions`, which cannot refer further.
                Some(name) => return versions?.get(name)?.single(None),
                None => rich
                    .prefer
                    .as_ref()
                    .or(rich.strictly.as_ref())
                    .or(rich.require.as_ref())?,
            },
        };
        let open =
            version.contains(['[', ']', '(', ')', ',', '+']) || version.starts_with("latest.");
        (!open && !version.is_empty()).then_some(version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"[versions]
one = "1.0"
rich = { strictly = "[1, 2[", prefer = "1.5" }

[libraries]
a = "g:a:2.0"
b = { module = "g:b", version.ref = "one" }
c = { group = "g", name = "c", version = { ref = "rich" } }
d = { module = "g:d" }
e = { module = "g:e", version = "1.+" }
"#;

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "gradle/libs.versions.toml",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn all_ways_to_name_a_version_are_followed() {
        let got = read(SMALL.as_bytes()).unwrap();
        let found: Vec<_> = got
            .components
            .iter()
            .map(|c| (c.name.as_str(), c.version.as_str()))
            .collect();
        assert_eq!(found, [("g:a", "2.0"), ("g:b", "1.0"), ("g:c", "1.5")]);
        assert_eq!(got.components[1].locations[0].line, Some(7));
        assert_eq!(got.problems.len(), 2);
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| drop(read(bytes)));
    }
}
