//! The project's own manifests: they have the ranges that `Cargo.lock` leaves out, and what is for development only.
//!
//! From the manifest beside the lockfile the way goes by members and paths. Folders cannot be listed here: of a pattern
//! (`crates/*`) those are found that bear the name of a package of the project, or that something names by its path.

use std::collections::{HashMap, HashSet, VecDeque};

use super::Package;
use crate::lockfile::cargo_toml::{self, Asks, Want};
use crate::parse::Input;

/// So many manifests are opened for one lockfile at most; a large workspace has some hundred.
const MAX_MANIFESTS: usize = 2000;

/// What the project's packages ask for.
#[derive(Default)]
pub(super) struct Manifests {
    /// By the asking package: what it asks for, by name.
    wants: HashMap<String, HashMap<String, Vec<Want>>>,
}

impl Manifests {
    /// Reads those of the lockfile's own packages.
    pub(super) fn read(input: &Input<'_>, packages: &[Package<'_>]) -> Manifests {
        let own = packages.iter().filter(|package| package.source.is_empty());
        let own: Vec<&str> = own.map(|package| &*package.name).collect();
        let mut manifests = Manifests::default();
        let mut shared = HashMap::new();
        let mut seen: HashSet<String> = HashSet::new();
        let mut next = VecDeque::from([String::new()]);
        while let Some(folder) = next.pop_front() {
            if seen.len() >= MAX_MANIFESTS || !seen.insert(folder.clone()) {
                continue;
            }
            let file = match folder.as_str() {
                "" => "Cargo.toml".to_owned(),
                folder => format!("{folder}/Cargo.toml"),
            };
            let asks = input.beside(&file);
            let Some(asks) = asks.and_then(|bytes| cargo_toml::asks(&bytes)) else {
                continue;
            };
            if folder.is_empty() {
                shared.clone_from(&asks.shared);
            }
            let folders = asks.folders.iter();
            let folders = folders.flat_map(|relative| below(&folder, relative, &own));
            next.extend(folders.take(MAX_MANIFESTS));
            manifests.add(asks, &shared);
        }
        manifests
    }

    fn add(&mut self, asks: Asks, shared: &HashMap<String, Want>) {
        let Some(package) = asks.package else { return };
        let wants = self.wants.entry(package).or_default();
        for mut want in asks.wants {
            if let Some(key) = &want.inherited {
                let known = shared.get(key).cloned();
                let (name, range) = known.map_or((want.name, String::new()), |known| {
                    (known.name, known.range)
                });
                want = Want {
                    name,
                    range,
                    ..want
                };
            }
            wants.entry(want.name.clone()).or_default().push(want);
        }
    }

    /// Whether all of these packages' manifests were found.
    pub(super) fn are_complete(&self, packages: &[Package<'_>]) -> bool {
        let mut own = packages.iter().filter(|package| package.source.is_empty());
        own.all(|package| self.wants.contains_key(&*package.name))
    }

    /// How one package asks for another.
    pub(super) fn wants(&self, package: &str, wanted: &str) -> &[Want] {
        let wants = self.wants.get(package).and_then(|all| all.get(wanted));
        wants.map_or(&[], Vec::as_slice)
    }
}

/// The folders that a path or pattern in the manifest of `folder` means; none above the lockfile's.
fn below(folder: &str, relative: &str, own: &[&str]) -> Vec<String> {
    let joined = |relative: &str| -> Option<String> {
        let mut parts: Vec<&str> = Vec::new();
        for part in folder.split('/').chain(relative.split('/')) {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop()?;
                }
                part => parts.push(part),
            }
        }
        Some(parts.join("/"))
    };
    match relative.strip_suffix('*') {
        Some(stem) if !stem.contains('*') => {
            let named = own.iter().map(|name| format!("{stem}{name}"));
            named.filter_map(|path| joined(&path)).collect()
        }
        _ => joined(relative).into_iter().collect(),
    }
}
