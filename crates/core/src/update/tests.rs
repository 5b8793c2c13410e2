use std::path::PathBuf;

use patchward_advisory::model::Fact;
use tempfile::TempDir;

use super::*;

struct Quiet;

impl Listener for Quiet {
    fn began(&self, _: &'static Feed) {}
    fn read(&self, _: u64, _: Option<u64>) {}
    fn ended(&self, _: &FeedReport) {}
}

/// A knowledge base and the mirror that it is fed from.
struct Base {
    folder: TempDir,
    days: i64,
}

const CATALOGUE: &str = "kev/known_exploited_vulnerabilities.json";

impl Base {
    fn new() -> Base {
        Base {
            folder: TempDir::new().unwrap(),
            days: 0,
        }
    }

    fn knowledge(&self) -> Knowledge {
        Knowledge::open(&self.folder.path().join("knowledge")).unwrap()
    }

    fn segments(&self) -> usize {
        self.knowledge().manifest().segments.len()
    }

    fn mirror(&self) -> PathBuf {
        self.folder.path().join("mirror")
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.mirror().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Copies the files of a folder, in place of what the mirror had there.
    fn copy(&self, from: &Path, to: &str) {
        let to = self.mirror().join(to);
        let _ = std::fs::remove_dir_all(&to);
        std::fs::create_dir_all(&to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.is_file() {
                let bytes = std::fs::read(&path).unwrap();
                std::fs::write(to.join(path.file_name().unwrap()), bytes).unwrap();
            }
        }
    }

    /// Updates a feed, a day later each time.
    fn update(&mut self, feed: &str, full: bool) -> FeedReport {
        self.update_so(
            feed,
            Manner {
                full,
                ..Manner::default()
            },
        )
    }

    fn update_so(&mut self, feed: &str, manner: Manner) -> FeedReport {
        let config = Config {
            cache: self.folder.path().join("cache"),
            mirror: Some(self.mirror().display().to_string()),
            ..Config::default()
        };
        let now = Timestamp::from_second(1_790_000_000 + 86_400 * self.days).unwrap();
        self.days += 1;
        let feeds = [Feed::find(feed).unwrap()];
        let folder = self.folder.path().join("knowledge");
        let mut reports = update(&folder, &config, &feeds, manner, now, &Quiet).unwrap();
        reports.pop().unwrap()
    }

    fn catalogue(&self, ids: &[&str]) {
        let entry = |id: &&str| {
            format!(
                r#"{{"cveID": "{id}", "vendorProject": "v", "product": "p", "vulnerabilityName": "n", "dateAdded": "2026-01-02",
                "shortDescription": "d", "requiredAction": "a", "dueDate": "2026-01-23", "notes": ""}}"#
            )
        };
        let entries: Vec<String> = ids.iter().map(entry).collect();
        let text = format!(
            r#"{{"title": "t", "catalogVersion": "1", "dateReleased": "2026-01-02T00:00:00Z", "vulnerabilities": [{}]}}"#,
            entries.join(",")
        );
        self.write(CATALOGUE, &text);
    }
}

/// The day on which each entry left the catalogue.
fn left(knowledge: &Knowledge, id: &str) -> Vec<Option<String>> {
    let day = |fact| match fact {
        Fact::Kev(kev) => Some(kev.removed),
        _ => None,
    };
    let signals = knowledge.signals_of(id).into_iter();
    signals.filter_map(|signal| day(signal.fact)).collect()
}

#[test]
fn an_entry_that_leaves_the_catalogue_is_kept_with_its_day() {
    let mut base = Base::new();
    base.catalogue(&["CVE-2026-0001", "CVE-2026-0002"]);
    assert_eq!(base.update("kev", false).added, 2);
    base.catalogue(&["CVE-2026-0002"]);
    base.update("kev", false);
    base.catalogue(&["CVE-2026-0002", "CVE-2026-0003"]);
    base.update("kev", false);
    let knowledge = base.knowledge();
    assert_eq!(
        left(&knowledge, "CVE-2026-0001"),
        [Some("2026-09-22".to_owned())]
    );
    assert_eq!(left(&knowledge, "CVE-2026-0002"), [None]);
    assert_eq!(left(&knowledge, "CVE-2026-0003"), [None]);
}

#[test]
fn what_has_not_changed_costs_no_segment() {
    let mut base = Base::new();
    base.catalogue(&["CVE-2026-0001"]);
    base.update("kev", false);
    let report = base.update("kev", false);
    assert_eq!(
        (report.added, report.changed, report.removed, report.bytes),
        (0, 0, 0, 0)
    );
    assert_eq!(base.segments(), 1);
    // Asked for in full it is read again, and still nothing has changed.
    let report = base.update("kev", true);
    assert_eq!((report.added, report.changed, report.removed), (0, 0, 0));
    assert!(report.bytes > 0);
    assert_eq!(base.segments(), 1);
}

#[test]
fn a_feed_that_fails_keeps_what_it_had_and_says_why() {
    let mut base = Base::new();
    base.catalogue(&["CVE-2026-0001"]);
    base.update("kev", false);
    base.write(CATALOGUE, "<html>maintenance</html>");
    let failure = base.update("kev", false).failure.unwrap();
    assert!(failure.contains(CATALOGUE), "{failure}");
    let knowledge = base.knowledge();
    assert_eq!(left(&knowledge, "CVE-2026-0001"), [None]);
    assert_eq!(knowledge.manifest().feeds["kev"].failure, Some(failure));
    base.catalogue(&["CVE-2026-0001", "CVE-2026-0002"]);
    assert_eq!(base.update("kev", false).added, 1);
    assert_eq!(base.knowledge().manifest().feeds["kev"].failure, None);
}

#[test]
fn a_newer_state_of_real_feeds_costs_what_changed() {
    let Some(feeds) = patchward_test_support::feeds() else {
        return println!("skipped: no recorded feeds");
    };
    let mut base = Base::new();
    base.write("osv/ecosystems.txt", "crates.io\n");
    base.copy(&feeds.join("kev-prev"), "kev");
    base.copy(&feeds.join("osv-prev/crates.io"), "osv/crates.io");
    assert_eq!(base.update("kev", false).added, 1404);
    let all = base.update("osv", false);
    assert_eq!(
        base.knowledge().manifest().feeds["osv/crates.io"].records,
        all.added
    );

    base.copy(&feeds.join("kev"), "kev");
    base.copy(&feeds.join("osv/crates.io"), "osv/crates.io");
    let kev = base.update("kev", false);
    assert!(kev.added >= 1662 - 1404, "{kev:?}");
    let osv = base.update("osv", false);
    let changed = osv.added + osv.changed;
    assert!(
        (148..=165).contains(&changed),
        "148 advisories, and what they say of exploits: {osv:?}"
    );
    let segments = base.knowledge().manifest().segments.clone();
    let [_, whole, _, delta] = segments.as_slice() else {
        panic!("{segments:?}");
    };
    assert!(
        delta.length < whole.length / 2,
        "{} of {}",
        delta.length,
        whole.length
    );
}

#[test]
fn an_advisory_that_its_publisher_no_longer_lists_is_gone() {
    let Some(feeds) = patchward_test_support::feeds() else {
        return println!("skipped: no recorded feeds");
    };
    let mut base = Base::new();
    base.write("osv/ecosystems.txt", "crates.io\n");
    base.copy(&feeds.join("osv/crates.io"), "osv/crates.io");
    base.update("osv", false);
    let path = "osv/crates.io/modified_id.csv";
    let list = std::fs::read_to_string(base.mirror().join(path)).unwrap();
    let gone = list
        .lines()
        .last()
        .and_then(|line| line.split_once(','))
        .unwrap()
        .1;
    assert_eq!(base.knowledge().advisories(gone).len(), 1);
    let rest: Vec<&str> = list.lines().filter(|line| !line.ends_with(gone)).collect();
    base.write(path, &(rest.join("\n") + "\n"));
    let report = base.update("osv", false);
    assert_eq!(
        (report.added, report.changed, report.removed),
        (0, 0, 1),
        "{report:?}"
    );
    assert!(base.knowledge().advisories(gone).is_empty());
}

#[test]
fn a_feed_that_would_lose_more_than_half_keeps_it_unless_told() {
    let names: Vec<String> = (0..40).map(|n| format!("CVE-2026-{n:04}")).collect();
    let ids: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut base = Base::new();
    base.catalogue(&ids);
    assert_eq!(base.update("kev", false).added, 40);
    for (kept, taken) in [(0, false), (19, false), (20, true), (20, true)] {
        base.catalogue(&ids[..kept]);
        let report = base.update("kev", false);
        assert_eq!(report.failure.is_none(), taken, "{kept}: {report:?}");
        assert_eq!(report.loss_refused, !taken);
        let failure = report.failure.unwrap_or_default();
        assert_eq!(failure.contains(" of its 40 records"), !taken, "{failure}");
        let last = left(&base.knowledge(), "CVE-2026-0039");
        assert_eq!(last.iter().all(Option::is_none), !taken, "{kept}");
    }
}

#[test]
fn a_lost_part_is_remembered_until_it_is_read_again_and_a_single_record_makes_nothing_stale() {
    let mut base = Base::new();
    let lists = "debian/security-tracker-team/security-tracker/-/raw/master/data";
    let entry = "[04 May 2026] DSA-9001-1 libmaple - security update\n\t{CVE-2026-1}\n\t[bookworm] - libmaple 2\n";
    base.write(&format!("{lists}/DSA/list"), entry);
    let lost = base.update("debian-lists", false).lost;
    assert!(lost[0].contains("DLA/list"), "{lost:?}");
    let state = |base: &Base| base.knowledge().manifest().feeds["debian-lists"].clone();
    let stale = |base: &Base| {
        let now = Timestamp::from_second(1_790_000_000 + 86_400 * base.days).unwrap();
        crate::scan::state(&base.knowledge(), now, None).stale
    };
    let first = state(&base).checked;
    assert!(first.is_some());
    assert_eq!(base.update("debian-lists", false).lost, lost);
    assert_eq!(
        (state(&base).lost, state(&base).checked),
        (lost, first),
        "it grows old"
    );
    assert_eq!(stale(&base), ["debian-lists"]);

    base.write(
        &format!("{lists}/DLA/list"),
        "[04 May 2026] DLA-1-1 a - update\n\t[etch] - a ???\n",
    );
    let report = base.update("debian-lists", false);
    assert!(
        report.lost.is_empty() && report.problems.len() == 1,
        "{report:?}"
    );
    assert_eq!(state(&base).problems, report.problems);
    assert!(state(&base).lost.is_empty() && state(&base).checked > first);
    assert!(stale(&base).is_empty());
    // The list has not changed: what was not read in it is still not read.
    assert!(base.update("debian-lists", false).problems.is_empty());
    assert_eq!(state(&base).problems, report.problems);
}

#[test]
fn an_ecosystem_whose_archive_or_list_comes_empty_stays_as_it_was() {
    let Some(feeds) = patchward_test_support::feeds() else {
        return println!("skipped: no recorded feeds");
    };
    let mut base = Base::new();
    base.write("osv/ecosystems.txt", "crates.io\n");
    base.copy(&feeds.join("osv/crates.io"), "osv/crates.io");
    let all = base.update("osv", false).added;
    let records = |base: &Base| base.knowledge().manifest().feeds["osv/crates.io"].records;
    let path = "osv/crates.io/modified_id.csv";
    let list = std::fs::read_to_string(base.mirror().join(path)).unwrap();
    base.write(path, list.lines().next().unwrap());
    let report = base.update("osv", false);
    assert!(report.loss_refused, "{report:?}");
    assert_eq!(records(&base), all);
    // An archive without entries: the end of an empty zip's directory.
    let empty = [b"PK\x05\x06".as_slice(), &[0; 18]].concat();
    std::fs::write(base.mirror().join("osv/crates.io/all.zip"), empty).unwrap();
    let report = base.update("osv", true);
    assert!(report.failure.is_some(), "{report:?}");
    assert_eq!(records(&base), all);
    let told = Manner {
        full: true,
        allow_loss: true,
    };
    let report = base.update_so("osv", told);
    assert_eq!((report.removed, report.failure), (all, None));
}

#[test]
fn a_few_records_may_all_leave() {
    assert!(may_lose(0, 0) && may_lose(19, 19) && may_lose(20, 10) && may_lose(1000, 500));
    assert!(!may_lose(20, 11) && !may_lose(1000, 1000));
}

#[test]
fn scores_of_the_future_fail_the_feed_and_lose_nothing() {
    let mut base = Base::new();
    let file = "epss/epss_scores-current.csv.gz";
    let scores = |day: &str, score: f64| {
        format!(
            "#model_version:v5,score_date:{day}T12:00:00Z\ncve,epss,percentile\nCVE-2026-0001,{score},0.9\n"
        )
    };
    base.write(file, &scores("2026-09-21", 0.2));
    assert_eq!(base.update("epss", false).failure, None);
    base.write(file, &scores("2031-01-01", 0.9));
    let failure = base.update("epss", false).failure.unwrap();
    assert!(failure.contains(file), "{failure}");
    assert!(failure.contains("2031-01-01"), "{failure}");
    let newest = |base: &Base| base.knowledge().epss("CVE-2026-0001").pop().unwrap();
    assert_eq!(newest(&base).score, 0.2);
    base.write(file, &scores("2026-09-23", 0.3));
    assert_eq!(base.update("epss", false).failure, None);
    assert_eq!(newest(&base).score, 0.3);
}
