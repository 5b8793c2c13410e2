//! The host's services, started inside a clone: by systemd where it is the first process, else by their init scripts, else
//! by what their units say.

mod scripts;
mod systemd;
mod unit;
mod units;
mod words;

use std::fs;
use std::time::Duration;

use crate::clone::HostClone;
use crate::error::RunError;
use crate::support::Runner;

/// Scripts and units that act on hardware, the kernel, the network or the world, or that run other people's jobs; a
/// rehearsal is not the place for their work.
const NOT_STARTED: [&str; 46] = [
    "NetworkManager",
    "anacron",
    "apparmor",
    "atd",
    "auditd",
    "autofs",
    "cgroupfs-mount",
    "chrony",
    "chronyd",
    "cloud-init",
    "console-setup",
    "containerd",
    "cron",
    "crond",
    "docker",
    "firewalld",
    "hwclock",
    "irqbalance",
    "iptables",
    "kdump",
    "keyboard-setup",
    "kmod",
    "kmod-static-nodes",
    "kubelet",
    "libvirtd",
    "local",
    "mdmonitor",
    "modules",
    "mount-ro",
    "networking",
    "nftables",
    "ntpd",
    "ntpsec",
    "patchward",
    "procps",
    "qemu-guest-agent",
    "rngd",
    "rsyncd",
    "smartd",
    "snapd",
    "sysctl",
    "sysstat",
    "tuned",
    "udev",
    "unattended-upgrades",
    "x11-common",
];
const MAX_SERVICES: usize = 500;
/// What a service said is kept this long in a report.
const MAX_SAID: usize = 2000;

/// What starting the services gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ServiceReport {
    /// Each service that was started, in that order.
    pub services: Vec<Started>,
    /// What was not done, as sentences.
    pub notes: Vec<String>,
}

/// One service.
#[derive(Clone, Debug, PartialEq)]
pub struct Started {
    /// The unit's or the script's name.
    pub name: String,
    /// Whether it came up.
    pub up: bool,
    /// What it said when it did not.
    pub said: String,
}

pub(crate) fn start(clone: &HostClone, limit: Duration) -> Result<ServiceReport, RunError> {
    if clone.runner() == Runner::Systemd {
        return systemd::wait(clone, limit);
    }
    let mut report = scripts::start(clone, limit)?;
    units::start(clone, limit, &mut report)?;
    Ok(report)
}

/// Whether a script or unit of this name is left alone.
fn is_not_started(name: &str) -> bool {
    let plain = name
        .strip_suffix(".service")
        .or(name.strip_suffix(".sh"))
        .unwrap_or(name);
    NOT_STARTED.contains(&plain) || plain.starts_with("systemd-") || plain.starts_with("getty@")
}

/// The names in a folder that begin with `prefix`, in order.
fn names(folder: &str, prefix: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.starts_with(prefix))
        .take(MAX_SERVICES)
        .collect();
    names.sort();
    names
}

fn shorten(text: &str) -> String {
    text.trim().chars().take(MAX_SAID).collect()
}
