//! Julia's compat entries: `1.2` (which is `^1.2`), `~1.2`, `=1.2.3`, `>=1.2`, `1.2 - 2.3`; one of the parts between the
//! commas must hold. Only the three numbers of a version count.

use crate::range::comparators::Operator;
use crate::range::semver::{Bound, Partial, PreReleases, Sets, caret, compare, hyphen, tilde};

/// Parses a compat entry; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<Sets, &'static str> {
    let any = text
        .split(',')
        .map(|part| bounds(part.trim()))
        .collect::<Result<_, _>>()?;
    Ok(Sets {
        any,
        pre_releases: PreReleases::NumbersOnly,
    })
}

fn bounds(part: &str) -> Result<Vec<Bound>, &'static str> {
    if let Some((from, to)) = part.split_once(" - ") {
        return hyphen(&version(from)?, &version(to)?);
    }
    if let Some(rest) = part.strip_prefix('~') {
        return tilde(&version(rest)?);
    }
    if let Some(rest) = part.strip_prefix('≥') {
        return compare(Operator::GreaterOrEqual, &version(rest)?);
    }
    let (operator, rest) = Operator::split(part);
    match operator {
        Some(Operator::NotEqual) => Err("one of the operators = < <= > >= ~ ^"),
        // Pkg fills up what is missing: `=1.2` is 1.2.0, `<1.2` ends there.
        Some(operator) => Ok(vec![version(rest)?.bound(operator)?]),
        None => caret(&version(rest.strip_prefix('^').unwrap_or(rest))?),
    }
}

fn version(text: &str) -> Result<Partial<'_>, &'static str> {
    let partial = Partial::parse(text.trim())?;
    match partial.is_any() {
        true => Err("a version"),
        false => Ok(partial),
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;

    #[test]
    fn holds_as_pkg_documents() {
        for (range, inside, outside) in [
            ("1.2.3", "1.9.0", "2.0.0"),
            ("0.2", "0.2.9", "0.3.0"),
            ("0.0.3", "0.0.3", "0.0.4"),
            ("~1.2", "1.2.9", "1.3.0"),
            ("=1.2.3", "1.2.3+1", "1.2.4"),
            ("0.2, 1", "1.5.0", "0.3.0"),
            ("0.7 - 1.3", "1.3.9", "1.4.0"),
            (">=1.2.3", "3.0.0", "1.2.2"),
        ] {
            let range = Scheme::Julia.range(range).unwrap();
            assert_eq!(range.contains(inside), Ok(true), "{inside} in {range:?}");
            assert_eq!(
                range.contains(outside),
                Ok(false),
                "{outside} not in {range:?}"
            );
        }
        assert!(Scheme::Julia.range("").is_err());
    }
}
