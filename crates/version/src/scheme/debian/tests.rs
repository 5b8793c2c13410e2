use std::cmp::Ordering;
use std::process::Command;

use proptest::prelude::*;

use crate::Scheme;
use crate::scheme::ordered::check_list;

/// Each is less than all that follow.
const ORDERED: &[&str] = &[
    "1.0~~",
    "1.0~~a",
    "1.0~",
    "1.0~rc1",
    "1.0",
    "1.0-0ubuntu1",
    "1.0-1~deb11u1",
    "1.0-1",
    "1.0-1+b1",
    "1.0-1+deb12u1",
    "1.0a",
    "1.0b",
    "1.0+dfsg-1",
    "1.0-1-1",
    "1.0.1",
    "1.9",
    "1.10",
    "1:0.5",
    "2:0",
];

#[test]
fn sorts_as_listed() {
    check_list(Scheme::Debian, ORDERED);
}

#[test]
fn a_missing_number_is_zero() {
    for (a, b) in [
        ("1.0", "0:1.0"),
        ("1.0", "1.0-0"),
        ("1.0-a", "1.0-a0"),
        ("01", "1"),
    ] {
        assert_eq!(
            Scheme::Debian.compare(a, b),
            Ok(Ordering::Equal),
            "{a} = {b}"
        );
    }
}

#[test]
fn refuses_broken_structure() {
    for text in [
        "",
        ":1",
        "a:1",
        "1:",
        "1-",
        "-1",
        "1 2",
        "9999999999:1",
        "1.0-é",
    ] {
        assert!(Scheme::Debian.key(text).is_err(), "{text:?}");
    }
}

/// The order as deb-version(7) tells it, step by step, without keys.
fn direct(a: &str, b: &str) -> Ordering {
    let parts = |text: &str| {
        let (epoch, rest) = text.split_once(':').unwrap_or(("0", text));
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, "0"));
        (
            epoch.parse::<u64>().unwrap(),
            upstream.to_owned(),
            revision.to_owned(),
        )
    };
    let (a, b) = (parts(a), parts(b));
    a.0.cmp(&b.0)
        .then_with(|| direct_part(a.1.as_bytes(), b.1.as_bytes()))
        .then_with(|| direct_part(a.2.as_bytes(), b.2.as_bytes()))
}

fn direct_part(mut a: &[u8], mut b: &[u8]) -> Ordering {
    let weight = |text: &[u8]| match text.first() {
        None => 0,
        Some(b'~') => -1,
        Some(byte) if byte.is_ascii_digit() => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(*byte),
        Some(byte) => i32::from(*byte) + 256,
    };
    let is_other = |text: &[u8]| text.first().is_some_and(|byte| !byte.is_ascii_digit());
    while !a.is_empty() || !b.is_empty() {
        while is_other(a) || is_other(b) {
            if weight(a) != weight(b) {
                return weight(a).cmp(&weight(b));
            }
            (a, b) = (&a[1..], &b[1..]);
        }
        let number = |text: &[u8]| {
            let end = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
            let value = String::from_utf8_lossy(&text[..end]);
            (value.parse::<u128>().unwrap_or(0), end)
        };
        let ((one, one_end), (two, two_end)) = (number(a), number(b));
        if one != two {
            return one.cmp(&two);
        }
        (a, b) = (&a[one_end..], &b[two_end..]);
    }
    Ordering::Equal
}

const TEXT: &str = "([0-2]:)?[0-2a-bA.+~]{1,6}(-[01a.+~]{1,3})?";

proptest! {
    #[test]
    fn the_key_has_the_order_of_the_manual(a in TEXT, b in TEXT) {
        prop_assert_eq!(Scheme::Debian.compare(&a, &b), Ok(direct(&a, &b)));
    }
}

/// Whether dpkg itself finds the order that we find; `None` on a machine without dpkg.
fn dpkg_agrees(a: &str, b: &str) -> Option<bool> {
    let operator = match Scheme::Debian.compare(a, b).unwrap() {
        Ordering::Less => "lt",
        Ordering::Equal => "eq",
        Ordering::Greater => "gt",
    };
    let run = Command::new("dpkg")
        .args(["--compare-versions", a, operator, b])
        .output();
    run.ok().map(|run| run.status.success())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn agrees_with_dpkg(a in TEXT, b in TEXT) {
        prop_assert_ne!(dpkg_agrees(&a, &b), Some(false), "{} {}", a, b);
    }
}
