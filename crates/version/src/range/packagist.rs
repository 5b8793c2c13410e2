//! Composer's constraints: `^1.2 || ~2.0.3, !=2.1.0 || dev-main`.
//!
//! `,` and blanks mean "and", `||` and `|` mean "or".
//!
//! Surprises:
//! - `>=1.0` and `<2.0` stand for `>=1.0-dev` and `<2.0-dev`: the pre-releases of a lower bound are in and those of an
//!   upper bound are out, unless the bound names a stability itself. `>1.0` and `<=2.0` are plain comparisons.
//! - `~1.2` allows all below 2, `~1.2.3` all below 1.3; `^0.3` all below 0.4.
//! - `1.0 - 2.0` includes 2.0.9, but `1.0 - 2.0.0` ends at 2.0.0.
//! - A stability flag (`@beta`) concerns which releases an installation considers, not what the constraint holds.
//! - Branches are held by `*`, by `==` with their own name, and by `!=` of others.

use crate::range::Rule;
use crate::range::comparators::{Comparator, Operator};
use crate::scheme::packagist::{self, Bound, split_stability};
use crate::{Key, Scheme};

const EXPECTED: &str = "constraints such as ^1.2 || ~2.0.3, !=2.1.0";

#[derive(Debug, Clone)]
struct Constraints {
    any: Vec<Vec<Comparator>>,
}

impl Rule for Constraints {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let key = Scheme::Packagist
            .key(version)
            .map_err(|error| error.expected)?;
        let is_branch = packagist::is_branch(key.as_bytes());
        let holds = |comparator: &Comparator| {
            let bound = comparator.key.as_bytes();
            let ordered = !is_branch && !packagist::is_branch(bound);
            let by_name = matches!(comparator.operator, Operator::Equal | Operator::NotEqual);
            (ordered || by_name) && comparator.operator.holds(key.as_bytes(), bound)
        };
        Ok(self.any.iter().any(|all| all.iter().all(holds)))
    }
}

/// Parses constraints; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let any = text
        .split('|')
        .filter(|part| !part.trim().is_empty())
        .map(conjunction)
        .collect::<Result<Vec<_>, _>>()?;
    match any.is_empty() {
        true => Err(EXPECTED),
        false => Ok(Constraints { any }),
    }
}

fn conjunction(text: &str) -> Result<Vec<Comparator>, &'static str> {
    let mut words = text
        .split([',', ' ', '\t'])
        .filter(|word| !word.is_empty())
        .peekable();
    let mut all = Vec::new();
    while let Some(word) = words.next() {
        let mut constraint = word.to_owned();
        if word.bytes().all(|byte| b"<>=!".contains(&byte)) {
            // The operator stands alone: its version follows.
            constraint.push_str(words.next().ok_or(EXPECTED)?);
        }
        match words.peek() {
            Some(&"as") => {
                // An inline alias: what stands before it counts.
                words.next();
                words.next().ok_or(EXPECTED)?;
                one(&constraint, &mut all)?;
            }
            Some(&"-") => {
                words.next();
                hyphen(&constraint, words.next().ok_or(EXPECTED)?, &mut all)?;
            }
            _ => one(&constraint, &mut all)?,
        }
    }
    Ok(all)
}

fn one(text: &str, all: &mut Vec<Comparator>) -> Result<(), &'static str> {
    let (text, stability) = split_stability(text);
    if is_anything(text) {
        if text.len() > 1 {
            all.push(compare(Operator::GreaterOrEqual, "0.0.0.0-dev")?);
        }
        return Ok(());
    }
    if let Some(version) = text.strip_prefix('~') {
        let bound = Bound::read(version).ok_or(EXPECTED)?;
        let place = bound.numbers.len() + usize::from(bound.is_branch);
        return between(version, &bound, place.saturating_sub(1).max(1), all);
    }
    if let Some(version) = text.strip_prefix('^') {
        let bound = Bound::read(version).ok_or(EXPECTED)?;
        let place = match bound.numbers.as_slice() {
            ["0"] => 1,
            ["0", "0"] => 2,
            ["0", "0", ..] => 3,
            ["0", ..] => 2,
            _ => 1,
        };
        return between(version, &bound, place, all);
    }
    if let Some(numbers) = wildcard(text) {
        let low = padded(&numbers, "-dev");
        if low != "0.0.0.0-dev" {
            all.push(compare(Operator::GreaterOrEqual, &low)?);
        }
        let high = raised(&numbers, numbers.len())?;
        all.push(compare(Operator::Less, &high)?);
        return Ok(());
    }
    comparison(text, stability, all)
}

/// `*`, `x.x`, `v*`.
fn is_anything(text: &str) -> bool {
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    text.split('.').all(|part| matches!(part, "*" | "x" | "X"))
}

/// The numbers of `1.2.*`.
fn wildcard(text: &str) -> Option<Vec<&str>> {
    let mut rest = text;
    while let Some(shorter) = ["*", "x", "X"]
        .iter()
        .find_map(|star| rest.strip_suffix(star))
    {
        rest = shorter.strip_suffix('.')?;
    }
    let bound = Bound::read(rest)?;
    let plain = !bound.has_stability && bound.numbers.len() < 4 && rest.len() < text.len();
    plain.then_some(bound.numbers)
}

fn between(
    low: &str,
    bound: &Bound<'_>,
    place: usize,
    all: &mut Vec<Comparator>,
) -> Result<(), &'static str> {
    let suffix = if bound.has_stability { "" } else { "-dev" };
    all.push(compare(
        Operator::GreaterOrEqual,
        &format!("{low}{suffix}"),
    )?);
    all.push(compare(Operator::Less, &raised(&bound.numbers, place)?)?);
    Ok(())
}

fn hyphen(from: &str, to: &str, all: &mut Vec<Comparator>) -> Result<(), &'static str> {
    let low = Bound::read(from).ok_or(EXPECTED)?;
    let suffix = if low.has_stability { "" } else { "-dev" };
    all.push(compare(
        Operator::GreaterOrEqual,
        &format!("{from}{suffix}"),
    )?);
    let high = Bound::read(to).ok_or(EXPECTED)?;
    all.push(if high.has_stability || high.numbers.len() > 2 {
        compare(Operator::LessOrEqual, to)?
    } else {
        compare(Operator::Less, &raised(&high.numbers, high.numbers.len())?)?
    });
    Ok(())
}

fn comparison(
    text: &str,
    stability: Option<&str>,
    all: &mut Vec<Comparator>,
) -> Result<(), &'static str> {
    let (operator, version) = match text.strip_prefix("<>") {
        Some(version) => (Operator::NotEqual, version),
        None => {
            let (operator, version) = Operator::split(text);
            (operator.unwrap_or(Operator::Equal), version)
        }
    };
    let key = normal_key(version).or_else(|error| {
        // `foobar-dev` means the branch `foobar`.
        let name = version.strip_suffix("-dev").ok_or(error)?;
        normal_key(&format!("dev-{name}"))
    })?;
    let is_branch = packagist::is_branch(key.as_bytes());
    let suffix = match (operator, stability) {
        _ if is_branch => None,
        (Operator::Equal, _) => None,
        (_, Some(stability)) if packagist::is_stable(version) => Some(stability),
        (Operator::Less | Operator::GreaterOrEqual, _) if packagist::is_stable(version) => {
            Some("dev")
        }
        _ => None,
    };
    all.push(match suffix {
        None => Comparator { operator, key },
        Some(suffix) => compare(operator, &format!("{version}-{suffix}"))?,
    });
    Ok(())
}

fn compare(operator: Operator, version: &str) -> Result<Comparator, &'static str> {
    Comparator::new(Scheme::Packagist, operator, version)
}

/// The key of a branch, or of a version that Composer itself would take.
fn normal_key(version: &str) -> Result<Key, &'static str> {
    match packagist::is_normal(version) {
        true => Scheme::Packagist
            .key(version)
            .map_err(|error| error.expected),
        false => Err(EXPECTED),
    }
}

/// The version whose number at `place` (counted from 1) is one higher, with zeros behind it, below its pre-releases.
fn raised(numbers: &[&str], place: usize) -> Result<String, &'static str> {
    let mut kept: Vec<&str> = numbers.iter().copied().take(place).collect();
    kept.resize(place, "0");
    let last: u64 = kept
        .pop()
        .and_then(|last| last.parse().ok())
        .ok_or("numbers below 2^64")?;
    let last = last.saturating_add(1).to_string();
    kept.push(&last);
    Ok(padded(&kept, "-dev"))
}

/// Four numbers and a suffix.
fn padded(numbers: &[&str], suffix: &str) -> String {
    let mut four = numbers.to_vec();
    four.resize(4, "0");
    format!("{}{suffix}", four.join("."))
}

#[cfg(test)]
mod tests {
    use crate::Scheme::Packagist;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn carets_and_tildes() {
        check_range(
            Packagist,
            "^1.2",
            &["1.2", "1.2-alpha", "1.9"],
            &["1.1", "2.0", "2.0-dev"],
        );
        check_range(Packagist, "^0.3", &["0.3.9"], &["0.4"]);
        check_range(Packagist, "^0.0.3", &["0.0.3.5"], &["0.0.4"]);
        check_range(Packagist, "^0", &["0.9"], &["1"]);
        check_range(
            Packagist,
            "^1.2-beta2",
            &["1.2-beta2", "1.2"],
            &["1.2-beta1"],
        );
        check_range(Packagist, "~1.2", &["1.9", "1.2-dev"], &["2.0"]);
        check_range(Packagist, "~1.2.3", &["1.2.9"], &["1.3"]);
        check_range(Packagist, "~1", &["1.9"], &["2"]);
        check_range(Packagist, "~4@beta", &["4.2"], &["5"]);
    }

    #[test]
    fn comparisons_know_where_pre_releases_belong() {
        check_range(Packagist, ">=1.0", &["1.0-beta", "2"], &["0.9"]);
        check_range(Packagist, "<2.0", &["1.9"], &["2.0-beta"]);
        check_range(Packagist, "<2.0-beta", &["2.0-alpha"], &["2.0-beta"]);
        check_range(Packagist, ">1.0", &["1.0-p1"], &["1.0", "1.0-beta"]);
        check_range(Packagist, "<=2.0", &["2.0-beta"], &["2.0.1"]);
        check_range(
            Packagist,
            ">= 1.0, <1.1 || 1.5 | 1.7",
            &["1.0.5", "1.5.0", "1.7"],
            &["1.2"],
        );
        check_range(Packagist, ">=1.0 !=1.5 <>1.6", &["1.4"], &["1.5", "1.6"]);
        check_range(Packagist, ">=1.0@beta", &["1.0-beta"], &["1.0-alpha"]);
    }

    #[test]
    fn wildcards_and_hyphens() {
        check_range(
            Packagist,
            "1.2.*",
            &["1.2-dev", "1.2.9"],
            &["1.3-dev", "1.1"],
        );
        check_range(Packagist, "0.*", &["0.9", "0.0-dev"], &["1.0"]);
        check_range(Packagist, "*", &["1", "dev-main"], &[]);
        check_range(Packagist, "*.*", &["1"], &["dev-main"]);
        check_range(Packagist, "1.0 - 2.0", &["1.0-beta", "2.0.9"], &["2.1"]);
        check_range(Packagist, "1.0 - 2.0.0", &["2.0.0"], &["2.0.1"]);
    }

    #[test]
    fn branches_are_known_by_name() {
        check_range(
            Packagist,
            "dev-main",
            &["dev-main#abc", "dev-main"],
            &["dev-other", "1.0"],
        );
        check_range(Packagist, "dev-main as 1.0.x-dev", &["dev-main"], &["1.0"]);
        check_range(Packagist, ">=1.0", &[], &["dev-main"]);
        check_range(Packagist, "!=1.0", &["dev-main"], &[]);
        check_range(Packagist, "1.x-dev", &["1.x-dev"], &["1.5"]);
    }

    #[test]
    fn what_is_no_constraint() {
        check_refused_ranges(
            Packagist,
            &[
                "", "~>1.0", "^", "foo", ">=", "1.0 -", "> 1.0 as", "^a", "1.*.2",
            ],
        );
    }
}
