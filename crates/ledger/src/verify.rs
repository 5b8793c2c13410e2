//! Reads the whole ledger and says what is not as it was written, and where.
//!
//! Every entry is hashed again and the root is compared at every checkpoint. The newest signature vouches for all
//! before it, so older ones are only checked where something differs. The index keeps each leaf hash apart from the entry: when
//! the hashes of the index lead to the signed root and an entry's own bytes do not, exactly that entry was changed.
//! Where both were changed, the range between two checkpoints is named, which is one commit.

mod batch;
mod index_reader;
mod report;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

pub use report::{Problem, Verification, What};

use batch::{Batch, Seen};
use index_reader::IndexReader;

use crate::checkpoint::Checkpoint;
use crate::error::LedgerError;
use crate::frame::{self, Frames, HEAD, Kind};
use crate::hash::leaf_hash;
use crate::key_file;
use crate::lock::{For, lock};
use crate::note::VerifierKey;
use crate::segment::{self, HEADER, Place, Tail};

/// How long to wait for a process that writes.
const WAIT: Duration = Duration::from_secs(10);

/// Verifies the ledger in `folder` by `key` (else by the `key.pub` that lies there), and against checkpoints that were
/// handed out before (`outside`, signed notes).
///
/// Writers wait while the end is looked up, not while everything is read.
///
/// # Errors
/// When there is no ledger, or its files cannot be read at all. What is wrong with the content is in the result.
pub fn verify(
    folder: &Path,
    key: Option<&VerifierKey>,
    outside: &[&str],
) -> Result<Verification, LedgerError> {
    let key = match key {
        Some(key) => key.clone(),
        None => key_file::open_public(folder)?,
    };
    let (segments, index) = snapshot(folder)?;
    let mut verifier = Verifier {
        folder,
        batch: Batch::new(key, index, outside),
    };
    let last = segments.last().map_or(0, |(number, _)| *number);
    for number in 1..=last {
        match segments.iter().find(|(there, _)| *there == number) {
            Some((_, length)) => verifier.segment(number, *length)?,
            None => verifier.missing_segment(number)?,
        }
    }
    let unfinished = verifier.batch.unfinished(&segments);
    verifier.batch.report.unfinished_bytes = unfinished;
    verifier
        .batch
        .finish()
        .map_err(LedgerError::io("read", folder.join("index")))
}

/// Segments with their lengths, and the index, at one instant.
fn snapshot(folder: &Path) -> Result<(Vec<(u32, u64)>, IndexReader), LedgerError> {
    // A copy that lies on a read-only disk may have no lock: then nobody writes either.
    let _lock = match lock(folder, For::Reading, WAIT) {
        Err(LedgerError::Busy(folder)) => return Err(LedgerError::Busy(folder)),
        other => other.ok(),
    };
    let mut segments = Vec::new();
    for number in segment::list(folder).map_err(LedgerError::io("read", folder))? {
        let path = segment::path(folder, number);
        let facts = std::fs::metadata(&path).map_err(LedgerError::io("read", path))?;
        segments.push((number, facts.len()));
    }
    let index = IndexReader::open(folder).map_err(LedgerError::io("read", folder.join("index")))?;
    Ok((segments, index))
}

struct Verifier<'a> {
    folder: &'a Path,
    batch: Batch,
}

impl Verifier<'_> {
    fn segment(&mut self, number: u32, length: u64) -> Result<(), LedgerError> {
        let path = segment::path(self.folder, number);
        let read = |source| LedgerError::io("read", path.clone())(source);
        let file = File::open(&path).map_err(read)?;
        self.header(number, length, &file).map_err(read)?;
        let mut from = HEADER as u64;
        while from < length {
            let whole = self.frames(number, &file, from, length).map_err(read)?;
            if whole >= length {
                break;
            }
            let next = find_behind(&file, whole, length).map_err(read)?;
            self.batch
                .damaged_bytes(number, whole, next, next < length)
                .map_err(read)?;
            from = next;
        }
        self.batch.report.bytes += length;
        Ok(())
    }

    fn header(&mut self, number: u32, length: u64, file: &File) -> std::io::Result<()> {
        let expected = segment::header(number, self.batch.next_index());
        let mut bytes = [0; HEADER];
        if length >= HEADER as u64 {
            file.read_exact_at(&mut bytes, 0)?;
        }
        if bytes != expected {
            let place = Place {
                segment: number,
                offset: 0,
            };
            let message = "the file's header is not the one of this segment".to_owned();
            self.batch
                .report
                .tell(Problem::at(What::File, place, message));
        }
        Ok(())
    }

    /// Takes frames in as long as they are whole; returns where that ended.
    fn frames(&mut self, number: u32, file: &File, from: u64, length: u64) -> std::io::Result<u64> {
        let mut frames = Frames::new(BufReader::with_capacity(1 << 18, Tail(file, from)), from);
        loop {
            let at = frames.offset();
            let (kind, payload) = match frames.next()? {
                Some(Ok(frame)) if at < length => frame,
                Some(Err(_)) if at < length => return Ok(at),
                _ => return Ok(length),
            };
            let place = Place {
                segment: number,
                offset: u32::try_from(at).unwrap_or(u32::MAX),
            };
            match kind {
                Kind::Entry => self.batch.entry(Seen {
                    place,
                    leaf: Some(leaf_hash(payload)),
                }),
                Kind::Checkpoint => {
                    let note = String::from_utf8_lossy(payload);
                    let end = at + (HEAD + payload.len()) as u64;
                    self.batch.checkpoint(place, end, &note)?;
                }
            }
        }
    }

    fn missing_segment(&mut self, number: u32) -> Result<(), LedgerError> {
        let place = Place {
            segment: number,
            offset: 0,
        };
        let message = "the file is missing".to_owned();
        self.batch
            .report
            .tell(Problem::at(What::File, place, message));
        self.batch
            .damaged_bytes(number, 0, u64::from(u32::MAX), true)
            .map_err(LedgerError::io("read", self.folder.join("index")))
    }
}

/// Where the next whole frame begins, behind a broken one; the end when there is none.
fn find_behind(file: &File, broken: u64, length: u64) -> std::io::Result<u64> {
    let rest = segment::rest(file, broken + 1)?;
    let found = frame::find(&rest).map(|at| broken + 1 + at as u64);
    Ok(found.unwrap_or(length).min(length))
}

impl Verification {
    /// Whether everything is as it was written.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.problems.is_empty()
    }

    /// Whether this checkpoint is the one that the ledger ends with.
    #[must_use]
    pub fn ends_with(&self, checkpoint: &Checkpoint) -> bool {
        self.size == checkpoint.size && self.root == checkpoint.root
    }
}
