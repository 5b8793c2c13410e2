//! One file that carries a whole generation to a machine without network.
//!
//! Layout: `PWBUNDLE`, length of the manifest (64 bits), the manifest as it lies in the folder, then the segments in
//! its order, each of the length that it names. [`digest`] covers every byte; the signature over it is made elsewhere.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::knowledge::{Knowledge, OpenError, plain_name};
use crate::manifest::{Manifest, ManifestError, sync_folder};
use crate::segment::{Segment, SegmentError};
use crate::update::{UpdateError, lock, next_number, sweep};

const MAGIC: &[u8; 8] = b"PWBUNDLE";
const MANIFEST_LIMIT: u64 = 64 << 20;

/// Why a bundle cannot be written or taken in.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A file cannot be read or written.
    #[error("{doing} {path}")]
    Io {
        /// `read` or `write`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
    /// The bytes are not a bundle, or not a whole one.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// A segment in it cannot be used.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The folder cannot be written.
    #[error(transparent)]
    Update(#[from] UpdateError),
    /// The manifest cannot be written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The new generation cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
}

/// Writes the newest generation of a folder as one file; returns its SHA-256.
///
/// # Errors
/// When a file cannot be read or written.
pub fn export(folder: &Path, to: &Path) -> Result<[u8; 32], BundleError> {
    let knowledge = Knowledge::open_any(folder)?;
    let failed = |source| BundleError::Io {
        doing: "write",
        path: to.to_owned(),
        source,
    };
    let temporary = to.with_extension("tmp");
    let write = || {
        let mut out = BufWriter::new(File::create(&temporary)?);
        let manifest = knowledge.manifest().print().map_err(io::Error::other)?;
        out.write_all(MAGIC)?;
        out.write_all(&(manifest.len() as u64).to_le_bytes())?;
        out.write_all(manifest.as_bytes())?;
        for segment in &knowledge.manifest().segments {
            let mut file = File::open(folder.join(plain_name(&segment.file)))?;
            io::copy(&mut file, &mut out)?;
        }
        out.into_inner()
            .map_err(io::IntoInnerError::into_error)?
            .sync_all()?;
        std::fs::rename(&temporary, to)
    };
    write().map_err(failed)?;
    digest(to)
}

/// The SHA-256 of a bundle: what a signature covers.
///
/// # Errors
/// When the file cannot be read.
pub fn digest(bundle: &Path) -> Result<[u8; 32], BundleError> {
    let failed = |source| BundleError::Io {
        doing: "read",
        path: bundle.to_owned(),
        source,
    };
    let mut file = BufReader::with_capacity(1 << 18, File::open(bundle).map_err(failed)?);
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer).map_err(failed)? {
            0 => return Ok(digest.finalize().into()),
            read => digest.update(&buffer[..read]),
        }
    }
}

/// Reads only the manifest of a bundle: its generation, age and feeds.
///
/// # Errors
/// When the file is not a bundle.
pub fn manifest(bundle: &Path) -> Result<Manifest, BundleError> {
    let file = File::open(bundle).map_err(|source| BundleError::Io {
        doing: "read",
        path: bundle.to_owned(),
        source,
    })?;
    read_manifest(bundle, &mut BufReader::new(file))
}

fn read_manifest(bundle: &Path, file: &mut impl Read) -> Result<Manifest, BundleError> {
    let damaged = |what| BundleError::Damaged {
        path: bundle.to_owned(),
        what,
    };
    let mut start = [0; 16];
    file.read_exact(&mut start)
        .map_err(|_| damaged("shorter than its header"))?;
    let (magic, length) = start.split_at(8);
    if magic != MAGIC {
        return Err(damaged("not a bundle"));
    }
    let length = u64::from_le_bytes(length.try_into().unwrap_or_default());
    if length > MANIFEST_LIMIT {
        return Err(damaged("its manifest is too long"));
    }
    let mut text = String::new();
    file.take(length)
        .read_to_string(&mut text)
        .map_err(|_| damaged("its manifest is not readable"))?;
    Manifest::parse(&text).map_err(damaged)
}

/// Takes a bundle in as the newest generation of a folder, after checking every byte of it. The caller has checked
/// the signature, and that the bundle is not older than what is there.
///
/// # Errors
/// When the bundle is not whole; what was there then stands.
pub fn import(bundle: &Path, folder: &Path) -> Result<Knowledge, BundleError> {
    let _lock = lock(folder)?;
    let damaged = |what| BundleError::Damaged {
        path: bundle.to_owned(),
        what,
    };
    let write = |source| BundleError::Io {
        doing: "write",
        path: folder.to_owned(),
        source,
    };
    let file = File::open(bundle).map_err(|source| BundleError::Io {
        doing: "read",
        path: bundle.to_owned(),
        source,
    })?;
    let mut file = BufReader::with_capacity(1 << 18, file);
    let mut manifest = read_manifest(bundle, &mut file)?;
    let present = Manifest::read(folder)?.unwrap_or_default();
    let base = next_number(&present);
    for (offset, segment) in (0..).zip(&mut manifest.segments) {
        let temporary = folder.join(format!("tmp-import-{offset}"));
        let mut out = File::create(&temporary).map_err(write)?;
        let copied = io::copy(&mut (&mut file).take(segment.length), &mut out).map_err(write)?;
        if copied != segment.length {
            return Err(damaged("it ends before its last segment"));
        }
        out.sync_all().map_err(write)?;
        let read = Segment::open(&temporary, segment.number)?;
        read.verify()?;
        let digest = crate::manifest::hex(&read.digest);
        if digest != segment.digest {
            return Err(damaged("a segment is not the one that its manifest names"));
        }
        // Segments name each other by number, so those stay; only the file names must be new in this folder.
        segment.file = format!("segment-{}-{}.pwk", base + offset, &digest[..12]);
        std::fs::rename(&temporary, folder.join(&segment.file)).map_err(write)?;
    }
    sync_folder(folder).map_err(write)?;
    manifest.generation = manifest.generation.max(present.generation + 1);
    manifest.write(folder)?;
    sweep(folder, &manifest);
    Ok(Knowledge::open(folder)?)
}
