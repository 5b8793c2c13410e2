//! The order of Java runtimes: the two ways that they are numbered, made one.
//!
//! `1.8.0_131-b11` (until Java 8) is `8.0.131+11` (JEP 223). A leading `1.` goes, `_`, `-update` and `u` (`8u131`) lead to
//! the update number, which takes the third place; `-ea` is a pre-release; build numbers do not count.

use crate::encode;
use crate::scheme::semver;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = text.trim_ascii();
    let text = text.split('+').next().unwrap_or_default();
    let (numbers, rest) = split_numbers(text);
    if numbers.split('.').any(|number| !encode::is_number(number)) {
        return Err("numbers with dots between");
    }
    let (update, rest) = split_update(rest)?;
    let numbers = match numbers.strip_prefix("1.") {
        Some(modern) => modern,
        None => numbers,
    };
    let mut parts = numbers.splitn(3, '.');
    let (major, minor) = (
        parts.next().unwrap_or_default(),
        parts.next().unwrap_or("0"),
    );
    let update = update.or(parts.next()).unwrap_or("0");
    semver::write_numbers([major, minor].into_iter().chain(update.split('.')), out);
    semver::write_pre_release(pre_release(rest), out)
}

fn split_numbers(text: &str) -> (&str, &str) {
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit() && byte != b'.');
    text.split_at(end.unwrap_or(text.len()))
}

/// The update number, if there is one, and what follows.
fn split_update(rest: &str) -> Result<(Option<&str>, &str), &'static str> {
    for lead in ["-update_", "-update", "_", "u"] {
        if let Some(update) = rest.strip_prefix(lead) {
            let (number, after) = encode::split_digits(update);
            return match number.is_empty() {
                true => Err("an update number"),
                false => Ok((Some(number), after)),
            };
        }
    }
    Ok((None, rest))
}

/// The first of the parts behind hyphens that is not a build (`b11`).
fn pre_release(rest: &str) -> Option<&str> {
    let is_build = |part: &&str| part.strip_prefix('b').is_some_and(encode::is_number);
    rest.split('-')
        .filter(|part| !part.is_empty())
        .find(|part| !is_build(part))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use crate::Scheme;
    use crate::scheme::ordered::check_list;

    #[test]
    fn both_numberings_are_one() {
        for (old, new) in [
            ("1.8.0_131-b11", "8.0.131+11"),
            ("8u131", "8.0.131"),
            ("1.8.0-update_131-b02", "8.0.131"),
            ("1.8.0_13-ea-b002", "8.0.13-ea+2"),
            ("1.7", "7.0.0"),
        ] {
            assert_eq!(
                Scheme::Jvm.compare(old, new),
                Ok(Ordering::Equal),
                "{old} = {new}"
            );
        }
    }

    #[test]
    fn sorts_as_listed() {
        let ordered = [
            "1.7.0_80",
            "1.8.0",
            "1.8.0_131-ea",
            "1.8.0_131",
            "8.0.132",
            "9.0.0-ea",
            "9",
            "11.0.20",
            "11.0.20.1",
        ];
        check_list(Scheme::Jvm, &ordered);
    }
}
