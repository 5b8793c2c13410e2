//! From a kernel package to the release (`uname -r`) that it installs.

use patchward_protocol::inventory::Component;

/// The release that a package installs the image of; `found` are the releases that were seen in the root.
pub fn release_of(component: &Component, found: &[String]) -> Option<String> {
    let kind = component.purl.strip_prefix("pkg:")?.split('/').next()?;
    match kind {
        "deb" => deb(&component.name),
        "rpm" => rpm(component, found),
        "apk" => apk(component),
        "alpm" => alpm(component, found),
        _ => None,
    }
}

/// Debian and Ubuntu have the release in the name: `linux-image-6.1.0-18-amd64`, `linux-image-unsigned-6.8.0-31-generic`.
/// `linux-image-amd64` only depends on the newest.
fn deb(name: &str) -> Option<String> {
    let release = name.strip_prefix("linux-image-")?;
    let release = release.strip_prefix("unsigned-").unwrap_or(release);
    let release = release.strip_suffix("-unsigned").unwrap_or(release);
    let is_release =
        release.starts_with(|c: char| c.is_ascii_digit()) && !release.ends_with("-dbg");
    is_release.then(|| release.to_owned())
}

/// Names of the packages that hold an image: Red Hat and its like, Oracle, Amazon, SUSE, and Mariner.
const RPM_NAMES: &[&str] = &[
    "kernel-core",
    "kernel",
    "kernel-rt-core",
    "kernel-rt",
    "kernel-64k-core",
    "kernel-uek-core",
    "kernel-uek",
    "kernel-lt",
    "kernel-ml",
];

/// Red Hat: `VERSION-RELEASE.ARCH`. SUSE: the package `kernel-FLAVOUR` gives `VERSION-RELEASE-FLAVOUR`, in which the
/// package's release has one more number than the kernel's.
fn rpm(component: &Component, found: &[String]) -> Option<String> {
    let version = component.version.rsplit(':').next()?;
    let arch = component.arch.as_deref().unwrap_or("");
    if RPM_NAMES.contains(&component.name.as_str()) {
        let whole = format!("{version}.{arch}");
        // Mariner and Photon leave the architecture out.
        let seen = found
            .iter()
            .find(|release| **release == whole || *release == version);
        return Some(seen.cloned().unwrap_or(whole));
    }
    let flavour = component.name.strip_prefix("kernel-")?;
    let base = found.iter().find(|release| {
        let without = release
            .strip_suffix(flavour)
            .and_then(|rest| rest.strip_suffix('-'));
        without.is_some_and(|base| {
            version
                .strip_prefix(base)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    });
    base.cloned()
}

/// Alpine: the package `linux-lts` 6.6.31-r0 gives 6.6.31-0-lts.
fn apk(component: &Component) -> Option<String> {
    let flavour = component.name.strip_prefix("linux-")?;
    let known = matches!(
        flavour,
        "lts" | "virt" | "edge" | "rpi" | "stable" | "grsec" | "vanilla" | "hardened"
    );
    let (version, revision) = component.version.rsplit_once("-r")?;
    known.then(|| format!("{version}-{revision}-{flavour}"))
}

/// Arch: the package `linux` 6.9.1.arch1-1 gives 6.9.1-arch1-1; `linux-lts` 6.6.31-1 gives 6.6.31-1-lts.
fn alpm(component: &Component, found: &[String]) -> Option<String> {
    let flavour = match component.name.as_str() {
        "linux" => "",
        name => name.strip_prefix("linux-")?,
    };
    let ends = |release: &str| flavour.is_empty() || release.ends_with(&format!("-{flavour}"));
    let plain = |text: &str| text.replace(['.', '-'], "");
    let wanted = plain(&component.version);
    let mut seen = found.iter().filter(|release| ends(release));
    seen.find(|release| plain(release.strip_suffix(flavour).unwrap_or(release)) == wanted)
        .cloned()
}
