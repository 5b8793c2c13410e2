//! The lease of a clone: a small file, written before anything is made, that says what the clone will leave behind if its
//! process is killed. The process holds a lock on it while it lives; a lease that can be locked belongs to nobody.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Component, Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::error::{CloneError, Doing as _};

const FILE: &str = "lease.json";
const PREFIX: &str = "patchward-clone-";
const MAX_BYTES: u64 = 1 << 20;
static NEXT: AtomicU32 = AtomicU32::new(1);

/// What is written.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Content {
    /// The clone's id, which is in the name of all that it makes.
    pub id: String,
    /// Its cgroups.
    pub cgroups: Vec<PathBuf>,
    /// The folder with its changes, when they are not in memory.
    pub changes: Option<PathBuf>,
}

/// A held lease. Dropping it without [`end`](Self::end) leaves it for a sweep.
pub(crate) struct Lease {
    folder: PathBuf,
    /// Locked as long as it is open.
    _file: File,
    pub content: Content,
}

/// An id that no other clone on this machine has, nor had: process, count, and the time, because process numbers come back.
pub(crate) fn new_id() -> String {
    let count = NEXT.fetch_add(1, Ordering::Relaxed);
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    format!(
        "{PREFIX}{}-{count}-{:x}",
        std::process::id(),
        now.as_nanos()
    )
}

impl Lease {
    /// Takes a lease below `state`, which is made if need be.
    pub fn take(state: &Path, content: Content) -> Result<Self, CloneError> {
        let folder = state.join(&content.id);
        let doing = || format!("take the lease {}", folder.display());
        fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&folder)
            .doing(doing)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(folder.join(FILE))
            .doing(doing)?;
        file.try_lock().map_err(io::Error::from).doing(doing)?;
        let text = serde_json::to_vec(&content)
            .map_err(io::Error::from)
            .doing(doing)?;
        file.write_all(&text).doing(doing)?;
        Ok(Self {
            folder,
            _file: file,
            content,
        })
    }

    /// Removes the lease, and the folder of leases when this was the last.
    pub fn end(self) -> io::Result<()> {
        remove(&self.folder)
    }
}

/// Removes a lease's folder, and the folders above it that are empty then and ours.
pub(crate) fn remove(folder: &Path) -> io::Result<()> {
    fs::remove_dir_all(folder)?;
    let ours = ["clones", "patchward"];
    for above in folder.ancestors().skip(1).take(ours.len()) {
        let named = above
            .file_name()
            .is_some_and(|name| ours.iter().any(|our| name == *our));
        if !named || fs::remove_dir(above).is_err() {
            break;
        }
    }
    Ok(())
}

/// A lease whose process is gone; it is locked for the one who cleans up.
pub(crate) struct Abandoned {
    pub folder: PathBuf,
    /// What it says; `None` when the process was killed before it was written, and had made nothing.
    pub content: Option<Content>,
    _lock: Option<File>,
}

/// The leases below `state` that nobody holds.
pub(crate) fn abandoned(state: &Path) -> io::Result<Vec<Abandoned>> {
    let entries = match fs::read_dir(state) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other?,
    };
    let mut found = Vec::new();
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let folder = entry.path();
        let lock = File::open(folder.join(FILE)).ok();
        if lock.as_ref().is_some_and(|file| file.try_lock().is_err()) {
            continue;
        }
        let content = read(&folder, &name);
        // Between making the folder and locking the file, a living process looks like this too.
        if content.is_none() && process_lives(&name) {
            continue;
        }
        found.push(Abandoned {
            folder,
            content,
            _lock: lock,
        });
    }
    Ok(found)
}

/// Whether the process that the id names is alive.
fn process_lives(id: &str) -> bool {
    id.strip_prefix(PREFIX)
        .and_then(|rest| rest.split('-').next()?.parse::<u32>().ok())
        .is_some_and(|pid| Path::new("/proc").join(pid.to_string()).exists())
}

/// Reads a lease, and believes it only about what carries its own name.
fn read(folder: &Path, name: &str) -> Option<Content> {
    let path = folder.join(FILE);
    if fs::metadata(&path).ok()?.len() > MAX_BYTES {
        return None;
    }
    let content: Content = serde_json::from_slice(&fs::read(path).ok()?).ok()?;
    let named =
        |path: &PathBuf| path.file_name().is_some_and(|last| last == name) && path.is_absolute();
    let climbs = |path: &PathBuf| path.components().any(|part| part == Component::ParentDir);
    let plausible = content.id == name
        && !content.cgroups.iter().chain(&content.changes).any(climbs)
        && content
            .cgroups
            .iter()
            .all(|path| named(path) && path.starts_with("/sys/fs/cgroup"))
        && content.changes.iter().all(named);
    plausible.then_some(content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(id: &str) -> Content {
        Content {
            id: id.to_owned(),
            cgroups: vec![Path::new("/sys/fs/cgroup/pids").join(id)],
            changes: None,
        }
    }

    #[test]
    fn a_held_lease_is_not_abandoned_and_ends_without_a_trace() {
        let state = tempfile::tempdir().unwrap();
        let clones = state.path().join("patchward/clones");
        let lease = Lease::take(&clones, content(&new_id())).unwrap();
        assert!(abandoned(&clones).unwrap().is_empty());
        lease.end().unwrap();
        assert!(!state.path().join("patchward").exists());
    }

    #[test]
    fn a_lease_of_a_dead_process_is_found() {
        let state = tempfile::tempdir().unwrap();
        let id = format!("{PREFIX}999999999-1");
        drop(Lease::take(state.path(), content(&id)).unwrap());
        let found = abandoned(state.path()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].content, Some(content(&id)));
    }

    #[test]
    fn a_lease_that_names_what_is_not_its_own_is_not_believed() {
        let state = tempfile::tempdir().unwrap();
        let id = format!("{PREFIX}999999999-2");
        for (cgroup, changes) in [
            ("/sys/fs/cgroup/pids/system.slice", None),
            ("/etc", None),
            ("/sys/fs/cgroup/pids", Some("/")),
        ] {
            let bad = Content {
                id: id.clone(),
                cgroups: vec![PathBuf::from(cgroup)],
                changes: changes.map(PathBuf::from),
            };
            drop(Lease::take(state.path(), bad).unwrap());
            assert_eq!(abandoned(state.path()).unwrap()[0].content, None);
            fs::remove_dir_all(state.path().join(&id)).unwrap();
        }
    }

    #[test]
    fn any_bytes_in_a_lease_are_survived() {
        let state = tempfile::tempdir().unwrap();
        let id = format!("{PREFIX}999999999-3");
        drop(Lease::take(state.path(), content(&id)).unwrap());
        let file = state.path().join(&id).join(FILE);
        let seed = fs::read(&file).unwrap();
        patchward_test_support::mutate(&[&seed], 500, |bytes| {
            fs::write(&file, bytes).unwrap();
            for found in abandoned(state.path()).unwrap() {
                let cgroups = found
                    .content
                    .map(|content| content.cgroups)
                    .unwrap_or_default();
                assert!(cgroups.iter().all(|path| path.ends_with(&id)));
            }
        });
    }
}
