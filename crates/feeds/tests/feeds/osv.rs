//! OSV's bucket and the Go database: an archive first, then what changed.

use std::time::Instant;

use serde_json::json;

use crate::memory::Subject;
use crate::mirror::{Mirror, osv_record, zip};
use crate::server::{Answer, Server, from_folder};

const OLD: &str = "2026-01-01T00:00:00Z";
const NEW: &str = "2026-02-01T00:00:00Z";
const NEWER: &str = "2026-03-01T00:00:00Z";

fn mirror() -> Mirror {
    let mirror = Mirror::new();
    mirror.write("osv/ecosystems.txt", "npm\nRed Hat\nDebian:12\n\n");
    mirror.osv("npm", &[("A", OLD), ("B", NEW)]);
    mirror.osv("Red Hat", &[("R", OLD)]);
    mirror
}

#[test]
fn every_ecosystem_comes_once_and_those_with_suffix_not_at_all() {
    let mirror = mirror();
    let server = Server::of_folder(mirror.path());
    for place in [mirror.location(), &server.base] {
        let mut osv = Subject::new("osv", place);
        assert_eq!(osv.sync_well().records, 3);
        assert_eq!(osv.memory.keys("osv/npm"), ["A", "B"]);
        assert_eq!(osv.memory.keys("osv/Red Hat"), ["R"]);
        osv.is_unchanged();
    }
    assert!(
        server
            .requests()
            .iter()
            .all(|request| !request.target.contains("Debian"))
    );
}

#[test]
fn only_the_ecosystems_asked_for_are_fetched() {
    let mirror = mirror();
    let mut osv = Subject::new("osv", mirror.location());
    osv.config.osv_ecosystems = vec!["Red Hat".into()];
    assert_eq!(osv.sync_well().records, 1);
    osv.config.osv_ecosystems = vec!["Red Hat".into(), "nmp".into()];
    let lost = osv.sync().unwrap().lost;
    assert!(lost[0].contains("nmp"), "{lost:?}");
}

#[test]
fn what_changed_comes_record_by_record_and_what_is_gone_goes() {
    let mirror = mirror();
    let server = Server::of_folder(mirror.path());
    let mut osv = Subject::new("osv", &server.base);
    osv.sync_well();
    mirror.remove("osv/npm/A.json");
    mirror.osv("npm", &[("B", NEWER), ("C", NEWER)]);
    server.forget();
    assert_eq!(osv.sync_well().records, 2);
    assert_eq!(osv.memory.keys("osv/npm"), ["B", "C"]);
    let asked: Vec<_> = server.requests().into_iter().map(|r| r.target).collect();
    assert!(
        !asked.iter().any(|target| target.ends_with(".zip")),
        "{asked:?}"
    );
    osv.is_unchanged();
}

#[test]
fn a_record_that_changed_in_the_second_of_the_cursor_is_not_lost() {
    let mirror = mirror();
    let mut osv = Subject::new("osv", mirror.location());
    osv.sync_well();
    mirror.osv("npm", &[("A", OLD), ("B", NEW), ("LATE", NEW)]);
    osv.sync_well();
    assert_eq!(osv.memory.keys("osv/npm"), ["A", "B", "LATE"]);
}

#[test]
fn a_bad_record_is_a_problem_and_the_rest_stands() {
    let mirror = mirror();
    let bad = [
        ("A.json", osv_record("A", OLD)),
        ("BAD.json", "{\"id\"".to_owned()),
    ];
    mirror.write("osv/npm/all.zip", zip(&bad));
    let mut osv = Subject::new("osv", mirror.location());
    let outcome = osv.sync().unwrap();
    assert_eq!(osv.memory.keys("osv/npm"), ["A"]);
    assert_eq!((outcome.problems.len(), outcome.lost.len()), (1, 0));
    assert!(
        outcome.problems[0].contains("osv/npm: BAD.json"),
        "{outcome:?}"
    );
}

#[test]
fn an_archive_whose_records_cannot_be_read_is_a_lost_part() {
    let mirror = mirror();
    let mut osv = Subject::new("osv", mirror.location());
    osv.sync_well();
    let bad = ["A", "B", "C"].map(|id| (format!("{id}.json"), "<html>".to_owned()));
    let [a, b, c] = &bad;
    let good = ("D.json".to_owned(), osv_record("D", NEWER));
    mirror.write(
        "osv/npm/all.zip",
        zip(&[a.clone(), b.clone(), good, c.clone()]),
    );
    mirror.remove("osv/npm/modified_id.csv");
    let lost = osv.sync().unwrap().lost;
    assert!(lost[0].contains("3 of 4 records"), "{lost:?}");
    let keys = osv.memory.keys("osv/npm");
    assert!(keys.contains(&"A") && keys.contains(&"B"), "{keys:?}");
}

#[test]
fn without_a_list_of_changes_the_archive_is_taken_and_without_both_the_part_is_lost() {
    let mirror = mirror();
    mirror.remove("osv/npm/modified_id.csv");
    let server = Server::of_folder(mirror.path());
    for place in [mirror.location(), &server.base] {
        let mut osv = Subject::new("osv", place);
        osv.sync_well();
        assert_eq!(osv.memory.keys("osv/npm"), ["A", "B"]);
        osv.is_unchanged();
    }
    let mut osv = Subject::new("osv", mirror.location());
    osv.sync_well();
    mirror.remove("osv/npm/all.zip");
    for _ in 0..2 {
        let lost = osv.sync().unwrap().lost;
        assert!(lost[0].contains("osv/npm: neither"), "{lost:?}");
        assert_eq!(osv.memory.keys("osv/npm"), ["A", "B"]);
    }
}

#[test]
fn a_truncated_archive_leaves_the_old_records_and_is_tried_again() {
    let mirror = mirror();
    let mut osv = Subject::new("osv", mirror.location());
    osv.sync_well();
    let many: Vec<_> = (0..600).map(|n| format!("N{n:03}")).collect();
    let many: Vec<_> = many.iter().map(|id| (id.as_str(), NEWER)).collect();
    mirror.osv("npm", &many);
    let whole = std::fs::read(mirror.path().join("osv/npm/all.zip")).unwrap();
    // Cut at the end there is no directory; damaged inside, some records come and then an error.
    let mut damaged = whole.clone();
    damaged[whole.len() / 4..whole.len() / 4 + 400].fill(0xff);
    for bad in [&whole[..whole.len() / 2], &damaged] {
        mirror.write("osv/npm/all.zip", bad);
        let outcome = osv.sync().unwrap();
        assert!(outcome.lost[0].contains("all.zip"), "{outcome:?}");
        let keys = osv.memory.keys("osv/npm");
        assert!(keys.contains(&"A") && keys.contains(&"B"), "{}", keys.len());
        assert_eq!(osv.memory.keys("osv/Red Hat"), ["R"]);
    }
    mirror.write("osv/npm/all.zip", &whole);
    osv.sync_well();
    assert_eq!(osv.memory.count("osv/npm"), 600);
    assert!(!osv.memory.keys("osv/npm").contains(&"A"));
}

#[test]
fn an_id_that_climbs_is_refused() {
    let mirror = mirror();
    let mut osv = Subject::new("osv", mirror.location());
    osv.sync_well();
    mirror.write(
        "osv/npm/modified_id.csv",
        format!("{NEWER},../../../etc/passwd\n{NEW},B\n{OLD},A\n"),
    );
    let outcome = osv.sync().unwrap();
    assert!(outcome.lost[0].contains("leads out"), "{outcome:?}");
    assert_eq!(osv.memory.keys("osv/npm"), ["A", "B"]);
}

#[test]
fn a_server_that_dies_midway_costs_one_host_and_no_patience() {
    let mirror = mirror();
    let root = mirror.path().to_owned();
    let server = Server::new(
        move |request, _| match request.target.contains("npm/all.zip") {
            true => Answer::status(500),
            false => from_folder(&root, request),
        },
    );
    let start = Instant::now();
    let mut osv = Subject::new("osv", &server.base);
    assert!(matches!(
        osv.sync(),
        Err(patchward_feeds::FeedError::Unreachable { .. })
    ));
    assert!(start.elapsed().as_secs() < 20);
}

fn go(mirror: &Mirror, records: &[(&str, &str)]) {
    let index: Vec<_> = records
        .iter()
        .map(|(id, modified)| json!({"id": id, "modified": modified}))
        .collect();
    mirror.write("govulndb/index/vulns.json", json!(index).to_string());
    let files: Vec<_> = records
        .iter()
        .map(|(id, modified)| (format!("ID/{id}.json"), osv_record(id, modified)))
        .collect();
    for (name, record) in &files {
        mirror.write(&format!("govulndb/{name}"), record);
    }
    mirror.write("govulndb/vulndb.zip", zip(&files));
}

#[test]
fn the_go_database_is_followed_by_its_index() {
    let mirror = Mirror::new();
    let server = Server::of_folder(mirror.path());
    go(&mirror, &[("GO-1", OLD), ("GO-2", NEW)]);
    let mut subject = Subject::new("go", &server.base);
    assert_eq!(subject.sync_well().records, 2);
    subject.is_unchanged();
    go(&mirror, &[("GO-2", NEWER), ("GO-3", NEW)]);
    server.forget();
    assert_eq!(subject.sync_well().records, 2);
    assert_eq!(subject.memory.keys("go"), ["GO-2", "GO-3"]);
    assert!(
        !server
            .requests()
            .iter()
            .any(|request| request.target.ends_with(".zip"))
    );
}
