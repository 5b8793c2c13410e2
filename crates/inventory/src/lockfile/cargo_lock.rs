//! `Cargo.lock`, versions 1 to 4 (the Cargo book names none; cargo's own `resolve/encode.rs` tells them apart).
//!
//! The format is a small part of TOML that cargo always writes in the same way, so [`lines`] reads it line by line;
//! a file that was written otherwise goes to the TOML parser in [`full`]. Ranges stand in the project's manifests
//! ([`manifests`]).

mod full;
mod lines;
mod manifests;

use std::collections::HashMap;

use patchward_version::Scheme;

use super::Format;
use super::graph::{Asked, Graph};
use super::package::{component, problem};
use super::ranges;
use super::text::decode;
use crate::parse::{Input, ParseError, Parsed};
use manifests::Manifests;

pub(super) const FORMAT: Format = Format {
    name: "cargo-lock",
    matches: |name| name == "Cargo.lock",
    parse,
    exact: true,
};

/// The newest version that we know.
const NEWEST: u32 = 4;

/// The file's content, by either way of reading.
#[derive(Debug, Default, PartialEq)]
struct Lock<'a> {
    version: Option<u32>,
    packages: Vec<Package<'a>>,
}

/// One `[[package]]`.
#[derive(Debug, Default, PartialEq)]
struct Package<'a> {
    line: Option<u32>,
    name: std::borrow::Cow<'a, str>,
    version: std::borrow::Cow<'a, str>,
    source: std::borrow::Cow<'a, str>,
    checksum: std::borrow::Cow<'a, str>,
    dependencies: Vec<std::borrow::Cow<'a, str>>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let lock = match lines::read(&text) {
        Some(lock) => lock,
        None => full::read(&text)?,
    };
    let mut parsed = Parsed::default();
    if let Some(version) = lock.version.filter(|&version| version > NEWEST) {
        let message = format!(
            "Cargo.lock version {version} is not known (known: 1 to {NEWEST}), read as {NEWEST}"
        );
        parsed.problems.push(problem(input.path, None, message));
    }
    parsed.components.reserve_exact(lock.packages.len());
    for package in &lock.packages {
        let mut found = component(
            "cargo",
            &package.name,
            &package.version,
            input.path,
            package.line,
        );
        found.own = package.source.is_empty();
        if let Some((_, commit)) = package
            .source
            .strip_prefix("git+")
            .and_then(|git| git.rsplit_once('#'))
        {
            found.properties.insert("commit".into(), commit.into());
        }
        if !package.checksum.is_empty() {
            let integrity = format!("sha256:{}", package.checksum);
            found.properties.insert("integrity".into(), integrity);
        }
        parsed.components.push(found);
    }
    let manifests = Manifests::read(input, &lock.packages);
    graph(&lock.packages, &manifests).tell(&mut parsed.components);
    Ok(parsed)
}

/// The edges; a package without a source is the project's own (a member or a path dependency), so what it needs is
/// direct. Their manifests tell in which versions, and what is for development only where all of them are there.
fn graph(packages: &[Package<'_>], manifests: &Manifests) -> Graph {
    let complete = manifests.are_complete(packages);
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, package) in packages.iter().enumerate() {
        by_name.entry(&package.name).or_default().push(at);
    }
    let mut graph = Graph::default();
    for (at, package) in packages.iter().enumerate() {
        for wanted in &package.dependencies {
            let Some(to) = resolve(wanted, &by_name, packages) else {
                continue;
            };
            if !package.source.is_empty() {
                graph.edge(at, to);
                continue;
            }
            let wants = manifests.wants(&package.name, &packages[to].name);
            let development = !wants.is_empty() && wants.iter().all(|want| want.development);
            let asked = match (complete, development) {
                (false, _) => Asked::Unsaid,
                (true, true) => Asked::Development,
                (true, false) => Asked::Runtime,
            };
            let all = wants.iter().map(|want| want.range.as_str());
            for range in ranges::of_locked(Scheme::SemVer, all, &packages[to].version) {
                graph.ask(to, asked, range);
                // What a member is developed with does not come along with the member.
                if asked != Asked::Development {
                    graph.need(at, to, range);
                }
            }
        }
    }
    graph
}

/// A dependency is written `name`, `name version` or `name version (source)`, as short as it is unambiguous.
fn resolve(
    wanted: &str,
    by_name: &HashMap<&str, Vec<usize>>,
    packages: &[Package<'_>],
) -> Option<usize> {
    let mut parts = wanted.splitn(3, ' ');
    let candidates = by_name.get(parts.next()?)?;
    let version = parts.next();
    let source = parts.next().map(|source| source.trim_matches(['(', ')']));
    // Equal names with many versions are few in real files; the bound keeps a hostile one linear.
    let fits = candidates.iter().take(64).find(|&&at| {
        version.is_none_or(|version| packages[at].version == version)
            && source.is_none_or(|source| packages[at].source == source)
    });
    fits.copied()
}

#[cfg(test)]
mod tests;
