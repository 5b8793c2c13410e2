//! node-semver's ranges: `^1.2.3 || 2.x || >=3.0.0-rc.1 <4 || 5.1 - 5.3`.
//!
//! A pre-release is taken only when a comparison of the same set names a pre-release of the same three numbers
//! (`includePrerelease` off): `*` does not hold for `1.0.0-rc.1`.

use crate::range::comparators::Operator;
use crate::range::semver::{Bound, Partial, PreReleases, Sets, caret, compare, hyphen, tilde};

/// Parses a range; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<Sets, &'static str> {
    let any = text.split("||").map(set).collect::<Result<_, _>>()?;
    Ok(Sets {
        any,
        pre_releases: PreReleases::WhenNamed,
    })
}

fn set(text: &str) -> Result<Vec<Bound>, &'static str> {
    let text = text.trim();
    if let Some((from, to)) = split_hyphen(text) {
        return hyphen(&Partial::parse(from)?, &Partial::parse(to)?);
    }
    let mut bounds = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let (sign, after) = split_sign(rest);
        let after = after.trim_start();
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        let (version, next) = after.split_at(end);
        if version.is_empty() {
            return Err("a version after the operator");
        }
        bounds.extend(comparison(sign, &Partial::parse(version)?)?);
        rest = next.trim_start();
    }
    Ok(bounds)
}

/// The two ends of `1.2 - 2.3`.
fn split_hyphen(text: &str) -> Option<(&str, &str)> {
    let mut words = text.split_whitespace();
    let parts = (words.next()?, words.next()?, words.next()?, words.next());
    match parts {
        (from, "-", to, None) => Some((from, to)),
        _ => None,
    }
}

fn split_sign(text: &str) -> (&str, &str) {
    const SIGNS: [&str; 8] = [">=", "<=", "~>", ">", "<", "~", "^", "="];
    let sign = SIGNS.iter().find(|sign| text.starts_with(**sign));
    text.split_at(sign.map_or(0, |sign| sign.len()))
}

fn comparison(sign: &str, partial: &Partial) -> Result<Vec<Bound>, &'static str> {
    match sign {
        "~" | "~>" => tilde(partial),
        "^" => caret(partial),
        ">" => compare(Operator::Greater, partial),
        ">=" => compare(Operator::GreaterOrEqual, partial),
        "<" => compare(Operator::Less, partial),
        "<=" => compare(Operator::LessOrEqual, partial),
        _ => compare(Operator::Equal, partial),
    }
}

#[cfg(test)]
mod tests;
