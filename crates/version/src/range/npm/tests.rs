use crate::Scheme;

fn holds(range: &str, version: &str) -> bool {
    Scheme::Npm.range(range).unwrap().contains(version).unwrap()
}

#[test]
fn holds_as_node_semver_documents() {
    for (range, inside, outside) in [
        ("^1.2.3", "1.9.9", "2.0.0"),
        ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("^0.x", "0.9.0", "1.0.0"),
        ("^1.2.3-beta.2", "1.2.3-beta.4", "1.2.4-beta.2"),
        ("~1.2.3", "1.2.9", "1.3.0"),
        ("~1.2", "1.2.0", "1.3.0"),
        ("~1", "1.9.0", "2.0.0"),
        ("~> 1.2", "1.2.9", "1.3.0"),
        ("1.2.3 - 2.3.4", "2.3.4", "2.3.5"),
        ("1.2 - 2.3", "2.3.9", "2.4.0"),
        ("1.2.3 - 2", "2.9.9", "3.0.0"),
        ("1.x", "1.0.0", "2.0.0"),
        ("1.2.*", "1.2.7", "1.3.0"),
        (">1.2", "1.3.0", "1.2.9"),
        ("<=1.2", "1.2.9", "1.3.0"),
        ("<1.2", "1.1.9", "1.2.0"),
        (">=1.2.7 <1.3.0", "1.2.99", "1.3.0"),
        ("1.2.7 || >=1.2.9 <2.0.0", "1.4.6", "1.2.8"),
        (">= 1.0.0   < 2", "1.0.0", "2.0.0"),
        ("=v1.2.3", "1.2.3+build", "1.2.4"),
        ("", "1.0.0", "1.0.0-rc.1"),
        ("*", "0.0.0", "0.0.1-0"),
        (">1.2.3-alpha.3", "3.4.5", "3.4.5-alpha.9"),
    ] {
        assert!(holds(range, inside), "{inside} in {range}");
        assert!(!holds(range, outside), "{outside} not in {range}");
    }
}

#[test]
fn the_next_major_is_not_begun_by_its_pre_releases() {
    assert!(!holds("^1.2.3 || >=2.0.0-beta <2", "2.0.0"));
    assert!(!holds("^1.2.3", "2.0.0-0"));
}

#[test]
fn refuses_what_is_no_range() {
    for range in [
        "!1.0.0",
        "latest",
        ">",
        "1..2",
        "^1.2.3.4.5 x",
        "git+https://x",
        "99999999999999999999",
    ] {
        assert!(Scheme::Npm.range(range).is_err(), "{range}");
    }
}
