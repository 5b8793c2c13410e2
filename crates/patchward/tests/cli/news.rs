//! `news`: what is new since the last time and touches a target.

use super::mirror;
use super::world::World;

/// A world where an advisory has come since the tree's news were told.
fn something_happened() -> World {
    let mut world = World::new();
    world.run("news tree").ends(0).says(&["Nothing new since"]);
    let mirror = world.own_mirror().to_owned();
    mirror::publish(&mirror, mirror::later());
    world.update().ends(0);
    world
}

#[test]
fn news_are_told_once() {
    let world = something_happened();
    let ran = world.run("news tree").ends(1);
    ran.says(&[
        "1 piece of news",
        "TEST-2026-7 in leftish-pad 1.3.0",
        "fixed in 2.1.0",
        "new advisory TEST-2026-7",
    ]);
    world.run("news tree").ends(0).says(&["Nothing new since"]);
}

#[test]
fn peeking_does_not_count_as_told() {
    let world = something_happened();
    world.run("news tree --peek").ends(1);
    world.run("news tree").ends(1);
}

#[test]
fn the_same_target_by_another_path_is_the_same_and_another_target_is_not() {
    let world = something_happened();
    world.run("news tree/").ends(1);
    let absolute = world.path("tree");
    world.run(&format!("news {}", absolute.display())).ends(0);
    let here = |folder: &str| {
        super::world::copy(&world.path("tree"), &world.path(folder));
        let mut command = world.command(["news", "."]);
        super::run::Ran::from(command.current_dir(world.path(folder)).output().unwrap())
    };
    here("one").ends(0);
    assert!(world.read("data/news.json").contains("/one"));
}

#[test]
fn who_asks_for_some_has_not_heard_the_rest() {
    let mut world = World::new();
    world.run("news tree --kev").ends(0);
    world.run("news tree").ends(0);
    let mirror = world.own_mirror().to_owned();
    mirror::publish(&mirror, mirror::later());
    world.update().ends(0);
    world.run("news tree --kev").ends(0);
    world.run("news tree").ends(1);
}

#[test]
fn an_instant_can_be_given() {
    let world = World::new();
    let ran = world
        .run("news tree --since 2020-01-01 --format json --peek")
        .ends(1);
    assert_eq!(ran.json().as_array().unwrap().len(), 4);
    world.run("news tree --since 2999-01-01").ends(0);
}

#[test]
fn a_list_of_packages_will_do_as_a_target() {
    let world = something_happened();
    world.put(
        "list.txt",
        "# ours\nnpm/leftish-pad@1.3.0\npkg:cargo/pocketwatch@1.2.0\n",
    );
    let ran = world
        .run("news --packages list.txt --since 2020-01-01 --peek")
        .ends(1);
    ran.says(&["CVE-2026-90001", "CVE-2026-90002", "TEST-2026-7"]);
    let ran = world.run_on(
        "npm/leftish-pad@1.3.0\n",
        "news --packages - --since 2020-01-01 --kev",
    );
    ran.ends(0);
}

#[test]
fn what_could_not_be_read_is_told_and_is_not_nothing_new() {
    let world = World::new();
    world.put("broken/Cargo.lock", "[[package]\n");
    world.put("broken/package-lock.json", "{");
    let ran = world.run("news broken").ends(4);
    ran.warns(&["incomplete: ", "Cargo.lock", "package-lock.json"])
        .says(&["Nothing new"]);
    world
        .run("news broken tree --since 2020-01-01 --format json --peek")
        .ends(1)
        .warns(&["Cargo.lock"])
        .json();
    world.put("list.txt", "\u{1}\u{2}garbage\nmore of it\n");
    world.run("news --packages list.txt").ends(4).warns(&[
        "list.txt:1",
        "list.txt:2",
        "expected a purl",
    ]);
    world
        .run_on("garbage\n", "news --packages -")
        .ends(4)
        .warns(&["standard input:1"]);
}

#[test]
fn an_empty_place_is_nothing_to_look_at() {
    let world = World::new();
    std::fs::create_dir(world.path("empty")).unwrap();
    world.run("news empty").ends(3).warns(&["nothing to scan"]);
    world.put("list.txt", "# nothing yet\n");
    world.run("news --packages list.txt").ends(3);
    assert!(!world.path("data/news.json").exists());
}

#[test]
fn a_list_that_is_no_text_is_refused() {
    let world = World::new();
    std::fs::write(world.path("list.bin"), [0xff, 0xfe, 0, 1]).unwrap();
    world
        .run("news --packages list.bin")
        .ends(6)
        .warns(&["read list.bin", "UTF-8"]);
    world
        .run("news --packages none.txt")
        .ends(6)
        .warns(&["read none.txt"]);
}
