//! Gem::Requirement: `~> 2.1, >= 2.1.4`.
//!
//! Surprises: `~> 2.1` means `>= 2.1` and below 3, `~> 2.1.0` below 2.2, and a pre-release of the bound is outside, for
//! the release that it leads to is compared. Apart from that pre-releases are held like all others.
//! Beyond Ruby's syntax, `||` separates alternatives, as advisories write.

use crate::range::Rule;
use crate::range::comparators::Operator;
use crate::scheme::rubygems::{self, Segment};
use crate::{Key, Scheme};

const EXPECTED: &str = "requirements such as ~> 2.1, >= 2.1.4";

#[derive(Debug, Clone)]
struct Requirements {
    any: Vec<Vec<Requirement>>,
}

#[derive(Debug, Clone)]
enum Requirement {
    Compare(Operator, Key),
    /// At least the first, and the release is below the second.
    Pessimistic(Key, Key),
}

/// Parses requirements.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let conjunction = |text: &str| {
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(requirement)
            .collect()
    };
    let any = text
        .split("||")
        .map(conjunction)
        .collect::<Result<_, _>>()?;
    Ok(Requirements { any })
}

fn requirement(text: &str) -> Result<Requirement, &'static str> {
    if let Some(version) = text.strip_prefix("~>") {
        return Ok(Requirement::Pessimistic(
            key(version)?,
            key(&bump(version)?)?,
        ));
    }
    let (operator, version) = Operator::split(text);
    if version.is_empty() {
        return Err(EXPECTED);
    }
    Ok(Requirement::Compare(
        operator.unwrap_or(Operator::Equal),
        key(version)?,
    ))
}

fn key(version: &str) -> Result<Key, &'static str> {
    Scheme::RubyGems
        .key(version)
        .map_err(|error| error.expected)
}

/// The version with its last number cut off and the one before it raised.
fn bump(version: &str) -> Result<String, &'static str> {
    let mut numbers = Vec::new();
    for segment in rubygems::segments(rubygems::version(version)) {
        match segment {
            Segment::Number(number) => numbers.push(number),
            Segment::Word(_) => break,
        }
    }
    if numbers.len() > 1 {
        numbers.pop();
    }
    let last: u64 = numbers
        .pop()
        .and_then(|last| last.parse().ok())
        .ok_or(EXPECTED)?;
    let last = last.saturating_add(1).to_string();
    numbers.push(&last);
    Ok(numbers.join("."))
}

impl Rule for Requirements {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let whole = key(version)?;
        let release = key(rubygems::release(version))?;
        let holds = |requirement: &Requirement| match requirement {
            Requirement::Compare(operator, bound) => {
                operator.holds(whole.as_bytes(), bound.as_bytes())
            }
            Requirement::Pessimistic(low, high) => whole >= *low && release < *high,
        };
        Ok(self.any.iter().any(|all| all.iter().all(holds)))
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme::RubyGems;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn the_pessimistic_operator_keeps_all_but_the_last_number() {
        check_range(
            RubyGems,
            "~> 2.1",
            &["2.1", "2.9"],
            &["2.0", "3.0", "3.0.0.rc1", "2.1.a"],
        );
        check_range(RubyGems, "~>2.5.3", &["2.5.3", "2.5.9"], &["2.6"]);
        check_range(RubyGems, "~> 2", &["2.9"], &["3"]);
        check_range(
            RubyGems,
            "~> 3.0.0.beta",
            &["3.0.0.rc1", "3.0.5"],
            &["3.1", "2.9"],
        );
    }

    #[test]
    fn comparisons_follow_the_order() {
        check_range(
            RubyGems,
            ">= 1.1.5, < 2.0",
            &["1.1.6", "2.0.a"],
            &["2.0.0", "1.1"],
        );
        check_range(RubyGems, "1.2", &["1.2.0", "1.2-x86_64-linux"], &["1.2.1"]);
        check_range(RubyGems, "!= 1.2", &["1.3"], &["1.2.0"]);
        check_range(RubyGems, "", &["0"], &[]);
        check_refused_ranges(RubyGems, &["!1.2", "=> 1", "~>", "~> a", ">= ", "<1 2"]);
    }
}
