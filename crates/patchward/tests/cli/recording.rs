//! `scan --record`: since when findings are open.

use super::world::World;

/// The clocks of the due dates of a JSON report.
fn clocks(report: &serde_json::Value) -> Vec<String> {
    let findings = report["targets"][0]["findings"].as_array().unwrap().iter();
    findings
        .filter_map(|finding| finding["decision"]["due"]["clock"].as_str())
        .map(str::to_owned)
        .collect()
}

#[test]
fn due_dates_count_from_the_first_scan_that_was_written_down() {
    let world = World::new();
    let before = clocks(&world.run("scan tree --format json").ends(1).json());
    assert!(!world.path("data/patchward.db").exists());
    assert!(
        !before.is_empty() && !before.contains(&"first seen".to_owned()),
        "{before:?}"
    );

    let recorded = world.run("scan tree --record --format json").ends(1);
    let seen = clocks(&recorded.json());
    assert!(seen.iter().all(|clock| clock == "first seen"), "{seen:?}");
    recorded.warns(&[
        "Written down: ",
        " new, 0 seen again after they were closed, 0 known",
    ]);
    // The same tree by another path, and another command.
    let later = world.run("scan ./root/../tree --format json").ends(1);
    assert_eq!(clocks(&later.json()), seen);
    world
        .run("policy explain CVE-2026-90001 tree")
        .ends(1)
        .says(&["(first seen)"]);
    world
        .run("scan tree --record")
        .ends(1)
        .warns(&["Written down: 0 new"]);
    let others = world.run("scan sbom.json --format json").ends(1).json();
    assert!(!clocks(&others).contains(&"first seen".to_owned()));
}

#[test]
fn a_store_that_cannot_be_read_is_told_and_the_scan_goes_on() {
    let world = World::new();
    world.put(
        "data/patchward.db",
        "this is no database at all, whatever its name says",
    );
    world
        .run("scan tree")
        .ends(1)
        .says(&["CVE-2026-90001"])
        .warns(&[
            "warning: it is not known since when findings are open",
            "patchward.db",
        ]);
    world
        .run("scan tree --record")
        .ends(6)
        .warns(&["write down the findings in", "patchward.db"]);
}

#[test]
fn only_a_whole_scan_is_written_down() {
    World::new()
        .run("scan tree --record --severity high")
        .ends(2)
        .warns(&["--record"]);
}
