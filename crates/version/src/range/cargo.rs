//! Cargo's requirements: `1.2` (which is `^1.2`), `~1.2`, `1.*`, `>=1, <2.5`; all parts must hold.
//!
//! A pre-release is taken only when a part names a pre-release of the same three numbers.

use crate::range::comparators::Operator;
use crate::range::semver::{Bound, Partial, PreReleases, Sets, caret, compare, equal, tilde};

/// Parses a requirement; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<Sets, &'static str> {
    let mut set = Vec::new();
    for part in text.split(',').map(str::trim) {
        if part.is_empty() && text.contains(',') {
            return Err("a comparison between the commas");
        }
        set.extend(bounds(part)?);
    }
    Ok(Sets {
        any: vec![set],
        pre_releases: PreReleases::WhenNamed,
    })
}

fn bounds(part: &str) -> Result<Vec<Bound>, &'static str> {
    if let Some(rest) = part.strip_prefix('~') {
        return tilde(&Partial::parse(rest)?);
    }
    if let Some(rest) = part.strip_prefix('^') {
        return caret(&Partial::parse(rest)?);
    }
    let (operator, rest) = Operator::split(part);
    if rest.contains(char::is_whitespace) {
        return Err("commas between comparisons");
    }
    let partial = Partial::parse(rest)?;
    match operator {
        Some(Operator::NotEqual) => Err("one of the operators = < <= > >= ~ ^"),
        Some(operator) => compare(operator, &partial),
        None if rest.contains(['*', 'x', 'X']) && !partial.is_full() => equal(&partial),
        None => caret(&partial),
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;

    #[test]
    fn holds_as_cargo_documents() {
        for (range, inside, outside) in [
            ("1.2.3", "1.9.0", "2.0.0"),
            ("0.2", "0.2.9", "0.3.0"),
            ("0.0", "0.0.9", "0.1.0"),
            ("0", "0.9.0", "1.0.0"),
            ("~1.2.3", "1.2.9", "1.3.0"),
            ("1.*", "1.9.0", "2.0.0"),
            ("*", "0.1.0", "0.1.0-a"),
            ("=1.2", "1.2.9", "1.3.0"),
            (">=1.2, <1.5", "1.4.9", "1.5.0"),
            ("1.0.0-rc.1", "1.0.0-rc.2", "1.0.1-rc.2"),
        ] {
            let range = Scheme::SemVer.range(range).unwrap();
            assert_eq!(range.contains(inside), Ok(true), "{inside} in {range:?}");
            assert_eq!(
                range.contains(outside),
                Ok(false),
                "{outside} not in {range:?}"
            );
        }
        assert!(Scheme::SemVer.range("1.0,,2").is_err());
    }
}
