//! Perl's version objects.
//!
//! Surprises: `1.02` is a decimal and means `v1.20.0`, as each three digits behind the point are one number; two points
//! or a `v` make dotted numbers, so `1.2.3` = `v1.2.3` = `1.002003`. Underscores mark trial releases and do not count.

use crate::encode;

const PART: u8 = 1;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = text.trim();
    let unmarked = text.strip_prefix('v').unwrap_or(text);
    let dotted = unmarked.len() < text.len() || text.matches('.').count() > 1;
    let mut ended = out.len();
    for (at, part) in unmarked.split('.').enumerate() {
        let digits = |byte: u8| byte.is_ascii_digit() || byte == b'_';
        let empty = part.is_empty() && (at > 0 || unmarked.len() < 2);
        if empty || !part.bytes().all(digits) {
            return Err("a decimal number, or numbers between dots");
        }
        if at == 0 || dotted {
            write_number(part.bytes(), &mut ended, out);
        } else {
            write_fraction(part, &mut ended, out);
        }
    }
    out.truncate(ended);
    out.push(0);
    Ok(())
}

/// Three digits make a number; the last group is filled up with zeros behind.
fn write_fraction(fraction: &str, ended: &mut usize, out: &mut Vec<u8>) {
    let mut digits = fraction.bytes().filter(|byte| *byte != b'_');
    while let Some(first) = digits.next() {
        let group = [
            first,
            digits.next().unwrap_or(b'0'),
            digits.next().unwrap_or(b'0'),
        ];
        write_number(group.into_iter(), ended, out);
    }
}

/// Writes a number, and keeps where the last one that is not zero ended: zeros at the end do not count.
fn write_number(digits: impl Iterator<Item = u8> + Clone, ended: &mut usize, out: &mut Vec<u8>) {
    let significant = digits
        .filter(|byte| *byte != b'_')
        .skip_while(|byte| *byte == b'0');
    out.push(PART);
    let length = significant.clone().count();
    encode::length(length, out);
    out.extend(significant);
    if length > 0 {
        *ended = out.len();
    }
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::Cpan,
            &[
                &["0", "0.00", "v0.0.0"],
                &[".5", "0.500"],
                &["1", "1.0", "v1", "1.000_000"],
                &["1.002003", "v1.2.3", "1.2.3", "1.002_003"],
                &["1.0023", "v1.2.300"],
                &["1.02", "v1.20.0"],
                &["1.2", "v1.200"],
                &["1.2001"],
                &["v1.1000"],
                &["5.038"],
                &["10"],
            ],
        );
    }

    #[test]
    fn what_is_no_version() {
        ordered::check_refused(Scheme::Cpan, &["", ".", "v", "1.", "1..2", "1.2a", "1.2-3"]);
    }
}
