//! Brings the knowledge base up to date, feed by feed.
//!
//! Each feed is one update and one commit: a feed that fails leaves what it had, and says so in its state; a process
//! that dies loses the feed that it was at and nothing else. Readers are never blocked.
//!
//! A publisher whose archive comes empty one morning has not withdrawn everything: [`may_lose`] says how much a feed may
//! lose in one update. What is refused stays as it was, and the feed says so.
//!
//! Not everything that cannot be read is alike. A *lost part* is a file, a list or an archive that could not be had or
//! read, of which too much would be lost, or of whose records most could not be read: whole ecosystems may be missing, so
//! the feed is not up to date until the part is read again, and grows old as one that was not checked. A *single record* that cannot
//! be read in a part that can is an oddity of its publisher, which may stand there for years: it is told and kept in the
//! feed's state, and the feed is up to date.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use jiff::Timestamp;
use patchward_advisory::model::Records;
use patchward_feeds::{Config, Feed, FeedError, Sink, SinkError, State};
use patchward_knowledge::{
    Knowledge, Manifest, ManifestError, Memory, Record, Update, UpdateError, merge,
};

/// What an update tells while it runs.
pub trait Listener {
    /// A feed begins.
    fn began(&self, feed: &'static Feed);
    /// Bytes that a feed has read, and in all, where that is known.
    fn read(&self, bytes: u64, total: Option<u64>);
    /// A feed has ended.
    fn ended(&self, report: &FeedReport);
}

/// How a feed's part of an update ended.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FeedReport {
    /// The feed.
    pub feed: &'static str,
    /// Records that were not there before.
    pub added: u64,
    /// Records that were there in another form.
    pub changed: u64,
    /// Records that are gone.
    pub removed: u64,
    /// Bytes read from the publisher.
    pub bytes: u64,
    /// Single records that could not be read.
    pub problems: Vec<String>,
    /// Parts of the feed (a file, a list, an archive) that could not be had or read: of them the old records stand.
    pub lost: Vec<String>,
    /// Why the feed was not brought up to date, where it was not.
    pub failure: Option<String>,
    /// A part of the feed would have lost too much and was left as it was.
    pub loss_refused: bool,
}

/// How an update is done.
#[derive(Debug, Clone, Copy, Default)]
pub struct Manner {
    /// Everything is fetched again, as if nothing had been fetched before.
    pub full: bool,
    /// What the publishers no longer have is dropped however much it is.
    pub allow_loss: bool,
}

/// Below this many records a part of a feed may lose all: small ecosystems do.
const FEW: u64 = 20;

/// Whether a part of a feed that had `before` records may lose `gone` of them in one update: half of them, and any
/// number of a few. No publisher is known to have withdrawn more at once.
fn may_lose(before: u64, gone: u64) -> bool {
    before < FEW || gone <= before / 2
}

/// Why the knowledge base cannot be updated at all.
#[derive(Debug, thiserror::Error)]
pub enum UpdateFailure {
    /// The knowledge base cannot be written.
    #[error("update the knowledge base")]
    Store(#[from] UpdateError),
    /// The knowledge base cannot be read.
    #[error("read the knowledge base")]
    Manifest(#[from] ManifestError),
}

/// Brings `feeds` up to date in the knowledge base in `folder`.
///
/// # Errors
/// When the knowledge base itself cannot be read or written. A feed that fails is told in its report.
pub fn update(
    folder: &Path,
    config: &Config,
    feeds: &[&'static Feed],
    manner: Manner,
    now: Timestamp,
    listener: &dyn Listener,
) -> Result<Vec<FeedReport>, UpdateFailure> {
    let mut reports = Vec::new();
    let begun = Instant::now();
    for feed in feeds {
        listener.began(feed);
        // Each commit has a time of its own: who asks for news between two of them is told of the second later.
        let now = now + begun.elapsed();
        let report = update_feed(folder, config, feed, manner, now, listener)?;
        listener.ended(&report);
        reports.push(report);
    }
    if Knowledge::open(folder).is_ok_and(|knowledge| knowledge.wants_merge()) {
        merge(folder, now)?;
    }
    Ok(reports)
}

fn update_feed(
    folder: &Path,
    config: &Config,
    feed: &'static Feed,
    manner: Manner,
    now: Timestamp,
    listener: &dyn Listener,
) -> Result<FeedReport, UpdateFailure> {
    let manifest = Manifest::read(folder)?.unwrap_or_default();
    let known = manifest.feeds.get(feed.name).filter(|_| !manner.full);
    let mut state: State = known
        .and_then(|known| known.memory.state())
        .unwrap_or_default();
    let mut sink = KnowledgeSink {
        update: Update::begin(folder, now)?,
        labels: Vec::new(),
        loss_refused: false,
    };
    if !manner.allow_loss {
        sink.update.guard(may_lose);
    }
    let progress = |bytes, total| listener.read(bytes, total);
    let synced = feed.sync(config, &mut state, &mut sink, now, &progress);
    match synced {
        Ok(outcome) => {
            let mut report = FeedReport {
                bytes: outcome.bytes,
                problems: outcome.problems,
                lost: outcome.lost,
                loss_refused: sink.loss_refused,
                ..FeedReport::of(feed)
            };
            for label in std::mem::take(&mut sink.labels) {
                let done = sink.update.outcome(&label);
                report.added += done.added;
                report.changed += done.changed;
                report.removed += done.removed;
                sink.update.feed_state(&label).license = feed.license.to_owned();
            }
            let remembered = sink.update.feed_state(feed.name);
            // From the first time on, what is not whole grows old.
            if report.lost.is_empty() || remembered.checked.is_none() {
                remembered.checked = Some(now);
            }
            remembered.failure = None;
            remembered.lost = report.lost.clone();
            if !outcome.unchanged || !report.problems.is_empty() {
                remembered.problems = report.problems.clone();
            }
            remembered.license = feed.license.to_owned();
            remembered.memory = Memory::of(&state).unwrap_or_default();
            sink.update.commit()?;
            Ok(report)
        }
        Err(error) => {
            let loss_refused = sink.loss_refused;
            drop(sink);
            let failure = chain(&error);
            let mut update = Update::begin(folder, now)?;
            update.feed_state(feed.name).failure = Some(failure.clone());
            update.commit()?;
            Ok(FeedReport {
                failure: Some(failure),
                loss_refused,
                ..FeedReport::of(feed)
            })
        }
    }
}

impl FeedReport {
    fn of(feed: &Feed) -> FeedReport {
        FeedReport {
            feed: feed.name,
            added: 0,
            changed: 0,
            removed: 0,
            bytes: 0,
            problems: Vec::new(),
            lost: Vec::new(),
            failure: None,
            loss_refused: false,
        }
    }
}

/// Hands the records of feeds to an update of the knowledge base.
struct KnowledgeSink {
    update: Update,
    labels: Vec<String>,
    loss_refused: bool,
}

impl KnowledgeSink {
    fn note(&mut self, label: &str) {
        if !self.labels.iter().any(|known| known == label) {
            self.labels.push(label.to_owned());
        }
    }

    fn left<T>(&mut self, taken: Result<T, UpdateError>) -> Result<(), SinkError> {
        taken.map(drop).map_err(|error| match error {
            UpdateError::Loss { feed, before, gone } => {
                self.loss_refused = true;
                SinkError::Loss {
                    label: feed,
                    before,
                    gone,
                }
            }
            error => SinkError::Store(error.into()),
        })
    }
}

impl Sink for KnowledgeSink {
    fn begin_full(&mut self, label: &str) -> Result<(), SinkError> {
        self.note(label);
        self.update.begin_full(label);
        Ok(())
    }

    fn end_full(&mut self, label: &str) -> Result<(), SinkError> {
        let ended = self.update.end_full(label);
        self.left(ended)
    }

    fn abandon_full(&mut self, label: &str) -> Result<(), SinkError> {
        self.update.abandon_full(label);
        Ok(())
    }

    fn retain(&mut self, label: &str, ids: &BTreeSet<&str>) -> Result<(), SinkError> {
        let retained = self.update.retain(label, ids);
        self.left(retained)
    }

    fn remove(&mut self, label: &str, gone: &dyn Fn(&str) -> bool) -> Result<(), SinkError> {
        self.note(label);
        let removed = self.update.remove(label, gone);
        self.left(removed)
    }

    fn put(&mut self, label: &str, records: Records) -> Result<(), SinkError> {
        self.note(label);
        let advisories = records.advisories.into_iter().map(Record::from);
        let signals = records.signals.into_iter().map(Record::from);
        let lifecycles = records.lifecycles.into_iter().map(Record::from);
        let put = self
            .update
            .upsert(label, advisories.chain(signals).chain(lifecycles));
        put.map(drop)
            .map_err(|error| SinkError::Store(error.into()))
    }
}

fn chain(error: &FeedError) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests;
