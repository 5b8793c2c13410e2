//! Removes what clones of killed processes left behind.
//!
//! Mounts and namespaces end with their last process by themselves, and the first process of a clone ends when the
//! process that made it does. What can stay are cgroups, stray processes in them, a folder of changes and the lease.

use std::fs;
use std::io;
use std::path::Path;

use crate::{cgroup, lease};

/// One clone that was cleaned up.
#[derive(Clone, Debug, PartialEq)]
pub struct Swept {
    /// The clone's id.
    pub id: String,
    /// Processes that were still alive in it.
    pub killed: usize,
    /// What could not be removed, as a sentence.
    pub problem: Option<String>,
}

/// Cleans up after every clone with a lease below `state` whose process is gone. Clones that live are left alone. To be
/// called at start, before a clone is made.
///
/// # Errors
/// When the folder of leases cannot be read; that it is absent is no error.
pub fn sweep(state: &Path) -> io::Result<Vec<Swept>> {
    let mut swept = Vec::new();
    for abandoned in lease::abandoned(state)? {
        let id = abandoned
            .folder
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let mut killed = 0;
        let mut problem = None;
        if let Some(content) = &abandoned.content {
            killed = content
                .cgroups
                .iter()
                .map(|path| cgroup::kill_all(path))
                .max()
                .unwrap_or(0);
            let cgroups = cgroup::remove_all(&content.cgroups);
            let changes = content.changes.as_deref().map_or(Ok(()), remove_tree);
            problem = cgroups.and(changes).err().map(|error| error.to_string());
        }
        // The lease stays as long as something of the clone does.
        if problem.is_none() {
            problem = lease::remove(&abandoned.folder)
                .err()
                .map(|error| error.to_string());
        }
        swept.push(Swept {
            id,
            killed,
            problem,
        });
    }
    Ok(swept)
}

/// Removes a folder of changes; that it is gone is success.
pub(crate) fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
