//! Archives of many records: zip, and tar in gzip, bzip2 or zstd; with limits, because an archive is outside data.

mod limits;

use std::io::{BufReader, Read, Seek};
use std::path::Path;

use bzip2::read::MultiBzDecoder;
use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

use crate::client::Document;
use crate::registry::FeedError;
use limits::Limits;

/// Largest archive inside an archive, in bytes (the CVE list's baseline has 500 MB).
const MAX_INNER: u64 = 8 << 30;

/// Takes the name and the content of an entry.
pub type Each<'e> = dyn FnMut(&str, &[u8]) -> Result<(), FeedError> + 'e;

/// Calls `each` with the name and content of every file entry whose name ends in `.json`.
///
/// # Errors
/// When the archive cannot be read, a limit is reached, or `each` fails.
pub fn zip(document: &Document, each: &mut Each<'_>) -> Result<(), FeedError> {
    let limits = Limits::of(document.size());
    zip_entries(document.url(), document.file()?, limits, each)
}

/// As [`zip()`], for a zip that is the one entry of another (the CVE list's baseline), which is unpacked in `cache`.
///
/// # Errors
/// As [`zip()`].
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
        return zip(document, each);
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
        return Err(limits::exceeded(url));
    }
    file.rewind().map_err(|e| failed(e.to_string()))?;
    zip_entries(url, file, Limits::of(size), each)
}

fn zip_entries(
    url: &str,
    file: impl Read + Seek,
    mut limits: Limits,
    each: &mut Each<'_>,
) -> Result<(), FeedError> {
    let failed = failed(url);
    let mut archive = ZipArchive::new(file).map_err(|e| failed(e.to_string()))?;
    let mut bytes = Vec::new();
    for at in 0..archive.len() {
        limits.count_entry(url)?;
        let entry = archive.by_index(at).map_err(|e| failed(e.to_string()))?;
        let name = entry
            .name()
            .map_err(|e| failed(e.to_string()))?
            .into_owned();
        if entry.is_file() && name.ends_with(".json") {
            limits.read(url, &name, entry, &mut bytes)?;
            each(&name, &bytes)?;
        }
    }
    Ok(())
}

/// Calls `each` with the name and content of every file entry whose name ends in `.json`, of a tar that is compressed
/// as its URL's ending says (`.gz`, `.bz2`, `.zst`).
///
/// # Errors
/// When the archive cannot be read, a limit is reached, or `each` fails.
pub fn tar(document: &Document, each: &mut Each<'_>) -> Result<(), FeedError> {
    let (url, file) = (document.url(), document.file()?);
    let limits = Limits::of(document.size());
    tar_entries(url, inflated(url, file)?, limits, each)
}

/// Reads an archive that lies in memory as a feed's is read: as zip, or as tar in what the ending of `url` names.
///
/// # Errors
/// As [`zip()`] and [`tar()`].
pub fn in_memory(url: &str, bytes: &[u8], each: &mut Each<'_>) -> Result<(), FeedError> {
    let limits = Limits::of(bytes.len() as u64);
    match url.ends_with(".zip") {
        true => zip_entries(url, std::io::Cursor::new(bytes), limits, each),
        false => tar_entries(url, inflated(url, bytes)?, limits, each),
    }
}

fn inflated<'r>(url: &str, file: impl Read + 'r) -> Result<Box<dyn Read + 'r>, FeedError> {
    let file = BufReader::with_capacity(256 << 10, file);
    Ok(match url.rsplit('.').next() {
        Some("gz") => Box::new(MultiGzDecoder::new(file)),
        Some("bz2") => Box::new(MultiBzDecoder::new(file)),
        Some("zst") => {
            let decoder = zstd::stream::read::Decoder::with_buffer(file);
            Box::new(decoder.map_err(|e| failed(url)(e.to_string()))?)
        }
        _ => Box::new(file),
    })
}

fn tar_entries(
    url: &str,
    reader: impl Read,
    mut limits: Limits,
    each: &mut Each<'_>,
) -> Result<(), FeedError> {
    let failed = failed(url);
    // The reader of tar skips by reading, so entries of no interest count as well.
    let mut archive = tar::Archive::new(reader.take(limits.total));
    let mut bytes = Vec::new();
    for entry in archive.entries().map_err(|e| failed(e.to_string()))? {
        limits.count_entry(url)?;
        let entry = entry.map_err(|e| failed(e.to_string()))?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if entry.header().entry_type().is_file() && name.ends_with(".json") {
            limits.read(url, &name, entry, &mut bytes)?;
            each(&name, &bytes)?;
        }
    }
    Ok(())
}

fn failed(url: &str) -> impl Fn(String) -> FeedError + '_ {
    move |message| FeedError::Read {
        url: url.to_owned(),
        message,
    }
}

#[cfg(test)]
mod tests;
