//! Cabal's version constraints: `>=1.2 && <1.3 || ==2.*`, with parentheses.
//!
//! `^>=1.2.3` means `>=1.2.3 && <1.3`: the first two numbers are the major version. `==1.2.*` means `>=1.2 && <1.3`.
//! `== {1.0, 1.2}` and `^>= {…}` list alternatives, `-any` and `-none` hold for all and for no version.

use crate::Scheme;
use crate::range::Rule;
use crate::range::comparators::{Comparator, Operator};

const EXPECTED: &str = "constraints such as >=1.2 && <1.3 || ==2.*";

/// Parentheses in parentheses, at most.
const DEEPEST: usize = 32;

/// A constraint as it is nested.
#[derive(Debug, Clone)]
enum Constraint {
    Compare(Comparator),
    All(Vec<Constraint>),
    Any(Vec<Constraint>),
}

impl Constraint {
    fn holds(&self, key: &[u8]) -> bool {
        match self {
            Constraint::Compare(comparator) => {
                comparator.operator.holds(key, comparator.key.as_bytes())
            }
            Constraint::All(all) => all.iter().all(|part| part.holds(key)),
            Constraint::Any(any) => any.iter().any(|part| part.holds(key)),
        }
    }
}

impl Rule for Constraint {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let key = Scheme::Hackage
            .key(version)
            .map_err(|error| error.expected)?;
        Ok(self.holds(key.as_bytes()))
    }
}

/// Parses constraints; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let mut parser = Parser { rest: text.trim() };
    if parser.rest.is_empty() {
        return Ok(Constraint::All(Vec::new()));
    }
    let constraint = parser.any(0)?;
    match parser.rest.is_empty() {
        true => Ok(constraint),
        false => Err(EXPECTED),
    }
}

struct Parser<'a> {
    /// What is not read yet, without blanks in front.
    rest: &'a str,
}

impl<'a> Parser<'a> {
    fn eat(&mut self, sign: &str) -> bool {
        match self.rest.strip_prefix(sign) {
            Some(rest) => {
                self.rest = rest.trim_start();
                true
            }
            None => false,
        }
    }

    fn any(&mut self, depth: usize) -> Result<Constraint, &'static str> {
        let mut any = vec![self.all(depth)?];
        while self.eat("||") {
            any.push(self.all(depth)?);
        }
        Ok(Constraint::Any(any))
    }

    fn all(&mut self, depth: usize) -> Result<Constraint, &'static str> {
        let mut all = vec![self.one(depth)?];
        while self.eat("&&") {
            all.push(self.one(depth)?);
        }
        Ok(Constraint::All(all))
    }

    fn one(&mut self, depth: usize) -> Result<Constraint, &'static str> {
        if depth > DEEPEST {
            return Err("at most 32 parentheses in one another");
        }
        if self.eat("(") {
            let inner = self.any(depth + 1)?;
            return if self.eat(")") {
                Ok(inner)
            } else {
                Err(EXPECTED)
            };
        }
        if self.eat("-any") {
            return Ok(Constraint::All(Vec::new()));
        }
        if self.eat("-none") {
            return Ok(Constraint::Any(Vec::new()));
        }
        if self.eat("^>=") {
            return self.each(major);
        }
        if self.eat("==") {
            return self.each(exactly);
        }
        match Operator::split(self.rest) {
            (Some(operator), rest) if operator != Operator::Equal => {
                self.rest = rest;
                let version = self.version();
                let comparator = Comparator::new(Scheme::Hackage, operator, version)?;
                Ok(Constraint::Compare(comparator))
            }
            _ => Err(EXPECTED),
        }
    }

    /// One version, or a list in braces.
    fn each(
        &mut self,
        constraint: impl Fn(&str) -> Result<Constraint, &'static str>,
    ) -> Result<Constraint, &'static str> {
        if !self.eat("{") {
            return constraint(self.version());
        }
        let mut any = vec![constraint(self.version())?];
        while self.eat(",") {
            any.push(constraint(self.version())?);
        }
        match self.eat("}") {
            true => Ok(Constraint::Any(any)),
            false => Err(EXPECTED),
        }
    }

    fn version(&mut self) -> &'a str {
        let end = self
            .rest
            .find(|character: char| !character.is_ascii_digit() && !".*".contains(character))
            .unwrap_or(self.rest.len());
        let (version, rest) = self.rest.split_at(end);
        self.rest = rest.trim_start();
        version
    }
}

fn exactly(version: &str) -> Result<Constraint, &'static str> {
    match version.strip_suffix(".*") {
        Some(prefix) => between(prefix, prefix.split('.').count()),
        None => Ok(Constraint::Compare(Comparator::new(
            Scheme::Hackage,
            Operator::Equal,
            version,
        )?)),
    }
}

fn major(version: &str) -> Result<Constraint, &'static str> {
    between(version, 2)
}

/// From `low` up to where its number at `place` (counted from 1) is raised; a number that it lacks is 0.
fn between(low: &str, place: usize) -> Result<Constraint, &'static str> {
    let mut numbers: Vec<&str> = low.split('.').chain(["0"]).take(place).collect();
    let last: u64 = numbers
        .pop()
        .and_then(|last| last.parse().ok())
        .ok_or(EXPECTED)?;
    let last = last.saturating_add(1).to_string();
    numbers.push(&last);
    let high = numbers.join(".");
    let compare = |operator, version| {
        Comparator::new(Scheme::Hackage, operator, version).map(Constraint::Compare)
    };
    Ok(Constraint::All(vec![
        compare(Operator::GreaterOrEqual, low)?,
        compare(Operator::Less, &high)?,
    ]))
}

#[cfg(test)]
mod tests {
    use crate::Scheme::Hackage;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn constraints() {
        check_range(
            Hackage,
            ">=1.2 && <1.3 || ==2.*",
            &["1.2", "2.5"],
            &["1.3", "3"],
        );
        check_range(Hackage, "^>=1.2.3", &["1.2.3", "1.2.9"], &["1.2.2", "1.3"]);
        check_range(Hackage, "^>=1", &["1", "1.0.5"], &["1.1"]);
        check_range(Hackage, "==1.2.*", &["1.2", "1.2.0.1"], &["1.1", "1.3"]);
        check_range(Hackage, "== {1.0, 1.2}", &["1.0", "1.2"], &["1.1"]);
        check_range(
            Hackage,
            "(>1 && <2) || (>3 && (<4 || >5))",
            &["1.5", "6"],
            &["4.5", "2"],
        );
        check_range(Hackage, "-any", &["1"], &[]);
        check_range(Hackage, "-none", &[], &["1"]);
    }

    #[test]
    fn what_is_no_constraint() {
        let deep = "(".repeat(2000);
        check_refused_ranges(
            Hackage,
            &["1.0", ">=1 &&", "(>1", ">=1.*", ">1 <2", "=> 1", &deep],
        );
    }
}
