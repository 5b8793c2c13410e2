//! `uv.lock`, version 1 (uv's documentation, "Lockfile").
//!
//! What the project's own packages ask for stands in the file with its ranges ([`asked`]); what others ask for, without.

mod asked;

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Format;
use super::graph::Asked;
use super::package::{component, problem};
use super::text::{Lines, decode};
use super::toml_text;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "uv-lock",
    matches: |name| name == "uv.lock",
    parse,
    exact: true,
};

/// The version that we know; a new revision of it stays readable by uv's own promise.
const KNOWN: i64 = 1;

#[derive(Deserialize)]
struct Lock {
    version: Option<i64>,
    #[serde(default)]
    package: Vec<Spanned<Package>>,
    #[serde(default)]
    manifest: Manifest,
}

/// What holds for the whole workspace.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Manifest {
    members: Vec<String>,
    /// What a workspace without a package at its root, or a script, asks for.
    requirements: Vec<Requirement>,
    dependency_groups: BTreeMap<String, Vec<Requirement>>,
    /// These take the place of every range of their packages.
    overrides: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Package {
    name: String,
    /// Missing when the version is worked out at build time.
    #[serde(default)]
    version: String,
    #[serde(default)]
    source: Source,
    #[serde(default)]
    dependencies: Vec<Wanted>,
    #[serde(default)]
    optional_dependencies: BTreeMap<String, Vec<Wanted>>,
    #[serde(default)]
    dev_dependencies: BTreeMap<String, Vec<Wanted>>,
    #[serde(default)]
    metadata: Metadata,
}

/// What the manifest of a package says that is built from source.
#[derive(Deserialize, Default)]
#[serde(rename_all = "kebab-case", default)]
struct Metadata {
    requires_dist: Vec<Requirement>,
    requires_dev: BTreeMap<String, Vec<Requirement>>,
}

/// A requirement of a range of versions, of any version, or of a place (then without a range).
#[derive(Deserialize)]
struct Requirement {
    name: String,
    specifier: Option<String>,
    #[serde(flatten)]
    source: Source,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Source {
    git: String,
    r#virtual: String,
    editable: String,
    directory: String,
    path: String,
    url: String,
}

impl Source {
    /// Nothing else than a registry is named.
    fn is_registry(&self) -> bool {
        let own = [&self.r#virtual, &self.editable, &self.directory];
        let foreign = [&self.git, &self.path, &self.url];
        own.into_iter().chain(foreign).all(String::is_empty)
    }

    /// Where the package comes from, when not from a registry; the project's own with the kind of their source.
    fn place(&self) -> String {
        let origins = [&self.git, &self.url, &self.path, &self.directory];
        match (self.r#virtual.as_str(), self.editable.as_str()) {
            ("", "") => origins.into_iter().max().cloned().unwrap_or_default(),
            ("", folder) => format!("editable:{folder}"),
            (folder, _) => format!("virtual:{folder}"),
        }
    }
}

#[derive(Deserialize)]
struct Wanted {
    name: String,
    version: Option<String>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let lock: Lock = toml_text::read(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    if let Some(version) = lock.version.filter(|&version| version != KNOWN) {
        let message = format!("uv.lock version {version} is not known (known: {KNOWN})");
        parsed.problems.push(problem(input.path, None, message));
    }
    for package in &lock.package {
        let line = lines.at(package.span().start);
        let package = package.get_ref();
        let mut found = component("pypi", &package.name, &package.version, input.path, line);
        found.own = package.is_own(&lock.manifest.members);
        let source = &package.source;
        let commit = source.git.rsplit_once('#').map_or("", |(_, hash)| hash);
        let place = source.place();
        let properties = [("commit", commit), ("origin", place.as_str())];
        for (key, value) in properties
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
        {
            found.properties.insert(key.to_owned(), value.to_owned());
        }
        parsed.components.push(found);
    }
    asked::tell(&lock, &mut parsed.components);
    Ok(parsed)
}

impl Package {
    /// The root (`.`), a virtual project or a workspace member.
    fn is_own(&self, members: &[String]) -> bool {
        let source = &self.source;
        let folders = [&source.editable, &source.directory];
        let mut folders = folders.into_iter().filter(|folder| !folder.is_empty());
        !source.r#virtual.is_empty()
            || folders.any(|folder| folder == "." || members.contains(&self.name))
    }

    /// Everything that it needs, how, and in which group: an extra, or one for development.
    fn wants(&self) -> impl Iterator<Item = (&Wanted, Asked, &str)> {
        let normal = self.dependencies.iter();
        let normal = normal.map(|wanted| (wanted, Asked::Runtime, ""));
        let extras = grouped(&self.optional_dependencies);
        let extras = extras.map(|(group, wanted)| (wanted, Asked::Runtime, group));
        let development = grouped(&self.dev_dependencies);
        let development = development.map(|(group, wanted)| (wanted, Asked::Development, group));
        normal.chain(extras).chain(development)
    }
}

fn grouped<T>(groups: &BTreeMap<String, Vec<T>>) -> impl Iterator<Item = (&str, &T)> {
    let groups = groups.iter();
    groups.flat_map(|(group, all)| all.iter().map(move |one| (group.as_str(), one)))
}

#[cfg(test)]
mod tests;
