use std::collections::HashSet;

use super::*;

#[test]
fn names_are_unique_and_found() {
    let names: HashSet<_> = FORMATS.iter().map(|format| format.name).collect();
    assert_eq!(names.len(), FORMATS.len());
    assert_eq!(
        format_named("uv-lock").map(|format| format.name),
        Some("uv-lock")
    );
}

#[test]
fn files_are_recognised_by_name() {
    let check = |file, name: Option<&str>| {
        assert_eq!(format_of(file).map(|format| format.name), name, "{file}");
    };
    check("Cargo.lock", Some("cargo-lock"));
    check("npm-shrinkwrap.json", Some("npm-package-lock"));
    check("requirements-dev.txt", Some("requirements-txt"));
    check("pylock.dev.toml", Some("pylock-toml"));
    check("README.md", None);
}
