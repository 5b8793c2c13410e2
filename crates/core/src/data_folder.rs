//! What lies in the data directory: the store, the ledger, what runs saved.

use std::path::{Path, PathBuf};

use patchward_ledger::{Ledger, LedgerError, Options};
use patchward_store::{Store, StoreError};

/// The folder that holds everything of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataFolder {
    path: PathBuf,
}

impl DataFolder {
    /// The folder at `path`; it need not be there yet.
    #[must_use]
    pub fn at(path: &Path) -> DataFolder {
        DataFolder {
            path: path.to_owned(),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The store's file.
    #[must_use]
    pub fn store_file(&self) -> PathBuf {
        self.path.join("patchward.db")
    }

    /// The ledger's folder.
    #[must_use]
    pub fn ledger_folder(&self) -> PathBuf {
        self.path.join("ledger")
    }

    /// Whether anything was ever written down here.
    #[must_use]
    pub fn has_records(&self) -> bool {
        self.store_file().is_file()
    }

    /// Opens the store, or makes it.
    ///
    /// # Errors
    /// When it cannot be read or written, or is damaged.
    pub fn store(&self) -> Result<Store, StoreError> {
        Store::open(&self.store_file())
    }

    /// Opens the ledger for appending, or makes it with a new key.
    ///
    /// # Errors
    /// When it cannot be read or written, is damaged, or its key is missing.
    pub fn ledger(&self) -> Result<Ledger, LedgerError> {
        Ledger::open(&self.ledger_folder(), Options::default())
    }
}
