//! Every format is written, to files at once and to standard output, and reads back by its own rules.

use serde_json::Value;

use super::world::World;

const FORMATS: [&str; 13] = [
    "table",
    "json",
    "jsonl",
    "csv",
    "sarif",
    "cyclonedx",
    "spdx",
    "openvex",
    "csaf",
    "gitlab",
    "junit",
    "markdown",
    "html",
];

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

#[test]
fn all_formats_are_written_in_one_run() {
    let world = World::new();
    let flags: String = FORMATS
        .iter()
        .map(|name| format!(" --format {name}=out.{name}"))
        .collect();
    let ran = world.run(&format!("scan tree{flags}")).ends(1);
    assert_eq!(ran.out, "");
    for name in FORMATS {
        let text = world.read(&format!("out.{name}"));
        assert!(text.contains("pocketwatch"), "{name}: {text}");
        assert!(
            name == "spdx" || text.contains("CVE-2026-90001"),
            "{name}: {text}"
        );
        assert!(!text.contains('\u{1b}'), "{name}");
    }
    for (name, pointer, expected) in [
        ("json", "/schema", "patchward.scan/1"),
        ("sarif", "/version", "2.1.0"),
        ("cyclonedx", "/bomFormat", "CycloneDX"),
        ("spdx", "/spdxVersion", "SPDX-2.3"),
        ("openvex", "/@context", "https://openvex.dev/ns/v0.2.0"),
        ("csaf", "/document/csaf_version", "2.0"),
        ("gitlab", "/scan/type", "dependency_scanning"),
    ] {
        let document = json(&world.read(&format!("out.{name}")));
        assert_eq!(document.pointer(pointer), Some(&expected.into()), "{name}");
    }
    assert_eq!(world.read("out.jsonl").lines().map(json).count(), 4);
    assert_eq!(world.read("out.csv").lines().count(), 5);
    let left: Vec<_> = std::fs::read_dir(world.path(""))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert!(
        !left
            .iter()
            .any(|name| name.to_string_lossy().ends_with(".tmp")),
        "{left:?}"
    );
}

#[test]
fn junit_and_html_are_well_formed() {
    let world = World::new();
    let text = world.run("scan tree --format junit").ends(1).out;
    let mut reader = quick_xml::Reader::from_str(&text);
    let mut failures = 0;
    loop {
        match reader
            .read_event()
            .unwrap_or_else(|e| panic!("{e}: {text}"))
        {
            quick_xml::events::Event::Eof => break,
            quick_xml::events::Event::Start(start) if start.name().as_ref() == "failure" => {
                failures += 1
            }
            _ => {}
        }
    }
    assert_eq!(failures, 4);
    let html = world.run("scan tree --format html").ends(1).out;
    assert!(
        html.starts_with("<!doctype html>") || html.starts_with("<!DOCTYPE html>"),
        "{html}"
    );
}

#[test]
fn formats_that_list_components_list_all_and_the_json_beside_them_stays_short() {
    let world = World::new();
    world
        .run("scan tree --format json=r.json --format cyclonedx=b.json --format spdx=s.json")
        .ends(1);
    let purls = |document: &Value| {
        let components = document["components"].as_array().unwrap().iter();
        components
            .filter(|component| component["purl"].is_string())
            .count()
    };
    assert!(purls(&json(&world.read("b.json"))) >= 4);
    assert!(
        json(&world.read("s.json"))["packages"]
            .as_array()
            .unwrap()
            .len()
            >= 4
    );
    assert!(
        json(&world.read("r.json"))["targets"][0]["inventory"]
            .as_array()
            .is_none_or(Vec::is_empty)
    );
}

#[test]
fn a_clean_component_stands_in_the_bill_of_materials_too() {
    let world = World::new();
    let out = world.run("scan sbom.json --format cyclonedx").ends(1).out;
    assert!(out.contains("pkg:npm/sound@1.0.0"), "{out}");
}

#[test]
fn our_own_bill_of_materials_can_be_scanned_again() {
    let world = World::new();
    let first = world.run("scan tree --format json").ends(1).found();
    for format in ["cyclonedx", "spdx"] {
        world
            .run(&format!("scan tree --format {format}=again.json"))
            .ends(1);
        let again = world.run("scan again.json --format json").ends(1).found();
        let sorted = |mut ids: Vec<String>| {
            ids.sort();
            ids
        };
        assert_eq!(sorted(again), sorted(first.clone()), "{format}");
    }
}

#[test]
fn our_own_vex_document_is_read_back() {
    let world = World::new();
    world
        .run("scan tree --format openvex=vex.json --format csaf=csaf.json")
        .ends(1);
    // It says "affected" of everything, so it suppresses nothing.
    world
        .run("scan tree --vex vex.json --vex csaf.json")
        .ends(1)
        .says(&["CVE-2026-90001"]);
}

#[test]
fn a_table_and_a_file_can_be_asked_for_together() {
    let world = World::new();
    world
        .run("scan tree --format table --format json=r.json")
        .ends(1)
        .says(&["SEVERITY", "CVE-2026-90001"]);
    assert!(world.read("r.json").contains("patchward.scan/1"));
}

#[test]
fn a_pipe_has_no_colours_unless_they_are_forced_and_no_color_is_honoured() {
    let world = World::new();
    world.run("scan tree").ends(1).says_nothing_of(&["\u{1b}"]);
    world
        .run_with(("NO_COLOR", "1"), "scan tree")
        .ends(1)
        .says_nothing_of(&["\u{1b}"]);
    world
        .run("scan tree --color always")
        .ends(1)
        .says(&["\u{1b}["]);
    world
        .run("scan tree --color never")
        .ends(1)
        .says_nothing_of(&["\u{1b}"]);
}
