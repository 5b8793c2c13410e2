//! A directory seen as the root of a file system that no path leaves.
//!
//! A mounted disk or an unpacked image is full of links that were right inside it: `/etc/os-release` may point to
//! `/usr/lib/os-release`, or, in a hostile one, to `../../../etc/shadow` of the machine that scans. Every path is
//! resolved inside the root: absolute links start at it, `..` stops at it. The kernel does that with openat2(2) and
//! `RESOLVE_IN_ROOT`; where it cannot (before Linux 5.6, or a sandbox that forbids the call) the same is done step by
//! step.
//!
//! Only regular files are opened, so a fifo cannot block a scan and a device is not touched.

mod error;
mod resolve;
#[cfg(test)]
mod tests;

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Read;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Dir, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;

pub use error::RootError;
use resolve::Resolver;

/// The most entries that one directory may have; more is an error rather than a scan without end.
pub const MAX_ENTRIES: usize = 1 << 20;

/// A directory seen as the root of a file system.
#[derive(Debug)]
pub struct Root {
    path: PathBuf,
    directory: OwnedFd,
    resolver: Resolver,
}

/// The kind of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Link,
    /// A fifo, socket or device.
    Other,
}

/// What the file system says of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metadata {
    /// Its kind.
    pub kind: Kind,
    /// Its size in bytes; 0 for the files of `/proc`.
    pub size: u64,
    /// Device and inode: together they name the file, so a walker can see that it was here before.
    pub identity: (u64, u64),
    /// Last change of its content, in seconds since 1970.
    pub modified: i64,
    /// Somebody may run it (any of the three execute bits).
    pub executable: bool,
}

/// An entry of a directory.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// Its name, without the directory.
    pub name: OsString,
    /// Its own kind: a link is not followed.
    pub kind: Kind,
}

impl Root {
    /// Opens a directory as a root.
    pub fn open(path: &Path) -> Result<Root, RootError> {
        Root::open_with(path, Resolver::best())
    }

    fn open_with(path: &Path, resolver: Resolver) -> Result<Root, RootError> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let directory = rustix::fs::open(path, flags, Mode::empty())
            .map_err(|errno| RootError::of(path, errno))?;
        Ok(Root {
            path: path.to_owned(),
            directory,
            resolver,
        })
    }

    /// Where the root lies, as it was given.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads a regular file of at most `limit` bytes.
    pub fn read(&self, path: impl AsRef<Path>, limit: u64) -> Result<Vec<u8>, RootError> {
        let path = path.as_ref();
        let file = self.open_file(path)?;
        let size = file.metadata().map_err(|e| RootError::io(path, e))?.len();
        let too_large = || RootError::TooLarge {
            path: path.to_owned(),
            limit,
        };
        if size > limit {
            return Err(too_large());
        }
        // One more than the size lets the last read see the end of the file without growing the buffer.
        let mut bytes = Vec::with_capacity(usize::try_from(size + 1).unwrap_or(0));
        // A file may grow while it is read, and files of /proc say that their size is 0.
        let read = file.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|e| RootError::io(path, e))?;
        if bytes.len() as u64 > limit {
            return Err(too_large());
        }
        Ok(bytes)
    }

    /// Opens a regular file for reading.
    pub fn open_file(&self, path: impl AsRef<Path>) -> Result<File, RootError> {
        let path = path.as_ref();
        // Looked at before it is opened: opening alone can block (fifo) or do something (tape).
        self.require_regular(path, self.metadata(path)?.kind)?;
        let file = File::from(self.resolve(path, OFlags::RDONLY | OFlags::NONBLOCK)?);
        let now = rustix::fs::fstat(&file).map_err(|errno| RootError::of(path, errno))?;
        self.require_regular(path, Metadata::of(&now).kind)?;
        Ok(file)
    }

    /// The entries of a directory, sorted by name, without `.` and `..`.
    pub fn read_dir(&self, path: impl AsRef<Path>) -> Result<Vec<Entry>, RootError> {
        let path = path.as_ref();
        let failed = |errno| RootError::of(path, errno);
        let directory = self.resolve(path, OFlags::RDONLY | OFlags::DIRECTORY)?;
        let mut entries = Vec::new();
        for entry in Dir::read_from(&directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if entries.len() == MAX_ENTRIES {
                return Err(RootError::TooManyEntries {
                    path: path.to_owned(),
                });
            }
            entries.push(Entry {
                name: name.to_owned(),
                kind: entry_kind(&directory, name, entry.file_type()),
            });
        }
        entries.sort_unstable();
        Ok(entries)
    }

    /// Whether the path leads to something inside the root; false also for a link that leads nowhere.
    pub fn exists(&self, path: impl AsRef<Path>) -> bool {
        self.metadata(path).is_ok()
    }

    /// What the file system says of the file that the path leads to; links are followed inside the root.
    pub fn metadata(&self, path: impl AsRef<Path>) -> Result<Metadata, RootError> {
        self.stat(path.as_ref(), OFlags::PATH)
    }

    /// What the file system says of the path itself: a link at its end is not followed.
    pub fn link_metadata(&self, path: impl AsRef<Path>) -> Result<Metadata, RootError> {
        self.stat(path.as_ref(), OFlags::PATH | OFlags::NOFOLLOW)
    }

    /// The text of the link at the path, not resolved.
    pub fn read_link(&self, path: impl AsRef<Path>) -> Result<PathBuf, RootError> {
        let path = path.as_ref();
        let link = self.resolve(path, OFlags::PATH | OFlags::NOFOLLOW)?;
        let text = rustix::fs::readlinkat(&link, "", Vec::new());
        // An empty path on something that is not a link gives ENOENT.
        let text = text.map_err(|errno| match errno {
            Errno::NOENT => RootError::of(path, Errno::INVAL),
            errno => RootError::of(path, errno),
        })?;
        Ok(PathBuf::from(OsStr::from_bytes(text.as_bytes())))
    }

    fn stat(&self, path: &Path, flags: OFlags) -> Result<Metadata, RootError> {
        let file = self.resolve(path, flags)?;
        let stat = rustix::fs::fstat(&file).map_err(|errno| RootError::of(path, errno))?;
        Ok(Metadata::of(&stat))
    }

    fn resolve(&self, path: &Path, flags: OFlags) -> Result<OwnedFd, RootError> {
        self.resolver
            .open(self.directory.as_fd(), path, flags | OFlags::CLOEXEC)
            .map_err(|errno| RootError::of(path, errno))
    }

    fn require_regular(&self, path: &Path, kind: Kind) -> Result<(), RootError> {
        match kind {
            Kind::File => Ok(()),
            kind => Err(RootError::NotAFile {
                path: path.to_owned(),
                kind,
            }),
        }
    }
}

/// Some file systems do not tell the kind while listing; then it is asked for.
fn entry_kind(directory: &OwnedFd, name: &OsStr, told: FileType) -> Kind {
    if told != FileType::Unknown {
        return Kind::of(told);
    }
    match rustix::fs::statat(directory, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Metadata::of(&stat).kind,
        Err(_) => Kind::Other,
    }
}

impl Kind {
    fn of(kind: FileType) -> Kind {
        match kind {
            FileType::RegularFile => Kind::File,
            FileType::Directory => Kind::Directory,
            FileType::Symlink => Kind::Link,
            _ => Kind::Other,
        }
    }
}

impl Metadata {
    #[expect(
        clippy::useless_conversion,
        clippy::unnecessary_cast,
        reason = "the widths of these fields differ between architectures"
    )]
    fn of(stat: &Stat) -> Metadata {
        Metadata {
            kind: Kind::of(FileType::from_raw_mode(stat.st_mode)),
            size: u64::try_from(stat.st_size).unwrap_or(0),
            identity: (u64::from(stat.st_dev), u64::from(stat.st_ino)),
            modified: stat.st_mtime as i64,
            executable: stat.st_mode & 0o111 != 0,
        }
    }
}
