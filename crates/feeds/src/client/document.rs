//! A document that has arrived: a file, perhaps compressed.

use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use flate2::bufread::MultiGzDecoder;

use super::Fetched;
use crate::registry::FeedError;
use crate::state::Validator;

/// The largest document that is read into memory, inflated, in bytes (Debian's tracker has 70 MB, a year of NVD 200).
const IN_MEMORY: u64 = 1 << 30;

/// A document that has arrived.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    url: String,
    /// It lies in our cache and goes when we are done with it.
    ours: bool,
    size: u64,
    limit: u64,
    /// What to ask with next time.
    pub validator: Validator,
}

impl Document {
    /// A document that lies in our cache.
    pub(super) fn downloaded(
        path: PathBuf,
        url: &str,
        size: u64,
        limit: u64,
        validator: Validator,
    ) -> Document {
        Document {
            path,
            url: url.to_owned(),
            ours: true,
            size,
            limit,
            validator,
        }
    }

    /// Where it comes from.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Bytes as they lie on disk.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its file as it came, for archives.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn file(&self) -> Result<File, FeedError> {
        File::open(&self.path).map_err(|source| FeedError::File {
            path: self.path.clone(),
            source,
        })
    }

    /// All its bytes. What is compressed with gzip, by the server or by its publisher, is inflated; never to more than
    /// the limit it was fetched with.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than its limit.
    pub fn bytes(&self) -> Result<Vec<u8>, FeedError> {
        let failed = |source| FeedError::File {
            path: self.path.clone(),
            source,
        };
        let mut file = BufReader::with_capacity(64 << 10, self.file()?);
        let gzip = file.fill_buf().map_err(failed)?.starts_with(b"\x1f\x8b");
        let limit = self.limit.min(IN_MEMORY);
        let mut bytes = Vec::with_capacity(usize::try_from(self.size.min(limit)).unwrap_or(0));
        let read = match gzip {
            true => MultiGzDecoder::new(file)
                .take(limit + 1)
                .read_to_end(&mut bytes)
                .map_err(|error| FeedError::Read {
                    url: self.url.clone(),
                    message: format!("inflate: {error}"),
                }),
            false => file.take(limit + 1).read_to_end(&mut bytes).map_err(failed),
        };
        match read? as u64 > limit {
            true => Err(super::too_large(&self.url, limit)),
            false => Ok(bytes),
        }
    }
}

impl Drop for Document {
    fn drop(&mut self) {
        if self.ours {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// A document of a mirror folder; its time and length stand for an entity tag.
pub fn from_file(path: &Path, known: Option<&Validator>, limit: u64) -> Result<Fetched, FeedError> {
    let failed = |source| FeedError::File {
        path: path.to_owned(),
        source,
    };
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Ok(Fetched::Missing),
        Err(error) => match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                return Ok(Fetched::Missing);
            }
            _ => return Err(failed(error)),
        },
    };
    let url = format!("file://{}", path.display());
    let size = metadata.len();
    if size > limit {
        return Err(super::too_large(&url, limit));
    }
    let changed = metadata
        .modified()
        .map_err(failed)?
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let etag = format!("\"{}-{size}-{}\"", path.display(), changed.as_nanos());
    if known.is_some_and(|known| known.etag.as_deref() == Some(&etag)) {
        return Ok(Fetched::Unchanged);
    }
    let validator = Validator {
        etag: Some(etag),
        last_modified: None,
    };
    let document = Document {
        path: path.to_owned(),
        url,
        ours: false,
        size,
        limit,
        validator,
    };
    Ok(Fetched::Document(document))
}
