//! node-semver's order: SemVer, read as its loose mode does, with an `=` or `v` in front.
//!
//! Build metadata does not count. What [`super::semver`] reads beyond SemVer is read here as well: advisories for npm name
//! versions such as `1.2` although the registry has none.

use crate::scheme::semver;

/// Appends the order-preserving key of `text`; an error says what was expected.
pub(crate) fn write_key(text: &str, out: &mut Vec<u8>) -> Result<(), &'static str> {
    let text = text.trim_ascii();
    let text = text.strip_prefix('=').unwrap_or(text);
    semver::write_key(text.trim_ascii_start(), out)
}

#[cfg(test)]
mod tests {
    use std::cmp::Ordering;

    use crate::Scheme;

    #[test]
    fn reads_the_loose_forms() {
        for loose in [
            "=1.2.3-beta",
            "v1.2.3-beta",
            " =v1.2.3-beta ",
            "1.2.3beta",
            "1.2.3-beta+5",
        ] {
            assert_eq!(
                Scheme::Npm.compare(loose, "1.2.3-beta"),
                Ok(Ordering::Equal),
                "{loose}"
            );
        }
        assert!(Scheme::Npm.key("2.3.3.").is_err());
    }
}
