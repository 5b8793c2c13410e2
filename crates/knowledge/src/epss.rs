//! EPSS scores as a series per CVE: 40 bytes a point, a new point only when something moved.

use jiff::Timestamp;

use crate::bytes::{Cursor, row};

/// Bytes of a point in the file.
pub const ROW: usize = 40;
/// A percentile moves a little every day for nearly every CVE; below this it makes no new point.
const PERCENTILE_STEP: f64 = 0.01;
/// Stands for a score: from this point on the feed scores the CVE no longer.
pub const ENDED: u32 = u32::MAX;
/// The feed that the scores come by.
pub const FEED: &str = "epss";
/// Microseconds of a day.
pub const DAY: i64 = 86_400_000_000;
/// Points older than this many days are thinned to one a week when generations are merged.
pub const KEEP_DAYS: i64 = 90;

/// A point of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct EpssPoint {
    /// The day that the score is for.
    pub at: Timestamp,
    /// When we learnt it.
    pub learnt: Timestamp,
    /// Probability of exploitation in the next 30 days, 0 to 1.
    pub score: f64,
    /// Rank among all scored that day, 0 to 1.
    pub percentile: f64,
    /// Model version, such as `v2025.03.14`.
    pub model: String,
}

/// A point as it lies in the file.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    pub cve: u64,
    pub at: i64,
    pub learnt: i64,
    pub score: u32,
    pub percentile: u32,
    pub model: u32,
}

/// A CVE id as a number that sorts like its parts; `None` where it is not one.
pub fn cve_number(id: &str) -> Option<u64> {
    let (year, number) = id.strip_prefix("CVE-")?.split_once('-')?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if year.len() != 4 || number.len() < 4 || number.len() > 14 || !digits(year) || !digits(number)
    {
        return None;
    }
    let (year, digits, number) = (
        year.parse::<u64>().ok()?,
        number.len(),
        number.parse::<u64>().ok()?,
    );
    // Leading zeros (`CVE-2014-0160`) belong to the id only up to four digits.
    if digits > 4 && number < 10_u64.pow(u32::try_from(digits).ok()? - 1) {
        return None;
    }
    Some(year << 48 | number)
}

/// A probability in billionths: exact for every score that is published.
pub fn billionths(value: f64) -> u32 {
    (value.clamp(0.0, 1.0) * 1e9).round() as u32
}

impl Point {
    /// As bytes whose order is CVE, then time.
    pub fn write(&self) -> [u8; ROW] {
        let mut out = [0; ROW];
        out[..8].copy_from_slice(&self.cve.to_be_bytes());
        let at = (self.at as u64) ^ (1 << 63); // order-preserving
        out[8..16].copy_from_slice(&at.to_be_bytes());
        out[16..24].copy_from_slice(&self.learnt.to_le_bytes());
        out[24..28].copy_from_slice(&self.score.to_le_bytes());
        out[28..32].copy_from_slice(&self.percentile.to_le_bytes());
        out[32..36].copy_from_slice(&self.model.to_le_bytes());
        out
    }

    pub fn read(mut row: Cursor<'_>) -> Option<Point> {
        let cve = row.u64()?.swap_bytes();
        let at = row.u64()?.swap_bytes() ^ (1 << 63);
        Some(Point {
            cve,
            at: at as i64,
            learnt: row.i64()?,
            score: row.u32()?,
            percentile: row.u32()?,
            model: row.u32()?,
        })
    }

    /// Whether it is an end, not a score.
    pub fn ended(&self) -> bool {
        self.score == ENDED
    }

    /// Whether `next` tells something that this point does not.
    pub fn moved(&self, score: f64, percentile: f64) -> bool {
        self.score != billionths(score)
            || (f64::from(self.percentile) / 1e9 - percentile).abs() >= PERCENTILE_STEP
    }
}

/// The points of one CVE, oldest first.
pub fn of_cve(section: &[u8], cve: u64) -> impl Iterator<Item = Point> {
    let count = section.len() / ROW;
    let (mut low, mut high) = (0, count);
    while low < high {
        let middle = low + (high - low) / 2;
        let below = row(section, middle, ROW)
            .and_then(Point::read)
            .is_some_and(|point| point.cve < cve);
        if below {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    (low..count)
        .map_while(move |index| Point::read(row(section, index, ROW)?))
        .take_while(move |point| point.cve == cve)
}

/// Points of one CVE by time, without those that a later update took back: a series grows at its end only, so a point of
/// an earlier day that was learnt later corrects what stood behind it. `when` is a point's day, and when it was learnt.
pub fn standing<P, T: Ord + Copy>(mut points: Vec<P>, when: impl Fn(&P) -> (T, T)) -> Vec<P> {
    points.sort_by_key(|point| {
        let (at, learnt) = when(point);
        (learnt, at)
    });
    let mut standing: Vec<P> = Vec::with_capacity(points.len());
    for point in points {
        let (at, learnt) = when(&point);
        while let Some(last) = standing.last().map(&when)
            && last.0 > at
            && last.1 < learnt
        {
            standing.pop();
        }
        standing.push(point);
    }
    standing
}

/// All points, by CVE and time.
pub fn all(section: &[u8]) -> impl Iterator<Item = Point> {
    (0..section.len() / ROW).map_while(move |index| Point::read(row(section, index, ROW)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cve_ids_are_numbers_and_nothing_else_is() {
        assert!(cve_number("CVE-2014-0160") < cve_number("CVE-2014-1000000"));
        assert_eq!(cve_number("CVE-2014-00160"), None);
        assert_eq!(cve_number("GHSA-2014-0160"), None);
        assert_eq!(cve_number("CVE-2014-01x0"), None);
    }

    #[test]
    fn points_are_found_by_cve() {
        let point = |cve, at| Point {
            cve,
            at,
            learnt: 3,
            score: billionths(0.97565),
            percentile: billionths(0.99999),
            model: 0,
        };
        let mut rows: Vec<[u8; ROW]> = [(5, 2), (5, -1), (1, 0), (9, 9)]
            .map(|(cve, at)| point(cve, at).write())
            .into();
        rows.sort();
        let section = rows.concat();
        let found: Vec<i64> = of_cve(&section, 5).map(|p| p.at).collect();
        assert_eq!(found, [-1, 2]);
        assert_eq!(of_cve(&section, 4).count(), 0);
        assert!(!point(5, 2).moved(0.97565, 0.99));
        assert!(point(5, 2).moved(0.97566, 0.99));
    }

    #[test]
    fn a_point_of_an_earlier_day_that_came_later_takes_the_later_day_back() {
        let points = vec![(1, 1), (9, 2), (3, 3), (4, 3), (5, 4)];
        let standing = standing(points, |point| *point);
        assert_eq!(standing, [(1, 1), (3, 3), (4, 3), (5, 4)]);
    }
}
