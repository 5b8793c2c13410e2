//! The pre-image of a change: the host's files as they were, in one archive, to be put back as the last resort.
//!
//! The archive is a zstd-compressed tar with the files under their own names, so that a person can unpack it without
//! us; its first member is a manifest that holds what tar does not: the paths that did not exist, attributes, exact times.

pub(crate) mod attributes;
mod manifest;
mod restore;
mod save;

use std::io;
use std::path::{Path, PathBuf};

use crate::overlay::open_directory;
use manifest::Manifest;
pub(crate) use manifest::inside;

/// The manifest's name in the archive.
const MANIFEST: &str = ".patchward-preimage.json";

/// A saved pre-image.
#[derive(Clone, Debug, PartialEq)]
pub struct PreImage {
    /// The archive.
    pub file: PathBuf,
    /// Paths in it.
    pub paths: usize,
    /// Those of them that did not exist, and will be removed.
    pub absent: usize,
    /// Size of the files in it, uncompressed.
    pub bytes: u64,
    /// Sockets among the paths: they cannot be saved, and services make them anew.
    pub not_saved: Vec<PathBuf>,
}

/// What putting a pre-image back did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restored {
    /// Paths written or whose rights were set.
    pub written: usize,
    /// Paths removed.
    pub removed: usize,
    /// Paths that could not be put back, each with its reason.
    pub problems: Vec<(PathBuf, String)>,
}

/// Why a pre-image was not saved or put back.
#[derive(Debug, thiserror::Error)]
pub enum PreImageError {
    /// A path could not be read.
    #[error("save {path} into the pre-image")]
    Read {
        /// The path inside the root.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The archive could not be written.
    #[error("write the pre-image {file}")]
    Write {
        /// The archive.
        file: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The files are larger than the caller allowed.
    #[error("save the pre-image: {bytes} bytes are more than the {limit} allowed")]
    TooLarge {
        /// Their size.
        bytes: u64,
        /// What was allowed.
        limit: u64,
    },
    /// The archive cannot be read, or is not one of ours. Nothing or only a part of it was put back.
    #[error("read the pre-image {file}")]
    Archive {
        /// The archive.
        file: PathBuf,
        /// What the system or the decoder said.
        source: io::Error,
    },
}

impl PreImage {
    /// Saves `paths` (as seen inside `root`) as they are now into a new archive `file`, readable by root only and synced
    /// to disk. Directories are saved without what is below them; name that too.
    ///
    /// # Errors
    /// When a path cannot be read, changes while it is read, or all of them together have more than `limit` bytes.
    pub fn save(
        root: &Path,
        paths: &[PathBuf],
        file: &Path,
        limit: u64,
    ) -> Result<Self, PreImageError> {
        let (manifest, not_saved) = Manifest::of(root, paths)?;
        let bytes = manifest.bytes();
        if bytes > limit {
            return Err(PreImageError::TooLarge { bytes, limit });
        }
        save::write(root, &manifest, file)?;
        Ok(Self {
            file: file.to_path_buf(),
            paths: manifest.entries.len(),
            absent: manifest.absent(),
            bytes,
            not_saved,
        })
    }

    /// Puts a saved archive back below `root`: files with content, owner, mode, attributes and times, links and
    /// directories; what did not exist is removed. Each file is replaced at once by a rename; doing it twice does no harm.
    /// No path leaves the root, whatever the archive or links on the disk say.
    ///
    /// # Errors
    /// When the archive cannot be read. A path that cannot be put back is told in [`Restored::problems`].
    pub fn restore(root: &Path, file: &Path) -> Result<Restored, PreImageError> {
        let archive = |source| PreImageError::Archive {
            file: file.to_path_buf(),
            source,
        };
        let root = open_directory(root).map_err(archive)?;
        restore::from(&root, file).map_err(archive)
    }
}

#[cfg(test)]
mod tests;
