//! Why the store cannot be opened, written or read.

use std::path::PathBuf;

/// Why something of the store failed. A failed write changed nothing.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened, made or copied.
    #[error("{doing} {path}")]
    Io {
        /// `make`, `read`, `copy`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file is no database, or a damaged one. It is left as it is.
    #[error(
        "{path} is damaged or no database ({what}); it was left as it is: restore a backup, or move it away to begin anew"
    )]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        what: String,
    },
    /// A database of another program.
    #[error("{0} is the database of another program")]
    Foreign(PathBuf),
    /// Made by a newer Patchward.
    #[error("{path} has schema {found}, this Patchward knows up to {known}: use a newer one")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// The disk is full.
    #[error("the disk is full: nothing was written")]
    Full,
    /// Another process wrote for longer than we wait.
    #[error("another process is writing to the store")]
    Busy,
    /// The query failed for another reason.
    #[error("{doing}")]
    Query {
        /// What we were doing.
        doing: &'static str,
        /// The cause.
        source: rusqlite::Error,
    },
    /// A value cannot be written as JSON or read from it.
    #[error("{doing}: the stored text is not what was expected")]
    Form {
        /// What we were doing.
        doing: &'static str,
        /// The cause.
        source: serde_json::Error,
    },
    /// No such row.
    #[error("there is no {what} {id}")]
    Missing {
        /// The noun.
        what: &'static str,
        /// Its id.
        id: i64,
    },
    /// A change of state that makes no sense, or that somebody else made before.
    #[error("{what} {id} is {now}: it cannot become {wanted}")]
    Refused {
        /// The noun.
        what: &'static str,
        /// Its id.
        id: i64,
        /// Its state.
        now: String,
        /// The state asked for.
        wanted: String,
    },
}

impl StoreError {
    /// For `map_err`: what we were doing when SQLite failed.
    pub(crate) fn doing(doing: &'static str) -> impl Fn(rusqlite::Error) -> StoreError {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked, DiskFull};
        move |source| match source.sqlite_error_code() {
            Some(DiskFull) => StoreError::Full,
            Some(DatabaseBusy | DatabaseLocked) => StoreError::Busy,
            _ => StoreError::Query { doing, source },
        }
    }

    /// For `map_err`: what we were doing when a value had no JSON form.
    pub(crate) fn form(doing: &'static str) -> impl Fn(serde_json::Error) -> StoreError {
        move |source| StoreError::Form { doing, source }
    }
}
