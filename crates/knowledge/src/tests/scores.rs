//! EPSS series over updates: how far a score holds, when it ends, and days that cannot be.

use std::path::Path;

use super::sample::{epss, time};
use crate::{Knowledge, Outcome, Update, bundle, merge};

/// The days and scores of a CVE's series.
fn series(knowledge: &Knowledge, id: &str) -> Vec<(i64, f64)> {
    let points = knowledge.epss(id).into_iter();
    points
        .map(|point| (point.at.as_second() / DAY, point.score))
        .collect()
}

const DAY: i64 = 86_400;

/// The file of a day, taken in on `learnt`.
fn scores(folder: &Path, learnt: i64, day: i64, rows: &[(&str, f64)]) -> Outcome {
    let rows = rows.iter().map(|&(id, score)| epss(id, day * DAY, score));
    let mut update = Update::begin(folder, time(learnt * DAY)).unwrap();
    let outcome = update.replace_feed("epss", rows).unwrap();
    update.commit().unwrap();
    outcome
}

#[test]
fn a_score_that_does_not_move_holds_until_the_newest_file_also_after_a_merge_and_in_a_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let ids = ["CVE-2024-0001", "CVE-2024-0002"];
    for month in 0..13 {
        let moving = f64::from(i32::try_from(month).unwrap()) / 20.0;
        scores(
            folder.path(),
            30 * month,
            30 * month,
            &[(ids[0], 0.2), (ids[1], moving)],
        );
    }
    let check = |knowledge: &Knowledge| {
        assert_eq!(series(knowledge, ids[0]), [(0, 0.2), (360, 0.2)]);
        let moved = series(knowledge, ids[1]);
        assert_eq!((moved.len(), moved.last()), (13, Some(&(360, 0.6))));
        let signal = &knowledge.signals_of(ids[0])[0];
        assert_eq!(signal.at, Some(time(360 * DAY)));
        assert!(knowledge.epss("CVE-2024-0003").is_empty());
    };
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert!(knowledge.stats().epss_points <= 14, "a point when it moved");
    check(&knowledge);
    check(&merge(folder.path(), time(361 * DAY)).unwrap());
    let bundle = folder.path().join("bundle");
    bundle::export(folder.path(), &bundle).unwrap();
    let other = tempfile::tempdir().unwrap();
    check(&bundle::import(&bundle, other.path()).unwrap());
}

#[test]
fn a_cve_that_left_the_scores_ends_with_the_last_file_that_had_it_and_may_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let (left, stays) = (("CVE-2024-0001", 0.2), ("CVE-2024-0002", 0.3));
    scores(folder.path(), 1, 1, &[left, stays]);
    scores(folder.path(), 2, 2, &[left, stays]);
    assert_eq!(scores(folder.path(), 3, 3, &[stays]).removed, 1);
    assert_eq!(scores(folder.path(), 4, 4, &[stays]).removed, 0);
    // An older file that is read late, and one without scores, end nothing.
    scores(folder.path(), 5, 2, &[left]);
    scores(folder.path(), 5, 5, &[]);
    let check = |knowledge: &Knowledge| {
        assert_eq!(series(knowledge, left.0), [(1, 0.2), (2, 0.2)]);
        assert_eq!(series(knowledge, stays.0), [(1, 0.3), (4, 0.3)]);
    };
    check(&Knowledge::open(folder.path()).unwrap());
    check(&merge(folder.path(), time(300 * DAY)).unwrap());
    assert_eq!(scores(folder.path(), 6, 6, &[left, stays]).added, 1);
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert_eq!(series(&knowledge, left.0), [(1, 0.2), (2, 0.2), (6, 0.2)]);
}

#[test]
fn a_score_of_the_future_gives_way_to_one_that_can_be() {
    let folder = tempfile::tempdir().unwrap();
    let id = "CVE-2024-0001";
    scores(folder.path(), 1, 1, &[(id, 0.2)]);
    // As an older version took it in, or a clock that was wrong.
    scores(folder.path(), 2, 400, &[(id, 0.9), ("CVE-2024-0002", 0.9)]);
    scores(folder.path(), 3, 3, &[(id, 0.2)]);
    let check = |knowledge: &Knowledge| {
        assert_eq!(series(knowledge, id).last(), Some(&(3, 0.2)));
        assert!(series(knowledge, id).iter().all(|(day, _)| *day <= 3));
    };
    check(&Knowledge::open(folder.path()).unwrap());
    check(&merge(folder.path(), time(4 * DAY)).unwrap());
    scores(folder.path(), 5, 5, &[(id, 0.3)]);
    let knowledge = Knowledge::open(folder.path()).unwrap();
    assert_eq!(series(&knowledge, id).last(), Some(&(5, 0.3)));
}
