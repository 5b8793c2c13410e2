//! `db update`, `status`, `search`, `show`, `diff`, `verify`; and what happens when it is damaged or busy.

use std::fs::{self, File};

use super::mirror;
use super::world::World;

#[test]
fn an_update_tells_each_feed_and_a_second_one_finds_nothing_new() {
    let world = World::empty();
    let ran = world.update().ends(0);
    ran.warns(&["kev", "epss", "debian-tracker", "osv", "6 new"]);
    world
        .update()
        .ends(0)
        .warns(&["osv             up to date"]);
}

#[test]
fn an_update_of_one_feed_leaves_the_others() {
    let world = World::empty();
    let mirror = world.mirror().display().to_string();
    world
        .run(&format!("db update kev --mirror {mirror}"))
        .ends(0);
    let status = world.run("db status --format json").ends(0).json();
    assert_eq!(status["feeds"].as_object().unwrap().len(), 1, "{status}");
    world
        .run("db update nonsense")
        .ends(2)
        .warns(&["nonsense", "debian-tracker"]);
}

#[test]
fn feeds_that_fail_are_told_and_the_others_stand() {
    let mut world = World::empty();
    let mirror = world.own_mirror().to_owned();
    fs::write(mirror.join("kev/known_exploited_vulnerabilities.json"), "{").unwrap();
    world.update().ends(4).warns(&["kev", "not updated"]);
    world
        .run("scan tree")
        .ends(1)
        .says(&["not up to date: kev"]);
    world.run("db status").ends(0).says(&["failed: "]);
}

#[test]
fn a_lost_part_of_a_feed_is_told_until_it_is_read_again() {
    let mut world = World::empty();
    let mirror = world.own_mirror().to_owned();
    let archive = mirror.join("osv/npm/all.zip");
    let whole = fs::read(&archive).unwrap();
    fs::write(&archive, &whole[..whole.len() / 2]).unwrap();
    for _ in 0..2 {
        world.update().ends(4).warns(&[
            "osv             not whole",
            "1 part could not be read",
            "all.zip",
        ]);
    }
    world
        .run("db status")
        .ends(0)
        .says(&["1 part could not be read", "all.zip"]);
    let status = world.run("db status --format json").ends(0).json();
    assert_eq!(status["feeds"]["osv"]["lost"].as_array().unwrap().len(), 1);
    let report = world.run("scan tree --format json").json();
    assert_eq!(report["knowledge"]["stale"], serde_json::json!(["osv"]));
    fs::write(&archive, &whole).unwrap();
    world.update().ends(0);
    let report = world.run("scan tree --format json").json();
    assert_eq!(report["knowledge"]["stale"], serde_json::json!([]));
    world
        .run("db status")
        .says_nothing_of(&["could not be read"]);
}

#[test]
fn a_record_that_cannot_be_read_is_told_and_makes_nothing_stale() {
    let mut world = World::empty();
    let mirror = world.own_mirror().to_owned();
    let lists = "debian/security-tracker-team/security-tracker/-/raw/master/data";
    fs::write(
        mirror.join(lists).join("DLA/list"),
        "[04 May 2026] DLA-1-1 a - update\n\t[etch] - a ???\n",
    )
    .unwrap();
    world
        .update()
        .ends(0)
        .warns(&["1 record could not be read: debian-lists/DLA"]);
    world
        .run("db status")
        .ends(0)
        .says(&["1 record could not be read: debian-lists/DLA"]);
    let report = world.run("scan tree --format json").json();
    assert_eq!(report["knowledge"]["stale"], serde_json::json!([]));
}

#[test]
fn an_update_reports_in_json_for_programs() {
    let world = World::empty();
    let mut arguments = world.update_arguments();
    arguments.extend(["--format", "json"].map(str::to_owned));
    let ran = super::run::Ran::from(world.command(arguments).output().unwrap()).ends(0);
    let reports = ran.json();
    assert_eq!(reports.as_array().unwrap().len(), mirror::FEEDS.len());
    assert_eq!(ran.err, "");
}

#[test]
fn status_tells_feeds_counts_and_age() {
    let world = World::new();
    let text = world.run("db status").ends(0);
    text.says(&[
        "Knowledge base in",
        "generation",
        "FEED",
        "osv",
        "kev",
        "ago",
    ]);
    let json = world.run("db status --format json").ends(0).json();
    assert_eq!(json["advisories"], 10, "{json}");
    assert!(json["feeds"]["osv"]["checked"].is_string());
}

#[test]
fn search_and_show_find_by_word_package_and_id() {
    let world = World::new();
    world
        .run("db search watch memory")
        .ends(0)
        .says(&["TEST-2026-1"])
        .says_nothing_of(&["TEST-2026-2"]);
    world
        .run("db search nothingofthekind")
        .ends(0)
        .says(&["Nothing has all of these words"]);
    world
        .run("db search flaw mends nobody --limit 1 --format json")
        .ends(0)
        .json();
    world
        .run("db show CVE-2026-90002")
        .ends(0)
        .says(&["TEST-2026-2", "leftish-pad"]);
    world
        .run("db show npm/leftish-pad")
        .ends(0)
        .says(&["TEST-2026-2"]);
    world.run("db show pkg:cargo/pocketwatch").ends(0).says(&[
        "TEST-2026-1",
        "TEST-2026-5",
        "withdrawn",
    ]);
}

#[test]
fn diff_tells_what_came_since_an_instant() {
    let mut world = World::new();
    let before = world.run("db status --format json").json()["learnt"]
        .as_str()
        .unwrap()
        .to_owned();
    let mirror = world.own_mirror().to_owned();
    mirror::publish(&mirror, mirror::later());
    world.update().ends(0);
    let ran = world.run(&format!("db diff --since {before}")).ends(0);
    ran.says(&["new advisory TEST-2026-7", "1 change since"]);
    let all = world.run("db diff --format json").ends(0).json();
    assert!(all.as_array().unwrap().len() > 9, "{all}");
    world
        .run("db diff --since someday")
        .ends(6)
        .warns(&["someday", "2026-11-22"]);
}

#[test]
fn verify_says_that_a_sound_one_is_sound() {
    World::new()
        .run("db verify")
        .ends(0)
        .says(&["Every digest and offset is right", "10 advisories"]);
}

#[test]
fn a_scan_works_while_an_update_holds_the_lock() {
    let world = World::new();
    let lock = File::options()
        .write(true)
        .open(world.path("data/knowledge/LOCK"))
        .unwrap();
    lock.try_lock().unwrap();
    world.run("scan tree").ends(1).says(&["CVE-2026-90001"]);
    world.run("db verify").ends(0);
    world
        .update()
        .ends(6)
        .warns(&["another process is updating"]);
}

#[test]
fn a_damaged_manifest_names_the_remedy_and_the_remedy_mends_it() {
    let world = World::new();
    fs::write(world.path("data/knowledge/MANIFEST"), "garbage\n").unwrap();
    damaged_and_mended(&world);
}

#[test]
fn a_missing_segment_names_the_remedy_and_the_remedy_mends_it() {
    let world = World::new();
    fs::remove_file(largest_segment(&world)).unwrap();
    damaged_and_mended(&world);
}

#[test]
fn a_truncated_segment_names_the_remedy_and_the_remedy_mends_it() {
    let world = World::new();
    let path = largest_segment(&world);
    let length = fs::metadata(&path).unwrap().len();
    File::options()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length / 2)
        .unwrap();
    damaged_and_mended(&world);
}

fn damaged_and_mended(world: &World) {
    world
        .run("scan tree")
        .ends(6)
        .warns(&["patchward db update --full"]);
    world
        .run("db verify")
        .ends(6)
        .warns(&["patchward db update --full"]);
    world.update().ends(6);
    mended(world);
}

#[test]
fn a_changed_bit_is_seen_by_verify_and_mended() {
    let world = World::new();
    let path = largest_segment(&world);
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() * 2 / 3;
    bytes[middle] ^= 0x10;
    fs::write(&path, bytes).unwrap();
    let code = world.run("scan tree").code;
    assert!(matches!(code, Some(0 | 1 | 4 | 6)), "{code:?}");
    world
        .run("db verify")
        .ends(6)
        .warns(&["patchward db update --full"]);
    mended(&world);
}

fn mended(world: &World) {
    let mut arguments = world.update_arguments();
    arguments.push("--full".to_owned());
    let ran = super::run::Ran::from(world.command(arguments).output().unwrap()).ends(0);
    ran.warns(&["damaged", "made anew"]);
    world.run("db verify").ends(0);
    assert_eq!(
        world.run("scan tree --format json").ends(1).found().len(),
        4
    );
}

fn largest_segment(world: &World) -> std::path::PathBuf {
    let entries = fs::read_dir(world.path("data/knowledge"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let segments = entries.filter(|path| path.extension().is_some_and(|ending| ending == "pwk"));
    segments
        .max_by_key(|path| fs::metadata(path).unwrap().len())
        .unwrap()
}

#[test]
fn offline_uses_no_network_and_says_so_and_a_mirror_folder_still_works() {
    let world = World::empty();
    let ran = world.run("db update kev osv --offline").ends(6);
    ran.warns(&["offline", "No feed could be brought up to date"]);
    let mirror = world.mirror().display().to_string();
    world
        .run(&format!(
            "db update kev osv --offline --mirror file://{mirror}"
        ))
        .ends(0);
    world.run("scan tree --offline").ends(1);
}
