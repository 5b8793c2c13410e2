use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

/// Runs the test on a fresh tree with both ways of resolving.
fn with_both(prepare: impl Fn(&Path), check: impl Fn(&Root)) {
    for resolver in [Resolver::Kernel, Resolver::Walk] {
        let outside = TempDir::new().unwrap();
        fs::write(outside.path().join("secret"), "outside").unwrap();
        let inside = outside.path().join("root");
        fs::create_dir(&inside).unwrap();
        prepare(&inside);
        check(&Root::open_with(&inside, resolver).unwrap());
    }
}

fn text(root: &Root, path: &str) -> String {
    match root.read(path, 100) {
        Ok(bytes) => String::from_utf8(bytes).unwrap(),
        Err(error) => format!("error: {}", error.to_line()),
    }
}

#[test]
fn a_file_is_read_by_relative_and_absolute_path() {
    with_both(
        |at| {
            fs::create_dir(at.join("etc")).unwrap();
            fs::write(at.join("etc/name"), "x").unwrap();
        },
        |root| {
            for path in ["etc/name", "/etc/name", "./etc/../etc//name"] {
                assert_eq!(text(root, path), "x", "{path}");
            }
            assert!(root.exists("etc") && root.exists("") && root.exists("/"));
            assert!(!root.exists("etc/other") && !root.exists("etc/name/below"));
        },
    );
}

#[test]
fn links_are_resolved_inside_the_root() {
    with_both(
        |at| {
            fs::create_dir_all(at.join("usr/lib")).unwrap();
            fs::create_dir(at.join("etc")).unwrap();
            fs::write(at.join("usr/lib/name"), "in").unwrap();
            symlink("/usr/lib/name", at.join("etc/absolute")).unwrap();
            symlink("../usr/lib/name", at.join("etc/relative")).unwrap();
            symlink("usr/lib", at.join("lib")).unwrap();
        },
        |root| {
            for path in [
                "etc/absolute",
                "etc/relative",
                "lib/name",
                "/lib/../lib/name",
            ] {
                assert_eq!(text(root, path), "in", "{path}");
            }
            let link = root.link_metadata("etc/absolute").unwrap();
            assert_eq!(link.kind, Kind::Link);
            assert_eq!(root.metadata("etc/absolute").unwrap().kind, Kind::File);
            let target = root.read_link("etc/absolute").unwrap();
            assert_eq!(target, Path::new("/usr/lib/name"));
            assert!(root.read_link("usr/lib/name").is_err());
        },
    );
}

#[test]
fn no_path_and_no_link_leads_out() {
    with_both(
        |at| {
            fs::create_dir(at.join("a")).unwrap();
            symlink("../../../../secret", at.join("a/climb")).unwrap();
            symlink(at.parent().unwrap().join("secret"), at.join("a/far")).unwrap();
            symlink("..", at.join("up")).unwrap();
        },
        |root| {
            for path in [
                "../secret",
                "/../../secret",
                "a/climb",
                "a/far",
                "up/secret",
            ] {
                assert!(text(root, path).ends_with("not found"), "{path}");
            }
        },
    );
}

#[test]
fn a_loop_of_links_is_an_error() {
    with_both(
        |at| {
            symlink("two", at.join("one")).unwrap();
            symlink("one", at.join("two")).unwrap();
            symlink("self/self", at.join("self")).unwrap();
        },
        |root| {
            for path in ["one", "self", "one/below"] {
                let error = root.read(path, 1).unwrap_err();
                assert!(matches!(error, RootError::Loop { .. }), "{path}: {error}");
            }
        },
    );
}

#[test]
fn only_regular_files_are_opened() {
    with_both(
        |at| {
            fs::create_dir(at.join("folder")).unwrap();
            let fifo = rustix::fs::FileType::Fifo;
            rustix::fs::mknodat(rustix::fs::CWD, at.join("fifo"), fifo, Mode::RUSR, 0).unwrap();
            symlink("fifo", at.join("link")).unwrap();
        },
        |root| {
            for path in ["fifo", "link", "folder"] {
                let error = root.read(path, 1).unwrap_err();
                assert!(
                    matches!(error, RootError::NotAFile { .. }),
                    "{path}: {error}"
                );
            }
        },
    );
}

#[test]
fn a_file_above_the_limit_is_an_error_that_names_it() {
    with_both(
        |at| fs::write(at.join("big"), "12345").unwrap(),
        |root| {
            assert_eq!(root.read("big", 5).unwrap(), b"12345");
            let error = root.read("big", 4).unwrap_err();
            assert_eq!(error.to_string(), "big: larger than the limit of 4 bytes");
        },
    );
}

#[test]
fn a_directory_lists_its_entries_in_order() {
    with_both(
        |at| {
            fs::write(at.join("b"), "").unwrap();
            fs::create_dir(at.join("a")).unwrap();
            symlink("b", at.join("c")).unwrap();
        },
        |root| {
            let kinds = [Kind::Directory, Kind::File, Kind::Link];
            let entries = root.read_dir("/").unwrap();
            let names: Vec<_> = entries.iter().map(|e| e.name.to_str().unwrap()).collect();
            assert_eq!(names, ["a", "b", "c"]);
            assert!(entries.iter().map(|e| e.kind).eq(kinds));
            assert!(root.read_dir("b").unwrap_err().is_not_found());
        },
    );
}

#[test]
fn a_file_without_a_size_is_read_to_its_end() {
    let root = Root::open(Path::new("/")).unwrap();
    assert!(
        !root
            .read("proc/sys/kernel/osrelease", 4096)
            .unwrap()
            .is_empty()
    );
}
