//! The version intervals of an affected package as bytes, computed once, when the knowledge base is built.
//!
//! The algorithm is [`patchward_advisory::affects`]'; here its bounds become one form: from `low` on, and below `high`.

use patchward_advisory::affects::{Bound, compile};
use patchward_advisory::model::Affected;
use patchward_version::{Key, Scheme};

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
    /// Every version is named.
    pub every: bool,
    /// Something could not be read or ordered (prose, a version that its scheme refuses, commits alone): a version
    /// outside the stretches is unknown, not safe.
    pub undecided: bool,
}

/// The intervals of `affected`.
pub fn intervals(affected: &Affected) -> Intervals {
    let compiled = compile(affected);
    let commits_alone =
        compiled.intervals.is_empty() && compiled.versions.is_empty() && !compiled.git.is_empty();
    let all = compiled.intervals.iter().map(|interval| Interval {
        scheme: interval.scheme,
        low: match &interval.from {
            Bound::Open => Vec::new(),
            Bound::Inclusive(key) => key.as_bytes().to_vec(),
            Bound::Exclusive(key) => successor(key),
        },
        high: match &interval.to {
            Bound::Open => None,
            Bound::Inclusive(key) => Some(successor(key)),
            Bound::Exclusive(key) => Some(key.as_bytes().to_vec()),
        },
    });
    Intervals {
        all: all.collect(),
        every: compiled.every,
        undecided: !compiled.undecided.is_empty() || commits_alone,
    }
}

fn successor(key: &Key) -> Vec<u8> {
    let mut bytes = key.as_bytes().to_vec();
    bytes.push(0);
    bytes
}
