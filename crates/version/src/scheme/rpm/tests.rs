use std::cmp::Ordering;

use proptest::prelude::*;

use crate::Scheme;
use crate::scheme::ordered::check_list;

#[test]
fn sorts_as_listed() {
    let ordered = [
        "1.0~~",
        "1.0~rc1",
        "1.0~rc1^git1",
        "1.0",
        "1.0-",
        "1.0-1~pre",
        "1.0-1.el8",
        "1.0-1.el8_6",
        "1.0-1.el9",
        "1.0-2",
        "1.0^",
        "1.0^git1",
        "1.0a",
        "1.0aa",
        "1.0b",
        "1.0.1",
        "1.0.10",
        "1.1",
        "1:0.1",
    ];
    check_list(Scheme::Rpm, &ordered);
}

#[test]
fn signs_only_separate() {
    for (a, b) in [
        ("1.0", "1_0"),
        ("1.0", "0:1.0"),
        ("1.", "1"),
        ("1.α", "1.β"),
        ("01:2", "1:2"),
    ] {
        assert_eq!(Scheme::Rpm.compare(a, b), Ok(Ordering::Equal), "{a} = {b}");
    }
}

/// rpmvercmp as its description goes, segment by segment, without keys.
fn direct(mut a: &str, mut b: &str) -> Ordering {
    let is_sign = |sign: char| !sign.is_ascii_alphanumeric() && sign != '~' && sign != '^';
    loop {
        a = a.trim_start_matches(is_sign);
        b = b.trim_start_matches(is_sign);
        match (a.starts_with('~'), b.starts_with('~')) {
            (true, true) => {
                (a, b) = (&a[1..], &b[1..]);
                continue;
            }
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        if a.is_empty() || b.is_empty() {
            return b.is_empty().cmp(&a.is_empty());
        }
        match (a.starts_with('^'), b.starts_with('^')) {
            (true, true) => {
                (a, b) = (&a[1..], &b[1..]);
                continue;
            }
            (true, false) => return Ordering::Less,
            (false, true) => return Ordering::Greater,
            (false, false) => {}
        }
        let is_number = |text: &str| text.starts_with(|sign: char| sign.is_ascii_digit());
        if is_number(a) != is_number(b) {
            return is_number(a).cmp(&is_number(b));
        }
        let numeric = is_number(a);
        let segment = |text: &str| {
            let inside = |sign: char| {
                if numeric {
                    sign.is_ascii_digit()
                } else {
                    sign.is_ascii_alphabetic()
                }
            };
            text.find(|sign| !inside(sign)).unwrap_or(text.len())
        };
        let ((one, a_rest), (two, b_rest)) = (a.split_at(segment(a)), b.split_at(segment(b)));
        let order = match numeric {
            true => one
                .parse::<u128>()
                .unwrap()
                .cmp(&two.parse::<u128>().unwrap()),
            false => one.cmp(two),
        };
        if order.is_ne() {
            return order;
        }
        (a, b) = (a_rest, b_rest);
    }
}

proptest! {
    #[test]
    fn the_key_has_the_order_of_rpmvercmp(a in "[0-2abA.~^_é]{1,7}", b in "[0-2abA.~^_é]{1,7}") {
        prop_assert_eq!(Scheme::Rpm.compare(&a, &b), Ok(direct(&a, &b)));
    }
}
