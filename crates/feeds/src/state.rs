//! What a feed remembers between updates.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// What a feed remembers between updates. Nothing in it is needed: without it everything is fetched again.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct State {
    /// The last time that the publisher was asked and answered.
    pub checked: Option<Timestamp>,
    /// The last time that records came.
    pub changed: Option<Timestamp>,
    /// `ETag` and `Last-Modified` by document (its query left out), for conditional requests.
    pub validators: BTreeMap<String, Validator>,
    /// How far the feed has read: its own meaning (`modified` of the newest record, time of the last delta).
    pub cursor: BTreeMap<String, String>,
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
