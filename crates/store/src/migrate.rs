//! Brings an older schema to the newest: numbered steps, each in a transaction of its own, recorded in `user_version`.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use crate::error::StoreError;
use crate::store::{APPLICATION, copy, corrupt_or};

/// The steps; the first brings version 0 (an empty file) to 1. A step that was released is never changed.
pub(crate) const STEPS: [&str; 3] = [
    include_str!("migrations/0001_assets_and_inventories.sql"),
    include_str!("migrations/0002_findings_and_decisions.sql"),
    include_str!("migrations/0003_runs_and_checks.sql"),
];

/// The version that this code reads and writes.
pub const VERSION: u32 = STEPS.len() as u32;

pub(crate) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), StoreError> {
    let found = version(connection, path)?;
    if found > VERSION {
        return Err(StoreError::Newer {
            path: path.to_owned(),
            found,
            known: VERSION,
        });
    }
    if found > 0 && found < VERSION {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".before-{VERSION}"));
        // One copy is enough: that of before the first attempt.
        if !Path::new(&name).exists() {
            copy(connection, Path::new(&name))?;
        }
    }
    for to in found + 1..=VERSION {
        step(connection, path, to)?;
    }
    Ok(())
}

fn version(connection: &Connection, path: &Path) -> Result<u32, StoreError> {
    connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(|error| corrupt_or(path, "read the schema's version", error))
}

/// Goes to version `to`, unless another process was faster.
pub(crate) fn step(connection: &mut Connection, path: &Path, to: u32) -> Result<(), StoreError> {
    let failed = |error| corrupt_or(path, "bring the store to a newer schema", error);
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(failed)?;
    if version(&transaction, path)? >= to {
        return Ok(());
    }
    let sql = STEPS.get(to as usize - 1).copied().unwrap_or_default();
    transaction.execute_batch(sql).map_err(failed)?;
    transaction
        .execute_batch(&format!(
            "PRAGMA user_version = {to}; PRAGMA application_id = {APPLICATION};"
        ))
        .map_err(failed)?;
    transaction.commit().map_err(failed)
}
