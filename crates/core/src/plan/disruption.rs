//! What putting a patch in disturbs, from a table of rules and from what is installed.
//!
//! A running program keeps the old code until it starts again, so a patch is in only after that. Where the target runs,
//! its processes tell who has the code loaded ([`Component::loaded_by`]); several patches that need the restart of one
//! service share it. Sources of the rules for the rest: the lists that Debian's `reboot-required` hooks and Red Hat's
//! `needs-restarting -r` go by (kernel, firmware, C library, systemd, D-Bus), and for libraries of TLS the services that
//! are known to link them. Which programs have any other library open is not in a package database: that is said as it
//! is, and counted like one restart. That nobody has a package loaded now is never a reason to promise no restart: a
//! program may load it before the patch goes in.

mod services;

use std::collections::BTreeSet;

use patchward_protocol::inventory::{AssetKind, Component};
use patchward_protocol::plan::DisruptionKind;
use patchward_protocol::report::{Patch, TargetReport};

use services::{SERVICES, TLS_USERS};

/// Seconds that a reboot takes a host away: firmware, boot and services of a common server.
pub const REBOOT: u64 = 300;

/// Seconds that a service is away while it restarts.
pub const RESTART: u64 = 15;

/// Seconds that an application is away while a new build of it takes over.
pub const REDEPLOY: u64 = 60;

/// Seconds to install one package of the operating system: measured installs of single Debian packages are of this size.
pub const INSTALL: u64 = 20;

/// Seconds to change one dependency, build and look at the result, without a person's time.
pub const BUILD: u64 = 120;

/// What a patch disturbs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Effect {
    /// The kind.
    pub kind: DisruptionKind,
    /// Services or applications.
    pub what: BTreeSet<String>,
    /// The rule that says so.
    pub reason: String,
}

/// What is installed on a target, as far as the rules ask.
#[derive(Debug, Default)]
pub struct Surroundings {
    /// Services that are installed, and the package of each.
    services: BTreeSet<&'static str>,
    /// A kernel or init system is there, so it is a machine and no image of an application.
    is_machine: bool,
}

impl Surroundings {
    /// Looks at a target. The whole inventory counts where it is listed.
    pub fn of(target: &TargetReport) -> Surroundings {
        let found = target.findings.iter().map(|finding| &*finding.component);
        let mut here = Surroundings {
            is_machine: target.asset.kind == AssetKind::Host || !target.kernels.is_empty(),
            ..Surroundings::default()
        };
        for component in target.inventory.iter().chain(found).filter(|c| is_os(c)) {
            here.is_machine |= matches!(
                component.name.as_str(),
                "systemd" | "openrc" | "sysvinit-core"
            );
            here.services.extend(service_of(&component.name));
        }
        here
    }
}

/// What `patch` disturbs on a target; `components` are those that it upgrades.
pub fn effect(patch: &Patch, components: &[&Component], here: &Surroundings) -> Effect {
    let development = components
        .iter()
        .all(|component| component.development == Some(true));
    if !components.is_empty() && development {
        return because(DisruptionKind::None, "used for development only");
    }
    if !components.iter().any(|component| is_os(component)) {
        let mut effect = because(
            DisruptionKind::Redeploy,
            "the application holds a copy of its own",
        );
        effect.what.insert(application(&patch.location));
        return effect;
    }
    let names: BTreeSet<&str> = components.iter().map(|c| c.name.as_str()).collect();
    let effect = of_packages(&names, &running(components), &here.services);
    match (effect.kind, here.is_machine) {
        (DisruptionKind::None, _) | (_, true) => effect,
        // In an image nothing runs: the image is built anew, and what runs from it is replaced.
        (_, false) => {
            let mut effect = because(
                DisruptionKind::Redeploy,
                "an image is built and deployed anew",
            );
            effect.what.insert("image".to_owned());
            effect
        }
    }
}

/// Services and programs that have the code of a package loaded.
fn running(components: &[&Component]) -> BTreeSet<String> {
    let names = components.iter().flat_map(|component| &component.loaded_by);
    names.cloned().collect()
}

fn of_packages(
    names: &BTreeSet<&str>,
    running: &BTreeSet<String>,
    installed: &BTreeSet<&'static str>,
) -> Effect {
    for (reason, is) in REBOOTING {
        if let Some(name) = names.iter().find(|name| is(name)) {
            return because(DisruptionKind::Reboot, &format!("{name} is {reason}"));
        }
    }
    let runs = |service: &str| running.iter().any(|name| name.starts_with(service));
    let own: BTreeSet<String> = names
        .iter()
        .filter_map(|name| service_of(name))
        .filter(|service| !runs(service)) // `postgresql@15-main` is the one that runs
        .map(Into::into)
        .collect();
    if !own.is_empty() {
        let mut effect = because(DisruptionKind::Restart, "the service itself is upgraded");
        effect.what = own;
        effect.what.extend(running.iter().cloned());
        return effect;
    }
    if !running.is_empty() {
        let mut effect = because(DisruptionKind::Restart, "running now with its code loaded");
        effect.what.clone_from(running);
        return effect;
    }
    if let Some(name) = names.iter().find(|name| is_tls(name)) {
        let users = TLS_USERS.iter().filter(|user| installed.contains(**user));
        let users: BTreeSet<String> = users.map(|user| (*user).to_owned()).collect();
        if !users.is_empty() {
            let reason = format!("installed services that use {name}");
            let mut effect = because(DisruptionKind::Restart, &reason);
            effect.what = users;
            return effect;
        }
    }
    match names.iter().find(|name| is_shared(name)) {
        Some(name) => {
            let reason =
                format!("running programs may hold {name}; which ones only the machine can tell");
            let mut effect = because(DisruptionKind::Users, &reason);
            effect.what.insert((*name).to_owned());
            effect
        }
        None => because(DisruptionKind::None, "no service is known to run it"),
    }
}

fn because(kind: DisruptionKind, reason: &str) -> Effect {
    Effect {
        kind,
        reason: reason.to_owned(),
        ..Effect::default()
    }
}

/// Why a package needs a reboot, and which packages those are.
type Rule = (&'static str, fn(&str) -> bool);

const REBOOTING: &[Rule] = &[
    ("a kernel", is_kernel),
    ("firmware, which is loaded at boot", |name| {
        matches!(
            name,
            "linux-firmware"
                | "intel-microcode"
                | "amd64-microcode"
                | "microcode_ctl"
                | "ucode-intel"
                | "ucode-amd"
        )
    }),
    ("the C library, which every process holds", |name| {
        matches!(name, "libc6" | "glibc" | "musl")
    }),
    ("the system manager", |name| {
        matches!(name, "systemd" | "systemd-udev")
    }),
    (
        "the system's message bus, which cannot restart alone",
        |name| matches!(name, "dbus" | "dbus-daemon" | "dbus-broker" | "dbus-1"),
    ),
];

/// An image or its modules; headers, tools and documentation of a kernel don't run.
fn is_kernel(name: &str) -> bool {
    const BUILT: [&str; 4] = [
        "linux-image",
        "linux-modules",
        "kernel-core",
        "kernel-modules",
    ];
    const ALONE: [&str; 12] = [
        "kernel",
        "kernel-rt",
        "kernel-uek",
        "kernel-uek-core",
        "kernel-default",
        "kernel-default-base",
        "kernel-azure",
        "linux",
        "linux-lts",
        "linux-virt",
        "linux-zen",
        "linux-hardened",
    ];
    ALONE.contains(&name) || BUILT.iter().any(|start| name.starts_with(start))
}

fn is_tls(name: &str) -> bool {
    const NAMES: [&str; 8] = [
        "libssl3",
        "libssl3t64",
        "libssl1.1",
        "libssl1.0.0",
        "libcrypto3",
        "openssl-libs",
        "libopenssl3",
        "libopenssl1_1",
    ];
    NAMES.contains(&name) || name.starts_with("libgnutls30") || name == "gnutls"
}

/// Libraries and interpreters: code that other programs have open. Headers and documentation aren't.
fn is_shared(name: &str) -> bool {
    const PASSIVE: [&str; 7] = [
        "-dev", "-devel", "-doc", "-docs", "-headers", "-static", "-common",
    ];
    const INTERPRETERS: [&str; 7] = [
        "python3", "perl", "ruby", "php", "nodejs", "openjdk", "java-",
    ];
    if PASSIVE.iter().any(|end| name.ends_with(end)) {
        return false;
    }
    let library =
        name.starts_with("lib") || name.ends_with("-libs") || name == "zlib" || name == "zlib1g";
    library || INTERPRETERS.iter().any(|start| name.starts_with(start))
}

fn service_of(name: &str) -> Option<&'static str> {
    let fits = |package: &str| match package.strip_suffix('*') {
        Some(start) => name.starts_with(start),
        None => name == package,
    };
    let mut rows = SERVICES.iter();
    rows.find(|(package, _)| fits(package))
        .map(|(_, service)| *service)
}

fn is_os(component: &Component) -> bool {
    ["pkg:deb/", "pkg:rpm/", "pkg:apk/", "pkg:alpm/"]
        .iter()
        .any(|kind| component.purl.starts_with(kind))
}

/// The folder that an application lies in, by the place of its lockfile.
fn application(location: &str) -> String {
    match location.rsplit_once('/') {
        Some((folder, _)) => folder.to_owned(),
        None if location.is_empty() => "application".to_owned(),
        None => ".".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str], installed: &[&'static str]) -> (DisruptionKind, Vec<String>) {
        of_running(names, &[], installed)
    }

    fn of_running(
        names: &[&str],
        running: &[&str],
        installed: &[&'static str],
    ) -> (DisruptionKind, Vec<String>) {
        let effect = of_packages(
            &names.iter().copied().collect(),
            &running.iter().map(|name| (*name).to_owned()).collect(),
            &installed.iter().copied().collect(),
        );
        (effect.kind, effect.what.into_iter().collect())
    }

    #[test]
    fn what_runs_below_everything_needs_a_reboot_and_its_headers_do_not() {
        for name in [
            "linux-image-6.1.0-18-amd64",
            "kernel-core",
            "libc6",
            "systemd",
            "dbus",
            "musl",
        ] {
            assert_eq!(of(&[name], &[]).0, DisruptionKind::Reboot, "{name}");
        }
        for name in [
            "linux-libc-dev",
            "kernel-headers",
            "linux-tools-common",
            "vim",
            "libxml2-dev",
        ] {
            assert_eq!(of(&[name], &[]).0, DisruptionKind::None, "{name}");
        }
    }

    #[test]
    fn a_tls_library_restarts_the_services_that_are_installed() {
        let (kind, what) = of(&["libssl3", "openssl"], &["nginx", "cron", "ssh"]);
        assert_eq!(kind, DisruptionKind::Restart);
        assert_eq!(what, ["nginx", "ssh"]);
        assert_eq!(of(&["libssl3"], &[]).0, DisruptionKind::Users);
    }

    #[test]
    fn what_has_the_code_loaded_restarts_and_a_reboot_takes_it_in() {
        let (kind, what) = of_running(&["libssl3"], &["app"], &["nginx", "ssh"]);
        assert_eq!(kind, DisruptionKind::Restart);
        assert_eq!(what, ["app"]);
        let (kind, what) = of_running(&["nginx-core"], &["nginx-debug"], &[]);
        assert_eq!(kind, DisruptionKind::Restart);
        assert_eq!(what, ["nginx-debug"]);
        assert_eq!(of_running(&["nginx"], &["php"], &[]).1, ["nginx", "php"]);
        assert_eq!(
            of_running(&["libc6"], &["app"], &[]).0,
            DisruptionKind::Reboot
        );
        assert_eq!(of_running(&["tool"], &["tool"], &[]).1, ["tool"]);
    }

    #[test]
    fn a_service_restarts_itself_and_a_library_its_users() {
        assert_eq!(of(&["nginx-core"], &[]).1, ["nginx"]);
        assert_eq!(of(&["libxml2"], &["nginx"]).0, DisruptionKind::Users);
    }

    #[test]
    fn a_dependency_deploys_its_application_unless_it_is_for_development_only() {
        let patch = Patch {
            location: "web/package-lock.json".into(),
            ..Patch::default()
        };
        let mut component = Component {
            purl: "pkg:npm/a@1".into(),
            ..Component::default()
        };
        let here = Surroundings::default();
        let got = effect(&patch, &[&component], &here);
        assert_eq!(got.kind, DisruptionKind::Redeploy);
        assert!(got.what.contains("web"));
        component.development = Some(true);
        assert_eq!(
            effect(&patch, &[&component], &here).kind,
            DisruptionKind::None
        );
    }

    #[test]
    fn an_image_is_built_anew_rather_than_rebooted() {
        let component = Component {
            purl: "pkg:deb/debian/libc6@2".into(),
            name: "libc6".into(),
            ..Component::default()
        };
        let mut here = Surroundings::default();
        let kind = |here: &Surroundings| effect(&Patch::default(), &[&component], here).kind;
        assert_eq!(kind(&here), DisruptionKind::Redeploy);
        here.is_machine = true;
        assert_eq!(kind(&here), DisruptionKind::Reboot);
    }
}
