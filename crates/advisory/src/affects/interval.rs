//! From unsorted events to sorted intervals.

use std::borrow::Cow;
use std::cmp::Ordering;

use patchward_version::{InvalidVersion, Key, Scheme};

use super::{Bound, Interval};
use crate::model::Event;

/// Where an event stands: at a version, or right above it; `None` is below everything.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    key: Option<Key>,
    above: bool,
}

/// Events at one place in the order in which they act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Act {
    Begin,
    End,
    /// Begins after an end at the same place (`After` right above `LastAffected`).
    BeginLate,
}

struct Step<'a> {
    place: Place,
    act: Act,
    fixed: Option<&'a str>,
}

/// The intervals in which a range's versions are named, in order.
pub fn of(scheme: Scheme, events: &[Event]) -> Result<Vec<Interval>, InvalidVersion> {
    let mut steps = Vec::with_capacity(events.len());
    let mut limit = Limit::None;
    for event in events {
        if let Event::Limit(version) = event {
            limit.widen(scheme, version)?;
        } else {
            steps.push(step(scheme, event)?);
        }
    }
    // Among equal ends the one that names a fix comes last, so that it is not lost.
    steps.sort_by(|a, b| {
        let order = a.place.cmp(&b.place).then(a.act.cmp(&b.act));
        order.then(a.fixed.is_none().cmp(&b.fixed.is_none()))
    });
    let mut intervals = walk(scheme, steps);
    if let Limit::Below(key) = limit {
        intervals.retain_mut(|interval| restrict(interval, &key));
    }
    Ok(intervals)
}

/// The key of a version; a SemVer text with missing parts (`1`, `2.1`) stands for zeroes there, as publishers mean it.
pub fn key(scheme: Scheme, version: &str) -> Result<Key, InvalidVersion> {
    scheme
        .key(version)
        .or_else(|error| match padded(scheme, version) {
            Some(padded) => scheme.key(&padded).map_err(|_| error),
            None => Err(error),
        })
}

fn padded(scheme: Scheme, version: &str) -> Option<Cow<'_, str>> {
    let semver = matches!(
        scheme,
        Scheme::SemVer
            | Scheme::Npm
            | Scheme::Go
            | Scheme::Hex
            | Scheme::Pub
            | Scheme::Swift
            | Scheme::Julia
    );
    let bare = version.trim().trim_start_matches(['v', 'V', '=']);
    let end = bare.find(['-', '+']).unwrap_or(bare.len());
    let (numbers, rest) = bare.split_at(end);
    let count = numbers.split('.').count();
    let dotted = numbers
        .split('.')
        .all(|part| part.bytes().all(|b| b.is_ascii_digit()) && !part.is_empty());
    if !semver || !dotted || count > 3 {
        return None;
    }
    Some(Cow::Owned(format!(
        "{numbers}{}{rest}",
        ".0".repeat(3 - count)
    )))
}

fn step(scheme: Scheme, event: &Event) -> Result<Step<'_>, InvalidVersion> {
    let (version, above, act) = match event {
        Event::Introduced(version) if version == "0" || version.is_empty() => {
            let place = Place {
                key: None,
                above: false,
            };
            let act = Act::Begin;
            return Ok(Step {
                place,
                act,
                fixed: None,
            });
        }
        Event::Introduced(version) => (version, false, Act::Begin),
        Event::After(version) => (version, true, Act::BeginLate),
        Event::Fixed(version) | Event::Limit(version) => (version, false, Act::End),
        Event::LastAffected(version) => (version, true, Act::End),
    };
    let key = Some(key(scheme, version)?);
    let fixed = matches!(event, Event::Fixed(_)).then_some(version.as_str());
    Ok(Step {
        place: Place { key, above },
        act,
        fixed,
    })
}

fn walk(scheme: Scheme, steps: Vec<Step<'_>>) -> Vec<Interval> {
    let mut out = Vec::new();
    let mut open: Option<Bound> = None;
    for step in steps {
        match (step.act, open.take()) {
            (Act::Begin | Act::BeginLate, None) => open = Some(step.place.start()),
            (Act::Begin | Act::BeginLate, begun) => open = begun,
            (Act::End, None) => {}
            (Act::End, Some(from)) => {
                let to = step.place.end();
                let fixed = step.fixed.map(str::to_owned);
                let interval = Interval {
                    scheme,
                    from,
                    to,
                    fixed,
                };
                if !interval.is_empty() {
                    out.push(interval);
                }
            }
        }
    }
    if let Some(from) = open {
        out.push(Interval {
            scheme,
            from,
            to: Bound::Open,
            fixed: None,
        });
    }
    out
}

impl Place {
    fn start(self) -> Bound {
        match self.key {
            None => Bound::Open,
            Some(key) if self.above => Bound::Exclusive(key),
            Some(key) => Bound::Inclusive(key),
        }
    }

    fn end(self) -> Bound {
        match self.key {
            None => Bound::Open,
            Some(key) if self.above => Bound::Inclusive(key),
            Some(key) => Bound::Exclusive(key),
        }
    }
}

impl Interval {
    fn is_empty(&self) -> bool {
        let (from, inclusive_from) = match &self.from {
            Bound::Open => return false,
            Bound::Inclusive(key) => (key, true),
            Bound::Exclusive(key) => (key, false),
        };
        let (to, inclusive_to) = match &self.to {
            Bound::Open => return false,
            Bound::Inclusive(key) => (key, true),
            Bound::Exclusive(key) => (key, false),
        };
        match from.cmp(to) {
            Ordering::Less => false,
            Ordering::Equal => !(inclusive_from && inclusive_to),
            Ordering::Greater => true,
        }
    }
}

/// `limit` events: a version must be below one of them, so the highest counts.
enum Limit {
    None,
    Below(Key),
    Infinite,
}

impl Limit {
    fn widen(&mut self, scheme: Scheme, version: &str) -> Result<(), InvalidVersion> {
        if version == "*" {
            *self = Limit::Infinite;
            return Ok(());
        }
        let key = key(scheme, version)?;
        match self {
            Limit::Infinite => {}
            Limit::Below(highest) if *highest >= key => {}
            _ => *self = Limit::Below(key),
        }
        Ok(())
    }
}

fn restrict(interval: &mut Interval, limit: &Key) -> bool {
    let within = match &interval.to {
        Bound::Open => false,
        Bound::Inclusive(to) => to < limit,
        Bound::Exclusive(to) => to <= limit,
    };
    if !within {
        interval.to = Bound::Exclusive(limit.clone());
        interval.fixed = None;
    }
    !interval.is_empty()
}
