//! What does not count, and why: a baseline, ignore rules with an end, VEX documents.

use super::mirror;
use super::world::World;

const RULE: &str =
    "[[ignore]]\nid = \"CVE-2026-90001\"\nreason = \"the watch is on the wall\"\nexpires = ";

#[test]
fn a_second_scan_against_its_baseline_is_clean_and_a_new_finding_shows() {
    let mut world = World::new();
    world.run("scan tree --format json=main.json").ends(1);
    world
        .run("scan tree --baseline main.json")
        .ends(0)
        .says(&["4 suppressed"]);
    let mirror = world.own_mirror().to_owned();
    mirror::publish(&mirror, mirror::later());
    world.update().ends(0);
    let ran = world
        .run("scan tree --baseline main.json --format json")
        .ends(1);
    assert_eq!(ran.found(), ["TEST-2026-7"]);
}

#[test]
fn a_baseline_that_is_no_report_is_refused_by_name() {
    let world = World::new();
    world.put("odd.json", "[1, 2]");
    world
        .run("scan tree --baseline odd.json")
        .ends(6)
        .warns(&["odd.json", "--format json"]);
    for (text, found) in [
        (world.read("sbom.json").as_str(), "found no schema"),
        ("{}", "found no schema"),
        (
            "{\"schema\": \"patchward.scan/99\"}",
            "found \"patchward.scan/99\"",
        ),
    ] {
        world.put("odd.json", text);
        world.run("scan tree --baseline odd.json").ends(6).warns(&[
            "odd.json",
            "patchward.scan/1",
            found,
        ]);
    }
}

#[test]
fn a_vex_document_without_statements_says_that_it_suppresses_nothing() {
    let world = World::new();
    world
        .run("scan tree --vex sbom.json")
        .ends(1)
        .warns(&["sbom.json: it has no VEX statement"]);
}

#[test]
fn an_ignore_rule_of_the_tree_suppresses_and_its_reason_can_be_shown() {
    let world = World::new();
    world.put("tree/patchward.toml", &format!("{RULE}\"2999-12-31\"\n"));
    let ran = world.run("scan tree/ --format json").ends(1);
    assert_eq!(ran.found().len(), 3);
    let ran = world.run("scan tree --show-suppressed").ends(1);
    ran.says(&[
        "ignore rule",
        "the watch is on the wall",
        "until 2999-12-31",
    ]);
    world
        .run("scan tree --id CVE-2026-90001")
        .ends(0)
        .says(&["1 suppressed"]);
}

#[test]
fn an_expired_rule_is_loud_even_when_quiet_and_suppresses_nothing() {
    let world = World::new();
    world.put("tree/patchward.toml", &format!("{RULE}2020-01-01\n"));
    for flags in ["", "--quiet"] {
        let ran = world
            .run(&format!("scan tree --format json {flags}"))
            .ends(1);
        assert_eq!(ran.found().len(), 4);
        ran.warns(&[
            "tree/patchward.toml:1",
            "expired on 2020-01-01",
            "suppresses nothing",
        ]);
    }
}

#[test]
fn a_rule_for_a_package_or_a_path_suppresses_what_it_covers() {
    let world = World::new();
    let end = "reason = \"r\"\nexpires = \"2999-01-01\"\n";
    world.put(
        "tree/patchward.toml",
        &format!("[[ignore]]\npackage = \"no-remedy\"\n{end}"),
    );
    assert_eq!(world.run("scan tree --format json").found().len(), 3);
    world.put(
        "tree/patchward.toml",
        &format!("[[ignore]]\npath = \"web/**\"\n{end}"),
    );
    assert_eq!(
        world.run("scan tree --format json").found(),
        ["CVE-2026-90001"]
    );
}

#[test]
fn a_broken_rule_of_a_tree_is_told_with_its_line_and_the_scan_goes_on() {
    let world = World::new();
    world.put(
        "tree/patchward.toml",
        "\n[[ignore]]\nid = \"CVE-2026-90001\"\nexpires = \"2999-01-01\"\n",
    );
    world
        .run("scan tree")
        .ends(1)
        .warns(&["tree/patchward.toml:2", "reason", "don't count"]);
    world.put(
        "tree/patchward.toml",
        "[[ignore]]\nid = \"x\"\nreason = \"r\"\n",
    );
    world
        .run("scan tree")
        .ends(1)
        .warns(&["patchward.toml:1", "expires"]);
    world.put("tree/patchward.toml", "[[ignore]]\nid = \n");
    world.run("scan tree").ends(1).warns(&["patchward.toml:2"]);
    std::os::unix::fs::symlink("/dev/zero", world.path("link.toml")).unwrap();
    std::fs::rename(world.path("link.toml"), world.path("tree/patchward.toml")).unwrap();
    world
        .run("scan tree")
        .ends(1)
        .warns(&["no file of its own"]);
    // Our own is no foreign file.
    world.put("patchward.toml", "\n[[ignore]]\nid = \"x\"\n");
    world.run("scan tree").ends(6).warns(&["patchward.toml:2"]);
}

const OPENVEX: &str = r#"{"@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:vex:1", "author": "Team Watch",
"timestamp": "2026-06-01T00:00:00Z", "version": 1, "statements": [{"vulnerability": {"name": "CVE-2026-90001"},
"products": [{"@id": "pkg:cargo/pocketwatch@1.2.0"}], "status": "not_affected",
"justification": "vulnerable_code_not_in_execute_path"}]}"#;

const CYCLONEDX: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "version": 1,
"components": [{"type": "library", "name": "leftish-pad", "version": "1.3.0", "bom-ref": "p",
"purl": "pkg:npm/leftish-pad@1.3.0"}],
"vulnerabilities": [{"id": "CVE-2026-90002", "analysis": {"state": "not_affected",
"justification": "code_not_reachable", "detail": "we never pad"}, "affects": [{"ref": "p"}]}]}"#;

const CSAF: &str = r#"{"document": {"category": "csaf_vex", "csaf_version": "2.0", "title": "Gadget",
"publisher": {"category": "vendor", "name": "Gadgeteers", "namespace": "https://gadget.example"},
"tracking": {"id": "G-1", "status": "final", "version": "1", "initial_release_date": "2026-06-01T00:00:00Z",
"current_release_date": "2026-06-01T00:00:00Z",
"revision_history": [{"date": "2026-06-01T00:00:00Z", "number": "1", "summary": "first"}]}},
"product_tree": {"full_product_names": [{"product_id": "P", "name": "dev-gadget 1.0.5",
"product_identification_helper": {"purl": "pkg:npm/dev-gadget@1.0.5"}}]},
"vulnerabilities": [{"ids": [{"system_name": "TEST", "text": "TEST-2026-4"}],
"product_status": {"known_not_affected": ["P"]},
"flags": [{"label": "component_not_present", "product_ids": ["P"]}]}]}"#;

#[test]
fn vex_documents_of_three_kinds_suppress_what_they_speak_of() {
    let world = World::new();
    world.put("open.json", OPENVEX);
    world.put("cyclone.json", CYCLONEDX);
    world.put("csaf.json", CSAF);
    let ran = world
        .run("scan tree --vex open.json --vex cyclone.json --vex csaf.json --format json")
        .ends(1);
    assert_eq!(ran.found(), ["TEST-2026-3"], "{}", ran.err);
    let ran = world
        .run("scan tree --vex open.json --show-suppressed")
        .ends(1);
    ran.says(&["VEX", "Team Watch", "vulnerable_code_not_in_execute_path"]);
}

#[test]
fn a_vex_document_for_another_version_changes_nothing() {
    let world = World::new();
    world.put("open.json", &OPENVEX.replace("1.2.0", "1.1.0"));
    assert_eq!(
        world
            .run("scan tree --vex open.json --format json")
            .ends(1)
            .found()
            .len(),
        4
    );
}

#[test]
fn a_file_that_is_no_vex_document_is_refused_by_name() {
    let world = World::new();
    world.put("odd.json", "{\"a\": 1}");
    world
        .run("scan tree --vex odd.json")
        .ends(6)
        .warns(&["odd.json"]);
}

#[test]
fn vex_documents_can_stand_in_the_settings() {
    let world = World::new();
    world.put("open.json", OPENVEX);
    world.put("patchward.toml", "[scan]\nvex = [\"open.json\"]\n");
    assert_eq!(
        world.run("scan tree --format json").ends(1).found().len(),
        3
    );
}
