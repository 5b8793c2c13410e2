use super::*;
use crate::model::{Conditions, Status};

fn affected(ecosystem: &str, kind: RangeKind, events: Vec<Event>) -> Affected {
    Affected {
        package: Package {
            ecosystem: ecosystem.into(),
            name: "x".into(),
            purl: None,
        },
        status: Status::Affected,
        ranges: vec![Range {
            kind,
            events,
            repo: None,
        }],
        versions: Vec::new(),
        severities: Vec::new(),
        conditions: Conditions::default(),
        unread: Vec::new(),
    }
}

fn introduced(v: &str) -> Event {
    Event::Introduced(v.into())
}
fn fixed(v: &str) -> Event {
    Event::Fixed(v.into())
}
fn last(v: &str) -> Event {
    Event::LastAffected(v.into())
}

fn check(events: Vec<Event>, named: &[&str], not_named: &[&str]) {
    let compiled = compile(&affected("npm", RangeKind::SemVer, events));
    for version in named {
        assert!(
            matches!(compiled.judge(version), Verdict::Named(_)),
            "{version}: {compiled:?}"
        );
    }
    for version in not_named {
        assert_eq!(
            compiled.judge(version),
            Verdict::NotNamed,
            "{version}: {compiled:?}"
        );
    }
}

#[test]
fn events_are_sorted_and_paired() {
    check(
        vec![
            last("3.1.9"),
            introduced("2.1.0"),
            fixed("1.0.0"),
            introduced("0"),
        ],
        &["0.0.0-alpha", "0.9.9", "2.1.0", "3.1.9"],
        &["1.0.0", "2.0.9", "3.2.0"],
    );
}

#[test]
fn a_version_both_introduced_and_fixed_is_not_affected() {
    check(
        vec![introduced("1.0.0"), fixed("1.0.0")],
        &[],
        &["0.9.0", "1.0.0", "1.0.1"],
    );
}

#[test]
fn after_begins_above_its_version() {
    check(
        vec![Event::After("1.0.0".into()), fixed("2.0.0")],
        &["1.0.1", "1.9.9"],
        &["1.0.0", "2.0.0"],
    );
    check(
        vec![
            introduced("1.0.0"),
            last("2.0.0"),
            Event::After("2.0.0".into()),
        ],
        &["2.0.0", "2.0.1"],
        &["0.9.0"],
    );
}

#[test]
fn a_limit_only_restricts() {
    check(
        vec![introduced("1.0.0"), Event::Limit("2.0.0".into())],
        &["1.5.0"],
        &["0.5.0", "2.0.0", "3.0.0"],
    );
    check(
        vec![
            introduced("1.0.0"),
            Event::Limit("2.0.0".into()),
            Event::Limit("*".into()),
        ],
        &["1.5.0", "3.0.0"],
        &["0.5.0"],
    );
}

#[test]
fn short_versions_stand_for_zeroes() {
    check(
        vec![introduced("0"), fixed("1")],
        &["0.9"],
        &["1.0.0", "1", "v1.0.1"],
    );
}

#[test]
fn the_fix_is_named_where_there_is_one() {
    let compiled = compile(&affected(
        "npm",
        RangeKind::SemVer,
        vec![introduced("0"), last("1.0.0"), fixed("1.0.1")],
    ));
    assert_eq!(compiled.intervals[0].fixed, None);
    let compiled = compile(&affected(
        "npm",
        RangeKind::SemVer,
        vec![introduced("0"), fixed("1.0.1")],
    ));
    assert_eq!(compiled.intervals[0].fixed.as_deref(), Some("1.0.1"));
}

#[test]
fn what_cannot_be_told_is_unknown_and_never_safe() {
    let unknown = |affected: &Affected, version: &str| {
        let verdict = compile(affected).judge(version);
        assert!(matches!(verdict, Verdict::Unknown(_)), "{verdict:?}");
    };
    let good = vec![introduced("0"), fixed("1.0.0")];
    unknown(
        &affected(
            "npm",
            RangeKind::SemVer,
            vec![introduced("0"), fixed("next")],
        ),
        "1.0.0",
    );
    unknown(&affected("npm", RangeKind::SemVer, good.clone()), "master");
    unknown(&affected("GIT", RangeKind::Git, good.clone()), "1.0.0");
    unknown(
        &affected("npm", RangeKind::SemVer, vec![fixed("1.0.0")]),
        "0.1.0",
    );
    let mut prose = affected("npm", RangeKind::SemVer, good);
    prose.unread.push("see vendor".into());
    unknown(&prose, "2.0.0");
    prose.ranges.clear();
    unknown(&prose, "2.0.0");
    prose.unread.clear();
    assert_eq!(compile(&prose).judge("2.0.0"), Verdict::Named(By::Every));
}

#[test]
fn a_listed_version_is_compared_as_text() {
    let mut listed = affected("npm", RangeKind::SemVer, vec![introduced("5.0.0")]);
    listed.versions = vec!["nightly".into(), "1.0.0".into()];
    let compiled = compile(&listed);
    assert_eq!(compiled.judge("nightly"), Verdict::Named(By::List));
    assert_eq!(compiled.judge("1.0.1"), Verdict::NotNamed);
}
