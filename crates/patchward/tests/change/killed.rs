//! `kill -9` at random instants: the next start ends the run, in one of the two right states.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::lab::{Lab, differences};
use super::toys;

const ROUNDS: u32 = 100;
const AT_ONCE: usize = 3;
const TOYS: [&str; 3] = ["first", "second", "third"];
const FOLDERS: &str =
    "/etc /usr/share/first /usr/share/second /usr/share/third /usr/share/doc /var/lib/dpkg/info";
/// The instants are random and the same each time.
const SEED: u64 = 0x5eed_0004;

/// What a round ended in.
#[derive(Debug, Default)]
struct Ends {
    nothing: u32,
    went_on: u32,
    taken_back: u32,
}

/// SplitMix64.
fn random(seed: u64) -> f64 {
    let mut z = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15).wrapping_add(SEED);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap();
    f64::from(bits) / f64::from(u32::MAX)
}

const APPLY: &str = "apply --yes --only first --only second --only third --no-rehearsal \"a test\"";

fn published(test: &str) -> Option<Lab> {
    let lab = Lab::toy(test)?;
    lab.publish(&TOYS.map(|name| toys::several(name, "1.1")));
    Some(lab)
}

#[test]
fn whenever_it_is_killed_the_next_start_ends_in_one_of_two_right_states() {
    let test = "whenever_it_is_killed_the_next_start_ends_in_one_of_two_right_states";
    let Some(lab) = published(test) else { return };
    let frozen = lab.freeze("published");
    let lab = Lab::again(&frozen);
    let old = lab.content_of(FOLDERS);
    let begun = Instant::now();
    lab.patchward(APPLY).ends(0);
    let whole = begun.elapsed();
    let new = lab.content_of(FOLDERS);
    drop(lab);

    let (next, ends) = (AtomicU32::new(0), Mutex::new(Ends::default()));
    let work = || {
        loop {
            let round = next.fetch_add(1, Ordering::Relaxed);
            if round >= ROUNDS {
                return;
            }
            // Beside others all takes longer.
            let instant = whole.mul_f64(0.02 + 1.5 * random(u64::from(round)));
            one(&Lab::again(&frozen), round, instant, &old, &new, &ends);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    let ends = ends.into_inner().unwrap();
    println!("{ROUNDS} kills within {whole:?}: {ends:?}");
    assert_eq!(ends.nothing + ends.went_on + ends.taken_back, ROUNDS);
    assert!(ends.nothing > 0 && ends.went_on > 0, "{ends:?}");
}

type Content = BTreeMap<String, String>;

fn one(lab: &Lab, round: u32, instant: Duration, old: &Content, new: &Content, ends: &Mutex<Ends>) {
    // In half of the rounds what it started lives on, in the others all of it is killed.
    let alone = if round.is_multiple_of(2) {
        "--foreground"
    } else {
        ""
    };
    let killed = format!(
        "timeout {alone} -s KILL {:.3} patchward --data-dir /var/lib/patchward {APPLY}",
        instant.as_secs_f64()
    );
    lab.host.output(["sh", "-c", &killed]);

    let started = lab.patchward("rehearse --only nothing-of-this-name");
    assert!(
        started.code == Some(3),
        "round {round} after {instant:?}: {started:#?}"
    );
    let context = format!("round {round}, killed after {instant:?}: {started:#?}");
    let now = lab.content_of(FOLDERS);
    let versions = TOYS.map(|name| lab.version(name));
    let is_new = versions.iter().all(|version| version == "1.1 installed");
    let wanted = if is_new { new } else { old };
    assert_eq!(
        differences(wanted, &now),
        Vec::<String>::new(),
        "{versions:?} {context}"
    );
    if !is_new {
        assert!(
            versions.iter().all(|version| version == "1.0 installed"),
            "{versions:?} {context}"
        );
    }
    assert_eq!(lab.host.run(["dpkg", "--audit"]), "", "{context}");
    lab.host.run(["apt-get", "-qq", "check"]);
    lab.ledger_is_intact();

    let history = lab.history();
    let unfinished = history
        .iter()
        .find(|run| ["planned", "started"].contains(&run.state.as_str()));
    assert_eq!(unfinished, None, "{context}");
    let change = history.iter().find(|run| run.kind == "apply");
    let log = lab.host.shell("cat /var/log/dpkg.log");
    let upgrades = |line: &str| log.lines().filter(|one| one.contains(line)).count();
    for name in TOYS {
        assert!(
            upgrades(&format!("upgrade {name}:all 1.0 1.1")) <= 1,
            "applied twice: {context}\n{log}"
        );
    }
    let mut ends = ends.lock().unwrap();
    match (is_new, change.map(|run| run.state.as_str())) {
        (true, Some("done")) => ends.went_on += 1,
        (false, Some("undone")) => ends.taken_back += 1,
        (false, None | Some("failed")) => ends.nothing += 1,
        other => panic!("{other:?}: {context} {history:#?}"),
    }
}

#[test]
fn a_rehearsal_that_is_killed_leaves_no_clone() {
    let test = "a_rehearsal_that_is_killed_leaves_no_clone";
    let Some(lab) = published(test) else { return };
    for round in 0..5_u64 {
        let instant = 0.2 + 3.0 * random(1000 + round);
        let killed = format!(
            "timeout -s KILL {instant:.3} patchward --data-dir /var/lib/patchward rehearse --only first"
        );
        lab.host.output(["sh", "-c", &killed]);
    }
    lab.patchward("rehearse --only first").ends(0);
    let clones = lab
        .host
        .shell("ls -A /run/patchward/clones 2>/dev/null || true");
    assert_eq!(clones, "");
    let mounts = lab.host.run(["cat", "/proc/mounts"]);
    assert_eq!(
        mounts
            .lines()
            .filter(|line| line.contains(" overlay "))
            .count(),
        1,
        "{mounts}"
    );
    let groups = lab
        .host
        .shell("find /sys/fs/cgroup -type d -name '*patchward*'");
    assert_eq!(groups, "");
    assert_eq!(lab.version("first"), "1.0 installed");
}
