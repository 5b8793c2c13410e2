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
    /// When the store fails; the update must then be dropped. When too much would leave the feed: nothing has left it.
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
    /// As [`Sink::end_full`].
    fn retain(&mut self, label: &str, ids: &BTreeSet<&str>) -> Result<(), SinkError>;

    /// The advisories whose ids `gone` tells have left the feed.
    ///
    /// # Errors
    /// As [`Sink::end_full`].
    fn remove(&mut self, label: &str, gone: &dyn Fn(&str) -> bool) -> Result<(), SinkError>;
}

/// Why a sink did not take what it was given.
#[derive(Debug, thiserror::Error)]
pub enum SinkError {
    /// The store behind it failed.
    #[error("store the records")]
    Store(#[from] Box<dyn std::error::Error + Send + Sync>),
    /// So much would leave the feed at once that the publisher's answer is not believed: what was there stays.
    #[error(
        "{label} would lose {gone} of its {before} records at once: not taken, what was there stays"
    )]
    Loss {
        /// The part of a feed.
        label: String,
        /// The records that it had.
        before: u64,
        /// How many of them were not in what came.
        gone: u64,
    },
}
