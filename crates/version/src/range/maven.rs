//! Maven's version ranges: `[1.0,2.0)`, `(,1.0],[1.2,)`.
//!
//! Surprises: ranges follow the order alone, so `[1.0,2.0)` holds for `2.0-alpha-1`. A version alone is a "soft"
//! requirement, which Maven may pass over; here it stands for exactly that version. Advisories write comparisons
//! (`>= 1.0, < 2.0`) and turned brackets (`]1.0,2.0[`), which are taken too.

use crate::Scheme;
use crate::range::Rule;
use crate::range::comparators::{self, Comparators};
use crate::range::intervals::{self, Brackets};

/// Parses a range; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    if text.trim().is_empty() {
        return Err("a version or intervals such as [1.0,2.0)");
    }
    if !text.trim_start().starts_with(['[', '(', ']']) {
        return comparators::parse(Scheme::Maven, text);
    }
    let any = intervals::parse(text, Brackets::Turned)?
        .iter()
        .map(|interval| interval.comparators(Scheme::Maven))
        .collect::<Result<_, _>>()?;
    Ok(Comparators::new(Scheme::Maven, any))
}

#[cfg(test)]
mod tests {
    use crate::Scheme::Maven;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn intervals_follow_the_order() {
        check_range(
            Maven,
            "[1.0,2.0)",
            &["1.0.0", "1.9", "2.0-alpha-1"],
            &["0.9", "1.0-rc1", "2"],
        );
        check_range(Maven, "(,1.0],[1.2,)", &["1", "1.2", "3"], &["1.1"]);
        check_range(Maven, "[1.5]", &["1.5.0"], &["1.5.1"]);
        check_range(Maven, "]1,2[", &["1.5"], &["1", "2"]);
    }

    #[test]
    fn versions_and_comparisons_stand_alone() {
        check_range(Maven, "1.0", &["1"], &["1.1"]);
        check_range(Maven, ">=1.7.0 <1.7.16", &["1.7.2"], &["1.8"]);
        check_refused_ranges(Maven, &["", "(1", "[1,2", "(1)", "[1,2],", "[1 2]"]);
    }
}
