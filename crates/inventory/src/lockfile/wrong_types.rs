//! A file of the right format whose list of packages is something else must never read as one without packages.

use super::*;

/// Format and content: each has the packages' place, with a value that no writer of the format gives.
const FILES: &[(&str, &str)] = &[
    ("bun-lock", r#"{"packages": [["a@1", "", {}, ""]]}"#),
    ("bun-lock", r#"{"packages": true}"#),
    ("bun-lock", r#"{"packages": {"a": {"version": "1"}}}"#),
    ("cargo-lock", "version = 4\n[package]\nname = \"a\"\n"),
    ("cargo-lock", "version = 4\npackage = \"a 1.0.0\"\n"),
    ("cargo-toml", "dependencies = [\"a\"]\n"),
    ("cargo-toml", "[dependencies]\na = 1\n"),
    ("composer-lock", r#"{"packages": {"a/b": "1.0.0"}}"#),
    ("composer-lock", r#"{"packages": "a"}"#),
    ("composer-lock", r#"{"packages-dev": true}"#),
    ("composer-lock", "[]"),
    ("conan", r#"{"requires": {"a/1": ""}}"#),
    ("conan", r#"{"graph_lock": []}"#),
    ("conan", r#"{"graph_lock": {"nodes": [{"ref": "a/1"}]}}"#),
    ("conan", "[]"),
    ("conda-environment", "dependencies: {a: 1}\n"),
    ("conda-environment", "dependencies: a\n"),
    ("conda-environment", "- a=1\n"),
    ("conda-environment", "[]\n"),
    ("conda-meta", "[]"),
    ("cpan", "[]"),
    ("dotnet-deps-json", r#"{"libraries": [{"a/1": {}}]}"#),
    ("dotnet-deps-json", r#"{"libraries": true}"#),
    ("gradle-version-catalog", "libraries = [\"a:b:1\"]\n"),
    ("gradle-verification-metadata", "<components/>"),
    (
        "gradle-verification-metadata",
        "<verification-metadata><components>a:b:1</components></verification-metadata>",
    ),
    (
        "julia-manifest",
        "manifest_format = \"2.0\"\ndeps = [\"a\"]\n",
    ),
    (
        "julia-manifest",
        "manifest_format = \"2.0\"\n[deps]\na = \"1\"\n",
    ),
    ("npm-package-lock", r#"{"packages": [{"name": "a"}]}"#),
    ("npm-package-lock", r#"{"packages": true}"#),
    ("npm-package-lock", r#"{"packages": "a"}"#),
    ("npm-package-lock", r#"{"dependencies": ["a"]}"#),
    ("npm-package-lock", r#"{"dependencies": false}"#),
    (
        "npm-package-lock",
        r#"{"dependencies": {"a": {"version": "1", "dependencies": ["b"]}}}"#,
    ),
    (
        "npm-package-lock",
        r#"{"packages": {"node_modules/a": []}}"#,
    ),
    ("npm-package-lock", "[]"),
    ("nuget-packages-config", "<project/>"),
    ("nuget-packages-config", "<packages>a 1.0</packages>"),
    ("nuget-packages-lock", r#"{"dependencies": ["net8.0"]}"#),
    (
        "nuget-packages-lock",
        r#"{"dependencies": {"net8.0": ["a"]}}"#,
    ),
    ("nuget-packages-lock", "[]"),
    ("package-json", r#"{"dependencies": ["a"]}"#),
    ("package-json", r#"{"dependencies": true}"#),
    ("package-json", "[]"),
    ("pdm-lock", "package = \"a\"\n"),
    ("pdm-lock", "[package]\nname = \"a\"\n"),
    ("pipfile-lock", r#"{"default": ["a"]}"#),
    ("pipfile-lock", r#"{"default": true}"#),
    ("pipfile-lock", r#"["default"]"#),
    ("pnpm-lock", "lockfileVersion: '9.0'\npackages: [a@1]\n"),
    ("pnpm-lock", "lockfileVersion: '9.0'\npackages: a\n"),
    ("pnpm-lock", "lockfileVersion: '9.0'\npackages: true\n"),
    ("pnpm-lock", "- lockfileVersion\n"),
    ("pnpm-lock", "[]\n"),
    ("podfile-lock", "PODS: {a: 1}\n"),
    ("podfile-lock", "PODS: a (1)\n"),
    ("podfile-lock", "- PODS\n"),
    ("podfile-lock", "[]\n"),
    ("poetry-lock", "package = \"a\"\n"),
    ("poetry-lock", "[package]\nname = \"a\"\n"),
    ("pom-xml", "<settings/>"),
    (
        "pom-xml",
        "<project><dependencies>a:b:1</dependencies></project>",
    ),
    ("pubspec-lock", "packages: [a]\n"),
    ("pubspec-lock", "packages: a\n"),
    ("pubspec-lock", "[]\n"),
    ("pylock-toml", "packages = \"a\"\n"),
    ("pylock-toml", "[packages]\nname = \"a\"\n"),
    ("pyproject-toml", "[project]\ndependencies = \"a\"\n"),
    ("pyproject-toml", "[project]\ndependencies = {a = \"1\"}\n"),
    ("renv-lock", r#"{"Packages": [{"Package": "a"}]}"#),
    ("renv-lock", r#"{"Packages": true}"#),
    ("renv-lock", "[]"),
    ("sbt-lock", r#"{"dependencies": {"org": "a"}}"#),
    ("sbt-lock", "[]"),
    ("stack-lock", "packages: {a: 1}\n"),
    ("stack-lock", "packages: a\n"),
    ("stack-lock", "[]\n"),
    ("swift-package-resolved", r#"{"pins": {"a": 1}}"#),
    ("swift-package-resolved", r#"{"object": []}"#),
    ("swift-package-resolved", r#"{"object": {"pins": true}}"#),
    ("swift-package-resolved", r#"{"pins": [[]]}"#),
    ("swift-package-resolved", "[]"),
    ("uv-lock", "package = \"a\"\n"),
    ("uv-lock", "[package]\nname = \"a\"\n"),
    ("yarn-lock", "[\"a@1\"]\n"),
    ("yarn-lock", "{}\n"),
    ("mix-lock", "[\"a\"]\n"),
    ("mix-lock", "%{\"a\" => 1}\n"),
];

/// What counts as said: an error, a problem, or a component (whose version may be unknown).
fn is_silent(format: &Format, content: &str) -> bool {
    let input = Input {
        path: "folder/file",
        bytes: content.as_bytes(),
        open: &|_| None,
    };
    match format.read(&input) {
        Ok(parsed) => parsed.problems.is_empty() && parsed.components.is_empty(),
        Err(_) => false,
    }
}

#[test]
fn a_list_of_packages_of_another_type_is_told() {
    let silent: Vec<_> = FILES
        .iter()
        .filter(|(name, content)| is_silent(format_named(name).unwrap(), content))
        .collect();
    assert!(silent.is_empty(), "read as empty: {silent:#?}");
}

#[test]
fn what_writers_give_for_no_packages_is_empty() {
    let check = |name, content| {
        assert!(
            is_silent(format_named(name).unwrap(), content),
            "{name} {content}"
        );
    };
    check("npm-package-lock", r#"{"lockfileVersion": 1}"#);
    check(
        "npm-package-lock",
        r#"{"lockfileVersion": 3, "packages": {"": {}}}"#,
    );
    // PHP writes an empty object so.
    check(
        "package-json",
        r#"{"dependencies": [], "engines": ["node >= 0.6"]}"#,
    );
    check("pipfile-lock", r#"{"default": {}, "develop": {}}"#);
    check("pubspec-lock", "packages: {}\n");
    check("pnpm-lock", "lockfileVersion: '9.0'\nsettings: {}\n");
    check("mix-lock", "%{}\n");
}
