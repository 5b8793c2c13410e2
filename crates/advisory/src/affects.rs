//! Is this version affected? The OSV algorithm on one [`Affected`], as sorted intervals of version keys.
//!
//! Rules where the specification is silent, or where data is not as it should be:
//! - Events are sorted by us. At one version, `introduced` comes before `fixed`, so a version that is both is not
//!   affected; right above one version, `last_affected` comes before [`Event::After`].
//! - `introduced: "0"` is below every version; any other event's `0` is the version 0.
//! - A range with an event that is not a version of its scheme is tried by the ecosystem's own scheme; when that fails
//!   too, the range decides nothing: a version that no other part names is then [`Verdict::Unknown`], never safe.
//! - A version that is not one of the scheme is still compared as text with the versions named one by one; otherwise it
//!   is unknown too. So is every version of a package that only a GIT range describes.

mod interval;

pub use interval::key;

use patchward_version::{Key, Scheme};

use crate::model::{Affected, Event, Package, Range, RangeKind, scheme_of};

/// What one [`Affected`] says of versions, ready for comparison.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compiled {
    /// Nothing limits the statement: every version.
    pub every: bool,
    /// Versions named one by one, sorted as text.
    pub versions: Vec<String>,
    /// Intervals of each range, in key order within a range.
    pub intervals: Vec<Interval>,
    /// Ranges over commits, which need the repository's history.
    pub git: Vec<Range>,
    /// Parts that decide nothing, in words. Not empty: a version that nothing else names is unknown.
    pub undecided: Vec<String>,
}

/// Versions from one bound to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// The scheme of the keys.
    pub scheme: Scheme,
    /// Lower bound.
    pub from: Bound,
    /// Upper bound.
    pub to: Bound,
    /// Text of the version that fixes it, where one is named.
    pub fixed: Option<String>,
}

/// One end of an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// No end.
    Open,
    /// The version itself belongs to the interval.
    Inclusive(Key),
    /// The version itself does not.
    Exclusive(Key),
}

/// What an [`Affected`] says of one version. [`crate::model::Status`] tells what "named" then means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The statement names the version.
    Named(By),
    /// The statement does not name the version.
    NotNamed,
    /// It cannot be told, and why.
    Unknown(String),
}

/// By what a version is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// The statement is about every version.
    Every,
    /// The version is in the list.
    List,
    /// This interval holds it.
    Interval(usize),
}

/// Compiles a statement.
pub fn compile(affected: &Affected) -> Compiled {
    let mut out = Compiled {
        versions: affected.versions.clone(),
        undecided: affected.unread.clone(),
        every: affected.versions.is_empty()
            && affected.ranges.is_empty()
            && affected.unread.is_empty(),
        ..Compiled::default()
    };
    out.versions.sort_unstable();
    out.versions.dedup();
    for range in &affected.ranges {
        if range.kind == RangeKind::Git {
            out.git.push(range.clone());
            continue;
        }
        match intervals_of(&affected.package, range) {
            Ok(intervals) => out.intervals.extend(intervals),
            Err(why) => out.undecided.push(why),
        }
    }
    out
}

/// The schemes to try for a range: its own, then the ecosystem's.
fn schemes(package: &Package, kind: RangeKind) -> impl Iterator<Item = Scheme> {
    let own = scheme_of(package, kind);
    let other = scheme_of(package, RangeKind::Ecosystem).filter(|other| Some(*other) != own);
    own.into_iter().chain(other)
}

fn intervals_of(package: &Package, range: &Range) -> Result<Vec<Interval>, String> {
    if !range
        .events
        .iter()
        .any(|e| matches!(e, Event::Introduced(_) | Event::After(_)))
    {
        return Err("a range does not tell where it begins".into());
    }
    let mut why = format!("versions of {} have no known order", package.ecosystem);
    for scheme in schemes(package, range.kind) {
        match interval::of(scheme, &range.events) {
            Ok(intervals) => return Ok(intervals),
            Err(error) => why = error.to_string(),
        }
    }
    Err(why)
}

impl Compiled {
    /// What the statement says of `version`.
    pub fn judge(&self, version: &str) -> Verdict {
        if self.every {
            return Verdict::Named(By::Every);
        }
        if self
            .versions
            .binary_search_by(|named| named.as_str().cmp(version))
            .is_ok()
        {
            return Verdict::Named(By::List);
        }
        if version.is_empty() {
            return Verdict::Unknown("no version is known".into());
        }
        let mut keys = Keys::default();
        for (at, interval) in self.intervals.iter().enumerate() {
            // A range without bounds needs no order: it names also what its scheme refuses.
            if interval.from == Bound::Open && interval.to == Bound::Open {
                return Verdict::Named(By::Interval(at));
            }
            if keys
                .of(interval.scheme, version)
                .is_some_and(|key| interval.contains(key))
            {
                return Verdict::Named(By::Interval(at));
            }
        }
        if let Some(why) = self.undecided.first() {
            return Verdict::Unknown(why.clone());
        }
        if let Some(why) = keys.refused {
            return Verdict::Unknown(why);
        }
        // Without intervals the list is all there is: versions of a GIT-only statement are listed too.
        if self.intervals.is_empty() && self.versions.is_empty() && !self.git.is_empty() {
            return Verdict::Unknown("only commits are named".into());
        }
        Verdict::NotNamed
    }
}

impl Interval {
    /// Whether the key, of the interval's scheme, lies inside.
    pub fn contains(&self, key: &Key) -> bool {
        let above = match &self.from {
            Bound::Open => true,
            Bound::Inclusive(from) => key >= from,
            Bound::Exclusive(from) => key > from,
        };
        above
            && match &self.to {
                Bound::Open => true,
                Bound::Inclusive(to) => key <= to,
                Bound::Exclusive(to) => key < to,
            }
    }
}

/// Keys of one version, made once per scheme.
#[derive(Default)]
struct Keys {
    made: Vec<(Scheme, Option<Key>)>,
    refused: Option<String>,
}

impl Keys {
    fn of(&mut self, scheme: Scheme, version: &str) -> Option<&Key> {
        let at = match self.made.iter().position(|(made, _)| *made == scheme) {
            Some(at) => at,
            None => {
                let key = interval::key(scheme, version);
                if let Err(error) = &key {
                    self.refused = Some(error.to_string());
                }
                self.made.push((scheme, key.ok()));
                self.made.len() - 1
            }
        };
        self.made.get(at)?.1.as_ref()
    }
}

#[cfg(test)]
mod tests;
