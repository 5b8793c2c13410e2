//! Conan 2: not SemVer, but any number of items between dots, then a pre-release behind `-` and a build behind `+`.
//!
//! Surprises: zeros at the end do not count (`1.0` = `1`, also in pre-release and build), a build raises the version
//! (`1.0+1` > `1.0`), and `1.0-`, which ranges use, is below
//! the pre-releases of `1.0`, save for `1.0-0`.
//!
//! Where this order departs from Conan's: Conan compares a number with a word as texts, so `2` < `9e`, `9e` < `10` by
//! numbers in front, but also `10` < `9e` by text: that is no order, and no key can follow it. Here a word that begins
//! with digits stands behind that number: `1.0.2` < `1.0.2n` < `1.0.3` < `1.0.10`. Versions whose items are all
//! numbers, or all words without leading digits, order as Conan has them.

use crate::encode;
use crate::encode::split_digits;

/// More items follow; the end, 0, is lower.
const ITEM: u8 = 1;
/// Kinds of items.
const LOW_WORD: u8 = 1;
const NUMBER: u8 = 2;
const WORD: u8 = 3;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err("a version without blanks");
    }
    let parts = Parts::of(text);
    write_items(parts.main, out);
    match parts.pre {
        Some(pre) => {
            out.push(0);
            write_items(pre, out);
        }
        None => out.push(1),
    }
    match parts.build {
        Some(build) => {
            out.push(1);
            write_items(build, out);
        }
        None => out.push(0),
    }
    Ok(())
}

/// The three parts of a version.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Parts<'a> {
    pub(crate) main: &'a str,
    pub(crate) pre: Option<&'a str>,
    pub(crate) build: Option<&'a str>,
}

impl<'a> Parts<'a> {
    /// Cuts at the last `+` and then at the first `-`.
    pub(crate) fn of(text: &'a str) -> Parts<'a> {
        let (text, build) = match text.rsplit_once('+') {
            Some((text, build)) => (text, Some(build)),
            None => (text, None),
        };
        match text.split_once('-') {
            Some((main, pre)) => Parts {
                main,
                pre: Some(pre),
                build,
            },
            None => Parts {
                main: text,
                pre: None,
                build,
            },
        }
    }
}

fn write_items(items: &str, out: &mut Vec<u8>) {
    let mut ended = out.len();
    for item in items.split('.') {
        out.push(ITEM);
        let (number, word) = split_digits(item);
        match number.is_empty() {
            // The empty item of `1.0-`, and signs below the digits.
            true if word.bytes().next().is_none_or(|byte| byte < b'0') => out.push(LOW_WORD),
            true => out.push(WORD),
            false => {
                out.push(NUMBER);
                encode::number(number, out);
            }
        }
        encode::text(word, out);
        if number.is_empty() || !word.is_empty() || number.bytes().any(|digit| digit != b'0') {
            ended = out.len();
        }
    }
    out.truncate(ended);
    out.push(0);
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::Conan,
            &[
                &["1.0-0", "1.0-0.0"],
                &["1.0-", "1-"],
                &["1.0-2"],
                &["1.0-10"],
                &["1.0-alpha"],
                &["1.0-alpha.1+5"],
                &["1.0-beta"],
                &["1.0-beta-2"],
                &["1.0", "1", "1.0.0.0"],
                &["1.0+1", "1+1.0"],
                &["1.0+2"],
                &["1.0+b"],
                &["1.0.2"],
                &["1.0.2n"],
                &["1.0.3"],
                &["1.0.10"],
                &["1.1.1.1"],
                &["1.a"],
                &["2.0"],
                &["cci.20240101"],
            ],
        );
    }

    #[test]
    fn blanks_are_refused() {
        ordered::check_refused(Scheme::Conan, &["", "1.0 2"]);
    }
}
