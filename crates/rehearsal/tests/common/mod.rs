//! What the tests of clones share.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::path::PathBuf;

use patchward_rehearsal::{CloneOptions, CommandSpec, HostClone, Outcome, RunnerChoice, support};
use patchward_test_support::debian_root;

/// The Debian root, when clones can be made here. Otherwise the test says that it is skipped.
pub fn root() -> Option<PathBuf> {
    possible().then(debian_root).flatten()
}

/// Whether clones can be made here.
pub fn possible() -> bool {
    let support = support();
    for found in support
        .found
        .iter()
        .filter(|found| found.required && !found.present)
    {
        println!("skipped: clones need {}: {}", found.what, found.detail);
    }
    support.is_sufficient()
}

/// Options for a clone of `root` by our own runner, with leases of the test's own.
pub fn options(root: &std::path::Path, state: &tempfile::TempDir) -> CloneOptions {
    CloneOptions {
        state: state.path().join("clones"),
        runner: RunnerChoice::Own,
        ..CloneOptions::of(root)
    }
}

/// Runs a shell script in the clone.
pub fn shell(clone: &HostClone, script: &str) -> Outcome {
    clone
        .run(&CommandSpec::new(["/bin/sh", "-c", script]))
        .unwrap()
}

/// Runs a script that must succeed, and returns its output.
pub fn output(clone: &HostClone, script: &str) -> String {
    let outcome = shell(clone, script);
    assert!(
        outcome.succeeded(),
        "{script}: {:?}\n{}\n{}",
        outcome.ended,
        outcome.stdout_text(),
        outcome.stderr_text()
    );
    outcome.stdout_text().trim_end().to_owned()
}
