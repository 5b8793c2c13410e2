//! Why the ledger cannot be opened, written or read.

use std::path::PathBuf;
use std::sync::Arc;

use crate::entry::EntryError;
use crate::note::NoteError;
use crate::segment::Place;

/// Why something of the ledger failed. What was acknowledged before stands.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// A file cannot be read or written.
    #[error("{doing} {path}")]
    Io {
        /// `read`, `write`, `lock` or `make`.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// Another process held the lock for longer than we wait.
    #[error("another process holds the lock of the ledger in {0}")]
    Busy(PathBuf),
    /// There is no ledger here.
    #[error("there is no ledger in {0}")]
    Missing(PathBuf),
    /// The ledger has entries and its key is gone: whoever makes a new key signs another ledger.
    #[error(
        "the ledger's key {0} is missing: restore it from the backup, or move the ledger away to begin a new one"
    )]
    KeyMissing(PathBuf),
    /// Others may read the key.
    #[error("the ledger's key {path} can be read by others (mode {mode:o}): make it 0600")]
    KeyOpen {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// The key's file holds something else.
    #[error("{path} is no usable key")]
    Key {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: NoteError,
    },
    /// Something that was acknowledged is not as it was written. Nothing is appended before that is looked at.
    #[error("the ledger is damaged in {file} at byte {}: {what}; see `ledger verify`", place.offset)]
    Damaged {
        /// The file's name.
        file: String,
        /// Where.
        place: Place,
        /// What is wrong.
        what: String,
    },
    /// Entries that were acknowledged are gone from the end.
    #[error(
        "the ledger lost entries from its end: {known} were acknowledged, {found} are there; see `ledger verify`"
    )]
    Lost {
        /// Entries that the index knows.
        known: u64,
        /// Entries that are there.
        found: u64,
    },
    /// An entry cannot be written or read.
    #[error(transparent)]
    Entry(#[from] EntryError),
    /// More than one commit takes.
    #[error("{0} bytes at once are more than one commit takes; append fewer entries at a time")]
    TooMuch(usize),
    /// No such entry.
    #[error("there is no entry {index}; the ledger has {size}")]
    NoEntry {
        /// Asked for.
        index: u64,
        /// Entries.
        size: u64,
    },
    /// A commit that others waited for failed.
    #[error(transparent)]
    Shared(Arc<LedgerError>),
}

impl LedgerError {
    pub(crate) fn io(
        doing: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> LedgerError {
        let path = path.into();
        move |source| LedgerError::Io {
            doing,
            path,
            source,
        }
    }
}
