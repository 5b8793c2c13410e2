//! dpkg's order: `[epoch:]upstream[-revision]`, deb-version(7).
//!
//! Surprises: `~` sorts before the end (`1.0~rc1` < `1.0`), letters before all other signs, and a number that is not
//! there is zero (`1.0` = `1.0-0`, `1a` = `1a0`). As `dpkg --compare-versions` does, we refuse broken structure (an empty
//! part, an epoch that is no number, blanks inside) and accept odd characters, which dpkg only warns about.

use crate::encode;

/// What an epoch may be at most: dpkg reads it as a C `int`.
const HIGHEST_EPOCH: u64 = i32::MAX as u64;

/// The end of a run of non-digits: above `~`, below everything else.
const END: u8 = 2;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let (epoch, upstream, revision) = split(text.trim_ascii())?;
    encode::number(epoch, out);
    write_part(upstream, out)?;
    write_part(revision.unwrap_or_default(), out)
}

/// opam's order: dpkg's on the whole text, without epoch and revision.
pub(crate) fn write_opam_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if text.is_empty() {
        return Err("a version that is not empty");
    }
    write_part(text, out)
}

/// Epoch (empty for none), upstream version, revision.
fn split(text: &str) -> Result<(&str, &str, Option<&str>), &'static str> {
    let (epoch, rest) = match text.split_once(':') {
        Some((epoch, _)) if !is_epoch(epoch) => {
            return Err("an epoch from 0 to 2147483647 before the colon");
        }
        Some(parts) => parts,
        None => ("", text),
    };
    let (upstream, revision) = match rest.rsplit_once('-') {
        Some((_, "")) => return Err("a revision after the last hyphen"),
        Some((upstream, revision)) => (upstream, Some(revision)),
        None => (rest, None),
    };
    match upstream.is_empty() {
        true => Err("an upstream version"),
        false => Ok((epoch, upstream, revision)),
    }
}

fn is_epoch(epoch: &str) -> bool {
    encode::is_number(epoch) && epoch.parse().is_ok_and(|epoch: u64| epoch <= HIGHEST_EPOCH)
}

/// Writes runs of non-digits and numbers in turn, and [`END`] when the text is over.
fn write_part(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut rest = text;
    loop {
        let digits = rest.bytes().position(|byte| byte.is_ascii_digit());
        let (other, number) = rest.split_at(digits.unwrap_or(rest.len()));
        for byte in other.bytes() {
            out.push(weight(byte)?);
        }
        out.push(END);
        let (number, after) = encode::split_digits(number);
        encode::number(number, out);
        rest = after;
        if rest.is_empty() {
            out.push(END);
            return Ok(());
        }
    }
}

/// dpkg's order of non-digits: `~`, the end, letters, the rest.
fn weight(byte: u8) -> Result<u8, &'static str> {
    match byte {
        b'~' => Ok(1),
        b'A'..=b'Z' | b'a'..=b'z' => Ok(byte),
        b' ' | b'\t'..=b'\r' => Err("a version without blanks"),
        0..=127 => Ok(byte + 128),
        _ => Err("a version in ASCII"),
    }
}

#[cfg(test)]
mod tests;
