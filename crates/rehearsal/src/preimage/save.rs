//! Writes a pre-image.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use tar::{Builder, EntryType, Header};

use super::manifest::{Manifest, Rights, State};
use super::{MANIFEST, PreImageError};

/// The archive appears under its name only when all of it is on the disk.
pub(super) fn write(root: &Path, manifest: &Manifest, file: &Path) -> Result<(), PreImageError> {
    let failed = |source| PreImageError::Write {
        file: file.to_path_buf(),
        source,
    };
    let mut unfinished = file.as_os_str().to_owned();
    unfinished.push(".unfinished");
    let unfinished = Path::new(&unfinished);
    let output = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(unfinished)
        .map_err(failed)?;
    let mut encoder = zstd::Encoder::new(output, 1).map_err(failed)?;
    encoder.include_checksum(true).map_err(failed)?;
    let mut archive = Builder::new(encoder);
    append_manifest(&mut archive, manifest).map_err(failed)?;
    for entry in &manifest.entries {
        append(&mut archive, root, &entry.path, &entry.state).map_err(|source| {
            PreImageError::Read {
                path: Path::new("/").join(&entry.path),
                source,
            }
        })?;
    }
    let finish = || {
        let output = archive.into_inner()?.finish()?;
        output.sync_all()?;
        fs::rename(unfinished, file)?;
        File::open(
            file.parent()
                .filter(|folder| !folder.as_os_str().is_empty())
                .unwrap_or(Path::new(".")),
        )?
        .sync_all()
    };
    finish().map_err(failed)
}

fn append_manifest(archive: &mut Builder<impl io::Write>, manifest: &Manifest) -> io::Result<()> {
    let text = serde_json::to_vec(manifest)?;
    let mut header = Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o600);
    header.set_entry_type(EntryType::Regular);
    archive.append_data(&mut header, MANIFEST, text.as_slice())
}

fn append(
    archive: &mut Builder<impl io::Write>,
    root: &Path,
    path: &Path,
    state: &State,
) -> io::Result<()> {
    match state {
        State::Absent | State::Node { .. } => Ok(()),
        State::Directory(rights) => {
            let mut header = header(rights, EntryType::Directory, 0);
            archive.append_data(&mut header, path, io::empty())
        }
        State::Link { rights, target } => {
            let mut header = header(rights, EntryType::Symlink, 0);
            archive.append_link(&mut header, path, target)
        }
        State::File {
            rights,
            same_as: Some(other),
            ..
        } => {
            let mut header = header(rights, EntryType::Link, 0);
            archive.append_link(&mut header, path, other)
        }
        State::File { rights, size, .. } => {
            let mut header = header(rights, EntryType::Regular, *size);
            let mut content = Exactly {
                file: File::open(root.join(path))?,
                left: *size,
            };
            archive.append_data(&mut header, path, &mut content)?;
            content.must_be_at_its_end()
        }
    }
}

fn header(rights: &Rights, kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(rights.mode & 0o7777);
    header.set_uid(rights.user.into());
    header.set_gid(rights.group.into());
    header.set_mtime(u64::try_from(rights.modified.0).unwrap_or_default());
    header.set_size(size);
    header
}

/// A file that must have exactly the size that was seen before.
struct Exactly {
    file: File,
    left: u64,
}

impl io::Read for Exactly {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.by_ref().take(self.left).read(buffer)?;
        if count == 0 && self.left > 0 && !buffer.is_empty() {
            return Err(changed());
        }
        self.left -= count as u64;
        Ok(count)
    }
}

impl Exactly {
    fn must_be_at_its_end(&mut self) -> io::Result<()> {
        if self.file.read(&mut [0])? == 0 {
            Ok(())
        } else {
            Err(changed())
        }
    }
}

fn changed() -> io::Error {
    io::Error::other("the file changed while it was read")
}
