//! Poetry's constraints: those of PEP 440, and `^` and `~`.
//!
//! `^1.2.3` allows up to the next number left of which all are zero (`^0.2.3` < `0.3`, `^0.0.3` < `0.0.4`), `~1.2.3` up
//! to the next minor version, `~1` up to the next major one; `*` and `1.*` may stand alone, and `||` (or `|`) separates
//! alternatives. Commas and blanks both mean "and". A version alone means exactly this version.
//!
//! Surprise: `<2.0`, and so `^1.0`, does not hold for `2.0rc1`, as in PEP 440.

use crate::range::Rule;
use crate::range::pypi::{Operator, Specifier, Specifiers};
use crate::scheme::pypi::Pep440;

const EXPECTED: &str = "constraints such as ^1.2, >=1.0,<2 or 1.*";

/// Parses constraints.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let any = text
        .split('|')
        .filter(|part| !part.is_empty() || text.is_empty())
        .map(conjunction)
        .collect::<Result<_, _>>()?;
    Ok(Specifiers::new(any))
}

fn conjunction(text: &str) -> Result<Vec<Specifier>, &'static str> {
    let mut all = Vec::new();
    let mut rest = text.trim_start_matches([',', ' ']);
    while !rest.is_empty() {
        // An operator may have blanks behind it.
        let signs = rest
            .find(|character| !"^~<>=!".contains(character))
            .ok_or(EXPECTED)?;
        let (operator, after) = rest.split_at(signs);
        let after = after.trim_start();
        let (version, next) = after.split_at(after.find([',', ' ']).unwrap_or(after.len()));
        constraint(operator, version, &mut all)?;
        rest = next.trim_start_matches([',', ' ']);
    }
    Ok(all)
}

fn constraint(operator: &str, version: &str, all: &mut Vec<Specifier>) -> Result<(), &'static str> {
    match operator {
        "" | "=" | "==" if version == "*" => {}
        "^" => between(version, caret(version)?, all)?,
        "~" => between(version, tilde(version)?, all)?,
        _ => {
            let sign = if operator.is_empty() { "==" } else { operator };
            match Operator::split(sign) {
                (Some(operator), "") => all.push(Specifier::new(operator, version)?),
                _ => return Err(EXPECTED),
            }
        }
    }
    Ok(())
}

fn between(low: &str, high: String, all: &mut Vec<Specifier>) -> Result<(), &'static str> {
    all.push(Specifier::new(Operator::GreaterOrEqual, low)?);
    all.push(Specifier::new(Operator::Less, &high)?);
    Ok(())
}

/// The bound of `^`: the first number that is not zero goes up, or the last where all are.
fn caret(version: &str) -> Result<String, &'static str> {
    let version = Pep440::parse(version).ok_or(EXPECTED)?;
    let zeros = version
        .release
        .split('.')
        .take_while(|number| number.bytes().all(|digit| digit == b'0'))
        .count();
    raised(&version, zeros.min(version.release.split('.').count() - 1))
}

/// The bound of `~`: the second number goes up, or the first where it is alone.
fn tilde(version: &str) -> Result<String, &'static str> {
    let version = Pep440::parse(version).ok_or(EXPECTED)?;
    raised(&version, usize::from(version.release.contains('.')))
}

fn raised(version: &Pep440<'_>, place: usize) -> Result<String, &'static str> {
    let mut bound = String::new();
    if !version.epoch.is_empty() {
        bound = format!("{}!", version.epoch);
    }
    for (at, number) in version.release.split('.').take(place + 1).enumerate() {
        if at == place {
            let number: u64 = number.parse().map_err(|_| "a number below 2^64")?;
            bound.push_str(&number.saturating_add(1).to_string());
        } else {
            bound.push_str(number);
            bound.push('.');
        }
    }
    Ok(bound)
}

#[cfg(test)]
mod tests {
    use crate::Scheme::Poetry;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn a_caret_keeps_the_first_number_that_is_not_zero() {
        check_range(
            Poetry,
            "^1.2.3",
            &["1.2.3", "1.9"],
            &["1.2.2", "2.0", "2.0rc1"],
        );
        check_range(Poetry, "^0.2.3", &["0.2.9"], &["0.3"]);
        check_range(Poetry, "^0.0.3", &["0.0.3"], &["0.0.4"]);
        check_range(Poetry, "^0.0", &["0.0.9"], &["0.1"]);
        check_range(Poetry, "^0", &["0.9"], &["1"]);
        check_range(Poetry, "^0.8.0-alpha.0", &["0.8.0a1", "0.8"], &["0.7.4"]);
    }

    #[test]
    fn a_tilde_keeps_the_minor_version() {
        check_range(Poetry, "~1.2.3", &["1.2.3", "1.2.9"], &["1.3"]);
        check_range(Poetry, "~1.2", &["1.2.9"], &["1.3"]);
        check_range(Poetry, "~1", &["1.9"], &["2"]);
    }

    #[test]
    fn the_rest_is_as_in_python() {
        check_range(Poetry, "*", &["0", "1.0a1"], &[]);
        check_range(Poetry, "1.*", &["1.5"], &["2.0"]);
        check_range(
            Poetry,
            ">= 1.0 < 2.0 || ~=3.1",
            &["1.5", "3.2"],
            &["2.0", "4"],
        );
        check_range(Poetry, "4.2.0, < 4.2.4", &["4.2.0"], &["4.2.2"]);
        check_refused_ranges(Poetry, &["^", "^x", "~~1", "^99999999999999999999"]);
    }
}
