//! Name resolution for a command with the host's network: the clone's `/etc/resolv.conf` says what this machine's says.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

const FILE: &str = "/etc/resolv.conf";
const MAX_BYTES: usize = 64 << 10;

/// What this machine's file says, wherever its link leads.
pub(crate) fn of_machine() -> Option<Vec<u8>> {
    fs::read(FILE).ok().filter(|bytes| bytes.len() <= MAX_BYTES)
}

/// Writes it where the clone's link leads (often into the fresh `/run`). The calling thread's root is the clone's.
pub(crate) fn write(content: &[u8]) -> io::Result<()> {
    if fs::read(FILE).is_ok_and(|present| present == content) {
        return Ok(());
    }
    let target = match fs::read_link(FILE) {
        Ok(link) => resolve(Path::new("/etc"), &link),
        Err(_) => PathBuf::from(FILE),
    };
    if let Some(folder) = target.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(target, content)
}

/// Where a link in `folder` leads, without looking at the disk.
fn resolve(folder: &Path, link: &Path) -> PathBuf {
    let mut path = PathBuf::new();
    for component in folder.join(link).components() {
        match component {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            other => path.push(other),
        }
    }
    if path.as_os_str().is_empty() {
        PathBuf::from("/")
    } else {
        path
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_by_name() {
        let target = resolve(
            Path::new("/etc"),
            Path::new("../run/systemd/resolve/stub-resolv.conf"),
        );
        assert_eq!(target, Path::new("/run/systemd/resolve/stub-resolv.conf"));
        assert_eq!(
            resolve(Path::new("/etc"), Path::new("/x/y")),
            Path::new("/x/y")
        );
    }
}
