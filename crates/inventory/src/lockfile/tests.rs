use std::collections::HashSet;

use proptest::prelude::*;
use proptest::test_runner::Config;

use super::*;

/// Words that the formats use, so that arbitrary texts come deep into the readers.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "'",
    "=",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "#",
    "==",
    "=>",
    "@",
    "/",
    "(",
    ")",
    "[[package]]",
    "name",
    "version",
    "dependencies",
    "packages",
    "lockfileVersion",
    "node_modules/a",
    "\"a\"",
    "\"1.0.0\"",
    "a@1.0.0",
    "1.0",
    "9",
    "GEM",
    "specs:",
    "require",
    "replace",
    "module",
    "---",
    "-r ",
    "é",
    "\u{0}",
];

fn read_all(text: &str) {
    for format in FORMATS {
        let input = Input {
            path: "folder/file",
            bytes: text.as_bytes(),
            open: &|_| Some(b"a==1\n".to_vec()),
        };
        let _ = format.read(&input);
    }
}

proptest! {
    #![proptest_config(Config { cases: 64, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_reader_panics_on_any_text(text in ".{0,200}") {
        read_all(&text);
    }

    #[test]
    fn no_reader_panics_on_any_order_of_the_words_of_the_formats(
        words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60),
    ) {
        read_all(&words.concat());
    }
}

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

#[test]
fn deep_nesting_is_an_error_or_nothing_but_never_a_crash() {
    for open in [
        "[",
        "{\"a\":",
        "(",
        "a: [",
        "<a>",
        "{\"dependencies\":{\"a\":",
    ] {
        read_all(&open.repeat(10_000));
    }
}
