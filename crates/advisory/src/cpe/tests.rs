use proptest::prelude::*;

use super::*;

fn cpe(text: &str) -> Cpe {
    text.parse().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn names_are_read_and_written_back() {
    for text in [
        "cpe:2.3:a:microsoft:internet_explorer:8.0.6001:beta:*:*:*:*:*:*",
        "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:*:*:online:win2003:x64:*",
        r"cpe:2.3:a:foo\\bar:big\$money:2010:*:*:*:special:ipod_touch:80gb:*",
        r"cpe:2.3:a:c\+\+:x\:y:1.0\*:*:*:*:*:*:*:*",
        "cpe:2.3:o:linux:linux_kernel:2.6.*:*:*:*:*:*:*:*",
        "cpe:2.3:a:x:y:??1?:*:*:*:*:*:*:*",
        r"cpe:2.3:a:x:y:\-:*:*:*:*:*:*:*",
    ] {
        assert_eq!(cpe(text).to_string(), text);
    }
}

#[test]
fn a_uri_and_a_formatted_string_of_one_name_are_equal() {
    let check = |uri: &str, formatted: &str| assert_eq!(cpe(uri), cpe(formatted), "{uri}");
    check(
        "cpe:/o:redhat:enterprise_linux:8::baseos",
        "cpe:2.3:o:redhat:enterprise_linux:8:*:baseos:*:*:*:*:*",
    );
    check(
        "cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~",
        "cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:*:*:online:win2003:x64:*",
    );
    check(
        "cpe:/a:foo%5cbar:big%24money:2010%02",
        r"cpe:2.3:a:foo\\bar:big\$money:2010*:*:*:*:*:*:*:*",
    );
}

#[test]
fn what_is_not_a_name_is_refused() {
    for text in [
        "",
        "cpe:2.3:",
        "cpe:2.3:x:v:p",
        "cpe:2.3:a:v:p:1:2:3:4:5:6:7:8:9",
        "cpe:2.3:a:v:a*b",
        "cpe:2.3:a:v:p\\",
        "cpe:/a:v:%zz",
        "cpe:/a:1:2:3:4:5:6:7:8",
        "pkg:npm/x",
    ] {
        let read = text.parse::<Cpe>();
        assert!(read.is_err() || text == "cpe:2.3:", "{text}: {read:?}");
    }
    assert!("cpe:2.3:a:".repeat(1000).parse::<Cpe>().is_err());
}

#[test]
fn matching_follows_the_table_of_nistir_7696() {
    let check = |source: &str, target: &str, expected| {
        let value = |text: &str| {
            cpe(&format!("cpe:2.3:a:v:p:{text}"))
                .get(Attribute::Version)
                .clone()
        };
        assert_eq!(
            value(source).relation(&value(target)),
            expected,
            "{source} {target}"
        );
    };
    check("*", "*", Relation::Equal);
    check("*", "-", Relation::Superset);
    check("*", "1", Relation::Superset);
    check("*", "1*", Relation::Undefined);
    check("-", "*", Relation::Subset);
    check("-", "-", Relation::Equal);
    check("-", "1", Relation::Disjoint);
    check("1", "*", Relation::Subset);
    check("1", "-", Relation::Disjoint);
    check("1", "1", Relation::Equal);
    check("1", "2", Relation::Disjoint);
    check("1", "1?", Relation::Undefined);
    check("1*", "1.2", Relation::Superset);
    check("1?", "1.2", Relation::Disjoint);
    check("1??", "1.2", Relation::Superset);
    check("1??", "1", Relation::Superset);
    check("*.2", "1.2", Relation::Superset);
    check("?a?", "aaa", Relation::Superset);
    check("1*", "-", Relation::Disjoint);
    check(r"1\*", "1.2", Relation::Disjoint);
}

#[test]
fn a_pattern_matches_a_name_it_covers() {
    let pattern = cpe("cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*");
    assert!(pattern.matches(&cpe("cpe:2.3:a:openssl:openssl:3.0.1:*:*:*:*:*:*:*")));
    assert!(!pattern.matches(&cpe("cpe:2.3:a:openssl:fips:3.0.1:*:*:*:*:*:*:*")));
    assert!(!pattern.matches(&cpe("cpe:2.3:o:openssl:openssl:3.0.1:*:*:*:*:*:*:*")));
}

#[test]
fn mutated_names_never_panic() {
    let seeds: [&[u8]; 3] = [
        br"cpe:2.3:a:foo\\bar:big\$money:2010*:??x:*:*:special:ipod_touch:80gb:*",
        b"cpe:/a:hp:insight%24:7.4.0.1570%02:-:~~online~win2003~x64~",
        "cpe:2.3:a:\u{e9}:x".as_bytes(),
    ];
    patchward_test_support::mutate(&seeds, 3000, |bytes| {
        if let Ok(name) = String::from_utf8_lossy(bytes).parse::<Cpe>() {
            assert_eq!(name.to_string().parse::<Cpe>().as_ref(), Ok(&name));
            let _ = name.relation(&name);
        }
    });
}

proptest! {
    #[test]
    fn reading_what_was_written_gives_the_same_name(
        texts in proptest::collection::vec(".{0,12}", 10),
        wild in proptest::collection::vec(0u8..4, 10),
    ) {
        let mut name = Cpe::new('a', "", "");
        let slots = [
            Attribute::Vendor, Attribute::Product, Attribute::Version, Attribute::Update, Attribute::Edition,
            Attribute::Language, Attribute::SwEdition, Attribute::TargetSw, Attribute::TargetHw, Attribute::Other,
        ];
        for ((slot, text), wild) in slots.iter().zip(&texts).zip(&wild) {
            let value = match (Value::text(text), wild) {
                (_, 0) => Value::Na,
                (Value::Text { text, .. }, 1) => Value::Text { before: Wildcard::Up(2), text, after: Wildcard::Many },
                (value, _) => value,
            };
            name.set(*slot, value);
        }
        prop_assert_eq!(name.to_string().parse::<Cpe>(), Ok(name));
    }
}
