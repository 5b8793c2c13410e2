//! The list of feeds, and what they have in common.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::sink::{Sink, SinkError};
use crate::state::State;

/// What an update needs to know, merged and valid.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Folder for partial downloads; survives a crash, so that a download goes on where it stopped.
    pub cache: PathBuf,
    /// A mirror of all feeds (`https://`, `http://` or `file://` URL, or a folder), laid out with one folder per feed.
    pub mirror: Option<String>,
    /// Longest time for one feed.
    pub timeout: Duration,
    /// OSV ecosystems to fetch; empty means all.
    pub osv_ecosystems: Vec<String>,
    /// NVD API key. Never logged.
    pub nvd_api_key: Option<String>,
    /// CSAF providers: domains or URLs of `provider-metadata.json`.
    pub csaf_providers: Vec<String>,
    /// RSS and Atom feeds.
    pub rss_urls: Vec<String>,
    /// Never use the network (`file://` mirrors still work).
    pub offline: bool,
}

/// How a run of a feed ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Records given to the sink.
    pub records: u64,
    /// Bytes read from the publisher.
    pub bytes: u64,
    /// Nothing had changed.
    pub unchanged: bool,
    /// Parts that could not be read; the rest stands.
    pub problems: Vec<String>,
}

/// A feed: its name, what it is, and how it is brought up to date.
pub struct Feed {
    /// Stable name, as in settings: `osv`, `kev`, `debian-tracker`.
    pub name: &'static str,
    /// What it gives, in one line.
    pub title: &'static str,
    /// Where it comes from by default.
    pub url: &'static str,
    /// Licence or terms of the records.
    pub license: &'static str,
    /// It is used unless somebody turns it off. Heavy feeds and those that need settings are not.
    pub default: bool,
    /// Fetches what has changed since `state` and updates it; `progress` hears (bytes done, bytes in all if known).
    pub sync: fn(
        &Config,
        &mut State,
        &mut dyn Sink,
        Timestamp,
        &dyn Fn(u64, Option<u64>),
    ) -> Result<Outcome, FeedError>,
}

/// Every feed, in the order in which an update takes them.
pub const FEEDS: &[Feed] = &[];

/// Why a feed could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// The publisher cannot be reached.
    #[error("reach {url}: {message}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Why.
        message: String,
    },
    /// The publisher answered something else than was asked for.
    #[error("fetch {url}: {message}")]
    Answer {
        /// What was asked for.
        url: String,
        /// What came.
        message: String,
    },
    /// The document cannot be read.
    #[error("read {url}: {message}")]
    Read {
        /// The document.
        url: String,
        /// What was expected.
        message: String,
    },
    /// A limit of size or time was reached.
    #[error("fetch {url}: {message}")]
    Limit {
        /// The document.
        url: String,
        /// Which limit.
        message: String,
    },
    /// A file of ours could not be read or written.
    #[error("use {path}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The network may not be used.
    #[error("fetch {url}: offline")]
    Offline {
        /// What was wanted.
        url: String,
    },
    /// The store failed.
    #[error(transparent)]
    Sink(#[from] SinkError),
}
