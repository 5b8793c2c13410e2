//! The order of versions that are not of PEP 440, as setuptools had it (and `packaging` up to version 21).
//!
//! The text falls into words, numbers, dots, hyphens and the rest. Numbers compare as text of eight or more digits,
//! words have a `*` in front so that they are below numbers, `final` stands at the end of each version and for each
//! hyphen, and a few words have stand-ins that sort where their meaning wants them.

use crate::encode;

/// The stand-in of a hyphen, and of the end.
const FINAL: &str = "final";

/// A part that a following pre-release word removes, as it is written in the key.
const HYPHEN: &[u8] = b"*final-\0";
/// A part that a following word or the end removes, as it is written in the key.
const ZERO: &[u8] = b"00000000\0";

/// Appends the key: the parts by byte order, and 0.
pub(super) fn write_key(text: &str, out: &mut Vec<u8>) {
    let start = out.len();
    let mut rest = text;
    while let Some(first) = rest.bytes().next() {
        let class = Class::of(first);
        let end = match class {
            Class::Dot | Class::Hyphen => 1,
            _ => rest
                .bytes()
                .position(|byte| Class::of(byte) != class)
                .unwrap_or(rest.len()),
        };
        let (token, after) = rest.split_at(end);
        match class {
            Class::Dot => {}
            Class::Number => {
                (token.len()..8).for_each(|_| out.push(b'0'));
                encode::text(token, out);
            }
            Class::Hyphen => write_word("final-", start, out),
            Class::Word | Class::Other => write_word(stand_in(token), start, out),
        }
        rest = after;
    }
    write_word(FINAL, start, out);
    out.push(0);
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Number,
    Word,
    Dot,
    Hyphen,
    Other,
}

impl Class {
    fn of(byte: u8) -> Class {
        match byte {
            b'0'..=b'9' => Class::Number,
            b'a'..=b'z' | b'A'..=b'Z' => Class::Word,
            b'.' => Class::Dot,
            b'-' => Class::Hyphen,
            _ => Class::Other,
        }
    }
}

fn stand_in(word: &str) -> &str {
    const STAND_INS: [(&str, &str); 4] =
        [("pre", "c"), ("preview", "c"), ("rc", "c"), ("dev", "@")];
    STAND_INS
        .iter()
        .find(|(name, _)| word.eq_ignore_ascii_case(name))
        .map_or(word, |(_, instead)| instead)
}

/// Hyphens before a pre-release word do not count, nor zeros before any word.
fn write_word(word: &str, start: usize, out: &mut Vec<u8>) {
    let lower = word.bytes().map(|byte| byte.to_ascii_lowercase());
    if lower.lt(FINAL.bytes()) {
        remove_trailing(HYPHEN, start, out);
    }
    remove_trailing(ZERO, start, out);
    out.push(b'*');
    encode::text_ignoring_case(word, out);
}

fn remove_trailing(part: &[u8], start: usize, out: &mut Vec<u8>) {
    while let Some(end) = out.len().checked_sub(part.len()) {
        let whole = end == start || (end > start && out.get(end - 1) == Some(&0));
        if !whole || !out.ends_with(part) {
            break;
        }
        out.truncate(end);
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::PyPi,
            &[
                &["-class.-jw.util.version.version-pre"],
                &["0.1-charmander"],
                &["0.9-doduo", "0.9-DODUO", "0.9.0-doduo"],
                &["0.9-eevee"],
                &["0.9-ivysaur"],
                &["0.9.10-ivysaur"],
                &["0.0.0.dev0"],
            ],
        );
    }
}
