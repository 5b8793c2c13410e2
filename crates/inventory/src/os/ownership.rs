//! Which operating-system package owns a file.
//!
//! A Python or Node.js package that came with a distribution's package is judged by the distribution's statement, so
//! the finder of language packages asks for the owners of what it found. The file lists are large (a host has some
//! hundred thousand files), so they are gone through once, only when something is asked, and only what is asked for is
//! kept.

use std::collections::{BTreeMap, HashMap};

use patchward_protocol::inventory::{Component, Owner};

use super::rpm;
use crate::parse::MAX_FILE;
use crate::root::{Kind, Root};

/// The largest file list of one package.
const MAX_LIST: u64 = 64 << 20;

/// Finds the owning packages of files.
///
/// `paths` are relative to the root. `packages` are the root's own packages, for their versions. A path that no
/// package owns is not in the answer.
pub fn owners(root: &Root, packages: &[Component], paths: &[&str]) -> BTreeMap<String, Owner> {
    let mut search = Search::new(packages, paths);
    if paths.is_empty() {
        return BTreeMap::new();
    }
    search.dpkg(root);
    search.distroless(root);
    search.apk(root);
    search.pacman(root);
    search.rpm(root);
    search.found
}

struct Search<'a> {
    /// Paths asked for by their one spelling, with all spellings that were asked.
    wanted: HashMap<&'a str, Vec<&'a str>>,
    versions: HashMap<&'a str, &'a str>,
    found: BTreeMap<String, Owner>,
}

impl<'a> Search<'a> {
    fn new(packages: &'a [Component], paths: &[&'a str]) -> Search<'a> {
        let mut wanted: HashMap<&str, Vec<&str>> = HashMap::new();
        for path in paths {
            wanted.entry(one_spelling(path)).or_default().push(path);
        }
        let version = |package: &'a Component| (package.name.as_str(), package.version.as_str());
        Search {
            wanted,
            versions: packages.iter().map(version).collect(),
            found: BTreeMap::new(),
        }
    }

    /// Takes a file of a package, when it was asked for.
    fn file(&mut self, path: &str, package: &str) {
        let Some(asked) = self.wanted.get(one_spelling(path)) else {
            return;
        };
        let version = self.versions.get(package).copied().unwrap_or("");
        for path in asked {
            self.found.insert(
                (*path).to_owned(),
                Owner {
                    name: package.to_owned(),
                    version: version.to_owned(),
                },
            );
        }
    }

    /// `var/lib/dpkg/info/NAME[:ARCH].list`: one absolute path per line.
    fn dpkg(&mut self, root: &Root) {
        self.each_list(root, "var/lib/dpkg/info", ".list", |search, name, text| {
            let name = name.split(':').next().unwrap_or(name);
            for path in text.lines() {
                search.file(path, name);
            }
        });
    }

    /// `var/lib/dpkg/status.d/NAME.md5sums`: a checksum and a relative path per line.
    fn distroless(&mut self, root: &Root) {
        self.each_list(
            root,
            "var/lib/dpkg/status.d",
            ".md5sums",
            |search, name, text| {
                for (_, path) in text.lines().filter_map(|line| line.split_once("  ")) {
                    search.file(path, name);
                }
            },
        );
    }

    fn each_list(
        &mut self,
        root: &Root,
        folder: &str,
        ending: &str,
        each: impl Fn(&mut Self, &str, &str),
    ) {
        for entry in root.read_dir(folder).unwrap_or_default() {
            let name = entry
                .name
                .to_str()
                .and_then(|name| name.strip_suffix(ending));
            let Some(name) = name.filter(|_| entry.kind == Kind::File) else {
                continue;
            };
            if let Ok(bytes) = root.read(format!("{folder}/{name}{ending}"), MAX_LIST) {
                each(self, name, &String::from_utf8_lossy(&bytes));
            }
        }
    }

    /// `F:` names a folder, the `R:` after it its files.
    fn apk(&mut self, root: &Root) {
        for database in ["lib/apk/db/installed", "usr/lib/apk/db/installed"] {
            let Ok(bytes) = root.read(database, MAX_FILE) else {
                continue;
            };
            let text = String::from_utf8_lossy(&bytes);
            let (mut package, mut folder, mut path) = ("", "", String::new());
            for line in text.lines() {
                match line.split_at_checked(2) {
                    Some(("P:", name)) => package = name,
                    Some(("F:", name)) => folder = name,
                    Some(("R:", name)) => {
                        path.clear();
                        path.push_str(folder);
                        path.push('/');
                        path.push_str(name);
                        self.file(&path, package);
                    }
                    _ => {}
                }
            }
        }
    }

    /// `var/lib/pacman/local/NAME-VERSION-RELEASE/files`, section `%FILES%`.
    fn pacman(&mut self, root: &Root) {
        const FOLDER: &str = "var/lib/pacman/local";
        for entry in root.read_dir(FOLDER).unwrap_or_default() {
            let Some(name) = entry
                .name
                .to_str()
                .filter(|_| entry.kind == Kind::Directory)
            else {
                continue;
            };
            let Ok(bytes) = root.read(format!("{FOLDER}/{name}/files"), MAX_LIST) else {
                continue;
            };
            let package = name.rsplitn(3, '-').nth(2).unwrap_or(name);
            let text = String::from_utf8_lossy(&bytes);
            let files = text.lines().skip_while(|line| *line != "%FILES%").skip(1);
            for path in files.take_while(|line| !line.is_empty()) {
                self.file(path, package);
            }
        }
    }

    fn rpm(&mut self, root: &Root) {
        rpm::each_package(root, &mut |header| {
            header.each_file(|path| {
                self.file(path, header.name());
                true
            });
        });
    }
}

/// Without leading slash, and below `usr/` where `/lib` and its like are links to there: a package may still list the
/// old place, and a walk of the root may find either.
fn one_spelling(path: &str) -> &str {
    let path = path.trim_start_matches("./").trim_start_matches('/');
    match path.strip_prefix("usr/") {
        Some(rest) if is_merged(rest) => rest,
        _ => path,
    }
}

fn is_merged(path: &str) -> bool {
    let first = path.split('/').next().unwrap_or("");
    matches!(first, "bin" | "sbin" | "lib" | "lib32" | "lib64" | "libx32")
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn check(files: &[(&str, &str)], asked: &str, expected: Option<&str>) {
        let folder = TempDir::new().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let root = Root::open(folder.path()).unwrap();
        let package = Component {
            name: "python3-jwt".into(),
            version: "2.6".into(),
            ..Component::default()
        };
        let found = owners(&root, &[package], &[asked]);
        let found = found
            .get(asked)
            .map(|owner| format!("{} {}", owner.name, owner.version));
        assert_eq!(found.as_deref(), expected, "{asked}");
    }

    #[test]
    fn each_package_manager_knows_its_files() {
        let asked = "usr/lib/python3/dist-packages/jwt/__init__.py";
        let expected = Some("python3-jwt 2.6");
        let absolute = format!("/usr\n/{asked}\n");
        check(
            &[("var/lib/dpkg/info/python3-jwt:amd64.list", &absolute)],
            asked,
            expected,
        );
        let sums = format!("00ff  {asked}\n");
        check(
            &[("var/lib/dpkg/status.d/python3-jwt.md5sums", &sums)],
            asked,
            expected,
        );
        let apk = "P:other\nF:usr\nR:x\n\nP:python3-jwt\nV:2.6\nF:usr/lib/python3/dist-packages/jwt\nR:__init__.py\n";
        check(&[("lib/apk/db/installed", apk)], asked, expected);
        let files = format!("%FILES%\nusr/\n{asked}\n");
        check(
            &[("var/lib/pacman/local/python3-jwt-2.6-1/files", &files)],
            asked,
            expected,
        );
    }

    #[test]
    fn a_merged_usr_has_one_spelling() {
        let list = ("var/lib/dpkg/info/python3-jwt.list", "/lib/x/a.jar\n");
        check(&[list], "usr/lib/x/a.jar", Some("python3-jwt 2.6"));
        check(&[list], "lib/x/b.jar", None);
        check(&[list], "opt/lib/x/a.jar", None);
    }

    #[test]
    fn mutated_lists_never_panic_and_own_nothing_that_was_not_asked_for() {
        let asked = "usr/lib/python3/jwt.py";
        let lists: [(&str, &[u8]); 4] = [
            (
                "var/lib/dpkg/info/a:amd64.list",
                b"/usr\n/usr/lib/python3/jwt.py\n",
            ),
            (
                "var/lib/dpkg/status.d/a.md5sums",
                b"00ff  usr/lib/python3/jwt.py\n",
            ),
            (
                "lib/apk/db/installed",
                b"P:a\nV:1\nF:usr/lib/python3\nR:jwt.py\n",
            ),
            (
                "var/lib/pacman/local/a-1-1/files",
                b"%FILES%\nusr/lib/python3/jwt.py\n",
            ),
        ];
        for (path, seed) in lists {
            let folder = TempDir::new().unwrap();
            let file = folder.path().join(path);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            let root = Root::open(folder.path()).unwrap();
            patchward_test_support::mutate(&[seed], 200, |bytes| {
                fs::write(&file, bytes).unwrap();
                let found = owners(&root, &[], &[asked]);
                assert!(found.keys().all(|path| path == asked));
            });
        }
    }
}
