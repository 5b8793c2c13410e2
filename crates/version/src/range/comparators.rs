//! Lists of comparisons: the constraint language of schemes that have none of their own.
//!
//! `>=1.0, <2.0 || =3`: `,` and blanks mean "and", `||` means "or"; operators are `=` `==` `!=` `<` `<=` `>` `>=`, none
//! means `=`. An empty text holds for every version. Other languages compile to the same form where plain order is
//! their whole rule.

use crate::range::Rule;
use crate::{Key, Scheme};

/// What separates comparisons that must hold together.
const BLANKS: [char; 3] = [',', ' ', '\t'];

/// A disjunction of conjunctions of comparisons by the scheme's order.
#[derive(Debug, Clone)]
pub(crate) struct Comparators {
    scheme: Scheme,
    any: Vec<Vec<Comparator>>,
}

/// One comparison with a fixed version.
#[derive(Debug, Clone)]
pub(crate) struct Comparator {
    pub(crate) operator: Operator,
    pub(crate) key: Key,
}

impl Comparator {
    /// A comparison with `version`; an error says what was expected in its place.
    pub(crate) fn new(
        scheme: Scheme,
        operator: Operator,
        version: &str,
    ) -> Result<Comparator, &'static str> {
        let key = scheme.key(version).map_err(|error| error.expected)?;
        Ok(Comparator { operator, key })
    }
}

/// How a version must stand to the comparator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// Splits the operator off the beginning of `text`; `None` where there is none.
    pub(crate) fn split(text: &str) -> (Option<Operator>, &str) {
        const OPERATORS: [(&str, Operator); 8] = [
            ("==", Operator::Equal),
            ("=", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            ("<", Operator::Less),
            (">=", Operator::GreaterOrEqual),
            (">", Operator::Greater),
            ("≠", Operator::NotEqual),
        ];
        for (sign, operator) in OPERATORS {
            if let Some(rest) = text.strip_prefix(sign) {
                return (Some(operator), rest.trim_start());
            }
        }
        (None, text)
    }

    /// Whether `version` stands so to `bound`, both as keys of one scheme.
    pub(crate) fn holds(self, version: &[u8], bound: &[u8]) -> bool {
        match self {
            Operator::Equal => version == bound,
            Operator::NotEqual => version != bound,
            Operator::Less => version < bound,
            Operator::LessOrEqual => version <= bound,
            Operator::Greater => version > bound,
            Operator::GreaterOrEqual => version >= bound,
        }
    }
}

impl Comparators {
    /// One of `any` must hold, which it does when all its comparisons hold.
    pub(crate) fn new(scheme: Scheme, any: Vec<Vec<Comparator>>) -> Comparators {
        Comparators { scheme, any }
    }

    /// The alternatives of a text, each with its operators and versions.
    pub(crate) fn split(
        text: &str,
    ) -> impl Iterator<Item = impl Iterator<Item = (Operator, &str)>> {
        text.split("||").map(|all| {
            let mut rest = all.trim_start_matches(BLANKS);
            std::iter::from_fn(move || {
                if rest.is_empty() {
                    return None;
                }
                let (operator, after) = Operator::split(rest);
                let end = after
                    .find([',', ' ', '\t', '<', '>', '=', '!'])
                    .unwrap_or(after.len());
                let (version, next) = after.split_at(end);
                // A sign that begins nothing is given back as a version, which no scheme takes.
                let (version, next) = match (operator, version) {
                    (None, "") => (rest, ""),
                    _ => (version, next),
                };
                rest = next.trim_start_matches(BLANKS);
                Some((operator.unwrap_or(Operator::Equal), version))
            })
        })
    }

    /// Whether the version with this key satisfies the comparisons.
    pub(crate) fn contains_key(&self, key: &[u8]) -> bool {
        self.any.iter().any(|all| {
            all.iter()
                .all(|comparator| comparator.operator.holds(key, comparator.key.as_bytes()))
        })
    }
}

impl Rule for Comparators {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let key = self.scheme.key(version).map_err(|error| error.expected)?;
        Ok(self.contains_key(key.as_bytes()))
    }
}

/// Parses a list of comparisons.
pub(crate) fn parse(scheme: Scheme, text: &str) -> Result<Comparators, &'static str> {
    let any = Comparators::split(text)
        .map(|all| {
            all.map(|(operator, version)| Comparator::new(scheme, operator, version))
                .collect()
        })
        .collect::<Result<_, _>>()?;
    Ok(Comparators::new(scheme, any))
}
