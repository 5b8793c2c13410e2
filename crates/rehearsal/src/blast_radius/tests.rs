use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::overlay::open_directory;

/// Two directories as an overlay would leave them. Whiteouts need root, so they are left to the integration tests.
struct Pair(tempfile::TempDir);

impl Pair {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["lower/etc", "upper/etc"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        Self(folder)
    }

    fn write(&self, path: &str, content: &str) -> PathBuf {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn layers(&self) -> [Layers; 1] {
        [Layers {
            point: PathBuf::new(),
            lower: open_directory(&self.0.path().join("lower")).unwrap(),
            upper: open_directory(&self.0.path().join("upper")).unwrap(),
        }]
    }

    fn changes(&self, mark: &Mark) -> Vec<(String, ChangeKind)> {
        let radius = since(&self.layers(), mark, &|_| None).unwrap();
        let told = radius
            .changes
            .iter()
            .map(|change| (change.path.display().to_string(), change.kind));
        told.collect()
    }
}

#[test]
fn additions_changes_and_rights_are_told_apart() {
    let pair = Pair::new();
    pair.write("lower/etc/changed", "old");
    pair.write("upper/etc/changed", "new");
    pair.write("lower/etc/touched", "same");
    pair.write("upper/etc/touched", "same");
    pair.write("lower/etc/rights", "same");
    let rights = pair.write("upper/etc/rights", "same");
    fs::set_permissions(rights, fs::Permissions::from_mode(0o600)).unwrap();
    pair.write("upper/etc/added", "x");
    symlink("one", pair.0.path().join("lower/etc/link")).unwrap();
    symlink("two", pair.0.path().join("upper/etc/link")).unwrap();
    let expected = [
        ("/etc/added", ChangeKind::Added),
        ("/etc/changed", ChangeKind::Changed),
        ("/etc/link", ChangeKind::Changed),
        ("/etc/rights", ChangeKind::Metadata),
    ];
    let expected = expected.map(|(path, kind)| (path.to_owned(), kind));
    assert_eq!(pair.changes(&Mark::default()), expected);
}

#[test]
fn what_was_there_at_the_mark_is_left_out() {
    let pair = Pair::new();
    pair.write("upper/etc/before", "x");
    let mark = mark(&pair.layers()).unwrap();
    pair.write("upper/etc/after", "x");
    assert_eq!(
        pair.changes(&mark),
        [("/etc/after".to_owned(), ChangeKind::Added)]
    );
}

#[test]
fn a_file_in_place_of_a_folder_removes_what_was_below() {
    let pair = Pair::new();
    pair.write("lower/etc/conf.d/one", "x");
    pair.write("upper/etc/conf.d", "now a file");
    let kinds = [
        ("/etc/conf.d", ChangeKind::Changed),
        ("/etc/conf.d/one", ChangeKind::Removed),
    ];
    assert_eq!(
        pair.changes(&Mark::default()),
        kinds.map(|(path, kind)| (path.to_owned(), kind))
    );
}

#[test]
fn owners_and_areas_group_the_changes() {
    let pair = Pair::new();
    pair.write("upper/usr/bin/tool", "1234");
    pair.write("upper/var/log/tool.log", "x");
    pair.write("upper/etc/made-by-script", "x");
    let owner = |path: &Path| path.starts_with("/usr").then(|| "tool".to_owned());
    let radius = since(&pair.layers(), &Mark::default(), &owner).unwrap();
    assert_eq!(
        radius.by_owner["tool"],
        Group {
            files: 2 + 1,
            bytes: 4
        }
    );
    let effects: Vec<_> = radius
        .side_effects()
        .map(|change| change.path.clone())
        .collect();
    assert!(effects.contains(&PathBuf::from("/etc/made-by-script")));
    assert!(!effects.contains(&PathBuf::from("/var/log/tool.log")));
    assert_eq!(radius.growth(), 6);
}
