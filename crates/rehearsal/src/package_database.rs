//! Whether a host's packages were changed while its clone lived.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// Files that change whenever a package manager changes packages.
const PACKAGE_DATABASES: [&str; 8] = [
    "var/lib/dpkg/status",
    "var/lib/rpm/rpmdb.sqlite",
    "var/lib/rpm/Packages",
    "var/lib/rpm/Packages.db",
    "usr/lib/sysimage/rpm/rpmdb.sqlite",
    "usr/lib/sysimage/rpm/Packages.db",
    "lib/apk/db/installed",
    "var/lib/pacman/local",
];

/// Size and time of a file: enough to see that it was written.
type Stamp = (u64, i64, i64);

/// The package databases of a host at one moment.
#[derive(Debug, PartialEq)]
pub(crate) struct Stamps(Vec<(PathBuf, Option<Stamp>)>);

impl Stamps {
    /// Those below `root`, now.
    pub fn of(root: &Path) -> Self {
        let stamp = |path: &str| {
            let data = fs::metadata(root.join(path)).ok()?;
            Some((data.size(), data.mtime(), data.mtime_nsec()))
        };
        let named = |path: &&str| (Path::new("/").join(path), stamp(path));
        Self(PACKAGE_DATABASES.iter().map(named).collect())
    }

    /// Those that are not as they were.
    pub fn changed(&self, now: &Self) -> Vec<PathBuf> {
        let pairs = self.0.iter().zip(&now.0);
        pairs
            .filter(|(then, now)| then != now)
            .map(|(then, _)| then.0.clone())
            .collect()
    }
}
