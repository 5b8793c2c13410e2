//! When only a reboot makes the new code run.

use patchward_protocol::restart::{RebootReason, StaleProcess};
use patchward_protocol::transaction::PackageChange;

use crate::machine::Machine;

/// Packages by the beginning of their names, what they are, and whether processes tell when the new code runs.
const RULES: [(&str, &str, Renews); 17] = [
    (
        "linux-image",
        "the running kernel stays until the next boot",
        Renews::Kernel,
    ),
    (
        "kernel-core",
        "the running kernel stays until the next boot",
        Renews::Kernel,
    ),
    (
        "kernel-default",
        "the running kernel stays until the next boot",
        Renews::Kernel,
    ),
    (
        "linux-lts",
        "the running kernel stays until the next boot",
        Renews::Kernel,
    ),
    (
        "linux-virt",
        "the running kernel stays until the next boot",
        Renews::Kernel,
    ),
    (
        "intel-microcode",
        "the processor takes microcode at boot",
        Renews::Boot,
    ),
    (
        "amd64-microcode",
        "the processor takes microcode at boot",
        Renews::Boot,
    ),
    (
        "microcode_ctl",
        "the processor takes microcode at boot",
        Renews::Boot,
    ),
    (
        "firmware-",
        "devices take firmware when their driver loads",
        Renews::Boot,
    ),
    (
        "linux-firmware",
        "devices take firmware when their driver loads",
        Renews::Boot,
    ),
    (
        "libc6",
        "every process maps it, the first one too",
        Renews::Process,
    ),
    (
        "glibc",
        "every process maps it, the first one too",
        Renews::Process,
    ),
    (
        "musl",
        "every process maps it, the first one too",
        Renews::Process,
    ),
    (
        "systemd",
        "the first process and its helpers run it",
        Renews::Process,
    ),
    (
        "libsystemd",
        "the first process and its helpers run it",
        Renews::Process,
    ),
    (
        "dbus",
        "the message bus cannot be restarted without its clients",
        Renews::Process,
    ),
    ("grub", "the boot loader is read at boot", Renews::Boot),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Renews {
    /// The kernel tells its own version.
    Kernel,
    /// Nothing but a boot, and nothing tells whether there was one.
    Boot,
    /// Processes that still map the old files tell.
    Process,
}

fn rule(name: &str) -> Option<&'static (&'static str, &'static str, Renews)> {
    let bare = name
        .strip_suffix("-dbg")
        .or(name.strip_suffix("-dev"))
        .or(name.strip_suffix("-doc"));
    // Development files of a library run nowhere.
    RULES
        .iter()
        .find(|(start, _, _)| bare.is_none() && name.starts_with(start))
}

fn reason((_, words, _): &(&str, &str, Renews), package: &str) -> RebootReason {
    RebootReason {
        package: package.to_owned(),
        reason: format!("{words}; a reboot is needed"),
    }
}

/// Why a transaction will need a reboot, by the packages alone.
pub fn reboot_reasons(changes: &[PackageChange]) -> Vec<RebootReason> {
    changes
        .iter()
        .filter(|change| change.to.is_some())
        .filter_map(|change| Some(reason(rule(&change.name)?, &change.name)))
        .collect()
}

/// Why a reboot is needed now, after a transaction: the running kernel and the first process are asked. An image that
/// nothing runs in needs none.
pub fn reboot_needed(
    machine: &dyn Machine,
    changes: &[PackageChange],
    stale: &[StaleProcess],
) -> Vec<RebootReason> {
    if machine.proc().is_none() {
        return Vec::new();
    }
    let system = rustix::system::uname();
    let running = format!(
        "{} {}",
        system.release().to_string_lossy(),
        system.version().to_string_lossy()
    );
    let maps = |package: &str| {
        let first = |process: &&StaleProcess| {
            process.pid == 1
                || process
                    .service
                    .as_ref()
                    .is_some_and(|one| one.name.starts_with("dbus"))
        };
        let owns = |process: &StaleProcess| {
            process
                .files
                .iter()
                .any(|file| file.package.as_deref() == Some(package))
        };
        stale.iter().filter(first).any(owns)
    };
    changes
        .iter()
        .filter_map(|change| {
            let (rule, to) = (rule(&change.name)?, change.to.as_deref()?);
            let needed = match rule.2 {
                Renews::Kernel => !runs(&running, &change.name, to),
                Renews::Boot => true,
                Renews::Process => maps(&change.name),
            };
            needed.then(|| reason(rule, &change.name))
        })
        .collect()
}

/// The running kernel is that of the package: Debian's names the package's version, others are named by their release.
fn runs(running: &str, package: &str, version: &str) -> bool {
    let words = || running.split_whitespace();
    let release = package
        .trim_start_matches("linux-image-")
        .trim_start_matches("unsigned-");
    words().any(|word| word == version)
        || (words().next() == Some(release) && !words().any(|word| word == "Debian"))
        || words().next().is_some_and(|word| word.starts_with(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, to: &str) -> PackageChange {
        PackageChange {
            name: name.into(),
            to: Some(to.into()),
            ..PackageChange::default()
        }
    }

    #[test]
    fn kernels_and_core_libraries_need_a_reboot_and_others_do_not() {
        let names = |changes: &[PackageChange]| -> Vec<String> {
            reboot_reasons(changes)
                .into_iter()
                .map(|one| one.package)
                .collect()
        };
        let changes = [
            "linux-image-6.1.0-9-amd64",
            "libc6",
            "libc6-dev",
            "nginx",
            "libssl3",
        ]
        .map(|name| change(name, "2"));
        assert_eq!(names(&changes), ["linux-image-6.1.0-9-amd64", "libc6"]);
    }

    #[test]
    fn the_running_kernel_tells_its_own_version() {
        let debian = "6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01)";
        assert!(runs(debian, "linux-image-6.1.0-18-amd64", "6.1.76-1"));
        assert!(!runs(debian, "linux-image-6.1.0-18-amd64", "6.1.90-1"));
        let fedora = "6.8.5-301.fc40.x86_64 #1 SMP";
        assert!(runs(fedora, "kernel-core", "6.8.5-301.fc40"));
        assert!(!runs(fedora, "kernel-core", "6.8.6-301.fc40"));
    }
}
