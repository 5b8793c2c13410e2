//! `patchward plan --resolve` with the real cargo, npm and uv on small projects, and invented flaws of real packages. A
//! test whose tool or network is not there says so.

use std::process::Command;

use super::mirror::{self, Osv};
use super::run::Ran;
use super::world::World;

/// A world in which these are known, and a project in it whose own tool made the lockfile; `None`, with a word, where
/// that is not possible here.
fn project(records: Vec<Osv>, files: &[(&str, &str)], make: &[&[&str]]) -> Option<World> {
    let mut world = World::new();
    mirror::publish_all(world.own_mirror(), records);
    world.update().ends(0);
    for (path, text) in files {
        world.put(&format!("project/{path}"), text);
    }
    for words in make {
        let mut command = Command::new(words[0]);
        let ran = command
            .args(&words[1..])
            .current_dir(world.path("project"))
            .output();
        let why = match ran {
            Ok(out) if out.status.success() => continue,
            Ok(out) => String::from_utf8_lossy(&out.stderr).into_owned(),
            Err(error) => error.to_string(),
        };
        println!("skipped: {} cannot make a lockfile here: {why}", words[0]);
        return None;
    }
    Some(world)
}

/// Plans as a user would, whose tools have their own settings.
fn plan(world: &World, arguments: &str) -> Ran {
    let mut command = world.command(arguments.split_whitespace());
    let own =
        std::env::vars_os().filter(|(name, _)| !name.to_string_lossy().starts_with("PATCHWARD"));
    command
        .envs(own)
        .env("NO_COLOR", "1")
        .output()
        .unwrap()
        .into()
}

fn flaw(id: &str, ecosystem: &'static str, package: &str, fixed: &str) -> Osv {
    Osv::new(id, ecosystem, package, "Invented").fixed(fixed)
}

const NPM: &str = r#"{"name":"shop","version":"1.0.0","dependencies":{"express":"4.16.0"}}"#;

const MAKE_NPM: &[&str] = &[
    "npm",
    "install",
    "--package-lock-only",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
];

#[test]
fn two_children_of_one_npm_package_become_one_step_at_the_least_release_that_brings_both() {
    let known = vec![
        flaw("TEST-2026-21", "npm", "qs", "6.5.2"),
        flaw("TEST-2026-22", "npm", "send", "0.16.2"),
    ];
    let Some(world) = project(known, &[("package.json", NPM)], &[MAKE_NPM]) else {
        return;
    };
    let before = world.read("project/package-lock.json");
    let without = plan(&world, "plan project --format json").json();
    let count = |list: &str| without[list].as_array().unwrap().len();
    assert_eq!(
        (count("steps"), count("later")),
        (0, 2),
        "no release of the parent is known"
    );
    let report = plan(&world, "plan project --resolve --format json")
        .ends(1)
        .json();
    let steps = report["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 1, "{report:#}");
    let step = &steps[0];
    assert_eq!(step["patch"]["package"], "express");
    assert_eq!(step["patch"]["to"], "4.16.4");
    assert_eq!(step["patch"]["command"], "npm install express@4.16.4");
    assert_eq!(step["findings"], 2);
    assert_eq!(step["route"]["tried"], true);
    let brings: Vec<&str> = step["route"]["brings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["name"].as_str().unwrap())
        .collect();
    assert_eq!(brings, ["qs", "send"]);
    assert_eq!(report["summary"]["cleared"], 2);
    assert_eq!(report["summary"]["risk_left"], 0.0);
    assert_eq!(
        world.read("project/package-lock.json"),
        before,
        "the project is only read"
    );
    assert_eq!(world.read("project/package.json"), NPM);
}

#[test]
fn cargo_raises_a_parent_within_its_requirement_and_says_so() {
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [dependencies]\nserde_urlencoded = \"0.7.0\"\n";
    let known = vec![flaw("TEST-2026-23", "crates.io", "itoa", "1.0.1")];
    let Some(world) = project(
        known,
        &[("Cargo.toml", manifest), ("src/lib.rs", "")],
        &[
            &["cargo", "generate-lockfile", "--quiet"],
            &[
                "cargo",
                "update",
                "--quiet",
                "-p",
                "serde_urlencoded",
                "--precise",
                "0.7.0",
            ],
        ],
    ) else {
        return;
    };
    let ran = plan(&world, "plan project --resolve").ends(1).says(&[
        "1. serde_urlencoded 0.7.0 → 0.7.1 in Cargo.lock: 1 finding",
        "cargo update -p serde_urlencoded@0.7.0 --precise 0.7.1",
        "tried in a copy with cargo: upgrading serde_urlencoded 0.7.0 → 0.7.1 brings itoa 0.4.8 → 1.",
        "only the lockfile changes",
    ]);
    assert!(ran.err.contains("trying itoa 0.4.8"), "{}", ran.err);
}

#[test]
fn cargo_goes_to_the_least_release_of_what_the_project_pins() {
    let manifest = "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
                    [dev-dependencies]\nitoa = \"=1.0.1\"\n";
    let known = vec![flaw("TEST-2026-28", "crates.io", "itoa", "1.0.3")];
    let Some(world) = project(
        known,
        &[("Cargo.toml", manifest), ("src/lib.rs", "")],
        &[&["cargo", "generate-lockfile", "--quiet"]],
    ) else {
        return;
    };
    plan(&world, "plan project").ends(1).says(&[
        "the project itself asks for itoa =1.0.1: change that in Cargo.toml to allow 1.0.3",
    ]);
    plan(&world, "plan project --resolve").ends(1).says(&[
        "1. itoa 1.0.1 → 1.0.3 in Cargo.lock: 1 finding",
        "cargo add --dev itoa@1.0.3 && cargo update -p itoa@1.0.",
        "--precise 1.0.3",
        "the project's own requirement changes",
    ]);
}

#[test]
fn uv_is_told_to_change_the_requirement_where_the_lockfile_cannot_do_it() {
    let manifest = "[project]\nname = \"shop\"\nversion = \"0.1.0\"\nrequires-python = \">=3.8\"\n\
                    dependencies = [\"requests==2.25.1\"]\n";
    let known = vec![flaw("TEST-2026-24", "PyPI", "urllib3", "2.0.7")];
    let Some(world) = project(
        known,
        &[("pyproject.toml", manifest)],
        &[&["uv", "lock", "--no-build", "--quiet"]],
    ) else {
        return;
    };
    plan(&world, "plan project --resolve").ends(1).says(&[
        "1. requests 2.25.1 → 2.30.0 in uv.lock: 1 finding",
        "uv add requests==2.30.0",
        "brings urllib3 1.26.20 → 2.",
        "the project's own requirement changes",
    ]);
}

#[test]
fn what_the_project_itself_pins_is_tried_where_it_stands() {
    let manifest = "[project]\nname = \"shop\"\nversion = \"0.1.0\"\nrequires-python = \">=3.8\"\n\
                    dependencies = [\"idna==3.4\"]\n\
                    [project.optional-dependencies]\nweb = [\"certifi==2023.5.7\"]\n\
                    [dependency-groups]\nlint = [\"six==1.15.0\"]\n";
    let known = vec![
        flaw("TEST-2026-25", "PyPI", "idna", "3.6"),
        flaw("TEST-2026-26", "PyPI", "certifi", "2023.7.22"),
        flaw("TEST-2026-27", "PyPI", "six", "1.16.0"),
    ];
    let Some(world) = project(
        known,
        &[("pyproject.toml", manifest)],
        &[&["uv", "lock", "--no-build", "--quiet"]],
    ) else {
        return;
    };
    plan(&world, "plan project").ends(1).says(&[
        "the project itself asks for idna ==3.4: change that in pyproject.toml to allow 3.6",
    ]);
    plan(&world, "plan project --resolve").ends(1).says(&[
        "3 patches clear 3 of 3 findings",
        "uv add idna==3.6",
        "uv add --optional web certifi==2023.7.22",
        "uv add --group lint six==1.16.0",
    ]);
    assert_eq!(world.read("project/pyproject.toml"), manifest);
}

#[test]
fn what_cannot_be_tried_is_a_note_and_the_plan_stands() {
    let lock = r#"{
      "name": "shop", "version": "1.0.0", "lockfileVersion": 3,
      "packages": {
        "": { "name": "shop", "version": "1.0.0", "dependencies": { "frame": "^3.0.0" } },
        "node_modules/frame": { "version": "3.1.0", "dependencies": { "dev-gadget": "~1.0.0" } },
        "node_modules/dev-gadget": { "version": "1.0.5" }
      }
    }"#;
    let world = World::new();
    world.put("project/package-lock.json", lock);
    let nowhere = world.path("nowhere").display().to_string();
    let ran = world.run_with(("PATH", &nowhere), "plan project --resolve");
    ran.ends(1).says(&[
        "needs a release of frame@3.1.0",
        "1 patch not in the plan",
        "tried in a copy without success: npm cannot be started here",
    ]);
}

#[test]
fn offline_refuses_to_ask_registries() {
    let ran = World::new().run("plan tree --resolve --offline").ends(6);
    assert!(
        ran.err.contains("--offline forbids the network"),
        "{}",
        ran.err
    );
}
