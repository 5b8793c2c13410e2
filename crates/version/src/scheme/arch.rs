//! pacman's order (`vercmp`): `[epoch:]version[-release]`.
//!
//! The base is an old rpmvercmp: numbers and words in turn, words below numbers. Surprises: a word that follows a number
//! directly sorts below the end (`1.0rc` < `1.0` < `1.0.rc`); a longer run of separators wins (`1.1` < `1..a`); `~` and
//! `^` are separators like any other.
//!
//! vercmp has no total order: `1.` < `1.1` < `1..a`, yet `1..a` < `1.`, because separators at the very end are weighed by
//! what the other side has. The key gives such an end the weight of one separator, between `1.a` and `1.1`, and is
//! vercmp for every version that does not end in a separator. A missing release sorts below every release; vercmp leaves
//! a one-sided release out, see [`Gaps`](crate::Gaps).

use crate::encode;
use crate::scheme::rpm;

const WORD_AT_ONCE: u8 = 1;
const END: u8 = 2;
const NUMBER_AT_ONCE: u8 = 3;
const SEPARATORS: u8 = 4;

const WORD: u8 = 1;
const NOTHING: u8 = 2;
const NUMBER: u8 = 3;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("a version that is not empty");
    }
    let (epoch, version, release) = rpm::split(text);
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

fn write_part(text: &str, out: &mut Vec<u8>) {
    let mut rest = text;
    while !rest.is_empty() {
        let after = rest.trim_start_matches(|sign: char| !sign.is_ascii_alphanumeric());
        let separators = rest.len() - after.len();
        let is_number = after.starts_with(|sign: char| sign.is_ascii_digit());
        match separators {
            0 => out.push(if is_number {
                NUMBER_AT_ONCE
            } else {
                WORD_AT_ONCE
            }),
            _ if after.is_empty() => out.extend_from_slice(&[SEPARATORS, 0, 1, NOTHING]),
            _ => {
                let length = u16::try_from(separators).unwrap_or(u16::MAX).to_be_bytes();
                let kind = if is_number { NUMBER } else { WORD };
                out.extend_from_slice(&[SEPARATORS, length[0], length[1], kind]);
            }
        }
        rest = match is_number {
            true => {
                let (number, next) = encode::split_digits(after);
                encode::number(number, out);
                next
            }
            false if after.is_empty() => after,
            false => {
                let (word, next) = rpm::split_letters(after);
                encode::text(word, out);
                next
            }
        };
    }
    out.push(END);
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use crate::Scheme;
    use crate::scheme::ordered::check_list;

    #[test]
    fn sorts_as_the_manual_of_vercmp_lists() {
        let ordered = [
            "1.0a", "1.0b", "1.0beta", "1.0p", "1.0pre", "1.0rc", "1.0", "1.0.a", "1.0.1",
        ];
        check_list(Scheme::Arch, &ordered);
    }

    #[test]
    fn more_separators_win() {
        assert_eq!(Scheme::Arch.compare("1.1", "1..a"), Ok(Ordering::Less));
        assert_eq!(Scheme::Arch.compare("1.0", "1_0"), Ok(Ordering::Equal));
    }

    #[test]
    fn epoch_and_release_frame_the_version() {
        assert_eq!(
            Scheme::Arch.compare("2:1.0-1", "1:3.6-1"),
            Ok(Ordering::Greater)
        );
        assert_eq!(Scheme::Arch.compare("1.0-1", "1.0-2"), Ok(Ordering::Less));
        assert_eq!(
            Scheme::Arch.compare("1.0-1.1", "1.0-1"),
            Ok(Ordering::Greater)
        );
    }
}
