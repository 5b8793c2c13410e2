//! NuGet.Versioning: SemVer 2.0 with up to four numbers.
//!
//! Surprises: `1.0` = `1.0.0.0`, leading zeros do not count, pre-release labels ignore case, and the labels of
//! `1.0.0-beta10` are words, so it is before `1.0.0-beta2`. Metadata after `+` does not count.

use crate::encode;

/// Numbers that a version has at most: major, minor, patch, revision.
const NUMBERS: usize = 4;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let (numbers, labels) = split(text);
    write_numbers(numbers, out)?;
    match labels {
        None => out.push(2),
        Some(labels) => {
            out.push(1);
            write_labels(labels, out)?;
        }
    }
    Ok(())
}

/// The numbers and the pre-release labels of a version, without metadata.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    let (text, _metadata) = text.split_once('+').unwrap_or((text, ""));
    match text.split_once('-') {
        Some((numbers, labels)) => (numbers, Some(labels)),
        None => (text, None),
    }
}

fn write_numbers(numbers: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let mut written = 0;
    for number in numbers.split('.') {
        if written == NUMBERS || !encode::is_number(number) {
            return Err("one to four numbers between dots");
        }
        encode::number(number, out);
        written += 1;
    }
    (written..NUMBERS).for_each(|_| encode::number("", out));
    Ok(())
}

/// Numbers are before words; fewer labels are before more.
fn write_labels(labels: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    for label in labels.split('.') {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if label.is_empty() || !label.bytes().all(valid) {
            return Err("pre-release labels of letters, digits and hyphens");
        }
        if encode::is_number(label) {
            out.push(1);
            encode::number(label, out);
        } else {
            out.push(2);
            encode::text_ignoring_case(label, out);
        }
    }
    out.push(0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::NuGet,
            &[
                &["0.9"],
                &["1.0.0-0"],
                &["1.0.0-2"],
                &["1.0.0-10"],
                &["1-ALPHA", "1.0.0.0-alpha", "1.0-Alpha+x"],
                &["1.0.0-alpha.1"],
                &["1.0.0-alpha.beta"],
                &["1.0.0-beta10"],
                &["1.0.0-beta2"],
                &["1.0.0-rc-1"],
                &["1", "1.0", "1.0.0.0", "01.00", " 1.0+build-7 "],
                &["1.0.0.1-alpha"],
                &["1.0.0.1"],
                &["1.0.1"],
                &["1.10"],
                &["99999999999999999999999"],
            ],
        );
    }

    #[test]
    fn what_is_no_version() {
        ordered::check_refused(
            Scheme::NuGet,
            &[
                "",
                "v1",
                "1.2.3.4.5",
                "1..2",
                "1.0-",
                "1.0-a..b",
                "1.0-a_b",
                "1.*",
                "[1.0]",
            ],
        );
    }
}
