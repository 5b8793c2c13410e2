//! Versions 2 and 3: the folders under `packages`.

use std::collections::HashMap;

use patchward_protocol::inventory::Component;

use super::{Folder, Reading};
use crate::lockfile::graph::Asked;
use crate::lockfile::javascript::commit;
use crate::lockfile::json::{Names, Pairs, Text};
use crate::lockfile::package::component;

/// A folder has this many `node_modules` above it at most when its dependencies are looked for (real ones: a dozen).
const MAX_LEVELS: usize = 64;

/// Which component a folder's path stands for, and which names lie in each `node_modules`.
#[derive(Default)]
struct Places<'a> {
    by_path: HashMap<&'a str, usize>,
    /// The folders that have a `node_modules` (the root is the empty path), numbered.
    parents: HashMap<&'a str, u32>,
    /// Component by the number of the parent and the name in its `node_modules`.
    installed: HashMap<(u32, &'a str), usize>,
}

impl<'a> Places<'a> {
    fn insert(&mut self, path: &'a str, at: usize) {
        self.by_path.insert(path, at);
        let name = name_of(path);
        let parent = path
            .strip_suffix(name)
            .and_then(|rest| rest.strip_suffix("node_modules/"));
        if let Some(parent) = parent {
            let next = u32::try_from(self.parents.len()).unwrap_or(u32::MAX);
            let parent = parent.strip_suffix('/').unwrap_or(parent);
            let parent = *self.parents.entry(parent).or_insert(next);
            self.installed.insert((parent, name), at);
        }
    }

    /// The `node_modules` that a folder sees, from the nearest up: Node's own search.
    fn seen_from(&self, path: &str) -> Vec<u32> {
        let mut seen = Vec::new();
        let mut at = Some(path);
        while let Some(folder) = at.filter(|_| seen.len() < MAX_LEVELS) {
            seen.extend(self.parents.get(folder).copied());
            at = match folder {
                "" => None,
                folder => Some(folder.rsplit_once('/').map_or("", |(parent, _)| parent)),
            };
        }
        seen
    }
}

pub(super) fn read<'a>(packages: &'a Pairs<'a, Folder<'a>>, reading: &mut Reading<'_>) {
    let mut places = Places::default();
    let targets: HashMap<&str, (&Text<'a>, &Folder<'a>)> = packages
        .0
        .iter()
        .filter(|(path, _)| !in_modules(path))
        .map(|(path, folder)| (&**path, (path, folder)))
        .collect();
    for (path, folder) in &packages.0 {
        let at = if folder.link {
            let Some((place, target)) = targets.get(folder.resolved.text()) else {
                continue;
            };
            if place.is_empty() {
                continue;
            }
            let found = member(path, place, target, reading);
            let at = reading.merge.add(found);
            places.by_path.insert(place, at);
            at
        } else if in_modules(path) {
            let found = installed(path, folder, reading);
            reading.merge.add(found)
        } else {
            continue;
        };
        places.insert(path, at);
    }
    for (path, folder) in &packages.0 {
        edges(path, folder, &places, reading);
    }
}

fn in_modules(path: &str) -> bool {
    path.starts_with("node_modules/") || path.contains("/node_modules/")
}

/// The package's name by its folder: what follows the last `node_modules/`.
fn name_of(path: &str) -> &str {
    let from = path
        .rfind("node_modules/")
        .map(|at| at + "node_modules/".len());
    path.get(from.unwrap_or(0)..).unwrap_or(path)
}

fn installed(path: &Text<'_>, folder: &Folder<'_>, reading: &Reading<'_>) -> Component {
    // An alias has the real name inside.
    let name = match folder.name.text() {
        "" => name_of(path),
        real => real,
    };
    let line = reading.lines.of(path);
    let mut found = component("npm", name, folder.version.text(), reading.path, line);
    found.development = Some(folder.dev);
    let properties = [
        ("commit", commit(folder.resolved.text()).unwrap_or_default()),
        ("integrity", folder.integrity.text()),
        ("license", folder.license.text()),
    ];
    for (key, value) in properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    {
        found.properties.insert(key.to_owned(), value.to_owned());
    }
    found
}

/// A workspace member or other folder of the project, which `node_modules` only links to.
fn member(link: &str, place: &Text<'_>, target: &Folder<'_>, reading: &Reading<'_>) -> Component {
    let line = reading.lines.of(place);
    let name = name_of(link);
    let mut found = component("npm", name, target.version.text(), reading.path, line);
    found.own = true;
    found
}

/// What a folder needs. The root and the folders outside `node_modules` are the project's own: what they need is
/// direct.
fn edges(path: &str, folder: &Folder<'_>, places: &Places<'_>, reading: &mut Reading<'_>) {
    let own = !in_modules(path);
    let from = places.by_path.get(path).copied();
    let seen = places.seen_from(path);
    let normal = [
        &folder.dependencies,
        &folder.optional_dependencies,
        &folder.peer_dependencies,
    ];
    let normal = normal.into_iter().flat_map(Names::with_texts);
    let for_development = folder.dev_dependencies.with_texts().filter(|_| own);
    let wanted = normal
        .map(|wanted| (wanted, Asked::Runtime))
        .chain(for_development.map(|wanted| (wanted, Asked::Development)));
    for ((name, range), asked) in wanted {
        let to = seen
            .iter()
            .find_map(|&parent| places.installed.get(&(parent, name)));
        let Some(&to) = to else { continue };
        if own {
            reading.graph.ask(to, asked, range);
        }
        if let Some(from) = from {
            reading.graph.need(from, to, range);
        }
    }
}
