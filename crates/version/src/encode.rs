//! Order-preserving byte forms of the parts that versions are made of: `memcmp` of the bytes is the order of the parts.
//!
//! Each form is prefix-free (no encoding is the beginning of another), so parts can be written one after the other.

/// The longest version text that any scheme reads, in bytes; real ones stay under 200.
pub(crate) const LONGEST: usize = 4096;

/// Writes a run of ASCII digits of any length as a number: leading zeros do not count.
///
/// Form: how many significant digits there are (see [`length`]), then the digits. Zero has none.
pub(crate) fn number(digits: &str, out: &mut Vec<u8>) {
    let zeros = digits.bytes().take_while(|digit| *digit == b'0').count();
    let (_, significant) = digits.as_bytes().split_at(zeros);
    length(significant.len(), out);
    out.extend_from_slice(significant);
}

/// Writes text by byte order; a text sorts before any longer text that begins with it.
///
/// Form: the bytes, then 0. A zero byte inside is written as `1 1`, a one as `1 2`, so that the end stays lowest.
pub(crate) fn text(text: &str, out: &mut Vec<u8>) {
    if text.bytes().all(|byte| byte > 1) {
        out.extend_from_slice(text.as_bytes());
    } else {
        text.bytes().for_each(|byte| byte_of_text(byte, out));
    }
    out.push(0);
}

/// Writes text as [`text`] does, with ASCII letters in lower case.
pub(crate) fn text_ignoring_case(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        byte_of_text(byte.to_ascii_lowercase(), out);
    }
    out.push(0);
}

/// Writes text as [`text`] does, with each run of digits as one number in the place of the digit `0`.
pub(crate) fn text_with_numbers(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while !rest.is_empty() {
        let digits = rest.bytes().position(|byte| byte.is_ascii_digit());
        let (signs, number) = rest.split_at(digits.unwrap_or(rest.len()));
        signs.bytes().for_each(|byte| byte_of_text(byte, out));
        let (digits, after) = split_digits(number);
        if !digits.is_empty() {
            out.push(b'0');
            self::number(digits, out);
        }
        rest = after;
    }
    out.push(0);
}

fn byte_of_text(byte: u8, out: &mut Vec<u8>) {
    match byte {
        0 | 1 => out.extend_from_slice(&[1, byte + 1]),
        _ => out.push(byte),
    }
}

/// Writes a length: one byte below 255, else 255 and four bytes, most significant first.
pub(crate) fn length(length: usize, out: &mut Vec<u8>) {
    match u8::try_from(length) {
        Ok(short) if short < u8::MAX => out.push(short),
        _ => {
            out.push(u8::MAX);
            let long = u32::try_from(length).unwrap_or(u32::MAX);
            out.extend_from_slice(&long.to_be_bytes());
        }
    }
}

/// Splits `text` after its leading ASCII digits.
pub(crate) fn split_digits(text: &str) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(text.len());
    text.split_at(end)
}

/// Whether `text` is one or more ASCII digits.
pub(crate) fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(write: fn(&str, &mut Vec<u8>), value: &str) -> Vec<u8> {
        let mut out = Vec::new();
        write(value, &mut out);
        out
    }

    #[test]
    fn numbers_of_any_length_sort_by_value() {
        let long = "9".repeat(300);
        let longer = format!("1{}", "0".repeat(300));
        let ordered = ["0", "1", "9", "10", "18446744073709551616", &long, &longer];
        for pair in ordered.windows(2) {
            assert!(form(number, pair[0]) < form(number, pair[1]), "{pair:?}");
        }
        assert_eq!(form(number, "007"), form(number, "7"));
    }

    #[test]
    fn a_text_sorts_before_its_continuations_whatever_the_bytes() {
        let ordered = [
            "", "\0", "\0\0", "\u{1}", "\u{2}", "a", "a\0", "a\u{1}", "ab", "b",
        ];
        for pair in ordered.windows(2) {
            assert!(form(text, pair[0]) < form(text, pair[1]), "{pair:?}");
        }
    }
}
