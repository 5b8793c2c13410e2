//! Conan's version ranges: `[>=1.0 <2, include_prerelease]`, `[^1.2 || ~2.3]`.
//!
//! Surprises:
//! - `>=1.0` and `<2.0` stand for `>=1.0-` and `<2.0-`: pre-releases of a lower bound are in, those of an upper bound
//!   out. Whether pre-releases are taken at all is the option's choice.
//! - `~1.2` is below 1.3, `^0.2` below 0.3; `[1.2]` is exactly 1.2.
//! - Conan 1 wrote `["1.x", loose=False, include_prerelease=True]` and read it as node-semver does, with wildcards and
//!   hyphens; an option with a value, or quotes, tell such a range. (Conan 2 takes the option's presence as yes,
//!   whatever the value, and warns.) With `include_prerelease=True` the bounds are those of Conan 2.

use crate::range::comparators::{Comparator, Operator};
use crate::range::semver::Sets;
use crate::range::{Rule, npm};
use crate::scheme::conan::Parts;
use crate::{Key, Scheme};

const EXPECTED: &str = "a range such as [>=1.0 <2, include_prerelease]";

#[derive(Debug, Clone)]
enum Conan {
    Conditions {
        any: Vec<Vec<Comparator>>,
        takes_pre_releases: bool,
    },
    NodeSemver(Sets),
}

/// Parses a range, with or without its brackets; an error says what was expected.
pub(crate) fn parse(text: &str) -> Result<impl Rule + use<>, &'static str> {
    let text = text.trim();
    let inner = match text.strip_prefix('[') {
        Some(inner) => inner.strip_suffix(']').ok_or(EXPECTED)?,
        None => text,
    };
    let is_quoted = inner.contains('"');
    let inner = inner.replace('"', "");
    let (expression, options) = inner.split_once(',').unwrap_or((&inner, ""));
    let options = Options::parse(options)?;
    if (options.is_conan_1 || is_quoted) && !options.takes_pre_releases {
        return Ok(Conan::NodeSemver(npm::parse(expression)?));
    }
    let any = expression
        .split("||")
        .map(|set| conditions(set, options.is_conan_1))
        .collect::<Result<_, _>>()?;
    Ok(Conan::Conditions {
        any,
        takes_pre_releases: options.takes_pre_releases,
    })
}

#[derive(Debug, Default)]
struct Options {
    takes_pre_releases: bool,
    /// Whether an option has a value.
    is_conan_1: bool,
}

impl Options {
    fn parse(text: &str) -> Result<Options, &'static str> {
        let mut options = Options::default();
        for option in text
            .split(',')
            .map(str::trim)
            .filter(|option| !option.is_empty())
        {
            let (name, value) = match option.split_once('=') {
                Some((name, value)) => (name.trim(), Some(value.trim())),
                None => (option, None),
            };
            options.is_conan_1 |= value.is_some();
            match name {
                "include_prerelease" => options.takes_pre_releases = value != Some("False"),
                "loose" => {}
                _ => return Err("the options include_prerelease and loose"),
            }
        }
        Ok(options)
    }
}

fn conditions(set: &str, is_conan_1: bool) -> Result<Vec<Comparator>, &'static str> {
    let mut all = Vec::new();
    let mut words = set.split_whitespace().peekable();
    if words.peek().is_none() {
        condition("*", is_conan_1, &mut all)?;
    }
    for word in words {
        condition(word, is_conan_1, &mut all)?;
    }
    Ok(all)
}

fn condition(text: &str, is_conan_1: bool, all: &mut Vec<Comparator>) -> Result<(), &'static str> {
    if text == "*" {
        return bound(Operator::GreaterOrEqual, "0.0.0", all);
    }
    let (version, is_open) = match is_conan_1 {
        true => without_wildcards(text),
        false => (text, false),
    };
    if let Some(version) = version.strip_prefix('~') {
        return between(
            version,
            usize::from(Parts::of(version).main.contains('.')),
            all,
        );
    }
    if let Some(version) = version.strip_prefix('^') {
        let main = Parts::of(version).main;
        let zeros = main.split('.').take_while(|item| *item == "0").count();
        return between(version, zeros.min(main.split('.').count() - 1), all);
    }
    if version.starts_with("==") || version.starts_with('!') {
        return Err(EXPECTED);
    }
    match Operator::split(version) {
        (None, version) if is_open => between(version, version.matches('.').count(), all),
        (operator, version) => bound(operator.unwrap_or(Operator::Equal), version, all),
    }
}

/// `1.2.x` without what stands for any number, and whether there was such.
fn without_wildcards(text: &str) -> (&str, bool) {
    let mut rest = text;
    while let Some(shorter) = ["*", "x", "X"]
        .iter()
        .find_map(|star| rest.strip_suffix(star)?.strip_suffix('.'))
    {
        rest = shorter;
    }
    (rest, rest.len() < text.len())
}

fn bound(operator: Operator, version: &str, all: &mut Vec<Comparator>) -> Result<(), &'static str> {
    if version.is_empty() || version.starts_with(['=', '<', '>', '~', '^']) {
        return Err(EXPECTED);
    }
    let parts = Parts::of(version);
    let opens = matches!(operator, Operator::GreaterOrEqual | Operator::Less);
    let version = match opens && parts.pre.is_none() && parts.build.is_none() {
        true => format!("{version}-"),
        false => version.to_owned(),
    };
    all.push(Comparator::new(Scheme::Conan, operator, &version)?);
    Ok(())
}

/// From `low` to below the version whose item at `index` is one higher.
fn between(low: &str, index: usize, all: &mut Vec<Comparator>) -> Result<(), &'static str> {
    bound(Operator::GreaterOrEqual, low, all)?;
    let mut items: Vec<&str> = Parts::of(low).main.split('.').take(index + 1).collect();
    let last = items.pop().and_then(|last| last.parse::<u64>().ok());
    let last = last
        .ok_or("a number to raise")?
        .saturating_add(1)
        .to_string();
    items.push(&last);
    bound(Operator::Less, &items.join("."), all)
}

impl Rule for Conan {
    fn contains(&self, version: &str) -> Result<bool, &'static str> {
        let (any, takes_pre_releases) = match self {
            Conan::NodeSemver(sets) => return sets.contains(version),
            Conan::Conditions {
                any,
                takes_pre_releases,
            } => (any, *takes_pre_releases),
        };
        let key: Key = Scheme::Conan.key(version).map_err(|error| error.expected)?;
        let taken = takes_pre_releases || Parts::of(version.trim()).pre.is_none();
        let holds = |comparator: &Comparator| {
            let bound = comparator.key.as_bytes();
            comparator.operator.holds(key.as_bytes(), bound)
        };
        Ok(taken && any.iter().any(|all| all.iter().all(holds)))
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme::Conan;
    use crate::scheme::ordered::{check_range, check_refused_ranges};

    #[test]
    fn conditions_hold_together_and_alternatives_apart() {
        check_range(
            Conan,
            "[>1.1 <2.0]",
            &["1.2.3"],
            &["1.1", "2.0", "2.0-rc", "1.2-rc"],
        );
        check_range(
            Conan,
            "[1.2.7 || >=1.2.9 <2.0.0]",
            &["1.2.7", "1.4.6"],
            &["1.2.8", "2.0"],
        );
        check_range(Conan, "*", &["0", "9"], &["1-pre"]);
        check_range(Conan, "[<=1.2]", &["1.2.0", "1.1"], &["1.2.1"]);
    }

    #[test]
    fn tildes_and_carets() {
        check_range(Conan, "[~1.2.3]", &["1.2.3", "1.2.9"], &["1.3"]);
        check_range(Conan, "[~1]", &["1.9"], &["2"]);
        check_range(Conan, "[^1.2]", &["1.9"], &["2", "1.1"]);
        check_range(Conan, "[^0.2.3]", &["0.2.9"], &["0.3"]);
        check_range(Conan, "[^0.0.0]", &["0.0.0"], &["0.0.1"]);
    }

    #[test]
    fn pre_releases_are_taken_on_request() {
        let range = "[>=1.0 <2, include_prerelease]";
        check_range(
            Conan,
            range,
            &["1.0-rc1", "1.5-pre", "1.0"],
            &["2.0-rc1", "2"],
        );
        check_range(
            Conan,
            "[~1.2.3, include_prerelease]",
            &["1.2.3-pre"],
            &["1.3-pre"],
        );
    }

    #[test]
    fn ranges_of_conan_1_are_those_of_node_semver() {
        let range = "[\"1.2.x || 2 - 3\", loose=False, include_prerelease=False]";
        check_range(Conan, range, &["1.2.3", "2.5.0"], &["1.3.3", "1.2.3-pre"]);
        check_range(
            Conan,
            "[\"1.x\", include_prerelease=True]",
            &["1.0.0-beta"],
            &["2.0.0-a"],
        );
    }

    #[test]
    fn what_is_no_range() {
        check_refused_ranges(
            Conan,
            &[
                "[>1",
                ">",
                "~=1.18",
                "==1",
                "^=1",
                "[^a]",
                "[1, unknown]",
                ">=>1",
                "!=1",
            ],
        );
    }
}
