//! Opens the database: one file, write-ahead log, synced at each commit; checks it, and copies it while it is used.

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rusqlite::backup::Backup;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use crate::error::StoreError;
use crate::migrate;

/// `PWst`: says that the file is ours.
pub(crate) const APPLICATION: i32 = 0x5057_7374;
/// How long to wait for another process that writes.
const WAIT: Duration = Duration::from_secs(10);

/// What we know and did. Its functions are the queries; none takes SQL.
///
/// Any number of threads and processes may use one file; each function is one transaction.
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Store {
    /// Opens the store in the file `path`, makes it if there is none, and brings an older one to the newest schema
    /// (after a copy of it was put beside it, as `<name>.before-<version>`).
    ///
    /// # Errors
    /// When the file cannot be read or written, is damaged, of another program or of a newer Patchward. It is left as
    /// it is then.
    pub fn open(path: &Path) -> Result<Store, StoreError> {
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder).map_err(|source| StoreError::Io {
                doing: "make",
                path: folder.to_owned(),
                source,
            })?;
        }
        let corrupt = |error: rusqlite::Error| corrupt_or(path, "open the store", error);
        let mut connection = Connection::open_with_flags(
            path,
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
        .map_err(corrupt)?;
        check_owner(&connection, path)?;
        prepare(&connection).map_err(corrupt)?;
        migrate::migrate(&mut connection, path)?;
        Ok(Store {
            path: path.to_owned(),
            connection: Mutex::new(connection),
        })
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What SQLite finds wrong with the file; nothing when it is sound. Reads all of it.
    ///
    /// # Errors
    /// When the check itself fails.
    pub fn integrity(&self) -> Result<Vec<String>, StoreError> {
        let connection = self.connection();
        let failed = |error| corrupt_or(&self.path, "check the store", error);
        let mut found: Vec<String> = Vec::new();
        let mut statement = connection
            .prepare("PRAGMA integrity_check(100)")
            .map_err(failed)?;
        for line in statement
            .query_map([], |row| row.get::<_, String>(0))
            .map_err(failed)?
        {
            found.push(line.map_err(failed)?);
        }
        found.retain(|line| line != "ok");
        let mut statement = connection
            .prepare("PRAGMA foreign_key_check")
            .map_err(failed)?;
        for table in statement
            .query_map([], |row| row.get::<_, String>(0))
            .map_err(failed)?
        {
            found.push(format!(
                "a row of {} refers to nothing",
                table.map_err(failed)?
            ));
        }
        Ok(found)
    }

    /// Copies the store into one file while it is used; the copy is complete and checked, or it is not there.
    ///
    /// # Errors
    /// When `to` exists, cannot be written, or the copy is not sound.
    pub fn backup(&self, to: &Path) -> Result<(), StoreError> {
        copy(&self.connection(), to)
    }

    pub(crate) fn connection(&self) -> MutexGuard<'_, Connection> {
        // A transaction that a panic left is rolled back when it is dropped.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs `work` in a transaction that takes the lock for writing at once, so that it cannot fail half-way for want
    /// of it.
    pub(crate) fn write<T>(
        &self,
        doing: &'static str,
        work: impl FnOnce(&Transaction<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut connection = self.connection();
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::doing(doing))?;
        let done = work(&transaction)?;
        transaction.commit().map_err(StoreError::doing(doing))?;
        Ok(done)
    }
}

/// A file with another program's id, or with tables and no id, is not ours.
fn check_owner(connection: &Connection, path: &Path) -> Result<(), StoreError> {
    let corrupt = |error| corrupt_or(path, "open the store", error);
    connection.busy_timeout(WAIT).map_err(corrupt)?;
    let application: i32 = connection
        .query_row("PRAGMA application_id", [], |row| row.get(0))
        .map_err(corrupt)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(corrupt)?;
    match application {
        APPLICATION => Ok(()),
        0 if tables == 0 => Ok(()),
        _ => Err(StoreError::Foreign(path.to_owned())),
    }
}

fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
    // In WAL mode only FULL waits for the disk at each commit: the journal of runs needs that.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8192;",
    )
}

/// Copies a database to a new file by way of a half-made one beside it.
pub(crate) fn copy(from: &Connection, to: &Path) -> Result<(), StoreError> {
    let io = |source| StoreError::Io {
        doing: "copy the store to",
        path: to.to_owned(),
        source,
    };
    if to.exists() {
        return Err(io(std::io::ErrorKind::AlreadyExists.into()));
    }
    let mut name = to.as_os_str().to_owned();
    name.push(".half");
    let half = PathBuf::from(name);
    let _ = std::fs::remove_file(&half);
    let done = copy_whole(from, &half);
    if done.is_err() {
        let _ = std::fs::remove_file(&half);
    }
    done?;
    std::fs::File::open(&half)
        .and_then(|file| file.sync_all())
        .map_err(io)?;
    std::fs::rename(&half, to).map_err(io)
}

fn copy_whole(from: &Connection, half: &Path) -> Result<(), StoreError> {
    let failed = StoreError::doing("copy the store");
    let mut copy = Connection::open(half).map_err(&failed)?;
    let backup = Backup::new(from, &mut copy).map_err(&failed)?;
    backup
        .run_to_completion(4096, Duration::ZERO, None)
        .map_err(&failed)?;
    drop(backup);
    // One file: the copy needs no log beside it.
    copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(()))
        .map_err(&failed)?;
    let sound: String = copy
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(&failed)?;
    match sound.as_str() {
        "ok" => Ok(()),
        _ => Err(StoreError::Corrupt {
            path: half.to_owned(),
            what: sound,
        }),
    }
}

/// The error for a file that is no sound database, else what we were doing.
pub(crate) fn corrupt_or(path: &Path, doing: &'static str, error: rusqlite::Error) -> StoreError {
    match error.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => StoreError::Corrupt {
            path: path.to_owned(),
            what: error.to_string(),
        },
        _ => StoreError::doing(doing)(error),
    }
}
