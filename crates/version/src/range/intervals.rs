//! Intervals between brackets, as Maven, NuGet, Gradle and Ivy write them: `[1.0,2.0)`.

use crate::Scheme;
use crate::range::comparators::{Comparator, Operator};

/// One interval; a missing bound is no bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interval<'a> {
    pub(crate) low: Option<&'a str>,
    pub(crate) low_inclusive: bool,
    pub(crate) high: Option<&'a str>,
    pub(crate) high_inclusive: bool,
}

/// Which brackets open and close an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Brackets {
    /// `[`, `(`, `]`, `)`.
    Usual,
    /// These, and those that look away: `]1,2[` is `(1,2)`.
    Turned,
}

impl Interval<'_> {
    /// The interval as comparisons by the scheme's order.
    pub(crate) fn comparators(&self, scheme: Scheme) -> Result<Vec<Comparator>, &'static str> {
        let low = match self.low_inclusive {
            true => Operator::GreaterOrEqual,
            false => Operator::Greater,
        };
        let high = match self.high_inclusive {
            true => Operator::LessOrEqual,
            false => Operator::Less,
        };
        [(low, self.low), (high, self.high)]
            .into_iter()
            .filter_map(|(operator, bound)| Some(Comparator::new(scheme, operator, bound?)))
            .collect()
    }
}

const EXPECTED: &str = "intervals such as [1.0,2.0) or [1.5]";

/// Splits `text` into intervals with commas between them.
pub(crate) fn parse(text: &str, brackets: Brackets) -> Result<Vec<Interval<'_>>, &'static str> {
    let turned = brackets == Brackets::Turned;
    let mut intervals = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let low_inclusive = match first {
            '[' => true,
            '(' => false,
            ']' if turned => false,
            _ => return Err(EXPECTED),
        };
        let inner = rest.get(1..).ok_or(EXPECTED)?;
        let end = inner.find([']', ')', '[', '(']).ok_or(EXPECTED)?;
        let high_inclusive = match inner.get(end..=end) {
            Some("]") => true,
            Some(")") => false,
            Some("[") if turned => false,
            _ => return Err(EXPECTED),
        };
        let bounds = inner.get(..end).ok_or(EXPECTED)?;
        intervals.push(interval(bounds, low_inclusive, high_inclusive)?);
        rest = inner.get(end + 1..).ok_or(EXPECTED)?.trim_start();
        match rest.strip_prefix(',') {
            Some(after) if !after.trim().is_empty() => rest = after.trim_start(),
            None if rest.is_empty() => {}
            _ => return Err(EXPECTED),
        }
    }
    Ok(intervals)
}

fn interval(
    bounds: &str,
    low_inclusive: bool,
    high_inclusive: bool,
) -> Result<Interval<'_>, &'static str> {
    let (low, high) = match bounds.split_once(',') {
        Some((low, high)) => (low.trim(), high.trim()),
        // A version alone is both bounds, and both must be inclusive.
        None if low_inclusive && high_inclusive && !bounds.trim().is_empty() => {
            (bounds.trim(), bounds.trim())
        }
        None => return Err(EXPECTED),
    };
    if high.contains(',') {
        return Err(EXPECTED);
    }
    Ok(Interval {
        low: Some(low).filter(|low| !low.is_empty()),
        low_inclusive,
        high: Some(high).filter(|high| !high.is_empty()),
        high_inclusive,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brackets_tell_whether_the_bound_is_in() {
        let intervals = parse("(,1.0], [1.5] ,[2, 3)", Brackets::Usual).unwrap();
        assert_eq!(intervals.len(), 3);
        assert_eq!(intervals[0].low, None);
        assert_eq!(intervals[0].high, Some("1.0"));
        assert!(intervals[0].high_inclusive);
        assert_eq!(intervals[1].low, intervals[1].high);
        assert!(intervals[2].low_inclusive && !intervals[2].high_inclusive);
    }

    #[test]
    fn turned_brackets_are_for_those_who_know_them() {
        assert!(parse("]1,2[", Brackets::Usual).is_err());
        let intervals = parse("]1,2[", Brackets::Turned).unwrap();
        assert!(!intervals[0].low_inclusive && !intervals[0].high_inclusive);
    }

    #[test]
    fn what_is_no_list_of_intervals() {
        for text in [
            "[1",
            "1]",
            "(1)",
            "[]",
            "[1,2,3]",
            "[1,2],",
            "[1,2]x",
            "[[1]]",
            "[1,2][3,4]",
        ] {
            assert!(parse(text, Brackets::Usual).is_err(), "{text}");
        }
    }
}
