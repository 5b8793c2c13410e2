//! systemd as the clone's first process, through systemd-nspawn, which hides what an overlay does not: it makes its own
//! `/dev`, `/run` and `/tmp`, masks `/proc` and `/sys`, and filters system calls.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::error::{CloneError, Doing as _};
use crate::plan::Plan;
use crate::raw::{self, BeforeExec};

const PROGRAM: [&str; 2] = ["/usr/bin/systemd-nspawn", "/bin/systemd-nspawn"];
const BOOT_LIMIT: Duration = Duration::from_secs(30);

/// Beside what systemd-nspawn withholds by itself. Without a device cgroup, `CAP_MKNOD` would open the host's disks.
const DROPPED: &str = "CAP_MKNOD,CAP_AUDIT_CONTROL,CAP_SYS_BOOT,CAP_SYS_TTY_CONFIG";

/// Calls that no service of a clone needs, and that reach the kernel or the host's clock and keys.
const REFUSED: &str = "~@clock @module @reboot @swap @raw-io bpf perf_event_open open_by_handle_at keyctl add_key request_key";

/// Units that would act on the world or on hardware; a rehearsal is not the place for their work.
pub(crate) const NOT_STARTED: [&str; 9] = [
    "timers.target",
    "cron.service",
    "crond.service",
    "atd.service",
    "anacron.service",
    "unattended-upgrades.service",
    "networking.service",
    "systemd-networkd-wait-online.service",
    "getty.target",
];

/// The program, where it is installed.
pub(crate) fn program() -> Option<PathBuf> {
    PROGRAM.iter().map(PathBuf::from).find(|path| path.exists())
}

/// Whether the root has a systemd to boot.
pub(crate) fn has_systemd(root: &Path) -> bool {
    ["usr/lib/systemd/systemd", "lib/systemd/systemd"]
        .iter()
        .any(|path| root.join(path).exists())
}

/// Starts systemd in `root`. The calling thread has mount and network namespaces of its own, and must live as long as
/// the clone: systemd-nspawn is killed when it ends. Returns systemd-nspawn and the id of the clone's first process.
pub(crate) fn start(plan: &Plan, root: &Path) -> Result<(Child, u32), CloneError> {
    let program =
        program().ok_or_else(|| CloneError::Boot("systemd-nspawn is not installed".to_owned()))?;
    let mut command = Command::new(program);
    command
        .args([
            "--quiet",
            "--boot",
            "--register=no",
            "--keep-unit",
            "--console=read-only",
        ])
        .args([
            "--private-network",
            "--private-users=0:65536",
            "--resolv-conf=off",
            "--timezone=off",
            "--link-journal=no",
        ])
        .arg("--kill-signal=SIGKILL")
        .arg(format!("--drop-capability={DROPPED}"))
        .arg(format!("--system-call-filter={REFUSED}"))
        .arg(format!("--machine={}", plan.id))
        .arg(format!("--hostname={}", plan.host_name))
        .arg("--directory")
        .arg(root)
        .args(NOT_STARTED.map(|unit| format!("systemd.mask={unit}")))
        .env("SYSTEMD_NSPAWN_LOCK", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    let steps = BeforeExec {
        join: Arc::clone(&plan.entrances),
        // Killed itself, it would leave the clone alive; asked to end, it kills the clone.
        on_parents_end: Some(Signal::TERM),
        ..BeforeExec::default()
    };
    raw::before_exec(&mut command, steps);
    let mut child = command
        .spawn()
        .doing(|| "start systemd-nspawn".to_owned())?;
    match wait_for_systemd(&mut child) {
        Ok(leader) => Ok((child, leader)),
        Err(reason) => {
            // It is of no use any more; that it may be gone already is why this can fail.
            let _ = child.kill();
            let output = child
                .wait_with_output()
                .map(|output| output.stderr)
                .unwrap_or_default();
            let said = String::from_utf8_lossy(&output)
                .trim()
                .chars()
                .take(2000)
                .collect::<String>();
            Err(CloneError::Boot(format!("{reason}: {said}")))
        }
    }
}

/// Waits until the child of systemd-nspawn has become systemd: then its mounts are made.
fn wait_for_systemd(child: &mut Child) -> Result<u32, String> {
    let begun = Instant::now();
    while begun.elapsed() < BOOT_LIMIT {
        if let Ok(Some(status)) = child.try_wait() {
            return Err(format!("systemd-nspawn ended with {status}"));
        }
        if let Some(leader) = leader_of(child.id()) {
            return Ok(leader);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    Err(format!("no systemd after {} s", BOOT_LIMIT.as_secs()))
}

fn leader_of(parent: u32) -> Option<u32> {
    let own = namespace(parent)?;
    fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let pid: u32 = entry.file_name().to_str()?.parse().ok()?;
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        // The name in parentheses may hold anything; what follows is: state, parent.
        let (before, after) = stat.rsplit_once(')')?;
        let is_child = after.split_whitespace().nth(1)? == parent.to_string();
        let is_systemd = before.ends_with("(systemd");
        (is_child && is_systemd && namespace(pid)? != own).then_some(pid)
    })
}

fn namespace(pid: u32) -> Option<u64> {
    Some(fs::metadata(format!("/proc/{pid}/ns/pid")).ok()?.ino())
}
