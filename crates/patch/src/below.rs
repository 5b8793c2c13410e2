//! Files below a machine's root: no symbolic link and no `..` leads out of it.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, ResolveFlags, Stat};

use crate::PatchError;

/// A machine's root directory.
///
/// Paths are as the machine's own programs see them (`/etc/passwd`); links are followed as they would be in there.
/// It needs openat2 (Linux 5.6) for a root other than `/`.
#[derive(Debug)]
pub struct Below {
    path: PathBuf,
    folder: OwnedFd,
}

/// What lies at a path, itself and not what it points to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Type and permission bits.
    pub mode: u32,
    /// Size in bytes.
    pub size: u64,
    /// Device.
    pub device: u64,
    /// Inode.
    pub inode: u64,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Changed, in seconds since 1970.
    pub modified: i64,
    /// Nanoseconds of that second.
    pub nanos: u64,
}

impl Place {
    /// A regular file.
    pub fn is_file(&self) -> bool {
        self.mode & 0o170_000 == 0o100_000
    }

    /// A directory.
    pub fn is_dir(&self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    /// A symbolic link.
    pub fn is_link(&self) -> bool {
        self.mode & 0o170_000 == 0o120_000
    }
}

impl Below {
    /// Opens a root.
    ///
    /// # Errors
    /// When it is not a directory that can be opened.
    pub fn open_root(path: &Path) -> io::Result<Below> {
        let flags = OFlags::DIRECTORY | OFlags::PATH | OFlags::CLOEXEC;
        Ok(Below {
            folder: rustix::fs::open(path, flags, Mode::empty())?,
            path: path.to_owned(),
        })
    }

    /// The root itself, as seen from here.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn open(&self, path: &str, flags: OFlags, mode: Mode) -> io::Result<OwnedFd> {
        let flags = flags | OFlags::CLOEXEC;
        if self.path == Path::new("/") {
            return Ok(rustix::fs::open(path, flags, mode)?);
        }
        let resolve = ResolveFlags::IN_ROOT | ResolveFlags::NO_MAGICLINKS;
        // The kernel asks to try again when something moved meanwhile.
        for _ in 0..16 {
            match rustix::fs::openat2(&self.folder, path, flags, mode, resolve) {
                Err(rustix::io::Errno::AGAIN) => continue,
                other => return Ok(other?),
            }
        }
        Err(rustix::io::Errno::AGAIN.into())
    }

    /// A regular file for reading.
    ///
    /// # Errors
    /// When there is none.
    pub fn file(&self, path: &str) -> io::Result<File> {
        let file = File::from(self.open(path, OFlags::RDONLY | OFlags::NONBLOCK, Mode::empty())?);
        if file.metadata()?.is_file() {
            Ok(file)
        } else {
            Err(io::Error::other("not a regular file"))
        }
    }

    /// The content of a file of at most `limit` bytes.
    ///
    /// # Errors
    /// When there is no such file, or it is longer.
    pub fn read(&self, path: &str, limit: u64) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.file(path)?.take(limit + 1).read_to_end(&mut bytes)?;
        if bytes.len() as u64 > limit {
            return Err(io::Error::other(format!("longer than {limit} bytes")));
        }
        Ok(bytes)
    }

    /// The same as text; bytes that are no UTF-8 are replaced.
    ///
    /// # Errors
    /// As [`Below::read`].
    pub fn text(&self, path: &str, limit: u64) -> io::Result<String> {
        Ok(String::from_utf8_lossy(&self.read(path, limit)?).into_owned())
    }

    /// Writes a file anew (mode 0644), through a new name that is renamed over the old one.
    ///
    /// # Errors
    /// When the folder is missing or the disk is full.
    pub fn write(&self, path: &str, bytes: &[u8]) -> io::Result<()> {
        let new = format!("{path}.patchward-new");
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW;
        let mut file = File::from(self.open(&new, flags, Mode::from_raw_mode(0o644))?);
        file.write_all(bytes)?;
        file.sync_all()?;
        let (folder, from) = self.parent(&new)?;
        let (_, to) = self.parent(path)?;
        Ok(rustix::fs::renameat(&folder, from, &folder, to)?)
    }

    /// Makes a file for writing (mode 0644); one that is there is emptied.
    ///
    /// # Errors
    /// When the folder is missing.
    pub fn create(&self, path: &str) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::TRUNC | OFlags::NOFOLLOW;
        Ok(File::from(self.open(
            path,
            flags,
            Mode::from_raw_mode(0o644),
        )?))
    }

    /// A file that is there, for reading and writing (or locking); its content stays.
    ///
    /// # Errors
    /// When there is none.
    pub fn writable(&self, path: &str) -> io::Result<File> {
        Ok(File::from(self.open(path, OFlags::RDWR, Mode::empty())?))
    }

    /// Makes a folder and those above it.
    ///
    /// # Errors
    /// When something else is in the way.
    pub fn make_dir(&self, path: &str) -> io::Result<()> {
        let mut so_far = String::new();
        for part in path.split('/').filter(|part| !part.is_empty()) {
            so_far.push('/');
            so_far.push_str(part);
            let (folder, name) = self.parent(&so_far)?;
            match rustix::fs::mkdirat(&folder, name, Mode::from_raw_mode(0o755)) {
                Ok(()) | Err(rustix::io::Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Makes a folder that only its owner may enter.
    ///
    /// # Errors
    /// When something else is in the way.
    pub fn make_private_dir(&self, path: &str) -> io::Result<()> {
        self.make_dir(path)?;
        let fd = self.open(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        Ok(rustix::fs::fchmod(fd, Mode::RWXU)?)
    }

    /// Removes a file or a link; nothing there is no error.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn remove(&self, path: &str) -> io::Result<()> {
        let (folder, name) = self.parent(path)?;
        match rustix::fs::unlinkat(&folder, name, rustix::fs::AtFlags::empty()) {
            Ok(()) | Err(rustix::io::Errno::NOENT) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// What lies at a path, links not followed; `None` when nothing does.
    pub fn place(&self, path: &str) -> Option<Place> {
        let fd = self.open(path, OFlags::PATH | OFlags::NOFOLLOW, Mode::empty());
        rustix::fs::fstat(fd.ok()?).ok().as_ref().map(place_of)
    }

    /// What lies at a path, links followed; `None` when nothing does.
    pub fn target(&self, path: &str) -> Option<Place> {
        let fd = self.open(path, OFlags::PATH, Mode::empty()).ok()?;
        rustix::fs::fstat(fd).ok().as_ref().map(place_of)
    }

    /// Where a symbolic link points.
    pub fn link(&self, path: &str) -> Option<String> {
        let fd = self.open(path, OFlags::PATH | OFlags::NOFOLLOW, Mode::empty());
        let target = rustix::fs::readlinkat(fd.ok()?, "", Vec::new()).ok()?;
        Some(target.to_string_lossy().into_owned())
    }

    /// The names in a folder, sorted; empty when it cannot be read.
    pub fn list(&self, path: &str) -> Vec<String> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY;
        let Ok(fd) = self.open(path, flags, Mode::empty()) else {
            return Vec::new();
        };
        let Ok(folder) = rustix::fs::Dir::read_from(fd) else {
            return Vec::new();
        };
        let mut names: Vec<String> = folder
            .flatten()
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .filter(|name| name != "." && name != "..")
            .collect();
        names.sort();
        names
    }

    /// Free and whole bytes of the file system that a folder lies on, for root.
    ///
    /// # Errors
    /// When the folder is not there.
    pub fn free(&self, path: &str) -> io::Result<u64> {
        let fd = self.open(path, OFlags::RDONLY | OFlags::DIRECTORY, Mode::empty())?;
        let stat = rustix::fs::fstatvfs(fd)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// The opened folder of a path, and the path's last part.
    fn parent<'p>(&self, path: &'p str) -> io::Result<(OwnedFd, &'p str)> {
        let path = path.trim_end_matches('/');
        let (folder, name) = path.rsplit_once('/').unwrap_or(("/", path));
        let folder = if folder.is_empty() { "/" } else { folder };
        let fd = self.open(folder, OFlags::PATH | OFlags::DIRECTORY, Mode::empty())?;
        Ok((fd, name))
    }
}

/// Opens the root of a machine.
///
/// # Errors
/// When it is not a directory that can be opened.
pub(crate) fn open(root: &Path) -> Result<Below, PatchError> {
    Below::open_root(root).map_err(|source| PatchError::File {
        doing: "open",
        path: root.display().to_string(),
        source,
    })
}

/// Makes a folder for package files.
///
/// # Errors
/// When something else is in the way or the disk is full.
pub(crate) fn make_folder(root: &Below, path: &str) -> Result<(), PatchError> {
    root.make_dir(path).map_err(|source| PatchError::File {
        doing: "make",
        path: path.to_owned(),
        source,
    })
}

fn place_of(stat: &Stat) -> Place {
    Place {
        mode: stat.st_mode,
        size: u64::try_from(stat.st_size).unwrap_or(0),
        device: stat.st_dev,
        inode: stat.st_ino,
        uid: stat.st_uid,
        gid: stat.st_gid,
        modified: stat.st_mtime,
        nanos: stat.st_mtime_nsec,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_out_of_the_root_stays_in_it() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        std::fs::write(root.path().join("etc/passwd"), "inside").unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("absolute")).unwrap();
        std::os::unix::fs::symlink("../../../etc/passwd", root.path().join("up")).unwrap();
        let below = Below::open_root(root.path()).unwrap();
        assert_eq!(below.text("/absolute", 99).unwrap(), "inside");
        assert_eq!(below.text("/up", 99).unwrap(), "inside");
        assert_eq!(below.link("/absolute").unwrap(), "/etc/passwd");
        assert!(below.place("/absolute").unwrap().is_link());
        assert!(below.target("/absolute").unwrap().is_file());
    }

    #[test]
    fn files_are_written_and_listed_and_have_limits() {
        let root = tempfile::tempdir().unwrap();
        let below = Below::open_root(root.path()).unwrap();
        below.make_dir("/var/lib/x").unwrap();
        below.make_dir("/var/lib/x").unwrap();
        below.write("/var/lib/x/a", b"12345").unwrap();
        assert_eq!(below.list("/var/lib/x"), ["a"]);
        assert!(below.read("/var/lib/x/a", 4).is_err());
        assert_eq!(below.read("/var/lib/x/a", 5).unwrap(), b"12345");
        below.remove("/var/lib/x/a").unwrap();
        below.remove("/var/lib/x/a").unwrap();
        assert!(below.place("/var/lib/x/a").is_none());
    }
}
