//! Brings new records in: one update, one commit, one new generation.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fs::File;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use patchward_advisory::model::{Fact, Signal};

use crate::epss::{self, Point};
use crate::hash::hash;
use crate::knowledge::{Knowledge, OpenError, RecordId};
use crate::layout::{Kind, STILL};
use crate::manifest::{FeedState, Manifest, ManifestError, SegmentEntry, hex, sync_folder};
use crate::record::{Encoded, Record, encode};
use crate::writer::{SegmentWriter, Times};

mod scores;

/// Why an update failed; the generation before it stands.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// Another process updates this knowledge base now.
    #[error("another process is updating {0}")]
    Busy(PathBuf),
    /// The present generation cannot be opened.
    #[error("open the present generation")]
    Open(#[from] OpenError),
    /// A file cannot be written.
    #[error("write to {folder}")]
    Write {
        /// The folder of the knowledge base.
        folder: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The manifest cannot be written.
    #[error(transparent)]
    Manifest(#[from] ManifestError),
    /// The guard refused what would leave a feed: nothing has left it.
    #[error("{feed} would lose {gone} of its {before} records")]
    Loss {
        /// The feed.
        feed: String,
        /// The records that it had.
        before: u64,
        /// How many of them would leave it.
        gone: u64,
    },
    /// A record cannot be written down.
    #[error("write down a record")]
    Encode(#[from] serde_json::Error),
}

/// What an update did to a feed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Records that were not there.
    pub added: u64,
    /// Records that were there in another form.
    pub changed: u64,
    /// Records that are gone.
    pub removed: u64,
    /// Records that stand as they were: they cost nothing.
    pub unchanged: u64,
}

/// An update under way. Dropping it leaves everything as it was.
pub struct Update {
    folder: PathBuf,
    learnt: Timestamp,
    now: Knowledge,
    writer: SegmentWriter,
    /// Records written in this update, by the hash of their identity.
    written: HashMap<u64, (u32, [u8; 16])>,
    /// The newest EPSS point per CVE written in this update.
    points: HashMap<u64, Point>,
    /// Feeds that give everything in this update, and what of the old they gave again.
    full: HashMap<String, HashSet<RecordId>>,
    /// The same of EPSS scores, which are no records.
    scores: HashMap<String, scores::Given>,
    feeds: BTreeMap<String, FeedState>,
    outcomes: BTreeMap<String, Outcome>,
    guard: Option<Guard>,
    _lock: File,
}

/// Whether a feed may lose records: it is given how many it had, and how many of these would leave it.
pub type Guard = fn(before: u64, gone: u64) -> bool;

/// The lock that lets one process write; held while the file is open.
pub(crate) fn lock(folder: &Path) -> Result<File, UpdateError> {
    let failed = |source| UpdateError::Write {
        folder: folder.to_owned(),
        source,
    };
    std::fs::create_dir_all(folder).map_err(failed)?;
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(folder.join("LOCK"))
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(UpdateError::Busy(folder.to_owned())),
        Err(std::fs::TryLockError::Error(source)) => Err(failed(source)),
    }
}

impl Update {
    /// Begins an update of the knowledge base in `folder` (made if there is none). `learnt` is now, as the caller
    /// sees it: every record that this update brings was learnt then.
    ///
    /// # Errors
    /// When another process updates it, or the present generation cannot be read.
    pub fn begin(folder: &Path, learnt: Timestamp) -> Result<Update, UpdateError> {
        let lock = lock(folder)?;
        let now = match Knowledge::open(folder) {
            Err(OpenError::Missing(_)) => Knowledge::empty(),
            other => other?,
        };
        let writer = SegmentWriter::new(folder, learnt.as_microsecond()).map_err(|source| {
            UpdateError::Write {
                folder: folder.to_owned(),
                source,
            }
        })?;
        Ok(Update {
            folder: folder.to_owned(),
            learnt,
            feeds: now.manifest().feeds.clone(),
            now,
            writer,
            written: HashMap::new(),
            points: HashMap::new(),
            full: HashMap::new(),
            scores: HashMap::new(),
            outcomes: BTreeMap::new(),
            guard: None,
            _lock: lock,
        })
    }

    /// From here on a feed loses records only where the guard lets it ([`Update::end_full`], [`Update::retain`]).
    pub fn guard(&mut self, guard: Guard) {
        self.guard = Some(guard);
    }

    fn failed(&self) -> impl Fn(std::io::Error) -> UpdateError + use<> {
        let folder = self.folder.clone();
        move |source| UpdateError::Write {
            folder: folder.clone(),
            source,
        }
    }

    /// Brings the whole of a feed: what is not among `records` is gone from it.
    ///
    /// # Errors
    /// When the disk refuses; the update must then be dropped.
    pub fn replace_feed(
        &mut self,
        feed: &str,
        records: impl IntoIterator<Item = Record>,
    ) -> Result<Outcome, UpdateError> {
        self.begin_full(feed);
        self.upsert(feed, records)?;
        self.end_full(feed)
    }

    /// From here on the feed gives everything it has: what it had, and does not give before [`Update::end_full`] (or
    /// the commit), is gone from it.
    pub fn begin_full(&mut self, feed: &str) {
        self.full.insert(feed.to_owned(), HashSet::new());
        self.scores
            .insert(feed.to_owned(), scores::Given::default());
    }

    /// The feed does not give everything after all: what it had, and did not give, stays.
    pub fn abandon_full(&mut self, feed: &str) {
        self.full.remove(feed);
        self.scores.remove(feed);
    }

    /// The publisher's list names these advisories and no others: what the feed had beside them is gone from it.
    ///
    /// # Errors
    /// When the disk refuses; the update must then be dropped.
    pub fn retain(&mut self, feed: &str, ids: &BTreeSet<&str>) -> Result<Outcome, UpdateError> {
        let outcome = self.outcome(feed);
        let before = self.feeds.get(feed).map_or(0, |state| state.records);
        if before + outcome.added == outcome.removed + ids.len() as u64 {
            return Ok(outcome); // as many as the list names: nothing can be gone
        }
        self.remove(feed, &|id| !ids.contains(id))
    }

    /// The feed has given everything.
    ///
    /// # Errors
    /// When the disk refuses; the update must then be dropped. When the guard refuses; everything that the feed had
    /// then stays, as after [`Update::abandon_full`].
    pub fn end_full(&mut self, feed: &str) -> Result<Outcome, UpdateError> {
        let Some(seen) = self.full.remove(feed) else {
            return Ok(self.outcome(feed));
        };
        self.end_scores(feed)?;
        let gone: Vec<RecordId> = self
            .now
            .all()
            .filter(|(at, segment, row)| {
                segment.string(row.feed) == Some(feed) && !seen.contains(at)
            })
            .map(|(at, ..)| at)
            .collect();
        self.take_all_away(feed, gone)
    }

    /// Brings some records of a feed; the others stand.
    ///
    /// # Errors
    /// When the disk refuses; the update must then be dropped.
    pub fn upsert(
        &mut self,
        feed: &str,
        records: impl IntoIterator<Item = Record>,
    ) -> Result<Outcome, UpdateError> {
        for record in records {
            let old = self.put(feed, record)?;
            if let (Some(old), Some(seen)) = (old, self.full.get_mut(feed)) {
                seen.insert(old);
            }
        }
        Ok(self.outcome(feed))
    }

    /// Removes the advisories of a feed whose ids `gone` tells.
    ///
    /// # Errors
    /// When the disk refuses; the update must then be dropped. When the guard refuses; nothing is then removed.
    pub fn remove(
        &mut self,
        feed: &str,
        gone: &dyn Fn(&str) -> bool,
    ) -> Result<Outcome, UpdateError> {
        let leaving: Vec<RecordId> = self
            .now
            .all()
            .filter(|(_, segment, row)| {
                row.kind == Kind::Advisory
                    && segment.string(row.feed) == Some(feed)
                    && segment.id(row).is_none_or(gone)
            })
            .map(|(at, ..)| at)
            .collect();
        self.take_all_away(feed, leaving)
    }

    /// What this update did to a feed so far.
    pub fn outcome(&self, feed: &str) -> Outcome {
        self.outcomes.get(feed).copied().unwrap_or_default()
    }

    /// The state of a feed, to be changed by the caller (`checked`, `memory`, `failure`, `license`); the update itself
    /// counts records and notes when the feed changed.
    pub fn feed_state(&mut self, feed: &str) -> &mut FeedState {
        self.feeds.entry(feed.to_owned()).or_default()
    }

    /// The generation that the update began from.
    pub fn before(&self) -> &Knowledge {
        &self.now
    }

    /// Writes a record if it is new or changed; returns the record of the old generation that it stands for.
    fn put(&mut self, feed: &str, record: Record) -> Result<Option<RecordId>, UpdateError> {
        if let Record::Signal(signal) = &record
            && let (Fact::Epss { .. }, Some(cve)) = (&signal.fact, epss::cve_number(&signal.id))
        {
            self.put_epss(feed, cve, signal)?;
            return Ok(None);
        }
        let encoded = encode(record)?;
        let identity = hash(&[feed, &encoded.key, &(encoded.kind as u8).to_string()]);
        if let Some(&(number, digest)) = self.written.get(&identity) {
            if digest != encoded.digest {
                self.writer.drop_record(number);
                let row_since = self.since(feed, &encoded);
                self.write(feed, identity, &encoded, row_since)?;
            }
            return Ok(self.now.find(encoded.kind, feed, &encoded.key));
        }
        let old = self.now.find(encoded.kind, feed, &encoded.key);
        let old_row = old.and_then(|at| self.now.row(at).map(|(_, row)| (at, row)));
        let outcome = self.outcomes.entry(feed.to_owned()).or_default();
        match old_row {
            Some((_, row)) if row.digest == encoded.digest => outcome.unchanged += 1,
            Some((at, row)) => {
                outcome.changed += 1;
                self.kill(at, false);
                self.write(feed, identity, &encoded, row.since)?;
            }
            None => {
                outcome.added += 1;
                self.write(feed, identity, &encoded, self.learnt.as_microsecond())?;
            }
        }
        Ok(old)
    }

    fn since(&self, feed: &str, encoded: &Encoded) -> i64 {
        self.now
            .find(encoded.kind, feed, &encoded.key)
            .and_then(|at| self.now.row(at))
            .map_or(self.learnt.as_microsecond(), |(_, row)| row.since)
    }

    fn write(
        &mut self,
        feed: &str,
        identity: u64,
        encoded: &Encoded,
        since: i64,
    ) -> Result<(), UpdateError> {
        let times = Times {
            since,
            learnt: self.learnt.as_microsecond(),
            until: STILL,
        };
        let failed = self.failed();
        let number = self.writer.add(feed, encoded, times).map_err(failed)?;
        self.written.insert(identity, (number, encoded.digest));
        Ok(())
    }

    fn kill(&mut self, at: RecordId, removed: bool) {
        if let Some(segment) = self.now.segments().get(at.segment as usize) {
            self.writer.kill(segment.number, at.record, removed);
        }
    }

    /// These records left their feed, if the guard lets them.
    fn take_all_away(&mut self, feed: &str, gone: Vec<RecordId>) -> Result<Outcome, UpdateError> {
        let before = self.feeds.get(feed).map_or(0, |state| state.records);
        let leaving = || gone.iter().filter(|&&at| !self.has_left(at)).count() as u64;
        if let Some(guard) = self.guard
            && let leaving = leaving()
            && !guard(before, leaving)
        {
            return Err(UpdateError::Loss {
                feed: feed.to_owned(),
                before,
                gone: leaving,
            });
        }
        for at in gone {
            self.take_away(feed, at)?;
        }
        Ok(self.outcome(feed))
    }

    /// Whether this is an entry of a catalogue that left it in an earlier update.
    fn has_left(&self, at: RecordId) -> bool {
        let row = self.now.row(at).filter(|(_, row)| row.kind == Kind::Signal);
        let signal: Option<Signal> = row.and_then(|(segment, row)| segment.core(&row));
        matches!(signal.map(|signal| signal.fact), Some(Fact::Kev(kev)) if kev.removed.is_some())
    }

    /// A record left its feed. An entry of a catalogue of exploited vulnerabilities is kept, with the day that it left.
    fn take_away(&mut self, feed: &str, at: RecordId) -> Result<(), UpdateError> {
        let signal: Option<Signal> = self
            .now
            .row(at)
            .and_then(|(segment, row)| (row.kind == Kind::Signal).then(|| segment.core(&row))?);
        if let Some(mut signal) = signal
            && let Fact::Kev(kev) = &mut signal.fact
        {
            if kev.removed.is_none() {
                kev.removed = Some(self.learnt.strftime("%Y-%m-%d").to_string());
                self.put(feed, Record::Signal(signal))?;
            }
            return Ok(());
        }
        self.kill(at, true);
        self.outcomes.entry(feed.to_owned()).or_default().removed += 1;
        Ok(())
    }

    /// Makes the update the newest generation, at once and whole; returns it.
    ///
    /// # Errors
    /// When the disk refuses: the generation before then stands.
    pub fn commit(mut self) -> Result<Knowledge, UpdateError> {
        let full: Vec<String> = self.full.keys().cloned().collect();
        for feed in full {
            self.end_full(&feed)?;
        }
        self.settle_feeds();
        let failed = self.failed();
        let mut manifest = self.now.manifest().clone();
        manifest.generation += 1;
        manifest.learnt = Some(self.learnt);
        manifest.feeds = self.feeds;
        if !self.writer.is_empty() {
            let number = next_number(&manifest);
            let entry = place_segment(&self.folder, self.writer, number).map_err(failed)?;
            manifest.segments.push(entry);
        }
        manifest.write(&self.folder)?;
        sweep(&self.folder, &manifest);
        Ok(Knowledge::open(&self.folder)?)
    }

    fn settle_feeds(&mut self) {
        for (feed, outcome) in &self.outcomes {
            let state = self.feeds.entry(feed.clone()).or_default();
            state.records = (state.records + outcome.added).saturating_sub(outcome.removed);
            if outcome.added + outcome.changed + outcome.removed > 0 {
                state.changed = Some(self.learnt);
            }
        }
    }
}

/// The number of the next segment.
pub(crate) fn next_number(manifest: &Manifest) -> u64 {
    manifest
        .segments
        .iter()
        .map(|segment| segment.number)
        .max()
        .unwrap_or(0)
        .max(manifest.generation)
        + 1
}

/// Finishes a segment and gives it its name: written aside, flushed, renamed, and the folder flushed.
pub(crate) fn place_segment(
    folder: &Path,
    writer: SegmentWriter,
    number: u64,
) -> std::io::Result<SegmentEntry> {
    let temporary = folder.join(format!("tmp-segment-{number}"));
    let (length, digest) = writer.finish(&temporary)?;
    let digest = hex(&digest);
    let file = format!("segment-{number}-{}.pwk", &digest[..12]);
    std::fs::rename(&temporary, folder.join(&file))?;
    sync_folder(folder)?;
    Ok(SegmentEntry {
        number,
        file,
        length,
        digest,
    })
}

/// Removes what no generation needs: leftovers of a crash, and old segments that no reader holds open.
pub(crate) fn sweep(folder: &Path, manifest: &Manifest) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let ours = name.starts_with("segment-") && name.ends_with(".pwk");
        let needed = manifest.segments.iter().any(|s| s.file == name);
        let stale = name.starts_with("tmp-") || (ours && !needed && unread(&entry.path()));
        if stale {
            let _ = std::fs::remove_file(entry.path()); // the next sweep tries again
        }
    }
}

/// Whether no reader holds the segment.
fn unread(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}
