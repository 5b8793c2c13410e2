use std::cmp::Ordering;

use proptest::prelude::*;

use crate::Scheme;
use crate::scheme::ordered::check_list;

fn compare(a: &str, b: &str) -> Ordering {
    Scheme::SemVer.compare(a, b).unwrap()
}

#[test]
fn sorts_as_the_standard_lists() {
    let ordered = [
        "0.0.0-0",
        "0.0.0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.0.1-pre",
        "1.0.0.1",
        "1.0.1",
        "2.0.0",
        "2.1.0",
        "2.1.1",
        "2.1.18446744073709551616",
    ];
    check_list(Scheme::SemVer, &ordered);
}

#[test]
fn reads_what_is_nearly_semver() {
    for (a, b) in [
        ("v1.2.3", "1.2.3"),
        ("1", "1.0.0"),
        ("1.2", "1.2.0"),
        ("1.2.3.0", "1.2.3"),
        ("1.21rc2", "1.21.0-rc2"),
        ("1.0.0.beta", "1.0.0-beta"),
        ("1.0.0+a", "1.0.0+b"),
    ] {
        assert_eq!(compare(a, b), Ordering::Equal, "{a} = {b}");
    }
}

#[test]
fn refuses_empty_parts() {
    for text in [
        "",
        "v",
        "a",
        "1..2",
        "1.2.",
        "1.0.0-",
        "1.0.0-a..b",
        "-1",
        "1.0.0-a b",
    ] {
        assert!(Scheme::SemVer.key(text).is_err(), "{text:?}");
    }
}

#[test]
fn build_metadata_counts_in_dart_and_julia() {
    for scheme in [Scheme::Pub, Scheme::Julia] {
        assert_eq!(scheme.compare("1.0.0", "1.0.0+1"), Ok(Ordering::Less));
        assert_eq!(scheme.compare("1.0.0+2", "1.0.0+10"), Ok(Ordering::Less));
        assert_eq!(scheme.compare("1.0.0-a+9", "1.0.0"), Ok(Ordering::Less));
    }
}

/// Section 11 of the standard, without keys.
fn direct(a: &str, b: &str) -> Ordering {
    let split = |text: &str| {
        let text = text.split('+').next().unwrap_or_default().to_owned();
        let (numbers, pre) = match text.split_once('-') {
            Some((numbers, pre)) => (numbers.to_owned(), Some(pre.to_owned())),
            None => (text, None),
        };
        let numbers: Vec<u64> = numbers
            .split('.')
            .map(|number| number.parse().unwrap())
            .collect();
        (numbers, pre)
    };
    let (a, b) = (split(a), split(b));
    a.0.cmp(&b.0).then_with(|| match (&a.1, &b.1) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let identifiers = |text: &str| {
                let parse = |part: &str| match part.parse::<u64>() {
                    Ok(number) => (0, number, String::new()),
                    Err(_) => (1, 0, part.to_owned()),
                };
                text.split('.').map(parse).collect::<Vec<_>>()
            };
            identifiers(a).cmp(&identifiers(b))
        }
    })
}

const TEXT: &str =
    r"[0-2]\.[0-2]\.(0|1|10)(-[0-1a-b]{1,2}(\.(0|2|10|a|a-|A)){0,2})?(\+[a-b]{1,2})?";

proptest! {
    #[test]
    fn the_key_has_the_order_of_the_standard(a in TEXT, b in TEXT) {
        prop_assert_eq!(compare(&a, &b), direct(&a, &b));
    }
}
