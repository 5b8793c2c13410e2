//! The list of feeds, and how one is brought up to date.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use crate::base::Base;
use crate::client::Client;
use crate::credentials::redacted;
use crate::feed;
use crate::run::Run;
use crate::sink::{Sink, SinkError};
use crate::state::State;

/// What an update needs to know, merged and valid.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// Folder for partial downloads; survives a crash, so that a download goes on where it stopped.
    pub cache: PathBuf,
    /// A mirror of all feeds (`https://`, `http://` or `file://` URL, or a folder), laid out with one folder per feed.
    pub mirror: Option<String>,
    /// Bases by their names (see [`crate::BASES`]), before the mirror: URLs or folders.
    pub urls: BTreeMap<String, String>,
    /// Longest time for one feed; zero means no limit.
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

impl Config {
    /// Whether another place than the publisher's stands for a base.
    pub fn is_replaced(&self, base: &Base) -> bool {
        self.mirror.is_some() || self.urls.contains_key(base.name)
    }
}

/// How a run of a feed ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Records given to the sink, changed or not.
    pub records: u64,
    /// Bytes read from the publisher.
    pub bytes: u64,
    /// The publisher has nothing new: no record was read.
    pub unchanged: bool,
    /// Single records that could not be read; the rest of what they came with was.
    pub problems: Vec<String>,
    /// Parts of the feed (a file, a list, an archive) that could not be had or read: what was there of them stands, may
    /// be old, and the next run tries them again.
    pub lost: Vec<String>,
}

/// A feed: its name, what it is, and how it is brought up to date.
pub struct Feed {
    /// Stable name, as in settings: `osv`, `kev`, `debian-tracker`.
    pub name: &'static str,
    /// What it gives, in one line.
    pub title: &'static str,
    /// Licence or terms of the records.
    pub license: &'static str,
    sync: fn(&mut Run<'_>) -> Result<(), FeedError>,
}

const fn feed(
    name: &'static str,
    title: &'static str,
    license: &'static str,
    sync: fn(&mut Run<'_>) -> Result<(), FeedError>,
) -> Feed {
    Feed {
        name,
        title,
        license,
        sync,
    }
}

/// Every feed, in the order in which an update takes them: what changes the order of work first.
pub const FEEDS: &[Feed] = &[
    feed(
        "kev",
        "CISA's known exploited vulnerabilities",
        "CC0-1.0",
        feed::kev::sync,
    ),
    feed(
        "epss",
        "EPSS scores of FIRST",
        "free use with credit to FIRST.org/EPSS",
        feed::epss::sync,
    ),
    feed(
        "debian-tracker",
        "Debian's security tracker",
        "MIT",
        feed::debian::sync_tracker,
    ),
    feed(
        "debian-lists",
        "Debian's DSA and DLA lists",
        "MIT",
        feed::debian::sync_lists,
    ),
    feed(
        "alpine",
        "Alpine's security database",
        "none stated",
        feed::alpine::sync,
    ),
    feed(
        "osv",
        "OSV: advisories of language ecosystems and distributions",
        "per record",
        feed::osv::sync,
    ),
    feed(
        "go",
        "the Go vulnerability database",
        "CC-BY-4.0",
        feed::go::sync,
    ),
    feed(
        "packagist",
        "Packagist's advisories",
        "none stated",
        feed::packagist::sync,
    ),
    feed(
        "retirejs",
        "retire.js: JavaScript libraries",
        "Apache-2.0",
        feed::retirejs::sync,
    ),
    feed(
        "wordpress",
        "Wordfence Intelligence: WordPress core, plugins, themes",
        "Wordfence terms of use",
        feed::wordpress::sync,
    ),
    feed(
        "eol",
        "endoflife.date: end of life of products",
        "MIT",
        feed::eol::sync,
    ),
    feed(
        "csaf",
        "CSAF 2.0 providers, with Red Hat, SUSE and CISA as presets",
        "per provider",
        feed::csaf::sync,
    ),
    feed(
        "cve",
        "the CVE list, with CISA's Vulnrichment (SSVC)",
        "CVE Program terms of use",
        feed::cve::sync,
    ),
    feed(
        "nvd",
        "NVD: CPE configurations and CVSS (this product uses the NVD API but is not endorsed or certified by the NVD)",
        "public domain",
        feed::nvd::sync,
    ),
    feed(
        "rss",
        "RSS and Atom of security lists and vendors",
        "per publisher",
        feed::rss::sync,
    ),
];

impl Feed {
    /// The feed of that name.
    pub fn find(name: &str) -> Option<&'static Feed> {
        FEEDS.iter().find(|feed| feed.name == name)
    }

    /// Fetches what has changed since `state` and updates it; `progress` hears (bytes done, bytes in all if known).
    ///
    /// `state` counts only once the records that went to `sink` are committed: on an error throw it away.
    ///
    /// # Errors
    /// When the publisher cannot be reached, its documents cannot be read, or the sink fails.
    pub fn sync(
        &self,
        config: &Config,
        state: &mut State,
        sink: &mut dyn Sink,
        now: Timestamp,
        progress: &dyn Fn(u64, Option<u64>),
    ) -> Result<Outcome, FeedError> {
        // Earlier versions kept the passwords of URLs with them.
        let secret = |url: &String| redacted(url) != url.as_str();
        state.validators.retain(|url, _| !secret(url));
        let client = Client::new(config, progress);
        let mut run = Run::new(config, state, client, sink, now);
        (self.sync)(&mut run)?;
        let outcome = run.end();
        state.checked = Some(now);
        if !outcome.unchanged {
            state.changed = Some(now);
        }
        Ok(outcome)
    }
}

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
