//! The files that named the distribution before os-release: RHEL 6, SLES 11, Debian 6, old images.

use patchward_protocol::inventory::OperatingSystem;

use super::{MAX_RELEASE, ecosystem, text};
use crate::root::Root;

/// Files that hold one line such as `CentOS release 6.10 (Final)`, with the id of what the line starts with; the more
/// telling file first, because the derivatives of Red Hat ship `redhat-release` as well.
const LINES: &[(&str, &[(&str, &str)])] = &[
    ("etc/oracle-release", &[("Oracle", "ol")]),
    ("etc/rocky-release", &[("Rocky", "rocky")]),
    ("etc/almalinux-release", &[("AlmaLinux", "almalinux")]),
    ("etc/centos-release", &[("CentOS", "centos")]),
    ("etc/fedora-release", &[("Fedora", "fedora")]),
    (
        "etc/redhat-release",
        &[
            ("Red Hat Enterprise Linux", "rhel"),
            ("CentOS", "centos"),
            ("Fedora", "fedora"),
            ("Rocky", "rocky"),
            ("AlmaLinux", "almalinux"),
            ("Scientific", "scientific"),
        ],
    ),
    ("etc/system-release", &[("Amazon", "amzn")]),
    (
        "etc/SuSE-release",
        &[
            ("SUSE Linux Enterprise", "sles"),
            ("openSUSE", "opensuse-leap"),
        ],
    ),
    ("etc/openEuler-release", &[("openEuler", "openEuler")]),
    ("etc/mageia-release", &[("Mageia", "mageia")]),
    ("etc/photon-release", &[("VMware Photon", "photon")]),
    ("etc/mariner-release", &[("CBL-Mariner", "mariner")]),
    ("etc/gentoo-release", &[("Gentoo", "gentoo")]),
];

/// Finds the distribution by the files from before os-release.
pub fn detect(root: &Root) -> Option<OperatingSystem> {
    let mut os = find(root)?;
    os.ecosystem = ecosystem::of(&os);
    Some(os)
}

fn find(root: &Root) -> Option<OperatingSystem> {
    let read = |path: &str| root.read(path, MAX_RELEASE).ok();
    for (path, starts) in LINES {
        if let Some(bytes) = read(path)
            && let Some(os) = from_line(&text::lossy(&bytes), starts)
        {
            return Some(os);
        }
    }
    if let Some(bytes) = read("etc/alpine-release") {
        return Some(named("alpine", text::lossy(&bytes).trim(), ""));
    }
    if root.exists("etc/arch-release") {
        return Some(named("arch", "", ""));
    }
    let bytes = read("etc/debian_version")?;
    let (version, codename) = debian_version(&text::lossy(&bytes));
    Some(named("debian", &version, &codename))
}

fn named(id: &str, version_id: &str, codename: &str) -> OperatingSystem {
    OperatingSystem {
        id: id.to_owned(),
        version_id: version_id.to_owned(),
        codename: codename.to_owned(),
        ..OperatingSystem::default()
    }
}

/// `NAME release VERSION (CODENAME)`, `SUSE Linux Enterprise Server 11 (x86_64)` with `PATCHLEVEL = 4` below.
fn from_line(text: &str, starts: &[(&str, &str)]) -> Option<OperatingSystem> {
    let line = text.lines().next()?.trim();
    let (_, id) = starts.iter().find(|(start, _)| line.starts_with(start))?;
    let is_version = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
    let mut version = line
        .split_whitespace()
        .find(is_version)
        .unwrap_or("")
        .to_owned();
    let patch_level = text
        .lines()
        .find_map(|line| line.strip_prefix("PATCHLEVEL"));
    if let Some(level) = patch_level.map(|rest| rest.trim_start_matches([' ', '=']).trim())
        && level != "0"
    {
        version = format!("{version}.{level}");
    }
    Some(OperatingSystem {
        pretty_name: line.to_owned(),
        ..named(id, &version, "")
    })
}

/// `12.4` is Debian 12; `trixie/sid` is testing or unstable, which have no number.
pub fn debian_version(text: &str) -> (String, String) {
    let text = text.trim();
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        let major = text.split('.').next().unwrap_or(text);
        return (major.to_owned(), String::new());
    }
    let codename = text.split('/').next().unwrap_or("");
    (String::new(), codename.to_owned())
}
