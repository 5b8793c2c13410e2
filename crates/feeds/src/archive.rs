//! Archives of many records: zip, and tar in gzip, bzip2 or zstd; with limits, because an archive is outside data.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::client::Document;
use crate::registry::FeedError;

/// Most entries of one archive (the CVE list has 300,000).
const MAX_ENTRIES: usize = 5_000_000;

/// Largest entry, inflated, in bytes.
const MAX_ENTRY: u64 = 128 << 20;

/// Largest archive inside an archive, in bytes (the CVE list's baseline has 500 MB).
const MAX_INNER: u64 = 8 << 30;

/// Most bytes of all entries together, inflated (the CVE list has 2 GiB).
const MAX_TOTAL: u64 = 64 << 30;

/// Takes the name and the content of an entry.
pub type Each<'e> = dyn FnMut(&str, &[u8]) -> Result<(), FeedError> + 'e;

/// Calls `each` with the name and content of every file entry whose name ends in `.json`.
///
/// # Errors
/// When the archive cannot be read, a limit is reached, or `each` fails.
pub fn zip(document: &Document, each: &mut Each<'_>) -> Result<(), FeedError> {
    zip_file(document.url(), document.file()?, each)
}

/// As [`zip`], for a zip that is the one entry of another (the CVE list's baseline), which is unpacked in `cache`.
///
/// # Errors
/// As [`zip`].
pub fn zip_in_zip(document: &Document, cache: &Path, each: &mut Each<'_>) -> Result<(), FeedError> {
    let url = document.url();
    let failed = failed(url);
    let mut outer = ZipArchive::new(document.file()?).map_err(|e| failed(e.to_string()))?;
    let inner = (0..outer.len()).find(|at| {
        outer
            .name_for_index(*at)
            .and_then(Result::ok)
            .is_some_and(|name| name.ends_with(".zip"))
    });
    let Some(inner) = inner else {
        return zip_file(url, document.file()?, each);
    };
    let mut entry = outer
        .by_index(inner)
        .map_err(|e| failed(e.to_string()))?
        .take(MAX_INNER + 1);
    let made = std::fs::create_dir_all(cache).and_then(|()| tempfile::tempfile_in(cache));
    let mut file =
        made.map_err(|e| failed(format!("a temporary file in {}: {e}", cache.display())))?;
    let size = std::io::copy(&mut entry, &mut file).map_err(|e| failed(e.to_string()))?;
    if size > MAX_INNER {
        return Err(too_much(url));
    }
    file.rewind().map_err(|e| failed(e.to_string()))?;
    zip_file(url, file, each)
}

fn zip_file(url: &str, file: File, each: &mut Each<'_>) -> Result<(), FeedError> {
    let failed = failed(url);
    let mut archive = ZipArchive::new(file).map_err(|e| failed(e.to_string()))?;
    if archive.len() > MAX_ENTRIES {
        return Err(too_much(url));
    }
    let mut limits = Limits::new(url);
    let mut bytes = Vec::new();
    for at in 0..archive.len() {
        let entry = archive.by_index(at).map_err(|e| failed(e.to_string()))?;
        let name = entry
            .name()
            .map_err(|e| failed(e.to_string()))?
            .into_owned();
        if !entry.is_file() || !name.ends_with(".json") {
            continue;
        }
        limits.read(entry, &name, &mut bytes)?;
        each(&name, &bytes)?;
    }
    Ok(())
}

/// Calls `each` with the name and content of every file entry whose name ends in `.json`, of a tar that is compressed
/// as its URL's ending says (`.gz`, `.bz2`, `.zst`).
///
/// # Errors
/// When the archive cannot be read, a limit is reached, or `each` fails.
pub fn tar(document: &Document, each: &mut Each<'_>) -> Result<(), FeedError> {
    let url = document.url();
    let failed = failed(url);
    let file = BufReader::with_capacity(256 << 10, document.file()?);
    let reader: Box<dyn Read> = match url.rsplit('.').next() {
        Some("gz") => Box::new(MultiGzDecoder::new(file)),
        Some("bz2") => Box::new(MultiBzDecoder::new(file)),
        Some("zst") => {
            Box::new(zstd::stream::read::Decoder::new(file).map_err(|e| failed(e.to_string()))?)
        }
        _ => Box::new(file),
    };
    // The reader of tar skips by reading, so entries of no interest count as well.
    let mut archive = tar::Archive::new(reader.take(MAX_TOTAL));
    let mut limits = Limits::new(url);
    let mut bytes = Vec::new();
    for (at, entry) in archive
        .entries()
        .map_err(|e| failed(e.to_string()))?
        .enumerate()
    {
        if at >= MAX_ENTRIES {
            return Err(too_much(url));
        }
        let entry = entry.map_err(|e| failed(e.to_string()))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() || !name.ends_with(".json") {
            continue;
        }
        limits.read(entry, &name, &mut bytes)?;
        each(&name, &bytes)?;
    }
    Ok(())
}

/// Counts what an archive inflates to.
struct Limits<'u> {
    url: &'u str,
    total: u64,
}

impl<'u> Limits<'u> {
    fn new(url: &'u str) -> Limits<'u> {
        Limits { url, total: 0 }
    }

    fn read(&mut self, entry: impl Read, name: &str, bytes: &mut Vec<u8>) -> Result<(), FeedError> {
        bytes.clear();
        entry
            .take(MAX_ENTRY + 1)
            .read_to_end(bytes)
            .map_err(|e| FeedError::Read {
                url: self.url.to_owned(),
                message: format!("{name}: {e}"),
            })?;
        self.total += bytes.len() as u64;
        if bytes.len() as u64 > MAX_ENTRY {
            return Err(FeedError::Limit {
                url: self.url.to_owned(),
                message: format!("{name} is larger than {} MiB", MAX_ENTRY >> 20),
            });
        }
        if self.total > MAX_TOTAL {
            return Err(too_much(self.url));
        }
        Ok(())
    }
}

fn failed(url: &str) -> impl Fn(String) -> FeedError + '_ {
    move |message| FeedError::Read {
        url: url.to_owned(),
        message,
    }
}

fn too_much(url: &str) -> FeedError {
    FeedError::Limit {
        url: url.to_owned(),
        message: "the archive inflates to more than its limit".to_owned(),
    }
}
