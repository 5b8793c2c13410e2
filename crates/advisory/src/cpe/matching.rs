//! Matching of names (NISTIR 7696): attribute by attribute, then the whole.

use super::{Cpe, Value, Wildcard};

/// How a source value or name relates to a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Relation {
    /// Nothing in common.
    Disjoint,
    /// The same.
    Equal,
    /// The source names less than the target.
    Subset,
    /// The source names more than the target.
    Superset,
    /// Not told by the standard (a target with wildcards).
    Undefined,
}

impl Value {
    /// How this value, as source, relates to `target` (table 6-2 of NISTIR 7696).
    pub fn relation(&self, target: &Value) -> Relation {
        match (self, target) {
            (Value::Any, Value::Any) | (Value::Na, Value::Na) => Relation::Equal,
            (Value::Any, target) if target.has_wildcards() => Relation::Undefined,
            (Value::Any, _) => Relation::Superset,
            (_, Value::Any) => Relation::Subset,
            (Value::Na, target) | (_, target) if target.has_wildcards() => {
                if self == target {
                    Relation::Equal
                } else {
                    Relation::Undefined
                }
            }
            (Value::Na, _) | (_, Value::Na) => Relation::Disjoint,
            (source, target) => source.relation_of_texts(target),
        }
    }

    fn has_wildcards(&self) -> bool {
        matches!(self, Value::Text { .. }) && self.as_text().is_none()
    }

    fn relation_of_texts(&self, target: &Value) -> Relation {
        let (
            Value::Text {
                before,
                text,
                after,
            },
            Some(target),
        ) = (self, target.as_text())
        else {
            return Relation::Undefined;
        };
        if !self.has_wildcards() {
            return if text == target {
                Relation::Equal
            } else {
                Relation::Disjoint
            };
        }
        if covers(*before, text, *after, target) {
            Relation::Superset
        } else {
            Relation::Disjoint
        }
    }
}

/// Whether `text` with its wildcards covers `target`: some place of `text` in it leaves what each end may take.
fn covers(before: Wildcard, text: &str, after: Wildcard, target: &str) -> bool {
    target
        .match_indices(text)
        .any(|(at, _)| before.takes(&target[..at]) && after.takes(&target[at + text.len()..]))
        || overlapping(before, text, after, target)
}

/// `match_indices` skips overlapping places; a text that repeats itself may need one of them.
fn overlapping(before: Wildcard, text: &str, after: Wildcard, target: &str) -> bool {
    let ends = |wildcard: Wildcard| match wildcard {
        Wildcard::None => Some(0),
        Wildcard::Many => None,
        Wildcard::Up(count) => Some(usize::from(count)),
    };
    match (ends(before), ends(after)) {
        // Bounded in front: few places to try.
        (Some(most), _) => target.char_indices().take(most + 1).any(|(at, _)| {
            target[at..]
                .strip_prefix(text)
                .is_some_and(|rest| after.takes(rest))
        }),
        (None, Some(most)) => (0..=most).any(|count| {
            let cut = target.char_indices().rev().take(count).last();
            let head = cut.map_or(target, |(at, _)| &target[..at]);
            head.ends_with(text)
        }),
        (None, None) => target.contains(text),
    }
}

impl Wildcard {
    fn takes(self, rest: &str) -> bool {
        match self {
            Wildcard::None => rest.is_empty(),
            Wildcard::Many => true,
            Wildcard::Up(count) => rest.chars().count() <= usize::from(count),
        }
    }
}

impl Cpe {
    /// How this name, as source, relates to `target` as a whole.
    pub fn relation(&self, target: &Cpe) -> Relation {
        let mut whole = Relation::Equal;
        for (source, target) in self.attributes.iter().zip(&target.attributes) {
            whole = match (whole, source.relation(target)) {
                (_, Relation::Disjoint) => return Relation::Disjoint,
                (Relation::Undefined, _) | (_, Relation::Undefined) => Relation::Undefined,
                (whole, Relation::Equal) => whole,
                (Relation::Equal, one) => one,
                (whole, one) if whole == one => whole,
                _ => Relation::Undefined,
            };
        }
        whole
    }

    /// Whether this name, as a pattern, covers `target` (equal or superset).
    pub fn matches(&self, target: &Cpe) -> bool {
        matches!(self.relation(target), Relation::Equal | Relation::Superset)
    }
}
