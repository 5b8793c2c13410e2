//! Every feed on recorded data of its publisher, from the folder and from the server that comes with it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use crate::memory::Subject;

/// What each feed gives: its advisories, or its signals or life cycles where it has none.
const EXPECTED: &[(&str, usize)] = &[
    ("kev", 1662),
    ("epss", 4677),
    ("debian-lists", 5909 + 4224),
    ("go", 4291),
    ("packagist", 1592),
    ("wordpress", 1034),
    ("eol", 8351),
    ("cve", 12_451 + 697),
    ("osv", 27_076),
];

/// Feeds of which the reader decides how many records a document gives.
const OTHERS: &[&str] = &["debian-tracker", "alpine", "retirejs", "csaf", "nvd"];

/// Checks each feed but `without`; of OSV these ecosystems, or all.
fn check(mirror: &str, osv_ecosystems: &[&str], without: &[&str]) {
    let names = EXPECTED.iter().map(|(name, _)| name).chain(OTHERS);
    for name in names.filter(|name| !without.contains(name)) {
        let mut subject = Subject::new(name, mirror);
        subject.config.osv_ecosystems = osv_ecosystems.iter().map(|e| (*e).to_owned()).collect();
        let start = Instant::now();
        let outcome = subject
            .sync()
            .unwrap_or_else(|error| panic!("{name}: {error}"));
        let count = match subject.memory.advisories() {
            0 => subject.memory.total(),
            advisories => advisories,
        };
        println!("{name}: {count} in {:.1?}, {outcome:?}", start.elapsed());
        match EXPECTED.iter().find(|(known, _)| known == name) {
            Some((_, expected)) if *name != "osv" || osv_ecosystems.is_empty() => {
                assert_eq!(count, *expected, "{name}");
            }
            _ => assert!(count > 100, "{name}: {count}"),
        }
        // NVD is asked for the last minutes again; what it then gives is known already.
        let again = subject.sync().unwrap();
        assert!(again.unchanged || *name == "nvd", "{name}: {again:?}");
    }
}

#[test]
fn every_feed_reads_a_folder() {
    match patchward_test_support::feeds() {
        Some(folder) => check(folder.to_str().unwrap(), &[], &[]),
        None => println!("skipped: no recorded feeds"),
    }
}

struct Serve(Child);

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn every_feed_reads_a_server() {
    let Some(folder) = patchward_test_support::feeds() else {
        return println!("skipped: no recorded feeds");
    };
    let child = Command::new("python3")
        .arg(folder.join("serve"))
        .arg("0")
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let Ok(child) = child else {
        return println!("skipped: python3 is not installed");
    };
    let mut serve = Serve(child);
    let mut line = String::new();
    let _ = BufReader::new(serve.0.stdout.take().unwrap()).read_line(&mut line);
    match line.trim().trim_end_matches('/') {
        "" => println!("skipped: the server does not start"),
        // What is large comes the same way; once is enough for a test that runs often.
        base => check(base, &["crates.io", "Red Hat"], &["cve", "debian-tracker"]),
    }
}
