//! The distribution owns its files: what upstream says of a language package that one of its packages brought does not
//! count where the distribution itself speaks of that package.

use std::collections::HashMap;

use patchward_knowledge::Knowledge;
use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, Suppression};

use super::names::{self, Host};
use super::release::{Reach, reach};

/// Suppresses upstream's word on files of packages of which the distribution speaks. What a vendor's package brought is
/// nobody's but upstream's: it counts. So does what the distribution has never spoken of.
pub fn suppress(
    host: &Host<'_>,
    components: &[Component],
    knowledge: &Knowledge,
    findings: &mut [Finding],
) {
    let mut owners = Owners {
        host,
        knowledge,
        components: HashMap::new(),
        spoken_of: HashMap::new(),
    };
    for finding in findings {
        let Some(owner) = &finding.component.owner else {
            continue;
        };
        if finding.suppressed.is_none()
            && !finding.malware
            && owners.are_spoken_of(&owner.name, components)
        {
            finding.suppressed = Some(Box::new(Suppression {
                by: "distribution".to_owned(),
                reason: format!(
                    "the files belong to the distribution's package {} {}: its own statement counts, not upstream's range",
                    owner.name, owner.version
                ),
                source: host.ecosystem().to_owned(),
                ..Suppression::default()
            }));
        }
    }
}

struct Owners<'a> {
    host: &'a Host<'a>,
    knowledge: &'a Knowledge,
    /// The distribution's packages by name; made when the first owner is met.
    components: HashMap<&'a str, &'a Component>,
    spoken_of: HashMap<String, bool>,
}

impl<'a> Owners<'a> {
    /// Whether the distribution says anything, in this release, of the package of that name or of its source.
    fn are_spoken_of(&mut self, owner: &str, components: &'a [Component]) -> bool {
        if let Some(known) = self.spoken_of.get(owner) {
            return *known;
        }
        if self.components.is_empty() {
            let packages = components.iter().filter(|c| names::is_of_distribution(c));
            self.components = packages.map(|c| (c.name.as_str(), c)).collect();
        }
        let component = self.components.get(owner);
        let spoken = component.is_some_and(|component| self.is_spoken_of(component));
        self.spoken_of.insert(owner.to_owned(), spoken);
        spoken
    }

    fn is_spoken_of(&self, component: &Component) -> bool {
        let names = names::of(component, self.host);
        names
            .iter()
            .filter(|name| name.role.is_distribution())
            .any(|name| {
                let mut runs = self.knowledge.package(&name.family, &name.name);
                runs.any(|run| {
                    let reach = reach(&name.family, run.release, &name.release, self.host);
                    !matches!(reach, Reach::No)
                })
            })
    }
}
