//! Cabal's versions: whole numbers between dots, compared one by one.
//!
//! Surprises: `1.8` is before `1.8.0`, as in the list order that Haskell's `Data.Version` has, and the tags
//! (`1.0-beta`) that `Data.Version` once had are refused, as Cabal refuses them.

use crate::encode;

/// More numbers follow, which is above the end.
const PART: u8 = 1;
const END: u8 = 0;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    for part in text.trim().split('.') {
        if !encode::is_number(part) {
            return Err("whole numbers separated by dots");
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
            Scheme::Hackage,
            &[
                &["0.1"],
                &["0.1.0.0"],
                &["1"],
                &["1.8"],
                &["1.8.0"],
                &["1.8.0.1"],
                &["1.10"],
                &["20091203"],
            ],
        );
    }

    #[test]
    fn tags_and_wildcards_are_refused() {
        ordered::check_refused(Scheme::Hackage, &["", "1.0-beta", "1.*", "1.", ".1", "v1"]);
    }
}
