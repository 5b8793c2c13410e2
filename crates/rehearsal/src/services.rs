//! The host's services, started inside a clone: by systemd where it is the first process, else by their init scripts.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::clone::HostClone;
use crate::command::{CommandSpec, Ended};
use crate::error::RunError;
use crate::support::Runner;

/// Scripts that act on hardware, the kernel or the world; a rehearsal is not the place for their work.
const NOT_STARTED: [&str; 24] = [
    "anacron",
    "apparmor",
    "atd",
    "console-setup.sh",
    "cron",
    "crond",
    "cgroupfs-mount",
    "docker",
    "hwclock",
    "hwclock.sh",
    "keyboard-setup.sh",
    "kmod",
    "kmod-static-nodes",
    "local",
    "modules",
    "mount-ro",
    "networking",
    "procps",
    "rsyncd",
    "sysctl",
    "sysstat",
    "udev",
    "unattended-upgrades",
    "x11-common",
];
const MAX_SERVICES: usize = 500;
/// What a script said is kept this long in a report.
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
    match clone.runner() {
        Runner::Systemd => wait_for_systemd(clone, limit),
        Runner::Own => start_scripts(clone, limit),
    }
}

fn wait_for_systemd(clone: &HostClone, limit: Duration) -> Result<ServiceReport, RunError> {
    let mut report = ServiceReport::default();
    let begun = Instant::now();
    let ask = CommandSpec::new(["systemctl", "is-system-running"]).timeout(limit);
    loop {
        let state = clone.run(&ask)?.stdout_text();
        match state.trim() {
            "running" | "degraded" => break,
            other if begun.elapsed() > limit => {
                let seconds = limit.as_secs();
                report
                    .notes
                    .push(format!("systemd was not done after {seconds} s: {other}"));
                break;
            }
            _ => std::thread::sleep(Duration::from_millis(20)),
        }
    }
    for (state, up) in [("running", true), ("failed", false)] {
        let list = [
            "systemctl",
            "list-units",
            "--type=service",
            "--plain",
            "--no-legend",
            "--no-pager",
        ];
        let spec = CommandSpec::new(
            list.iter()
                .copied()
                .chain([format!("--state={state}").as_str()])
                .map(str::to_owned),
        );
        let outcome = clone.run(&spec.timeout(limit))?;
        for line in outcome.stdout_text().lines().take(MAX_SERVICES) {
            let Some(name) = line.split_whitespace().next() else {
                continue;
            };
            let said = if up {
                String::new()
            } else {
                said_by_unit(clone, name, limit)?
            };
            report.services.push(Started {
                name: name.to_owned(),
                up,
                said,
            });
        }
    }
    Ok(report)
}

fn said_by_unit(clone: &HostClone, unit: &str, limit: Duration) -> Result<String, RunError> {
    let spec =
        CommandSpec::new(["systemctl", "status", "--no-pager", "--lines=20", unit]).timeout(limit);
    Ok(shorten(&clone.run(&spec)?.stdout_text()))
}

fn start_scripts(clone: &HostClone, limit: Duration) -> Result<ServiceReport, RunError> {
    let mut report = ServiceReport::default();
    let listed = clone.namespaces().inside(|| {
        allow_init_scripts()?;
        Ok(Enabled::find())
    });
    let enabled = listed.map_err(|source| RunError::Watch {
        program: "the init scripts".to_owned(),
        source,
    })?;
    let folders = CommandSpec::new([
        "systemd-tmpfiles",
        "--create",
        "--exclude-prefix=/dev",
        "--exclude-prefix=/proc",
    ]);
    if enabled.has_tmpfiles {
        // Folders below /run that a boot would make; services without them say so themselves.
        clone.run(&folders.timeout(limit))?;
    }
    for name in enabled.scripts {
        if NOT_STARTED.contains(&name.as_str()) {
            report.notes.push(format!(
                "{name} was not started: it acts on more than the clone"
            ));
            continue;
        }
        let outcome = clone.run(
            &CommandSpec::new([format!("/etc/init.d/{name}"), "start".to_owned()]).timeout(limit),
        )?;
        let said = match outcome.ended {
            Ended::Exited(0) => String::new(),
            ended => shorten(&format!(
                "{ended:?}: {}{}",
                outcome.stdout_text(),
                outcome.stderr_text()
            )),
        };
        report.services.push(Started {
            up: said.is_empty(),
            name,
            said,
        });
    }
    for unit in enabled.units_only {
        report
            .notes
            .push(format!("{unit} was not started: it has no init script; systemd-container makes a clone that boots"));
    }
    Ok(report)
}

/// What is enabled in the clone, as its files say.
struct Enabled {
    scripts: Vec<String>,
    units_only: Vec<String>,
    has_tmpfiles: bool,
}

impl Enabled {
    /// The calling thread's root is the clone's.
    fn find() -> Self {
        let mut scripts = names("/etc/runlevels/default", "");
        if scripts.is_empty() {
            // The level that Debian starts in, else the one that most others do.
            let folder = ["/etc/rc2.d", "/etc/rc3.d", "/etc/rc.d/rc3.d"]
                .into_iter()
                .find(|path| Path::new(path).is_dir());
            let links = folder.map(|folder| names(folder, "S")).unwrap_or_default();
            scripts = links
                .iter()
                .filter_map(|link| link.get(3..))
                .map(str::to_owned)
                .collect();
        }
        scripts.retain(|name| Path::new("/etc/init.d").join(name).exists());
        let mut units_only = names("/etc/systemd/system/multi-user.target.wants", "");
        units_only.retain(|unit| {
            let name = unit.strip_suffix(".service");
            name.is_some_and(|name| {
                !scripts.iter().any(|script| script == name) && !NOT_STARTED.contains(&name)
            })
        });
        Self {
            scripts,
            units_only,
            has_tmpfiles: ["/bin/systemd-tmpfiles", "/usr/bin/systemd-tmpfiles"]
                .iter()
                .any(|path| Path::new(path).exists()),
        }
    }
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

/// Debian's invoke-rc.d refuses to start anything where neither an init system nor a policy is found. A policy that the
/// host has stays: its clone shall behave as it does.
fn allow_init_scripts() -> io::Result<()> {
    let policy = Path::new("/usr/sbin/policy-rc.d");
    if !Path::new("/usr/sbin/invoke-rc.d").exists() || fs::symlink_metadata(policy).is_ok() {
        return Ok(());
    }
    fs::write(policy, "#!/bin/sh\nexit 0\n")?;
    fs::set_permissions(policy, fs::Permissions::from_mode(0o755))
}

fn shorten(text: &str) -> String {
    text.trim().chars().take(MAX_SAID).collect()
}
