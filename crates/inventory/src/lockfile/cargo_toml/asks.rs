//! What a manifest asks for, as a lockfile needs it: ranges by package, and where other manifests lie.

use std::collections::HashMap;

use super::{Dependency, Manifest};
use crate::lockfile::text::decode;
use crate::lockfile::toml_text;

/// What a manifest asks for, as a lockfile needs it.
pub(in crate::lockfile) struct Asks {
    /// The name of its package.
    pub(in crate::lockfile) package: Option<String>,
    /// Folders of members and of dependencies, relative to its own.
    pub(in crate::lockfile) folders: Vec<String>,
    /// What it asks for.
    pub(in crate::lockfile) wants: Vec<Want>,
    /// What its members may inherit, by key.
    pub(in crate::lockfile) shared: HashMap<String, Want>,
}

/// One requirement.
#[derive(Clone)]
pub(in crate::lockfile) struct Want {
    /// The package's own name, not an alias.
    pub(in crate::lockfile) name: String,
    /// The versions; empty where a place is asked for.
    pub(in crate::lockfile) range: String,
    /// For development only.
    pub(in crate::lockfile) development: bool,
    /// The key of the workspace under which name and range stand.
    pub(in crate::lockfile) inherited: Option<String>,
}

/// Reads what a manifest asks for; nothing of one that cannot be read.
pub(in crate::lockfile) fn asks(bytes: &[u8]) -> Option<Asks> {
    let text = decode(bytes).ok()?;
    let manifest: Manifest = toml_text::read(&text).ok()?;
    let targets = manifest.target.values();
    let targets = targets.flat_map(|tables| {
        [
            (&tables.dependencies, false),
            (&tables.build_dependencies, false),
            (&tables.dev_dependencies, true),
        ]
    });
    let own = [
        (&manifest.dependencies, false),
        (&manifest.build_dependencies, false),
        (&manifest.dev_dependencies, true),
    ];
    let shared = &manifest.workspace.dependencies;
    let mut folders = manifest.workspace.members.clone();
    let mut wants = Vec::new();
    for (table, development) in own.into_iter().chain(targets) {
        for (key, dependency) in table {
            wants.push(want(key.get_ref(), dependency, development));
            folders.extend(folder(dependency));
        }
    }
    folders.extend(shared.values().filter_map(folder));
    let shared = shared.iter();
    Some(Asks {
        package: manifest.package.map(|package| package.into_inner().name),
        folders,
        wants,
        shared: shared
            .map(|(key, shared)| (key.get_ref().clone(), want(key.get_ref(), shared, false)))
            .collect(),
    })
}

fn folder(dependency: &Dependency) -> Option<String> {
    let path = &dependency.details()?.path;
    (!path.is_empty()).then(|| path.clone())
}

fn want(key: &str, dependency: &Dependency, development: bool) -> Want {
    let details = dependency.details();
    let alias = details.and_then(|details| details.package.as_deref());
    let inherited = details.is_some_and(|details| details.workspace);
    Want {
        name: alias.unwrap_or(key).to_owned(),
        range: dependency.range().to_owned(),
        development,
        inherited: inherited.then(|| key.to_owned()),
    }
}
