//! `up`: one command on a fresh machine.

use super::mirror::FEEDS;
use super::world::World;

fn fresh() -> World {
    let world = World::empty();
    let mirror = world.mirror().display().to_string();
    let feeds = FEEDS.map(|name| format!("{name:?}")).join(", ");
    world.put(
        "patchward.toml",
        &format!("[feeds]\nmirror = {mirror:?}\nonly = [{feeds}]\n"),
    );
    world
}

#[test]
fn a_fresh_machine_is_set_up_updated_and_scanned() {
    let world = fresh();
    let ran = world.run("up --offline --root root").ends(0);
    let ran = ran.says(&[
        "Debian GNU/Linux 12",
        "CVE-2026-90010",
        "1.0-2+deb12u1",
        "Knowledge base:",
    ]);
    ran.warns(&["Updating the knowledge base", "osv", "Scanning"]);
    world.run("db verify").ends(0);
    world
        .run("up --offline --root root")
        .ends(0)
        .says(&["CVE-2026-90010"])
        .warns(&["up to date"]);
}

#[test]
fn feeds_that_cannot_be_reached_are_named_and_change_nothing_else() {
    let world = fresh();
    let text = world
        .read("patchward.toml")
        .replace("\"kev\"", "\"kev\", \"alpine\", \"go\"");
    world.put("patchward.toml", &text);
    let ran = world
        .run("up --offline --root root")
        .ends(0)
        .says(&["CVE-2026-90010"]);
    ran.warns(&["Not reached: ", "go"]);
}

#[test]
fn without_any_feed_it_says_so_and_scans_all_the_same() {
    let world = World::empty();
    let ran = world.run("up --offline --root root").ends(0);
    ran.says(&["Debian GNU/Linux 12", "nothing is known of them"])
        .warns(&["No feed could be reached", "patchward db import"]);
}

#[test]
fn only_the_most_urgent_are_shown() {
    let world = fresh();
    let ran = world.run("up --offline --root root --top 1").ends(0);
    ran.says(&["more (`patchward scan` shows all)"]);
}
