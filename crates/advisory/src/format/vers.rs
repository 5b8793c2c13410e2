//! Version ranges in `vers` notation (`vers:npm/>=1.0|<2.0`), as CSAF's product_version_range should have them.
//!
//! Constraints are alternatives walked in version order; since they must be sorted, neighbours pair up: `>=a|<b` is one
//! range, a bare or `=` version is itself, `!=` has no form in our model and makes the whole unread.

use super::statement::Statement;
use crate::model::Event;

/// Reads a `vers:` text into the scheme's name and what it says; `None` when it is not one or has no form here.
pub fn read(text: &str) -> Option<(&str, Statement)> {
    let (scheme, constraints) = text.trim().strip_prefix("vers:")?.split_once('/')?;
    if constraints == "*" {
        return Some((scheme, Statement::All));
    }
    let mut ranges: Vec<Vec<Event>> = Vec::new();
    let mut open = false;
    for constraint in constraints.split('|') {
        let constraint = constraint.trim();
        let version = constraint.trim_start_matches(['<', '>', '=', '!']).trim();
        let operator = &constraint
            [..constraint.len() - constraint.trim_start_matches(['<', '>', '=', '!']).len()];
        if version.is_empty() {
            return None;
        }
        let version = decoded(version)?;
        match operator {
            ">=" | ">" if open => return None,
            ">=" => ranges.push(vec![Event::Introduced(version)]),
            ">" => ranges.push(vec![Event::After(version)]),
            "<" => close(&mut ranges, open, Event::Fixed(version)),
            "<=" => close(&mut ranges, open, Event::LastAffected(version)),
            "" | "=" if !open => {
                ranges.push(vec![
                    Event::Introduced(version.clone()),
                    Event::LastAffected(version),
                ]);
            }
            _ => return None,
        }
        open = operator.starts_with('>');
    }
    Some((scheme, Statement::Ranges(ranges)))
}

fn close(ranges: &mut Vec<Vec<Event>>, open: bool, end: Event) {
    match ranges.last_mut() {
        Some(last) if open => last.push(end),
        _ => ranges.push(vec![Event::Introduced("0".into()), end]),
    }
}

/// Undoes percent escapes.
fn decoded(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let pair = [bytes.next()?, bytes.next()?];
            out.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_paired() {
        let range = |text: &str| match read(text) {
            Some((_, Statement::Ranges(ranges))) => ranges.len(),
            Some((_, Statement::All)) => 99,
            _ => 0,
        };
        assert_eq!(range("vers:all/*"), 99);
        assert_eq!(range("vers:npm/>=1.0|<2.0"), 1);
        assert_eq!(range("vers:npm/<1.0|>=1.1|<2.0|3.0"), 3);
        assert_eq!(range("vers:pypi/!=1.0"), 0);
        assert_eq!(range("vers:pypi/>=1|>=2"), 0);
        assert_eq!(range(">=1.0"), 0);
        let (scheme, Statement::Ranges(ranges)) = read("vers:deb/>1%3A2").unwrap() else {
            panic!("not ranges")
        };
        assert_eq!(scheme, "deb");
        assert_eq!(ranges, [[Event::After("1:2".into())]]);
    }
}
