//! SwiftPM's requirements, as package manifests write them: `from: "1.2.3"`, `"1.0.0"..<"2.0.0"`, `"1.0.0"..."1.9.0"`,
//! `.upToNextMinor(from: "1.2.3")`, `exact: "1.2.3"` or the version alone; one end of a span may be left out.
//!
//! A pre-release is taken only when an end names one, and never below an upper end of the same numbers without one.

use crate::range::comparators::Operator;
use crate::range::semver::{Bound, Partial, PreReleases, Sets};

/// Parses a requirement; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<Sets, &'static str> {
    Ok(Sets {
        any: vec![set(text.trim())?],
        pre_releases: PreReleases::WhenAnyNamed,
    })
}

fn set(text: &str) -> Result<Vec<Bound>, &'static str> {
    if let Some((from, to)) = text.split_once("..<") {
        return span(from, to, |to| to.bound(Operator::Less));
    }
    if let Some((from, to)) = text.split_once("...") {
        return span(from, to, |to| to.bound(Operator::LessOrEqual));
    }
    let (word, version) = split_word(text);
    let version = full(version)?;
    let place = match word {
        "" | "exact" => return Ok(vec![version.bound(Operator::Equal)?]),
        "from" | "upToNextMajor(from" => 0,
        "upToNextMinor(from" => 1,
        _ => return Err("from, exact, upToNextMajor or upToNextMinor"),
    };
    Ok(vec![
        version.bound(Operator::GreaterOrEqual)?,
        Bound::new(Operator::Less, version.raised(place), None)?,
    ])
}

/// The word before the version, without its dot, colon and parenthesis.
fn split_word(text: &str) -> (&str, &str) {
    let text = text.trim_start_matches('.').trim_end_matches(')');
    match text.split_once([':', '"']) {
        Some((word, version)) => (word.trim().trim_end_matches('('), version),
        None => ("", text),
    }
}

fn span(
    from: &str,
    to: &str,
    upper: fn(&Partial) -> Result<Bound, &'static str>,
) -> Result<Vec<Bound>, &'static str> {
    let mut set = Vec::new();
    if !from.trim().is_empty() {
        set.push(full(from)?.bound(Operator::GreaterOrEqual)?);
    }
    if !to.trim().is_empty() {
        set.push(upper(&full(to)?)?);
    }
    match set.is_empty() {
        true => Err("a version at one end"),
        false => Ok(set),
    }
}

fn full(text: &str) -> Result<Partial<'_>, &'static str> {
    let partial = Partial::parse(text.trim().trim_matches('"'))?;
    match partial.is_any() {
        true => Err("a version"),
        false => Ok(partial),
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;

    #[test]
    fn holds_as_the_manifest_documents() {
        for (range, inside, outside) in [
            ("from: \"1.2.3\"", "1.9.0", "2.0.0"),
            (".upToNextMajor(from: \"1.2.3\")", "1.9.0", "2.0.0"),
            (".upToNextMinor(from: \"1.2.3\")", "1.2.9", "1.3.0"),
            ("\"1.0.0\"..<\"2.0.0\"", "1.9.9", "2.0.0"),
            ("\"1.0.0\"...\"2.0.0\"", "2.0.0", "2.0.1"),
            ("..<\"1.2.4\"", "1.2.3", "1.2.4"),
            ("exact: \"1.2.3\"", "v1.2.3", "1.2.4"),
            ("1.2.3", "1.2.3", "1.2.4"),
            ("from: \"1.0.0\"", "1.0.0", "1.1.0-beta"),
            ("\"1.0.0-beta\"..<\"2.0.0\"", "1.1.0-beta", "2.0.0-beta"),
        ] {
            let range = Scheme::Swift.range(range).unwrap();
            assert_eq!(range.contains(inside), Ok(true), "{inside} in {range:?}");
            assert_eq!(
                range.contains(outside),
                Ok(false),
                "{outside} not in {range:?}"
            );
        }
        assert!(Scheme::Swift.range("").is_err());
        assert!(Scheme::Swift.range("...").is_err());
    }
}
