//! R's `package_version`: whole numbers between dots and hyphens, compared one by one.
//!
//! Surprises: `1.0-1` and `1.0.1` are the same version, and `1.0` is before `1.0.0`.

use crate::encode;

/// More numbers follow, which is above the end.
const PART: u8 = 1;
const END: u8 = 0;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    for part in text.trim().split(['.', '-']) {
        if !encode::is_number(part) {
            return Err("whole numbers separated by dots or hyphens");
        }
        out.push(PART);
        encode::number(part, out);
    }
    out.push(END);
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::Scheme;
    use crate::scheme::ordered;

    #[test]
    fn order() {
        ordered::check(
            Scheme::Cran,
            &[
                &["0"],
                &["0.1-2", "0.1.2", "0.01-02"],
                &["0.1-10"],
                &["0.2"],
                &["1"],
                &["1.0"],
                &["1.0.0"],
                &["1.0.1"],
                &["1.10"],
                &["20240101.5"],
                &["99999999999999999999999"],
            ],
        );
    }

    #[test]
    fn letters_and_empty_parts_are_refused() {
        ordered::check_refused(Scheme::Cran, &["", "1.", "1..2", "1.0a", "v1.0", "1_0"]);
    }
}
