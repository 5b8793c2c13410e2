//! Names in targets come from somebody else: nothing in them may act on a terminal or forge a line.

use super::targets;
use super::world::World;

const ESCAPE: &str = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{9b}31m\u{202e}";

fn hostile(text: &str) -> Option<char> {
    text.chars()
        .find(|c| (c.is_control() && !matches!(c, '\n' | '\r' | '\t')) || *c == '\u{202e}')
}

/// A world whose tree has hostile names everywhere.
fn poisoned() -> World {
    let world = World::new();
    let json = serde_json::to_string(&format!("1.3.0{ESCAPE}")).unwrap();
    let lock = targets::PACKAGE_LOCK.replace("\"0.9.0\"", &json);
    world.put(
        &format!("tree/{ESCAPE}\nCVE-0000-0 forged/package-lock.json"),
        &lock,
    );
    world.put(
        &format!("tree/broken{ESCAPE}/package-lock.json"),
        "{\"\u{1b}[31m",
    );
    let name = format!("pkg:npm/leftish-pad@1.3.0?{ESCAPE}");
    world.put(
        "tree/x.cdx.json",
        &targets::SBOM.replace(
            "pkg:npm/sound@1.0.0",
            &name
                .replace('\u{1b}', "\\u001b")
                .replace('\u{7}', "\\u0007"),
        ),
    );
    world
}

#[test]
fn nothing_that_acts_on_a_terminal_reaches_it() {
    let world = poisoned();
    for format in [
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
    ] {
        let ran = world
            .run(&format!(
                "scan tree --show-suppressed --all-components --format {format}"
            ))
            .ends(1);
        for text in [&ran.out, &ran.err] {
            assert_eq!(hostile(text), None, "{format}: {}", text.escape_debug());
        }
    }
    for command in [
        "explain CVE-2026-90002 tree",
        "explain CVE-2026-90002 tree --format json",
        "news tree --since 2020-01-01 --peek",
    ] {
        let ran = world.run(command).ends(1);
        assert_eq!(
            (hostile(&ran.out), hostile(&ran.err)),
            (None, None),
            "{command}"
        );
    }
}

#[test]
fn a_line_end_in_a_name_forges_no_row() {
    let world = poisoned();
    let ran = world.run("scan tree").ends(1);
    assert!(
        !ran.out
            .lines()
            .any(|line| line.trim_start().starts_with("CVE-0000-0")),
        "{}",
        ran.out
    );
}

#[test]
fn a_configuration_file_of_a_tree_cannot_speak_for_us() {
    let world = World::new();
    let rule =
        "[[ignore]]\nid = \"\\u001b[2J\\nall is well\"\nreason = \"r\"\nexpires = \"2020-01-01\"\n";
    world.put("tree/patchward.toml", rule);
    let ran = world
        .run("scan tree")
        .ends(1)
        .warns(&["expired on 2020-01-01"]);
    assert_eq!(hostile(&ran.err), None);
    assert!(
        !ran.err.lines().any(|line| line.starts_with("all is well")),
        "{}",
        ran.err
    );
    world.put("tree/patchward.toml", "[[ignore]]\n\"\\u001b[2J\" = 1\n");
    let ran = world.run("scan tree").ends(1);
    assert_eq!(hostile(&ran.err), None);
    world.put("patchward.toml", "\"\\u001b[2J\" = 1\n");
    let ran = world.run("scan sbom.json");
    assert_eq!(hostile(&ran.err), None);
}
