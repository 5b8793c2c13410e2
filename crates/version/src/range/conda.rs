//! Conda's version specifications: `>=1.0,<2|3.*`; `,` binds tighter than `|`.
//!
//! Surprises: `=1.2` means "begins with 1.2", as `1.2.*` does, and holds for `1.2.3` and `1.2a1`; `==1.2` and `1.2` mean
//! that version. `~=1.2.1` means `>=1.2.1,1.2.*`.

use crate::range::Rule;
use crate::range::comparators::Operator;
use crate::{Key, Scheme, encode};

const EXPECTED: &str = "version specifications such as >=1.0,<2|3.*";

#[derive(Debug, Clone)]
struct Specification {
    any: Vec<Vec<Clause>>,
}

#[derive(Debug, Clone)]
enum Clause {
    Compare(Operator, Key),
    Begins(String),
    BeginsNot(String),
}

/// Parses a specification; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let mut any = Vec::new();
    for alternative in text.split('|') {
        let mut all = Vec::new();
        for part in alternative.split(',') {
            clause(part.trim(), &mut all)?;
        }
        any.push(all);
    }
    Ok(Specification { any })
}

fn clause(text: &str, all: &mut Vec<Clause>) -> Result<(), &'static str> {
    if text.is_empty() || text == "*" {
        return Ok(());
    }
    if let Some(version) = text.strip_prefix("~=") {
        let (prefix, _) = version.rsplit_once('.').ok_or(EXPECTED)?;
        all.push(Clause::Compare(Operator::GreaterOrEqual, key(version)?));
        all.push(Clause::Begins(prefix.trim().to_owned()));
        return Ok(());
    }
    let (operator, version) = Operator::split(text);
    let operator = operator.unwrap_or(Operator::Equal);
    let star = version
        .strip_suffix('*')
        .map(|prefix| prefix.strip_suffix('.').unwrap_or(prefix));
    let fuzzy = text.starts_with('=') && !text.starts_with("==");
    key(star.unwrap_or(version))?;
    all.push(match (operator, star) {
        (Operator::Equal, Some(prefix)) => Clause::Begins(prefix.to_owned()),
        (Operator::NotEqual, Some(prefix)) => Clause::BeginsNot(prefix.to_owned()),
        (Operator::Equal, None) if fuzzy => Clause::Begins(version.to_owned()),
        // `>=1.2.*` is written at times and means `>=1.2`.
        (operator, star) => Clause::Compare(operator, key(star.unwrap_or(version))?),
    });
    Ok(())
}

fn key(version: &str) -> Result<Key, &'static str> {
    Scheme::Conda.key(version).map_err(|_| EXPECTED)
}

/// Whether the parts of the prefix are those of the version; only the beginning of the last one counts.
fn begins(version: &str, prefix: &str) -> bool {
    const SEPARATORS: [char; 3] = ['.', '_', '-'];
    let mut parts = version.trim().split(SEPARATORS);
    let mut wanted = prefix.split(SEPARATORS).peekable();
    while let Some(want) = wanted.next() {
        let part = parts.next().unwrap_or("0");
        let (want_number, want_word) = encode::split_digits(want);
        let (number, word) = encode::split_digits(part);
        let words = match wanted.peek() {
            None => {
                let start = word.get(..want_word.len());
                start.is_some_and(|start| start.eq_ignore_ascii_case(want_word))
            }
            Some(_) => word.eq_ignore_ascii_case(want_word),
        };
        if number.trim_start_matches('0') != want_number.trim_start_matches('0') || !words {
            return false;
        }
    }
    true
}

impl Rule for Specification {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let key = Scheme::Conda.key(version).map_err(|error| error.expected)?;
        let holds = |clause: &Clause| match clause {
            Clause::Compare(operator, bound) => operator.holds(key.as_bytes(), bound.as_bytes()),
            Clause::Begins(prefix) => begins(version, prefix),
            Clause::BeginsNot(prefix) => !begins(version, prefix),
        };
        Ok(self.any.iter().any(|all| all.iter().all(holds)))
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme::Conda;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn clauses() {
        check_range(Conda, "*", &["1", "not-pep440"], &[]);
        check_range(Conda, ">=1.0,<2|3.*", &["1.5", "3.1"], &["2", "4"]);
        check_range(Conda, "=1.2", &["1.2", "1.2.3", "1.2a1"], &["1.20", "1.3"]);
        check_range(Conda, "==1.2", &["1.2.0"], &["1.2.1"]);
        check_range(Conda, "1.2.*", &["1.2.9"], &["1.3"]);
        check_range(Conda, "!=1.2.*", &["1.3"], &["1.2.9"]);
        check_range(Conda, "~=1.2.1", &["1.2.1", "1.2.9"], &["1.2.0", "1.3"]);
        check_refused_ranges(Conda, &["~=1", ">=", "a/b", ">=*"]);
    }
}
