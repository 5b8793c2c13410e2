//! Turns the events of an OSV range into intervals of order-preserving keys, once, when the knowledge base is built.

use patchward_advisory::model::{Affected, Event, RangeKind, scheme_of};
use patchward_version::Scheme;

/// A stretch of affected versions in the order of one scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The order.
    pub scheme: Scheme,
    /// Key of the first affected version, inclusive; empty is before every version.
    pub low: Vec<u8>,
    /// Where it ends.
    pub high: High,
}

/// The upper end of an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum High {
    /// Every version from `low` on.
    Open,
    /// Up to, and without, the version of this key: a fix or a limit.
    Below(Vec<u8>),
    /// Up to, and with, the version of this key: the last known affected one.
    Through(Vec<u8>),
}

/// What the ranges of one affected package come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intervals {
    /// The stretches, by range.
    pub all: Vec<Interval>,
    /// A range could not be ordered (a version that its scheme refuses, or commits): the rest cannot prove safety.
    pub undecided: bool,
}

/// The intervals of `affected`.
pub fn intervals(affected: &Affected) -> Intervals {
    let mut found = Intervals::default();
    for range in &affected.ranges {
        if range.kind == RangeKind::Git {
            // Commits order nothing that a package manager installs; the listed versions speak, if there are any.
            found.undecided |= affected.versions.is_empty();
            continue;
        }
        let scheme = scheme_of(&affected.package, range.kind).unwrap_or(Scheme::Generic);
        match of_events(scheme, &range.events) {
            Some(some) => found.all.extend(some),
            None => found.undecided = true,
        }
    }
    // A sibling range in real versions makes the one in commits superfluous.
    if !found.all.is_empty() && affected.ranges.iter().any(|r| r.kind == RangeKind::Git) {
        found.undecided = affected.ranges.iter().any(|range| {
            let scheme = scheme_of(&affected.package, range.kind).unwrap_or(Scheme::Generic);
            range.kind != RangeKind::Git && of_events(scheme, &range.events).is_none()
        });
    }
    found
}

/// The OSV algorithm (schema 1.7, "Evaluation"), run once over the sorted events instead of once per version.
///
/// At equal versions `introduced` counts before `fixed`. A limit caps everything: with several, the highest counts.
fn of_events(scheme: Scheme, events: &[Event]) -> Option<Vec<Interval>> {
    let mut sorted: Vec<(Vec<u8>, u8)> = Vec::with_capacity(events.len());
    let mut limit: Option<Vec<u8>> = None;
    let mut unlimited = false;
    for event in events {
        match event {
            Event::Introduced(version) => sorted.push((key(scheme, version)?, INTRODUCED)),
            Event::Fixed(version) => sorted.push((key(scheme, version)?, FIXED)),
            Event::LastAffected(version) => sorted.push((key(scheme, version)?, LAST)),
            Event::Limit(version) if version == "*" => unlimited = true,
            Event::Limit(version) => limit = limit.max(Some(key(scheme, version)?)),
        }
    }
    sorted.sort();
    let limit = limit.filter(|_| !unlimited);
    Some(walk(scheme, sorted, limit.as_deref()))
}

const INTRODUCED: u8 = 0;
const FIXED: u8 = 1;
const LAST: u8 = 2;

fn walk(scheme: Scheme, events: Vec<(Vec<u8>, u8)>, limit: Option<&[u8]>) -> Vec<Interval> {
    let mut found = Vec::new();
    let mut low: Option<Vec<u8>> = None;
    for (key, kind) in events {
        match (kind, low.take()) {
            (INTRODUCED, None) => low = Some(key),
            (INTRODUCED, Some(earlier)) => low = Some(earlier),
            (FIXED, Some(low)) => push(&mut found, scheme, low, High::Below(key), limit),
            (_, Some(low)) => push(&mut found, scheme, low, High::Through(key), limit),
            (_, None) => {}
        }
    }
    if let Some(low) = low {
        push(&mut found, scheme, low, High::Open, limit);
    }
    found
}

fn push(all: &mut Vec<Interval>, scheme: Scheme, low: Vec<u8>, high: High, limit: Option<&[u8]>) {
    let high = match (high, limit) {
        (High::Open, Some(limit)) => High::Below(limit.to_vec()),
        (High::Below(key), Some(limit)) if key.as_slice() > limit => High::Below(limit.to_vec()),
        (High::Through(key), Some(limit)) if key.as_slice() >= limit => High::Below(limit.to_vec()),
        (high, _) => high,
    };
    let empty = match &high {
        High::Below(key) => *key <= low,
        High::Through(key) => *key < low,
        High::Open => false,
    };
    if !empty {
        all.push(Interval { scheme, low, high });
    }
}

fn key(scheme: Scheme, version: &str) -> Option<Vec<u8>> {
    if version == "0" {
        return Some(Vec::new()); // the bottom, whatever the scheme makes of the text
    }
    let mut out = Vec::with_capacity(version.len() + 8);
    scheme.write_key(version, &mut out).ok()?;
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(events: &[(u8, u8)], limit: Option<u8>) -> Vec<(u8, String)> {
        let mut events: Vec<_> = events.iter().map(|&(v, k)| (vec![v], k)).collect();
        events.sort();
        let limit = limit.map(|l| vec![l]);
        walk(Scheme::Generic, events, limit.as_deref())
            .into_iter()
            .map(|i| {
                let high = match i.high {
                    High::Open => "..".into(),
                    High::Below(key) => format!("<{}", key[0]),
                    High::Through(key) => format!("<={}", key[0]),
                };
                (i.low[0], high)
            })
            .collect()
    }

    #[test]
    fn events_become_intervals() {
        let i = |v| (v, INTRODUCED);
        let f = |v| (v, FIXED);
        let l = |v| (v, LAST);
        assert_eq!(walked(&[i(1), f(5)], None), [(1, "<5".into())]);
        assert_eq!(walked(&[i(1), l(5)], None), [(1, "<=5".into())]);
        assert_eq!(walked(&[i(1)], None), [(1, "..".into())]);
        assert_eq!(
            walked(&[i(1), f(3), i(7), f(9)], None),
            [(1, "<3".into()), (7, "<9".into())]
        );
        assert_eq!(walked(&[i(1), i(2), f(3), f(4)], None), [(1, "<3".into())]);
        assert_eq!(walked(&[f(3)], None), []);
        assert_eq!(walked(&[i(3), f(3)], None), []);
        assert_eq!(walked(&[i(1), f(5)], Some(3)), [(1, "<3".into())]);
        assert_eq!(walked(&[i(1)], Some(3)), [(1, "<3".into())]);
        assert_eq!(walked(&[i(4)], Some(3)), []);
    }
}
