//! The distribution that an SBOM's packages belong to.

use std::collections::BTreeMap;

use patchward_protocol::inventory::OperatingSystem;
use patchward_purl::Purl;

use super::document::Package;

/// The distribution that an operating-system component names.
pub fn of_component(package: &Package<'_>) -> Option<OperatingSystem> {
    let syft = |key: &str| package.property_of("syft:distro:", key).unwrap_or_default();
    let id = match syft("id") {
        "" => id_of(&package.name),
        id => id.to_owned(),
    };
    let version = match syft("versionID") {
        "" => package.version.as_ref(),
        version => version,
    };
    let like = package
        .properties
        .iter()
        .filter(|(name, _)| name.starts_with("syft:distro:idLike"));
    let pretty_name = match syft("prettyName") {
        "" => format!("{id} {version}").trim().to_owned(),
        name => name.to_owned(),
    };
    (!id.is_empty()).then(|| OperatingSystem {
        id,
        version_id: version.to_owned(),
        codename: syft("versionCodename").to_owned(),
        pretty_name,
        id_like: like.map(|(_, id)| id.clone().into_owned()).collect(),
        cpe: package.cpes.first().map(|cpe| cpe.clone().into_owned()),
        ..OperatingSystem::default()
    })
}

/// `ID` of os-release(5) for the names that tools give distributions.
fn id_of(name: &str) -> String {
    let name = name.trim().to_ascii_lowercase();
    match name.as_str() {
        "alma" => "almalinux",
        "amazon" | "amazon linux" => "amzn",
        "oracle" | "oracle linux" => "ol",
        "redhat" | "red hat enterprise linux" => "rhel",
        "cbl-mariner" => "mariner",
        "azure linux" => "azurelinux",
        "opensuse.leap" | "opensuse leap" => "opensuse-leap",
        "opensuse.tumbleweed" | "opensuse tumbleweed" => "opensuse-tumbleweed",
        "suse linux enterprise server" | "suse linux enterprise" => "sles",
        "suse linux enterprise micro" => "sle-micro",
        "arch linux" => "arch",
        other => other,
    }
    .to_owned()
}

/// Counts what the `distro` qualifiers of operating-system packages say, and gives what most say.
#[derive(Default)]
pub struct Votes(BTreeMap<(String, String), usize>);

impl Votes {
    /// Takes a package's word.
    pub fn add(&mut self, purl: &Purl) {
        if !matches!(purl.kind(), "deb" | "rpm" | "apk" | "alpm") {
            return;
        }
        let (Some(vendor), Some(distro)) = (purl.namespace(), purl.qualifier("distro")) else {
            return;
        };
        *self
            .0
            .entry((vendor.to_owned(), distro.to_owned()))
            .or_default() += 1;
    }

    /// The distribution that most packages name, where any does.
    pub fn winner(self) -> Option<OperatingSystem> {
        let ((vendor, distro), _) = self.0.into_iter().max_by_key(|(_, count)| *count)?;
        Some(of_qualifier(&vendor, &distro))
    }
}

/// `debian-12`, `ubuntu-22.04`, `opensuse-leap-15.5`; also a bare version (`3.16.0`) or code name (`bookworm`).
fn of_qualifier(vendor: &str, distro: &str) -> OperatingSystem {
    let is_version = |text: &str| text.starts_with(|c: char| c.is_ascii_digit());
    let (id, version, codename) = match distro.rsplit_once('-') {
        Some((id, version)) if is_version(version) => (id_of(id), version, ""),
        _ if is_version(distro) => (id_of(vendor), distro, ""),
        _ if distro == vendor => (id_of(vendor), "", ""),
        _ => (id_of(vendor), "", distro),
    };
    OperatingSystem {
        id,
        version_id: version.to_owned(),
        codename: codename.to_owned(),
        ..OperatingSystem::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(vendor: &str, distro: &str, expected: [&str; 3]) {
        let os = of_qualifier(vendor, distro);
        assert_eq!([os.id.as_str(), &os.version_id, &os.codename], expected);
    }

    #[test]
    fn qualifiers_name_distributions_in_several_ways() {
        check("debian", "debian-12", ["debian", "12", ""]);
        check("debian", "bookworm", ["debian", "", "bookworm"]);
        check("alpine", "3.16.0", ["alpine", "3.16.0", ""]);
        check(
            "opensuse",
            "opensuse-leap-15.5",
            ["opensuse-leap", "15.5", ""],
        );
        check("redhat", "redhat-8.8", ["rhel", "8.8", ""]);
        check("arch", "arch", ["arch", "", ""]);
    }
}
