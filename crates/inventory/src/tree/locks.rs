//! What the lockfiles of a tree speak for: of a manifest only the rest counts.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use patchward_protocol::inventory::Component;

/// The lockfiles of a tree: by folder and purl type, what they hold.
#[derive(Default)]
pub(super) struct Locks {
    keys: RandomState,
    /// Names and versions as keys: a tree may have a million packages.
    held: HashMap<(String, String), HashSet<u64>>,
}

impl Locks {
    /// Takes what a lockfile in a folder holds.
    pub(super) fn add(&mut self, folder: &str, components: &[Component]) {
        let mut by_type: HashMap<&str, HashSet<u64>> = HashMap::new();
        for component in components {
            if let Some(kind) = purl_type(component) {
                let keys = [self.name(component), self.version(component)];
                by_type.entry(kind).or_default().extend(keys);
            }
        }
        for (kind, keys) in by_type {
            let place = (folder.to_owned(), kind.to_owned());
            self.held.entry(place).or_default().extend(keys);
        }
    }

    /// What a manifest in a folder asks for and no lockfile speaks for, with the manifest's own package; `None` where
    /// lockfiles speak for all.
    ///
    /// A lockfile beside the manifest speaks for all of its type. One further above is that of a workspace, of which the
    /// manifest may be no member: it speaks for what it holds, and for a pinned version only where it holds that one.
    pub(super) fn left_of(
        &self,
        folder: &str,
        components: Vec<Component>,
    ) -> Option<Vec<Component>> {
        let kind = components.iter().find_map(purl_type).unwrap_or_default();
        let mut holders = above(folder).map(|at| (at.to_owned(), kind.to_owned()));
        if !holders.any(|place| self.held.contains_key(&place)) {
            return Some(components);
        }
        let stands = |component: &Component| component.own || !self.speak_for(folder, component);
        let left: Vec<Component> = components.into_iter().filter(stands).collect();
        left.iter().any(|component| !component.own).then_some(left)
    }

    fn speak_for(&self, folder: &str, component: &Component) -> bool {
        let Some(kind) = purl_type(component) else {
            return false;
        };
        let key = match is_pinned(component) {
            true => self.version(component),
            false => self.name(component),
        };
        above(folder).any(|at| {
            let held = self.held.get(&(at.to_owned(), kind.to_owned()));
            held.is_some_and(|held| at == folder || held.contains(&key))
        })
    }

    fn name(&self, component: &Component) -> u64 {
        self.keys.hash_one(&component.name)
    }

    fn version(&self, component: &Component) -> u64 {
        self.keys.hash_one((&component.name, &component.version))
    }
}

/// Readers keep the constraint that a manifest writes; npm's may be one version.
fn is_pinned(component: &Component) -> bool {
    let version = component.version.as_str();
    let is_one = |constraint: &str| purl_type(component) == Some("npm") && constraint == version;
    let constraint = component.properties.get("constraint");
    !version.is_empty() && constraint.is_none_or(|constraint| is_one(constraint))
}

/// A folder and those above it, to the top of the tree.
fn above(folder: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(folder), |at| match at.rsplit_once('/') {
        Some((above, _)) => Some(above),
        None => (!at.is_empty()).then_some(""),
    })
}

fn purl_type(component: &Component) -> Option<&str> {
    component.purl.strip_prefix("pkg:")?.split('/').next()
}
