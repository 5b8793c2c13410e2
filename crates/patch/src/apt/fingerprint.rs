//! Everything that apt's answer depends on, as one digest.
//!
//! Simulating again costs apt more than a second of computing. When none of its inputs changed since the preview, it
//! would come to the same answer; then it is not asked again.

use sha2::{Digest, Sha256};

use crate::below::Below;
use crate::dpkg::{MAX_STATUS, STATUS, files::hex};

/// Files whose content counts.
const FILES: [&str; 6] = [
    STATUS,
    "/var/lib/dpkg/arch",
    "/var/lib/apt/extended_states",
    "/etc/apt/preferences",
    "/etc/apt/apt.conf",
    "/etc/apt/sources.list",
];
/// Folders whose files' contents count.
const FOLDERS: [&str; 3] = [
    "/etc/apt/preferences.d",
    "/etc/apt/apt.conf.d",
    "/etc/apt/sources.list.d",
];
/// The indices. They are large, so that name, size and time of change must do; but two of one second can be of one size, so
/// that the `Release` file, which names their digests, counts with its content, and so does what is a link into a
/// repository of this machine.
const LISTS: &str = "/var/lib/apt/lists";

/// The digest, in hex.
pub fn of(root: &Below) -> String {
    let mut hasher = Sha256::new();
    let mut add = |path: &str| {
        let bytes = root.read(path, MAX_STATUS).unwrap_or_default();
        hasher.update(format!("{path} {}\n", bytes.len()));
        hasher.update(&bytes);
    };
    FILES.iter().for_each(|path| add(path));
    for folder in FOLDERS {
        for name in root.list(folder) {
            add(&format!("{folder}/{name}"));
        }
    }
    let mut indices = String::new();
    for name in root.list(LISTS) {
        let path = format!("{LISTS}/{name}");
        match root.place(&path) {
            Some(place) if place.is_link() || name.ends_with("Release") => add(&path),
            Some(place) if place.is_file() => {
                let (size, modified, nanos) = (place.size, place.modified, place.nanos);
                indices += &format!("{name} {size} {modified}.{nanos}\n");
            }
            _ => {}
        }
    }
    hasher.update(indices);
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_packages_lists_or_pins_changes_it() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        // As apt does it: an index has the time that its publisher tells.
        let set_time = |path: &std::path::Path| {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(std::time::UNIX_EPOCH).unwrap();
        };
        let lists = folder.path().join("var/lib/apt/lists");
        std::fs::create_dir_all(&lists).unwrap();
        std::os::unix::fs::symlink("/repo/Packages", lists.join("y_Packages")).unwrap();
        let root = Below::open_root(folder.path()).unwrap();
        let mut seen = vec![of(&root)];
        for (path, text) in [
            ("var/lib/dpkg/status", "Package: a\n"),
            ("var/lib/dpkg/status", "Package: b\n"),
            ("var/lib/apt/lists/x_Packages", "Package: a\n"),
            ("var/lib/apt/lists/x_InRelease", "Date: a\n"),
            ("var/lib/apt/lists/x_InRelease", "Date: b\n"),
            ("etc/apt/preferences.d/pin", "Package: a\n"),
            ("repo/Packages", "Package: a\n"),
            ("repo/Packages", "Package: b\n"),
        ] {
            put(path, text);
            set_time(&folder.path().join(path));
            let now = of(&root);
            assert_eq!(now, of(&root));
            assert!(!seen.contains(&now), "{path}");
            seen.push(now);
        }
    }
}
