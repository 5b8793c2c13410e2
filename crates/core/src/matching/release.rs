//! Whether what is said of one release of a distribution holds for this host.

use patchward_protocol::inventory::OperatingSystem;

use super::names::Host;

/// How a statement about a release concerns the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reach {
    /// It holds.
    Yes,
    /// It holds, and its fix comes only by a channel that the host does not have.
    Without(String),
    /// It is about another release.
    No,
}

/// Compares the release of a statement with the host's.
///
/// A statement without a release holds for all. Ubuntu's Pro releases hold for the plain one, with fixes that only a
/// subscriber gets. Red Hat's and SUSE's platforms are products, of which one release of the operating system carries
/// several; extended-support platforms (`rhel_eus:8.6`) hold only for hosts that subscribe to them.
pub fn reach(family: &str, said: &str, host_release: &str, host: &Host<'_>) -> Reach {
    if said.is_empty() || said == host_release {
        return Reach::Yes;
    }
    let same = match family {
        "Ubuntu" => return ubuntu(said, host_release, host),
        "Red Hat" => return red_hat(said, host_release, host),
        "SUSE" | "openSUSE" => suse(said, host_release),
        _ => plain(said, host_release),
    };
    if same { Reach::Yes } else { Reach::No }
}

/// `v3.20` is `3.20`; a statement about a whole major release holds for its minor ones (`8` for `8.5`).
fn plain(said: &str, host: &str) -> bool {
    let (said, host) = (said.trim_start_matches('v'), host.trim_start_matches('v'));
    said == host
        || host
            .strip_prefix(said)
            .is_some_and(|rest| rest.starts_with('.') && !said.contains('.'))
}

fn ubuntu(said: &str, host_release: &str, host: &Host<'_>) -> Reach {
    let without_term = |release: &str| release.trim_end_matches(":LTS").to_owned();
    let Some(pro) = said.strip_prefix("Pro:") else {
        return match without_term(said) == without_term(host_release) {
            true => Reach::Yes,
            false => Reach::No,
        };
    };
    let (variant, release) = match pro.split_once(':') {
        Some((variant, release)) if !variant.starts_with(|c: char| c.is_ascii_digit()) => {
            (variant, release)
        }
        _ => ("", pro),
    };
    if without_term(release) != without_term(host_release) {
        return Reach::No;
    }
    let channel = match variant {
        "" => "esm".to_owned(),
        other => other.to_lowercase(),
    };
    let subscribed = match variant {
        "" => ["esm", "esm-infra", "esm-apps"]
            .iter()
            .any(|c| host.has_channel(c)),
        _ => host.has_channel(&channel),
    };
    match (subscribed, variant) {
        (true, _) => Reach::Yes,
        (false, "") => Reach::Without(channel),
        // FIPS and real-time builds are other packages, not fixes for the plain one.
        (false, _) => Reach::No,
    }
}

/// `enterprise_linux:8::appstream`: product, version, variant.
fn red_hat(said: &str, host_release: &str, host: &Host<'_>) -> Reach {
    let parts = |release: &str| {
        let mut parts = release.split(':');
        let product = parts.next().unwrap_or_default().to_owned();
        (product, parts.next().unwrap_or_default().to_owned())
    };
    let (product, version) = parts(said);
    let (_, host_version) = parts(host_release);
    let full = host.os().map_or("", |os: &OperatingSystem| &os.version_id);
    let major = |version: &str| version.split('.').next().unwrap_or_default().to_owned();
    match product.as_str() {
        "enterprise_linux" if version == host_version || plain(&version, full) => Reach::Yes,
        "enterprise_linux" if version.contains('.') && version == full => Reach::Yes,
        "enterprise_linux" => Reach::No,
        other => {
            let Some(channel) = other.strip_prefix("rhel_") else {
                return Reach::No; // a layered product: its packages are not the operating system's
            };
            let named = format!("{channel}:{version}");
            let same = version == full || major(full) == version;
            match same && (host.has_channel(&named) || host.has_channel(channel)) {
                true => Reach::Yes,
                false => Reach::No,
            }
        }
    }
}

/// Products and modules of one service pack: `Linux Enterprise Module for Basesystem 15 SP5` holds for
/// `Linux Enterprise Server 15 SP5`; Micro and Leap are their own.
fn suse(said: &str, host: &str) -> bool {
    let kind = |name: &str| {
        ["Micro", "Leap", "Tumbleweed"]
            .into_iter()
            .find(|kind| name.contains(kind))
            .unwrap_or("")
    };
    let version = |name: &str| {
        let start = name
            .char_indices()
            .rev()
            .take_while(|(_, c)| !c.is_ascii_lowercase() && *c != '-')
            .last()
            .map_or(name.len(), |(at, _)| at);
        let tail = name.get(start..).unwrap_or_default();
        let tail = tail.trim_start_matches(|c: char| !c.is_ascii_digit());
        tail.split_once('-').map_or(tail, |(v, _)| v).to_owned()
    };
    kind(said) == kind(host) && !version(said).is_empty() && version(said) == version(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::inventory::Inventory;

    fn check(family: &str, said: &str, host_release: &str, os: OperatingSystem) -> Reach {
        let inventory = Inventory {
            os: Some(os),
            ..Inventory::default()
        };
        reach(family, said, host_release, &Host::of(&inventory))
    }

    fn os(version: &str, channels: &[&str]) -> OperatingSystem {
        OperatingSystem {
            version_id: version.into(),
            channels: channels.iter().map(|&c| c.into()).collect(),
            ..OperatingSystem::default()
        }
    }

    #[test]
    fn releases_are_told_apart() {
        let plain = os("", &[]);
        for (family, said, host, expected) in [
            ("Debian", "12", "12", Reach::Yes),
            ("Debian", "11", "12", Reach::No),
            ("Debian", "1", "12", Reach::No),
            ("Debian", "", "12", Reach::Yes),
            ("Alpine", "3.20", "v3.20", Reach::Yes),
            ("Alpine", "v3.2", "v3.20", Reach::No),
            ("Rocky Linux", "8", "8.5", Reach::Yes),
            ("Ubuntu", "22.04", "22.04:LTS", Reach::Yes),
            ("Ubuntu", "Pro:FIPS:22.04:LTS", "22.04:LTS", Reach::No),
            (
                "Ubuntu",
                "Pro:22.04:LTS",
                "22.04:LTS",
                Reach::Without("esm".into()),
            ),
            (
                "SUSE",
                "Linux Enterprise Module for Basesystem 15 SP5",
                "Linux Enterprise Server 15 SP5",
                Reach::Yes,
            ),
            (
                "SUSE",
                "Linux Enterprise Server 15 SP4",
                "Linux Enterprise Server 15 SP5",
                Reach::No,
            ),
            (
                "SUSE",
                "Linux Enterprise Micro 5.3",
                "Linux Enterprise Server 5.3",
                Reach::No,
            ),
        ] {
            assert_eq!(check(family, said, host, plain.clone()), expected, "{said}");
        }
    }

    #[test]
    fn a_channel_counts_where_the_host_has_it() {
        let pro = os("22.04", &["esm-infra"]);
        assert_eq!(
            check("Ubuntu", "Pro:22.04:LTS", "22.04:LTS", pro),
            Reach::Yes
        );
        let release = "enterprise_linux:8::baseos";
        let eus = "rhel_eus:8.6::baseos";
        assert_eq!(check("Red Hat", eus, release, os("8.6", &[])), Reach::No);
        assert_eq!(
            check("Red Hat", eus, release, os("8.6", &["eus"])),
            Reach::Yes
        );
        assert_eq!(
            check("Red Hat", eus, release, os("8.4", &["eus"])),
            Reach::No
        );
        let other_part = "enterprise_linux:8::appstream";
        assert_eq!(
            check("Red Hat", other_part, release, os("8.6", &[])),
            Reach::Yes
        );
    }
}
