//! Walks a directory tree without following links.

use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// Calls `visit` for everything below `root`, parents first, with the path relative to `root`; it answers whether to go
/// into a directory. What vanishes meanwhile is passed over.
pub(crate) fn walk(
    root: &Path,
    visit: &mut dyn FnMut(&Path, &Metadata) -> io::Result<bool>,
) -> io::Result<()> {
    let mut pending = vec![PathBuf::new()];
    while let Some(folder) = pending.pop() {
        let entries = match fs::read_dir(root.join(&folder)) {
            Err(error)
                if error.kind() == io::ErrorKind::NotFound && !folder.as_os_str().is_empty() =>
            {
                continue;
            }
            other => other?,
        };
        let mut names: Vec<_> = entries
            .map(|entry| Ok(entry?.file_name()))
            .collect::<io::Result<_>>()?;
        names.sort_unstable();
        for name in names {
            let path = folder.join(name);
            let Ok(data) = fs::symlink_metadata(root.join(&path)) else {
                continue;
            };
            if visit(&path, &data)? && data.is_dir() {
                pending.push(path);
            }
        }
    }
    Ok(())
}

/// The metadata of what a path names itself, if there is anything.
pub(crate) fn present(path: &Path) -> Option<Metadata> {
    fs::symlink_metadata(path).ok()
}
