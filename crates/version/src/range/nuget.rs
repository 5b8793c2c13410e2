//! NuGet's version ranges: `1.0`, `[1.0,2.0)`, `1.*`.
//!
//! Surprises: a version alone means "this one or above", and so does a floating one: `1.*` holds for `2.0`, as
//! floating only chooses the best among the candidates. `1.*` begins at `1.0`, `1.0.*-*` at `1.0.0-0`. Pre-releases
//! follow the order: `[1.0,2.0)` holds for `2.0-beta`. Advisories write comparisons (`>= 1.0, < 2.0`), which are taken
//! too.

use std::borrow::Cow;

use crate::Scheme;
use crate::range::Rule;
use crate::range::comparators::{self, Comparator, Comparators, Operator};
use crate::range::intervals::{self, Brackets, Interval};

const EXPECTED: &str = "a version, a floating version, or an interval such as [1.0,2.0)";

/// Parses a range; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let text = text.trim();
    if text.starts_with(['<', '>', '=', '!']) {
        return comparators::parse(Scheme::NuGet, text);
    }
    let all = if text.starts_with(['[', '(']) {
        match intervals::parse(text, Brackets::Usual)?.as_slice() {
            [interval] => bounded(*interval)?,
            _ => return Err(EXPECTED),
        }
    } else {
        vec![Comparator::new(
            Scheme::NuGet,
            Operator::GreaterOrEqual,
            &lowest(text)?,
        )?]
    };
    Ok(Comparators::new(Scheme::NuGet, vec![all]))
}

/// The comparisons of an interval, which must not be empty; its low bound may float.
fn bounded(interval: Interval<'_>) -> Result<Vec<Comparator>, &'static str> {
    let low = interval.low.map(lowest).transpose()?;
    let interval = Interval {
        low: low.as_deref(),
        ..interval
    };
    if interval.low.is_none() && interval.high.is_none() {
        return Err(EXPECTED);
    }
    let all = interval.comparators(Scheme::NuGet)?;
    if let [low, high] = all.as_slice() {
        let both = interval.low_inclusive == interval.high_inclusive;
        if low.key > high.key || (low.key == high.key && !both) {
            return Err("bounds in order");
        }
    }
    Ok(all)
}

/// The lowest version that a floating version allows; a version without `*` is its own.
fn lowest(text: &str) -> Result<Cow<'_, str>, &'static str> {
    let Some(body) = text.strip_suffix('*') else {
        return match text.contains('*') {
            true => Err(EXPECTED),
            false => Ok(Cow::Borrowed(text)),
        };
    };
    if body.contains('+') {
        return Err(EXPECTED);
    }
    let (numbers, labels) = match body.split_once('-') {
        Some((numbers, labels)) => (numbers, Some(labels)),
        None => (body, None),
    };
    let numbers = match (numbers.strip_suffix('*'), labels) {
        // Two stars: the first stands right before the hyphen.
        (Some(numbers), Some(_)) => format!("{numbers}0"),
        (None, Some(_)) => numbers.to_owned(),
        (None, None) => format!("{numbers}0"),
        (Some(_), None) => return Err(EXPECTED),
    };
    let Some(labels) = labels else {
        return Ok(Cow::Owned(numbers));
    };
    // An empty label is no label: the lowest is 0.
    let filler = match labels.is_empty() || labels.ends_with('.') {
        true => "0",
        false => "",
    };
    Ok(Cow::Owned(format!("{numbers}-{labels}{filler}")))
}

#[cfg(test)]
mod tests {
    use crate::Scheme::NuGet;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn a_version_alone_is_the_least() {
        check_range(
            NuGet,
            "1.0",
            &["1", "2.0", "1.1-beta"],
            &["0.9", "1.0-beta"],
        );
    }

    #[test]
    fn a_floating_version_is_the_least_that_it_allows() {
        check_range(NuGet, "*", &["0", "3"], &["0.0-a"]);
        check_range(NuGet, "1.*", &["1.0", "2.0"], &["0.9", "1.0-beta"]);
        check_range(NuGet, "1.2.*-*", &["1.2-beta", "1.2"], &["1.1"]);
        check_range(
            NuGet,
            "1.0.0-beta.*",
            &["1.0.0-beta.1", "1.0"],
            &["1.0.0-alpha"],
        );
        check_range(NuGet, "(1.*-beta*,]", &["1"], &["1-beta"]);
    }

    #[test]
    fn intervals_follow_the_order() {
        check_range(NuGet, "[1.0, 2.0)", &["1", "2.0-beta"], &["2", "0.9"]);
        check_range(NuGet, "[1.2.3]", &["1.2.3.0"], &["1.2.4"]);
        check_range(NuGet, "(,1]", &["0.1", "1"], &["1.1"]);
        check_range(NuGet, ">= 1.0, < 2.0", &["1.5"], &["2.0"]);
        check_refused_ranges(
            NuGet,
            &[
                "", "(1)", "(,)", "[2,1]", "[1,1)", "[1,*]", "1.*.1", "foo", "[1],[2]", "1.*+x",
                "**",
            ],
        );
    }
}
