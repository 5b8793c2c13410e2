//! Brings EPSS scores in: a point where something moved, the day of the newest file once for the feed, and an end for
//! a CVE that is no longer in it.

use std::collections::HashSet;

use patchward_advisory::model::{Fact, Signal};

use super::{Update, UpdateError};
use crate::epss::{self, DAY, Point};
use crate::layout::Section;
use crate::record::timestamp;

/// What a file that is the whole of its feed has given so far.
#[derive(Debug, Default)]
pub(super) struct Given {
    cves: HashSet<u64>,
    /// The day of the feed's newest file before this one.
    before: Option<i64>,
    /// The newest day of this file.
    day: Option<i64>,
}

impl Update {
    pub(super) fn put_epss(
        &mut self,
        feed: &str,
        cve: u64,
        signal: &Signal,
    ) -> Result<(), UpdateError> {
        let Fact::Epss {
            score,
            percentile,
            model,
        } = &signal.fact
        else {
            return Ok(());
        };
        let at = signal.at.unwrap_or(self.learnt).as_microsecond();
        self.note_day(feed, cve, at);
        let (last, ahead) = self.last_point(cve, at);
        let outcome = self.outcomes.entry(feed.to_owned()).or_default();
        match last {
            Some(last) if at <= last.at => {
                outcome.unchanged += 1;
                return Ok(());
            }
            Some(last) if !ahead && !last.moved(*score, *percentile) => {
                outcome.unchanged += 1;
                return Ok(());
            }
            Some(last) if !last.ended() => outcome.changed += 1,
            None if ahead => outcome.changed += 1,
            _ => outcome.added += 1,
        }
        let point = Point {
            cve,
            at,
            learnt: self.learnt.as_microsecond(),
            score: epss::billionths(*score),
            percentile: epss::billionths(*percentile),
            model: 0,
        };
        self.add_point(point, model)
    }

    fn add_point(&mut self, point: Point, model: &str) -> Result<(), UpdateError> {
        self.points.insert(point.cve, point);
        let failed = self.failed();
        self.writer.add_epss(point, model).map_err(failed)
    }

    /// Remembers the day of the newest scores, and that the file names the CVE.
    fn note_day(&mut self, feed: &str, cve: u64, at: i64) {
        let ahead = self.ahead();
        let state = self.feeds.entry(feed.to_owned()).or_default();
        let known = state.data_date.map(|day| day.as_microsecond());
        if let Some(given) = self.scores.get_mut(feed) {
            given.before = match given.day {
                None => known,
                Some(_) => given.before,
            };
            given.cves.insert(cve);
            given.day = given.day.max(Some(at));
        }
        // A day that cannot be gives way to one that can.
        if known.is_none_or(|known| at > known || (known >= ahead && at < ahead)) {
            state.data_date = timestamp(at);
        }
    }

    /// The first instant that is in the future in every time zone.
    fn ahead(&self) -> i64 {
        (self.learnt.as_microsecond().div_euclid(DAY) + 2) * DAY
    }

    /// The newest point of a CVE that can be, and whether a point of the future must give way to one of `at`.
    fn last_point(&self, cve: u64, at: i64) -> (Option<Point>, bool) {
        if let Some(&point) = self.points.get(&cve) {
            return (Some(point), false);
        }
        let limit = self.ahead();
        let possible = |point: &Point| at >= limit || point.at < limit;
        let segments = self.now.segments().iter();
        let all: Vec<Point> = segments
            .flat_map(|s| epss::of_cve(s.section(Section::Epss), cve))
            .collect();
        let all = epss::standing(all, |point| (point.at, point.learnt));
        let ahead = all.iter().any(|point| !possible(point));
        (all.into_iter().rfind(possible), ahead)
    }

    /// The whole of a feed was given: a CVE that it scored before and does not score now had its last score on the
    /// day of the file before.
    pub(super) fn end_scores(&mut self, feed: &str) -> Result<(), UpdateError> {
        let Some(given) = self.scores.remove(feed) else {
            return Ok(());
        };
        let Some(day) = given
            .day
            .filter(|day| given.before.is_none_or(|b| b < *day))
        else {
            return Ok(()); // no scores, or those of a day that has been read before
        };
        for cve in self.scored().difference(&given.cves).copied() {
            let (last, ahead) = self.last_point(cve, day);
            let Some(last) = last.filter(|last| ahead || (!last.ended() && last.at < day)) else {
                continue;
            };
            let end = Point {
                at: given.before.unwrap_or(last.at).max(last.at),
                learnt: self.learnt.as_microsecond(),
                score: epss::ENDED,
                ..last
            };
            self.outcomes.entry(feed.to_owned()).or_default().removed += 1;
            self.add_point(end, "")?;
        }
        Ok(())
    }

    /// Every CVE that was ever scored.
    fn scored(&self) -> HashSet<u64> {
        let segments = self.now.segments().iter();
        let old = segments.flat_map(|s| epss::all(s.section(Section::Epss)));
        let old = old.map(|point| point.cve);
        old.chain(self.points.keys().copied()).collect()
    }
}
