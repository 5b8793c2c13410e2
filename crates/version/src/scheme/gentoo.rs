//! Portage's order: PMS section 3.3, `1.2.3b_rc1_p2-r4`.
//!
//! Surprises: after the first, a number with a leading zero is compared as text without its closing zeros (`1.05` < `1.1`,
//! `1.0` = `1.00`); a version with more numbers is higher (`1.2` < `1.2.0`); a suffix without a number has number zero,
//! but `_p0` sorts above no suffix. What PMS does not allow is refused, as Portage does.

use crate::encode;
use crate::scheme::rpm::split_letters;

const END_OF_NUMBERS: u8 = 1;
const NUMBER_WITH_LEADING_ZERO: u8 = 2;
const NUMBER: u8 = 3;

/// Suffixes and their end, in order.
const SUFFIXES: [(&str, u8); 5] = [("alpha", 1), ("beta", 2), ("pre", 3), ("rc", 4), ("p", 6)];
const END_OF_SUFFIXES: u8 = 5;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let rest = write_numbers(text, out)?;
    let letter = rest.bytes().next().filter(u8::is_ascii_lowercase);
    out.push(letter.unwrap_or(0));
    let rest = write_suffixes(&rest[usize::from(letter.is_some())..], out)?;
    let revision = match rest {
        "" => "",
        _ => rest.strip_prefix("-r").unwrap_or(rest),
    };
    if !rest.is_empty() && !encode::is_number(revision) {
        return Err("a letter, a suffix such as _rc1, or a revision such as -r2");
    }
    encode::number(revision, out);
    Ok(())
}

fn write_numbers<'a>(text: &'a str, out: &mut Vec<u8>) -> Result<&'a str, &'static str> {
    let mut rest = text;
    let mut is_first = true;
    loop {
        let (number, after) = encode::split_digits(rest);
        if number.is_empty() {
            return Err("a number");
        }
        if number.starts_with('0') && !is_first {
            out.push(NUMBER_WITH_LEADING_ZERO);
            encode::text(number.trim_end_matches('0'), out);
        } else {
            out.push(NUMBER);
            encode::number(number, out);
        }
        is_first = false;
        match after.strip_prefix('.') {
            Some(next) => rest = next,
            None => {
                out.push(END_OF_NUMBERS);
                return Ok(after);
            }
        }
    }
}

fn write_suffixes<'a>(text: &'a str, out: &mut Vec<u8>) -> Result<&'a str, &'static str> {
    let mut rest = text;
    while let Some(suffix) = rest.strip_prefix('_') {
        let (word, after) = split_letters(suffix);
        let (_, rank) = SUFFIXES
            .iter()
            .find(|(name, _)| *name == word)
            .ok_or("one of the suffixes alpha, beta, pre, rc, p")?;
        let (number, after) = encode::split_digits(after);
        out.push(*rank);
        encode::number(number, out);
        rest = after;
    }
    out.push(END_OF_SUFFIXES);
    Ok(rest)
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
            "1_alpha",
            "1_alpha1_beta2",
            "1_alpha1",
            "1_beta",
            "1_pre",
            "1_rc1_alpha",
            "1_rc1",
            "1",
            "1-r1",
            "1-r10",
            "1_p",
            "1_p1",
            "1a",
            "1b_p1",
            "1.0",
            "1.01",
            "1.05",
            "1.1",
            "1.2",
            "1.2.0",
            "1.10",
            "2",
        ];
        check_list(Scheme::Gentoo, &ordered);
    }

    #[test]
    fn zeros_that_mean_nothing_are_equal() {
        for (a, b) in [
            ("1.0", "1.00"),
            ("01", "1"),
            ("1_p", "1_p0"),
            ("1-r0", "1"),
            ("1.010", "1.01"),
        ] {
            assert_eq!(
                Scheme::Gentoo.compare(a, b),
                Ok(Ordering::Equal),
                "{a} = {b}"
            );
        }
    }

    #[test]
    fn refuses_what_pms_does_not_allow() {
        for text in ["", "a", "1.", "1_foo", "1-2", "1-r", "1ab", "1-rc1", "1 "] {
            assert!(Scheme::Gentoo.key(text).is_err(), "{text:?}");
        }
    }
}
