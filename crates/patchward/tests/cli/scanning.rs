//! `scan` finds what is vulnerable in every kind of target, and says it in the table and in JSON.

use jiff::ToSpan;

use super::world::World;

/// The report's text without its times, and without the days that are counted from today.
pub fn timeless(text: &str) -> String {
    let text = &dayless(text);
    let words = text.split("updated ").collect::<Vec<_>>();
    match words.as_slice() {
        [before, after] => match after.split_once(" ago") {
            Some((_, rest)) => format!("{before}updated [TIME] ago{rest}"),
            None => text.to_owned(),
        },
        _ => text.to_owned(),
    }
}

/// What is due thirty days after we learnt of it, which was when the test began.
fn dayless(text: &str) -> String {
    let zones = [jiff::tz::TimeZone::UTC, jiff::tz::TimeZone::system()];
    let due = zones.map(|zone| jiff::Timestamp::now().to_zoned(zone).date() + 30.days());
    let text = text.replace(&due[0].to_string(), "in 30 days");
    text.replace(&due[1].to_string(), "in 30 days")
}

#[test]
fn the_table_of_a_tree_tells_findings_and_the_patches_that_resolve_them() {
    let world = World::new();
    let ran = world.run("scan tree").ends(1);
    insta::assert_snapshot!(timeless(&ran.out));
    assert_eq!(ran.err, "");
}

#[test]
fn the_table_of_a_debian_root_names_its_release_and_the_publishers_fix() {
    let world = World::new();
    let ran = world.run("scan --root root").ends(1);
    insta::assert_snapshot!(timeless(&ran.out));
}

#[test]
fn a_folder_that_is_a_system_is_taken_as_one_without_being_told() {
    let world = World::new();
    let told = world.run("scan --root root --format json").ends(1).found();
    let seen = world.run("scan root --format json").ends(1).found();
    assert_eq!(told, seen);
    assert!(seen.contains(&"CVE-2026-90010".to_owned()), "{seen:?}");
}

#[test]
fn an_sbom_is_read_from_standard_input() {
    let world = World::new();
    let ran = world
        .run_on(&world.read("sbom.json"), "scan - --format json")
        .ends(1);
    assert_eq!(ran.found(), ["CVE-2026-90002"]);
}

#[test]
fn a_lockfile_is_read_from_standard_input_when_told_so() {
    let world = World::new();
    let lock = world.read("tree/Cargo.lock");
    let ran = world
        .run_on(&lock, "scan - --kind cargo-lock --format json")
        .ends(1);
    assert_eq!(ran.found(), ["CVE-2026-90001"]);
    world
        .run_on("[[package]\n", "scan - --kind cargo-lock")
        .ends(4)
        .says(&["incomplete: standard input:1"]);
    world
        .run_on(&lock, "scan - --kind lockfile")
        .ends(6)
        .warns(&["--kind cargo-lock"]);
    world
        .run_on(&lock, "scan - --kind tree")
        .ends(6)
        .warns(&["it is standard input"]);
    world
        .run_on(&lock, "scan -")
        .ends(6)
        .warns(&["not an SBOM", "--kind cargo-lock"]);
    world
        .run_on(&world.read("sbom.json"), "scan - --kind sbom")
        .ends(1);
}

#[test]
fn a_kind_can_be_forced() {
    let world = World::new();
    world.put("odd.name", super::targets::SBOM);
    world
        .run("scan --kind sbom odd.name")
        .ends(1)
        .says(&["CVE-2026-90002"]);
    world
        .run("scan --kind lockfile odd.name")
        .ends(6)
        .warns(&["odd.name"]);
}

#[test]
fn several_targets_stand_in_one_report() {
    let world = World::new();
    let ran = world
        .run("scan tree/Cargo.lock sbom.json --root root --format json")
        .ends(1);
    assert_eq!(ran.json()["targets"].as_array().unwrap().len(), 3);
}

#[test]
fn the_json_report_names_its_schema_and_the_knowledge_that_it_used() {
    let world = World::new();
    let report = world.run("scan tree --format json").ends(1).json();
    assert_eq!(report["schema"], "patchward.scan/1");
    assert!(report["knowledge"]["updated"].is_string(), "{report}");
    assert_eq!(report["summary"]["findings"], 4);
    assert_eq!(report["summary"]["kev"], 1);
}

#[test]
fn a_withdrawn_advisory_finds_nothing() {
    let world = World::new();
    world
        .run("scan tree --format json")
        .ends(1)
        .says_nothing_of(&["TEST-2026-5"]);
}

#[test]
fn what_gitignore_leaves_out_is_left_out_unless_asked_for() {
    let world = World::new();
    world.put("tree/.gitignore", "web/\n");
    world
        .run("scan tree")
        .ends(1)
        .says(&["CVE-2026-90001"])
        .says_nothing_of(&["CVE-2026-90002"]);
    world
        .run("scan tree --include-ignored")
        .ends(1)
        .says(&["CVE-2026-90001", "CVE-2026-90002"]);
    world
        .run("scan tree --include-ignored --exclude web")
        .ends(1)
        .says_nothing_of(&["CVE-2026-90002"]);
}

#[test]
fn two_scans_of_the_same_say_the_same() {
    let world = World::new();
    let first = world.run("scan tree --root root").ends(1);
    let second = world.run("scan tree --root root").ends(1);
    assert_eq!(timeless(&first.out), timeless(&second.out));
}

#[test]
fn every_component_is_listed_when_asked_for() {
    let world = World::new();
    let short = world.run("scan tree --format json").json();
    let long = world.run("scan tree --format json --all-components").json();
    let listed = |report: &serde_json::Value| {
        report["targets"][0]["inventory"]
            .as_array()
            .map_or(0, Vec::len)
    };
    assert_eq!((listed(&short), listed(&long)), (0, 5));
}
