//! Puts a pre-image back.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::os::unix::fs::{
    MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _, lchown, symlink,
};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Timespec, Timestamps, mknodat, utimensat};

use super::manifest::{Entry, FORMAT, Manifest, Rights, State, inside};
use super::{MANIFEST, Restored, attributes};
use crate::file_tree::present;
use crate::overlay::path_of;

const MAX_MANIFEST: u64 = 256 << 20;
/// Beside the file that it will replace.
const TEMPORARY: &str = ".patchward-restoring";

pub(super) fn from(root: &OwnedFd, file: &Path) -> io::Result<Restored> {
    let decoder = zstd::Decoder::new(File::open(file)?)?;
    let mut archive = tar::Archive::new(decoder);
    let mut members = archive.entries()?;
    let first = members.next().ok_or(io::ErrorKind::UnexpectedEof)??;
    if first.path()? != Path::new(MANIFEST) || first.size() > MAX_MANIFEST {
        return Err(invalid("it is no pre-image of patchward"));
    }
    let mut text = Vec::new();
    first.take(MAX_MANIFEST).read_to_end(&mut text)?;
    let manifest: Manifest = serde_json::from_slice(&text)?;
    if manifest.format != FORMAT {
        return Err(invalid("it is of another version"));
    }
    if manifest
        .entries
        .iter()
        .any(|entry| inside(&entry.path).as_ref() != Some(&entry.path))
    {
        return Err(invalid("it names paths outside of the root"));
    }
    let mut work = Work {
        root,
        restored: Restored::default(),
    };
    work.remove_new(&manifest);
    work.make_all_but_files(&manifest);
    let by_path: HashMap<&Path, &Entry> = manifest
        .entries
        .iter()
        .map(|entry| (entry.path.as_path(), entry))
        .collect();
    for member in members {
        let mut member = member?;
        let path = member.path()?.into_owned();
        if let Some(State::File {
            rights,
            same_as: None,
            size,
        }) = by_path.get(path.as_path()).map(|entry| &entry.state)
        {
            let expected = *size;
            work.note(&path, |place| {
                write_file(&mut member, expected, place, rights)
            });
        }
    }
    work.link_files(&manifest);
    work.finish_directories(&manifest);
    Ok(work.restored)
}

struct Work<'a> {
    root: &'a OwnedFd,
    restored: Restored,
}

impl Work<'_> {
    /// Removes what was not there, the deepest first.
    fn remove_new(&mut self, manifest: &Manifest) {
        for entry in manifest
            .entries
            .iter()
            .rev()
            .filter(|entry| entry.state == State::Absent)
        {
            match self
                .place(&entry.path)
                .and_then(|(_parent, place)| remove(&place))
            {
                Ok(()) => self.restored.removed += 1,
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
                    ) => {}
                Err(error) => self.problem(&entry.path, &error),
            }
        }
    }

    fn make_all_but_files(&mut self, manifest: &Manifest) {
        for entry in &manifest.entries {
            match &entry.state {
                State::Directory(_) => self.note(&entry.path, make_directory),
                State::Link { rights, target } => self.note(&entry.path, |place| {
                    replace(place, rights, |temporary| symlink(target, temporary))
                }),
                State::Node { rights, device } => self.note(&entry.path, |place| {
                    let kind = FileType::from_raw_mode(rights.mode);
                    let make =
                        |temporary: &Path| Ok(mknodat(CWD, temporary, kind, Mode::RUSR, *device)?);
                    replace(place, rights, make)
                }),
                State::Absent | State::File { .. } => {}
            }
        }
    }

    fn link_files(&mut self, manifest: &Manifest) {
        for entry in &manifest.entries {
            if let State::File {
                rights,
                same_as: Some(other),
                ..
            } = &entry.state
            {
                match self.place(other) {
                    Ok((_parent, original)) => self.note(&entry.path, |place| {
                        replace(place, rights, |temporary| {
                            fs::hard_link(&original, temporary)
                        })
                    }),
                    Err(error) => self.problem(&entry.path, &error),
                }
            }
        }
    }

    /// Last, because writing into a directory changes its time; the deepest first.
    fn finish_directories(&mut self, manifest: &Manifest) {
        for entry in manifest.entries.iter().rev() {
            if let State::Directory(rights) = &entry.state {
                let done = self
                    .place(&entry.path)
                    .and_then(|(_parent, place)| set_rights(&place, rights));
                if let Err(error) = done {
                    self.problem(&entry.path, &error);
                }
            }
        }
    }

    /// Does one thing at a path and keeps the score.
    fn note(&mut self, path: &Path, work: impl FnOnce(&Path) -> io::Result<()>) {
        match self.place(path).and_then(|(_parent, place)| work(&place)) {
            Ok(()) => self.restored.written += 1,
            Err(error) => self.problem(path, &error),
        }
    }

    fn problem(&mut self, path: &Path, error: &io::Error) {
        self.restored
            .problems
            .push((Path::new("/").join(path), error.to_string()));
    }

    /// The parent directory held open, reached without following any link, and the name in it as a usable path.
    fn place(&self, path: &Path) -> io::Result<(OwnedFd, PathBuf)> {
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let mut folder = self.root.try_clone()?;
        for component in path.parent().into_iter().flat_map(Path::components) {
            folder = rustix::fs::openat(&folder, component.as_os_str(), flags, Mode::empty())?;
        }
        let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
        let place = path_of(&folder).join(name);
        Ok((folder, place))
    }
}

fn remove(place: &Path) -> io::Result<()> {
    if fs::symlink_metadata(place)?.is_dir() {
        fs::remove_dir(place)
    } else {
        fs::remove_file(place)
    }
}

fn make_directory(place: &Path) -> io::Result<()> {
    match present(place) {
        Some(data) if data.is_dir() => Ok(()),
        Some(_) => {
            fs::remove_file(place)?;
            fs::create_dir(place)
        }
        None => fs::create_dir(place),
    }
}

fn write_file(content: &mut impl Read, size: u64, place: &Path, rights: &Rights) -> io::Result<()> {
    replace(place, rights, |temporary| {
        let mut output = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(temporary)?;
        if io::copy(&mut content.take(size.saturating_add(1)), &mut output)? != size {
            return Err(invalid(
                "the archive has another size for it than its manifest",
            ));
        }
        output.sync_all()
    })
}

/// Makes something beside the place and renames it there.
fn replace(
    place: &Path,
    rights: &Rights,
    make: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let temporary = place.with_file_name(TEMPORARY);
    match fs::remove_file(&temporary) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    make(&temporary)?;
    set_rights(&temporary, rights)?;
    if present(place).is_some_and(|data| data.is_dir()) {
        fs::remove_dir(place)?;
    }
    fs::rename(&temporary, place)?;
    // Renaming one name of a file over another of the same file does nothing, and leaves both.
    let _ = fs::remove_file(&temporary);
    Ok(())
}

fn set_rights(place: &Path, rights: &Rights) -> io::Result<()> {
    let data = fs::symlink_metadata(place)?;
    if (data.uid(), data.gid()) != (rights.user, rights.group) {
        lchown(place, Some(rights.user), Some(rights.group))?;
    }
    // After the owner, for changing the owner takes set-user-id and capabilities away.
    if !data.is_symlink() {
        fs::set_permissions(place, Permissions::from_mode(rights.mode & 0o7777))?;
    }
    attributes::write(place, &rights.attributes)?;
    let modified = Timespec {
        tv_sec: rights.modified.0,
        tv_nsec: rights.modified.1,
    };
    let times = Timestamps {
        last_access: modified,
        last_modification: modified,
    };
    Ok(utimensat(CWD, place, &times, AtFlags::SYMLINK_NOFOLLOW)?)
}

fn invalid(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}
