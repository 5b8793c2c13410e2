//! The clone's `/dev`: nodes of its own on a tmpfs of its own.
//!
//! Nothing of the host's `/dev` is ever bound: an overlay does not protect device nodes, and a clone that changes mode or
//! owner of a bound node changes the host's.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
use rustix::mount::{MountFlags, mount};

use crate::error::{CloneError, Doing as _};
use crate::overlay::mount_tmpfs;

/// Names and numbers of Linux's devices.txt. No disk, no console, no kernel log, no memory.
const NODES: [(&str, u32, u32); 6] = [
    ("null", 1, 3),
    ("zero", 1, 5),
    ("full", 1, 7),
    ("random", 1, 8),
    ("urandom", 1, 9),
    ("tty", 5, 0),
];

const LINKS: [(&str, &str); 5] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
];

/// Makes `dev` (below the clone's root) a private one.
pub(crate) fn make(dev: &Path) -> Result<(), CloneError> {
    let doing = |name: &str| format!("make {} of the clone", dev.join(name).display());
    fs::create_dir_all(dev).doing(|| doing(""))?;
    mount_tmpfs(dev, "mode=755,size=4m,nr_inodes=4096", MountFlags::NOEXEC)?;
    for (name, major, minor) in NODES {
        let path = dev.join(name);
        let mode = Mode::from_raw_mode(0o666);
        mknodat(
            CWD,
            &path,
            FileType::CharacterDevice,
            mode,
            makedev(major, minor),
        )
        .doing(|| doing(name))?;
        // The process's umask has taken bits away.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o666)).doing(|| doing(name))?;
    }
    for (name, target) in LINKS {
        symlink(target, dev.join(name)).doing(|| doing(name))?;
    }
    for name in ["pts", "shm", "mqueue"] {
        fs::create_dir(dev.join(name)).doing(|| doing(name))?;
    }
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    let terminals = c"newinstance,ptmxmode=0666,mode=0620,gid=5";
    mount("devpts", dev.join("pts"), "devpts", flags, terminals).doing(|| doing("pts"))?;
    mount_tmpfs(&dev.join("shm"), "mode=1777,size=256m", MountFlags::NODEV)?;
    // Message queues are not in every kernel, and hardly any service uses them.
    let _ = mount(
        "mqueue",
        dev.join("mqueue"),
        "mqueue",
        flags | MountFlags::NODEV,
        None,
    );
    Ok(())
}
