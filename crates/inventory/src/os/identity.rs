//! The purls of operating-system packages.
//!
//! The type is the package manager's, the namespace the vendor as its own advisories write it (`pkg:rpm/redhat/…`,
//! `pkg:rpm/rocky-linux/…`), and `distro` is `ID-VERSION_ID` of os-release.

use patchward_protocol::inventory::{OperatingSystem, SourcePackage};
use patchward_purl::Purl;

/// What makes up the purl of an operating-system package.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity<'a> {
    /// Type: `deb`, `rpm`, `apk`.
    pub kind: &'a str,
    /// Namespace, where it is not the distribution.
    pub namespace: Option<&'a str>,
    /// Name of the package.
    pub name: &'a str,
    /// Version, without epoch where `epoch` has it.
    pub version: &'a str,
    /// Epoch of an RPM package.
    pub epoch: Option<u32>,
    /// Architecture.
    pub arch: Option<&'a str>,
    /// Source package; only written where it differs from the package itself.
    pub upstream: Option<&'a SourcePackage>,
}

impl Identity<'_> {
    /// The canonical purl; empty when the name cannot be part of one.
    pub fn purl(&self, os: Option<&OperatingSystem>) -> String {
        let namespace = match (self.namespace, os) {
            (Some(given), _) => Some(given),
            (None, Some(os)) => namespace(self.kind, &os.id),
            (None, None) => default_namespace(self.kind),
        };
        let Ok(mut purl) = Purl::new(self.kind, namespace, self.name) else {
            return String::new();
        };
        if !self.version.is_empty() {
            purl = purl.with_version(self.version);
        }
        if let Some(arch) = self.arch.filter(|arch| !arch.is_empty()) {
            purl = purl.with_qualifier("arch", arch);
        }
        if let Some(epoch) = self.epoch.filter(|epoch| *epoch != 0) {
            purl = purl.with_qualifier("epoch", &epoch.to_string());
        }
        if let Some(distro) = os.and_then(distro) {
            purl = purl.with_qualifier("distro", &distro);
        }
        if let Some(upstream) = self.upstream.and_then(|source| self.other_source(source)) {
            purl = purl.with_qualifier("upstream", &upstream);
        }
        purl.to_string()
    }

    /// `name`, or `name@version` where the source's version differs as well.
    fn other_source(&self, source: &SourcePackage) -> Option<String> {
        let own_version = match self.epoch.filter(|epoch| *epoch != 0) {
            Some(epoch) => source.version == format!("{epoch}:{}", self.version),
            None => source.version == self.version,
        };
        match (source.name == self.name, own_version) {
            (true, true) => None,
            (_, true) => Some(source.name.clone()),
            (_, false) => Some(format!("{}@{}", source.name, source.version)),
        }
    }
}

fn namespace<'a>(kind: &str, id: &'a str) -> Option<&'a str> {
    match (kind, id) {
        (_, "") => default_namespace(kind),
        ("snap" | "flatpak" | "brew" | "chocolatey" | "macapps" | "cos" | "ebuild", _) => None,
        ("rpm", "rhel") => Some("redhat"),
        ("rpm", "ol") => Some("oracle"),
        ("rpm", "amzn") => Some("amazon"),
        ("rpm", "rocky") => Some("rocky-linux"),
        ("rpm", "mariner") => Some("cbl-mariner"),
        ("rpm", id) if id.starts_with("opensuse") => Some("opensuse"),
        ("rpm", id) if id.starts_with("sle") || id == "sl-micro" => Some("suse"),
        (_, id) => Some(id),
    }
}

/// The distribution that a package manager belongs to when nothing else is known.
fn default_namespace(kind: &str) -> Option<&'static str> {
    match kind {
        "apk" => Some("alpine"),
        "alpm" => Some("arch"),
        _ => None,
    }
}

fn distro(os: &OperatingSystem) -> Option<String> {
    match (os.id.as_str(), os.version_id.as_str(), os.codename.as_str()) {
        ("", _, _) => None,
        (id, "", "") => Some(id.to_owned()),
        (id, "", codename) => Some(format!("{id}-{codename}")),
        (id, version, _) => Some(format!("{id}-{version}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn os(id: &str, version_id: &str) -> OperatingSystem {
        OperatingSystem {
            id: id.into(),
            version_id: version_id.into(),
            ..OperatingSystem::default()
        }
    }

    #[test]
    fn a_deb_names_its_distribution_and_its_source() {
        let source = SourcePackage {
            name: "util-linux".into(),
            version: "2.38.1-5".into(),
        };
        let identity = Identity {
            kind: "deb",
            name: "bsdutils",
            version: "1:2.38.1-5",
            arch: Some("amd64"),
            upstream: Some(&source),
            ..Identity::default()
        };
        assert_eq!(
            identity.purl(Some(&os("debian", "12"))),
            "pkg:deb/debian/bsdutils@1:2.38.1-5?arch=amd64&distro=debian-12&upstream=util-linux%402.38.1-5"
        );
    }

    #[test]
    fn an_rpm_has_its_epoch_as_a_qualifier() {
        let identity = Identity {
            kind: "rpm",
            name: "hello",
            version: "0.1-1.el9",
            epoch: Some(1),
            arch: Some("x86_64"),
            ..Identity::default()
        };
        assert_eq!(
            identity.purl(Some(&os("rhel", "9.4"))),
            "pkg:rpm/redhat/hello@0.1-1.el9?arch=x86_64&distro=rhel-9.4&epoch=1"
        );
    }
}
