//! `package-lock.json` and `npm-shrinkwrap.json`, lockfile versions 1 to 3 (npm's documentation, "package-lock.json").
//!
//! Versions 2 and 3 list every installed folder under `packages`; version 1 nests `dependencies`. Version 2 has both;
//! the first is then the better one.

mod folders;
mod nested;

use serde::Deserialize;

use super::Format;
use super::graph::Graph;
use super::json::{self, Loose, Names, Pairs};
use super::merge::Merge;
use super::package::problem;
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "npm-package-lock",
    matches: |name| matches!(name, "package-lock.json" | "npm-shrinkwrap.json"),
    parse,
    exact: true,
};

/// The newest lockfile version that we know.
const NEWEST: u64 = 3;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lock<'a> {
    lockfile_version: Option<u64>,
    #[serde(borrow)]
    packages: Option<Pairs<'a, Folder<'a>>>,
    #[serde(borrow, default)]
    dependencies: Pairs<'a, Nested<'a>>,
}

/// An entry of `packages`: a folder.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Folder<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    version: Loose<'a>,
    #[serde(borrow)]
    resolved: Loose<'a>,
    #[serde(borrow)]
    integrity: Loose<'a>,
    #[serde(borrow)]
    license: Loose<'a>,
    link: bool,
    dev: bool,
    #[serde(borrow)]
    dependencies: Names<'a>,
    #[serde(borrow)]
    dev_dependencies: Names<'a>,
    #[serde(borrow)]
    optional_dependencies: Names<'a>,
    #[serde(borrow)]
    peer_dependencies: Names<'a>,
}

/// An entry of `dependencies`: a package and those installed inside its folder.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Nested<'a> {
    #[serde(borrow)]
    version: Loose<'a>,
    #[serde(borrow)]
    resolved: Loose<'a>,
    #[serde(borrow)]
    integrity: Loose<'a>,
    dev: bool,
    #[serde(borrow)]
    requires: Names<'a>,
    #[serde(borrow)]
    dependencies: Pairs<'a, Nested<'a>>,
}

/// What both ways of reading fill.
struct Reading<'a> {
    path: &'a str,
    lines: Lines<'a>,
    merge: Merge,
    graph: Graph,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let lock: Lock<'_> = json::read_object(&text)?;
    let mut reading = Reading {
        path: input.path,
        lines: Lines::new(&text),
        merge: Merge::default(),
        graph: Graph::default(),
    };
    match &lock.packages {
        Some(packages) => folders::read(packages, &mut reading),
        None => nested::read(&lock.dependencies, &mut reading),
    }
    let mut components = reading.merge.finish();
    reading.graph.tell(&mut components);
    let mut problems = Vec::new();
    if let Some(version) = lock.lockfile_version.filter(|&version| version > NEWEST) {
        let message = format!("lockfile version {version} is not known (known: 1 to {NEWEST})");
        problems.push(problem(input.path, None, message));
    }
    Ok(Parsed {
        components,
        problems,
    })
}

#[cfg(test)]
mod tests;
