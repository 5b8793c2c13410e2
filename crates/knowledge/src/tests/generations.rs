//! Updates, merges, history and bundles.

use std::path::Path;

use patchward_advisory::model::Fact;
use sha2::Digest;

use super::sample::{advisory, affected, epss, kev, lifecycle, time};
use crate::layout::HEADER;
use crate::{
    Knowledge, Manifest, Named, OpenError, Outcome, Probe, Record, Update, UpdateError, What,
    bundle, merge,
};

fn update(folder: &Path, at: i64, feed: &str, records: Vec<Record>) -> Outcome {
    let mut update = Update::begin(folder, time(at)).unwrap();
    let outcome = update.replace_feed(feed, records).unwrap();
    update.commit().unwrap();
    outcome
}

fn ids(knowledge: &Knowledge, package: &str) -> Vec<String> {
    let mut found: Vec<String> = knowledge
        .package("npm", package)
        .flat_map(|run| run.claims().collect::<Vec<_>>())
        .map(|claim| knowledge.advisory(claim.advisory()).unwrap().id)
        .collect();
    found.sort();
    found
}

fn two() -> Vec<Record> {
    vec![
        advisory("A-1", "left", "1.0.0").into(),
        advisory("A-2", "right", "2.0.0").into(),
    ]
}

#[test]
fn a_package_is_found_and_a_version_judged() {
    let folder = tempfile::tempdir().unwrap();
    let mut record = advisory("A-1", "left", "1.2.0");
    record
        .affected
        .push(affected("Debian:12", "left", "0", "3-1"));
    update(folder.path(), 10, "osv", vec![record.into()]);
    let knowledge = Knowledge::open(folder.path()).unwrap();
    let mut runs: Vec<_> = knowledge.package("npm", "left").collect();
    assert_eq!(runs.len(), 1);
    let claim = runs.remove(0).claims().next().unwrap();
    assert_eq!(knowledge.affected(&claim).unwrap().package.name, "left");
    let named = |version| claim.names(&mut Probe::new(version));
    if patchward_version::Scheme::Npm.key("1.0.0").is_ok() {
        assert_eq!(named("1.1.9"), Named::InRange);
        assert_eq!(named("1.2.0"), Named::No);
        assert_eq!(named("not a version"), Named::Unknown);
    }
    let debian: Vec<_> = knowledge.package("Debian", "left").collect();
    assert_eq!(debian[0].release, "12");
    assert_eq!(knowledge.package("npm", "none").count(), 0);
}

#[test]
fn an_update_costs_what_changed() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "osv", two());
    let same = update(folder.path(), 20, "osv", two());
    assert_eq!(
        same,
        Outcome {
            unchanged: 2,
            ..Outcome::default()
        }
    );
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert_eq!(knowledge.manifest().segments.len(), 1);
    assert_eq!(knowledge.manifest().generation, 2);
    let changed = update(
        folder.path(),
        30,
        "osv",
        vec![advisory("A-1", "left", "1.0.1").into()],
    );
    assert_eq!((changed.changed, changed.removed), (1, 1));
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert_eq!(ids(&knowledge, "left"), ["A-1"]);
    assert!(ids(&knowledge, "right").is_empty());
    assert_eq!(knowledge.manifest().feeds["osv"].records, 1);
    let at = knowledge.advisories("A-1")[0];
    assert_eq!(knowledge.learnt(at), Some((time(10), time(30))));
}

#[test]
fn feeds_do_not_replace_each_other() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "one", two());
    update(folder.path(), 20, "two", two());
    update(folder.path(), 30, "one", vec![]);
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert_eq!(ids(&knowledge, "left"), ["A-1"]);
    assert_eq!(knowledge.feed(knowledge.advisories("A-1")[0]), Some("two"));
}

#[test]
fn the_last_of_two_records_with_one_id_counts() {
    let folder = tempfile::tempdir().unwrap();
    let twice = vec![
        advisory("A-1", "left", "1.0.0").into(),
        advisory("A-1", "other", "1.0.0").into(),
    ];
    update(folder.path(), 10, "osv", twice);
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert!(ids(&knowledge, "left").is_empty());
    assert_eq!(ids(&knowledge, "other"), ["A-1"]);
    assert_eq!(knowledge.advisories("A-1").len(), 1);
    assert_eq!(knowledge.stats().advisories, 1);
}

#[test]
fn history_survives_a_merge() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "osv", two());
    let mut changed = advisory("A-1", "left", "1.0.1");
    changed.modified = Some(time(19));
    update(folder.path(), 20, "osv", vec![changed.into()]);
    let check = |knowledge: &Knowledge| {
        let changes: Vec<_> = knowledge
            .changes_since(time(15))
            .into_iter()
            .map(|c| (c.key, c.what, c.learnt, c.modified))
            .collect();
        let expected = [
            ("A-1".to_owned(), What::Changed, time(20), Some(time(19))),
            ("A-2".to_owned(), What::Removed, time(20), Some(time(2))),
        ];
        assert_eq!(changes, expected);
        let then = knowledge.known_at("A-1", time(12));
        let then = knowledge.whole_advisory(then[0]).unwrap();
        assert_eq!(then, advisory("A-1", "left", "1.0.0"));
        assert!(knowledge.known_at("A-1", time(5)).is_empty());
        assert_eq!(knowledge.history("A-1").len(), 2);
        assert!(knowledge.advisories("A-2").is_empty());
        let stats = knowledge.stats();
        assert_eq!((stats.advisories, stats.past), (1, 2));
        knowledge.verify().unwrap();
    };
    check(&Knowledge::open(folder.path()).unwrap());
    let merged = merge(folder.path(), time(1000)).unwrap();
    assert_eq!(merged.manifest().segments.len(), 1);
    check(&merged);
    let again = update(
        folder.path(),
        30,
        "osv",
        vec![{
            let mut changed = advisory("A-1", "left", "1.0.1");
            changed.modified = Some(time(19));
            changed.into()
        }],
    );
    assert_eq!(again.unchanged, 1);
}

#[test]
fn a_reader_keeps_its_generation_and_old_files_go_when_it_leaves() {
    let folder = tempfile::tempdir().unwrap();
    let segments = || {
        std::fs::read_dir(folder.path())
            .unwrap()
            .filter(|e| {
                let name = e.as_ref().unwrap().file_name();
                name.to_str().unwrap().starts_with("segment-")
            })
            .count()
    };
    update(folder.path(), 10, "osv", two());
    let reader = Knowledge::open(folder.path()).unwrap();
    merge(folder.path(), time(20)).unwrap();
    assert_eq!(segments(), 2);
    assert_eq!(ids(&reader, "left"), ["A-1"]);
    drop(reader);
    update(folder.path(), 30, "osv", two());
    assert_eq!(segments(), 1);
    merge(folder.path(), time(40)).unwrap();
    assert_eq!(segments(), 1);
}

#[test]
fn one_process_writes_and_an_update_dropped_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "osv", two());
    let before = std::fs::read(folder.path().join("MANIFEST")).unwrap();
    let mut first = Update::begin(folder.path(), time(20)).unwrap();
    assert!(matches!(
        Update::begin(folder.path(), time(20)),
        Err(UpdateError::Busy(_))
    ));
    first.replace_feed("osv", vec![]).unwrap();
    drop(first);
    assert_eq!(
        std::fs::read(folder.path().join("MANIFEST")).unwrap(),
        before
    );
    Update::begin(folder.path(), time(20)).unwrap();
}

#[test]
fn a_torn_or_missing_segment_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "osv", two());
    let knowledge = Knowledge::open(folder.path()).unwrap();
    let path = folder.path().join(&knowledge.manifest().segments[0].file);
    let bytes = std::fs::read(&path).unwrap();
    drop(knowledge);
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    assert!(Knowledge::open(folder.path()).is_err());
    std::fs::remove_file(&path).unwrap();
    assert!(Knowledge::open(folder.path()).is_err());
}

#[test]
fn aliases_join_and_signals_follow_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut first = advisory("GHSA-1", "left", "1.0.0");
    first.aliases = vec!["CVE-2024-0001".into()];
    let mut distribution = advisory("DSA-1", "left", "1.0.0");
    distribution.upstream = vec!["CVE-2024-0001".into(), "CVE-2024-0002".into()];
    update(
        folder.path(),
        10,
        "osv",
        vec![first.into(), distribution.into()],
    );
    update(folder.path(), 20, "kev", vec![kev("CVE-2024-0001")]);
    let knowledge = Knowledge::open(folder.path()).unwrap();
    let group = knowledge.vulnerability("GHSA-1").unwrap();
    assert_eq!(group.id, "CVE-2024-0001");
    assert_eq!(group.aliases, ["GHSA-1"]);
    assert_eq!((group.advisories.len(), group.repackaged.len()), (1, 1));
    let dsa = knowledge.advisories("DSA-1")[0];
    assert_eq!(
        knowledge.vulnerabilities_of(dsa),
        ["CVE-2024-0001", "CVE-2024-0002"]
    );
    assert_eq!(knowledge.signals_of("CVE-2024-0001").len(), 1);
    assert!(knowledge.vulnerability("CVE-2099-0001").is_none());
}

#[test]
fn an_alias_between_cve_ids_of_unrelated_packages_joins_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut left = advisory("GHSA-1", "left", "1.0.0");
    left.aliases = vec!["CVE-2024-0001".into()];
    let mut right = advisory("GHSA-2", "right", "1.0.0");
    right.aliases = vec!["CVE-2024-0002".into(), "GHSA-1".into()];
    let mut both = advisory("GHSA-3", "third", "1.0.0");
    both.aliases = vec!["CVE-2024-0003".into(), "CVE-2024-0004".into()];
    update(
        folder.path(),
        10,
        "osv",
        vec![left.into(), right.into(), both.into()],
    );
    let knowledge = Knowledge::open(folder.path()).unwrap();
    for (id, shown, others) in [
        ("GHSA-1", "CVE-2024-0001", vec!["GHSA-1"]),
        ("CVE-2024-0001", "CVE-2024-0001", vec!["GHSA-1"]),
        ("GHSA-2", "CVE-2024-0002", vec!["GHSA-2"]),
        ("CVE-2024-0002", "CVE-2024-0002", vec!["GHSA-2"]),
    ] {
        let group = knowledge.vulnerability(id).unwrap();
        assert_eq!((&*group.id, group.cut), (shown, true), "{id}");
        assert_eq!(group.aliases, others, "{id}");
        assert_eq!(group.advisories.len(), 1, "{id}");
    }
    // Nobody says that these are of different packages.
    let group = knowledge.vulnerability("CVE-2024-0004").unwrap();
    assert_eq!(group.aliases, ["CVE-2024-0004", "GHSA-3"]);
    assert!(!group.cut);
}

#[test]
fn an_entry_that_left_the_catalogue_of_exploited_flaws_is_kept_with_the_day() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "kev", vec![kev("CVE-2024-0001")]);
    for at in [86_400, 200_000] {
        update(folder.path(), at, "kev", vec![]);
    }
    let knowledge = Knowledge::open(folder.path()).unwrap();
    let signals = knowledge.signals_of("CVE-2024-0001");
    let Fact::Kev(kev) = &signals[0].fact else {
        panic!("not an entry")
    };
    assert_eq!(kev.removed.as_deref(), Some("1970-01-02"));
}

#[test]
fn epss_keeps_a_point_only_when_something_moved() {
    let folder = tempfile::tempdir().unwrap();
    let day = 86_400;
    for (at, score) in [(1, 0.1), (2, 0.1), (3, 0.25)] {
        let record = epss("CVE-2024-0001", at * day, score);
        update(folder.path(), at * day, "epss", vec![record]);
    }
    let check = |knowledge: &Knowledge| {
        let series: Vec<_> = knowledge
            .epss("CVE-2024-0001")
            .into_iter()
            .map(|p| (p.at, p.score, p.model))
            .collect();
        assert_eq!(
            series,
            [
                (time(day), 0.1, "v1".to_owned()),
                (time(3 * day), 0.25, "v1".to_owned())
            ]
        );
    };
    check(&Knowledge::open(folder.path()).unwrap());
    check(&merge(folder.path(), time(4 * day)).unwrap());
}

#[test]
fn lifecycles_are_found_by_product() {
    let folder = tempfile::tempdir().unwrap();
    let records = vec![
        lifecycle("debian", "12"),
        lifecycle("debian", "11"),
        lifecycle("php", "8.1"),
    ];
    update(folder.path(), 10, "eol", records);
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert_eq!(knowledge.lifecycles("debian").len(), 2);
}

#[test]
fn search_finds_ids_packages_and_words() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "osv", two());
    let knowledge = Knowledge::open(folder.path()).unwrap();
    for (text, count) in [
        ("a-1", 1),
        ("RIGHT", 1),
        ("is weak", 2),
        ("nothing like it", 0),
    ] {
        assert_eq!(knowledge.search(text, 10).len(), count, "{text}");
    }
    assert_eq!(knowledge.search("weak", 1).len(), 1);
}

#[test]
fn a_bundle_carries_a_generation() {
    let folder = tempfile::tempdir().unwrap();
    let other = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "osv", two());
    update(
        folder.path(),
        20,
        "osv",
        vec![advisory("A-1", "left", "1.0.1").into()],
    );
    let file = folder.path().join("knowledge.bundle");
    let digest = bundle::export(folder.path(), &file).unwrap();
    assert_eq!(bundle::digest(&file).unwrap(), digest);
    assert_eq!(bundle::manifest(&file).unwrap().generation, 2);
    update(other.path(), 5, "osv", vec![]);
    let knowledge = bundle::import(&file, other.path()).unwrap();
    assert_eq!(ids(&knowledge, "left"), ["A-1"]);
    assert!(ids(&knowledge, "right").is_empty());

    let bytes = std::fs::read(&file).unwrap();
    for at in [3, 40, bytes.len() / 2, bytes.len() - 2] {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1;
        std::fs::write(&file, &damaged).unwrap();
        let result = bundle::import(&file, other.path());
        assert!(result.is_err(), "byte {at}");
    }
    assert_eq!(
        ids(&Knowledge::open(other.path()).unwrap(), "left"),
        ["A-1"]
    );
}

#[test]
fn what_a_crash_left_behind_is_ignored_and_swept() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 10, "osv", two());
    for name in ["tmp-manifest", "tmp-segment-9", "segment-9-0123.pwk"] {
        std::fs::write(folder.path().join(name), b"half of a").unwrap();
    }
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert_eq!(ids(&knowledge, "left"), ["A-1"]);
    update(folder.path(), 20, "osv", two());
    let mut left: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| *name != knowledge.manifest().segments[0].file)
        .collect();
    left.sort();
    assert_eq!(left, ["LOCK", "MANIFEST"]);
}

#[test]
fn readers_open_whole_generations_while_others_are_written() {
    let folder = tempfile::tempdir().unwrap();
    update(folder.path(), 1, "osv", two());
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(std::sync::atomic::Ordering::Relaxed) {
                let knowledge = Knowledge::open(folder.path()).unwrap();
                assert_eq!(ids(&knowledge, "left"), ["A-1"]);
                knowledge.verify().unwrap();
            }
        });
        for at in 2..12 {
            let changed = advisory("A-1", "left", &format!("1.0.{at}"));
            update(folder.path(), at, "osv", vec![changed.into()]);
            if at % 3 == 0 {
                merge(folder.path(), time(at)).unwrap();
            }
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}

/// Makes the segments of a folder look as if another build had made their keys.
fn make_keys_foreign(folder: &std::path::Path) {
    let mut manifest = Manifest::read(folder).unwrap().unwrap();
    for entry in &mut manifest.segments {
        let path = folder.join(&entry.file);
        let mut bytes = std::fs::read(&path).unwrap();
        bytes[16] ^= 0xff; // the fingerprint follows the magic, the format and the number of sections
        let digest = sha2::Sha256::digest(&bytes[..HEADER - 32]);
        bytes[HEADER - 32..HEADER].copy_from_slice(&digest);
        std::fs::write(&path, bytes).unwrap();
        entry.digest = crate::manifest::hex(&digest);
    }
    manifest.write(folder).unwrap();
}

#[test]
fn keys_of_another_build_are_refused_until_a_merge_made_them_anew() {
    let folder = tempfile::tempdir().unwrap();
    let first = advisory("GHSA-1", "left", "1.0.0");
    update(folder.path(), 10, "osv", vec![first.into()]);
    make_keys_foreign(folder.path());
    let opened = Knowledge::open(folder.path());
    assert!(matches!(opened, Err(OpenError::ForeignKeys(_))));
    assert!(Update::begin(folder.path(), time(20)).is_err());
    let merged = merge(folder.path(), time(20)).unwrap();
    assert_eq!(merged.advisories("GHSA-1").len(), 1);
    assert_eq!(ids(&merged, "left"), ["GHSA-1"]);
    let again = Knowledge::open(folder.path()).unwrap();
    assert_eq!(again.manifest().segments.len(), 1);
}
