//! `pubspec.lock` of Dart (dart.dev/tools/pub/glossary).
//!
//! Packages of an SDK (`source: sdk`) come with Flutter and stand here as 0.0.0.

use serde::Deserialize;

use super::Format;
use super::package::component;
use super::text::decode;
use super::yaml::{self, Pairs};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "pubspec-lock",
    matches: |name| name == "pubspec.lock",
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document {
    packages: Pairs<Package>,
    #[serde(default)]
    sdks: Pairs<String>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    dependency: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    description: serde_json::Value,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let document: Document = yaml::read(&text)?;
    let mut parsed = Parsed::default();
    for (name, package) in &document.packages.0 {
        let line = yaml::line(name.referenced.line());
        let mut found = component("pub", &name.value, &package.version, input.path, line);
        // `direct main`, `direct dev`, `direct overridden`, `transitive`: of the last two it is not said whether they
        // run or only test.
        found.direct =
            (!package.dependency.is_empty()).then(|| package.dependency.starts_with("direct"));
        found.development = match package.dependency.as_str() {
            "direct main" => Some(false),
            "direct dev" => Some(true),
            _ => None,
        };
        let told = |key: &str| {
            package
                .description
                .get(key)
                .and_then(|value| value.as_str())
        };
        match package.source.as_str() {
            "git" => {
                for (key, value) in [("origin", told("url")), ("commit", told("resolved-ref"))] {
                    if let Some(value) = value {
                        found.properties.insert(key.into(), value.into());
                    }
                }
            }
            "path" => {
                found.properties.insert("origin".into(), "path".into());
            }
            "sdk" => {
                found.properties.insert("origin".into(), "sdk".into());
                let sdk = package.description.as_str().unwrap_or_default();
                let asked = document.sdks.0.iter().find(|(name, _)| name.value == sdk);
                if let Some((_, asked)) = asked {
                    found.properties.insert("sdk".into(), asked.clone());
                }
            }
            _ => {}
        }
        parsed.components.push(found);
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "packages:\n  a:\n    dependency: \"direct main\"\n    description:\n      name: a\n    source: hosted\n    version: \"1.0.0\"\n  b:\n    dependency: \"direct dev\"\n    description: flutter\n    source: sdk\n    version: \"0.0.0\"\n  c:\n    dependency: transitive\n    description:\n      url: \"https://host.example/c\"\n      resolved-ref: abc\n    source: git\n    version: \"2.0.0\"\nsdks:\n  flutter: \"^3.3.0\"\n";

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "pubspec.lock",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn kinds_and_sources_are_told() {
        let got = read(SMALL.as_bytes()).unwrap().components;
        assert_eq!(got[0].purl, "pkg:pub/a@1.0.0");
        assert_eq!(
            (got[0].direct, got[0].development),
            (Some(true), Some(false))
        );
        assert_eq!(got[1].development, Some(true));
        assert_eq!(got[1].properties["sdk"], "^3.3.0");
        assert_eq!(got[2].properties["commit"], "abc");
        assert_eq!(got[2].locations[0].line, Some(13));
    }

    #[test]
    fn a_file_without_packages_is_an_error_and_an_empty_list_is_not() {
        assert!(read(b"").is_err());
        assert!(read(b"plain text").is_err());
        assert!(read(b"packages: {}").unwrap().components.is_empty());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 400, |bytes| drop(read(bytes)));
    }
}
