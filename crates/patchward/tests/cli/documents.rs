//! Help, completions and man pages.

use std::fs;

use super::world::World;

const COMMANDS: [&str; 24] = [
    "",
    "up",
    "scan",
    "explain",
    "news",
    "config show",
    "completions",
    "man",
    "db update",
    "db status",
    "db search",
    "db show",
    "db diff",
    "db export",
    "db import",
    "db verify",
    "db key new",
    "db",
    "db key",
    "ledger",
    "policy",
    "config",
    "checks",
    "context",
];

#[test]
fn every_command_helps_with_examples() {
    let world = World::empty();
    for command in COMMANDS {
        let ran = world
            .run(&format!("{command} --help"))
            .ends(0)
            .says(&["Usage: patchward", "\nExample"]);
        let examples = ran.out.split("\nExample").nth(1).unwrap();
        let own = format!("\n  patchward {command}");
        assert!(examples.contains(own.trim_end()), "{command}: {examples}");
    }
}

#[test]
fn the_exit_codes_are_told_where_they_matter() {
    let world = World::empty();
    for command in ["", "scan"] {
        let help = world.run(&format!("{command} --help")).ends(0).out;
        let words = help.split_whitespace().collect::<Vec<_>>().join(" ");
        for code in [
            "0 clean",
            "1 found",
            "2 usage",
            "3 nothing to scan",
            "4 incomplete",
            "5 data",
            "6 failure",
        ] {
            assert!(words.contains(code), "{code}: {words}");
        }
    }
}

#[test]
fn completions_of_each_shell_know_the_commands() {
    let world = World::empty();
    for shell in ["bash", "zsh", "fish"] {
        world.run(&format!("completions {shell}")).ends(0).says(&[
            "explain",
            "show-suppressed",
            "diff",
        ]);
    }
    world.run("completions abacus").ends(2);
}

#[test]
fn a_man_page_is_written_for_each_command() {
    let world = World::empty();
    world.run("man pages/man1").ends(0);
    let mut names: Vec<_> = fs::read_dir(world.path("pages/man1"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    for name in [
        "patchward.1",
        "patchward-scan.1",
        "patchward-db-update.1",
        "patchward-config-show.1",
    ] {
        assert!(names.iter().any(|known| known == name), "{name}: {names:?}");
        assert!(
            world.read(&format!("pages/man1/{name}")).starts_with(".ie"),
            "{name}"
        );
    }
}

#[test]
fn the_version_is_told() {
    World::empty()
        .run("--version")
        .ends(0)
        .says(&["patchward "]);
}
