//! This host itself, looked at and not changed.

use std::time::Instant;

use patchward_patch::{Executor, LocalMachine, apt::Apt, detect, restart, snapshot};

#[test]
fn looking_for_old_code_is_quick_and_raises_no_false_alarm_of_the_known_kinds() {
    let begun = Instant::now();
    let stale = restart::stale(&LocalMachine);
    println!("{} stale processes in {:?}", stale.len(), begun.elapsed());
    for process in &stale {
        for file in &process.files {
            assert!(file.path.starts_with('/'), "{process:?}");
            assert!(!file.path.starts_with("/memfd:") && !file.path.starts_with("/dev/"));
        }
    }
    let steps = restart::plan(&LocalMachine, &stale, &restart::RestartRules::default());
    assert!(steps.len() <= stale.len());
}

#[test]
fn the_package_manager_its_locks_and_snapshots_are_found_without_harm() {
    match detect(&LocalMachine) {
        Some("apt") => {
            Apt::default().holder(&LocalMachine).unwrap();
        }
        other => println!("skipped: the locks of apt: this host has {other:?}"),
    }
    if let Some(found) = snapshot::detect(&LocalMachine).unwrap() {
        println!("snapshots by {}", found.kind());
    }
}
