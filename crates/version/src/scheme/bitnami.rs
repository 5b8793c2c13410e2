//! Bitnami's packages: the upstream version, and a revision behind a hyphen that counts up.
//!
//! Surprise: what SemVer reads as a pre-release is a later build of the same version: `1.2.3` < `1.2.3-1` < `1.2.3-10`.
//! Words behind the hyphen (`1.2.3-rc1`) keep SemVer's meaning.

use crate::encode;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let (numbers, suffix) = split(text);
    let mut written = 0;
    for number in numbers.split('.') {
        if !encode::is_number(number) || written == 3 {
            return Err("one to three numbers between dots, and perhaps a hyphen and a revision");
        }
        encode::number(number, out);
        written += 1;
    }
    (written..3).for_each(|_| encode::number("", out));
    match suffix {
        // No revision is revision 0.
        None => out.extend_from_slice(&[2, 0]),
        Some(revision) if encode::is_number(revision) => {
            out.push(2);
            encode::number(revision, out);
        }
        Some(labels) => {
            out.push(1);
            write_labels(labels, out)?;
        }
    }
    Ok(())
}

/// The numbers, and what is behind the hyphen; build metadata does not count.
pub(crate) fn split(text: &str) -> (&str, Option<&str>) {
    let text = text.trim();
    let text = text.strip_prefix('v').unwrap_or(text);
    let (text, _metadata) = text.split_once('+').unwrap_or((text, ""));
    match text.split_once('-') {
        Some((numbers, suffix)) => (numbers, Some(suffix)),
        None => (text, None),
    }
}

fn write_labels(labels: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    for label in labels.split('.') {
        if label.is_empty() {
            return Err("labels between dots");
        }
        if encode::is_number(label) {
            out.push(1);
            encode::number(label, out);
        } else {
            out.push(2);
            encode::text(label, out);
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
            Scheme::Bitnami,
            &[
                &["1.2.3-alpha"],
                &["1.2.3-rc.1"],
                &["1.2.3-rc.2"],
                &["1.2.3", "1.2.3-0", "v1.2.3"],
                &["1.2.3-1", "1.2.3-01"],
                &["1.2.3-2"],
                &["1.2.3-10"],
                &["1.2.4"],
                &["2", "2.0.0"],
            ],
        );
    }

    #[test]
    fn what_is_no_version() {
        ordered::check_refused(Scheme::Bitnami, &["", "a", "1.2.3.4", "1.2.", "1.2.3-"]);
    }
}
