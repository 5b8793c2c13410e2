//! Versions 2 and 3: the folders under `packages`.

use std::collections::HashMap;

use patchward_protocol::inventory::Component;

use super::{Folder, Reading};
use crate::lockfile::graph::Asked;
use crate::lockfile::javascript::commit;
use crate::lockfile::json::{Pairs, Text};
use crate::lockfile::package::component;

/// A folder's path has this many steps at most when its dependencies are looked for (real ones have a dozen).
const MAX_STEPS: usize = 64;

/// Which component a folder's path stands for.
type ByPath<'a> = HashMap<&'a str, usize>;

pub(super) fn read<'a>(packages: &'a Pairs<'a, Folder<'a>>, reading: &mut Reading<'_>) {
    let mut by_path: ByPath<'_> = HashMap::with_capacity(packages.0.len());
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
            by_path.insert(place, at);
            at
        } else if in_modules(path) {
            let found = installed(path, folder, reading);
            reading.merge.add(found)
        } else {
            continue;
        };
        by_path.insert(path, at);
    }
    for (path, folder) in &packages.0 {
        edges(path, folder, &by_path, reading);
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
fn edges(path: &str, folder: &Folder<'_>, by_path: &ByPath<'_>, reading: &mut Reading<'_>) {
    let own = !in_modules(path);
    let from = by_path.get(path).copied();
    let normal = [
        &folder.dependencies,
        &folder.optional_dependencies,
        &folder.peer_dependencies,
    ];
    let normal = normal.into_iter().flat_map(Pairs::keys);
    let for_development = folder.dev_dependencies.keys().filter(|_| own);
    let wanted = normal
        .map(|name| (name, Asked::Runtime))
        .chain(for_development.map(|name| (name, Asked::Development)));
    for (name, asked) in wanted {
        let Some(to) = resolve(path, name, by_path) else {
            continue;
        };
        if own {
            reading.graph.root(to, asked);
        }
        if let Some(from) = from {
            reading.graph.edge(from, to);
        }
    }
}

/// Node's own search: the nearest `node_modules` upwards that has the name.
fn resolve(path: &str, name: &str, by_path: &ByPath<'_>) -> Option<usize> {
    if path.len() + name.len() > 4096 {
        return None;
    }
    let mut at = path;
    for _ in 0..MAX_STEPS {
        let candidate = match at {
            "" => format!("node_modules/{name}"),
            at => format!("{at}/node_modules/{name}"),
        };
        if let Some(&found) = by_path.get(candidate.as_str()) {
            return Some(found);
        }
        if at.is_empty() {
            return None;
        }
        at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    None
}
