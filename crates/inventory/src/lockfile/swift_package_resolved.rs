//! `Package.resolved` of Swift, versions 1 to 3 (github.com/swiftlang/swift-package-manager, `PinsStore`).
//!
//! A package is its repository: `github.com/apple/swift-nio`. A pin without a version follows a branch or a commit.

use serde::Deserialize;

use super::Format;
use super::json::{self, Object, Text};
use super::package::{component, problem};
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "swift-package-resolved",
    matches: |name| name == "Package.resolved",
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document<'a> {
    /// Version 1 has its pins in here.
    #[serde(borrow)]
    object: Option<Object<Pins<'a>>>,
    #[serde(borrow, default)]
    pins: Vec<Pin<'a>>,
}

#[derive(Deserialize)]
struct Pins<'a> {
    #[serde(borrow, default)]
    pins: Vec<Pin<'a>>,
}

#[derive(Deserialize)]
struct Pin<'a> {
    #[serde(borrow, default, alias = "package")]
    identity: Text<'a>,
    #[serde(borrow, default, alias = "repositoryURL")]
    location: Text<'a>,
    #[serde(borrow, default)]
    state: State<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct State<'a> {
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    branch: Text<'a>,
    #[serde(borrow)]
    revision: Text<'a>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let document: Document<'_> = json::read_object(&text)?;
    let lines = Lines::new(&text);
    let first = document
        .object
        .map(|object| object.0.pins)
        .unwrap_or_default();
    let mut parsed = Parsed::default();
    for pin in first.iter().chain(&document.pins) {
        let line = lines.of(&pin.identity).or_else(|| lines.of(&pin.location));
        let name = repository(&pin.location);
        if name.is_empty() {
            let message = format!("pin `{}` has no location", &*pin.identity);
            parsed.problems.push(problem(input.path, line, message));
            continue;
        }
        let mut found = component("swift", &name, &pin.state.version, input.path, line);
        for (key, value) in [
            ("branch", &pin.state.branch),
            ("commit", &pin.state.revision),
        ] {
            if !value.is_empty() {
                found.properties.insert(key.into(), value.to_string());
            }
        }
        parsed.components.push(found);
    }
    Ok(parsed)
}

/// `host/owner/name` of a repository's URL, in any of the ways that git takes.
fn repository(location: &str) -> String {
    let location = location.trim();
    let (scheme, rest) = match location.split_once("://") {
        Some((_, rest)) => (true, rest),
        None => (false, location),
    };
    // `user:password@` belongs to who fetches, not to the package.
    let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let joined = match host.split_once(':') {
        // `git@host:owner/name`
        Some((host, owner)) if !scheme => format!("{host}/{owner}/{path}"),
        _ => format!("{host}/{path}"),
    };
    let joined = joined.trim_end_matches('/');
    joined.strip_suffix(".git").unwrap_or(joined).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"{ "object": { "pins": [ { "package": "A", "repositoryURL": "git@host.example:o/A.git",
 "state": { "branch": null, "revision": "abc", "version": "1.0.0" } } ] },
 "pins": [ { "identity": "b", "location": "https://u:p@host.example/o/b", "state": { "branch": "main", "revision": "d" } } ],
 "version": 1 }"#;

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "Package.resolved",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn all_versions_and_all_kinds_of_location_are_read() {
        let got = read(SMALL.as_bytes()).unwrap().components;
        assert_eq!(got[0].purl, "pkg:swift/host.example/o/A@1.0.0");
        assert_eq!(got[1].name, "host.example/o/b");
        assert_eq!(got[1].version, "");
        assert_eq!(got[1].properties["branch"], "main");
        assert_eq!(
            repository("ssh://git@h.example:22/o/a.git/"),
            "h.example:22/o/a"
        );
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| drop(read(bytes)));
    }
}
