//! `/proc` and `/sys` in a clone: read-only where writing would reach the host's kernel, masked where reading would
//! tell of it.

use std::fs;
use std::path::Path;

use rustix::mount::{MountFlags, mount, mount_bind, mount_remount};

use crate::error::{CloneError, Doing as _};
use crate::overlay::mount_tmpfs;

/// Writing to these changes the kernel, not the clone.
const READ_ONLY: [&str; 5] = [
    "/proc/sys",
    "/proc/sysrq-trigger",
    "/proc/irq",
    "/proc/bus",
    "/proc/fs",
];

/// These tell the kernel's memory, keys, log and timers, or drive hardware.
const MASKED: [&str; 13] = [
    "/proc/kcore",
    "/proc/kmsg",
    "/proc/keys",
    "/proc/key-users",
    "/proc/timer_list",
    "/proc/latency_stats",
    "/proc/sched_debug",
    "/proc/kallsyms",
    "/proc/kpagecount",
    "/proc/kpageflags",
    "/proc/acpi",
    "/proc/scsi",
    "/sys/firmware",
];

/// Mounts `/sys` of the clone's own network namespace, read-only. The calling thread's root is the clone's.
pub(crate) fn mount_sys() -> Result<(), CloneError> {
    let doing = || "mount the clone's /sys".to_owned();
    fs::create_dir_all("/sys").doing(doing)?;
    let flags = MountFlags::RDONLY | MountFlags::NOSUID | MountFlags::NODEV | MountFlags::NOEXEC;
    mount("sysfs", "/sys", "sysfs", flags, None).doing(doing)
}

/// Closes what `/proc` and `/sys` leave open. The calling thread's root is the clone's, with `/proc` and `/dev` there.
pub(crate) fn close() -> Result<(), CloneError> {
    let flags = MountFlags::BIND
        | MountFlags::RDONLY
        | MountFlags::NOSUID
        | MountFlags::NODEV
        | MountFlags::NOEXEC;
    for path in READ_ONLY.iter().filter(|path| Path::new(path).exists()) {
        let doing = || format!("make {path} of the clone read-only");
        mount_bind(*path, *path).doing(doing)?;
        mount_remount(*path, flags, c"").doing(doing)?;
    }
    for path in MASKED.iter().map(Path::new) {
        match fs::symlink_metadata(path) {
            Ok(data) if data.is_dir() => {
                mount_tmpfs(path, "mode=555,size=4k,nr_inodes=2", MountFlags::RDONLY)?
            }
            Ok(_) => mount_bind("/dev/null", path).doing(|| format!("mask {}", path.display()))?,
            Err(_) => {}
        }
    }
    Ok(())
}
