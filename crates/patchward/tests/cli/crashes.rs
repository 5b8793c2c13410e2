//! An update that is killed at any instant loses nothing: the old state or the new one stands, and the next completes.

use std::process::Stdio;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::mirror;
use super::world::World;

/// Records of the mirror: enough that an update writes for a while.
const RECORDS: usize = 1_000;

/// Times that an update is killed.
const KILLS: u32 = 20;

#[test]
fn an_update_that_is_killed_at_any_instant_leaves_a_sound_knowledge_base() {
    let mut world = World::new();
    let mirror = world.own_mirror().to_owned();
    mirror::write_large(&mirror, RECORDS);
    let whole = time_of_an_update(&mirror);
    let mut killed = 0;
    for step in 1..=KILLS {
        let mut update = world
            .command(world.update_arguments())
            .arg("--full")
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(whole * step / KILLS);
        killed += u32::from(update.try_wait().unwrap().is_none());
        update.kill().unwrap();
        update.wait().unwrap();
        world.run("db verify").ends(0);
        if step % 4 == 0 {
            world.run("scan tree").ends(1).says(&["CVE-2026-90001"]);
        }
    }
    assert!(
        killed >= 3,
        "only {killed} of {KILLS} updates still ran when they were to be killed"
    );
    world.update().ends(0);
    world
        .run("db verify")
        .ends(0)
        .says(&[&format!("{} advisories", grouped(RECORDS + 10))]);
    world.put("requirements.txt", "many-17==0.9.0\n");
    world
        .run("scan requirements.txt")
        .ends(1)
        .says(&["TEST-2026-10017"]);
}

/// How long a whole update takes here; the least of what a first one, which also writes everything, needs.
fn time_of_an_update(mirror: &std::path::Path) -> Duration {
    let mut world = World::new();
    world.own_mirror();
    super::world::copy(mirror, &world.path("mirror"));
    let begun = Instant::now();
    world.update().ends(0);
    begun.elapsed()
}

fn grouped(number: usize) -> String {
    format!("{},{:03}", number / 1000, number % 1000)
}

#[test]
fn an_update_that_is_killed_before_the_first_commit_leaves_nothing_in_the_way() {
    let mut world = World::empty();
    let mirror = world.own_mirror().to_owned();
    mirror::write_large(&mirror, RECORDS);
    for step in 0..4 {
        let mut update = world
            .command(world.update_arguments())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        sleep(Duration::from_millis(15) * step);
        update.kill().unwrap();
        update.wait().unwrap();
        let ran = world.run("scan tree");
        assert!(matches!(ran.code, Some(0 | 1 | 4 | 5)), "{ran:?}");
    }
    world.update().ends(0);
    world.run("scan tree").ends(1);
}
