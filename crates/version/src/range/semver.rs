//! What the constraint languages over SemVer share: partial versions, sets of bounds, and who takes pre-releases.

use crate::encode;
use crate::range::Rule;
use crate::range::comparators::Operator;
use crate::scheme::semver::{
    Version, write_identifiers, write_key, write_numbers, write_pre_release,
};

/// When a version with a pre-release part is taken, besides being within the bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PreReleases {
    /// Always.
    Ordered,
    /// When a bound of the set names a pre-release of the same numbers: npm, Cargo.
    WhenNamed,
    /// When a bound names a pre-release of any numbers, but never one of the upper bound: SwiftPM.
    WhenAnyNamed,
    /// Always, and its pre-release part does not count: Julia's Pkg.
    NumbersOnly,
}

/// A disjunction of sets of bounds.
#[derive(Debug, Clone)]
pub(crate) struct Sets {
    pub(crate) any: Vec<Vec<Bound>>,
    pub(crate) pre_releases: PreReleases,
}

/// One comparison with a fixed version.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    operator: Operator,
    key: Box<[u8]>,
    /// How many bytes of the key are the numbers.
    numbers: usize,
    names_pre_release: bool,
}

impl Bound {
    /// A bound at three numbers, and the pre-release with the given identifiers if there are any.
    pub(crate) fn new(
        operator: Operator,
        numbers: [u64; 3],
        pre_release: Option<&str>,
    ) -> Result<Bound, &'static str> {
        let mut key = Vec::new();
        let texts = numbers.map(|number| number.to_string());
        write_numbers(texts.iter().map(String::as_str), &mut key);
        let numbers = key.len();
        write_pre_release(pre_release, &mut key)?;
        Ok(Bound {
            operator,
            key: key.into_boxed_slice(),
            numbers,
            names_pre_release: pre_release.is_some(),
        })
    }

    /// Below the numbers and all their pre-releases.
    pub(crate) fn below(numbers: [u64; 3]) -> Result<Bound, &'static str> {
        Bound::new(Operator::Less, numbers, Some("0"))
    }

    fn holds(&self, key: &[u8]) -> bool {
        self.operator.holds(key, &self.key)
    }

    fn has_numbers_of(&self, key: &[u8]) -> bool {
        self.key
            .get(..self.numbers)
            .is_some_and(|numbers| key.starts_with(numbers))
    }

    fn is_upper(&self) -> bool {
        matches!(self.operator, Operator::Less | Operator::LessOrEqual)
    }
}

impl Rule for Sets {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let version = version.trim_ascii();
        let version = version.strip_prefix('=').unwrap_or(version).trim_ascii();
        let mut parsed = Version::parse(version)?;
        let mut key = Vec::with_capacity(32);
        write_key(version, &mut key)?;
        if self.pre_releases == PreReleases::NumbersOnly && parsed.pre_release.is_some() {
            key.clear();
            parsed.pre_release = None;
            write_key(parsed.numbers, &mut key)?;
        }
        let is_pre_release = parsed.pre_release.is_some();
        Ok(self.any.iter().any(|set| {
            set.iter().all(|bound| bound.holds(&key))
                && (!is_pre_release || self.takes_pre_release(set, &key))
        }))
    }
}

impl Sets {
    fn takes_pre_release(&self, set: &[Bound], key: &[u8]) -> bool {
        match self.pre_releases {
            PreReleases::Ordered | PreReleases::NumbersOnly => true,
            PreReleases::WhenNamed => set
                .iter()
                .any(|bound| bound.names_pre_release && bound.has_numbers_of(key)),
            PreReleases::WhenAnyNamed => {
                let closes = |bound: &Bound| {
                    bound.is_upper() && !bound.names_pre_release && bound.has_numbers_of(key)
                };
                set.iter().any(|bound| bound.names_pre_release) && !set.iter().any(closes)
            }
        }
    }
}

/// A version of which only the beginning may be given: `1`, `1.2`, `1.x`, `*`, `1.2.3-rc.1`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Partial<'a> {
    numbers: [Option<u64>; 3],
    pre_release: Option<&'a str>,
}

impl<'a> Partial<'a> {
    /// Reads a partial version; `x`, `X` and `*` stand for any number, and so does an empty text.
    pub(crate) fn parse(text: &'a str) -> Result<Partial<'a>, &'static str> {
        let text = text
            .trim_start_matches([' ', '\t', '=', 'v', 'V'])
            .trim_end();
        let (text, _build) = text.split_once('+').unwrap_or((text, ""));
        let mut numbers = [None; 3];
        let mut rest = text;
        let mut is_open = false;
        for (at, number) in numbers.iter_mut().enumerate() {
            let (digits, after) = match rest.strip_prefix(['x', 'X', '*']) {
                Some(after) => ("", after),
                None => encode::split_digits(rest),
            };
            is_open |= digits.is_empty();
            if digits.is_empty() && after.len() == rest.len() && !rest.is_empty() {
                return Err("a number, x or *");
            }
            if !is_open {
                *number = Some(small(digits)?);
            }
            rest = after;
            match rest.strip_prefix('.') {
                Some(_) if at == 2 => return Err("at most three numbers"),
                Some("") => return Err("a number, x or * after the dot"),
                Some(next) => rest = next,
                None => break,
            }
        }
        let pre_release = match rest {
            "" => None,
            _ => Some(rest.strip_prefix('-').unwrap_or(rest)),
        };
        if let Some(pre_release) = pre_release {
            write_identifiers(pre_release, &mut Vec::new())?;
        }
        let is_full = numbers[2].is_some();
        Ok(Partial {
            numbers,
            pre_release: pre_release.filter(|_| is_full),
        })
    }

    /// Whether it stands for every version.
    pub(crate) fn is_any(&self) -> bool {
        self.numbers[0].is_none()
    }

    /// Whether all three numbers are given.
    pub(crate) fn is_full(&self) -> bool {
        self.numbers[2].is_some()
    }

    /// Whether it is a pre-release.
    pub(crate) fn pre_release(&self) -> Option<&'a str> {
        self.pre_release
    }

    /// The numbers, zero where none is given.
    pub(crate) fn floor(&self) -> [u64; 3] {
        self.numbers.map(Option::unwrap_or_default)
    }

    /// A comparison with the version, missing numbers being zero.
    pub(crate) fn bound(&self, operator: Operator) -> Result<Bound, &'static str> {
        Bound::new(operator, self.floor(), self.pre_release)
    }

    /// The first numbers after all versions that begin so: after `1.2` comes `1.3.0`. `None` for any version.
    pub(crate) fn next(&self) -> Option<[u64; 3]> {
        let last = self.numbers.iter().rposition(Option::is_some)?;
        Some(self.raised(last))
    }

    /// The numbers with the one at `place` raised and zeros behind.
    pub(crate) fn raised(&self, place: usize) -> [u64; 3] {
        let mut numbers = self.floor();
        for (at, number) in numbers.iter_mut().enumerate() {
            match at.cmp(&place) {
                std::cmp::Ordering::Less => {}
                std::cmp::Ordering::Equal => *number = number.saturating_add(1),
                std::cmp::Ordering::Greater => *number = 0,
            }
        }
        numbers
    }

    /// How many numbers are given.
    pub(crate) fn given(&self) -> usize {
        self.numbers.iter().flatten().count()
    }
}

/// Numbers in ranges are raised by one, so they must be small; node-semver stops at 2^53.
fn small(digits: &str) -> Result<u64, &'static str> {
    digits
        .parse()
        .ok()
        .filter(|number| *number < 1 << 53)
        .ok_or("numbers below 2^53")
}

/// `1`, `1.2` as all versions that begin so; a full version as itself.
pub(crate) fn equal(partial: &Partial) -> Result<Vec<Bound>, &'static str> {
    match partial.next() {
        None => Ok(Vec::new()),
        Some(_) if partial.is_full() => Ok(vec![partial.bound(Operator::Equal)?]),
        Some(next) => Ok(vec![
            partial.bound(Operator::GreaterOrEqual)?,
            Bound::below(next)?,
        ]),
    }
}

/// A comparison with a partial version: `>1.2` begins at `1.3.0`, `<=1.2` goes on to there.
pub(crate) fn compare(operator: Operator, partial: &Partial) -> Result<Vec<Bound>, &'static str> {
    let Some(next) = partial.next() else {
        return Ok(match operator {
            Operator::Less | Operator::Greater | Operator::NotEqual => vec![Bound::below([0; 3])?],
            _ => Vec::new(),
        });
    };
    if partial.is_full() {
        return Ok(vec![partial.bound(operator)?]);
    }
    Ok(vec![match operator {
        Operator::Equal => return equal(partial),
        Operator::NotEqual => return Err("three numbers after !="),
        Operator::Less => Bound::below(partial.floor())?,
        Operator::LessOrEqual => Bound::below(next)?,
        Operator::Greater => Bound::new(Operator::GreaterOrEqual, next, None)?,
        Operator::GreaterOrEqual => partial.bound(operator)?,
    }])
}

/// `~1.2.3`: the last number that may change is the patch, or the minor where only the major is given.
pub(crate) fn tilde(partial: &Partial) -> Result<Vec<Bound>, &'static str> {
    if partial.is_any() {
        return Ok(Vec::new());
    }
    let place = partial.given().min(2) - 1;
    Ok(vec![
        partial.bound(Operator::GreaterOrEqual)?,
        Bound::below(partial.raised(place))?,
    ])
}

/// `^1.2.3`: all numbers behind the first that is not zero may change.
pub(crate) fn caret(partial: &Partial) -> Result<Vec<Bound>, &'static str> {
    if partial.is_any() {
        return Ok(Vec::new());
    }
    let last = partial.given() - 1;
    let place = partial.floor().iter().position(|number| *number > 0);
    Ok(vec![
        partial.bound(Operator::GreaterOrEqual)?,
        Bound::below(partial.raised(place.unwrap_or(last).min(last)))?,
    ])
}

/// `1.2 - 2.3`: from the first on, until the last version that begins as the second.
pub(crate) fn hyphen(from: &Partial, to: &Partial) -> Result<Vec<Bound>, &'static str> {
    let mut set = compare(Operator::GreaterOrEqual, from)?;
    set.extend(compare(Operator::LessOrEqual, to)?);
    Ok(set)
}
