//! Pub's constraints: `any`, `^1.2.3`, `>=1.0.0 <2.0.0`, one version; all parts must hold.
//!
//! An upper bound without a pre-release leaves out its own pre-releases (`<2.0.0` does not hold for `2.0.0-dev`), unless
//! the lower bound is a pre-release of the same numbers. `^0.1.2` ends at `0.2.0`, `^0.0.3` at `0.1.0`.

use crate::range::comparators::{Comparator, Comparators, Operator};
use crate::range::semver::Partial;
use crate::{Key, Scheme};

/// Parses a constraint; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<Comparators, &'static str> {
    let text = text.trim();
    if text == "any" {
        return Ok(Comparators::new(Scheme::Pub, vec![Vec::new()]));
    }
    let mut parts = split(text)?;
    let lower_pre_releases: Vec<[u64; 3]> = parts
        .iter()
        .filter(|(operator, _)| matches!(operator, Operator::Greater | Operator::GreaterOrEqual))
        .filter_map(|(_, version)| Partial::parse(version).ok())
        .filter(|partial| partial.pre_release().is_some())
        .map(|partial| partial.floor())
        .collect();
    for (operator, version) in &mut parts {
        let partial = Partial::parse(version)?;
        let is_plain = partial.pre_release().is_none() && !version.contains('+');
        if *operator == Operator::Less && is_plain && !lower_pre_releases.contains(&partial.floor())
        {
            version.push_str("-0");
        }
    }
    let set = parts
        .iter()
        .map(|(operator, version)| comparator(*operator, version));
    Ok(Comparators::new(
        Scheme::Pub,
        vec![set.collect::<Result<_, _>>()?],
    ))
}

fn comparator(operator: Operator, version: &str) -> Result<Comparator, &'static str> {
    let key: Key = Scheme::Pub.key(version).map_err(|error| error.expected)?;
    Ok(Comparator { operator, key })
}

/// The comparisons, with carets written out.
fn split(text: &str) -> Result<Vec<(Operator, String)>, &'static str> {
    let mut parts = Vec::new();
    let mut rest = text;
    if rest.is_empty() {
        return Err("a version or `any`");
    }
    while !rest.is_empty() {
        let (operator, after) = match rest.strip_prefix('^') {
            Some(after) => (None, after.trim_start()),
            None => {
                let (operator, after) = Operator::split(rest);
                (Some(operator.unwrap_or(Operator::Equal)), after)
            }
        };
        let end = after.find(|sign: char| sign.is_whitespace() || "<>^".contains(sign));
        let (version, next) = after.split_at(end.unwrap_or(after.len()));
        let partial = Partial::parse(version)?;
        if !partial.is_full() {
            return Err("a version of three numbers");
        }
        match operator {
            Some(operator) => parts.push((operator, version.to_owned())),
            None => {
                let place = usize::from(partial.floor()[0] == 0);
                let [major, minor, patch] = partial.raised(place);
                parts.push((Operator::GreaterOrEqual, version.to_owned()));
                parts.push((Operator::Less, format!("{major}.{minor}.{patch}-0")));
            }
        }
        rest = next.trim_start();
    }
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use crate::Scheme;

    #[test]
    fn holds_as_pub_documents() {
        for (range, inside, outside) in [
            ("^1.2.3", "1.9.0", "2.0.0-dev"),
            ("^0.1.2", "0.1.9", "0.2.0"),
            (">=1.0.0 <2.0.0", "1.5.0-dev", "2.0.0-dev"),
            (">=2.0.0-dev.1 <2.0.0", "2.0.0-dev.2", "2.0.0"),
            ("1.2.3", "1.2.3", "1.2.3+1"),
            (">1.2.3<=2.0.0", "2.0.0", "1.2.3"),
        ] {
            let range = Scheme::Pub.range(range).unwrap();
            assert_eq!(range.contains(inside), Ok(true), "{inside} in {range:?}");
            assert_eq!(
                range.contains(outside),
                Ok(false),
                "{outside} not in {range:?}"
            );
        }
        assert_eq!(
            Scheme::Pub.range("any").unwrap().contains("0.0.1"),
            Ok(true)
        );
        assert!(Scheme::Pub.range("").is_err());
    }
}
