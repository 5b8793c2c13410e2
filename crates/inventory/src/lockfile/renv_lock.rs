//! `renv.lock` of R (rstudio.github.io/renv/articles/lockfile.html).
//!
//! `Source` tells where a package comes from; only what comes from a repository is a CRAN package. Bioconductor and
//! repositories of source code are ecosystems of their own.

use std::collections::HashSet;

use patchward_protocol::inventory::Component;
use serde::Deserialize;

use super::Format;
use super::json::{self, Pairs, Text};
use super::package::{component, problem, purl};
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "renv-lock",
    matches: |name| name == "renv.lock",
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default, rename = "Packages")]
    packages: Pairs<'a, Package<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default, rename_all = "PascalCase")]
struct Package<'a> {
    #[serde(borrow)]
    package: Text<'a>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    source: Text<'a>,
    #[serde(borrow)]
    repository: Text<'a>,
    #[serde(borrow)]
    remote_type: Text<'a>,
    #[serde(borrow)]
    remote_username: Text<'a>,
    #[serde(borrow)]
    remote_repo: Text<'a>,
    #[serde(borrow)]
    remote_sha: Text<'a>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let document: Document<'_> = json::read_object(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    let mut seen: HashSet<&str> = HashSet::new();
    for (key, package) in &document.packages.0 {
        let line = lines.of(key);
        if !seen.insert(key) {
            let message = format!("package `{}` is listed twice, the first counts", &**key);
            parsed.problems.push(problem(input.path, line, message));
            continue;
        }
        let name = match &*package.package {
            "" => &**key,
            name => name,
        };
        parsed.components.push(found(input, name, package, line));
    }
    Ok(parsed)
}

fn found(input: &Input<'_>, name: &str, package: &Package<'_>, line: Option<u32>) -> Component {
    let kind = match &*package.source {
        "Bioconductor" => "bioconductor",
        _ => "cran",
    };
    let mut found = component(kind, name, &package.version, input.path, line);
    let mut tell = |key: &str, value: &str| {
        if !value.is_empty() {
            found.properties.insert(key.to_owned(), value.to_owned());
        }
    };
    tell("repository", &package.repository);
    tell("commit", &package.remote_sha);
    if !["Repository", "Bioconductor", ""].contains(&&*package.source) {
        tell("origin", &package.source);
        found.purl = remote(package);
    }
    found
}

/// The purl of a package from a host of source code, where it is one that has a purl type.
fn remote(package: &Package<'_>) -> String {
    let kind = match &*package.remote_type {
        "github" | "bitbucket" => &*package.remote_type,
        _ => return String::new(),
    };
    let name = format!("{}/{}", &*package.remote_username, &*package.remote_repo);
    purl(kind, &name, &package.remote_sha)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"{ "R": {"Version": "4.3.1"}, "Packages": {
 "a": {"Package": "a", "Version": "1.0-2", "Source": "Repository", "Repository": "CRAN"},
 "b": {"Package": "b", "Version": "1.60.0", "Source": "Bioconductor"},
 "c": {"Package": "c", "Version": "0.1", "Source": "GitHub", "RemoteType": "github",
   "RemoteUsername": "o", "RemoteRepo": "c", "RemoteSha": "abc"} } }"#;

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "renv.lock",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn sources_choose_the_ecosystem() {
        let got = read(SMALL.as_bytes()).unwrap().components;
        let purls: Vec<_> = got.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:cran/a@1.0-2",
                "pkg:bioconductor/b@1.60.0",
                "pkg:github/o/c@abc"
            ]
        );
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| drop(read(bytes)));
    }
}
