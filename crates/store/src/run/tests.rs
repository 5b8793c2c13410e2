use jiff::Timestamp;
use patchward_protocol::check::{CheckOutcome, CheckResult, Comparison};
use patchward_protocol::inventory::Asset;
use serde_json::json;

use super::*;

fn now() -> Times {
    Times::now(Timestamp::from_second(100).unwrap())
}

fn store() -> (tempfile::TempDir, Store, RunId) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store.db")).unwrap();
    let asset = store.asset(&Asset::default(), now()).unwrap();
    let run = NewRun {
        kind: RunKind::Apply,
        asset,
        of: None,
        times: now(),
        actor: "ada",
        plan: json!({"patches": ["nginx"]}),
        steps: vec![
            ("save".into(), json!({"package": "nginx"})),
            ("apply".into(), json!({"package": "nginx"})),
        ],
        ledger_entry: Some(3),
    };
    let id = store.plan_run(&run).unwrap();
    (folder, store, id)
}

fn to(from: Progress, to: Progress) -> Move {
    Move {
        from,
        to,
        times: now(),
        detail: json!({"to": to.word()}),
        ledger_entry: Some(4),
    }
}

#[test]
fn a_run_is_unfinished_until_it_is_over_and_its_events_are_kept() {
    use Progress::{Done, Planned, Started};
    let (_folder, store, run) = store();
    assert_eq!(store.unfinished_runs().unwrap(), [store.run(run).unwrap()]);
    store.move_run(run, &to(Planned, Started)).unwrap();
    for number in 0..2 {
        store.move_step(run, number, &to(Planned, Started)).unwrap();
        store.move_step(run, number, &to(Started, Done)).unwrap();
    }
    assert_eq!(store.unfinished_runs().unwrap().len(), 1);
    store.move_run(run, &to(Started, Done)).unwrap();
    assert_eq!(store.unfinished_runs().unwrap(), []);
    let steps = store.steps(run).unwrap();
    assert_eq!((steps[1].name.as_str(), steps[1].state), ("apply", Done));
    assert_eq!(steps[1].result, json!({"to": "done"}));
    let events = store.run_events(run).unwrap();
    let seen: Vec<_> = events
        .iter()
        .map(|event| (event.step, event.after))
        .collect();
    let (one, two) = (Some(0), Some(1));
    assert_eq!(
        seen,
        [
            (None, Planned),
            (None, Started),
            (one, Started),
            (one, Done),
            (two, Started),
            (two, Done),
            (None, Done)
        ]
    );
}

#[test]
fn only_moves_that_make_sense_are_written_down() {
    for from in Progress::ALL {
        for next in Progress::ALL {
            use Progress::{Done, Failed, Planned, Skipped, Started, Undone};
            let right = match from {
                Planned => matches!(next, Started | Skipped),
                Started => matches!(next, Done | Failed | Undone),
                Done | Failed => *next == Undone,
                Undone | Skipped => false,
            };
            assert_eq!(from.can_become(*next), right, "{from} to {next}");
        }
    }
    use Progress::{Done, Planned, Started};
    let (_folder, store, run) = store();
    let refused = |moved| assert!(matches!(moved, Err(StoreError::Refused { .. })));
    refused(store.move_run(run, &to(Started, Done)));
    refused(store.move_step(run, 0, &to(Planned, Done)));
    store.move_step(run, 0, &to(Planned, Started)).unwrap();
    refused(store.move_step(run, 0, &to(Planned, Started)));
    let missing = store.move_step(run, 9, &to(Planned, Started));
    assert!(matches!(missing, Err(StoreError::Missing { .. })));
    assert_eq!(store.run_events(run).unwrap().len(), 2);
}

#[test]
fn results_of_checks_come_back_in_order() {
    let (_folder, store, run) = store();
    let result = |outcome| CheckResult {
        name: "front page".into(),
        kind: "http".into(),
        outcome,
        micros: 1234,
        ..CheckResult::default()
    };
    let results = [result(CheckOutcome::Passed), result(CheckOutcome::Failed)];
    store
        .record_checks(run, "before", &results[..1], now())
        .unwrap();
    store.record_checks(run, "after", &results, now()).unwrap();
    let stored = store.checks(run).unwrap();
    let phases: Vec<_> = stored
        .iter()
        .map(|checked| checked.phase.as_str())
        .collect();
    assert_eq!(phases, ["before", "after", "after"]);
    assert_eq!((&stored[2].result, stored[2].times), (&results[1], now()));
    let compared = Comparison {
        control: vec![1.0, 1.1],
        effect: 0.05,
        ..Comparison::default()
    };
    store
        .record_comparisons(run, "rehearsal", std::slice::from_ref(&compared), now())
        .unwrap();
    assert_eq!(store.comparisons(run).unwrap()[0].result, compared);
    assert!(
        store
            .record_checks(RunId(99), "after", &results, now())
            .is_err()
    );
}
