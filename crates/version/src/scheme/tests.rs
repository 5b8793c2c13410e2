//! What holds for every scheme.

use std::cmp::Ordering;

use patchward_test_support::mutate;
use proptest::prelude::*;

use super::*;

#[test]
fn names_are_unique_and_read_back() {
    for scheme in Scheme::ALL {
        assert_eq!(scheme.name().parse(), Ok(*scheme));
    }
    assert!("no-such-scheme".parse::<Scheme>().is_err());
}

#[test]
fn a_refused_version_leaves_the_buffer_alone() {
    let long = "1.".repeat(5000);
    for (scheme, text) in Scheme::ALL
        .iter()
        .flat_map(|scheme| ["", "1.0.0-a..b", "1:é-", "1_foo", &long].map(|text| (scheme, text)))
    {
        let mut out = b"before".to_vec();
        if scheme.write_key(text, &mut out).is_err() {
            assert_eq!(out, b"before", "{scheme} {text:?}");
        }
    }
}

#[test]
fn messages_read_after_failed_to_and_cut_long_texts() {
    let error = Scheme::Gentoo.key(&"x".repeat(500)).unwrap_err();
    let message = error.to_string();
    assert!(message.starts_with("read \"xxx"), "{message}");
    assert!(message.len() < 200, "{message}");
}

/// Texts such as people use for versions, with few signs so that near ones are common.
const VERSION: &str =
    r"v?([0-2]:)?[0-2]{1,2}([.+~^_-]?([0-2]{1,2}|a|b|rc|alpha|beta|p|r|SNAPSHOT|dev|post|x)){0,5}";

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn every_scheme_is_a_total_order(a in VERSION, b in VERSION, c in VERSION) {
        for scheme in Scheme::ALL {
            let (Ok(ab), Ok(bc), Ok(ac)) = (scheme.compare(&a, &b), scheme.compare(&b, &c), scheme.compare(&a, &c)) else {
                continue;
            };
            prop_assert_eq!(scheme.compare(&a, &a), Ok(Ordering::Equal));
            prop_assert_eq!(scheme.compare(&b, &a), Ok(ab.reverse()), "{}", scheme);
            if ab == bc {
                prop_assert_eq!(ac, ab, "{}", scheme);
            }
            if ab == Ordering::Equal {
                prop_assert_eq!(ac, bc, "{}", scheme);
            }
        }
    }

    #[test]
    fn keys_compare_as_versions_do_whatever_follows_them(a in VERSION, b in VERSION, after in any::<[u8; 2]>()) {
        for scheme in Scheme::ALL {
            let (Ok(one), Ok(two)) = (scheme.key(&a), scheme.key(&b)) else {
                continue;
            };
            let order = one.cmp(&two);
            prop_assert_eq!(scheme.compare(&a, &b), Ok(order), "{}", scheme);
            let one = [one.as_bytes(), &after[..1]].concat();
            let two = [two.as_bytes(), &after[1..]].concat();
            if order != Ordering::Equal {
                prop_assert_eq!(one.cmp(&two), order, "{}", scheme);
            }
        }
    }
}

#[test]
fn no_text_makes_a_scheme_panic() {
    let seeds: &[&[u8]] = &[
        b"1:2.3.4~rc1-5ubuntu6+esm7",
        b"v0.0.0-20190116102854-5a71ef0e047d+incompatible",
        b"1!2.0a1.post2.dev3+local.4",
        b">=1.2.3 <2 || ^3.0.0-beta.1 || 4.x - 5",
        b"[1.0,2.0),[3.0,)",
        "1.\u{3b1}_\u{e9}-r1".as_bytes(),
    ];
    mutate(seeds, 150, |bytes| {
        let text = String::from_utf8_lossy(bytes);
        for scheme in Scheme::ALL {
            let _ = scheme.key(&text);
            for range in [scheme.range(&text), scheme.plain_range(&text)]
                .into_iter()
                .flatten()
            {
                let _ = range.contains("1.2.3");
                let _ = range.contains(&text);
            }
        }
    });
}
