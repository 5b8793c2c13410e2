//! A document that has arrived: a file, perhaps compressed.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use flate2::read::MultiGzDecoder;

use super::Fetched;
use crate::registry::FeedError;
use crate::state::Validator;

/// A document that has arrived.
#[derive(Debug)]
pub struct Document {
    path: PathBuf,
    /// It lies in our cache and goes when we are done with it.
    ours: bool,
    gzip: bool,
    size: u64,
    limit: u64,
    /// What to ask with next time.
    pub validator: Validator,
}

impl Document {
    pub(super) fn new(
        path: PathBuf,
        gzip: bool,
        size: u64,
        limit: u64,
        validator: Validator,
    ) -> Document {
        Document {
            path,
            ours: true,
            gzip,
            size,
            limit,
            validator,
        }
    }

    /// Bytes as they lie on disk.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Its file, for formats that seek (zip). A document that came compressed by the server is not such a format.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn file(&self) -> Result<File, FeedError> {
        File::open(&self.path).map_err(|source| FeedError::File {
            path: self.path.clone(),
            source,
        })
    }

    /// Its bytes from the start, as the publisher wrote them; never more than the limit it was fetched with.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn reader(&self) -> Result<Box<dyn Read>, FeedError> {
        let file = BufReader::with_capacity(256 << 10, self.file()?);
        Ok(match self.gzip {
            true => Box::new(MultiGzDecoder::new(file).take(self.limit)),
            false => Box::new(file.take(self.limit)),
        })
    }

    /// All its bytes.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn bytes(&self) -> Result<Vec<u8>, FeedError> {
        let mut bytes = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        let read = self.reader()?.read_to_end(&mut bytes);
        read.map_err(|source| FeedError::File {
            path: self.path.clone(),
            source,
        })?;
        Ok(bytes)
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
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Fetched::Missing),
        Err(error) => return Err(failed(error)),
    };
    let size = metadata.len();
    if size > limit {
        return Err(super::too_large(&path.display().to_string(), limit));
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
        ours: false,
        gzip: false,
        size,
        limit,
        validator,
    };
    Ok(Fetched::Document(document))
}
