//! Locks of package managers: who holds one, and waiting for it with a limit.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::Path;
use std::time::{Duration, Instant};

use patchward_protocol::transaction::Holder;

use crate::below::{self, Below};
use crate::{Machine, PatchError};

/// How a package manager locks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// A record lock (fcntl) on this file: dpkg, apt, rpm, apk.
    Record(&'static str),
    /// The file's presence is the lock, and it may hold a process id: pacman, zypper.
    Presence(&'static str),
}

/// Longest command line that is told.
const MAX_COMMAND: usize = 200;

/// Who holds one of the locks now.
///
/// # Errors
/// When the machine's root cannot be opened.
pub fn holder(machine: &dyn Machine, locks: &[Lock]) -> Result<Option<Holder>, PatchError> {
    let root = below::open(machine.root())?;
    Ok(locks.iter().find_map(|lock| match lock {
        Lock::Record(path) => record_holder(&root, path),
        Lock::Presence(path) => presence_holder(&root, path),
    }))
}

/// Waits until none of the locks is held.
///
/// # Errors
/// [`PatchError::Locked`] with the holder's name when the time is over.
pub fn wait(machine: &dyn Machine, locks: &[Lock], limit: Duration) -> Result<(), PatchError> {
    let started = Instant::now();
    let mut pause = Duration::from_millis(50);
    while let Some(holder) = holder(machine, locks)? {
        let waited = started.elapsed();
        if waited >= limit {
            return Err(PatchError::Locked { holder, waited });
        }
        std::thread::sleep(pause.min(limit - waited));
        pause = (pause * 2).min(Duration::from_secs(1));
    }
    Ok(())
}

/// Asks the kernel who would keep us from a write lock on the whole file. Nothing is locked by asking.
fn record_holder(root: &Below, path: &str) -> Option<Holder> {
    let file = root.file(path).ok()?;
    let mut ask = rustix::process::Flock::from(rustix::process::FlockType::WriteLock);
    ask.length = 0;
    let found = rustix::process::fcntl_getlk(file.as_fd(), &ask).ok()??;
    let pid = found
        .pid
        .and_then(|pid| u32::try_from(pid.as_raw_nonzero().get()).ok())
        .or_else(|| owner_in_proc(&file));
    Some(Holder {
        lock: path.to_owned(),
        pid,
        command: pid.map_or_else(
            || "a process of another namespace".to_owned(),
            |pid| command_of(Path::new("/proc"), pid),
        ),
    })
}

/// An open-file-description lock has no process in the kernel's answer; /proc/locks sometimes has.
fn owner_in_proc(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt;
    let inode = file.metadata().ok()?.ino();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    owner_of_inode(&locks, inode)
}

/// `1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 0 EOF`
fn owner_of_inode(locks: &str, inode: u64) -> Option<u32> {
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [_, _, _, _, pid, place, ..] = words.as_slice() else {
            return None;
        };
        let same = place.rsplit(':').next()?.parse() == Ok(inode);
        pid.parse().ok().filter(|pid| same && *pid > 0)
    })
}

fn presence_holder(root: &Below, path: &str) -> Option<Holder> {
    root.place(path)?;
    let text = root.text(path, 64).unwrap_or_default();
    let pid: Option<u32> = text.trim().parse().ok();
    // A process id whose process is gone is a leftover that the package manager itself clears.
    if pid.is_some_and(|pid| !Path::new(&format!("/proc/{pid}")).exists()) {
        return None;
    }
    Some(Holder {
        lock: path.to_owned(),
        pid,
        command: pid.map_or_else(
            || "an unknown process, or one that was interrupted".to_owned(),
            |pid| command_of(Path::new("/proc"), pid),
        ),
    })
}

/// A process's command line, or its name where it has none.
fn command_of(proc: &Path, pid: u32) -> String {
    let folder = proc.join(pid.to_string());
    let line = std::fs::read(folder.join("cmdline")).unwrap_or_default();
    let line = String::from_utf8_lossy(&line).replace('\0', " ");
    let name = || std::fs::read_to_string(folder.join("comm")).unwrap_or_default();
    let text = if line.trim().is_empty() { name() } else { line };
    let text: String = text
        .trim()
        .chars()
        .map(|char| if char.is_control() { ' ' } else { char })
        .take(MAX_COMMAND)
        .collect();
    if text.is_empty() {
        "a process that has ended".to_owned()
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_list_names_the_owner_of_an_inode() {
        let locks = "1: POSIX  ADVISORY  WRITE 1234 fe:00:5678 0 EOF\n2: OFDLCK ADVISORY WRITE -1 fe:00:99 0 EOF\nbad\n";
        assert_eq!(owner_of_inode(locks, 5678), Some(1234));
        assert_eq!(owner_of_inode(locks, 99), None);
        assert_eq!(owner_of_inode(locks, 1), None);
    }

    #[test]
    fn a_lock_file_whose_process_is_gone_holds_nobody_up() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("zypp.pid"), "4194304999").unwrap();
        std::fs::write(
            folder.path().join("mine.pid"),
            std::process::id().to_string(),
        )
        .unwrap();
        let root = Below::open_root(folder.path()).unwrap();
        let held = presence_holder(&root, "/mine.pid").unwrap();
        assert_eq!(held.pid, Some(std::process::id()));
        assert!(!held.command.is_empty());
        assert!(presence_holder(&root, "/zypp.pid").is_none());
        assert!(presence_holder(&root, "/none.pid").is_none());
    }
}
