//! What changed in a clone, read from its upper layers: files added, changed and removed (overlayfs documentation of the
//! kernel: whiteouts are character devices 0/0, opaque directories carry an attribute).

mod difference;

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use crate::file_tree::{present, walk};
use crate::overlay::{Layers, path_of};

/// One changed path.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Path inside the root.
    pub path: PathBuf,
    /// What happened.
    pub kind: ChangeKind,
    /// Size on the host in bytes; 0 for what is not a file.
    pub bytes_before: u64,
    /// Size in the clone in bytes.
    pub bytes_after: u64,
    /// The package that owns it, as the caller's look-up said.
    pub owner: Option<String>,
    /// Which part of the system it belongs to.
    pub area: Area,
}

/// What happened to a path.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum ChangeKind {
    /// It was not there before.
    Added,
    /// Its content (or a link's target, or its type) is another.
    Changed,
    /// Its owner, mode or attributes are others, its content is the same.
    Metadata,
    /// It is gone.
    Removed,
}

/// Parts of a system that change in every run of a package manager, and the rest.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Area {
    /// The package manager's own records.
    PackageDatabase,
    /// Caches, which can be made again.
    Cache,
    /// Logs.
    Log,
    /// Temporary files.
    Temporary,
    /// Everything else: programs, libraries, configuration, data.
    System,
}

/// Files of one owner.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Group {
    /// How many paths changed.
    pub files: usize,
    /// Their size in the clone in bytes.
    pub bytes: u64,
}

/// What a run changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BlastRadius {
    /// Each change, ordered by path.
    pub changes: Vec<Change>,
    /// Changes by the package that owns them.
    pub by_owner: BTreeMap<String, Group>,
    /// Changes of no package, by area.
    pub unowned: BTreeMap<Area, Group>,
}

impl BlastRadius {
    /// Changes that no package owns, outside of records, caches, logs and temporary files: what maintainer scripts did.
    pub fn side_effects(&self) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(|change| change.owner.is_none() && change.area == Area::System)
    }

    /// Every changed path, for a [`PreImage`](crate::PreImage).
    pub fn paths(&self) -> Vec<PathBuf> {
        self.changes
            .iter()
            .map(|change| change.path.clone())
            .collect()
    }

    /// Bytes that the host's disk would have more (or less, when negative).
    pub fn growth(&self) -> i64 {
        let sum = |size: fn(&Change) -> u64| self.changes.iter().map(size).sum::<u64>();
        let after = i64::try_from(sum(|change| change.bytes_after)).unwrap_or(i64::MAX);
        after.saturating_sub(i64::try_from(sum(|change| change.bytes_before)).unwrap_or(i64::MAX))
    }
}

/// A state of the upper layers.
#[derive(Clone, Debug, Default)]
pub struct Mark {
    seen: HashMap<PathBuf, Stamp>,
}

/// Enough to see that an upper file was written since: number, size, time of the last change of any kind, and whether it
/// is an opaque directory.
#[derive(Clone, Debug, PartialEq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed: (i64, i64),
    opaque: bool,
}

pub(crate) fn mark(layers: &[Layers]) -> io::Result<Mark> {
    let mut mark = Mark::default();
    for layer in layers {
        let upper = path_of(&layer.upper);
        walk(&upper, &mut |path, data| {
            mark.seen
                .insert(layer.point.join(path), stamp(&upper.join(path), data));
            Ok(true)
        })?;
    }
    Ok(mark)
}

fn stamp(path: &Path, data: &Metadata) -> Stamp {
    Stamp {
        inode: data.ino(),
        size: data.size(),
        changed: (data.ctime(), data.ctime_nsec()),
        opaque: data.is_dir() && is_opaque(path),
    }
}

pub(crate) fn since(
    layers: &[Layers],
    mark: &Mark,
    owner: &dyn Fn(&Path) -> Option<String>,
) -> io::Result<BlastRadius> {
    let mut found = Vec::new();
    for layer in layers {
        let reader = Reader {
            upper: path_of(&layer.upper),
            lower: path_of(&layer.lower),
            point: &layer.point,
            mark,
        };
        reader.read(&mut found)?;
    }
    let mut radius = BlastRadius::default();
    for mut change in found {
        change.path = Path::new("/").join(&change.path);
        change.area = area_of(&change.path);
        change.owner = owner(&change.path);
        let group = match &change.owner {
            Some(owner) => radius.by_owner.entry(owner.clone()).or_default(),
            None => radius.unowned.entry(change.area).or_default(),
        };
        group.files += 1;
        group.bytes += change.bytes_after;
        radius.changes.push(change);
    }
    radius
        .changes
        .sort_by(|one, other| one.path.cmp(&other.path));
    Ok(radius)
}

/// Reads one upper layer.
struct Reader<'a> {
    upper: PathBuf,
    lower: PathBuf,
    point: &'a Path,
    mark: &'a Mark,
}

impl Reader<'_> {
    fn read(&self, found: &mut Vec<Change>) -> io::Result<()> {
        walk(&self.upper, &mut |path, data| {
            let before = self.mark.seen.get(&self.point.join(path));
            let now = stamp(&self.upper.join(path), data);
            if before == Some(&now) && !data.is_dir() {
                return Ok(true);
            }
            let lower = present(&self.lower.join(path));
            if is_whiteout(data) {
                self.removed(path, lower.as_ref(), &|_| true, found)?;
                return Ok(false);
            }
            if now.opaque && !before.is_some_and(|before| before.opaque) {
                self.removed_below(path, &|inside| self.is_gone(inside), found)?;
            }
            if before != Some(&now) {
                self.compare(path, data, lower.as_ref(), found)?;
            }
            Ok(true)
        })
    }

    fn compare(
        &self,
        path: &Path,
        data: &Metadata,
        lower: Option<&Metadata>,
        found: &mut Vec<Change>,
    ) -> io::Result<()> {
        let Some(lower) = lower else {
            found.push(self.change(path, ChangeKind::Added, None, Some(data)));
            return Ok(());
        };
        if lower.is_dir() && !data.is_dir() {
            self.removed_below(path, &|_| true, found)?;
        }
        let (upper_path, lower_path) = (self.upper.join(path), self.lower.join(path));
        if let Some(kind) = difference::between(&lower_path, lower, &upper_path, data)? {
            found.push(self.change(path, kind, Some(lower), Some(data)));
        }
        Ok(())
    }

    fn removed(
        &self,
        path: &Path,
        lower: Option<&Metadata>,
        gone: &dyn Fn(&Path) -> bool,
        found: &mut Vec<Change>,
    ) -> io::Result<()> {
        let Some(lower) = lower else {
            return Ok(());
        };
        found.push(self.change(path, ChangeKind::Removed, Some(lower), None));
        if lower.is_dir() {
            self.removed_below(path, gone, found)?;
        }
        Ok(())
    }

    /// Everything of the host below a directory that is `gone`.
    fn removed_below(
        &self,
        path: &Path,
        gone: &dyn Fn(&Path) -> bool,
        found: &mut Vec<Change>,
    ) -> io::Result<()> {
        let base = self.lower.join(path);
        if !present(&base).is_some_and(|data| data.is_dir()) {
            return Ok(());
        }
        walk(&base, &mut |inside, data| {
            let inside = path.join(inside);
            if gone(&inside) {
                found.push(self.change(&inside, ChangeKind::Removed, Some(data), None));
            }
            Ok(true)
        })
    }

    fn is_gone(&self, path: &Path) -> bool {
        present(&self.upper.join(path)).is_none_or(|data| is_whiteout(&data))
    }

    fn change(
        &self,
        path: &Path,
        kind: ChangeKind,
        before: Option<&Metadata>,
        after: Option<&Metadata>,
    ) -> Change {
        let size = |data: Option<&Metadata>| {
            data.filter(|data| data.is_file())
                .map_or(0, |data| data.size())
        };
        Change {
            path: self.point.join(path),
            kind,
            bytes_before: size(before),
            bytes_after: size(after),
            owner: None,
            area: Area::System,
        }
    }
}

fn is_whiteout(data: &Metadata) -> bool {
    data.file_type().is_char_device() && data.rdev() == 0
}

fn is_opaque(path: &Path) -> bool {
    let mut value = [0; 8];
    rustix::fs::lgetxattr(path, c"trusted.overlay.opaque", &mut value)
        .is_ok_and(|length| length == 1 && value.first() == Some(&b'y'))
}

fn area_of(path: &Path) -> Area {
    const AREAS: [(&str, Area); 17] = [
        ("/var/lib/dpkg", Area::PackageDatabase),
        ("/var/lib/apt", Area::PackageDatabase),
        ("/var/lib/rpm", Area::PackageDatabase),
        ("/var/lib/dnf", Area::PackageDatabase),
        ("/var/lib/yum", Area::PackageDatabase),
        ("/var/lib/zypp", Area::PackageDatabase),
        ("/var/lib/pacman", Area::PackageDatabase),
        (
            "/var/lib/systemd/deb-systemd-helper-enabled",
            Area::PackageDatabase,
        ),
        ("/usr/lib/sysimage/rpm", Area::PackageDatabase),
        ("/lib/apk", Area::PackageDatabase),
        ("/var/cache", Area::Cache),
        ("/etc/ld.so.cache", Area::Cache),
        ("/usr/share/mime", Area::Cache),
        ("/var/log", Area::Log),
        ("/var/tmp", Area::Temporary),
        ("/tmp", Area::Temporary),
        ("/run", Area::Temporary),
    ];
    let found = AREAS.iter().find(|(prefix, _)| path.starts_with(prefix));
    found.map_or(Area::System, |(_, area)| *area)
}

/// The target of a link, for comparing.
fn target(path: &Path) -> Option<PathBuf> {
    fs::read_link(path).ok()
}

#[cfg(test)]
mod tests;
