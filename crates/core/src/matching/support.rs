//! Whether an operating system still gets security updates.

use patchward_advisory::model::Lifecycle;
use patchward_protocol::inventory::OperatingSystem;

/// State of support on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Support {
    /// Supported, until this day where one is known (`YYYY-MM-DD`).
    Supported {
        /// Last day.
        until: Option<String>,
    },
    /// Ended for all; extended support goes on for those who have it.
    Extended {
        /// Last day of the extended support.
        until: String,
    },
    /// Ended.
    Ended {
        /// Last day that there was support, where one is known.
        since: Option<String>,
    },
    /// Nobody told: not the same as ended.
    Unknown,
}

/// The product name by which the lifecycle data know a distribution.
pub fn product(os: &OperatingSystem) -> Option<&str> {
    Some(match os.id.as_str() {
        "alpine" => "alpine-linux",
        "amzn" => "amazon-linux",
        "almalinux" => "almalinux",
        "centos" => "centos",
        "debian" => "debian",
        "fedora" => "fedora",
        "ol" => "oracle-linux",
        "opensuse-leap" => "opensuse",
        "photon" => "photon",
        "rhel" => "rhel",
        "rocky" => "rocky-linux",
        "sles" | "sled" | "sles_sap" => "sles",
        "ubuntu" => "ubuntu",
        _ => return None,
    })
}

/// The state of support of a distribution on `day` (`YYYY-MM-DD`), by the release cycles of its [`product`]. The last
/// day counts as supported.
pub fn support(os: &OperatingSystem, cycles: &[Lifecycle], day: &str) -> Support {
    let version = match (os.id.as_str(), os.version_id.as_str()) {
        ("amzn", "1") => "2018.03", // the first Amazon Linux names its releases by month; this is the last
        (_, version) => version,
    };
    let Some(cycle) = cycle_of(version, cycles) else {
        return Support::Unknown;
    };
    match &cycle.until {
        Some(until) if day <= until.as_str() => Support::Supported {
            until: Some(until.clone()),
        },
        None if cycle.ended != Some(true) => Support::Supported { until: None },
        until => match &cycle.extended_until {
            // Debian's long-term support is for everybody.
            Some(extended) if day <= extended.as_str() && os.id == "debian" => Support::Supported {
                until: Some(extended.clone()),
            },
            Some(extended) if day <= extended.as_str() => Support::Extended {
                until: extended.clone(),
            },
            _ => Support::Ended {
                since: until.clone(),
            },
        },
    }
}

/// The cycle with the longest name that the version begins with, part by part: `8` and `8.5` for `8.5.1`.
fn cycle_of<'c>(version: &str, cycles: &'c [Lifecycle]) -> Option<&'c Lifecycle> {
    if version.is_empty() {
        return None;
    }
    let begins = |cycle: &&Lifecycle| {
        version
            .strip_prefix(cycle.cycle.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    cycles
        .iter()
        .filter(begins)
        .max_by_key(|cycle| cycle.cycle.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cycle(name: &str, until: &str, extended: Option<&str>) -> Lifecycle {
        Lifecycle {
            product: "p".into(),
            cycle: name.into(),
            until: Some(until.into()),
            ended: None,
            extended_until: extended.map(Into::into),
            latest: None,
            identifiers: Vec::new(),
        }
    }

    #[test]
    fn support_ends_after_its_last_day() {
        let cycles = [
            cycle("18.04", "2023-05-31", Some("2028-04-01")),
            cycle("8", "2026-06-30", None),
        ];
        let state = |version: &str, day| {
            let os = OperatingSystem {
                version_id: version.into(),
                ..OperatingSystem::default()
            };
            support(&os, &cycles, day)
        };
        assert!(matches!(
            state("18.04", "2023-05-31"),
            Support::Supported { .. }
        ));
        assert!(matches!(
            state("18.04", "2023-06-01"),
            Support::Extended { .. }
        ));
        assert!(matches!(
            state("18.04", "2029-01-01"),
            Support::Ended { .. }
        ));
        assert!(matches!(
            state("8.2", "2020-01-01"),
            Support::Supported { .. }
        ));
        assert_eq!(state("80", "2020-01-01"), Support::Unknown);
    }
}
