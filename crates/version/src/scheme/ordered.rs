//! What the tests of the schemes share: ordered lists and refused texts.

use std::cmp::Ordering;

use crate::Scheme;

/// Checks that the versions of a group are equal and that each group sorts before all that follow.
#[track_caller]
pub(crate) fn check(scheme: Scheme, groups: &[&[&str]]) {
    for (at, group) in groups.iter().enumerate() {
        for a in *group {
            for b in *group {
                assert_eq!(scheme.compare(a, b), Ok(Ordering::Equal), "{a} = {b}");
            }
            for b in groups.iter().skip(at + 1).copied().flatten() {
                assert_eq!(scheme.compare(a, b), Ok(Ordering::Less), "{a} < {b}");
                assert_eq!(scheme.compare(b, a), Ok(Ordering::Greater), "{b} > {a}");
                assert!(!begins(scheme, a, b), "the key of {a} begins that of {b}");
            }
        }
    }
}

/// Checks that each version sorts before all that follow.
#[track_caller]
pub(crate) fn check_list(scheme: Scheme, versions: &[&str]) {
    let groups: Vec<&[&str]> = versions.chunks(1).collect();
    check(scheme, &groups);
}

fn begins(scheme: Scheme, a: &str, b: &str) -> bool {
    let (a, b) = (scheme.key(a).unwrap(), scheme.key(b).unwrap());
    b.as_bytes().starts_with(a.as_bytes())
}

/// Checks that each text is refused as a version.
#[track_caller]
pub(crate) fn check_refused(scheme: Scheme, texts: &[&str]) {
    for text in texts {
        assert!(scheme.key(text).is_err(), "{text:?} was taken as a version");
    }
}

/// Checks a range: the versions that it holds, and those that it does not.
#[track_caller]
pub(crate) fn check_range(scheme: Scheme, range: &str, inside: &[&str], outside: &[&str]) {
    let parsed = scheme
        .range(range)
        .unwrap_or_else(|error| panic!("{error}"));
    for version in inside {
        assert_eq!(parsed.contains(version), Ok(true), "{version} in {range:?}");
    }
    for version in outside {
        assert_eq!(
            parsed.contains(version),
            Ok(false),
            "{version} not in {range:?}"
        );
    }
}

/// Checks that each text is refused as a range.
#[track_caller]
pub(crate) fn check_refused_ranges(scheme: Scheme, texts: &[&str]) {
    for text in texts {
        assert!(scheme.range(text).is_err(), "{text:?} was taken as a range");
    }
}
