//! Where the records of a feed go.

use std::collections::BTreeSet;

use patchward_advisory::model::Records;

/// Takes the records of feeds during one update. Nothing is visible to readers until the caller commits.
///
/// `label` names the part of a feed that the records belong to (`osv/npm`, `kev`); records of different labels never
/// replace each other.
pub trait Sink {
    /// Everything that the label has comes from here on.
    ///
    /// # Errors
    /// When the store fails; the update must then be dropped.
    fn begin_full(&mut self, label: &str) -> Result<(), SinkError>;

    /// Everything has come: what was there before and did not come again has left the feed.
    ///
    /// # Errors
    /// When the store fails; the update must then be dropped.
    fn end_full(&mut self, label: &str) -> Result<(), SinkError>;

    /// Not everything will come after all: what was there before and did not come stays.
    ///
    /// # Errors
    /// When the store fails; the update must then be dropped.
    fn abandon_full(&mut self, label: &str) -> Result<(), SinkError>;

    /// New and changed records, in portions of the feed's choosing.
    ///
    /// # Errors
    /// When the store fails; the update must then be dropped.
    fn put(&mut self, label: &str, records: Records) -> Result<(), SinkError>;

    /// The publisher's list names these advisories and no others: what is not among them has left the feed.
    ///
    /// # Errors
    /// When the store fails; the update must then be dropped.
    fn retain(&mut self, label: &str, ids: &BTreeSet<&str>) -> Result<(), SinkError>;
}

/// The store behind a sink failed.
#[derive(Debug, thiserror::Error)]
#[error("store the records")]
pub struct SinkError(#[from] pub Box<dyn std::error::Error + Send + Sync>);
