//! Resolves a path inside a directory: by the kernel, or step by step.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path};

use rustix::fs::{Mode, OFlags, ResolveFlags};
use rustix::io::Errno;

/// The most symbolic links on one path; the kernel's own number.
const MAX_LINKS: usize = 40;

/// How paths are resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Resolver {
    /// By openat2(2).
    Kernel,
    /// Step by step, holding each directory open so that a rename on the way changes nothing.
    Walk,
}

impl Resolver {
    /// The kernel's way where this kernel allows it.
    pub(super) fn best() -> Resolver {
        let flags = OFlags::PATH | OFlags::CLOEXEC;
        match openat2(rustix::fs::CWD, Path::new("."), flags) {
            Err(Errno::NOSYS | Errno::PERM | Errno::INVAL) => Resolver::Walk,
            _ => Resolver::Kernel,
        }
    }

    /// Opens what the path leads to inside `root`.
    pub(super) fn open(
        self,
        root: BorrowedFd<'_>,
        path: &Path,
        flags: OFlags,
    ) -> Result<OwnedFd, Errno> {
        match self {
            Resolver::Kernel => by_kernel(root, path, flags),
            Resolver::Walk => by_walk(root, path, flags),
        }
    }
}

fn by_kernel(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    for _ in 0..8 {
        match openat2(root, path, flags) {
            // Something was renamed while `..` was resolved: the kernel asks to try again.
            Err(Errno::AGAIN) => continue,
            result => return result,
        }
    }
    by_walk(root, path, flags)
}

fn openat2(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
    rustix::fs::openat2(root, path, flags, Mode::empty(), resolve)
}

fn by_walk(root: BorrowedFd<'_>, path: &Path, flags: OFlags) -> Result<OwnedFd, Errno> {
    let follow_last = !flags.contains(OFlags::NOFOLLOW);
    let mut above: Vec<OwnedFd> = Vec::new();
    let mut todo = VecDeque::new();
    push_front(&mut todo, path);
    let mut links = 0;
    while let Some(part) = todo.pop_front() {
        let here = above.last().map_or(root, AsFd::as_fd);
        if part == ".." {
            above.pop();
            continue;
        }
        let last = todo.is_empty();
        if follow_last || !last {
            match rustix::fs::readlinkat(here, &part, Vec::new()) {
                Ok(target) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(Errno::LOOP);
                    }
                    let target = Path::new(OsStr::from_bytes(target.as_bytes()));
                    if target.is_absolute() {
                        above.clear();
                    }
                    push_front(&mut todo, target);
                    continue;
                }
                Err(Errno::INVAL) => {} // not a link
                Err(errno) => return Err(errno),
            }
        }
        if last {
            return rustix::fs::openat(here, &part, flags | OFlags::NOFOLLOW, Mode::empty());
        }
        let directory = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        above.push(rustix::fs::openat(here, &part, directory, Mode::empty())?);
    }
    let here = above.last().map_or(root, AsFd::as_fd);
    rustix::fs::openat(here, ".", flags, Mode::empty())
}

/// Puts the parts of a path before those still to do; `.` and `/` say nothing here.
fn push_front(todo: &mut VecDeque<OsString>, path: &Path) {
    for part in path.components().rev() {
        match part {
            Component::Normal(name) => todo.push_front(name.to_owned()),
            Component::ParentDir => todo.push_front("..".into()),
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
}
