//! `kill -9` at random instants of a run that acts on the world (files): the journal always tells what must be looked
//! at, and nothing that it calls done is missing.
#![expect(clippy::unwrap_used, reason = "a test may stop at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use patchward_protocol::inventory::Asset;
use patchward_store::{Move, NewRun, Progress, RunKind, Store, Times};
use serde_json::Value;

const FOLDER: &str = "STORE_CRASH_FOLDER";
const STEPS: u32 = 5;

fn change(from: Progress, to: Progress) -> Move {
    Move {
        from,
        to,
        times: Times::now(Timestamp::UNIX_EPOCH),
        detail: Value::Null,
        ledger_entry: None,
    }
}

/// Runs for ever; each step makes a file.
#[test]
fn child() {
    use Progress::{Done, Planned, Started};
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let folder = Path::new(&folder);
    let store = Store::open(&folder.join("store.db")).unwrap();
    let times = Times::now(Timestamp::UNIX_EPOCH);
    let asset = store.asset(&Asset::default(), times).unwrap();
    println!("ready");
    loop {
        let steps = (0..STEPS)
            .map(|number| (number.to_string(), Value::Null))
            .collect();
        let run = NewRun {
            kind: RunKind::Apply,
            asset,
            of: None,
            times,
            actor: "child",
            plan: Value::Null,
            steps,
            ledger_entry: None,
        };
        let run = store.plan_run(&run).unwrap();
        store.move_run(run, &change(Planned, Started)).unwrap();
        for number in 0..STEPS {
            store
                .move_step(run, number, &change(Planned, Started))
                .unwrap();
            fs::write(folder.join(format!("{run}-{number}")), "").unwrap();
            store
                .move_step(run, number, &change(Started, Done))
                .unwrap();
        }
        store.move_run(run, &change(Started, Done)).unwrap();
    }
}

#[test]
fn after_kill_9_the_journal_tells_what_happened() {
    if std::env::var_os(FOLDER).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for round in 0..25_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        lines
            .by_ref()
            .map_while(Result::ok)
            .find(|line| line.contains("ready"));
        std::thread::sleep(Duration::from_micros(1000 + round * 7919 % 40_000));
        child.kill().unwrap();
        child.wait().unwrap();
        settle(folder.path());
    }
}

/// What the next start does: looks at each unfinished run and brings it to an end.
fn settle(folder: &Path) {
    use Progress::{Done, Failed, Planned, Skipped, Started};
    let store = Store::open(&folder.join("store.db")).unwrap();
    assert_eq!(store.integrity().unwrap(), Vec::<String>::new());
    let unfinished = store.unfinished_runs().unwrap();
    assert!(unfinished.len() <= 1, "{unfinished:?}");
    for run in unfinished {
        let mut started = BTreeSet::new();
        for step in store.steps(run.id).unwrap() {
            let acted = folder.join(format!("{}-{}", run.id, step.number)).exists();
            match step.state {
                Done => assert!(acted),
                Planned => {
                    assert!(!acted, "a step acted before it was started");
                    store
                        .move_step(run.id, step.number, &change(Planned, Skipped))
                        .unwrap();
                }
                Started => {
                    started.insert(step.number);
                    let end = if acted { Done } else { Failed };
                    store
                        .move_step(run.id, step.number, &change(Started, end))
                        .unwrap();
                }
                other => panic!("{other}"),
            }
        }
        assert!(started.len() <= 1);
        let end = if run.state == Planned {
            Skipped
        } else {
            Failed
        };
        store.move_run(run.id, &change(run.state, end)).unwrap();
    }
    assert_eq!(store.unfinished_runs().unwrap(), []);
}
