//! Who asks for which package of a `uv.lock`, and for which versions of it.
//!
//! `requires-dist` and `requires-dev` are what a package that is built from source asks for: the project's own, and
//! others in folders. Overrides of the workspace take the place of what anybody asks for.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use patchward_protocol::inventory::Component;
use patchward_version::Scheme;

use super::{Lock, Package, Requirement, grouped};
use crate::lockfile::graph::{Asked, Graph};
use crate::lockfile::ranges;

/// What a requirement without a specifier allows.
const ANY: &str = ">=0";

/// Forks of one package are few; the bound keeps a hostile file linear.
const MAX_FORKS: usize = 64;

/// Requirements by the name of what they ask for.
type ByName<'a> = HashMap<&'a str, Vec<&'a Requirement>>;

/// Writes what the graph knows into the components, which stand in the order of the packages; and the groups (extras
/// and groups for development) of what only they ask for.
pub(super) fn tell(lock: &Lock, components: &mut [Component]) {
    let mut asking = Asking::new(lock);
    for from in 0..lock.package.len() {
        asking.package(from);
    }
    asking.workspace();
    for (at, groups) in asking.groups {
        // What an extra asks for is not for development, whoever else asks.
        let at_run_time = groups.iter().any(|(asked, _)| *asked == Asked::Runtime);
        let groups = groups.into_iter();
        let groups = groups.filter(|(asked, _)| (*asked == Asked::Runtime) == at_run_time);
        let groups: Vec<&str> = groups.map(|(_, group)| group).collect();
        if !groups.contains(&"") {
            let properties = &mut components[at].properties;
            properties.insert("groups".to_owned(), groups.join(","));
        }
    }
    asking.graph.tell(components);
}

struct Asking<'a> {
    lock: &'a Lock,
    packages: HashMap<&'a str, Vec<usize>>,
    overrides: ByName<'a>,
    graph: Graph,
    groups: BTreeMap<usize, BTreeSet<(Asked, &'a str)>>,
}

impl<'a> Asking<'a> {
    fn new(lock: &'a Lock) -> Asking<'a> {
        let mut packages: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, package) in lock.package.iter().enumerate() {
            packages
                .entry(&package.get_ref().name)
                .or_default()
                .push(at);
        }
        Asking {
            lock,
            packages,
            overrides: by_name(lock.manifest.overrides.iter()),
            graph: Graph::default(),
            groups: BTreeMap::new(),
        }
    }

    /// What one package asks for.
    fn package(&mut self, from: usize) {
        let lock = self.lock;
        let package = lock.package[from].get_ref();
        let own = package.is_own(&lock.manifest.members);
        let normal = by_name(package.metadata.requires_dist.iter());
        let development = grouped(&package.metadata.requires_dev);
        let development = by_name(development.map(|(_, requirement)| requirement));
        for (wanted, asked, group) in package.wants() {
            let required = match asked {
                Asked::Development => &development,
                Asked::Runtime | Asked::Unsaid => &normal,
            };
            for to in self.forks(&wanted.name, wanted.version.as_deref()) {
                for range in self.ranges(to, required) {
                    if own {
                        self.graph.ask(to, asked, range);
                    }
                    if asked == Asked::Runtime {
                        self.graph.need(from, to, range);
                    }
                }
                if own {
                    self.groups.entry(to).or_default().insert((asked, group));
                }
            }
        }
    }

    /// What the workspace asks for beside its packages.
    fn workspace(&mut self) {
        let manifest = &self.lock.manifest;
        let normal = manifest.requirements.iter();
        let normal = normal.map(|requirement| (requirement, Asked::Runtime, ""));
        let development = grouped(&manifest.dependency_groups);
        let development =
            development.map(|(group, requirement)| (requirement, Asked::Development, group));
        for (requirement, asked, group) in normal.chain(development) {
            let required = by_name([requirement].into_iter());
            for to in self.forks(&requirement.name, None) {
                for range in self.ranges(to, &required) {
                    self.graph.ask(to, asked, range);
                }
                self.groups.entry(to).or_default().insert((asked, group));
            }
        }
    }

    /// The locked packages of a name, in one version or in all.
    fn forks(&self, name: &str, version: Option<&str>) -> Vec<usize> {
        let all = self.packages.get(name).into_iter().flatten().copied();
        let all = all
            .take(MAX_FORKS)
            .filter(|&at| version.is_none_or(|version| self.locked(at).version == version));
        all.collect()
    }

    fn locked(&self, at: usize) -> &'a Package {
        self.lock.package[at].get_ref()
    }

    /// The ranges of these requirements for a locked package.
    fn ranges(&self, to: usize, required: &ByName<'a>) -> Vec<&'a str> {
        let Package { name, version, .. } = self.locked(to);
        let required = self
            .overrides
            .get(name.as_str())
            .or(required.get(name.as_str()));
        let all = required.into_iter().flatten();
        ranges::of_locked(Scheme::PyPi, all.map(|asked| asked.range()), version)
    }
}

impl Requirement {
    /// The range; any version where none is written, and nothing to say of a place.
    fn range(&self) -> &str {
        match (&self.specifier, self.source.is_registry()) {
            (Some(range), _) => range,
            (None, true) => ANY,
            (None, false) => "",
        }
    }
}

fn by_name<'a>(all: impl Iterator<Item = &'a Requirement>) -> ByName<'a> {
    let mut by_name = ByName::new();
    for requirement in all {
        by_name
            .entry(&requirement.name)
            .or_default()
            .push(requirement);
    }
    by_name
}
