//! Under which ecosystem, name and version a component may be known.

use std::collections::HashSet;

use patchward_knowledge::{cpe_product, family};
use patchward_protocol::inventory::{Component, Inventory, OperatingSystem};
use patchward_purl::Purl;

/// What the asset itself says about which statements apply.
pub struct Host<'i> {
    os: Option<&'i OperatingSystem>,
    ecosystem: String,
    /// `vendor:product` of everything with a CPE name, for guesses that need a second product.
    products: HashSet<String>,
}

impl<'i> Host<'i> {
    /// The host of an inventory.
    pub fn of(inventory: &'i Inventory) -> Host<'i> {
        let os = inventory.os.as_ref();
        let cpes = inventory.components.iter().flat_map(|c| &c.cpes);
        let products = cpes
            .chain(os.and_then(|os| os.cpe.as_ref()))
            .filter_map(|cpe| cpe_product(cpe))
            .collect();
        Host {
            os,
            ecosystem: os.map(ecosystem_of).unwrap_or_default(),
            products,
        }
    }

    /// The distribution's OSV ecosystem with its release; empty where there is none.
    pub fn ecosystem(&self) -> &str {
        &self.ecosystem
    }

    /// The distribution.
    pub fn os(&self) -> Option<&'i OperatingSystem> {
        self.os
    }

    /// Whether the host subscribes to a support channel: exactly this one, or all of its kind (`esm` for `esm-infra`).
    pub fn has_channel(&self, wanted: &str) -> bool {
        let channels = self.os.map(|os| os.channels.as_slice()).unwrap_or_default();
        channels.iter().any(|channel| {
            channel == wanted
                || wanted
                    .strip_prefix(channel.as_str())
                    .is_some_and(|rest| rest.starts_with(['-', ':']))
        })
    }

    /// Whether something with this CPE name is there too.
    pub fn has_product(&self, cpe: &str) -> bool {
        cpe_product(cpe).is_some_and(|product| self.products.contains(&product))
    }
}

/// The ecosystem that the inventory found, or our own name for a distribution that the OSV schema has none for.
fn ecosystem_of(os: &OperatingSystem) -> String {
    if let Some(ecosystem) = &os.ecosystem {
        return ecosystem.clone();
    }
    let major = os.version_id.split('.').next().unwrap_or_default();
    let (name, release) = match os.id.as_str() {
        "amzn" => ("Amazon Linux", major),
        "fedora" => ("Fedora", major),
        "ol" => ("Oracle Linux", major),
        "arch" => ("Arch Linux", ""),
        "gentoo" => ("Gentoo", ""),
        _ => return String::new(),
    };
    match release {
        "" => name.to_owned(),
        release => format!("{name}:{release}"),
    }
}

/// Whose name it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// A package of a language's ecosystem.
    Language,
    /// The source package of a distribution's package.
    Source,
    /// A distribution's package whose source and binary have one name, or whose source nobody named.
    Both,
    /// The binary package of a distribution.
    Binary,
    /// A product guessed from a CPE name.
    Cpe,
}

impl Role {
    /// A name in a distribution.
    pub fn is_distribution(self) -> bool {
        matches!(self, Role::Source | Role::Binary | Role::Both)
    }
}

/// One name under which a component may be known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Name {
    /// Ecosystem without its release.
    pub family: String,
    /// Release of the distribution; empty for languages.
    pub release: String,
    /// Name.
    pub name: String,
    /// The version to compare.
    pub version: String,
    /// Whose name it is.
    pub role: Role,
}

/// The names of a component, the most telling first.
pub fn of(component: &Component, host: &Host<'_>) -> Vec<Name> {
    let purl: Option<Purl> = component.purl.parse().ok();
    let mut names = Vec::new();
    match &purl {
        Some(purl) if is_distribution(purl.kind()) => {
            let ecosystem = match host.ecosystem() {
                "" => from_purl(purl),
                known => known.to_owned(),
            };
            if !ecosystem.is_empty() {
                distribution_names(component, purl, &ecosystem, &mut names);
            }
        }
        Some(purl) => names.extend(language_name(component, purl)),
        None => {}
    }
    names.extend(cpe_names(component, purl.as_ref()));
    names
}

fn is_distribution(kind: &str) -> bool {
    matches!(kind, "deb" | "rpm" | "apk" | "alpm" | "ebuild")
}

/// Whether a component is a package of a distribution, of whichever.
pub fn is_of_distribution(component: &Component) -> bool {
    let rest = component.purl.strip_prefix("pkg:").unwrap_or_default();
    is_distribution(rest.split('/').next().unwrap_or_default())
}

fn language_name(component: &Component, purl: &Purl) -> Option<Name> {
    Some(Name {
        family: purl.ecosystem()?.to_owned(),
        release: String::new(),
        name: purl.package_name(),
        version: component.version.clone(),
        role: Role::Language,
    })
}

/// Debian and Arch publish about source packages; RPM distributions and Alpine's relatives about either, so both names
/// count there. Without a source package the binary's name stands for both.
fn distribution_names(component: &Component, purl: &Purl, ecosystem: &str, names: &mut Vec<Name>) {
    let (family, release) = family(ecosystem);
    let name = |name: &str, version: &str, role| Name {
        family: family.to_owned(),
        release: release.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        role,
    };
    let binary = component.name.as_str();
    let version = component.version.as_str();
    let signed = component.source.as_ref().filter(|_| purl.kind() == "deb");
    if let Some(kernel) = signed.and_then(|source| signed_kernel(&source.name)) {
        names.push(name(&kernel, version, Role::Source));
        names.push(name(binary, version, Role::Binary));
        return;
    }
    match &component.source {
        Some(source) if !source.name.is_empty() => {
            let source_version = match source.version.as_str() {
                "" => version,
                stated => stated,
            };
            // Where both have one name, Debian's source version decides; the binary's may carry a rebuild's suffix.
            let same = source.name == binary && (purl.kind() != "rpm" || source_version == version);
            if same {
                names.push(name(binary, source_version, Role::Both));
            } else {
                names.push(name(&source.name, source_version, Role::Source));
                names.push(name(binary, version, Role::Binary));
            }
        }
        _ => names.push(name(binary, version, Role::Both)),
    }
}

/// Debian and Ubuntu sign their kernels in source packages of their own (`linux-signed-amd64` 6.1.90+1,
/// `linux-signed-aws`), of which nobody publishes anything: what is said of the kernel's source counts, and the binary has
/// its version.
fn signed_kernel(source: &str) -> Option<String> {
    let rest = source.strip_prefix("linux-signed")?;
    let kernel = ["-amd64", "-arm64", "-i386"]
        .iter()
        .find_map(|architecture| rest.strip_suffix(architecture))
        .unwrap_or(rest);
    (kernel.is_empty() || kernel.starts_with('-')).then(|| format!("linux{kernel}"))
}

/// The ecosystem that a distribution's purl names by itself (an SBOM without an operating system): its namespace and
/// the qualifier `distro` (`debian-12`, `alpine-3.18.4`, `bookworm`).
fn from_purl(purl: &Purl) -> String {
    let distro = purl.qualifier("distro").unwrap_or_default();
    let version = distro.rsplit('-').next().unwrap_or_default();
    let numbered = version.starts_with(|c: char| c.is_ascii_digit());
    let mut parts = version.split('.');
    let major = parts.next().unwrap_or_default();
    let minor = parts.next().unwrap_or_default();
    let (name, release) = match purl.namespace().unwrap_or_default() {
        "debian" if numbered => ("Debian", major.to_owned()),
        "ubuntu" if numbered => {
            let even = major.parse::<u32>().is_ok_and(|year| year % 2 == 0);
            let lts = if even && minor == "04" { ":LTS" } else { "" };
            ("Ubuntu", format!("{version}{lts}"))
        }
        "alpine" if numbered => ("Alpine", format!("v{major}.{minor}")),
        "wolfi" => ("Wolfi", String::new()),
        "chainguard" => ("Chainguard", String::new()),
        "minimos" => ("MinimOS", String::new()),
        "almalinux" if numbered => ("AlmaLinux", major.to_owned()),
        "rocky" if numbered => ("Rocky Linux", major.to_owned()),
        "redhat" | "rhel" | "centos" if numbered => {
            ("Red Hat", format!("enterprise_linux:{major}"))
        }
        "amzn" | "amazon" if numbered => ("Amazon Linux", major.to_owned()),
        "oracle" | "ol" if numbered => ("Oracle Linux", major.to_owned()),
        "fedora" if numbered => ("Fedora", major.to_owned()),
        "arch" => ("Arch Linux", String::new()),
        _ => return String::new(),
    };
    match release.as_str() {
        "" => name.to_owned(),
        release => format!("{name}:{release}"),
    }
}

/// Guesses: the products of the CPE names that the source itself gave.
fn cpe_names(component: &Component, purl: Option<&Purl>) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let own = component.cpes.iter().filter_map(|cpe| cpe_product(cpe));
    let source = component
        .source
        .as_ref()
        .map(|source| source.name.to_lowercase());
    // A CPE name made from a binary package's name says the same of its source package, which is what upstream knows.
    let of_source = source.filter(|source| {
        let made = format!("{0}:{0}", component.name.to_lowercase());
        *source != component.name
            && component
                .cpes
                .iter()
                .any(|c| cpe_product(c) == Some(made.clone()))
    });
    for name in own.chain(of_source.map(|source| format!("{source}:{source}"))) {
        if names.iter().all(|known| known.name != name) {
            names.push(Name {
                family: "CPE".to_owned(),
                release: String::new(),
                name,
                version: upstream_version(&component.version, purl).to_owned(),
                role: Role::Cpe,
            });
        }
    }
    names
}

/// The version as upstream numbers it: without a distribution's epoch and revision.
fn upstream_version<'v>(version: &'v str, purl: Option<&Purl>) -> &'v str {
    match purl.map(Purl::kind) {
        Some("deb" | "rpm" | "alpm") => {
            let version = version.split_once(':').map_or(version, |(_, rest)| rest);
            version.rsplit_once('-').map_or(version, |(rest, _)| rest)
        }
        Some("apk") => version.rsplit_once("-r").map_or(version, |(rest, _)| rest),
        _ => version,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::inventory::SourcePackage;

    fn named(component: &Component, ecosystem: &str) -> Vec<String> {
        let inventory = Inventory {
            os: (!ecosystem.is_empty()).then(|| OperatingSystem {
                ecosystem: Some(ecosystem.into()),
                ..OperatingSystem::default()
            }),
            ..Inventory::default()
        };
        of(component, &Host::of(&inventory))
            .into_iter()
            .map(|n| format!("{}:{} {} {}", n.family, n.release, n.name, n.version))
            .collect()
    }

    fn component(purl: &str, name: &str, version: &str) -> Component {
        Component {
            purl: purl.into(),
            name: name.into(),
            version: version.into(),
            ..Component::default()
        }
    }

    #[test]
    fn a_debian_package_is_known_by_its_source_first() {
        let mut libssl = component("pkg:deb/debian/libssl3@3.0.9-1", "libssl3", "3.0.9-1");
        libssl.source = Some(SourcePackage {
            name: "openssl".into(),
            version: "3.0.9-1".into(),
        });
        assert_eq!(
            named(&libssl, "Debian:12"),
            ["Debian:12 openssl 3.0.9-1", "Debian:12 libssl3 3.0.9-1"]
        );
    }

    #[test]
    fn a_signed_kernel_is_known_by_the_kernels_source() {
        let kernel = |source: &str, version: &str| {
            let mut image = component("pkg:deb/debian/linux-image@1", "linux-image", "6.1.90-1");
            image.source = Some(SourcePackage {
                name: source.into(),
                version: version.into(),
            });
            named(&image, "Debian:12").swap_remove(0)
        };
        assert_eq!(
            kernel("linux-signed-amd64", "6.1.90+1"),
            "Debian:12 linux 6.1.90-1"
        );
        assert_eq!(
            kernel("linux-signed-6.1-arm64", "6.1.90+1"),
            "Debian:12 linux-6.1 6.1.90-1"
        );
        assert_eq!(kernel("linux-signed", "6.1"), "Debian:12 linux 6.1.90-1");
        assert_eq!(
            kernel("linux-signed-aws", "6.1"),
            "Debian:12 linux-aws 6.1.90-1"
        );
        assert_eq!(
            kernel("linux-signedness", "6.1"),
            "Debian:12 linux-signedness 6.1"
        );
    }

    #[test]
    fn a_purl_names_its_own_distribution_where_the_document_does_not() {
        let purl = "pkg:apk/alpine/musl@1.2?distro=alpine-3.18.4";
        assert_eq!(
            named(&component(purl, "musl", "1.2"), ""),
            ["Alpine:v3.18 musl 1.2"]
        );
    }

    #[test]
    fn a_library_is_known_by_its_ecosystem_and_guessed_by_cpe_last() {
        let mut library = component("pkg:npm/%40a/b@1.0.0", "@a/b", "1.0.0");
        library.cpes = vec!["cpe:2.3:a:a:b:1.0.0:*:*:*:*:*:*:*".into()];
        assert_eq!(named(&library, ""), ["npm: @a/b 1.0.0", "CPE: a:b 1.0.0"]);
    }
}
