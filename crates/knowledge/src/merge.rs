//! Merges the segments of a generation into one: what is past moves to the history, what holds is packed anew.

use std::path::Path;

use jiff::Timestamp;
use patchward_advisory::model::{Lifecycle, Signal};

use crate::epss::{self, DAY, KEEP_DAYS, Point};
use crate::knowledge::Knowledge;
use crate::layout::{Kind, RecordRow, Section};
use crate::record::{Encoded, Record, encode};
use crate::segment::Segment;
use crate::update::{UpdateError, lock, next_number, place_segment, sweep};
use crate::writer::{SegmentWriter, Times};

/// More segments than this make every look-up slower than it need be.
const MOST_SEGMENTS: usize = 8;

impl Knowledge {
    /// Whether merging is worth its cost: many segments, or small ones that have grown to a quarter of the first.
    pub fn wants_merge(&self) -> bool {
        let sizes: Vec<u64> = self.segments().iter().map(|s| s.size()).collect();
        let Some((base, deltas)) = sizes.split_first() else {
            return false;
        };
        deltas.len() >= MOST_SEGMENTS || deltas.iter().sum::<u64>() > (base / 4).max(1 << 20)
    }
}

/// Merges the newest generation into one segment, and makes version keys anew. Readers go on with what they have.
/// `now` says which EPSS points are old enough to be thinned to one a week.
///
/// # Errors
/// When another process writes, or the disk refuses: the generation before then stands.
pub fn merge(folder: &Path, now: Timestamp) -> Result<Knowledge, UpdateError> {
    let _lock = lock(folder)?;
    let old = Knowledge::open_any(folder)?;
    let failed = |source| UpdateError::Write {
        folder: folder.to_owned(),
        source,
    };
    let mut manifest = old.manifest().clone();
    let learnt = manifest.learnt.unwrap_or(now).as_microsecond();
    let mut writer = SegmentWriter::new(folder, learnt).map_err(failed)?;
    for (number, segment) in (0..).zip(old.segments()) {
        for record in 0..segment.records() {
            let Some(row) = segment.record(record) else {
                continue;
            };
            if row.until <= row.learnt {
                continue; // replaced in the very update that brought it: nobody ever knew it
            }
            let until = old
                .superseded(number, record)
                .map_or(row.until, |(until, _)| until.min(row.until));
            if let Some((feed, encoded)) = reread(segment, &row)? {
                let times = Times {
                    since: row.since,
                    learnt: row.learnt,
                    until,
                };
                writer.add(feed, &encoded, times).map_err(failed)?;
            }
        }
    }
    copy_epss(&old, &mut writer, now.as_microsecond()).map_err(failed)?;
    let number = next_number(&manifest);
    manifest.generation += 1;
    manifest.segments = vec![place_segment(folder, writer, number).map_err(failed)?];
    manifest.write(folder)?;
    drop(old); // or its own lock would keep the merged segments
    sweep(folder, &manifest);
    Ok(Knowledge::open(folder)?)
}

/// Reads a record back as it came; its digest stays, so that an unchanged record is known at the next update.
fn reread<'s>(
    segment: &'s Segment,
    row: &RecordRow,
) -> Result<Option<(&'s str, Encoded)>, UpdateError> {
    let record = match row.kind {
        Kind::Advisory => segment
            .core::<patchward_advisory::model::Advisory>(row)
            .map(|mut advisory| {
                advisory.affected = (0..row.affected)
                    .map_while(|ordinal| segment.affected(row, ordinal))
                    .collect();
                Record::from(advisory)
            }),
        Kind::Signal => segment.core::<Signal>(row).map(Record::from),
        Kind::Lifecycle => segment.core::<Lifecycle>(row).map(Record::from),
    };
    let (Some(record), Some(feed)) = (record, segment.string(row.feed)) else {
        return Ok(None); // damaged: nothing can be said of it, the rest stands
    };
    let mut encoded = encode(record)?;
    encoded.digest = row.digest;
    Ok(Some((feed, encoded)))
}

fn copy_epss(old: &Knowledge, writer: &mut SegmentWriter, now: i64) -> std::io::Result<()> {
    let mut all: Vec<(Point, u32)> = (0..)
        .zip(old.segments())
        .flat_map(|(number, segment)| {
            epss::all(segment.section(Section::Epss)).map(move |point| (point, number))
        })
        .collect();
    all.sort_by_key(|(point, _)| (point.cve, point.at, point.learnt));
    let mut kept: Option<Point> = None;
    for (index, &(point, number)) in all.iter().enumerate() {
        // Neither an end nor the score before it is thinned: they tell until when the CVE was scored.
        let newest = point.ended()
            || all
                .get(index + 1)
                .is_none_or(|(next, _)| next.cve != point.cve || next.ended());
        let week = |p: &Point| p.at.div_euclid(7 * DAY);
        let crowded = kept.is_some_and(|k| k.cve == point.cve && week(&k) == week(&point));
        if !newest && crowded && now - point.at > KEEP_DAYS * DAY {
            continue;
        }
        let segment = old.segments().get(number as usize);
        let model = segment.and_then(|s| s.string(point.model));
        writer.add_epss(point, model.unwrap_or_default())?;
        kept = Some(point);
    }
    Ok(())
}
