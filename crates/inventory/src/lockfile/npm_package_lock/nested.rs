//! Version 1: the nested `dependencies`. The file does not tell what the project itself asks for.

use std::collections::HashMap;

use patchward_protocol::inventory::Component;

use super::{Nested, Reading};
use crate::lockfile::javascript::{commit, name_and_rest};
use crate::lockfile::json::{Pairs, Text};
use crate::lockfile::package::component;

/// The packages that a level of nesting sees, from the outermost in.
type Levels<'a> = Vec<HashMap<&'a str, usize>>;

pub(super) fn read(dependencies: &Pairs<'_, Nested<'_>>, reading: &mut Reading<'_>) {
    level(dependencies, None, &mut Vec::new(), reading);
}

/// One level and what its parent needs; the depth is bounded by the JSON reader's own limit.
fn level<'a>(
    dependencies: &'a Pairs<'a, Nested<'a>>,
    parent: Option<(usize, &Nested<'_>)>,
    levels: &mut Levels<'a>,
    reading: &mut Reading<'_>,
) {
    let mut here = HashMap::new();
    for (name, package) in &dependencies.0 {
        let found = found(name, package, reading);
        here.insert(&**name, reading.merge.add(found));
    }
    levels.push(here);
    if let Some((from, package)) = parent {
        for (wanted, range) in package.requires.with_texts() {
            if let Some(&to) = levels.iter().rev().find_map(|level| level.get(wanted)) {
                reading.graph.need(from, to, range);
            }
        }
    }
    for (name, package) in &dependencies.0 {
        let at = levels.last().and_then(|here| here.get(&**name)).copied();
        let parent = at.map(|at| (at, package));
        level(&package.dependencies, parent, levels, reading);
    }
    levels.pop();
}

fn found(name: &Text<'_>, package: &Nested<'_>, reading: &Reading<'_>) -> Component {
    let written = package.version.text();
    let alias = written.strip_prefix("npm:").and_then(name_and_rest);
    let hash = commit(written).or_else(|| commit(package.resolved.text()));
    let (real, version) = match alias {
        Some(alias) => alias,
        // An address stands where the version should: the file then tells none.
        None if commit(written).is_some() || written.contains(':') => (&**name, ""),
        None => (&**name, written),
    };
    let line = reading.lines.of(name);
    let mut found = component("npm", real, version, reading.path, line);
    found.development = Some(package.dev);
    if let Some(hash) = hash {
        found.properties.insert("commit".into(), hash.into());
    }
    if version.is_empty() && !written.is_empty() {
        found.properties.insert("origin".into(), written.into());
    }
    let integrity = package.integrity.text();
    if !integrity.is_empty() {
        found
            .properties
            .insert("integrity".into(), integrity.into());
    }
    found
}
