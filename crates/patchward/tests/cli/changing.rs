//! `apply`, `rehearse`, `rollback`, `history`, `show`, `ledger`, `backup`: as far as nothing is changed. What changes
//! machines is tested on real roots in `core`.

use std::fs;

use jiff::Timestamp;
use patchward_core::data_folder::DataFolder;
use patchward_core::ledger::Entry;
use patchward_core::store::{Move, NewRun, Progress, RunKind, Times};
use patchward_protocol::inventory::Asset;
use serde_json::{Value, json};

use super::world::World;

/// A rehearsal that is over, as the engine writes one down.
fn rehearsed() -> World {
    let world = World::empty();
    let data = DataFolder::at(&world.path("data"));
    let (store, ledger) = (data.store().unwrap(), data.ledger().unwrap());
    let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
    let times = Times::now(now);
    let shop = Asset {
        name: "shop".into(),
        ..Asset::default()
    };
    let asset = store.asset(&shop, times).unwrap();
    let told = |kind: &str| {
        let entry = Entry {
            time: now,
            kind: kind.into(),
            actor: "root".into(),
            subject: "shop".into(),
            body: json!({}),
        };
        Some(ledger.append(&entry).unwrap())
    };
    let change =
        json!({"name": "openssl", "arch": "amd64", "action": "upgrade", "from": "1", "to": "2"});
    let plan = json!({
        "asset": shop,
        "plan": {
            "asked": ["everything"],
            "patches": [{"package": "openssl", "from": "1", "to": "2", "resolves": ["a"], "reasons": ["\u{1b}[2Jexploited"]}],
            "transaction": {"manager": "apt", "changes": [change]},
        },
    });
    let run = store
        .plan_run(&NewRun {
            kind: RunKind::Rehearsal,
            asset,
            of: None,
            times,
            actor: "root",
            plan,
            steps: vec![("clones".into(), json!({"title": "make two clones"}))],
            ledger_entry: told("run"),
        })
        .unwrap();
    let moved = |from, to, detail: Value| Move {
        from,
        to,
        times,
        detail,
        ledger_entry: told("step"),
    };
    let done = json!({"summary": "2 clones"});
    let end = json!({"summary": "nothing stands against it"});
    for (from, to, step, whole) in [
        (
            Progress::Planned,
            Progress::Started,
            json!(null),
            json!(null),
        ),
        (Progress::Started, Progress::Done, done, end),
    ] {
        store.move_step(run, 0, &moved(from, to, step)).unwrap();
        store.move_run(run, &moved(from, to, whole)).unwrap();
    }
    world
}

#[test]
fn every_command_tells_its_exit_codes_and_gives_examples() {
    let world = World::empty();
    for command in ["apply", "rehearse", "verify", "rollback"] {
        let help = world.run(&format!("{command} --help")).ends(0);
        help.says(&[
            "Examples:",
            "Exit codes: 0 done and proved",
            "--root",
            "--report",
        ]);
    }
    for command in [
        "history",
        "show",
        "ledger verify",
        "ledger export",
        "backup",
        "checks run",
    ] {
        let help = world.run(&format!("{command} --help")).ends(0);
        help.says(&["Example"]);
    }
}

#[test]
fn without_anybody_to_ask_nothing_is_done() {
    let world = World::empty();
    for command in ["apply", "apply --root root", "rollback", "rollback 1"] {
        let ran = world.run(command).ends(2);
        ran.warns(&["nothing was done", "--yes"]);
    }
    assert!(!world.path("data").exists());
}

#[test]
fn flags_that_do_not_go_together_are_refused() {
    let world = World::empty();
    world.run("apply --dry-run --yes").ends(2);
    world
        .run("apply --yes --no-rehearsal x")
        .ends(2)
        .warns(&["reason"]);
    world
        .run("apply --yes --report run.pdf")
        .ends(2)
        .warns(&[".html"]);
    world.run("apply --yes --until-risk 120%").ends(2);
    world.run("show 0").ends(2).warns(&["patchward history"]);
    world.run("rollback seven --yes").ends(2);
}

#[test]
fn a_root_without_a_known_package_manager_is_told_and_up_goes_on() {
    let world = World::new();
    let ran = world.run("rehearse --root root").ends(6);
    ran.warns(&["find a package manager below", "apt, dnf"]);
    let ran = world.run("up --offline --root root").ends(0);
    ran.says(&["CVE-2026-90010"])
        .warns(&["Nothing was rehearsed: find a package manager"]);
    let ran = world.run("up --offline --root root --no-rehearsal").ends(0);
    assert!(!ran.err.contains("rehearsed"), "{}", ran.err);
    world.run("rehearse --root /").ends(6).warns(&["--root"]);
    world
        .run("rehearse --root nowhere")
        .ends(6)
        .warns(&["nowhere"]);
}

#[test]
fn looking_at_a_machine_without_records_makes_none() {
    let world = World::empty();
    world.run("history").ends(0).says(&["patchward rehearse"]);
    assert_eq!(world.run("history --format json").ends(0).json(), json!([]));
    world
        .run("show 1")
        .ends(6)
        .warns(&["nothing was rehearsed or applied yet"]);
    world.run("ledger verify").ends(6).warns(&["no ledger"]);
    world
        .run("backup b.tar")
        .ends(6)
        .warns(&["nothing was written down"]);
    assert!(!world.path("data").exists() && !world.path("b.tar").exists());
}

#[test]
fn a_run_is_listed_and_shown_in_every_format() {
    let world = rehearsed();
    world
        .run("history")
        .ends(0)
        .says(&["rehearsal", "nothing stands against it"]);
    let shown = world.run("show 1").ends(0);
    shown.says(&[
        "Rehearsal 1 of shop: done",
        "openssl 1 → 2",
        "make two clones",
        r"\u{1b}[2Jexploited",
    ]);
    assert_eq!(
        world.run("show 1 --format json").ends(0).json()["number"],
        1
    );
    world.run("show 1 --report a.html --report b.json").ends(0);
    assert!(world.read("a.html").contains("Rehearsal 1 of shop"));
    assert!(world.read("b.json").contains("patchward.run/"));
    world.run("show 2").ends(6).warns(&["show run 2"]);
}

#[test]
fn the_ledger_is_verified_exported_and_proved_and_a_change_is_located() {
    let world = rehearsed();
    world.run("ledger verify").ends(0).says(&["all as written"]);
    let checkpoint = world.run("ledger prove").ends(0).out;
    world.put("checkpoint.txt", &checkpoint);
    world
        .run("ledger verify --checkpoint checkpoint.txt")
        .ends(0);
    let key = world.read("data/ledger/key.pub");
    world.run("ledger export --run 1 run.jsonl").ends(0);
    let check = |file: &str| {
        let mut command = world.command(["ledger", "verify", file, "--key", key.trim()]);
        super::run::Ran::from(command.output().unwrap())
    };
    check("run.jsonl").ends(0).says(&["proved"]);
    world
        .run("ledger verify run.jsonl")
        .ends(0)
        .says(&["The key came with the file"]);
    let proof = world.run("ledger prove 2").ends(0).out;
    world.put("proof.json", &proof);
    check("proof.json").ends(0).says(&["1 entry proved"]);
    world.put("proof.json", &proof.replace("root", "toor"));
    check("proof.json").ends(6).warns(&["believe proof.json"]);
    world.run("ledger prove 99").ends(6).warns(&["no entry 99"]);

    let log = world.path("data/ledger/entries-000001.log");
    let mut bytes = fs::read(&log).unwrap();
    let at = bytes.windows(4).position(|four| four == b"shop").unwrap();
    bytes[at] = b'c';
    fs::write(&log, bytes).unwrap();
    world
        .run("ledger verify")
        .ends(1)
        .says(&["CHANGED", "entry 0"]);
}

#[test]
fn a_backup_restores_with_tar_alone() {
    let world = rehearsed();
    let ran = world.run("backup b.tar").ends(0);
    ran.says(&["b.tar"]).warns(&["To restore", "tar -xf"]);
    world.run("backup b.tar").ends(6);
    fs::create_dir(world.path("again")).unwrap();
    let tar = std::process::Command::new("tar")
        .args(["-xf", "b.tar", "-C", "again"])
        .current_dir(world.path(""))
        .status();
    assert!(tar.unwrap().success());
    world
        .run("history --data-dir again")
        .ends(0)
        .says(&["rehearsal"]);
    world
        .run("ledger verify --data-dir again")
        .ends(0)
        .says(&["all as written"]);
}

#[test]
fn checks_are_run_from_a_file_and_tell_by_the_exit_code() {
    let world = World::empty();
    // An address of its own: when the port is given back, no other test's server takes it.
    let listener = std::net::TcpListener::bind("127.0.0.2:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let file = |port: u16| {
        format!("retries = 0\n[[tcp]]\nname = \"own\"\naddress = \"127.0.0.2:{port}\"\n")
    };
    world.put("good.toml", &file(port));
    world
        .run("checks run good.toml")
        .ends(0)
        .says(&["own", "passed"]);
    let found = world.run("checks discover --silent").ends(0);
    found.says(&["checks discover", &format!(":{port}\"")]);
    drop(listener);
    world
        .run("checks run good.toml")
        .ends(1)
        .says(&["failed", "expected"]);
    world.put("bad.toml", "[[tcp]]\nnam = 1\n");
    world
        .run("checks run bad.toml")
        .ends(6)
        .warns(&["bad.toml:2:"]);
    let set = world.run_with(
        ("PATCHWARD_CHECKS", "good.toml"),
        "checks run --format json",
    );
    assert_eq!(set.ends(1).json()[0]["outcome"], "failed");
}

#[test]
fn what_root_runs_is_not_taken_from_the_working_folder() {
    let world = World::empty();
    world.put(
        "patchward.toml",
        "[change.commands]\napply = [\"touch\", \"taken\"]\n",
    );
    let shown = world.run("config show").ends(0);
    shown
        .says(&["change.commands.apply = []  # default"])
        .warns(&["patchward.toml:2", "may be anybody's"]);
    let named = world.run("config show --config patchward.toml").ends(0);
    named.says(&["change.commands.apply = [\"touch\",\"taken\"]"]);
}
