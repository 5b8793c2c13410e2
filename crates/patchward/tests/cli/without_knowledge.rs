//! Before the first update: say what to do, and never call anything clean.

use super::world::World;

#[test]
fn a_scan_says_what_to_do_and_is_not_clean() {
    let world = World::empty();
    let ran = world.run("scan tree").ends(5);
    ran.says(&["No knowledge base yet", "patchward db update"])
        .says_nothing_of(&["No known vulnerabilities"]);
    world
        .run("scan tree --max-age 7d --fail-on never")
        .ends(5)
        .warns(&["patchward db update"]);
    world.run("db update kev --offline").ends(6);
    world
        .run("scan tree")
        .ends(5)
        .says(&["No knowledge base yet"])
        .warns(&["missing or empty"]);
    let json = world.run("scan tree --format json").ends(5).json();
    assert!(json["knowledge"].is_null(), "{json}");
}

#[test]
fn commands_that_are_nothing_without_it_say_what_to_do() {
    let world = World::empty();
    for command in [
        "explain CVE-2026-90001 tree",
        "db status",
        "db search x",
        "db show x",
        "db diff",
        "db verify",
        "db export kb --key none",
    ] {
        let ran = world.run(command).ends(6);
        ran.warns(&["failed to read the knowledge base", "patchward db update"]);
    }
    world
        .run("news tree")
        .ends(5)
        .warns(&["missing or empty", "patchward db update"]);
}
