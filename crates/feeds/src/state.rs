//! What a feed remembers between updates.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a feed remembers between updates: validators of each document, a cursor, and how the last runs ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The last time that the publisher was asked and answered.
    pub checked: Option<Timestamp>,
    /// The last time that something had changed.
    pub changed: Option<Timestamp>,
    /// How the last run failed, if it did.
    pub failed: Option<String>,
    /// `ETag` and `Last-Modified` by document, for conditional requests.
    pub validators: BTreeMap<String, Validator>,
    /// How far the feed has read: its own meaning (`modified` of the newest record, name of the last delta).
    pub cursor: BTreeMap<String, String>,
    /// Where the records come from and under which licence.
    pub source: String,
    /// Licence of the records.
    pub license: String,
    /// Records that the feed gave at the last full run, plus what came since.
    pub records: u64,
}

/// What a server told of a document, to ask for it only if it has changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Validator {
    /// `ETag`.
    pub etag: Option<String>,
    /// `Last-Modified`.
    pub last_modified: Option<String>,
}
