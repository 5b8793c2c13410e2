//! `patchward plan`: which patches first, and how it ends.

use super::world::World;

/// A lockfile in which a parent pins the child that has a flaw.
const PINNED: &str = r#"{
  "name": "shop", "version": "1.0.0", "lockfileVersion": 3,
  "packages": {
    "": { "name": "shop", "version": "1.0.0", "dependencies": { "frame": "^3.0.0" } },
    "node_modules/frame": { "version": "3.1.0", "dependencies": { "dev-gadget": "~1.0.0" } },
    "node_modules/dev-gadget": { "version": "1.0.5" }
  }
}
"#;

#[test]
fn what_is_exploited_comes_first_with_its_command_and_what_it_removes() {
    let world = World::new();
    let ran = world.run("plan tree").ends(1).says(&[
        "   1. pocketwatch 1.2.0 → 1.2.3 in Cargo.lock",
        "cargo update -p pocketwatch@1.2.0 --precise 1.2.3",
        "1 exploited",
        "Each day of waiting adds",
        "Risk that is left:",
        "that no patch clears today:",
        "no-remedy 0.9.0",
    ]);
    assert!(!ran.out.contains('\u{1b}'), "{}", ran.out);
    assert_eq!(ran.out, world.run("plan tree").out, "the same every time");
}

#[test]
fn a_lockfile_tells_whether_the_lock_alone_is_enough() {
    let report = World::new()
        .run("plan tree/web/package-lock.json --format json")
        .ends(1)
        .json();
    assert_eq!(report["schema"], "patchward.plan/1");
    let step = |package: &str| {
        let steps = report["steps"].as_array().unwrap().iter();
        steps
            .clone()
            .find(|step| step["patch"]["package"] == package)
            .unwrap()
            .clone()
    };
    let gadget = step("dev-gadget");
    assert_eq!(gadget["route"]["kind"], "lock-update");
    assert_eq!(gadget["disruption"]["kind"], "none");
    let pad = step("leftish-pad");
    assert_eq!(pad["route"]["kind"], "manifest");
    assert_eq!(pad["route"]["blockers"][0]["range"], "^1.0.0");
    assert_eq!(pad["patch"]["major"], true);
}

#[test]
fn a_parent_that_pins_its_child_is_named_with_a_way_around() {
    let world = World::new();
    world.put("pinned/package-lock.json", PINNED);
    world.run("plan pinned").ends(1).says(&[
        "needs a release of frame@3.1.0 (asks for ~1.0.0) that allows dev-gadget 1.1.0",
        "\"overrides\": {\"dev-gadget\": \"1.1.0\"}",
        "it comes in through frame@3.1.0",
    ]);
}

#[test]
fn limits_choose_and_the_rest_is_listed() {
    let world = World::new();
    let report = world
        .run("plan tree --budget 1 --format json")
        .ends(1)
        .json();
    assert_eq!(report["steps"].as_array().unwrap().len(), 1);
    assert_eq!(report["choice"]["method"], "optimal");
    assert_eq!(report["later"][0]["later"], "does not fit into the limits");
    world
        .run("plan tree --top 1")
        .ends(1)
        .says(&["1 patch clears", "after the first 1"]);
    world
        .run("plan tree --max-downtime 0s")
        .ends(1)
        .says(&["dev-gadget"])
        .says_nothing_of(&["1. pocketwatch"]);
    world
        .run("plan tree --only-kev")
        .ends(1)
        .says(&["pocketwatch"])
        .says_nothing_of(&["leftish-pad"]);
    world
        .run("plan tree --until-risk 100%")
        .ends(1)
        .says(&["Nothing to patch: all of the risk may stay"]);
}

#[test]
fn a_plan_can_be_made_of_a_saved_report() {
    let world = World::new();
    world
        .run("scan tree --all-components --format json=scan.json")
        .ends(1);
    let saved = world.run("plan --report scan.json --format csv").ends(1);
    assert_eq!(
        saved.out.replace("tree", ""),
        world.run("plan tree --format csv").out.replace("tree", "")
    );
    world.put("other.json", "{\"schema\": \"patchward.scan/99\"}");
    world
        .run("plan --report other.json")
        .ends(6)
        .warns(&["other.json", "patchward.scan/99"]);
    world
        .run("plan --report none.json")
        .ends(6)
        .warns(&["none.json"]);
}

#[test]
fn every_format_goes_to_a_file_of_its_own() {
    let world = World::new();
    world
        .run("plan tree -f table -f json=p.json -f csv=p.csv -f markdown=p.md -f html=p.html -f svg=p.svg")
        .ends(1)
        .says(&["pocketwatch"]);
    assert!(world.read("p.json").contains("\"patchward.plan/1\""));
    assert!(world.read("p.csv").starts_with("number,target,package"));
    assert!(world.read("p.md").starts_with("# Patch plan"));
    assert!(world.read("p.html").contains("<figure>"));
    let svg = world.read("p.svg");
    assert!(
        svg.contains("<title") && svg.contains("<desc") && !svg.contains("<script"),
        "{svg}"
    );
}

#[test]
fn the_exit_codes_are_those_of_a_scan() {
    let world = World::new();
    world.put(
        "sound/Cargo.lock",
        "version = 4\n\n[[package]]\nname = \"sound\"\nversion = \"1.0.0\"\n",
    );
    world.run("plan sound").ends(0).says(&["Nothing to patch."]);
    world.put("bare/readme.txt", "hello");
    world.run("plan bare").ends(3).warns(&["nothing to scan"]);
    world.put("half/sound/Cargo.lock", "version = 4\n");
    world.put("half/package-lock.json", "{");
    world
        .run("plan half")
        .ends(4)
        .says(&["incomplete: package-lock.json"]);
    world
        .run("plan tree --max-age 0s")
        .ends(5)
        .says(&["pocketwatch"]);
    world.run("plan no/such/path").ends(6);
    world
        .run("plan tree --until-risk 120%")
        .ends(2)
        .warns(&["is not a share"]);
    world
        .run("plan tree --window soon")
        .ends(2)
        .warns(&["is not a span of time"]);
    world
        .run("plan tree --format yaml")
        .ends(2)
        .warns(&["unknown format yaml", "svg"]);
    World::empty()
        .run("plan tree")
        .ends(5)
        .says(&["patchward db update"]);
}

#[test]
fn a_terminal_without_utf_8_gets_plain_bars() {
    let world = World::new();
    let ran = world.run_with(("LC_ALL", "C"), "plan tree").ends(1);
    assert!(
        ran.out.contains("####") && !ran.out.contains('█'),
        "{}",
        ran.out
    );
}

#[test]
fn real_lockfiles_all_have_a_plan() {
    let Some(corpus) = patchward_test_support::corpus() else {
        println!("skipped: no corpus (set PATCHWARD_CORPUS)");
        return;
    };
    let world = World::new();
    for kind in [
        "npm-package-lock",
        "yarn-lock",
        "pnpm-lock",
        "poetry-lock",
        "uv-lock",
        "composer-lock",
        "gemfile-lock",
        "cargo-lock",
    ] {
        let folder = corpus.join("lockfiles").join(kind).join("files");
        let mut files: Vec<_> = std::fs::read_dir(&folder)
            .unwrap()
            .map(|file| file.unwrap().path())
            .collect();
        files.sort();
        for file in files.iter().take(3) {
            let file = file.display().to_string();
            let ran: super::run::Ran = world
                .command(["plan", "--kind", kind, "--format", "json", &file])
                .output()
                .unwrap()
                .into();
            assert!(
                matches!(ran.code, Some(0 | 1 | 3 | 4 | 6)),
                "{file}: {}",
                ran.err
            );
            assert!(!ran.err.contains("panicked"), "{file}: {}", ran.err);
        }
    }
}
