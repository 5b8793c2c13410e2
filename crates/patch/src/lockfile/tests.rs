//! The real tools on small projects in temporary folders. A test whose tool or network is not there says so.

use std::fs;

use super::*;

/// A project with a lockfile that its own tool makes; `None`, with a word, where that is not possible here.
fn project(tool: Tool, manifest: (&str, &str), lock: &str, make: &[&str]) -> Option<TempDir> {
    let folder = tempfile::tempdir().unwrap();
    let (name, text) = manifest;
    fs::create_dir_all(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let mut command = std::process::Command::new(tool.name());
    let made = command.args(make).current_dir(folder.path()).output();
    let why = match made {
        Ok(out) if out.status.success() && folder.path().join(lock).exists() => {
            return Some(folder);
        }
        Ok(out) => tool::reason(&String::from_utf8_lossy(&out.stderr), ""),
        Err(error) => error.to_string(),
    };
    println!(
        "skipped: {} cannot make a lockfile here: {why}",
        tool.name()
    );
    None
}

fn lock(package: &str, from: &str, to: Option<&str>) -> Move {
    Move::Lock {
        package: package.into(),
        from: from.into(),
        to: to.map(Into::into),
    }
}

fn between(package: &str, above: &str, below: Option<&str>) -> Move {
    Move::Manifest {
        package: package.into(),
        to: Versions::Between(above.into(), below.map(Into::into)),
        part: Part::Runtime,
    }
}

fn text(trial: &Trial) -> String {
    fs::read_to_string(trial.lockfile()).unwrap()
}

#[test]
fn cargo_moves_in_the_copy_and_the_project_stays() {
    let manifest = "[package]\nname = \"toy\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nitoa = \"=1.0.1\"\n";
    let Some(folder) = project(
        Tool::Cargo,
        ("Cargo.toml", manifest),
        "Cargo.lock",
        &["generate-lockfile"],
    ) else {
        return;
    };
    let path = folder.path().join("Cargo.lock");
    let before = fs::read(&path).unwrap();
    let trial = Trial::begin(&path, Tool::Cargo).unwrap();
    let refused = trial
        .make(&lock("itoa", "1.0.1", Some("1.0.3")))
        .unwrap_err();
    assert!(matches!(refused, TrialError::Refused { .. }), "{refused}");
    trial
        .make(&between("itoa", "1.0.1", Some("1.0.4")))
        .unwrap();
    assert!(text(&trial).contains("name = \"itoa\"\nversion = \"1.0.3\""));
    assert_eq!(fs::read(&path).unwrap(), before);
    let copy = trial.folder().to_owned();
    drop(trial);
    assert!(!copy.exists());
}

#[test]
fn npm_moves_in_the_copy_and_runs_no_script() {
    let manifest = r#"{"name":"toy","version":"1.0.0","scripts":{"preinstall":"touch ran"},"dependencies":{"ms":"2.0.0"}}"#;
    let make = [
        "install",
        "--package-lock-only",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ];
    let Some(folder) = project(
        Tool::Npm,
        ("package.json", manifest),
        "package-lock.json",
        &make,
    ) else {
        return;
    };
    let path = folder.path().join("package-lock.json");
    let trial = Trial::begin(&path, Tool::Npm).unwrap();
    trial.make(&between("ms", "2.0.0", Some("2.1.3"))).unwrap();
    assert!(
        text(&trial).contains("\"version\": \"2.1.2\""),
        "{}",
        text(&trial)
    );
    assert!(!trial.folder().join("ran").exists() && !trial.folder().join("node_modules").exists());
}

#[test]
fn uv_moves_a_parent_when_the_child_asks_for_it() {
    let manifest = "[project]\nname = \"toy\"\nversion = \"0.1.0\"\nrequires-python = \">=3.8\"\ndependencies = [\"jinja2>=2.10\"]\n[tool.uv]\nconstraint-dependencies = []\n";
    let make = ["lock", "--no-build", "--quiet"];
    let Some(folder) = project(Tool::Uv, ("pyproject.toml", manifest), "uv.lock", &make) else {
        return;
    };
    let trial = Trial::begin(&folder.path().join("uv.lock"), Tool::Uv).unwrap();
    trial
        .make(&lock("markupsafe", "2.0.0", Some("2.0.1")))
        .unwrap();
    assert!(text(&trial).contains("name = \"markupsafe\"\nversion = \"2.0.1\""));
    let refused = trial
        .make(&lock("markupsafe", "2.0.1", Some("9999")))
        .unwrap_err();
    assert!(refused.to_string().contains("markupsafe"), "{refused}");
}

#[test]
fn composer_moves_a_child_and_then_a_parent_and_installs_nothing() {
    // Packages without files stand in the manifest itself, so that no registry is asked.
    let package = |name: &str, version: &str, child: &str| {
        format!(
            r#"{{"name":"acme/{name}","version":"{version}","type":"metapackage","require":{{{child}}}}}"#
        )
    };
    let packages = [
        package("child", "1.0.0", ""),
        package("child", "1.0.1", ""),
        package("child", "1.1.0", ""),
        package("parent", "1.0.0", r#""acme/child":"~1.0.0""#),
        package("parent", "1.0.5", r#""acme/child":"^1.1""#),
    ];
    let manifest = format!(
        r#"{{"repositories":[{{"type":"package","package":[{}]}},{{"packagist.org":false}}],"require":{{"acme/parent":"1.0.0"}},"scripts":{{"pre-update-cmd":"touch ran"}}}}"#,
        packages.join(",")
    );
    let make = [
        "update",
        "--no-install",
        "--no-scripts",
        "--no-interaction",
        "--with=acme/child:1.0.0",
    ];
    let Some(folder) = project(
        Tool::Composer,
        ("composer.json", &manifest),
        "composer.lock",
        &make,
    ) else {
        return;
    };
    let path = folder.path().join("composer.lock");
    let before = fs::read(&path).unwrap();
    let trial = Trial::begin(&path, Tool::Composer).unwrap();
    let locked = |name: &str, version: &str| {
        let found = format!("\"name\": \"acme/{name}\",\n            \"version\": \"{version}\"");
        assert!(text(&trial).contains(&found), "{found} in {}", text(&trial));
    };
    locked("child", "1.0.0");
    trial
        .make(&lock("acme/child", "1.0.0", Some("1.0.1")))
        .unwrap();
    locked("child", "1.0.1");
    let refused = trial
        .make(&lock("acme/child", "1.0.1", Some("1.1.0")))
        .unwrap_err();
    assert!(refused.to_string().contains("acme/child"), "{refused}");
    let refused = trial
        .make(&between("acme/parent", "9.0.0", None))
        .unwrap_err();
    assert!(refused.to_string().contains("acme/parent"), "{refused}");
    trial
        .make(&between("acme/parent", "1.0.0", Some("1.0.9")))
        .unwrap();
    locked("parent", "1.0.5");
    locked("child", "1.1.0");
    assert!(!trial.folder().join("ran").exists() && !trial.folder().join("vendor").exists());
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_project_that_cannot_be_read_is_named() {
    let error = Trial::begin(Path::new("/no/such/project/Cargo.lock"), Tool::Cargo).unwrap_err();
    assert_eq!(error.to_string(), "copy the manifests of /no/such/project");
}

#[test]
fn a_name_that_is_a_flag_never_reaches_the_tool() {
    let folder = tempfile::tempdir().unwrap();
    let trial = Trial::begin(&folder.path().join("package-lock.json"), Tool::Npm).unwrap();
    let error = trial.make(&lock("--global", "1", None)).unwrap_err();
    assert!(matches!(error, TrialError::NotPlain { .. }));
}

#[test]
fn what_a_person_types_has_no_flags_of_ours() {
    let typed = |tool: Tool, step: &Move| tool.words(step).join(" ");
    let child = lock("a", "1.0.0", Some("1.0.1"));
    assert_eq!(
        typed(Tool::Cargo, &child),
        "cargo update -p a@1.0.0 --precise 1.0.1"
    );
    assert_eq!(typed(Tool::Npm, &child), "npm update a");
    assert_eq!(
        typed(Tool::Uv, &child),
        "uv lock --upgrade-package a==1.0.1"
    );
    assert_eq!(
        typed(Tool::Composer, &child),
        "composer update --with-all-dependencies a:1.0.1"
    );
    let parent = Move::Manifest {
        package: "a".into(),
        to: Versions::Exactly("2.0.0".into()),
        part: Part::Development(None),
    };
    assert_eq!(typed(Tool::Cargo, &parent), "cargo add --dev a@2.0.0");
    assert_eq!(typed(Tool::Npm, &parent), "npm install --save-dev a@2.0.0");
    assert_eq!(typed(Tool::Uv, &parent), "uv add --dev a==2.0.0");
    assert_eq!(
        typed(Tool::Composer, &parent),
        "composer require --dev --with-all-dependencies a:2.0.0"
    );
    let of = |part| {
        let step = Move::Manifest {
            package: "a".into(),
            to: Versions::Exactly("2.0.0".into()),
            part,
        };
        typed(Tool::Uv, &step)
    };
    let group = Part::Development(Some("lint".into()));
    assert_eq!(of(group), "uv add --group lint a==2.0.0");
    let extra = Part::Extra("web".into());
    assert_eq!(of(extra), "uv add --optional web a==2.0.0");
}

#[test]
fn the_reason_is_the_line_that_tells_it() {
    // As the tools print it.
    let npm = "npm error code ERESOLVE\nnpm error ERESOLVE unable to resolve dependency tree\nnpm error\nnpm error While resolving: shop@1.0.0\n";
    assert_eq!(tool::reason(npm, ""), "While resolving: shop@1.0.0");
    let uv = "error: Failed to add dependencies\n  cause: No solution found when resolving dependencies\n  cause: Because a==1 depends on b<2, it fails.\n";
    assert_eq!(
        tool::reason(uv, ""),
        "Because a==1 depends on b<2, it fails."
    );
    let cargo = "error: package ID specification `h2` did not match any packages\n\nhelp: other\n";
    assert_eq!(
        tool::reason(cargo, ""),
        "package ID specification `h2` did not match any packages"
    );
    assert_eq!(tool::reason("", "\n"), "no reason given");
}
