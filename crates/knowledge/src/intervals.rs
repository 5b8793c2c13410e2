//! Turns the events of an OSV range into intervals of order-preserving keys, once, when the knowledge base is built.

use patchward_advisory::model::{Affected, Event, RangeKind, scheme_of};
use patchward_version::Scheme;

/// A stretch of affected versions in the order of one scheme: from `low` on, and below `high`.
///
/// "Up to and with" a key, and "above" a key, are a bound at the key's successor: the key with a zero byte behind it,
/// since no byte string lies between the two.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The order.
    pub scheme: Scheme,
    /// Key of the first affected version, inclusive; empty is before every version.
    pub low: Vec<u8>,
    /// Key of the first version that is not affected any more; `None` where there is none.
    pub high: Option<Vec<u8>>,
}

/// What the ranges of one affected package come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Intervals {
    /// The stretches, by range.
    pub all: Vec<Interval>,
    /// Something could not be read or ordered (prose, a version that its scheme refuses, commits alone): a version
    /// outside the stretches is unknown, not safe.
    pub undecided: bool,
}

/// The intervals of `affected`.
///
/// Commits order nothing that a package manager installs: a GIT range counts as unreadable only when it is all there is.
pub fn intervals(affected: &Affected) -> Intervals {
    let mut found = Intervals {
        all: Vec::new(),
        undecided: !affected.unread.is_empty(),
    };
    let (commits, versions): (Vec<_>, Vec<_>) = affected
        .ranges
        .iter()
        .partition(|range| range.kind == RangeKind::Git);
    for range in &versions {
        let scheme = scheme_of(&affected.package, range.kind).unwrap_or(Scheme::Generic);
        match of_events(scheme, &range.events) {
            Some(some) => found.all.extend(some),
            None => found.undecided = true,
        }
    }
    found.undecided |= !commits.is_empty() && versions.is_empty() && affected.versions.is_empty();
    found
}

/// A change of state at a key; at equal keys "on" comes before "off", as the OSV schema orders `introduced` and `fixed`.
type Step = (Vec<u8>, bool);

const ON: bool = false;
const OFF: bool = true;

/// The OSV algorithm (schema 1.7, "Evaluation"), run once over the sorted events instead of once per version. A limit
/// caps everything: with several, the highest counts.
fn of_events(scheme: Scheme, events: &[Event]) -> Option<Vec<Interval>> {
    let mut steps: Vec<Step> = Vec::with_capacity(events.len());
    let mut limit: Option<Vec<u8>> = None;
    let mut unlimited = false;
    for event in events {
        match event {
            Event::Introduced(version) => steps.push((key(scheme, version)?, ON)),
            Event::After(version) => steps.push((above(scheme, version)?, ON)),
            Event::Fixed(version) => steps.push((key(scheme, version)?, OFF)),
            Event::LastAffected(version) => steps.push((above(scheme, version)?, OFF)),
            Event::Limit(version) if version == "*" => unlimited = true,
            Event::Limit(version) => limit = limit.max(Some(key(scheme, version)?)),
        }
    }
    steps.sort();
    let limit = limit.filter(|_| !unlimited);
    Some(walk(scheme, steps, limit.as_deref()))
}

fn walk(scheme: Scheme, steps: Vec<Step>, limit: Option<&[u8]>) -> Vec<Interval> {
    let mut found = Vec::new();
    let mut low: Option<Vec<u8>> = None;
    for (key, change) in steps {
        match (change, low.take()) {
            (ON, None) => low = Some(key),
            (ON, Some(earlier)) => low = Some(earlier),
            (OFF, Some(low)) => push(&mut found, scheme, low, Some(key), limit),
            (OFF, None) => {}
        }
    }
    if let Some(low) = low {
        push(&mut found, scheme, low, None, limit);
    }
    found
}

fn push(
    all: &mut Vec<Interval>,
    scheme: Scheme,
    low: Vec<u8>,
    high: Option<Vec<u8>>,
    limit: Option<&[u8]>,
) {
    let limit = limit.map(<[u8]>::to_vec);
    let high = match (high, limit) {
        (Some(high), Some(limit)) => Some(high.min(limit)),
        (high, limit) => high.or(limit),
    };
    if high.as_ref().is_none_or(|high| low < *high) {
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

/// The least key above a version's own. (Here `0` is a version like any other.)
fn above(scheme: Scheme, version: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(version.len() + 8);
    scheme.write_key(version, &mut out).ok()?;
    out.push(0);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(steps: &[(u8, bool)], limit: Option<u8>) -> Vec<(u8, Option<u8>)> {
        let mut steps: Vec<Step> = steps.iter().map(|&(v, k)| (vec![v], k)).collect();
        steps.sort();
        let limit = limit.map(|l| vec![l]);
        walk(Scheme::Generic, steps, limit.as_deref())
            .into_iter()
            .map(|i| (i.low[0], i.high.map(|h| h[0])))
            .collect()
    }

    #[test]
    fn steps_become_intervals() {
        let on = |v| (v, ON);
        let off = |v| (v, OFF);
        assert_eq!(walked(&[on(1), off(5)], None), [(1, Some(5))]);
        assert_eq!(walked(&[on(1)], None), [(1, None)]);
        assert_eq!(
            walked(&[on(7), off(9), on(1), off(3)], None),
            [(1, Some(3)), (7, Some(9))]
        );
        assert_eq!(
            walked(&[on(1), on(2), off(3), off(4)], None),
            [(1, Some(3))]
        );
        assert_eq!(walked(&[off(3)], None), []);
        assert_eq!(walked(&[on(3), off(3)], None), []);
        assert_eq!(walked(&[on(1), off(5)], Some(3)), [(1, Some(3))]);
        assert_eq!(walked(&[on(1)], Some(3)), [(1, Some(3))]);
        assert_eq!(walked(&[on(4)], Some(3)), []);
    }
}
