//! The compatible line of a version: what a package manager takes for the same major version.
//!
//! A caret requirement, the default of Cargo, npm and Composer, keeps the first number that is not zero: 0.3 → 0.4
//! breaks, and so does every patch of 0.0 (Cargo book, "Caret requirements"; node-semver, "Caret ranges"; Composer,
//! "Caret version range"). Pub, Hex and Swift packages keep 0.x, also of 0.0. Elsewhere the first number decides.

use patchward_version::Scheme;

/// Whether an upgrade stays within the compatible line.
pub fn same_line(scheme: Scheme, from: &str, to: &str) -> bool {
    line(scheme, from) == line(scheme, to)
}

/// What leaving the compatible line is called: 0.3 → 0.4 breaks, and is no new major version.
pub fn breach(from: &str, to: &str) -> &'static str {
    match line(Scheme::Generic, from) == line(Scheme::Generic, to) {
        true => "leaves the compatible line",
        false => "crosses a major version",
    }
}

/// The numbers that stay the same within the compatible line; an epoch and a leading `v` are left out.
fn line(scheme: Scheme, version: &str) -> Vec<&str> {
    let most = match scheme {
        Scheme::SemVer | Scheme::Npm | Scheme::Packagist | Scheme::Julia => 3,
        Scheme::Pub | Scheme::Hex | Scheme::Swift => 2,
        _ => 1,
    };
    let version = version.rsplit([':', '!']).next().unwrap_or(version);
    let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
    let mut line = Vec::new();
    for part in version.split(['.', '-', '+', '~']).take(most) {
        let end = part
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(part.len());
        let number = part.get(..end).unwrap_or_default();
        line.push(number);
        if number.bytes().any(|digit| digit != b'0') || end < part.len() {
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caret_keeps_the_first_number_that_is_not_zero() {
        for scheme in [Scheme::SemVer, Scheme::Npm, Scheme::Packagist] {
            assert!(same_line(scheme, "1.2.3", "1.9.0"));
            assert!(!same_line(scheme, "1.2.3", "2.0.0"));
            assert!(same_line(scheme, "0.3.3", "0.3.27"));
            assert!(!same_line(scheme, "0.3.3", "0.4.16"));
            assert!(!same_line(scheme, "0.0.3", "0.0.4"));
            assert!(same_line(scheme, "v1.2", "1.3-rc.1"));
        }
    }

    #[test]
    fn a_breaking_step_within_a_major_version_is_not_called_one() {
        assert_eq!(breach("0.3.3", "0.4.16"), "leaves the compatible line");
        assert_eq!(breach("v1.2", "2.0"), "crosses a major version");
    }

    #[test]
    fn pub_and_hex_keep_the_second_number_of_zero() {
        assert!(same_line(Scheme::Pub, "0.0.3", "0.0.4"));
        assert!(!same_line(Scheme::Hex, "0.1.3", "0.2.0"));
    }

    #[test]
    fn elsewhere_the_first_number_decides_and_an_epoch_does_not() {
        assert!(same_line(Scheme::PyPi, "0.3.3", "0.4.16"));
        assert!(!same_line(Scheme::PyPi, "8.4.0", "10.0.1"));
        assert!(same_line(Scheme::Rpm, "1.2.3-4", "0:1.3.0-1"));
        assert!(same_line(Scheme::Debian, "1.0~rc1-1", "1.0+x-2"));
        assert!(same_line(Scheme::Generic, "", "abc"));
    }
}
