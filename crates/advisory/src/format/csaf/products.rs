//! The product tree: from a product id to a package, its version and its platform.

use std::collections::HashMap;

use patchward_purl::Purl;

use super::schema::{Branch, FullName, Head, Tree};
use crate::cpe::{Attribute, Cpe};
use crate::format::json::Text;
use crate::format::statement::Statement;
use crate::format::{statement, vers};
use crate::model::Package;

/// Longest chain of relationships (a build in a module in a platform has two).
const MAX_CHAIN: usize = 8;

/// The products of a document.
pub struct Products<'a> {
    named: HashMap<Text<'a>, Product<'a>>,
    relations: HashMap<Text<'a>, (Text<'a>, Text<'a>)>,
    red_hat: bool,
    suse: bool,
}

/// A product of the tree.
struct Product<'a> {
    name: Text<'a>,
    cpe: Option<Text<'a>>,
    purl: Option<Purl>,
    vendor: Text<'a>,
    family: Text<'a>,
    version: Option<(bool, Text<'a>)>,
}

/// What a product id stands for.
#[derive(Debug, Clone)]
pub struct Target {
    /// The package.
    pub package: Package,
    /// The version that the id names.
    pub version: Version,
    /// Architecture of a binary package.
    pub arch: Option<String>,
    /// A binary package of an operating system.
    pub binary: bool,
    /// `name:stream`.
    pub module: Option<String>,
    /// A package of an operating system: `fixed` then means that everything below is affected.
    pub of_system: bool,
}

/// The version that a product id names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Version {
    /// None: the product as a whole.
    None,
    /// One version.
    Exact(String),
    /// A range, or a list of versions, that was understood.
    Said(Statement),
    /// Words that were not.
    Unread(String),
}

/// Whether Red Hat publishes the document.
pub fn is_red_hat(head: &Head<'_>) -> bool {
    namespace(head).is_some_and(|space| space.ends_with("redhat.com"))
}

/// Whether SUSE does.
pub fn is_suse(head: &Head<'_>) -> bool {
    namespace(head).is_some_and(|space| space.ends_with("suse.com"))
}

fn namespace<'h>(head: &'h Head<'_>) -> Option<&'h str> {
    let space = head.publisher.as_ref()?.namespace.as_deref()?;
    Some(space.trim_end_matches('/'))
}

impl<'a> Products<'a> {
    /// Collects the products of a tree.
    pub fn new(tree: Tree<'a>, head: &Head<'_>) -> Products<'a> {
        let mut products = Products {
            named: HashMap::new(),
            relations: HashMap::new(),
            red_hat: is_red_hat(head),
            suse: is_suse(head),
        };
        let nothing = Text::default;
        for branch in tree.branches.unwrap_or_default() {
            products.add_branch(branch, nothing(), nothing());
        }
        for name in tree.full_product_names.unwrap_or_default() {
            products.add(name, nothing(), nothing(), None);
        }
        for relation in tree.relationships.unwrap_or_default() {
            products.relations.insert(
                relation.full_product_name.product_id,
                (
                    relation.product_reference,
                    relation.relates_to_product_reference,
                ),
            );
        }
        products
    }

    // Depth is bounded by the JSON reader.
    fn add_branch(&mut self, branch: Branch<'a>, vendor: Text<'a>, family: Text<'a>) {
        let (mut vendor, mut family, mut version) = (vendor, family, None);
        match &*branch.category {
            "vendor" => vendor = branch.name,
            "product_name" => family = branch.name,
            "product_version" => version = Some((false, branch.name)),
            "product_version_range" => version = Some((true, branch.name)),
            _ => {}
        }
        for inner in branch.branches.unwrap_or_default() {
            self.add_branch(inner, vendor.clone(), family.clone());
        }
        if let Some(product) = branch.product {
            self.add(product, vendor, family, version);
        }
    }

    fn add(
        &mut self,
        full: FullName<'a>,
        vendor: Text<'a>,
        family: Text<'a>,
        version: Option<(bool, Text<'a>)>,
    ) {
        let (mut cpe, mut purl) = (None, None);
        if let Some(helper) = full.helper {
            cpe = helper.cpe;
            let text = helper
                .purl
                .or_else(|| helper.purls.unwrap_or_default().into_iter().next());
            purl = text.and_then(|text| text.parse::<Purl>().ok());
        }
        let product = Product {
            name: full.name,
            cpe,
            purl,
            vendor,
            family,
            version,
        };
        self.named.insert(full.product_id, product);
    }

    /// What a product id stands for; `None` for one that the tree does not have, and for a module by itself.
    pub fn target(&self, id: &Text<'_>) -> Option<Target> {
        let chain = self.chain(id);
        let (component, rest) = chain.split_first()?;
        if component
            .purl
            .as_ref()
            .is_some_and(|purl| purl.kind() == "rpmmod")
        {
            return None;
        }
        match rest.last() {
            Some(platform) if self.red_hat => Some(red_hat(component, rest, platform)),
            Some(platform) if self.suse => Some(suse(component, platform)),
            _ => Some(other(component)),
        }
    }

    /// Whether the tree has the id at all.
    pub fn has(&self, id: &Text<'_>) -> bool {
        self.named.contains_key(&**id) || self.relations.contains_key(&**id)
    }

    /// The component, what it is part of, and so on to the platform.
    fn chain(&self, id: &Text<'_>) -> Vec<&Product<'a>> {
        let mut out = Vec::new();
        let mut current: &str = id;
        for _ in 0..MAX_CHAIN {
            let Some((component, whole)) = self.relations.get(current) else {
                out.extend(self.named.get(current));
                return out;
            };
            // The component may itself be made by a relationship: its own component counts.
            let mut inner: &str = component;
            for _ in 0..MAX_CHAIN {
                match self.relations.get(inner) {
                    Some((next, _)) => inner = next,
                    None => break,
                }
            }
            out.extend(self.named.get(inner));
            current = whole;
        }
        out
    }
}

impl std::borrow::Borrow<str> for Text<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

fn red_hat(component: &Product<'_>, rest: &[&Product<'_>], platform: &Product<'_>) -> Target {
    // The platform's CPE without `cpe:/o:redhat:`, as OSV's Red Hat ecosystem has it.
    let platform = platform.cpe.as_deref().unwrap_or(&platform.name);
    let stream = platform
        .splitn(4, ':')
        .nth(3)
        .filter(|_| platform.starts_with("cpe:/"));
    let ecosystem = format!("Red Hat:{}", stream.unwrap_or(platform));
    let of_purl = component.purl.as_ref();
    let qualifier = |key: &str| {
        of_purl
            .and_then(|purl| purl.qualifier(key))
            .map(str::to_owned)
    };
    let arch = qualifier("arch").filter(|arch| arch != "src");
    // Unfixed components of a module are written `nodejs:18/nodejs`.
    let (stream, bare) = match component.name.rsplit_once('/') {
        Some((stream, bare)) if of_purl.is_none() && stream.contains(':') => {
            (Some(stream.to_owned()), bare)
        }
        _ => (None, &*component.name),
    };
    let module = rest
        .iter()
        .filter_map(|part| part.purl.as_ref())
        .find(|purl| purl.kind() == "rpmmod")
        .map(|purl| format!("{}:{}", purl.name(), purl.version().unwrap_or_default()))
        .or_else(|| qualifier("rpmmod"))
        .or(stream)
        .map(|module| name_and_stream(&module));
    let version = match of_purl {
        Some(purl) if purl.kind() == "rpm" => rpm_version(purl),
        Some(purl) => purl
            .version()
            .map_or(Version::None, |v| Version::Exact(v.to_owned())),
        None => Version::None,
    };
    Target {
        package: Package {
            ecosystem,
            name: of_purl.map_or_else(|| bare.to_owned(), Purl::package_name),
            purl: of_purl.map(|purl| purl.package().to_string()),
        },
        version,
        binary: arch.is_some(),
        arch,
        module,
        of_system: of_purl.is_none_or(|purl| purl.kind() == "rpm"),
    }
}

/// `python39:3.9:8060020240801142753:6a631399` → `python39:3.9`.
fn name_and_stream(module: &str) -> String {
    module.splitn(3, ':').take(2).collect::<Vec<_>>().join(":")
}

/// `epoch:version-release`; the epoch is always written, as OSV's Red Hat records do.
fn rpm_version(purl: &Purl) -> Version {
    let Some(version) = purl.version() else {
        return Version::None;
    };
    let epoch = purl.qualifier("epoch").unwrap_or("0");
    Version::Exact(format!("{epoch}:{version}"))
}

fn suse(component: &Product<'_>, platform: &Product<'_>) -> Target {
    let name = platform.name.trim();
    let ecosystem = match (name.strip_prefix("SUSE "), name.strip_prefix("openSUSE ")) {
        (Some(rest), _) => format!("SUSE:{rest}"),
        (_, Some(rest)) => format!("openSUSE:{rest}"),
        _ => format!("SUSE:{name}"),
    };
    let (package, version, arch) = match &component.purl {
        Some(purl) if purl.version().is_some() => {
            let epoch = purl
                .qualifier("epoch")
                .map(|epoch| format!("{epoch}:"))
                .unwrap_or_default();
            let version = format!("{epoch}{}", purl.version().unwrap_or_default());
            (
                purl.name(),
                Version::Exact(version),
                purl.qualifier("arch").map(str::to_owned),
            )
        }
        _ => nvra(&component.name),
    };
    Target {
        package: Package {
            ecosystem,
            name: package.to_owned(),
            purl: component
                .purl
                .as_ref()
                .map(|purl| purl.package().to_string()),
        },
        version,
        binary: arch.as_deref() != Some("src"),
        arch: arch.filter(|arch| arch != "src"),
        module: None,
        of_system: true,
    }
}

/// Architectures of RPM packages, as file names end.
const ARCHES: &[&str] = &[
    "aarch64",
    "aarch64_ilp32",
    "armv6hl",
    "armv7hl",
    "i386",
    "i486",
    "i586",
    "i686",
    "ia64",
    "noarch",
    "nosrc",
    "ppc",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390",
    "s390x",
    "src",
    "x86_64",
];

/// `name-version-release.arch` → name, version and architecture; a name without version stays whole.
fn nvra(text: &str) -> (&str, Version, Option<String>) {
    let (text, arch) = match text.rsplit_once('.') {
        Some((rest, arch)) if ARCHES.contains(&arch) => (rest, Some(arch.to_owned())),
        _ => (text, None),
    };
    let split = text.rsplit_once('-').and_then(|(rest, release)| {
        let (name, version) = rest.rsplit_once('-')?;
        Some((name, version, release))
    });
    let digit = |part: &str| part.starts_with(|c: char| c.is_ascii_digit());
    match split {
        Some((name, version, release)) if digit(version) && digit(release) => {
            (name, Version::Exact(format!("{version}-{release}")), arch)
        }
        _ => (text, Version::None, arch),
    }
}

fn other(component: &Product<'_>) -> Target {
    let mut version = match &component.version {
        None => Version::None,
        Some((true, text)) => said(text),
        Some((false, text)) => match said(text) {
            understood @ Version::Said(_) if !statement::is_version(text.trim()) => understood,
            _ => Version::Exact(text.trim().to_owned()),
        },
    };
    let of_purl = component
        .purl
        .as_ref()
        .and_then(|purl| Some((purl.ecosystem()?, purl)));
    let cpe = component
        .cpe
        .as_deref()
        .and_then(|text| text.parse::<Cpe>().ok());
    let package = match (of_purl, cpe) {
        (Some((ecosystem, purl)), _) => {
            if let (Version::None, Some(text)) = (&version, purl.version()) {
                version = Version::Exact(text.to_owned());
            }
            Package {
                ecosystem: ecosystem.to_owned(),
                name: purl.package_name(),
                purl: Some(purl.package().to_string()),
            }
        }
        (None, Some(cpe)) => {
            if let (Version::None, Some(text)) = (&version, cpe.get(Attribute::Version).as_text()) {
                version = Version::Exact(text.to_owned());
            }
            Package {
                ecosystem: "CPE".into(),
                name: cpe.any_version().to_string(),
                purl: None,
            }
        }
        (None, None) => {
            let name = if component.family.is_empty() {
                &component.name
            } else {
                &component.family
            };
            Package {
                ecosystem: "Product".into(),
                name: format!("{}:{}", component.vendor.trim(), name.trim()),
                purl: component
                    .purl
                    .as_ref()
                    .map(|purl| purl.package().to_string()),
            }
        }
    };
    Target {
        package,
        version,
        arch: None,
        binary: false,
        module: None,
        of_system: false,
    }
}

fn said(text: &str) -> Version {
    let read = match vers::read(text) {
        Some((_, statement)) => Some(statement),
        None => statement::read(text),
    };
    read.map_or_else(|| Version::Unread(text.to_owned()), Version::Said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rpm_file_names_are_taken_apart() {
        let check = |text: &str, name: &str, version: Option<&str>, arch: Option<&str>| {
            let expected = version.map_or(Version::None, |version| Version::Exact(version.into()));
            assert_eq!(
                nvra(text),
                (name, expected, arch.map(str::to_owned)),
                "{text}"
            );
        };
        check(
            "bind-9.9.4P2-0.6.1.i586",
            "bind",
            Some("9.9.4P2-0.6.1"),
            Some("i586"),
        );
        check(
            "ctdb-pcp-pmda-4.19.2+git.322-1.1",
            "ctdb-pcp-pmda",
            Some("4.19.2+git.322-1.1"),
            None,
        );
        check(
            "libdcerpc-binding0-32bit",
            "libdcerpc-binding0-32bit",
            None,
            None,
        );
        check("kernel", "kernel", None, None);
    }

    #[test]
    fn a_module_keeps_its_name_and_stream() {
        assert_eq!(name_and_stream("python39:3.9:806:6a"), "python39:3.9");
        assert_eq!(name_and_stream("nodejs:18"), "nodejs:18");
    }
}
