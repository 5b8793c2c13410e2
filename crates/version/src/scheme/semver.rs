//! SemVer 2.0 precedence, read leniently, for the ecosystems whose order it is.
//!
//! Published data is not always SemVer. Beyond the standard we read: a `v` in front; fewer than three numbers (the
//! missing ones are zero) and more (`1.2.3.4`, compared as further numbers); leading zeros; a pre-release without its
//! hyphen (`1.21rc2`, `1.0.0.beta`); any sign but blanks inside identifiers. Empty numbers and identifiers (`1..2`,
//! `1.0.0-`) are refused. Build metadata counts in Dart and Julia only.

use crate::encode;

const MORE_NUMBERS: u8 = 1;
const END_OF_NUMBERS: u8 = 0;

const END: u8 = 1;
const NUMERIC: u8 = 2;
const ALPHANUMERIC: u8 = 3;
/// A release: above every pre-release's first byte.
const RELEASE: u8 = 4;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let version = Version::parse(text)?;
    version.write(out)
}

/// As [`write_key`], with build metadata: none sorts below any.
pub(crate) fn write_key_with_build(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let version = Version::parse(text)?;
    version.write(out)?;
    match version.build {
        None => out.push(END),
        Some(build) => write_identifiers(build, out)?,
    }
    Ok(())
}

/// Writes the key of a pre-release whose identifiers come one by one.
pub(crate) fn write_key_of_parts(
    numbers: &str,
    identifiers: &[&str],
    out: &mut Vec<u8>,
) -> Result<(), &'static str> {
    if numbers.split('.').any(|number| !encode::is_number(number)) {
        return Err("numbers with dots between");
    }
    write_numbers(numbers.split('.'), out);
    for identifier in identifiers {
        write_identifier(identifier, out)?;
    }
    out.push(END);
    Ok(())
}

/// The parts of a version, as they stand in its text.
pub(crate) struct Version<'a> {
    /// Numbers with dots between.
    pub(crate) numbers: &'a str,
    /// Identifiers with dots between, without the hyphen.
    pub(crate) pre_release: Option<&'a str>,
    /// Identifiers with dots between, without the plus.
    pub(crate) build: Option<&'a str>,
}

impl<'a> Version<'a> {
    /// Splits a version; the identifiers are checked when they are written.
    pub(crate) fn parse(text: &'a str) -> Result<Version<'a>, &'static str> {
        let text = text.trim_ascii();
        let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
        let (text, build) = match text.split_once('+') {
            Some((text, build)) => (text, Some(build)),
            None => (text, None),
        };
        let mut end = 0;
        let rest = loop {
            let (number, rest) = encode::split_digits(&text[end..]);
            if number.is_empty() && end == 0 {
                return Err("a number");
            }
            if number.is_empty() {
                // The dot belongs to a pre-release: `1.0.0.beta`.
                break &text[end - 1..];
            }
            end += number.len();
            match rest.strip_prefix('.') {
                Some(_) => end += 1,
                None => break rest,
            }
        };
        let numbers = text[..text.len() - rest.len()].trim_end_matches('.');
        let pre_release = match rest {
            "" => None,
            _ => Some(rest.strip_prefix(['-', '.']).unwrap_or(rest)),
        };
        Ok(Version {
            numbers,
            pre_release,
            build,
        })
    }

    /// Writes everything but build metadata.
    fn write(&self, out: &mut Vec<u8>) -> Result<(), &'static str> {
        write_numbers(self.numbers.split('.'), out);
        write_pre_release(self.pre_release, out)
    }
}

/// Writes three numbers (a missing one is zero), then those beyond that are not closing zeros.
pub(crate) fn write_numbers<'a>(numbers: impl IntoIterator<Item = &'a str>, out: &mut Vec<u8>) {
    let mut parts = numbers.into_iter();
    for _ in 0..3 {
        encode::number(parts.next().unwrap_or_default(), out);
    }
    let mut end = out.len();
    for part in parts {
        out.push(MORE_NUMBERS);
        encode::number(part, out);
        if part.bytes().any(|digit| digit != b'0') {
            end = out.len();
        }
    }
    out.truncate(end);
    out.push(END_OF_NUMBERS);
}

/// Writes what follows the numbers: a pre-release, or that there is none.
pub(crate) fn write_pre_release(
    pre_release: Option<&str>,
    out: &mut Vec<u8>,
) -> Result<(), &'static str> {
    match pre_release {
        None => {
            out.push(RELEASE);
            Ok(())
        }
        Some(pre_release) => write_identifiers(pre_release, out),
    }
}

/// Writes dot-separated identifiers, each a number or text.
pub(crate) fn write_identifiers(identifiers: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    for identifier in identifiers.split('.') {
        write_identifier(identifier, out)?;
    }
    out.push(END);
    Ok(())
}

fn write_identifier(identifier: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    if identifier.is_empty() {
        return Err("identifiers that are not empty between the dots");
    }
    if encode::is_number(identifier) {
        out.push(NUMERIC);
        encode::number(identifier, out);
    } else if identifier.contains(char::is_whitespace) {
        return Err("a version without blanks");
    } else {
        out.push(ALPHANUMERIC);
        encode::text(identifier, out);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
