//! rpm's order: `[epoch:]version[-release]`, each part by rpmvercmp.
//!
//! Surprises: signs only separate (`1.0` = `1_0`), save `~`, which sorts before the end, and `^`, which sorts between the
//! end and everything else; letters sort below numbers; what is not ASCII separates too. Text before a colon that is no
//! number is not an epoch. In a key, a missing epoch is zero and a missing release sorts below every release; rpm's
//! dependencies do not count a release that one side lacks, see [`Gaps`](crate::Gaps).

use crate::encode;

const TILDE: u8 = 1;
const END: u8 = 2;
const CARET: u8 = 3;
const LETTERS: u8 = 4;
const NUMBER: u8 = 5;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("a version that is not empty");
    }
    let (epoch, version, release) = split(text);
    encode::number(epoch, out);
    write_part(version, out);
    match release {
        None => out.push(0),
        Some(release) => {
            out.push(1);
            write_part(release, out);
        }
    }
    Ok(())
}

/// Epoch (empty for none), version, release.
pub(super) fn split(text: &str) -> (&str, &str, Option<&str>) {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, rest)) if epoch.bytes().all(|byte| byte.is_ascii_digit()) => (epoch, rest),
        _ => ("", text),
    };
    match rest.rsplit_once('-') {
        Some((version, release)) => (epoch, version, Some(release)),
        None => (epoch, rest, None),
    }
}

fn write_part(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        match first {
            b'~' | b'^' => {
                out.push(if first == b'~' { TILDE } else { CARET });
                rest = &rest[1..];
            }
            b'0'..=b'9' => {
                let (number, after) = encode::split_digits(rest);
                out.push(NUMBER);
                encode::number(number, out);
                rest = after;
            }
            _ if first.is_ascii_alphabetic() => {
                let (letters, after) = split_letters(rest);
                out.push(LETTERS);
                encode::text(letters, out);
                rest = after;
            }
            _ => rest = rest.trim_start_matches(is_separator),
        }
    }
    out.push(END);
}

fn is_separator(sign: char) -> bool {
    !sign.is_ascii_alphanumeric() && sign != '~' && sign != '^'
}

/// Splits `text` after its leading ASCII letters.
pub(super) fn split_letters(text: &str) -> (&str, &str) {
    let end = text.bytes().position(|byte| !byte.is_ascii_alphabetic());
    text.split_at(end.unwrap_or(text.len()))
}

#[cfg(test)]
mod tests;
