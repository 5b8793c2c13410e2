//! Which advisories tell of the same flaw.
//!
//! - `aliases` are symmetric and transitive: ids joined by them are one [`Group`].
//! - `upstream` is one way: a distribution's record is shown under each flaw that it repackages, and never joins them.
//! - `related` joins nothing.
//!
//! A wrong alias can chain unrelated flaws together, so an alias is refused when the group would
//! - have more than [`MAX_IDS`] ids, or
//! - hold two different CVE ids while both sides name packages and none in common.
//!
//! A record with more than [`MAX_ALIASES`] aliases lists what it repackages: its aliases join nothing.
//!
//! Edges are tried in sorted order: the same records give the same groups whatever order they came in. Refused edges
//! are told, so that they can be shown.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::format::cve_id;
use crate::model::Advisory;

/// Most ids in a group (the largest honest ones have about 20).
pub const MAX_IDS: usize = 64;

/// Most aliases of a record that speaks of one flaw.
pub const MAX_ALIASES: usize = 16;

/// Most steps from a record to the flaws that it repackages.
const MAX_UPSTREAM: usize = 8;

/// Collects the ids of records; [`Builder::finish`] joins them.
#[derive(Debug, Default)]
pub struct Builder {
    ids: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
    edges: BTreeSet<(u32, u32)>,
    upstream: BTreeMap<u32, Vec<u32>>,
    packages: HashMap<Box<str>, u32>,
    packages_of: BTreeMap<u32, BTreeSet<u32>>,
}

/// The groups.
#[derive(Debug)]
pub struct Groups {
    ids: HashMap<Box<str>, u32>,
    names: Vec<Box<str>>,
    group_of: Vec<u32>,
    groups: Vec<Group>,
    upstream: BTreeMap<u32, Vec<u32>>,
    refused: Vec<Refused>,
}

/// Ids of one flaw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The id to show ([`shown`]).
    pub shown: String,
    /// All ids, sorted.
    pub ids: Vec<String>,
}

/// An alias that was not followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// One side.
    pub from: String,
    /// The other side.
    pub to: String,
    /// Why.
    pub reason: &'static str,
}

impl Builder {
    /// Adds a record's ids and the packages that it names. A withdrawn record joins nothing.
    pub fn add(&mut self, advisory: &Advisory) {
        let packages = advisory.affected.iter().map(|affected| {
            (
                affected.package.ecosystem.as_str(),
                affected.package.name.as_str(),
            )
        });
        let joins = advisory.withdrawn.is_none();
        let aliases: &[String] = if joins { &advisory.aliases } else { &[] };
        self.add_ids(&advisory.id, aliases, &advisory.upstream, packages);
    }

    /// Adds ids and packages (`ecosystem`, `name`) by themselves.
    pub fn add_ids<'a>(
        &mut self,
        id: &str,
        aliases: &[String],
        upstream: &[String],
        packages: impl Iterator<Item = (&'a str, &'a str)>,
    ) {
        let id = self.number(id);
        let speaks_of_one = aliases.len() <= MAX_ALIASES;
        for alias in aliases.iter().filter(|_| speaks_of_one) {
            let alias = self.number(alias);
            if alias != id {
                self.edges.insert((id.min(alias), id.max(alias)));
            }
        }
        for up in upstream {
            let up = self.number(up);
            let list = self.upstream.entry(id).or_default();
            if up != id && !list.contains(&up) && list.len() < 10_000 {
                list.push(up);
            }
        }
        for (ecosystem, name) in packages {
            // CPE guesses name products in their own words: no evidence for or against.
            let root = ecosystem.split(':').next().unwrap_or_default();
            if !matches!(root, "CPE" | "Product" | "GIT") {
                let count = u32::try_from(self.packages.len()).unwrap_or(u32::MAX);
                let package = *self
                    .packages
                    .entry(format!("{root}:{name}").into())
                    .or_insert(count);
                self.packages_of.entry(id).or_default().insert(package);
            }
        }
    }

    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.ids.get(id) {
            return *number;
        }
        let number = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.ids.insert(id.into(), number);
        self.names.push(id.into());
        number
    }

    /// Joins what belongs together.
    pub fn finish(self) -> Groups {
        let mut sets = Sets::new(&self);
        let mut edges: Vec<(&str, &str)> = self
            .edges
            .iter()
            .map(|(a, b)| {
                let (a, b) = (&*self.names[*a as usize], &*self.names[*b as usize]);
                if a < b { (a, b) } else { (b, a) }
            })
            .collect();
        edges.sort_unstable();
        let mut refused = Vec::new();
        for (from, to) in edges {
            if let Err(reason) = sets.join(self.ids[from], self.ids[to]) {
                refused.push(Refused {
                    from: from.into(),
                    to: to.into(),
                    reason,
                });
            }
        }
        let (group_of, groups) = sets.groups(&self.names);
        Groups {
            ids: self.ids,
            names: self.names,
            group_of,
            groups,
            upstream: self.upstream,
            refused,
        }
    }
}

impl Groups {
    /// The group of an id.
    pub fn group(&self, id: &str) -> Option<&Group> {
        self.groups
            .get(*self.group_of.get(*self.ids.get(id)? as usize)? as usize)
    }

    /// The flaws under which a record is shown: those that it repackages, or else its own group. Sorted by shown id.
    pub fn shown_under(&self, id: &str) -> Vec<&Group> {
        let Some(start) = self.ids.get(id) else {
            return Vec::new();
        };
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::from([*start]);
        let mut level = vec![*start];
        for step in 0..=MAX_UPSTREAM {
            let mut next = Vec::new();
            for node in level {
                match self.upstream.get(&node).filter(|_| step < MAX_UPSTREAM) {
                    Some(list) => next.extend(list.iter().filter(|up| seen.insert(**up))),
                    None => {
                        found.insert(self.group_of[node as usize]);
                    }
                }
            }
            level = next;
        }
        let mut groups: Vec<&Group> = found
            .iter()
            .map(|group| &self.groups[*group as usize])
            .collect();
        groups.sort_by(|a, b| a.shown.cmp(&b.shown));
        groups
    }

    /// All groups, by shown id.
    pub fn all(&self) -> &[Group] {
        &self.groups
    }

    /// All ids that records or aliases name.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// Aliases that were not followed.
    pub fn refused(&self) -> &[Refused] {
        &self.refused
    }
}

/// Which of the ids of a flaw to call it by: a CVE id (the earliest, should there be several), else the best known kind
/// of id. Empty for no ids.
pub fn shown(ids: &[String]) -> &str {
    const KINDS: [&str; 4] = ["CVE-", "GHSA-", "RUSTSEC-", "GO-"];
    let rank = |id: &str| {
        let kind = KINDS.iter().position(|kind| id.starts_with(kind));
        kind.unwrap_or(KINDS.len())
    };
    let best = ids.iter().min_by_key(|id| (rank(id), id.len(), *id));
    best.map_or("", String::as_str)
}

/// Union-find with what the guard asks: how many ids, which CVE, which packages.
struct Sets {
    parent: Vec<u32>,
    size: Vec<u32>,
    cve: Vec<bool>,
    packages: BTreeMap<u32, BTreeSet<u32>>,
}

impl Sets {
    fn new(builder: &Builder) -> Sets {
        let count = u32::try_from(builder.names.len()).unwrap_or(u32::MAX);
        Sets {
            parent: (0..count).collect(),
            size: vec![1; count as usize],
            cve: builder.names.iter().map(|name| cve_id::is(name)).collect(),
            packages: builder.packages_of.clone(),
        }
    }

    fn root(&mut self, mut id: u32) -> u32 {
        while self.parent[id as usize] != id {
            let above = self.parent[self.parent[id as usize] as usize];
            self.parent[id as usize] = above;
            id = above;
        }
        id
    }

    fn join(&mut self, a: u32, b: u32) -> Result<(), &'static str> {
        let (a, b) = (self.root(a), self.root(b));
        if a == b {
            return Ok(());
        }
        let size = self.size[a as usize] + self.size[b as usize];
        if size as usize > MAX_IDS {
            return Err("the group would have more than 64 ids");
        }
        if self.cve[a as usize] && self.cve[b as usize] && self.disjoint(a, b) {
            return Err("two CVE ids for packages that have nothing in common");
        }
        let (keep, give) = if self.size[a as usize] >= self.size[b as usize] {
            (a, b)
        } else {
            (b, a)
        };
        self.parent[give as usize] = keep;
        self.size[keep as usize] = size;
        self.cve[keep as usize] |= self.cve[give as usize];
        if let Some(packages) = self.packages.remove(&give) {
            self.packages.entry(keep).or_default().extend(packages);
        }
        Ok(())
    }

    fn disjoint(&self, a: u32, b: u32) -> bool {
        match (self.packages.get(&a), self.packages.get(&b)) {
            (Some(a), Some(b)) => a.is_disjoint(b),
            _ => false,
        }
    }

    fn groups(mut self, names: &[Box<str>]) -> (Vec<u32>, Vec<Group>) {
        let mut members: BTreeMap<u32, Vec<u32>> = BTreeMap::new();
        for (id, _) in (0u32..).zip(names) {
            let root = self.root(id);
            members.entry(root).or_default().push(id);
        }
        let mut groups: Vec<(Group, Vec<u32>)> = members
            .into_values()
            .map(|numbers| {
                let mut ids: Vec<String> = numbers
                    .iter()
                    .map(|n| names[*n as usize].to_string())
                    .collect();
                ids.sort_unstable();
                let shown = shown(&ids).to_owned();
                (Group { shown, ids }, numbers)
            })
            .collect();
        groups.sort_by(|a, b| a.0.shown.cmp(&b.0.shown));
        let mut group_of = vec![0; names.len()];
        for (at, (_, numbers)) in (0u32..).zip(&groups) {
            for number in numbers {
                group_of[*number as usize] = at;
            }
        }
        (
            group_of,
            groups.into_iter().map(|(group, _)| group).collect(),
        )
    }
}

#[cfg(test)]
mod tests;
