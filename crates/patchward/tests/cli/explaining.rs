//! `explain`: what it is, where it is, why we say so and what fixes it.

use super::world::World;

/// The text without the day that the test runs on.
fn timeless(text: &str) -> String {
    let line = |line: &str| match line.split_once("known here since ") {
        Some((before, _)) => format!("{before}known here since [DAY]"),
        // A score's age grows with the days, and with it what may have happened since.
        None => match (line.split_once(" days old"), line.rfind(" as of ")) {
            (Some(_), Some(at)) => format!("{} as of [DAY], [AGE]", &line[..at]),
            _ => line.to_owned(),
        },
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_flaw_in_a_lockfile_is_explained() {
    let world = World::new();
    let ran = world.run("explain CVE-2026-90001 tree/Cargo.lock").ends(1);
    insta::assert_snapshot!(timeless(&ran.out));
}

#[test]
fn a_flaw_in_a_debian_root_is_explained_by_debians_word() {
    let world = World::new();
    let ran = world.run("explain CVE-2026-90010 --root root").ends(1);
    insta::assert_snapshot!(timeless(&ran.out));
}

#[test]
fn any_id_in_any_case_will_do() {
    let world = World::new();
    world
        .run("explain test-2026-1 tree")
        .ends(1)
        .says(&["CVE-2026-90001 = TEST-2026-1"]);
}

#[test]
fn a_flaw_that_is_not_there_is_told_to_be_not_there() {
    let world = World::new();
    world
        .run("explain TEST-2026-6 tree")
        .ends(0)
        .says(&["In nothing that we have", "not found in tree"]);
}

#[test]
fn an_id_that_nobody_knows_is_told_with_what_to_do() {
    let world = World::new();
    world
        .run("explain CVE-1999-99999 tree")
        .ends(3)
        .warns(&["not known here", "patchward db status"]);
    world
        .run("db show CVE-1999-99999")
        .ends(3)
        .warns(&["not known here"]);
}

#[test]
fn the_explanation_as_json_has_publisher_range_and_comparison() {
    let world = World::new();
    let json = world
        .run("explain CVE-2026-90001 tree --format json")
        .ends(1)
        .json();
    assert_eq!(json["id"], "CVE-2026-90001");
    let statement = &json["findings"][0]["finding"]["statements"][0];
    for field in ["advisory", "publisher", "range", "comparison", "verdict"] {
        assert!(
            !statement[field].as_str().unwrap_or_default().is_empty(),
            "{field}: {statement}"
        );
    }
    assert_eq!(statement["decides"], true);
}

#[test]
fn a_suppressed_finding_is_explained_with_its_reason() {
    let world = World::new();
    let rule =
        "[[ignore]]\nid = \"CVE-2026-90001\"\nreason = \"on the wall\"\nexpires = \"2999-01-01\"\n";
    world.put("tree/patchward.toml", rule);
    world
        .run("explain CVE-2026-90001 tree")
        .ends(0)
        .says(&["does not count: on the wall", "patchward.toml:1"]);
}
