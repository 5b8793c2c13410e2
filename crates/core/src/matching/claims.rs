//! What the knowledge base says of a component's names at its version.

use std::cell::OnceCell;
use std::rc::Rc;

use patchward_advisory::cpe::{Attribute, Cpe, Relation};
use patchward_advisory::model::{Affected, Status};
use patchward_knowledge::{Claim, Knowledge, Named, Probe, RecordId};
use patchward_protocol::inventory::Component;
use patchward_version::Scheme;

use super::names::{Host, Name, Role};
use super::release::{Reach, reach};

/// A claim about one of the component's names.
pub struct Said<'k> {
    /// The claim.
    pub claim: Claim<'k>,
    /// Which name it is about.
    pub name: usize,
    /// Whether it names the installed version.
    pub named: Named,
    /// A channel that the host lacks: the fix cannot be reached.
    pub without: Option<String>,
    /// The claim in full, once somebody asked for it; `None` where the file is damaged.
    detail: OnceCell<Option<Rc<Affected>>>,
}

/// See [`Claims::mark`].
pub type Mark = (
    bool,
    Vec<Name>,
    Vec<(RecordId, u32, Named, Option<String>, usize)>,
);

/// All claims about a component.
pub struct Claims<'k, 'n> {
    /// Its names.
    pub names: &'n [Name],
    /// What is said.
    pub all: Vec<Said<'k>>,
    /// Something is said of a package of this name in this release, of whatever version; guesses do not count.
    pub heard: bool,
}

impl<'k, 'n> Claims<'k, 'n> {
    /// Collects the claims that hold for the component and the host.
    pub fn collect(
        names: &'n [Name],
        component: &Component,
        host: &Host<'_>,
        knowledge: &'k Knowledge,
    ) -> Claims<'k, 'n> {
        let mut all = Vec::new();
        let mut heard = false;
        for (index, name) in names.iter().enumerate() {
            let mut probe = Probe::new(&name.version);
            for run in knowledge.package(&name.family, &name.name) {
                let without = match reach(&name.family, run.release, &name.release, host) {
                    Reach::Yes => None,
                    Reach::Without(channel) => Some(channel),
                    Reach::No => continue,
                };
                heard |= name.role != Role::Cpe;
                for claim in run.claims().filter(|claim| is_about(claim, name)) {
                    let mut said = Said {
                        named: claim.names(&mut probe),
                        claim,
                        name: index,
                        without: without.clone(),
                        detail: OnceCell::new(),
                    };
                    if said.conditions_hold(component, host, knowledge)
                        && (name.role != Role::Cpe || said.is_product_of(component, knowledge))
                    {
                        all.push(said);
                    }
                }
            }
        }
        Claims { names, all, heard }
    }

    /// What the findings of a component follow from, apart from the component itself: binaries of one source package
    /// share it, so that a kernel's thousands of flaws are worked out once.
    pub fn mark(&self) -> Mark {
        // Names of which nothing is said are the component's own business.
        let mut named: Vec<usize> = self.all.iter().map(|said| said.name).collect();
        named.sort_unstable();
        named.dedup();
        let said = |said: &Said<'_>| {
            let (record, ordinal) = said.claim.place();
            let name = named.partition_point(|&at| at < said.name);
            (record, ordinal, said.named, said.without.clone(), name)
        };
        (
            self.distribution_is_complete(),
            named
                .iter()
                .filter_map(|&at| self.names.get(at).cloned())
                .collect(),
            self.all.iter().map(said).collect(),
        )
    }

    /// Whether anything says, or cannot exclude, that the component is affected.
    pub fn any_hit(&self) -> bool {
        self.all.iter().any(Said::is_hit)
    }

    /// The component is a package of a distribution that judges every flaw of its packages, fixed or not. (Alpine and
    /// its relatives list only what they fixed.)
    pub fn distribution_is_complete(&self) -> bool {
        let complete = |name: &Name| {
            name.role.is_distribution()
                && Scheme::for_ecosystem(&name.family) != Some(Scheme::Alpine)
        };
        self.names.iter().any(complete)
    }

    /// The name that a claim is about.
    pub fn name(&self, said: &Said<'_>) -> Option<&Name> {
        self.names.get(said.name)
    }
}

/// A claim about binary packages holds for binaries only. One about source packages holds for the binary's name too in
/// RPM and apk distributions, where publishers mix them; in Debian's world source and binary names are two namespaces.
fn is_about(claim: &Claim<'_>, name: &Name) -> bool {
    match name.role {
        Role::Source => !claim.binary(),
        Role::Binary => {
            claim.binary() || !matches!(name.family.as_str(), "Debian" | "Ubuntu" | "Echo")
        }
        Role::Both | Role::Language | Role::Cpe => true,
    }
}

impl Said<'_> {
    /// It says, or cannot exclude, that the version is affected.
    pub fn is_hit(&self) -> bool {
        self.claim.status != Status::NotAffected && self.named != Named::No
    }

    /// The claim in full; `None` where the file is damaged.
    pub fn detail(&self, knowledge: &Knowledge) -> Option<Rc<Affected>> {
        let read = || knowledge.affected(&self.claim).map(Rc::new);
        self.detail.get_or_init(read).clone()
    }

    /// A guess is worth showing only where the whole CPE names can be of one product: `target_sw` tells a WordPress
    /// plugin from a Node module of the same name.
    fn is_product_of(&self, component: &Component, knowledge: &Knowledge) -> bool {
        if !self.is_hit() {
            return true;
        }
        let said: Option<Cpe> = self
            .detail(knowledge)
            .and_then(|detail| detail.package.name.parse().ok());
        let Some(said) = said.map(Cpe::any_version) else {
            return true;
        };
        component.cpes.iter().any(|own| match own.parse::<Cpe>() {
            Ok(own) => {
                let mut own = own.any_version();
                for attribute in [Attribute::Vendor, Attribute::Product] {
                    own.set(attribute, said.get(attribute).clone()); // the index has compared these
                }
                said.relation(&own) != Relation::Disjoint
            }
            Err(_) => true,
        })
    }

    fn conditions_hold(
        &mut self,
        component: &Component,
        host: &Host<'_>,
        knowledge: &Knowledge,
    ) -> bool {
        if !self.claim.conditional() {
            // A build of a module compares only with statements about that module.
            return self.claim.authority != patchward_advisory::model::Authority::Distribution
                || component.module.as_deref().is_none_or(str::is_empty);
        }
        let Some(detail) = self.detail(knowledge) else {
            return false;
        };
        let conditions = &detail.conditions;
        let holds = module_holds(component, conditions.module.as_deref())
            && arch_holds(component, &conditions.arches)
            && (conditions.running_on.is_empty()
                || conditions
                    .running_on
                    .iter()
                    .any(|cpe| host.has_product(cpe)));
        if let Some(channel) = &conditions.channel
            && !host.has_channel(channel)
        {
            self.without = Some(channel.clone());
        }
        holds
    }
}

/// `component.module` is `None` where nobody looked for the label: then a statement about a module is not excluded.
fn module_holds(component: &Component, wanted: Option<&str>) -> bool {
    match (component.module.as_deref(), wanted) {
        (None, _) => true,
        (Some(label), None) => label.is_empty(),
        (Some(label), Some(wanted)) => label
            .strip_prefix(wanted)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(':')),
    }
}

fn arch_holds(component: &Component, arches: &[String]) -> bool {
    let Some(arch) = component.arch.as_deref() else {
        return true;
    };
    arches.is_empty()
        || matches!(arch, "noarch" | "all" | "any" | "")
        || arches
            .iter()
            .any(|said| same_arch(said, arch) || matches!(said.as_str(), "noarch" | "all"))
}

/// Debian and RPM have their own words for the same machine.
fn same_arch(a: &str, b: &str) -> bool {
    let plain = |arch: &str| match arch {
        "amd64" => "x86_64".to_owned(),
        "arm64" => "aarch64".to_owned(),
        "i386" | "i486" | "i586" | "i686" | "x86" => "i686".to_owned(),
        "ppc64el" => "ppc64le".to_owned(),
        other => other.to_owned(),
    };
    plain(a) == plain(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(module: Option<&str>, arch: Option<&str>) -> Component {
        Component {
            module: module.map(Into::into),
            arch: arch.map(Into::into),
            ..Component::default()
        }
    }

    #[test]
    fn a_module_build_compares_only_inside_its_stream() {
        let build = component(Some("php:7.2:8020:abc"), None);
        assert!(module_holds(&build, Some("php:7.2")));
        assert!(!module_holds(&build, Some("php:7")));
        assert!(!module_holds(&build, None));
        assert!(!module_holds(&component(Some(""), None), Some("php:7.2")));
        assert!(module_holds(&component(None, None), Some("php:7.2")));
    }

    #[test]
    fn an_architecture_counts_where_both_sides_name_one() {
        let arches = ["x86_64".to_owned()];
        assert!(arch_holds(&component(None, Some("amd64")), &arches));
        assert!(!arch_holds(&component(None, Some("arm64")), &arches));
        assert!(arch_holds(&component(None, None), &arches));
        assert!(arch_holds(&component(None, Some("noarch")), &arches));
    }
}
