//! What changed, what we knew when, and searching: questions that walk over records.

use jiff::Timestamp;
use patchward_advisory::model::Advisory;

use crate::knowledge::{Knowledge, RecordId};
use crate::layout::{Kind, RecordRow, Role, STILL};
use crate::record::{PART, id_of_key, timestamp};
use crate::segment::Segment;

/// A record that came, changed or went.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// When we learnt it.
    pub learnt: Timestamp,
    /// The feed.
    pub feed: String,
    /// The record: an advisory's id; `id|fact` for a signal; `product|cycle` for a lifecycle.
    pub key: String,
    /// What happened.
    pub what: What,
    /// The publisher's own time of its present form.
    pub modified: Option<Timestamp>,
    /// When we had first learnt of the record.
    pub since: Timestamp,
}

/// What happened to a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// It is new.
    Added,
    /// It has another form.
    Changed,
    /// Its publisher withdrew it.
    Withdrawn,
    /// It is gone from its feed.
    Removed,
}

/// Numbers about a generation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// Advisories that hold.
    pub advisories: u64,
    /// Signals that hold, without EPSS.
    pub signals: u64,
    /// Lifecycles that hold.
    pub lifecycles: u64,
    /// Superseded records, kept for history.
    pub past: u64,
    /// Points of EPSS series.
    pub epss_points: u64,
    /// Segments.
    pub segments: u64,
    /// Bytes on disk.
    pub bytes: u64,
}

/// What is wrong with a walk over records: nothing; damaged records are passed over.
struct Walked<'k> {
    at: RecordId,
    segment: &'k Segment,
    row: RecordRow,
    until: i64,
    removed: bool,
}

impl Knowledge {
    fn walk(&self) -> impl Iterator<Item = Walked<'_>> {
        (0..)
            .zip(self.segments())
            .flat_map(move |(number, segment)| {
                (0..segment.records()).filter_map(move |record| {
                    let row = segment.record(record)?;
                    let end = self.superseded(number, record);
                    let at = RecordId {
                        segment: number,
                        record,
                    };
                    let known = row.until > row.learnt; // else replaced in the update that brought it
                    known.then(|| Walked {
                        at,
                        segment,
                        row,
                        until: end.map_or(row.until, |(until, _)| until),
                        removed: end.is_some_and(|(_, removed)| removed),
                    })
                })
            })
    }

    /// What came, changed or went after `time`, by the time that we learnt it.
    pub fn changes_since(&self, time: Timestamp) -> Vec<Change> {
        let after = time.as_microsecond();
        let mut changes = Vec::new();
        for walked in self.walk() {
            let row = &walked.row;
            if row.learnt > after {
                let what = match (row.withdrawn_flag, row.since == row.learnt) {
                    (true, _) => What::Withdrawn,
                    (false, true) => What::Added,
                    (false, false) => What::Changed,
                };
                changes.extend(walked.change(row.learnt, what));
            }
            let gone = walked.removed || self.gone_in_merge(&walked);
            if gone && walked.until > after && walked.until != STILL {
                changes.extend(walked.change(walked.until, What::Removed));
            }
        }
        changes.sort();
        changes
    }

    /// A merge keeps when a record ended, not how: it was removed if nothing followed it.
    fn gone_in_merge(&self, walked: &Walked<'_>) -> bool {
        let row = &walked.row;
        if row.until == STILL {
            return false;
        }
        let (Some(feed), Some(key)) = (
            walked.segment.string(row.feed),
            walked.segment.string(row.key),
        ) else {
            return false;
        };
        let id = id_of_key(key);
        let follows = |segment: &Segment| {
            segment
                .by_id(id)
                .filter(|(role, _)| *role == Role::Own)
                .filter_map(|(_, record)| segment.record(record))
                .any(|next| {
                    next.kind == row.kind
                        && next.learnt == row.until
                        && segment.string(next.key) == Some(key)
                        && segment.string(next.feed) == Some(feed)
                })
        };
        !self.segments().iter().any(|segment| follows(segment))
    }

    /// The advisories with this id as we knew them at `time`, withdrawn ones too.
    pub fn known_at(&self, id: &str, time: Timestamp) -> Vec<RecordId> {
        let time = time.as_microsecond();
        let mut found = Vec::new();
        for (number, segment) in (0..).zip(self.segments()) {
            for (role, record) in segment.by_id(id) {
                let Some(row) = segment.record(record) else {
                    continue;
                };
                let until = self
                    .superseded(number, record)
                    .map_or(row.until, |(until, _)| until);
                let own = role == Role::Own && segment.id(&row) == Some(id);
                if own && row.kind == Kind::Advisory && row.learnt <= time && time < until {
                    found.push(RecordId {
                        segment: number,
                        record,
                    });
                }
            }
        }
        found
    }

    /// Every form that the advisories with this id had: from when until when we held it, and the record.
    pub fn history(&self, id: &str) -> Vec<(Timestamp, Option<Timestamp>, RecordId)> {
        let mut found = Vec::new();
        for walked in self.walk() {
            let row = &walked.row;
            if row.kind == Kind::Advisory && walked.segment.id(row) == Some(id) {
                let until = (walked.until != STILL)
                    .then(|| timestamp(walked.until))
                    .flatten();
                found.extend(timestamp(row.learnt).map(|from| (from, until, walked.at)));
            }
        }
        found.sort();
        found
    }

    /// Advisories whose id, package or text holds `text` (any case), at most `limit`: exact ids and packages first.
    pub fn search(&self, text: &str, limit: usize) -> Vec<RecordId> {
        let text = text.trim();
        let mut found: Vec<RecordId> = self.vulnerability(&text.to_uppercase()).map_or_else(
            || self.advisories(text),
            |v| [v.advisories, v.repackaged].concat(),
        );
        let wanted = text.to_lowercase();
        for (at, segment, row) in self.all() {
            if found.len() >= limit || wanted.is_empty() {
                break;
            }
            if row.kind == Kind::Advisory && !found.contains(&at) && holds(segment, &row, &wanted) {
                found.push(at);
            }
        }
        found.truncate(limit);
        found
    }

    /// Numbers about this generation.
    pub fn stats(&self) -> Stats {
        let mut stats = Stats {
            segments: self.segments().len() as u64,
            bytes: self.segments().iter().map(|s| s.size()).sum(),
            epss_points: self.segments().iter().map(|s| s.meta.epss_points).sum(),
            ..Stats::default()
        };
        for walked in self.walk() {
            let counter = match walked.row.kind {
                _ if walked.until != STILL => &mut stats.past,
                Kind::Advisory => &mut stats.advisories,
                Kind::Signal => &mut stats.signals,
                Kind::Lifecycle => &mut stats.lifecycles,
            };
            *counter += 1;
        }
        stats
    }

    /// Every advisory that holds, in the order of the file.
    pub fn all_advisories(&self) -> impl Iterator<Item = RecordId> {
        self.all()
            .filter(|(.., row)| row.kind == Kind::Advisory)
            .map(|(at, ..)| at)
    }
}

impl Walked<'_> {
    fn change(&self, learnt: i64, what: What) -> Option<Change> {
        Some(Change {
            learnt: timestamp(learnt)?,
            feed: self.segment.string(self.row.feed)?.to_owned(),
            key: match self.row.kind {
                Kind::Advisory => self.segment.id(&self.row)?.to_owned(),
                _ => self.segment.string(self.row.key)?.replace(PART, "|"),
            },
            what,
            modified: timestamp(self.row.modified),
            since: timestamp(self.row.since)?,
        })
    }
}

/// Whether an advisory speaks of `wanted` (lower case).
fn holds(segment: &Segment, row: &RecordRow, wanted: &str) -> bool {
    let in_ids = segment
        .string(row.key)
        .is_some_and(|key| key.to_lowercase().contains(wanted));
    in_ids
        || segment.core::<Advisory>(row).is_some_and(|advisory| {
            advisory.summary.to_lowercase().contains(wanted)
                || advisory.details.to_lowercase().contains(wanted)
        })
        || (0..row.affected.min(64)).any(|ordinal| {
            segment
                .affected(row, ordinal)
                .is_some_and(|affected| affected.package.name.to_lowercase().contains(wanted))
        })
}
