//! `kill -9` at random instants: what was acknowledged is there, and nothing else is.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use patchward_ledger::{Entry, Ledger, Options, Reader, verify};

const FOLDER: &str = "LEDGER_CRASH_FOLDER";
const ROUNDS: u64 = 20;

fn entry(number: u64) -> Entry {
    Entry {
        time: Timestamp::UNIX_EPOCH,
        kind: "step".into(),
        actor: "child".into(),
        subject: number.to_string(),
        body: serde_json::json!({"filler": "x".repeat(number as usize % 700)}),
    }
}

fn options() -> Options {
    Options {
        sync: false,
        segment_bytes: 20_000,
        lock_wait: Duration::from_secs(10),
    }
}

/// Appends for ever, one to three entries at a time, and prints how many are acknowledged.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let ledger = Ledger::open(Path::new(&folder), options()).unwrap();
    let mut next = ledger.append_all(&[]).unwrap().start;
    let mut out = std::io::stdout();
    loop {
        let count = 1 + next % 3;
        let entries: Vec<_> = (next..next + count).map(entry).collect();
        next = ledger.append_all(&entries).unwrap().end;
        writeln!(out, "acknowledged {next}").unwrap();
    }
}

#[test]
fn what_was_acknowledged_survives_kill_9() {
    if std::env::var_os(FOLDER).is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = 0;
    for round in 0..ROUNDS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--nocapture"])
            .env(FOLDER, folder.path())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = lines.map_while(Result::ok).filter_map(|line| {
            let number = line.rsplit_once("acknowledged ")?.1.to_owned();
            number.parse::<u64>().ok()
        });
        // Killed after some acknowledgements, in the middle of whatever comes then.
        acknowledged = lines
            .nth(1 + (round * 7 % 23) as usize)
            .unwrap_or(acknowledged);
        std::thread::sleep(Duration::from_micros(round * 137 % 1000));
        child.kill().unwrap();
        acknowledged = lines.last().unwrap_or(acknowledged);
        child.wait().unwrap();

        drop(Ledger::open(folder.path(), options()).unwrap());
        let reader = Reader::open(folder.path()).unwrap();
        let size = reader.size();
        assert!(
            (acknowledged..=acknowledged + 3).contains(&size),
            "{size} for {acknowledged}"
        );
        for (number, read) in (0..).zip(reader.entries(0)) {
            assert_eq!(read.unwrap(), entry(number));
        }
        let found = verify(folder.path(), None, &[]).unwrap();
        assert!(found.is_intact(), "{:?}", found.problems);
        assert_eq!(found.proved, size);
    }
    assert!(acknowledged > ROUNDS);
}
