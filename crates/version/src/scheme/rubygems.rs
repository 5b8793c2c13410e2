//! Gem::Version.
//!
//! Surprises:
//! - A letter anywhere makes a pre-release: `1.0.a` is before `1.0`, and `1.0-1` reads as `1.0.pre.1`.
//! - Letters and digits that touch are two segments: `1.0.a10` = `1.0.a.10`.
//! - Zeros at the end, and zeros before the first letter, do not count: `1.0.0.a` = `1.a`.
//! - Lockfiles and software lists append the platform of a gem (`1.15.0-x86_64-linux`). It is no part of the version
//!   and is cut off here; Gem::Version itself never sees it.

use crate::encode;

/// A segment of letters: before everything, for a letter is below any number, written or not.
const WORD: u8 = 1;
/// A zero whose next segment that counts is a word.
const ZERO_BEFORE_WORD: u8 = 2;
/// The end: equal to a row of zeros.
const END: u8 = 3;
/// A number; zeros here have a positive number behind them.
const NUMBER: u8 = 4;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = version(text);
    check(text)?;
    let mut zeros = 0_usize;
    let mut words = false;
    for segment in segments(text) {
        match segment {
            Segment::Number(number) if number.bytes().all(|digit| digit == b'0') => zeros += 1,
            Segment::Number(number) => {
                (0..zeros).for_each(|_| out.extend_from_slice(&[NUMBER, 0]));
                zeros = 0;
                out.push(NUMBER);
                encode::number(number, out);
            }
            Segment::Word(word) => {
                if words {
                    (0..zeros).for_each(|_| out.push(ZERO_BEFORE_WORD));
                }
                zeros = 0;
                words = true;
                out.push(WORD);
                encode::text(word, out);
            }
        }
    }
    out.push(END);
    Ok(())
}

/// The version without blanks around it and without a platform behind it.
pub(crate) fn version(text: &str) -> &str {
    const PLATFORMS: [&str; 22] = [
        "x86",
        "x64",
        "x86_64",
        "i386",
        "i486",
        "i586",
        "i686",
        "amd64",
        "aarch64",
        "arm64",
        "arm",
        "powerpc",
        "powerpc64",
        "ppc64le",
        "s390x",
        "riscv64",
        "universal",
        "java",
        "jruby",
        "mingw32",
        "mswin32",
        "dalvik",
    ];
    let text = text.trim();
    text.match_indices('-')
        .find(|(at, _)| {
            let after = text.get(at + 1..).unwrap_or("");
            let word = after.split('-').next().unwrap_or("");
            PLATFORMS.contains(&word) || word.starts_with("armv") || word.starts_with("mswin64")
        })
        .and_then(|(at, _)| text.get(..at))
        .unwrap_or(text)
}

/// The part of a version before its first letter: the release that a pre-release leads to.
pub(crate) fn release(text: &str) -> &str {
    let text = version(text);
    let end = text
        .find(|character: char| character.is_ascii_alphabetic() || character == '-')
        .unwrap_or(text.len());
    text.get(..end).unwrap_or(text).trim_end_matches('.')
}

/// A run of digits or a run of letters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Segment<'a> {
    Number(&'a str),
    Word(&'a str),
}

/// The segments of a version; a hyphen counts as `pre`.
pub(crate) fn segments(text: &str) -> impl Iterator<Item = Segment<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        rest = rest.trim_start_matches('.');
        if let Some(after) = rest.strip_prefix('-') {
            rest = after;
            return Some(Segment::Word("pre"));
        }
        let digits = rest.bytes().next()?.is_ascii_digit();
        let end = rest
            .bytes()
            .position(|byte| !byte.is_ascii_alphanumeric() || byte.is_ascii_digit() != digits)
            .unwrap_or(rest.len());
        let (segment, after) = rest.split_at(end);
        // A byte that is neither would not pass `check`; stop rather than stay in place.
        (end > 0).then(|| {
            rest = after;
            if digits {
                Segment::Number(segment)
            } else {
                Segment::Word(segment)
            }
        })
    })
}

/// Whether the text has the form that Gem::Version takes. An empty text does: it is version 0.
fn check(text: &str) -> Result<(), &'static str> {
    const EXPECTED: &str = "numbers and words between dots, a number first";
    let (dotted, hyphenated) = match text.split_once('-') {
        Some((dotted, hyphenated)) => (dotted, Some(hyphenated)),
        None => (text, None),
    };
    let first = dotted.split('.').next().unwrap_or("");
    let alphanumeric = |byte: u8| byte.is_ascii_alphanumeric();
    let dots = dotted
        .split('.')
        .all(|part| !part.is_empty() && part.bytes().all(alphanumeric));
    // The pattern wants digits and then a dot, but the first part may run on into letters: `1a` is in use.
    let starts = first
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_digit());
    let hyphens = hyphenated.is_none_or(|part| {
        part.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| alphanumeric(byte) || byte == b'-')
        })
    });
    match text.is_empty() || (dots && starts && hyphens) {
        true => Ok(()),
        false => Err(EXPECTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::RubyGems,
            &[
                &["0.a", "0.0.a"],
                &["0", "", "0.0"],
                &["0.9"],
                &["1.A"],
                &["1.a", "1.0.a", "1.0.0.a.0"],
                &["1.0.a.2"],
                &["1.0.a9", "1.0.a.9"],
                &["1.0.a10"],
                &["1.0.b1"],
                &["1.0-1", "1.0.pre.1"],
                &["1.0.rc1.0.b"],
                &["1.0.rc1"],
                &["1.0.rc1.0.1"],
                &["1", "1.0", "1.0.0", "1.0.0-x86_64-linux", "1-java"],
                &["1.0.0.1"],
                &["1.2"],
                &["1.10"],
                &["3"],
            ],
        );
    }

    #[test]
    fn platforms_are_no_part_of_the_version() {
        assert_eq!(version("1.2.0-alpha-1-arm-linux-musl"), "1.2.0-alpha-1");
        assert_eq!(version("1.2.0-x64-mingw-ucrt"), "1.2.0");
        assert_eq!(version("1.2.0-armageddon"), "1.2.0-armageddon");
    }

    #[test]
    fn what_is_no_version() {
        ordered::check_refused(
            Scheme::RubyGems,
            &["junk", "1.", "1..2", "v1", "1.0+1", "1.2 3", "1-", "~> 1"],
        );
    }
}
