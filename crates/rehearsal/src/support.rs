//! What this machine offers for clones.

use std::fmt;
use std::fs;
use std::path::Path;

use rustix::mount::{MountFlags, MountPropagationFlags, mount_change};
use rustix::thread::UnshareFlags;

use crate::error::CloneError;
use crate::layout::{How, Layout, Part};
use crate::options::{Limits, Storage};
use crate::{cgroup, inside, nspawn, overlay, raw, seccomp};

/// Which program is a clone's first process.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Runner {
    /// systemd, through systemd-nspawn.
    Systemd,
    /// Our own, without systemd.
    Own,
}

impl fmt::Display for Runner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Systemd => "systemd-nspawn",
            Self::Own => "own runner",
        })
    }
}

/// One thing that was looked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// What, in a few words.
    pub what: &'static str,
    /// Whether it is there.
    pub present: bool,
    /// Whether there is no clone without it.
    pub required: bool,
    /// What was seen, or what lacks and what to do.
    pub detail: String,
}

/// What this machine offers for clones.
#[derive(Clone, Debug, PartialEq)]
pub struct Support {
    /// Each thing that was looked for.
    pub found: Vec<Found>,
}

impl Support {
    /// Whether a clone can be made.
    pub fn is_sufficient(&self) -> bool {
        self.found
            .iter()
            .all(|found| found.present || !found.required)
    }
}

/// Looks for everything that clones use, by trying it; leaves nothing behind.
pub fn support() -> Support {
    let is_root = rustix::process::geteuid().is_root();
    let mut found = vec![found(
        "root user",
        true,
        is_root,
        "mounts and namespaces need it",
    )];
    let tried = if is_root {
        try_overlay()
    } else {
        Err(CloneError::NotRoot)
    };
    let (namespaces, detail) = match &tried {
        Err(error @ (CloneError::NotRoot | CloneError::NoNamespaces(_))) => (false, error.advice()),
        _ => (true, "tried"),
    };
    found.push(self::found("namespaces", true, namespaces, detail));
    let detail = tried
        .as_ref()
        .err()
        .map_or("tried over /", CloneError::advice);
    found.push(self::found(
        "overlay file system",
        true,
        tried.is_ok(),
        detail,
    ));
    let nspawn = nspawn::program();
    let detail = match &nspawn {
        Some(path) => path.display().to_string(),
        None => "services start by init scripts; install systemd-container for clones that boot"
            .to_owned(),
    };
    found.push(self::found(
        "systemd-nspawn",
        false,
        nspawn.is_some(),
        &detail,
    ));
    let filter = seccomp::Filter::inside().is_some();
    found.push(self::found(
        "system call filter",
        false,
        filter,
        "a second fence behind the capabilities",
    ));
    let notes = if is_root {
        limits()
    } else {
        vec!["not tried without root".to_owned()]
    };
    let detail = if notes.is_empty() {
        "memory, CPU and processes".to_owned()
    } else {
        notes.join("; ")
    };
    found.push(self::found(
        "limits by cgroups",
        false,
        notes.is_empty(),
        &detail,
    ));
    Support { found }
}

fn found(what: &'static str, required: bool, present: bool, detail: &str) -> Found {
    Found {
        what,
        present,
        required,
        detail: detail.to_owned(),
    }
}

/// Mounts an overlay over `/` in a namespace that ends with the thread.
fn try_overlay() -> Result<(), CloneError> {
    let tried = inside::on_thread(|| Ok(mount_in_namespace()));
    tried.unwrap_or_else(|error| Err(CloneError::NoNamespaces(error)))
}

fn mount_in_namespace() -> Result<(), CloneError> {
    raw::unshare(UnshareFlags::FS | UnshareFlags::NEWNS).map_err(CloneError::NoNamespaces)?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).map_err(|error| CloneError::NoNamespaces(error.into()))?;
    overlay::mount_tmpfs(Path::new("/tmp"), "mode=700", MountFlags::NODEV)?;
    let layout = Layout {
        parts: vec![Part {
            point: "".into(),
            source: "/".into(),
            how: How::Overlay {
                read_only: false,
                layers: Vec::new(),
            },
        }],
        left_out: Vec::new(),
    };
    overlay::mount_all(&layout, &Storage::Memory { bytes: 1 << 20 }, None).map(|_| ())
}

/// Which limits do not hold.
fn limits() -> Vec<String> {
    let id = crate::lease::new_id();
    let storage = Storage::Memory { bytes: 1 << 20 };
    let group = cgroup::Cgroup::create(&id, &Limits::default(), &storage);
    let mut notes = group.notes().to_vec();
    for path in group.paths() {
        if let Err(error) = fs::remove_dir(&path) {
            notes.push(format!("{} stays: {error}", path.display()));
        }
    }
    notes
}
