use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, symlink};

use super::*;

const LIMIT: u64 = 1 << 20;

struct Machine {
    folder: tempfile::TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("root/etc")).unwrap();
        Self { folder }
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn archive(&self) -> PathBuf {
        self.folder.path().join("image.tar.zst")
    }

    fn save(&self, paths: &[&str]) -> PreImage {
        let paths: Vec<PathBuf> = paths.iter().map(PathBuf::from).collect();
        PreImage::save(&self.root(), &paths, &self.archive(), LIMIT).unwrap()
    }

    fn restore(&self) -> Restored {
        let restored = PreImage::restore(&self.root(), &self.archive()).unwrap();
        assert_eq!(restored.problems, []);
        restored
    }
}

#[test]
fn content_rights_and_times_come_back() {
    let machine = Machine::new();
    let file = machine.at("etc/app.conf");
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o4711)).unwrap();
    let before = fs::metadata(&file).unwrap();
    let saved = machine.save(&["/etc/app.conf"]);
    assert_eq!((saved.paths, saved.absent, saved.bytes), (1, 0, 3));
    fs::remove_file(&file).unwrap();
    fs::write(&file, "new and longer").unwrap();
    machine.restore();
    let after = fs::metadata(&file).unwrap();
    assert_eq!(fs::read(&file).unwrap(), b"old");
    assert_eq!(
        (after.mode(), after.mtime_nsec()),
        (before.mode(), before.mtime_nsec())
    );
    let mode = fs::metadata(machine.archive()).unwrap().mode();
    assert_eq!(mode & 0o777, 0o600, "the archive may hold secrets");
}

#[test]
fn what_did_not_exist_is_removed_with_all_below() {
    let machine = Machine::new();
    machine.save(&["/etc/new", "/etc/new/a", "/etc/new/b", "/etc/never"]);
    fs::create_dir(machine.at("etc/new")).unwrap();
    fs::write(machine.at("etc/new/a"), "x").unwrap();
    symlink("a", machine.at("etc/new/b")).unwrap();
    assert_eq!(machine.restore().removed, 3);
    assert!(!machine.at("etc/new").exists());
}

#[test]
fn a_new_folder_with_foreign_files_stays_and_is_told() {
    let machine = Machine::new();
    machine.save(&["/etc/new"]);
    fs::create_dir(machine.at("etc/new")).unwrap();
    fs::write(machine.at("etc/new/of-somebody-else"), "x").unwrap();
    let restored = PreImage::restore(&machine.root(), &machine.archive()).unwrap();
    assert_eq!(restored.problems.len(), 1);
    assert!(machine.at("etc/new/of-somebody-else").exists());
}

#[test]
fn links_and_folders_and_shared_files_come_back() {
    let machine = Machine::new();
    fs::create_dir(machine.at("etc/conf.d")).unwrap();
    fs::write(machine.at("etc/one"), "shared").unwrap();
    fs::hard_link(machine.at("etc/one"), machine.at("etc/two")).unwrap();
    symlink("one", machine.at("etc/link")).unwrap();
    machine.save(&["/etc/conf.d", "/etc/one", "/etc/two", "/etc/link"]);
    for name in ["one", "two", "link"] {
        fs::remove_file(machine.at("etc").join(name)).unwrap();
    }
    fs::remove_dir(machine.at("etc/conf.d")).unwrap();
    fs::write(machine.at("etc/conf.d"), "a file now").unwrap();
    fs::write(machine.at("etc/link"), "a file now").unwrap();
    machine.restore();
    assert!(machine.at("etc/conf.d").is_dir());
    assert_eq!(
        fs::read_link(machine.at("etc/link")).unwrap(),
        Path::new("one")
    );
    let inode = |name: &str| fs::metadata(machine.at("etc").join(name)).unwrap().ino();
    assert_eq!(inode("one"), inode("two"));
}

#[test]
fn putting_back_twice_is_as_once() {
    let machine = Machine::new();
    fs::write(machine.at("etc/one"), "x").unwrap();
    fs::hard_link(machine.at("etc/one"), machine.at("etc/two")).unwrap();
    machine.save(&["/etc/one", "/etc/two", "/etc/new"]);
    machine.restore();
    machine.restore();
    let names = fs::read_dir(machine.at("etc")).unwrap().count();
    assert_eq!(names, 2, "no temporary file stays");
}

#[test]
fn a_link_in_the_way_does_not_lead_out_of_the_root() {
    let machine = Machine::new();
    fs::create_dir(machine.at("etc/sub")).unwrap();
    fs::write(machine.at("etc/sub/file"), "old").unwrap();
    machine.save(&["/etc/sub/file"]);
    let outside = machine.folder.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::remove_dir_all(machine.at("etc/sub")).unwrap();
    symlink(&outside, machine.at("etc/sub")).unwrap();
    let restored = PreImage::restore(&machine.root(), &machine.archive()).unwrap();
    assert_eq!(restored.problems.len(), 1);
    assert!(!outside.join("file").exists());
}

#[test]
fn more_than_the_limit_is_refused_and_nothing_written() {
    let machine = Machine::new();
    fs::write(machine.at("etc/big"), "12345").unwrap();
    let error =
        PreImage::save(&machine.root(), &["/etc/big".into()], &machine.archive(), 4).unwrap_err();
    assert!(matches!(
        error,
        PreImageError::TooLarge { bytes: 5, limit: 4 }
    ));
    assert!(!machine.archive().exists());
}

#[test]
fn damaged_archives_are_survived() {
    let machine = Machine::new();
    fs::write(machine.at("etc/one"), "some content").unwrap();
    machine.save(&["/etc/one", "/etc/absent"]);
    let plain = zstd::decode_all(fs::File::open(machine.archive()).unwrap()).unwrap();
    let other = machine.folder.path().join("other.tar.zst");
    patchward_test_support::mutate(&[&plain], 300, |bytes| {
        let packed = zstd::encode_all(bytes, 1).unwrap();
        fs::write(&other, packed).unwrap();
        let _ = PreImage::restore(&machine.root(), &other);
    });
    assert!(
        fs::read_dir(machine.folder.path()).unwrap().count() <= 3,
        "nothing was written beside the root"
    );
}
