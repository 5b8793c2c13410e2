//! What a clone must not show: people's credentials, and sockets of the host's services that are bound to paths.
//!
//! The kernel finds the owner of a path-bound socket by the file below the overlay, so connecting to such a file in a
//! clone reaches the host's service. These files are removed from the clone's view, which leaves the host's as they are.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use rustix::mount::{MountFlags, mount_bind};

use crate::error::{CloneError, Doing as _};
use crate::layout::{FRESH, Left, LeftOut};
use crate::overlay::{mount_fresh, mount_tmpfs};

/// Names in people's home directories that hold credentials; no service needs them.
const CREDENTIALS: [&str; 16] = [
    ".ssh",
    ".gnupg",
    ".aws",
    ".azure",
    ".kube",
    ".docker",
    ".config/gcloud",
    ".config/gh",
    ".config/containers",
    ".cargo/credentials.toml",
    ".netrc",
    ".npmrc",
    ".pypirc",
    ".pgpass",
    ".my.cnf",
    ".git-credentials",
];
/// Where patchward itself is configured.
const OWN: &str = "/etc/patchward";
/// Where it keeps keys, records and saved packages.
const OWN_DATA: &str = "/var/lib/patchward";
const MAX_HOMES: usize = 10_000;
const MAX_SOCKETS: usize = 100_000;

/// Masks secrets: default ones and `asked`. The calling thread's root is the clone's stage.
pub(crate) fn mask(asked: &[PathBuf]) -> Result<Vec<LeftOut>, CloneError> {
    let mut places: BTreeSet<PathBuf> =
        asked.iter().map(|path| Path::new("/").join(path)).collect();
    for home in homes() {
        places.extend(CREDENTIALS.iter().map(|name| home.join(name)));
    }
    places.insert(PathBuf::from(OWN));
    // Asked for or not, it is handled by `empty_own_data`.
    places.remove(Path::new(OWN_DATA));
    let mut masked = Vec::new();
    let empty = Path::new("/.patchward-empty");
    for place in places {
        let Ok(data) = fs::metadata(&place) else {
            continue;
        };
        if data.is_dir() {
            mount_tmpfs(
                &place,
                "mode=700,size=4k,nr_inodes=2",
                MountFlags::RDONLY | MountFlags::NODEV,
            )?;
        } else {
            let doing = || format!("mask {}", place.display());
            fs::write(empty, b"").doing(doing)?;
            mount_bind(empty, &place).doing(doing)?;
            // Bound, it needs no name any more.
            fs::remove_file(empty).doing(doing)?;
        }
        masked.push(LeftOut {
            path: place,
            why: Left::Secret,
        });
    }
    Ok(masked)
}

/// Puts an empty folder in place of our own data, with `bytes` of room: what executors keep while they are rehearsed is
/// neither the host's nor a change to it. The calling thread's root is the clone's stage.
pub(crate) fn empty_own_data(bytes: u64) -> Result<LeftOut, CloneError> {
    mount_fresh(Path::new(OWN_DATA), &format!("mode=700,size={bytes}"))?;
    Ok(LeftOut {
        path: PathBuf::from(OWN_DATA),
        why: Left::Secret,
    })
}

fn homes() -> Vec<PathBuf> {
    let mut homes = vec![PathBuf::from("/root")];
    if let Ok(entries) = fs::read_dir("/home") {
        homes.extend(entries.flatten().take(MAX_HOMES).map(|entry| entry.path()));
    }
    homes
}

/// Paths that processes of this machine have sockets bound to, in whatever network namespace, as seen below `root`.
pub(crate) fn host_sockets(root: &Path) -> Vec<PathBuf> {
    let mut namespaces = BTreeSet::new();
    let mut found = BTreeSet::new();
    for process in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(namespace) = fs::metadata(process.path().join("ns/net")) else {
            continue;
        };
        if !namespaces.insert(namespace.ino()) {
            continue;
        }
        let listing = fs::read(process.path().join("net/unix")).unwrap_or_default();
        found.extend(bound_paths(&listing, root).take(MAX_SOCKETS));
    }
    found.into_iter().collect()
}

/// The paths in one `/proc/PID/net/unix`, relative to `root` and not below what a clone has fresh.
fn bound_paths<'a>(listing: &'a [u8], root: &'a Path) -> impl Iterator<Item = PathBuf> + 'a {
    listing
        .split(|byte| *byte == b'\n')
        .filter_map(move |line| {
            let start = line.windows(2).position(|pair| pair == b" /")? + 1;
            let path = Path::new(std::ffi::OsStr::from_bytes(line.get(start..)?));
            let inside = path.strip_prefix(root).ok()?;
            let fresh = FRESH.iter().any(|name| inside.starts_with(name));
            (!fresh && !inside.as_os_str().is_empty()).then(|| inside.to_path_buf())
        })
}

/// Removes those of `sockets` that are there. The calling thread's root is the clone's stage.
pub(crate) fn remove_sockets(sockets: &[PathBuf]) -> Vec<LeftOut> {
    let mut removed = Vec::new();
    for path in sockets.iter().map(|path| Path::new("/").join(path)) {
        let is_socket = fs::symlink_metadata(&path).is_ok_and(|data| data.file_type().is_socket());
        if is_socket && fs::remove_file(&path).is_ok() {
            removed.push(LeftOut {
                path,
                why: Left::HostSocket,
            });
        }
    }
    removed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bound_sockets_are_found_below_the_root_only() {
        let listing = b"Num RefCount Protocol Flags Type St Inode Path\n\
            0: 2 0 10000 1 1 11 /var/lib/mysql/mysql.sock\n\
            0: 2 0 10000 1 1 12 @abstract\n\
            0: 2 0 10000 1 1 13 /run/dbus\n\
            0: 3 0 0 1 3 14\n\
            0: 2 0 10000 1 1 15 /srv/root/run/x y\n";
        let found: Vec<_> = bound_paths(listing, Path::new("/")).collect();
        assert_eq!(
            found,
            [
                Path::new("var/lib/mysql/mysql.sock"),
                Path::new("srv/root/run/x y")
            ]
        );
        assert_eq!(bound_paths(listing, Path::new("/srv")).count(), 1);
    }

    #[test]
    fn any_listing_is_survived() {
        let seed = b"0: 2 0 10000 1 1 11 /var/lib/mysql/mysql.sock\n0: 3 0 0 1 3 14\n";
        patchward_test_support::mutate(&[seed], 1000, |bytes| {
            let inside = bound_paths(bytes, Path::new("/")).all(|path| path.is_relative());
            assert!(inside);
        });
    }
}
