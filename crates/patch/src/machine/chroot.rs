//! A root directory, such as a mounted image or an unpacked system.

use std::path::{Path, PathBuf};

use super::{Command, Machine, MachineError, Outcome, run_bounded};

/// A root directory whose programs see it as `/`.
///
/// Each command gets mount, PID, IPC and UTS namespaces of its own (and an empty network namespace unless it needs the
/// network), a fresh `/proc`, and a `/dev` on a private tmpfs whose nodes are made there: a chmod in it never lands
/// on the host's devices. When the command ends, so does everything that it started. It uses unshare(1), mount(8),
/// mknod(1) and chroot(1) of the host, so that the root needs none of them; it needs root.
///
/// This keeps a well-meaning package manager inside; it is no prison for hostile code. The rehearsal's clone is.
#[derive(Debug, Clone)]
pub struct ChrootMachine {
    root: PathBuf,
}

/// Makes the surroundings, then becomes the command. `$1` is the root.
const SETUP: &str = r#"set -e
root=$1; shift
mount --make-rprivate /
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
[ ! -d "$root/proc/sys" ] || mount --bind -o ro "$root/proc/sys" "$root/proc/sys"
[ ! -e "$root/proc/sysrq-trigger" ] || mount --bind -o ro "$root/proc/sysrq-trigger" "$root/proc/sysrq-trigger"
mount -t tmpfs -o mode=755,nosuid,noexec,size=1m tmpfs "$root/dev"
for node in null:3 zero:5 full:7 random:8 urandom:9; do
  mknod -m 666 "$root/dev/${node%:*}" c 1 "${node#*:}"
done
mknod -m 666 "$root/dev/tty" c 5 0
mkdir -m 755 "$root/dev/pts" "$root/dev/shm"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620,nosuid,noexec devpts "$root/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs "$root/dev/shm"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
ln -s fd/0 "$root/dev/stdin"; ln -s fd/1 "$root/dev/stdout"; ln -s fd/2 "$root/dev/stderr"
if [ -d "$root/run" ] && [ ! -h "$root/run" ]; then mount -t tmpfs -o mode=755,nosuid,nodev tmpfs "$root/run"; mkdir "$root/run/lock"; chmod 1777 "$root/run/lock"; fi
exec chroot "$root" "$@"
"#;

impl ChrootMachine {
    /// The machine in `root`.
    pub fn new(root: impl Into<PathBuf>) -> ChrootMachine {
        ChrootMachine { root: root.into() }
    }
}

impl Machine for ChrootMachine {
    fn run(&self, command: &Command) -> Result<Outcome, MachineError> {
        let mut process = std::process::Command::new("unshare");
        process.args([
            "--mount",
            "--pid",
            "--ipc",
            "--uts",
            "--fork",
            "--kill-child",
        ]);
        if !command.network {
            process.arg("--net");
        }
        process
            .args(["--", "sh", "-c", SETUP, "patchward"])
            .arg(&self.root)
            .args(&command.argv)
            .current_dir("/");
        run_bounded(process, command)
    }

    fn root(&self) -> &Path {
        &self.root
    }
}
