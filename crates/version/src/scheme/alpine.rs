//! apk-tools' order: `1.2.3b_rc1_p2~hash-r4`.
//!
//! Surprises: after the first, a number with a leading zero is compared as text (`1.05` < `1.1`); suffixes `_alpha _beta
//! _pre _rc` sort before the end and `_cvs _svn _git _hg _p` after it, and may be repeated; the next part decides by its
//! kind, so that `1.0` < `1.0-r0` < `1.0_p1` < `1.0a` < `1.0.0`.
//!
//! apk compares invalid versions too, and the 2.x and 3.x lines differ there. We refuse none: up to the first sign that
//! apk 3 does not understand the version counts as it stands; the rest sorts below a version that ends there, as
//! in apk 3. Two such rests are compared sign by sign with whole numbers, save that what begins with `-` is not compared
//! (both lines of apk find `1-r0-1` and `1-r0-2` equal).

use crate::encode;
use crate::scheme::rpm::split_letters;

/// What may come next, lowest first: apk's token order turned round, with the early suffixes below everything.
mod tag {
    pub const EARLY_SUFFIX: u8 = 1;
    pub const INVALID: u8 = 2;
    pub const END: u8 = 3;
    pub const REVISION: u8 = 4;
    pub const HASH: u8 = 5;
    pub const SUFFIX_NUMBER: u8 = 6;
    pub const LATE_SUFFIX: u8 = 7;
    pub const LETTER: u8 = 8;
    pub const NUMBER_WITH_LEADING_ZERO: u8 = 9;
    pub const NUMBER: u8 = 10;
}

const EARLY_SUFFIXES: [&str; 4] = ["alpha", "beta", "pre", "rc"];
const LATE_SUFFIXES: [&str; 5] = ["cvs", "svn", "git", "hg", "p"];

/// How far the version has come; later kinds never come before earlier ones.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stage {
    Numbers,
    Letter,
    Suffix,
    SuffixNumber,
    Hash,
    Revision,
}

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("a version that is not empty");
    }
    let (first, mut rest) = encode::split_digits(text);
    if first.is_empty() {
        write_invalid(text, out);
        return Ok(());
    }
    out.push(tag::NUMBER);
    encode::number(first, out);
    let mut stage = Stage::Numbers;
    while !rest.is_empty() {
        match write_part(stage, rest, out) {
            Some((next, after)) => (stage, rest) = (next, after),
            None => {
                write_invalid(rest, out);
                return Ok(());
            }
        }
    }
    out.push(tag::END);
    Ok(())
}

/// Writes the part at the beginning of `rest` and returns what follows it, or nothing where no part may begin so.
fn write_part<'a>(stage: Stage, rest: &'a str, out: &mut Vec<u8>) -> Option<(Stage, &'a str)> {
    let sign = rest.bytes().next()?;
    let body = rest.get(1..)?;
    match sign {
        b'.' if stage == Stage::Numbers => {
            let (number, after) = digits(body)?;
            write_number(number, out);
            Some((Stage::Numbers, after))
        }
        b'a'..=b'z' if stage == Stage::Numbers => {
            out.extend_from_slice(&[tag::LETTER, sign]);
            Some((Stage::Letter, body))
        }
        b'_' if stage <= Stage::SuffixNumber => {
            let (word, after) = split_letters(body);
            write_suffix(word, out)?;
            Some((Stage::Suffix, after))
        }
        b'0'..=b'9' if stage == Stage::Suffix => {
            let (number, after) = encode::split_digits(rest);
            out.push(tag::SUFFIX_NUMBER);
            encode::number(number, out);
            Some((Stage::SuffixNumber, after))
        }
        b'~' if stage < Stage::Hash => {
            let end = body
                .bytes()
                .position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            let (hash, after) = body.split_at(end.unwrap_or(body.len()));
            if hash.is_empty() {
                return None;
            }
            out.push(tag::HASH);
            encode::text(hash, out);
            Some((Stage::Hash, after))
        }
        b'-' if stage < Stage::Revision => {
            let (number, after) = digits(body.strip_prefix('r')?)?;
            out.push(tag::REVISION);
            encode::number(number, out);
            Some((Stage::Revision, after))
        }
        _ => None,
    }
}

/// One or more digits, and what follows.
fn digits(text: &str) -> Option<(&str, &str)> {
    let (number, after) = encode::split_digits(text);
    (!number.is_empty()).then_some((number, after))
}

fn write_number(number: &str, out: &mut Vec<u8>) {
    match number.starts_with('0') {
        true => {
            out.push(tag::NUMBER_WITH_LEADING_ZERO);
            encode::text(number, out);
        }
        false => {
            out.push(tag::NUMBER);
            encode::number(number, out);
        }
    }
}

fn write_suffix(word: &str, out: &mut Vec<u8>) -> Option<()> {
    let rank = |suffixes: &[&str]| {
        let at = suffixes.iter().position(|suffix| *suffix == word)?;
        u8::try_from(at).ok()
    };
    match rank(&EARLY_SUFFIXES) {
        Some(rank) => out.extend_from_slice(&[tag::EARLY_SUFFIX, rank]),
        None => out.extend_from_slice(&[tag::LATE_SUFFIX, rank(&LATE_SUFFIXES)?]),
    }
    Some(())
}

/// Writes what apk does not understand.
fn write_invalid(text: &str, out: &mut Vec<u8>) {
    out.push(tag::INVALID);
    encode::text_with_numbers(if text.starts_with('-') { "" } else { text }, out);
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use crate::Scheme;
    use crate::scheme::ordered::check_list;

    #[test]
    fn sorts_as_listed() {
        let ordered = [
            "c",
            "0.9",
            "1_alpha_pre2",
            "1_alpha",
            "1_alpha1",
            "1_beta",
            "1_pre20240101",
            "1_rc1",
            "1_blah",
            "1",
            "1-r0",
            "1-r1",
            "1-r10",
            "1_git20240101",
            "1_p1",
            "1_p10",
            "1a",
            "1b",
            "1.0",
            "1.00",
            "1.05",
            "1.1",
            "1.1.0",
            "1.10",
        ];
        check_list(Scheme::Alpine, &ordered);
    }

    #[test]
    fn what_apk_does_not_understand_sorts_below_the_end() {
        let compare = |a, b| Scheme::Alpine.compare(a, b).unwrap();
        assert_eq!(compare("1~", "1"), Ordering::Less);
        assert_eq!(compare("1.0-r0-1", "1.0-r0-2"), Ordering::Equal);
        assert_eq!(compare("1..9", "1..10"), Ordering::Less);
        assert_eq!(compare("1.2A", "1.2"), Ordering::Less);
    }
}
