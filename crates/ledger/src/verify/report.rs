//! What a verification found.

use serde::Serialize;

use crate::hash::Hash;
use crate::segment::{self, Place};

/// Problems beyond this number are only counted.
const LIMIT: usize = 1000;

/// What a verification found.
#[derive(Debug, Clone, Serialize)]
pub struct Verification {
    /// The public key that it was verified by.
    pub key: String,
    /// Entries up to the newest checkpoint.
    pub size: u64,
    /// The root that the newest checkpoint states.
    pub root: Hash,
    /// The first so many entries are proved: their root is the one of a checkpoint whose signature was checked.
    pub proved: u64,
    /// Checkpoints whose root was compared.
    pub checkpoints: u64,
    /// Bytes read.
    pub bytes: u64,
    /// Bytes at the end that belong to a commit that was never finished: no problem, the next writer cuts them.
    pub unfinished_bytes: u64,
    /// What is not as it was written; the first 1000.
    pub problems: Vec<Problem>,
    /// Problems beyond those.
    pub more_problems: u64,
}

/// One thing that is not as it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// What kind of thing.
    pub what: What,
    /// First and last entry that it is about.
    pub entries: Option<(u64, u64)>,
    /// The file.
    pub file: String,
    /// Offset in the file, in bytes.
    pub offset: u64,
    /// The hash that was signed, where known.
    pub expected: Option<Hash>,
    /// The hash of what is there.
    pub actual: Option<Hash>,
    /// In words.
    pub message: String,
}

/// What is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    /// The entry says something else than what was signed; its checksum is right, so somebody wrote it.
    EntryChanged,
    /// The entry's bytes are damaged.
    EntryDamaged,
    /// The entry is gone.
    EntryMissing,
    /// There is an entry that was never appended.
    EntryInserted,
    /// Something within these entries was changed, and the index with it.
    CommitChanged,
    /// A checkpoint is damaged, altered, missing, or signed by another key.
    Checkpoint,
    /// A file of entries is missing or has a wrong header.
    File,
    /// The entries are right, and the index or a stored node is not: it can be made again.
    Index,
    /// A checkpoint that was handed out says something else.
    Outside,
}

impl Problem {
    /// A problem at a place.
    pub(super) fn at(what: What, place: Place, message: String) -> Problem {
        Problem {
            what,
            entries: None,
            file: segment::name(place.segment),
            offset: place.offset.into(),
            expected: None,
            actual: None,
            message,
        }
    }

    /// A problem of a range of entries.
    pub(super) fn of(what: What, first: u64, last: u64, place: Place, message: String) -> Problem {
        Problem {
            entries: Some((first, last)),
            ..Problem::at(what, place, message)
        }
    }
}

impl Verification {
    pub(super) fn tell(&mut self, problem: Problem) {
        match self.problems.len() < LIMIT {
            true => self.problems.push(problem),
            false => self.more_problems += 1,
        }
    }
}
