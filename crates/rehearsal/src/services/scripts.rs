//! Services that have init scripts (sysv, OpenRC).

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::{ServiceReport, Started, is_not_started, names, shorten};
use crate::clone::HostClone;
use crate::command::{CommandSpec, Ended};
use crate::error::RunError;

const TMPFILES: [&str; 2] = ["/bin/systemd-tmpfiles", "/usr/bin/systemd-tmpfiles"];

/// Starts what is enabled, in its order.
pub(super) fn start(clone: &HostClone, limit: Duration) -> Result<ServiceReport, RunError> {
    let mut report = ServiceReport::default();
    let listed = clone.namespaces().inside(|| {
        allow_init_scripts()?;
        let has_tmpfiles = TMPFILES.iter().any(|path| Path::new(path).exists());
        Ok((enabled(), has_tmpfiles))
    });
    let (scripts, has_tmpfiles) = listed.map_err(|source| RunError::Watch {
        program: "the init scripts".to_owned(),
        source,
    })?;
    if has_tmpfiles {
        // Folders below /run that a boot would make; services without them say so themselves.
        let argv = [
            "systemd-tmpfiles",
            "--create",
            "--exclude-prefix=/dev",
            "--exclude-prefix=/proc",
        ];
        clone.run(&CommandSpec::new(argv).timeout(limit))?;
    }
    for name in scripts {
        if is_not_started(&name) {
            report.notes.push(format!(
                "{name} was not started: it acts on more than the clone"
            ));
            continue;
        }
        let argv = [format!("/etc/init.d/{name}"), "start".to_owned()];
        let outcome = clone.run(&CommandSpec::new(argv).timeout(limit))?;
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
    Ok(report)
}

/// The scripts that would start at boot. The calling thread's root is the clone's.
fn enabled() -> Vec<String> {
    let mut scripts = names("/etc/runlevels/default", "");
    if scripts.is_empty() {
        // The level that Debian starts in, else the one that most others do.
        let levels = ["/etc/rc2.d", "/etc/rc3.d", "/etc/rc.d/rc3.d"];
        let folder = levels.into_iter().find(|path| Path::new(path).is_dir());
        let links = folder.map(|folder| names(folder, "S")).unwrap_or_default();
        scripts = links
            .iter()
            .filter_map(|link| link.get(3..))
            .map(str::to_owned)
            .collect();
    }
    scripts.retain(|name| Path::new("/etc/init.d").join(name).exists());
    scripts
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
