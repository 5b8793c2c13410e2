//! Services: what assets carry together, and which service needs which.

use std::collections::{BTreeMap, BTreeSet};

use super::Sourced;
use super::resolve::{Said, fits};
use super::words::Exposure;
use crate::document::{Document, Table, shown};

/// Services by name.
#[derive(Debug, Clone, Default)]
pub struct Services {
    services: BTreeMap<String, Service>,
    /// For each service, those that need it, directly or through others; the nearest first.
    needed_by: BTreeMap<String, Vec<String>>,
    nothing: Said,
}

#[derive(Debug, Clone, Default)]
struct Service {
    needs: Vec<String>,
    assets: Vec<String>,
    said: Said,
}

impl Services {
    /// Reads `[context.service.NAME]`. A service that is not there and services that need each other in a circle are
    /// faults.
    pub(super) fn read(tables: Vec<(String, Table<'_, '_>)>, document: &Document<'_>) -> Services {
        let mut services = BTreeMap::new();
        let mut places = BTreeMap::new();
        for (name, table) in tables {
            let mut needs = Vec::new();
            for need in table.texts("needs") {
                places.insert((name.clone(), need.value.clone()), need.at);
                needs.push(need.value);
            }
            let assets = table.texts("assets").into_iter().map(|t| t.value).collect();
            let said = Said::read(&table, &format!("service {}", shown(&name)));
            table.done();
            services.insert(
                name,
                Service {
                    needs,
                    assets,
                    said,
                },
            );
        }
        for ((name, need), at) in &places {
            if !services.contains_key(need) {
                let known: Vec<_> = services.keys().map(String::as_str).collect();
                let message = format!(
                    "service {} needs {:?}, which is not there: expected one of {}",
                    shown(name),
                    shown(need),
                    known.join(", ")
                );
                document.fault(*at, message);
            }
        }
        if let Some(circle) = circle(&services) {
            let first = circle.first().cloned().unwrap_or_default();
            let second = circle.get(1).cloned().unwrap_or_default();
            let at = places.get(&(first, second)).copied().unwrap_or(0);
            let message = format!(
                "services need each other in a circle: {}",
                circle.join(" → ")
            );
            document.fault(at, message);
            return Services::default();
        }
        let needed_by = needed_by(&services);
        Services {
            services,
            needed_by,
            nothing: Said::default(),
        }
    }

    /// The services that an asset carries.
    pub(super) fn of(&self, asset: &str) -> Vec<String> {
        let carried = self
            .services
            .iter()
            .filter(|(_, service)| service.assets.iter().any(|pattern| fits(pattern, asset)));
        carried.map(|(name, _)| name.clone()).collect()
    }

    /// What is said of a service.
    pub(super) fn said(&self, name: &str) -> &Said {
        self.services
            .get(name)
            .map_or(&self.nothing, |service| &service.said)
    }

    /// Everything that is said of services.
    pub(super) fn all_said(&self) -> impl Iterator<Item = &Said> {
        self.services.values().map(|service| &service.said)
    }

    /// The services that need others.
    pub(super) fn that_need_others(&self) -> impl Iterator<Item = &str> {
        let needing = self
            .services
            .iter()
            .filter(|(_, service)| !service.needs.is_empty());
        needing.map(|(name, _)| name.as_str())
    }

    /// The assets of a service as far as names are known: its own patterns, and those of `entries` that fit one. A pattern
    /// stands for the assets that it is for: what is said of `web-*` is said of them all.
    pub(super) fn assets<'a>(&'a self, name: &str, entries: &[&'a str]) -> BTreeSet<&'a str> {
        let patterns = self
            .services
            .get(name)
            .map(|service| service.assets.as_slice());
        let patterns = patterns.unwrap_or_default();
        let fitting = entries.iter().copied();
        let fitting = fitting.filter(|name| patterns.iter().any(|pattern| fits(pattern, name)));
        patterns.iter().map(String::as_str).chain(fitting).collect()
    }

    /// Raises exposure and criticality to those of the services that need one of these. What nobody says of an asset counts
    /// as internet and 3 already: only more than that is inherited, and nothing ever becomes milder.
    pub(super) fn raise(
        &self,
        carried: &[String],
        standings: &BTreeMap<String, Standing>,
        said: &mut Said,
    ) {
        let above = carried
            .iter()
            .flat_map(|name| self.needed_by.get(name).into_iter().flatten());
        for name in above {
            let Some(standing) = standings.get(name) else {
                continue;
            };
            let inherited = |place: &str| format!("inherited from service {name}, {place}");
            if let Some(above) = &standing.exposure {
                let own = said.exposure.as_ref().map(|own| own.value);
                if own.map_or(above.value == Exposure::Internet, |own| own < above.value) {
                    said.exposure = Some(Sourced::new(above.value, inherited(&above.source)));
                }
            }
            if let Some(above) = &standing.criticality {
                let own = said.criticality.as_ref().map(|own| own.value);
                if own.map_or(above.value >= 3, |own| own < above.value) {
                    said.criticality = Some(Sourced::new(above.value, inherited(&above.source)));
                }
            }
        }
    }
}

/// What a service hands down to those that it needs.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    exposure: Option<Sourced<Exposure>>,
    criticality: Option<Sourced<u8>>,
}

impl Standing {
    /// Takes what is worse in another place: the service's own word, or one of its assets.
    pub(super) fn worsen(&mut self, said: &Said, asset: Option<&str>) {
        fn worse<T: PartialOrd + Clone>(
            known: &mut Option<Sourced<T>>,
            said: Option<&Sourced<T>>,
            asset: Option<&str>,
        ) {
            let Some(said) = said else { return };
            if known.as_ref().is_none_or(|known| known.value < said.value) {
                let source = match asset {
                    Some(asset) => format!("asset {}: {}", shown(asset), said.source),
                    None => said.source.clone(),
                };
                *known = Some(Sourced::new(said.value.clone(), source));
            }
        }
        worse(&mut self.exposure, said.exposure.as_ref(), asset);
        worse(&mut self.criticality, said.criticality.as_ref(), asset);
    }
}

/// A circle of needs, from its first service back to it.
fn circle(services: &BTreeMap<String, Service>) -> Option<Vec<String>> {
    let mut waiting: BTreeMap<&str, usize> = BTreeMap::new();
    for service in services.values() {
        for need in service.needs.iter().collect::<BTreeSet<_>>() {
            *waiting.entry(need).or_default() += 1;
        }
    }
    let mut free: Vec<&str> = services
        .keys()
        .map(String::as_str)
        .filter(|name| !waiting.contains_key(name))
        .collect();
    let mut left: BTreeSet<&str> = services.keys().map(String::as_str).collect();
    while let Some(name) = free.pop() {
        left.remove(name);
        let needs = services.get(name).map(|service| &service.needs);
        for need in needs.into_iter().flatten().collect::<BTreeSet<_>>() {
            if let Some(count) = waiting.get_mut(need.as_str()) {
                *count -= 1;
                if *count == 0 {
                    free.push(need);
                }
            }
        }
    }
    // What is left is in a circle or needed by one: going from need to need comes back at some point.
    let mut path: Vec<&str> = vec![
        left.iter()
            .copied()
            .find(|name| in_circle(services, name, &left))?,
    ];
    loop {
        let last = path.last().copied()?;
        let next = services
            .get(last)?
            .needs
            .iter()
            .find(|need| left.contains(need.as_str()) && in_circle(services, need, &left))?;
        if let Some(at) = path.iter().position(|seen| seen == next) {
            path.push(next);
            return Some(path.into_iter().skip(at).map(str::to_owned).collect());
        }
        path.push(next);
    }
}

/// Whether going from need to need among `left` comes back to `start`.
fn in_circle(services: &BTreeMap<String, Service>, start: &str, left: &BTreeSet<&str>) -> bool {
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut open = vec![start];
    while let Some(name) = open.pop() {
        for need in services.get(name).into_iter().flat_map(|s| &s.needs) {
            if need == start {
                return true;
            }
            if left.contains(need.as_str()) && seen.insert(need) {
                open.push(need);
            }
        }
    }
    false
}

fn needed_by(services: &BTreeMap<String, Service>) -> BTreeMap<String, Vec<String>> {
    let mut direct: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, service) in services {
        for need in &service.needs {
            direct.entry(need).or_default().push(name);
        }
    }
    let mut all = BTreeMap::new();
    for name in services.keys() {
        let mut found: Vec<&str> = Vec::new();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let mut open: std::collections::VecDeque<&str> = [name.as_str()].into();
        while let Some(next) = open.pop_front() {
            for above in direct.get(next).into_iter().flatten() {
                if seen.insert(above) {
                    found.push(above);
                    open.push_back(above);
                }
            }
        }
        all.insert(name.clone(), found.into_iter().map(str::to_owned).collect());
    }
    all
}
