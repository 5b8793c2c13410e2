use super::*;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

const LOCK: &str = "version = 4\n\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://registry.example/index\"\n";

#[test]
fn a_folder_with_a_distribution_is_a_root_and_any_other_a_tree() {
    let root = folder(&[("etc/os-release", "ID=debian\n")]);
    assert_eq!(
        detect(root.path(), None).unwrap(),
        Target::Root(root.path().into())
    );
    let tree = folder(&[("Cargo.lock", LOCK)]);
    assert_eq!(
        detect(tree.path(), None).unwrap(),
        Target::Tree(tree.path().into())
    );
    let forced = detect(root.path(), Some(Forced::Tree)).unwrap();
    assert_eq!(forced, Target::Tree(root.path().into()));
}

#[test]
fn a_file_is_a_lockfile_by_name_or_an_sbom_by_content() {
    let files = folder(&[
        ("Cargo.lock", LOCK),
        (
            "any.json",
            r#"{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": []}"#,
        ),
        ("notes.txt", "hello"),
    ]);
    let path = |name: &str| files.path().join(name);
    assert_eq!(
        detect(&path("Cargo.lock"), None).unwrap(),
        Target::Lockfile(
            path("Cargo.lock"),
            lockfile::format_named("cargo-lock").unwrap()
        )
    );
    assert_eq!(
        detect(&path("any.json"), None).unwrap(),
        Target::Sbom(path("any.json"))
    );
    assert!(matches!(
        detect(&path("notes.txt"), None),
        Err(TargetError::Unknown { .. })
    ));
    assert!(matches!(
        detect(&path("gone"), None),
        Err(TargetError::Read { .. })
    ));
    assert!(matches!(
        detect(&path("Cargo.lock"), Some(Forced::Tree)),
        Err(TargetError::Kind { .. })
    ));
}

#[test]
fn a_lockfile_gives_its_components_with_lines() {
    let files = folder(&[("Cargo.lock", LOCK)]);
    let target = Target::Lockfile(
        files.path().join("Cargo.lock"),
        lockfile::format_named("cargo-lock").unwrap(),
    );
    let inventory = take(&target, &Options::default()).unwrap();
    assert_eq!(inventory.components.len(), 1);
    assert_eq!(inventory.components[0].purl, "pkg:cargo/a@1.0.0");
    assert_eq!(inventory.sources, ["Cargo.lock"]);
}

#[test]
fn a_fifo_is_refused_rather_than_waited_for() {
    let files = folder(&[]);
    let path = files.path().join("Cargo.lock");
    let made = std::process::Command::new("mkfifo").arg(&path).status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: no mkfifo here");
        return;
    }
    assert!(matches!(
        take(
            &Target::Lockfile(path, lockfile::format_named("cargo-lock").unwrap()),
            &Options::default()
        ),
        Err(TargetError::Read { .. })
    ));
}

#[test]
fn a_format_can_be_forced_on_a_file_with_another_name() {
    let files = folder(&[("odd.txt", LOCK)]);
    let path = files.path().join("odd.txt");
    let refused = detect(&path, Some(Forced::Lockfile))
        .unwrap_err()
        .to_string();
    assert!(refused.contains("--kind cargo-lock"), "{refused}");
    let target = detect(&path, Some("cargo-lock".parse().unwrap())).unwrap();
    assert_eq!(
        take(&target, &Options::default()).unwrap().components.len(),
        1
    );
    assert!(
        "cargo-lok"
            .parse::<Forced>()
            .unwrap_err()
            .contains("cargo-lock")
    );
}
