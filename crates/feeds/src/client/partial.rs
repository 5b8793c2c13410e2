//! A download in progress, on disk, so that it goes on where it stopped: even after a crash.
//!
//! Beside `NAME.part` lies `NAME.meta` with the entity tag that the bytes belong to; bytes without a strong tag are
//! never resumed, because nothing would tell that the document has changed in between.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::document::Document;
use crate::registry::FeedError;
use crate::state::Validator;

/// How long a download that stopped may wait for its rest.
const KEEP: Duration = Duration::from_secs(7 * 24 * 3600);

pub struct Partial {
    part: PathBuf,
    meta: PathBuf,
    file: Option<File>,
    length: u64,
    known: Option<Meta>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Meta {
    etag: String,
}

impl Partial {
    /// The download of `url`, with what an earlier run left of it.
    pub fn open(cache: &Path, url: &str) -> Result<Partial, FeedError> {
        std::fs::create_dir_all(cache).map_err(|source| FeedError::File {
            path: cache.to_owned(),
            source,
        })?;
        let digest = Sha256::digest(url.as_bytes());
        let name: String = digest
            .iter()
            .take(16)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let (part, meta) = (
            cache.join(format!("{name}.part")),
            cache.join(format!("{name}.meta")),
        );
        let known = std::fs::read(&meta)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let length = match known {
            Some(_) => std::fs::metadata(&part).map_or(0, |metadata| metadata.len()),
            None => 0,
        };
        Ok(Partial {
            part,
            meta,
            file: None,
            length,
            known,
        })
    }

    /// From which byte, and of which entity tag, the download can go on.
    pub fn resumable(&self) -> Option<(u64, &str)> {
        let meta = self.known.as_ref()?;
        (self.length > 0 && !meta.etag.starts_with("W/"))
            .then_some((self.length, meta.etag.as_str()))
    }

    /// Bytes on disk.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Begins to take bytes: after those on disk (`resumed`) or from the start.
    pub fn start(&mut self, resumed: bool, validator: &Validator) -> Result<(), FeedError> {
        if !resumed {
            self.forget()?;
            if let Some(etag) = &validator.etag {
                let meta = Meta { etag: etag.clone() };
                let bytes = serde_json::to_vec(&meta).unwrap_or_default();
                std::fs::write(&self.meta, bytes).map_err(|e| failed(&self.meta, e))?;
                self.known = Some(meta);
            }
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&self.part);
        self.file = Some(file.map_err(|e| failed(&self.part, e))?);
        Ok(())
    }

    /// Takes more bytes.
    pub fn append(&mut self, bytes: &[u8]) -> Result<(), FeedError> {
        let Some(file) = &mut self.file else {
            return Ok(());
        };
        file.write_all(bytes).map_err(|e| failed(&self.part, e))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Throws away what is on disk.
    pub fn forget(&mut self) -> Result<(), FeedError> {
        self.file = None;
        self.known = None;
        self.length = 0;
        for path in [&self.part, &self.meta] {
            match std::fs::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    return Err(failed(path, error));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// The whole document.
    pub fn finish(
        &mut self,
        url: &str,
        validator: Validator,
        limit: u64,
    ) -> Result<Document, FeedError> {
        self.file = None;
        let done = self.part.with_extension("done");
        std::fs::rename(&self.part, &done).map_err(|e| failed(&self.part, e))?;
        let size = self.length;
        self.forget()?;
        Ok(Document::downloaded(done, url, size, limit, validator))
    }
}

/// Removes what crashes left in the cache and no later run has asked for again.
pub fn sweep(cache: &Path) {
    let Ok(entries) = std::fs::read_dir(cache) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let ours = path
            .extension()
            .is_some_and(|ending| ["part", "meta", "done"].iter().any(|ours| ending == *ours));
        let age = entry.metadata().and_then(|metadata| metadata.modified());
        let old = age.is_ok_and(|time| time.elapsed().is_ok_and(|age| age > KEEP));
        if ours && old {
            let _ = std::fs::remove_file(path); // the next sweep tries again
        }
    }
}

fn failed(path: &Path, source: std::io::Error) -> FeedError {
    FeedError::File {
        path: path.to_owned(),
        source,
    }
}
