//! `stack.yaml.lock` of Haskell's Stack (docs.haskellstack.org, "Lock files").
//!
//! `completed` names what a package of `stack.yaml` was resolved to: a release on Hackage (`name-version@hash`), or
//! an archive or repository with a name and a version of its own. What a snapshot holds is not in the file.

use serde::Deserialize;
use serde_saphyr::Spanned;

use super::Format;
use super::package::{component, problem};
use super::text::decode;
use super::yaml;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "stack-lock",
    matches: |name| name.ends_with(".yaml.lock"),
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    packages: Vec<Spanned<Package>>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    completed: Completed,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Completed {
    hackage: Option<Spanned<String>>,
    name: Option<String>,
    version: Option<String>,
    git: Option<String>,
    commit: Option<String>,
    url: Option<String>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let document: Document = yaml::read(&text)?;
    let mut parsed = Parsed::default();
    for package in &document.packages {
        let at = yaml::line(package.referenced.line());
        let completed = &package.value.completed;
        if let Some(release) = &completed.hackage {
            let line = yaml::line(release.referenced.line());
            match split(&release.value) {
                Some((name, version)) => {
                    let found = component("hackage", name, version, input.path, line);
                    parsed.components.push(found);
                }
                None => {
                    let message = format!("`{}` is not written as name-version", release.value);
                    parsed.problems.push(problem(input.path, line, message));
                }
            }
        } else if let (Some(name), Some(version)) = (&completed.name, &completed.version) {
            let mut found = component("hackage", name, version, input.path, at);
            let origin = completed.git.as_ref().or(completed.url.as_ref());
            for (key, value) in [("origin", origin), ("commit", completed.commit.as_ref())] {
                if let Some(value) = value {
                    found.properties.insert(key.into(), value.clone());
                }
            }
            parsed.components.push(found);
        } else {
            let message = "a package that is not completed to a name and version";
            parsed.problems.push(problem(input.path, at, message));
        }
    }
    Ok(parsed)
}

/// `name-1.2.3@sha256:…,size`; the name itself may have dashes.
fn split(release: &str) -> Option<(&str, &str)> {
    let identity = release.split('@').next()?.trim();
    let (name, version) = identity.rsplit_once('-')?;
    let of_version = |c: char| c.is_ascii_digit() || c == '.';
    let whole = !name.is_empty() && !version.is_empty() && version.chars().all(of_version);
    whole.then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "packages:\n- completed:\n    hackage: a-b-1.0@sha256:00,5\n  original:\n    hackage: a-b-1.0\n\
- completed:\n    name: c\n    version: 2\n    git: https://host.example/c\n    commit: abc\n- completed:\n    hackage: nothing\nsnapshots: []\n";

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "stack.yaml.lock",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn releases_and_repositories_are_read() {
        let got = read(SMALL.as_bytes()).unwrap();
        assert_eq!(got.components[0].purl, "pkg:hackage/a-b@1.0");
        assert_eq!(got.components[0].locations[0].line, Some(3));
        assert_eq!(got.components[1].properties["commit"], "abc");
        assert_eq!(got.problems.len(), 1);
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 400, |bytes| drop(read(bytes)));
    }
}
