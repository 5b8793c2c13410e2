//! The OSV ecosystem that a distribution's packages belong to, with the release as OSV's records write it.
//!
//! The names are those of the OSV schema's list of ecosystems. What follows the colon differs between publishers:
//! Debian has the number, Ubuntu adds `LTS`, Red Hat the end of a CPE, SUSE the product's whole name.

use patchward_protocol::inventory::OperatingSystem;

/// The ecosystem of a distribution, `None` where OSV has none for it (Fedora, Amazon Linux, Arch, Gentoo).
pub fn of(os: &OperatingSystem) -> Option<String> {
    let version = os.version_id.as_str();
    let major = version.split('.').next().unwrap_or("");
    let text = match os.id.as_str() {
        "debian" => with("Debian", debian_release(os)),
        "ubuntu" => with("Ubuntu", ubuntu_release(version)),
        "alpine" => with("Alpine", alpine_branch(version)),
        "wolfi" => "Wolfi".to_owned(),
        "chainguard" => "Chainguard".to_owned(),
        "minimos" => "MinimOS".to_owned(),
        "clnstrt" | "cleanstart" => "CleanStart".to_owned(),
        "echo" => "Echo".to_owned(),
        "alpaquita" => with("Alpaquita", version.to_owned()),
        "bellsoft-hardened-containers" => with("BellSoft Hardened Containers", version.to_owned()),
        "rhel" => with("Red Hat", red_hat(os, major)),
        // CentOS Linux, unlike Stream, was Red Hat's packages rebuilt with the same versions.
        "centos" if !os.pretty_name.contains("Stream") => with("Red Hat", red_hat(os, major)),
        "rocky" => with("Rocky Linux", major.to_owned()),
        "almalinux" => with("AlmaLinux", major.to_owned()),
        "openEuler" => with("openEuler", open_euler(os)),
        "mageia" => with("Mageia", major.to_owned()),
        "azurelinux" | "mariner" => with("Azure Linux", version.to_owned()),
        "photon" => with("Photon OS", version.to_owned()),
        "opensuse-leap" if !version.is_empty() => format!("openSUSE:Leap {version}"),
        "opensuse-tumbleweed" => "openSUSE:Tumbleweed".to_owned(),
        id if id.starts_with("opensuse") => "openSUSE".to_owned(),
        "sles" | "sles_sap" | "sled" | "sl-micro" | "sle-micro" => {
            with("SUSE", suse(&os.id, version))
        }
        _ => return None,
    };
    Some(text)
}

/// The ecosystem of a derivative that takes its packages from Debian or Ubuntu: by the code name of the base that
/// os-release gives (`UBUNTU_CODENAME`, `DEBIAN_CODENAME`), or by its own where it kept the base's.
pub fn of_base(os: &OperatingSystem, ubuntu: &str, debian: &str) -> Option<String> {
    let like = |id: &str| os.id_like.iter().any(|like| like == id);
    if like("ubuntu") || !ubuntu.is_empty() {
        let named = [ubuntu, &os.codename];
        let version = named.iter().find_map(|name| number(UBUNTU, name))?;
        return Some(with("Ubuntu", ubuntu_release(version)));
    }
    if like("debian") {
        let named = [debian, &os.codename];
        let version = named.iter().find_map(|name| number(DEBIAN, name))?;
        return Some(format!("Debian:{version}"));
    }
    None
}

fn with(name: &str, release: String) -> String {
    if release.is_empty() {
        name.to_owned()
    } else {
        format!("{name}:{release}")
    }
}

/// Code names and numbers of Debian (distro-info-data). Names after the last are testing at the time of a release.
const DEBIAN: &[(&str, &str)] = &[
    ("squeeze", "6"),
    ("wheezy", "7"),
    ("jessie", "8"),
    ("stretch", "9"),
    ("buster", "10"),
    ("bullseye", "11"),
    ("bookworm", "12"),
    ("trixie", "13"),
    ("forky", "14"),
    ("duke", "15"),
];

/// Code names and numbers of Ubuntu's releases that a derivative may stand on (distro-info-data).
const UBUNTU: &[(&str, &str)] = &[
    ("trusty", "14.04"),
    ("xenial", "16.04"),
    ("bionic", "18.04"),
    ("focal", "20.04"),
    ("jammy", "22.04"),
    ("noble", "24.04"),
    ("oracular", "24.10"),
    ("plucky", "25.04"),
    ("questing", "25.10"),
    ("resolute", "26.04"),
];

fn number(releases: &'static [(&str, &str)], codename: &str) -> Option<&'static str> {
    let found = releases.iter().find(|(name, _)| *name == codename);
    found.map(|(_, number)| *number)
}

fn debian_release(os: &OperatingSystem) -> String {
    let major = os.version_id.split('.').next().unwrap_or("");
    match (major, os.codename.as_str()) {
        ("", "") => String::new(),
        ("", codename) => number(DEBIAN, codename).unwrap_or(codename).to_owned(),
        (major, _) => major.to_owned(),
    }
}

/// Releases of April in even years have long-term support, since 6.06 in June 2006.
fn ubuntu_release(version: &str) -> String {
    let mut parts = version.split('.');
    let (year, month) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let even = year.parse::<u32>().is_ok_and(|year| year % 2 == 0);
    if even && (month == "04" || (year == "6" && month == "06")) {
        format!("{year}.{month}:LTS")
    } else {
        version.to_owned()
    }
}

/// Branches are `v3.20`; `edge` has versions such as `3.21_alpha20240807`.
fn alpine_branch(version: &str) -> String {
    if version.is_empty() {
        return String::new();
    }
    if version.contains("_alpha") || version == "edge" {
        return "edge".to_owned();
    }
    let branch: Vec<&str> = version.split('.').take(2).collect();
    format!("v{}", branch.join("."))
}

/// What follows `redhat:` in the CPE of os-release; RHEL's own os-release has it since 7, in 7 without variant.
fn red_hat(os: &OperatingSystem, major: &str) -> String {
    let cpe = os.cpe.as_deref().unwrap_or("");
    let told = cpe.split_once(":redhat:").map_or("", |(_, end)| end);
    match (told, major) {
        (told, _) if told.matches(':').count() >= 2 => told.to_owned(),
        (told, "") => told.to_owned(),
        (_, "6" | "7") => format!("enterprise_linux:{major}::server"),
        (_, major) => format!("enterprise_linux:{major}::baseos"),
    }
}

/// `openEuler 24.03 (LTS-SP1)` is `24.03-LTS-SP1`; only `PRETTY_NAME` and `VERSION` tell the service pack.
fn open_euler(os: &OperatingSystem) -> String {
    let told = os
        .pretty_name
        .trim()
        .strip_prefix("openEuler")
        .unwrap_or("")
        .trim();
    let (version, qualifier) = match told.split_once('(') {
        Some((version, rest)) => (version.trim(), rest.trim_end_matches(')').trim()),
        None => (told, ""),
    };
    let version = if version.is_empty() {
        &os.version_id
    } else {
        version
    };
    match (version, qualifier) {
        ("", _) => String::new(),
        (version, "") => version.to_owned(),
        (version, qualifier) => format!("{version}-{}", qualifier.replace(' ', "-")),
    }
}

/// `Linux Enterprise Server 15 SP3`: OSV's records name the product in words.
fn suse(id: &str, version: &str) -> String {
    let product = match id {
        "sles" => "Linux Enterprise Server",
        "sles_sap" => "Linux Enterprise Server for SAP Applications",
        "sled" => "Linux Enterprise Desktop",
        "sl-micro" => "Linux Micro",
        _ => "Linux Enterprise Micro",
    };
    match version.split_once('.') {
        _ if version.is_empty() => String::new(),
        // Micro counts minor versions, not service packs; so does the server from 16.
        _ if id.ends_with("micro") || version.starts_with("16") => format!("{product} {version}"),
        Some((major, pack)) if pack != "0" => format!("{product} {major} SP{pack}"),
        Some((major, _)) => format!("{product} {major}"),
        None => format!("{product} {version}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, version: &str, expected: &str) {
        let os = OperatingSystem {
            id: id.into(),
            version_id: version.into(),
            ..OperatingSystem::default()
        };
        assert_eq!(of(&os).unwrap_or_default(), expected, "{id} {version}");
    }

    #[test]
    fn the_release_is_written_as_the_records_write_it() {
        check("debian", "12", "Debian:12");
        check("ubuntu", "22.04", "Ubuntu:22.04:LTS");
        check("ubuntu", "25.10", "Ubuntu:25.10");
        check("alpine", "3.20.1", "Alpine:v3.20");
        check("alpine", "3.21_alpha20240807", "Alpine:edge");
        check("rocky", "9.3", "Rocky Linux:9");
        check("sles", "15.3", "SUSE:Linux Enterprise Server 15 SP3");
        check("sles", "12", "SUSE:Linux Enterprise Server 12");
        check("rhel", "9.4", "Red Hat:enterprise_linux:9::baseos");
        check("centos", "7", "Red Hat:enterprise_linux:7::server");
        check("fedora", "40", "");
        check("arch", "", "");
    }

    #[test]
    fn a_distribution_without_version_has_no_release() {
        for (id, expected) in [
            ("debian", "Debian"),
            ("alpine", "Alpine"),
            ("sles", "SUSE"),
            ("openEuler", "openEuler"),
            ("wolfi", "Wolfi"),
        ] {
            check(id, "", expected);
        }
    }
}
