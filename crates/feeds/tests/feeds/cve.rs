//! The CVE list: baseline, days, hours.

use serde_json::json;

use crate::memory::Subject;
use crate::mirror::{Mirror, cve_record, zip};
use crate::server::Server;

const RAW: &str = "cve5/raw/CVEProject/cvelistV5/main/cves";

fn asset(mirror: &Mirror, tag: &str, name: &str, bytes: Vec<u8>) {
    mirror.write(
        &format!("cve5/CVEProject/cvelistV5/releases/download/{tag}/{name}"),
        bytes,
    );
}

fn records(ids: &[&str], title: &str) -> Vec<(String, String)> {
    ids.iter()
        .map(|id| (format!("cves/2026/0xxx/{id}.json"), cve_record(id, title)))
        .collect()
}

fn hour(time: &str, ids: &[&str]) -> serde_json::Value {
    let ids: Vec<_> = ids.iter().map(|id| json!({"cveId": id})).collect();
    json!({"fetchTime": time, "numberOfChanges": ids.len(), "new": ids, "updated": [], "error": []})
}

fn log(mirror: &Mirror, hours: &[serde_json::Value]) {
    mirror.write(&format!("{RAW}/deltaLog.json"), json!(hours).to_string());
}

fn raw(mirror: &Mirror, number: &str, title: &str) {
    let id = format!("CVE-2026-{number}");
    mirror.write(
        &format!("{RAW}/2026/{}xxx/{id}.json", &number[..1]),
        cve_record(&id, title),
    );
}

/// Baseline of the 10th with two records, a delta of the 10th with one more, and hours of the 11th with a third.
fn mirror() -> Mirror {
    let mirror = Mirror::new();
    let (tag, baseline) = ("cve_10", "2026-11-10_all_CVEs_at_midnight.zip.zip");
    let inner = zip(&records(&["CVE-2026-0001", "CVE-2026-0002"], "baseline"));
    asset(&mirror, tag, baseline, zip(&[("cves.zip", inner)]));
    let day = "2026-11-10_delta_CVEs_at_end_of_day.zip";
    let mut delta = records(&["CVE-2026-0002", "CVE-2026-0003"], "day");
    delta.push(("deltaCves/delta.json".to_owned(), "{}".to_owned()));
    asset(&mirror, tag, day, zip(&delta));
    // The release of an hour of the 11th has the baseline of the 10th in it; its time must not count.
    let releases = json!([
        {"tag_name": "cve_11_1300", "published_at": "2026-11-11T13:00:00Z", "assets": []},
        {"tag_name": tag, "published_at": "2026-11-11T09:00:00Z",
         "assets": [{"name": baseline}, {"name": day}, {"name": "notes.txt"}]},
    ]);
    mirror.write(
        "cve5/api/repos/CVEProject/cvelistV5/releases.json",
        releases.to_string(),
    );
    log(
        &mirror,
        &[
            hour("2026-11-11T05:00:00.000Z", &["CVE-2026-4000"]),
            hour("2026-11-01T01:00:00.000Z", &["CVE-2026-0001"]),
        ],
    );
    raw(&mirror, "4000", "hour");
    mirror
}

#[test]
fn a_baseline_then_days_then_hours() {
    let mirror = mirror();
    let server = Server::of_folder(mirror.path());
    for place in [mirror.location(), &server.base] {
        let mut cve = Subject::new("cve", place);
        cve.sync_well();
        let keys = cve.memory.keys("cve");
        let advisories = [
            "CVE-2026-0001",
            "CVE-2026-0002",
            "CVE-2026-0003",
            "CVE-2026-4000",
        ];
        assert_eq!(
            keys, advisories,
            "what only deltas bring has not left the list"
        );
        assert!(
            cve.memory.labels["cve"]["CVE-2026-0002"].contains("day"),
            "the later word counts"
        );
        cve.is_unchanged();
    }
}

#[test]
fn later_only_the_hours_are_read() {
    let mirror = mirror();
    let server = Server::of_folder(mirror.path());
    let mut cve = Subject::new("cve", &server.base);
    cve.sync_well();
    raw(&mirror, "5000", "hour");
    log(
        &mirror,
        &[
            hour("2026-11-11T06:00:00.000Z", &["CVE-2026-5000"]),
            hour("2026-11-11T05:00:00.000Z", &["CVE-2026-4000"]),
            hour("2026-11-01T01:00:00.000Z", &[]),
        ],
    );
    server.forget();
    assert_eq!(cve.sync_well().records, 1);
    assert_eq!(cve.memory.count("cve"), 5);
    assert_eq!(server.requests().len(), 2);
}

#[test]
fn a_cursor_older_than_the_log_needs_the_archives() {
    let mirror = mirror();
    let mut cve = Subject::new("cve", mirror.location());
    cve.sync_well();
    // The log has moved on; a day follows the cursor's.
    raw(&mirror, "5000", "hour");
    log(
        &mirror,
        &[hour("2026-11-12T05:00:00.000Z", &["CVE-2026-5000"])],
    );
    let day = "2026-11-11_delta_CVEs_at_end_of_day.zip";
    asset(
        &mirror,
        "cve_11",
        day,
        zip(&records(&["CVE-2026-0009"], "day")),
    );
    let releases = json!([{"tag_name": "cve_11", "assets": [{"name": day}]}]);
    mirror.write(
        "cve5/api/repos/CVEProject/cvelistV5/releases.json",
        releases.to_string(),
    );
    let outcome = cve.sync().unwrap();
    let keys = cve.memory.keys("cve");
    assert!(keys.contains(&"CVE-2026-0009") && keys.contains(&"CVE-2026-5000") && keys.len() == 6);
    assert!(
        outcome.lost[0].contains("begins after"),
        "hours are missing: {outcome:?}"
    );
    let again = cve.sync().unwrap_err().to_string();
    assert!(
        again.contains("all_CVEs"),
        "only all can fill the gap: {again}"
    );
}

#[test]
fn ids_of_the_log_are_ids() {
    let mirror = mirror();
    log(
        &mirror,
        &[
            hour(
                "2026-11-11T05:00:00.000Z",
                &["CVE-2026-../../x", "CVE-2026-7777"],
            ),
            hour("2026-11-01T01:00:00.000Z", &[]),
        ],
    );
    let mut cve = Subject::new("cve", mirror.location());
    let problems = cve.sync().unwrap().problems;
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert_eq!(cve.memory.count("cve"), 3);
}
