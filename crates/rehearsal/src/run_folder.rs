//! The clone's `/run`: a fresh tmpfs with the host's folders in it, without their content.
//!
//! The host's own `/run` holds the sockets of its services; a clone that saw it would talk to the host's systemd. The
//! folders are kept with owner and mode because services expect those that were made at boot.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use rustix::mount::MountFlags;

use crate::error::{CloneError, Doing as _};
use crate::overlay::mount_tmpfs;

const MAX_FOLDERS: usize = 2000;
const MAX_DEPTH: usize = 3;
/// `/run/systemd` tells programs that systemd is the first process; the others belong to people's sessions and to us.
const NOT_KEPT: [&str; 4] = ["systemd", "user", "patchward", "netns"];

/// A folder below `/run`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Folder {
    path: PathBuf,
    mode: u32,
    user: u32,
    group: u32,
}

/// The folders of the host's `run`, parents first.
pub(crate) fn folders(run: &Path) -> Vec<Folder> {
    let mut found = Vec::new();
    let mut pending = vec![(PathBuf::new(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        let Ok(entries) = fs::read_dir(run.join(&folder)) else {
            continue;
        };
        for entry in entries.flatten() {
            let path = folder.join(entry.file_name());
            let Ok(data) = entry.metadata() else { continue };
            let kept = depth > 0 || !NOT_KEPT.iter().any(|name| path == Path::new(name));
            if !data.is_dir() || !kept || found.len() >= MAX_FOLDERS {
                continue;
            }
            found.push(Folder {
                path: path.clone(),
                mode: data.mode() & 0o7777,
                user: data.uid(),
                group: data.gid(),
            });
            if depth + 1 < MAX_DEPTH {
                pending.push((path, depth + 1));
            }
        }
    }
    found
}

/// Mounts the fresh `/run`. The calling thread's root is the clone's.
pub(crate) fn make(folders: &[Folder]) -> Result<(), CloneError> {
    let run = Path::new("/run");
    fs::create_dir_all(run).doing(|| "create the clone's /run".to_owned())?;
    mount_tmpfs(run, "mode=755,size=64m", MountFlags::NODEV)?;
    let lock = Folder {
        path: PathBuf::from("lock"),
        mode: 0o1777,
        user: 0,
        group: 0,
    };
    for folder in folders.iter().chain([&lock]) {
        let path = run.join(&folder.path);
        let doing = || format!("create {} of the clone", path.display());
        fs::create_dir_all(&path).doing(doing)?;
        chown(&path, Some(folder.user), Some(folder.group)).doing(doing)?;
        fs::set_permissions(&path, fs::Permissions::from_mode(folder.mode)).doing(doing)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_kept_without_content_and_without_systemd() {
        let run = tempfile::tempdir().unwrap();
        for name in ["redis/deep/deeper/deepest", "systemd/system", "nginx"] {
            fs::create_dir_all(run.path().join(name)).unwrap();
        }
        fs::write(run.path().join("nginx.pid"), "1").unwrap();
        let mut names: Vec<_> = folders(run.path())
            .into_iter()
            .map(|folder| folder.path)
            .collect();
        names.sort();
        let expected = ["nginx", "redis", "redis/deep", "redis/deep/deeper"].map(PathBuf::from);
        assert_eq!(names, expected);
    }
}
