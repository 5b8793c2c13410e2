//! Version ranges in `vers` notation (`vers:npm/>=1.0|<2.0`), as CSAF's product_version_range should have them.
//!
//! Constraints are alternatives walked in version order; since they must be sorted, neighbours pair up: `>=a|<b` is one
//! range, a bare or `=` version is itself, `!=` has no form in our model and makes the whole unread.

use super::statement::Statement;
use crate::model::Event;
use crate::vers::{self, Comparator};

/// Reads a `vers:` text into the scheme's name and what it says; `None` when it is not one or has no form here.
pub fn read(text: &str) -> Option<(String, Statement)> {
    let read = vers::read(text)?;
    let Some(constraints) = read.constraints else {
        return Some((read.scheme, Statement::All));
    };
    let mut ranges: Vec<Vec<Event>> = Vec::new();
    let mut open = false;
    for (comparator, version) in constraints {
        let begins = matches!(
            comparator,
            Comparator::Greater | Comparator::GreaterOrEqual | Comparator::Equal
        );
        if begins && open {
            return None;
        }
        match comparator {
            Comparator::GreaterOrEqual => ranges.push(vec![Event::Introduced(version)]),
            Comparator::Greater => ranges.push(vec![Event::After(version)]),
            Comparator::Less => close(&mut ranges, open, Event::Fixed(version)),
            Comparator::LessOrEqual => close(&mut ranges, open, Event::LastAffected(version)),
            Comparator::Equal => ranges.push(vec![
                Event::Introduced(version.clone()),
                Event::LastAffected(version),
            ]),
            Comparator::NotEqual => return None,
        }
        open = matches!(comparator, Comparator::Greater | Comparator::GreaterOrEqual);
    }
    Some((read.scheme, Statement::Ranges(ranges)))
}

fn close(ranges: &mut Vec<Vec<Event>>, open: bool, end: Event) {
    match ranges.last_mut() {
        Some(last) if open => last.push(end),
        _ => ranges.push(vec![Event::Introduced("0".into()), end]),
    }
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
