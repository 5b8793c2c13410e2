//! Elixir's requirements: `~> 1.2`, `>= 1.0.0 and < 2.0.0 or == 3.0.0`; `and` binds more tightly than `or`.
//!
//! `~> 1.2` is at least 1.2.0 and below 2.0.0 with its pre-releases, `~> 1.2.3` below 1.3.0. Otherwise the order alone
//! decides on pre-releases.

use crate::range::comparators::Operator;
use crate::range::semver::{Bound, Partial, PreReleases, Sets};

/// Parses a requirement; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<Sets, &'static str> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let any = words
        .split(|word| *word == "or")
        .map(|part| {
            part.split(|word| *word == "and")
                .map(|words| bounds(&words.concat()))
                .collect()
        })
        .map(|set: Result<Vec<Vec<Bound>>, _>| set.map(|set| set.concat()))
        .collect::<Result<_, _>>()?;
    Ok(Sets {
        any,
        pre_releases: PreReleases::Ordered,
    })
}

fn bounds(part: &str) -> Result<Vec<Bound>, &'static str> {
    let (operator, rest) = match part.strip_prefix("~>") {
        Some(rest) => (None, rest),
        None => {
            let (operator, rest) = Operator::split(part);
            (Some(operator.unwrap_or(Operator::Equal)), rest)
        }
    };
    let partial = Partial::parse(rest)?;
    if partial.is_any() || rest.contains(['x', 'X', '*']) && !partial.is_full() {
        return Err("a version");
    }
    match operator {
        Some(operator) => Ok(vec![partial.bound(operator)?]),
        None => Ok(vec![
            partial.bound(Operator::GreaterOrEqual)?,
            Bound::below(partial.raised(partial.given().saturating_sub(2)))?,
        ]),
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;

    #[test]
    fn holds_as_elixir_documents() {
        for (range, inside, outside) in [
            ("~> 2.0.0", "2.0.9", "2.1.0"),
            ("~> 2.1.3-dev", "2.1.3-dev", "2.2.0-dev"),
            ("~> 2.0", "2.9.0", "3.0.0"),
            ("== 1.9.4", "1.9.4", "1.9.5"),
            ("1.9.4", "1.9.4", "1.9.5"),
            (">= 1.0.0 and < 2.0.0 or == 3.0.0", "3.0.0", "2.0.0"),
            ("!= 1.0.0", "1.0.1", "1.0.0"),
        ] {
            let range = Scheme::Hex.range(range).unwrap();
            assert_eq!(range.contains(inside), Ok(true), "{inside} in {range:?}");
            assert_eq!(
                range.contains(outside),
                Ok(false),
                "{outside} not in {range:?}"
            );
        }
        assert!(Scheme::Hex.range("").is_err());
        assert!(Scheme::Hex.range("~> 1 and").is_err());
    }
}
