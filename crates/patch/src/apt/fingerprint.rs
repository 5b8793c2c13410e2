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
/// The indices: large, so that name, size and time of change must do. apt replaces them, it never edits them.
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
    for name in root.list(LISTS) {
        let place = root.place(&format!("{LISTS}/{name}"));
        if let Some(place) = place.filter(|one| one.is_file()) {
            let (size, modified, nanos) = (place.size, place.modified, place.nanos);
            hasher.update(format!("{name} {size} {modified}.{nanos}\n"));
        }
    }
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
        let root = Below::open_root(folder.path()).unwrap();
        let mut seen = vec![of(&root)];
        for (path, text) in [
            ("var/lib/dpkg/status", "Package: a\n"),
            ("var/lib/dpkg/status", "Package: b\n"),
            ("var/lib/apt/lists/x_Packages", "Package: a\n"),
            ("etc/apt/preferences.d/pin", "Package: a\n"),
        ] {
            put(path, text);
            let now = of(&root);
            assert_eq!(now, of(&root));
            assert!(!seen.contains(&now), "{path}");
            seen.push(now);
        }
    }
}
