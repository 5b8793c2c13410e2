//! Other files that a requirements file names: more requirements, archives, editable projects.

use std::collections::{HashSet, VecDeque};

use patchward_protocol::inventory::Component;

use crate::lockfile::package::component;

/// So many files are followed at most from one requirements file.
const MAX_FILES: usize = 256;

/// The files still to read; each is read once.
pub(super) struct Includes {
    seen: HashSet<(String, bool)>,
    waiting: VecDeque<(String, bool)>,
    /// Files outside the target's root.
    refused: Vec<String>,
}

impl Includes {
    pub(super) fn new(first: &str) -> Includes {
        Includes {
            seen: HashSet::from([(first.to_owned(), false)]),
            waiting: VecDeque::new(),
            refused: Vec::new(),
        }
    }

    /// Notes a file by its path relative to the including one; addresses are not fetched, and paths that leave the
    /// target's root are refused.
    pub(super) fn add(&mut self, from: &str, other: &str, constrains: bool) {
        if other.is_empty() || other.contains("://") || self.seen.len() >= MAX_FILES {
            return;
        }
        match joined(from, other) {
            Some(path) if self.seen.insert((path.clone(), constrains)) => {
                self.waiting.push_back((path, constrains));
            }
            Some(_) => {}
            None if self.refused.len() < MAX_FILES => self.refused.push(other.to_owned()),
            None => {}
        }
    }

    /// Files that were named and lie outside the target's root.
    pub(super) fn refused(&self) -> &[String] {
        &self.refused
    }

    /// The next file, and whether it only constrains.
    pub(super) fn next(&mut self) -> Option<(String, bool)> {
        self.waiting.pop_front()
    }
}

fn joined(from: &str, other: &str) -> Option<String> {
    if other.starts_with('/') || other.contains('\\') {
        return None;
    }
    let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in other.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A wheel or source archive by path or address: its file name has name and version (PEP 427).
pub(super) fn archive(place: &str, path: &str, line: Option<u32>) -> Option<Component> {
    let looks_like_a_place = place.contains('/') && !place.contains(char::is_whitespace);
    if !looks_like_a_place {
        return None;
    }
    let file = place.split(['#', '?']).next()?.rsplit('/').next()?;
    let (name, version) = match file.strip_suffix(".whl") {
        Some(wheel) => {
            let mut parts = wheel.split('-');
            (parts.next()?, parts.next()?)
        }
        None => {
            let ends = [".tar.gz", ".zip", ".tar.bz2", ".tgz"];
            let stem = ends.iter().find_map(|end| file.strip_suffix(end))?;
            stem.rsplit_once('-')?
        }
    };
    if name.is_empty() || !version.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut found = component("pypi", name, version, path, line);
    found.direct = Some(true);
    found.properties.insert("origin".into(), place.into());
    Some(found)
}

/// `-e`: a checked-out project, named by its fragment `#egg=name`; one without is the user's own folder.
pub(super) fn editable(place: &str, path: &str, line: Option<u32>) -> Option<Component> {
    let (address, fragment) = place.split_once('#')?;
    let name = fragment
        .split('&')
        .find_map(|part| part.strip_prefix("egg="))?;
    let name = name.split('[').next().filter(|name| !name.is_empty())?;
    let mut found = component("pypi", name, "", path, line);
    found.direct = Some(true);
    found.properties.insert("origin".into(), address.into());
    let commit = address.rsplit_once('@').map(|(_, commit)| commit);
    let commit =
        commit.filter(|commit| commit.len() == 40 && commit.bytes().all(|b| b.is_ascii_hexdigit()));
    if let Some(commit) = commit {
        found.properties.insert("commit".into(), commit.into());
    }
    Some(found)
}
