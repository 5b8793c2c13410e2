//! Whether the knowledge base says anything at all about an inventory's ecosystems: where it does not, nobody judged.
//!
//! A clean result must not come from silence. That one package of an ecosystem is known is enough: of the others nothing
//! bad is known.

use std::collections::BTreeMap;

use patchward_knowledge::Knowledge;
use patchward_protocol::inventory::{Component, Location, Problem};

use super::names::{Host, Name, Role, is_of_distribution};
use super::release::{Reach, reach};

/// The ecosystems of an inventory's components.
#[derive(Debug, Default)]
pub struct Coverage {
    ecosystems: BTreeMap<(String, String), Said>,
    /// Packages of a distribution that has no name among the publishers'.
    unnamed: Said,
}

#[derive(Debug, Default)]
struct Said {
    components: usize,
    /// Where one of them is.
    place: String,
    /// Something is said of one of them.
    heard: bool,
}

impl Coverage {
    /// Notes a component, its names, and whether something is said of one of them.
    pub fn note(&mut self, component: &Component, names: &[Name], heard: bool) {
        let Some(name) = names.iter().find(|name| name.role != Role::Cpe) else {
            if is_of_distribution(component) {
                self.unnamed.count(component, false);
            }
            return;
        };
        // Mostly the one of the component before: no text is copied for it.
        let known = self
            .ecosystems
            .iter_mut()
            .find(|((family, release), _)| *family == name.family && *release == name.release);
        let said = match known {
            Some((_, said)) => said,
            None => {
                let key = (name.family.clone(), name.release.clone());
                self.ecosystems.entry(key).or_default()
            }
        };
        said.count(component, heard);
    }

    /// Takes in what another thread noted.
    pub fn add(&mut self, other: Coverage) {
        self.unnamed.add(other.unnamed);
        for (key, more) in other.ecosystems {
            self.ecosystems.entry(key).or_default().add(more);
        }
    }

    /// What nobody judged.
    pub fn problems(&self, host: &Host<'_>, knowledge: &Knowledge) -> Vec<Problem> {
        let unheard = self.ecosystems.iter().filter(|((family, release), said)| {
            !said.heard && !speaks_of(knowledge, family, release, host)
        });
        let mut problems: Vec<Problem> = unheard
            .map(|((family, release), said)| {
                let of = named(family, release);
                said.not_judged(&format!("the knowledge base has no advisories about {of}"))
            })
            .collect();
        if self.unnamed.components > 0 {
            let of = match host.os() {
                Some(os) if !os.id.is_empty() => format!("the distribution {}", os.id),
                _ => "an unknown distribution".to_owned(),
            };
            let why = format!("nobody's advisories are read about packages of {of}");
            problems.push(self.unnamed.not_judged(&why));
        }
        problems
    }
}

impl Said {
    fn count(&mut self, component: &Component, heard: bool) {
        if self.components == 0 {
            let place = component.locations.first();
            self.place = place.map(|place| place.path.clone()).unwrap_or_default();
        }
        self.components += 1;
        self.heard |= heard;
    }

    fn add(&mut self, more: Said) {
        // Threads end in any order: the place that is told must not depend on it.
        if self.components == 0 || (more.components > 0 && more.place < self.place) {
            self.place = more.place;
        }
        self.components += more.components;
        self.heard |= more.heard;
    }

    fn not_judged(&self, why: &str) -> Problem {
        let packages = match self.components {
            1 => "1 package was".to_owned(),
            count => format!("{count} packages were"),
        };
        Problem {
            location: Location {
                path: self.place.clone(),
                line: None,
            },
            message: format!("{why}: {packages} not judged"),
        }
    }
}

fn named(family: &str, release: &str) -> String {
    match release {
        "" => family.to_owned(),
        release => format!("{family} {release}"),
    }
}

/// Whether anything holds for a release of an ecosystem. Mostly one of the first packages that are looked at tells.
fn speaks_of(knowledge: &Knowledge, family: &str, release: &str, host: &Host<'_>) -> bool {
    let of_family = knowledge.packages().filter(|(of, _)| *of == family);
    of_family
        .flat_map(|(family, name)| knowledge.package(family, name))
        .any(|run| {
            reach(family, run.release, release, host) != Reach::No && run.claims().next().is_some()
        })
}
