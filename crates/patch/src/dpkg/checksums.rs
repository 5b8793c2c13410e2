//! Whether a package's files are those that it brought.

use md5::Md5;

use super::diversions::Diversions;
use super::exclude::Exclusions;
use super::files::digest;
use super::status::Package;
use super::{MAX_LIST, info_path};
use crate::below::Below;

/// What the comparison of one package came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// Files whose checksum was compared.
    pub checked: u64,
    /// Files that differ.
    pub changed: Vec<String>,
    /// Files that are missing and should not be.
    pub missing: Vec<String>,
    /// Files that the machine's rules leave out.
    pub excluded: u64,
    /// Configuration files that the machine changed or removed.
    pub conf_changed: Vec<String>,
}

/// Compares the files of packages with the checksums that came with them.
#[derive(Debug)]
pub struct Checker<'a> {
    root: &'a Below,
    diversions: Diversions,
    exclusions: Exclusions,
}

impl<'a> Checker<'a> {
    /// Reads the machine's diversions and exclusions.
    pub fn new(root: &'a Below) -> Checker<'a> {
        Checker {
            root,
            diversions: Diversions::read(root),
            exclusions: Exclusions::read(root),
        }
    }

    /// Compares one package. `None` when it came without checksums: then nothing can be said.
    pub fn check(&self, package: &Package) -> Option<Checked> {
        let sums = info_path(self.root, &package.name, &package.arch, "md5sums")?;
        let text = self.root.text(&sums, MAX_LIST).ok()?;
        let mut found = Checked::default();
        for (sum, path) in text.lines().filter_map(sum_line) {
            if !package
                .conffiles
                .iter()
                .any(|(conffile, _)| *conffile == path)
            {
                self.compare(&path, sum, package, &mut found);
            }
        }
        for (path, sum) in &package.conffiles {
            if sum != "newconffile" && self.sum(path).as_ref() != Ok(sum) {
                found.conf_changed.push(path.clone());
            }
        }
        Some(found)
    }

    fn compare(&self, path: &str, sum: &str, package: &Package, found: &mut Checked) {
        let place = self.diversions.place(path, &package.name);
        match self.sum(place) {
            Ok(same) if same == sum => found.checked += 1,
            Ok(_) => {
                found.checked += 1;
                found.changed.push(path.to_owned());
            }
            Err(_) if self.exclusions.excludes(path) => found.excluded += 1,
            Err(_) => found.missing.push(path.to_owned()),
        }
    }

    fn sum(&self, path: &str) -> Result<String, ()> {
        digest::<Md5>(self.root, path).map_err(drop)
    }
}

/// `md5  usr/bin/x`: the path is relative to the root.
fn sum_line(line: &str) -> Option<(&str, String)> {
    let (sum, path) = line.split_once(char::is_whitespace)?;
    let path = path.trim_start().trim_start_matches("./");
    let well = sum.len() == 32 && !path.is_empty() && !path.split('/').any(|part| part == "..");
    well.then(|| (sum, format!("/{}", path.trim_start_matches('/'))))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dpkg::status::Status;

    fn machine() -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        // MD5 of "hello\n" is b1946ac92492d2347c6235b4d2611184.
        let sum = "b1946ac92492d2347c6235b4d2611184";
        write("usr/bin/good", "hello\n");
        write("usr/bin/bad", "changed\n");
        write("usr/bin/taken", "by another\n");
        write("usr/bin/taken.real", "hello\n");
        write("etc/web.conf", "mine\n");
        write(
            "etc/dpkg/dpkg.cfg.d/docs",
            "path-exclude=/usr/share/doc/*\n",
        );
        write(
            "var/lib/dpkg/diversions",
            "/usr/bin/taken\n/usr/bin/taken.real\nother\n",
        );
        let files = [
            "usr/bin/good",
            "usr/bin/bad",
            "usr/bin/gone",
            "usr/bin/taken",
            "usr/share/doc/web/x",
        ];
        let sums: String = files
            .iter()
            .map(|path| format!("{sum}  {path}\n"))
            .collect();
        write("var/lib/dpkg/info/web.md5sums", &sums);
        root
    }

    #[test]
    fn changed_missing_excluded_and_conf_files_are_told_apart() {
        let folder = machine();
        let root = Below::open_root(folder.path()).unwrap();
        let status = Status::parse(
            "Package: web\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\
             Conffiles:\n /etc/web.conf b1946ac92492d2347c6235b4d2611184\n",
        );
        let found = Checker::new(&root)
            .check(status.get("web", None).unwrap())
            .unwrap();
        assert_eq!(found.checked, 3);
        assert_eq!(found.changed, ["/usr/bin/bad"]);
        assert_eq!(found.missing, ["/usr/bin/gone"]);
        assert_eq!(found.excluded, 1);
        assert_eq!(found.conf_changed, ["/etc/web.conf"]);
    }

    #[test]
    fn a_path_that_leaves_the_root_is_no_checksum() {
        assert!(sum_line("b1946ac92492d2347c6235b4d2611184  ../../etc/shadow").is_none());
        assert!(sum_line("short  usr/bin/x").is_none());
    }
}
