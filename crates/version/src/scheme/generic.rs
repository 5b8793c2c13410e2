//! The stated rule for software whose own rule nobody wrote down (Linux kernels, CPE products, GitHub tags).
//!
//! A version is read as numbers and words in turn; everything else separates. Case and a `v` in front do not count. At
//! each place, lowest first:
//!
//! 1. `~`;
//! 2. words for what comes before a release: `dev`, `snapshot`, `nightly` < `alpha` < `beta` < `milestone` < `pre`,
//!    `preview` < `rc`, `cr`;
//! 3. the end;
//! 4. any other word, by its letters (`1.0.2` < `1.0.2k`, `4.2.8` < `4.2.8p9`);
//! 5. numbers, by value.
//!
//! Zeros that close a run of numbers do not count (`2` = `2.0`, `1.0-rc1` = `1-rc1`): publishers leave them out. A text
//! without letters and digits is refused.

use crate::encode;
use crate::scheme::rpm::split_letters;

const TILDE: u8 = 1;
const EARLY: u8 = 2;
const END: u8 = 3;
const WORD: u8 = 4;
const NUMBER: u8 = 5;

/// Words for what comes before a release, with their rank.
const EARLY_WORDS: [(&str, u8); 10] = [
    ("dev", 1),
    ("snapshot", 1),
    ("nightly", 1),
    ("alpha", 2),
    ("beta", 3),
    ("milestone", 4),
    ("pre", 5),
    ("preview", 5),
    ("rc", 6),
    ("cr", 6),
];

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut rest = without_v(text.trim());
    if !rest.contains(|sign: char| sign.is_alphanumeric()) {
        return Err("a letter or a digit");
    }
    // Where the key ends if only zeros follow in this run of numbers.
    let mut end = out.len();
    while let Some(first) = rest.chars().next() {
        if first.is_ascii_digit() {
            let (number, after) = encode::split_digits(rest);
            out.push(NUMBER);
            encode::number(number, out);
            if number.bytes().any(|digit| digit != b'0') {
                end = out.len();
            }
            rest = after;
            continue;
        }
        if first == '~' {
            out.truncate(end);
            out.push(TILDE);
            end = out.len();
        } else if first.is_alphabetic() {
            let (word, after) = split_word(rest);
            out.truncate(end);
            write_word(word, out);
            end = out.len();
            rest = after;
            continue;
        }
        rest = &rest[first.len_utf8()..];
    }
    out.truncate(end);
    out.push(END);
    Ok(())
}

/// Leaves out a `v` before a digit.
fn without_v(text: &str) -> &str {
    match text.strip_prefix(['v', 'V']) {
        Some(rest) if rest.starts_with(|sign: char| sign.is_ascii_digit()) => rest,
        _ => text,
    }
}

/// A run of ASCII letters, or of other letters.
fn split_word(text: &str) -> (&str, &str) {
    match split_letters(text) {
        ("", _) => {
            let is_other_letter = |sign: char| sign.is_alphabetic() && !sign.is_ascii();
            let end = text
                .find(|sign| !is_other_letter(sign))
                .unwrap_or(text.len());
            text.split_at(end)
        }
        split => split,
    }
}

fn write_word(word: &str, out: &mut Vec<u8>) {
    let early = EARLY_WORDS
        .iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name));
    match early {
        Some((_, rank)) => out.extend_from_slice(&[EARLY, *rank]),
        None => {
            out.push(WORD);
            encode::text_ignoring_case(word, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use crate::Scheme;
    use crate::scheme::ordered::check_list;

    #[test]
    fn sorts_as_listed() {
        let ordered = [
            "0.9",
            "1.0~rc1",
            "1.0-dev",
            "1.0-alpha1",
            "1.0-alpha2",
            "1.0-beta",
            "1.0-rc1",
            "1.0",
            "1.0a",
            "1.0-p1",
            "1.0.0.1",
            "1.0.2",
            "1.0.2k",
            "1.0.2l",
            "1.1",
            "1.10",
            "6.1-rc7",
            "6.1",
            "2024-01-31",
            "2024-02-01",
        ];
        check_list(Scheme::Generic, &ordered);
    }

    #[test]
    fn closing_zeros_case_and_signs_do_not_count() {
        for (a, b) in [
            ("2", "2.0.0"),
            ("v1.2", "V1_2"),
            ("1.0-RC1", "1rc1"),
            ("1.0.0-p0", "1-p"),
        ] {
            assert_eq!(
                Scheme::Generic.compare(a, b),
                Ok(Ordering::Equal),
                "{a} = {b}"
            );
        }
        assert!(Scheme::Generic.key("-").is_err());
    }
}
