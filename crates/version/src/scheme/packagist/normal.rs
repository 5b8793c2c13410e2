//! The normal form of a version, as Composer's VersionParser has it, written as a key at once.

use super::{Part, write_number};
use crate::encode::split_digits;

/// The number that stands for `x` in `1.x-dev`.
const ANY: &str = "9999999";

/// The version without alias (`dev-main as 1.0`), stability flag and commit.
pub(super) fn without_decoration(text: &str) -> &str {
    let text = text.trim();
    let text = text
        .split_once(" as ")
        .map_or(text, |(version, _)| version.trim());
    let text = match text.rsplit_once('@') {
        Some((version, flag)) if is_stability(flag) => version,
        _ => text,
    };
    match text.split_once('#') {
        Some((version, _)) if branch(version).is_some() || ends_in_dev(version).is_some() => {
            version
        }
        _ => text,
    }
}

fn is_stability(flag: &str) -> bool {
    ["stable", "RC", "beta", "alpha", "dev"]
        .iter()
        .any(|name| flag.eq_ignore_ascii_case(name))
}

/// The name of the branch that `text` means; `None` for a version.
pub(super) fn branch(text: &str) -> Option<&str> {
    match text {
        "master" | "trunk" | "default" => Some(text),
        _ => strip_ignoring_case(text, "dev-"),
    }
}

/// Whether Composer itself takes the version.
pub(crate) fn is_normal(text: &str) -> bool {
    let text = without_decoration(text);
    branch(text).is_some() || write(text, &mut Vec::new())
}

/// Whether a version names no stability and no `dev` at its end.
pub(crate) fn is_stable(text: &str) -> bool {
    Bound::read(text).is_some_and(|bound| !bound.has_stability)
}

/// The stability flag of a constraint, and what stands before it; alone it stands for `*`.
pub(crate) fn split_stability(text: &str) -> (&str, Option<&str>) {
    match text.rsplit_once('@') {
        Some((version, flag)) if is_stability(flag) => {
            let version = if version.is_empty() { "*" } else { version };
            (
                version,
                (!flag.eq_ignore_ascii_case("stable")).then_some(flag),
            )
        }
        _ => (text, None),
    }
}

/// A version in a constraint, in pieces.
pub(crate) struct Bound<'a> {
    /// One to four numbers, as many as are written.
    pub(crate) numbers: Vec<&'a str>,
    /// Whether a stability or `dev` follows.
    pub(crate) has_stability: bool,
    /// Whether `.x-dev` follows.
    pub(crate) is_branch: bool,
}

impl<'a> Bound<'a> {
    /// Reads the whole of `text`; `None` where it is no version with numbers in front.
    pub(crate) fn read(text: &'a str) -> Option<Bound<'a>> {
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let text = text.split_once('+').map_or(text, |(version, _)| version);
        let (first, mut rest) = split_digits(text);
        let mut numbers = vec![first];
        while let (true, Some(after)) = (numbers.len() < 4, rest.strip_prefix('.')) {
            let (number, next) = split_digits(after);
            if number.is_empty() {
                break;
            }
            numbers.push(number);
            rest = next;
        }
        let branch = rest
            .strip_prefix('.')
            .and_then(|rest| rest.strip_prefix(['x', 'X', '*']));
        let is_branch = branch.and_then(ends_in_dev).is_some_and(str::is_empty);
        let has_stability = match is_branch {
            true => true,
            false => Modifier::parse(rest)?.is_named,
        };
        (!first.is_empty()).then_some(Bound {
            numbers,
            has_stability,
            is_branch,
        })
    }
}

/// Writes the normal form; `false` when there is none, and `out` then has a useless beginning.
pub(super) fn write(text: &str, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    let plain = match text.split_once('+') {
        Some((version, metadata)) if !version.is_empty() && !metadata.is_empty() => version,
        _ => text,
    };
    let unprefixed = plain.strip_prefix(['v', 'V']).unwrap_or(plain);
    for way in [classical, date, numeric_branch] {
        out.truncate(start);
        if way(unprefixed, out).is_some() {
            return true;
        }
    }
    false
}

/// `1.2.3.4`, missing numbers are 0. A first number of more than five digits is no version but a date.
fn classical(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let (first, mut rest) = split_digits(text);
    if first.is_empty() || first.len() > 5 {
        return None;
    }
    write_number(first, out);
    for _ in 1..4 {
        let (number, after) = split_digits(rest.strip_prefix('.').unwrap_or(""));
        write_number(number, out);
        if !number.is_empty() {
            rest = after;
        }
    }
    Modifier::parse(rest)?.write(out);
    Some(())
}

/// `2010-01-02`, `20100102.1`: four digits, one to six times two digits, perhaps one to three more.
fn date(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut ends = Vec::with_capacity(6);
    let mut end = pair(text, pair(text, 0, false)?, false)?;
    while let (Some(next), true) = (pair(text, end, true), ends.len() < 6) {
        ends.push(next);
        end = next;
    }
    for end in ends.into_iter().rev() {
        for tail in [3, 2, 1, 0] {
            let Some((date, rest)) =
                tail_end(text, end, tail).and_then(|at| text.split_at_checked(at))
            else {
                continue;
            };
            if let Some(modifier) = Modifier::parse(rest) {
                date.split(['.', ':', '-'])
                    .for_each(|number| write_number(number, out));
                modifier.write(out);
                return Some(());
            }
        }
    }
    None
}

/// Where two digits end that begin at `at`, or behind a separator there.
fn pair(text: &str, at: usize, separator: bool) -> Option<usize> {
    let rest = text.get(at..)?;
    let digits = match separator {
        true => rest.strip_prefix(['.', ':', '-']).unwrap_or(rest),
        false => rest,
    };
    let found = split_digits(digits).0.len() >= 2;
    found.then(|| at + rest.len() - digits.len() + 2)
}

/// Where a last number of `length` digits ends.
fn tail_end(text: &str, at: usize, length: usize) -> Option<usize> {
    if length == 0 {
        return Some(at);
    }
    let rest = text.get(at..)?;
    let digits = rest.strip_prefix(['.', ':', '-']).unwrap_or(rest);
    let found = split_digits(digits).0.len() >= length;
    found.then(|| at + rest.len() - digits.len() + length)
}

/// `1.x-dev`, `2.0.*-dev`: a branch whose name is a version.
fn numeric_branch(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let name = ends_in_dev(text)?;
    let (first, mut rest) = split_digits(name);
    if first.is_empty() {
        return None;
    }
    write_number(first, out);
    for _ in 1..4 {
        let Some(after) = rest.strip_prefix('.') else {
            write_number(ANY, out);
            continue;
        };
        let (number, next) = split_digits(after);
        if number.is_empty() {
            rest = after.strip_prefix(['x', 'X', '*'])?;
            write_number(ANY, out);
        } else {
            rest = next;
            write_number(number, out);
        }
    }
    out.push(Part::Dev as u8);
    rest.is_empty().then_some(())
}

/// What stands before a `dev` at the end and its separator.
fn ends_in_dev(text: &str) -> Option<&str> {
    let (name, end) = text.split_at_checked(text.len().checked_sub(3)?)?;
    end.eq_ignore_ascii_case("dev")
        .then(|| name.strip_suffix(['.', '-']).unwrap_or(name))
}

/// What may stand behind the numbers: a stability, its numbers, and `dev`.
struct Modifier<'a> {
    stability: Option<Part>,
    numbers: &'a str,
    dev: bool,
    /// Whether anything is written, `stable` too.
    is_named: bool,
}

impl<'a> Modifier<'a> {
    /// Reads the whole of `text`.
    fn parse(text: &'a str) -> Option<Modifier<'a>> {
        Modifier::behind_separator(text.strip_prefix(['.', '_', '-']).unwrap_or(text))
            .or_else(|| Modifier::behind_separator(text))
    }

    fn behind_separator(text: &'a str) -> Option<Modifier<'a>> {
        const STABILITIES: [(&str, Option<Part>); 9] = [
            ("stable", None),
            ("beta", Some(Part::Beta)),
            ("b", Some(Part::Beta)),
            ("RC", Some(Part::Candidate)),
            ("alpha", Some(Part::Alpha)),
            ("a", Some(Part::Alpha)),
            ("patch", Some(Part::Patch)),
            ("pl", Some(Part::Patch)),
            ("p", Some(Part::Patch)),
        ];
        let found = STABILITIES
            .iter()
            .find_map(|(name, part)| Some((*part, strip_ignoring_case(text, name)?)));
        let (stability, rest) = found.unwrap_or((None, text));
        let numbers = match found {
            Some(_) => rest.len() - after_numbers(rest).len(),
            None => 0,
        };
        let (numbers, rest) = rest.split_at_checked(numbers)?;
        let dev = match rest {
            "" => false,
            _ => ends_in_dev(rest)?.is_empty(),
        };
        (dev || rest.is_empty()).then_some(Modifier {
            stability,
            numbers,
            dev,
            is_named: dev || found.is_some(),
        })
    }

    fn write(&self, out: &mut Vec<u8>) {
        if let Some(part) = self.stability {
            out.push(part as u8);
            self.numbers
                .split(['.', '-'])
                .filter(|number| !number.is_empty())
                .for_each(|number| write_number(number, out));
        }
        if self.dev {
            out.push(Part::Dev as u8);
        }
    }
}

/// What follows numbers that each may have a separator in front.
fn after_numbers(text: &str) -> &str {
    let mut rest = text;
    loop {
        let (number, after) = split_digits(rest.strip_prefix(['.', '-']).unwrap_or(rest));
        if number.is_empty() {
            return rest;
        }
        rest = after;
    }
}

fn strip_ignoring_case<'a>(text: &'a str, start: &str) -> Option<&'a str> {
    let (found, rest) = text.split_at_checked(start.len())?;
    found.eq_ignore_ascii_case(start).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stability_is_at_the_end() {
        for text in ["1.0", "1.0+rc", "v1.2.3.4"] {
            assert!(is_stable(text), "{text}");
        }
        for text in [
            "1.0-rc1",
            "dev-main",
            "1.0.x-dev",
            "1.0a",
            "1.0-beta.2+x",
            "1.0-p1-dev",
        ] {
            assert!(!is_stable(text), "{text}");
        }
    }
}
