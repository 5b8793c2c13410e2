//! Go's order: SemVer for modules, and the toolchain's own tags.
//!
//! `v` is optional, as advisories leave it out. `+incompatible` is build metadata and does not count; pseudo-versions
//! (`v0.0.0-20190116102854-5a71ef0e047d`) are pre-releases that begin with their time. The toolchain is tagged
//! `go1.21rc2`, which is `1.21.0-rc.2` in advisories on the standard library; we read both, and the number of a
//! pre-release without hyphen as a number (`1.21rc2` < `1.21rc10`). What follows a blank (`go1.22.1 X:boringcrypto`)
//! does not count.

use crate::encode;
use crate::scheme::rpm::split_letters;
use crate::scheme::semver;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = text.trim_ascii();
    let text = text.strip_prefix("go").unwrap_or(text);
    let text = text.split([' ', '\t']).next().unwrap_or_default();
    match toolchain_pre_release(text) {
        Some((numbers, word, number)) => semver::write_key_of_parts(numbers, &[word, number], out),
        None => semver::write_key(text, out),
    }
}

/// Numbers, word and number of `1.21rc2`.
fn toolchain_pre_release(text: &str) -> Option<(&str, &str, &str)> {
    let end = text
        .bytes()
        .position(|byte| !byte.is_ascii_digit() && byte != b'.')?;
    let (numbers, rest) = text.split_at(end);
    let (word, number) = split_letters(rest);
    let is_tag = numbers.ends_with(|sign: char| sign.is_ascii_digit()) && !word.is_empty();
    (is_tag && encode::is_number(number)).then_some((numbers, word, number))
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use crate::Scheme;
    use crate::scheme::ordered::check_list;

    fn compare(a: &str, b: &str) -> Ordering {
        Scheme::Go.compare(a, b).unwrap()
    }

    #[test]
    fn modules_are_semver_with_an_optional_v() {
        assert_eq!(compare("v3.2.0+incompatible", "3.2.0"), Ordering::Equal);
        assert_eq!(
            compare(
                "v0.0.0-20180116102854-5a71ef0e047d",
                "v0.0.0-20190116102854-1a71ef0e047d"
            ),
            Ordering::Less
        );
        assert_eq!(
            compare("v1.2.4-0.20190116102854-1a71ef0e047d", "v1.2.4"),
            Ordering::Less
        );
    }

    #[test]
    fn the_toolchain_has_tags_of_its_own() {
        let ordered = [
            "go1.20.14",
            "go1.21beta1",
            "go1.21rc2",
            "go1.21rc10",
            "go1.21.0",
            "go1.21.1",
            "go1.22",
        ];
        check_list(Scheme::Go, &ordered);
        assert_eq!(compare("go1.21rc2", "1.21.0-rc.2"), Ordering::Equal);
        assert_eq!(
            compare("go1.22.1 X:boringcrypto", "1.22.1"),
            Ordering::Equal
        );
        assert!(Scheme::Go.key("devel").is_err());
    }
}
