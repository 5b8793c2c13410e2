//! The support channels that a host subscribes to. A fix that only a channel has is no fix for who has not got it.
//!
//! Names: `esm-infra`, `esm-apps`, `fips`, `fips-updates`, `realtime-kernel` and the other services of Ubuntu Pro as
//! Canonical calls them; `elts` (Debian after its long-term support); `eus`, `e4s`, `aus`, `tus` for Red Hat's extended
//! streams; `minor:8.6` for a host that stays on a minor release; `module:NAME:STREAM` for an enabled module stream.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::text;
use crate::root::Root;

/// Configuration files are small.
const MAX_FILE: u64 = 4 << 20;

/// The channels of a root, sorted.
pub fn detect(root: &Root) -> Vec<String> {
    let mut channels = BTreeSet::new();
    if let Ok(bytes) = root.read("var/lib/ubuntu-advantage/status.json", MAX_FILE) {
        channels.extend(ubuntu_pro(&bytes));
    }
    for text in files(
        root,
        "etc/apt/sources.list.d",
        &[".list", ".sources"],
        Some("etc/apt/sources.list"),
    ) {
        channels.extend(apt_sources(&text).map(str::to_owned));
    }
    for text in files(root, "etc/yum.repos.d", &[".repo"], None) {
        channels.extend(repositories(&text).map(str::to_owned));
    }
    for path in ["etc/dnf/vars/releasever", "etc/yum/vars/releasever"] {
        let text = root.read(path, MAX_FILE).unwrap_or_default();
        channels.extend(minor(text::lossy(&text).trim()));
    }
    if let Ok(bytes) = root.read("var/lib/rhsm/cache/releasever.json", MAX_FILE)
        && let Ok(pinned) = serde_json::from_slice::<Pinned>(&bytes)
    {
        channels.extend(pinned.releasever.as_deref().and_then(minor));
    }
    for text in files(root, "etc/dnf/modules.d", &[".module"], None) {
        channels.extend(modules(&text));
    }
    channels.into_iter().collect()
}

/// The texts of a folder's files with one of the endings, and of one file besides.
fn files(root: &Root, folder: &str, endings: &[&str], besides: Option<&str>) -> Vec<String> {
    let entries = root.read_dir(folder).unwrap_or_default();
    let names = entries.iter().filter_map(|entry| entry.name.to_str());
    let names = names.filter(|name| endings.iter().any(|ending| name.ends_with(ending)));
    let paths = names.map(|name| format!("{folder}/{name}"));
    let paths = paths.chain(besides.map(str::to_owned));
    paths
        .filter_map(|path| root.read(path, MAX_FILE).ok())
        .map(|bytes| text::lossy(&bytes).into_owned())
        .collect()
}

#[derive(Deserialize)]
struct Status {
    #[serde(default)]
    attached: bool,
    #[serde(default)]
    services: Vec<Service>,
}

#[derive(Deserialize)]
struct Service {
    name: String,
    #[serde(default)]
    status: String,
}

/// The services that `pro status` says are enabled.
fn ubuntu_pro(bytes: &[u8]) -> Vec<String> {
    let Ok(status) = serde_json::from_slice::<Status>(bytes) else {
        return Vec::new();
    };
    let enabled = status
        .services
        .into_iter()
        .filter(|service| service.status == "enabled");
    let names = enabled.map(|service| service.name);
    names.filter(|_| status.attached).collect()
}

/// Channels by the places that apt takes packages from.
fn apt_sources(text: &str) -> impl Iterator<Item = &'static str> {
    let has = |part: &str| {
        let mut lines = text.lines().map(str::trim_start);
        // A stanza may be switched off as a whole.
        !text.contains("\nEnabled: no")
            && lines.any(|line| !line.starts_with('#') && line.contains(part))
    };
    let found = [
        ("esm.ubuntu.com/infra/", "esm-infra"),
        ("esm.ubuntu.com/apps/", "esm-apps"),
        ("esm.ubuntu.com/fips-updates/", "fips-updates"),
        ("esm.ubuntu.com/fips/", "fips"),
        ("/extended-lts", "elts"),
    ]
    .map(|(part, channel)| has(part).then_some(channel));
    found.into_iter().flatten()
}

/// Channels by the ids of the enabled repositories: `rhel-8-for-x86_64-baseos-eus-rpms`.
fn repositories(text: &str) -> impl Iterator<Item = &'static str> {
    let mut found = BTreeSet::new();
    let (mut id, mut enabled) = ("", true);
    // An empty section at the end closes the last one.
    for line in text.lines().map(str::trim).chain(["[]"]) {
        if let Some(next) = line.strip_prefix('[') {
            if enabled {
                let parts = ["eus", "e4s", "aus", "tus"];
                let is_debug = ["debug", "source"].iter().any(|part| id.contains(part));
                found.extend(
                    parts
                        .into_iter()
                        .filter(|part| !is_debug && id.split('-').any(|word| word == *part)),
                );
            }
            (id, enabled) = (next.trim_end_matches(']'), true);
        } else if let Some((key, value)) = line.split_once('=')
            && key.trim() == "enabled"
        {
            enabled = matches!(value.trim(), "1" | "true" | "yes");
        }
    }
    found.into_iter()
}

#[derive(Deserialize)]
struct Pinned {
    releasever: Option<String>,
}

/// A release with a minor number is a choice to stay on it; `8` alone follows the newest.
fn minor(release: &str) -> Option<String> {
    let (major, minor) = release.split_once('.')?;
    let numbers = [major, minor]
        .iter()
        .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    numbers.then(|| format!("minor:{release}"))
}

/// Enabled streams of a file of `modules.d`.
fn modules(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let (mut name, mut stream, mut enabled) = ("", "", false);
    for line in text.lines().map(str::trim).chain(["[]"]) {
        if let Some(next) = line.strip_prefix('[') {
            if enabled && !name.is_empty() && !stream.is_empty() {
                found.push(format!("module:{name}:{stream}"));
            }
            (name, stream, enabled) = (next.trim_end_matches(']'), "", false);
        }
        match line
            .split_once('=')
            .map(|(key, value)| (key.trim(), value.trim()))
        {
            Some(("name", value)) => name = value,
            Some(("stream", value)) => stream = value,
            Some(("state", value)) => enabled = value == "enabled" || value == "1",
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ubuntu_pro_tells_what_is_enabled() {
        let status =
            br#"{"attached": true, "services": [{"name": "esm-infra", "status": "enabled"},
            {"name": "fips", "status": "disabled"}], "other": 1}"#;
        assert_eq!(ubuntu_pro(status), ["esm-infra"]);
        let detached =
            br#"{"attached": false, "services": [{"name": "esm-infra", "status": "enabled"}]}"#;
        assert_eq!(ubuntu_pro(detached), [""; 0]);
        assert_eq!(ubuntu_pro(b"{"), [""; 0]);
    }

    #[test]
    fn apt_sources_that_are_comments_do_not_count() {
        let text = "deb https://esm.ubuntu.com/apps/ubuntu jammy-apps-security main\n# deb https://esm.ubuntu.com/infra/ubuntu x\n";
        assert!(apt_sources(text).eq(["esm-apps"]));
    }

    #[test]
    fn repositories_count_while_enabled() {
        let text = "[rhel-8-for-x86_64-baseos-eus-rpms]\nname=x\nenabled = 1\n[rhel-8-for-x86_64-appstream-e4s-rpms]\nenabled=0\n\
                    [rhel-8-for-x86_64-baseos-eus-debug-rpms]\nenabled=1\n[rhel-9-for-x86_64-baseos-aus-rpms]\n";
        assert!(repositories(text).eq(["aus", "eus"]));
    }

    #[test]
    fn a_minor_release_and_module_streams_are_channels() {
        assert_eq!(minor("8.6").as_deref(), Some("minor:8.6"));
        assert_eq!(minor("8"), None);
        let text = "[nodejs]\nname=nodejs\nstream=18\nprofiles=common\nstate=enabled\n[php]\nname=php\nstream=8.1\nstate=disabled\n";
        assert_eq!(modules(text), ["module:nodejs:18"]);
    }

    #[test]
    fn mutated_files_never_panic() {
        let seed: &[u8] =
            b"[nodejs]\nname=nodejs\nstream=18\nstate=enabled\nenabled=1\n{\"attached\": true}";
        patchward_test_support::mutate(&[seed], 1000, |bytes| {
            let text = String::from_utf8_lossy(bytes);
            let _ = (
                modules(&text),
                repositories(&text).count(),
                ubuntu_pro(bytes),
            );
        });
    }
}
