//! Gradle's order, which is also Ivy's.
//!
//! Dots, hyphens, underscores and plus signs separate parts, and so does a step between digits and letters; which of
//! them it is does not count (`1a1` = `1-a+1`).
//!
//! Surprises: a number is above any word, so `1.1.a` is before `1.1`, which is before `1.1.0`. Words order by their
//! bytes (`B` before `a`) between `dev` and `rc` < `snapshot` < `final` < `ga` < `release` < `sp`, which ignore case.

use crate::encode;

const DEV: u8 = 1;
const WORD: u8 = 2;
/// The words above all others, lowest first; they take the bytes from 3.
const HIGH_WORDS: [&str; 6] = ["rc", "snapshot", "final", "ga", "release", "sp"];
const END: u8 = 9;
const NUMBER: u8 = 10;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = text.trim();
    if text.is_empty() || text.contains(char::is_whitespace) {
        return Err("a version without blanks");
    }
    for part in text.split(['.', '-', '_', '+']) {
        write_part(part, out);
    }
    out.push(END);
    Ok(())
}

fn write_part(part: &str, out: &mut Vec<u8>) {
    let mut rest = part;
    loop {
        let (number, after) = encode::split_digits(rest);
        if !number.is_empty() {
            out.push(NUMBER);
            encode::number(number, out);
        }
        let end = after
            .bytes()
            .position(|byte| byte.is_ascii_digit())
            .unwrap_or(after.len());
        let (word, next) = after.split_at(end);
        if !word.is_empty() || part.is_empty() {
            write_word(word, out);
        }
        rest = next;
        if rest.is_empty() {
            break;
        }
    }
}

fn write_word(word: &str, out: &mut Vec<u8>) {
    let high = HIGH_WORDS
        .iter()
        .zip(WORD + 1..)
        .find(|(high, _)| word.eq_ignore_ascii_case(high));
    match high {
        Some((_, byte)) => out.push(byte),
        None if word.eq_ignore_ascii_case("dev") => out.push(DEV),
        None => {
            out.push(WORD);
            encode::text(word, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::Gradle,
            &[
                &["rc"],
                &["1.dev"],
                &["1.B"],
                &["1.a"],
                &["1.alpha"],
                &["1.rc", "1-RC"],
                &["1.snapshot"],
                &["1.final"],
                &["1.ga"],
                &["1.release"],
                &["1.sp"],
                &["1"],
                &["1.0-dev"],
                &["1.0a1", "1.0-a-1", "1_0+a_1"],
                &["1.0-SNAPSHOT"],
                &["1.0"],
                &["1.0.0"],
                &["1.0.20150201-123"],
                &["1.2"],
                &["1.10"],
            ],
        );
    }

    #[test]
    fn blanks_are_refused() {
        ordered::check_refused(Scheme::Gradle, &["", " ", "1.2 s"]);
    }
}
