//! Where the records of a feed go.

use patchward_advisory::model::Records;

/// Takes the records of one feed during one update. Nothing is visible to readers until the caller commits.
pub trait Sink {
    /// The feed gives everything it has from here on: what it had and does not give again has left the feed.
    fn begin_full(&mut self) -> Result<(), SinkError>;

    /// New and changed records, in portions of the feed's choosing.
    fn put(&mut self, records: Records) -> Result<(), SinkError>;

    /// Records that the publisher deleted, by id.
    fn remove(&mut self, ids: &[String]) -> Result<(), SinkError>;
}

/// The store behind a sink failed.
#[derive(Debug, thiserror::Error)]
#[error("store the records")]
pub struct SinkError(#[from] pub Box<dyn std::error::Error + Send + Sync>);
