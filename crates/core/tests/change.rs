//! A change on a real Debian root with a toy repository: rehearsed in clones, applied, taken back, and carried on after
//! an interruption. What runs on a machine (services, checks) is tested through the command line.
#![expect(clippy::unwrap_used, reason = "a test may fail by it")]

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use jiff::Timestamp;
use patchward_core::change::{
    ChangeOptions, CloneLimits, Engine, Event, Rehearsed, Scanning, Subject, apply, history,
    rehearse, resume, roll_back, verify,
};
use patchward_core::inventory::target::Options;
use patchward_core::scan::Criteria;
use patchward_ledger::{Ledger, Options as LedgerOptions, verify as verify_ledger};
use patchward_patch::apt::Apt;
use patchward_patch::{ChrootMachine, Command, Executor, Machine, Request};
use patchward_protocol::inventory::{Asset, AssetKind};
use patchward_protocol::report::Finding;
use patchward_protocol::run::{ChangePlan, PlannedPatch, RunReport};
use patchward_protocol::transaction::PackageVersion;
use patchward_store::{FindingState, Store, Times};
use patchward_test_support::{RootCopy, ToyPackage, debian_root, is_root_user, toy_repo};

struct World {
    copy: RootCopy,
    data: tempfile::TempDir,
    store: Store,
    ledger: Ledger,
    criteria: Criteria,
    /// Events until the power goes.
    power: AtomicUsize,
    cancelled: AtomicBool,
}

impl World {
    /// A root with `demo` 1.0 installed and a repository of ours; `None`, said aloud, where this machine cannot have one.
    fn new(test: &str) -> Option<World> {
        if !is_root_user() {
            println!("skipped: {test}: only root can mount");
            return None;
        }
        let copy = match RootCopy::of(&debian_root()?) {
            Ok(copy) => copy,
            Err(error) => {
                println!("skipped: {test}: no overlay: {error}");
                return None;
            }
        };
        let data = tempfile::tempdir().unwrap();
        let world = World {
            store: Store::open(&data.path().join("patchward.db")).unwrap(),
            ledger: Ledger::open(&data.path().join("ledger"), LedgerOptions::default()).unwrap(),
            criteria: Criteria::default(),
            power: AtomicUsize::new(usize::MAX),
            cancelled: AtomicBool::new(false),
            copy,
            data,
        };
        let security = world.path("/etc/apt/sources.list.d/security.list");
        fs::remove_file(security).unwrap();
        let list = "deb [trusted=yes] file:/repo ./\n";
        fs::write(world.path("/etc/apt/sources.list"), list).unwrap();
        world.publish(&[demo("1.0")]);
        world.run(&["apt-get", "install", "-y", "-q", "demo"]);
        Some(world)
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.copy.path().join(inside.trim_start_matches('/'))
    }

    fn run(&self, line: &[&str]) -> String {
        let command = Command::new(line.iter().copied()).network();
        let outcome = ChrootMachine::new(self.copy.path()).run(&command).unwrap();
        assert!(outcome.success(), "{line:?}: {}", outcome.log(4000));
        outcome.text()
    }

    fn publish(&self, packages: &[ToyPackage]) {
        toy_repo(&self.path("/repo"), packages).unwrap();
        self.run(&["apt-get", "update", "-q"]);
    }

    fn version(&self) -> String {
        self.run(&["dpkg-query", "-W", "-f", "${Version}", "demo"])
    }

    fn content(&self) -> String {
        let script = "find /etc /usr -xdev -printf '%y %m %U:%G %p %l\\n' | sort; cat /etc/demo.conf /usr/bin/demo";
        self.run(&["sh", "-c", script])
    }

    fn plan(&self) -> ChangePlan {
        let package = PackageVersion {
            name: "demo".into(),
            version: String::new(),
        };
        let request = Request {
            packages: vec![package],
            install: Vec::new(),
        };
        let machine = ChrootMachine::new(self.copy.path());
        let transaction = Apt::default().preview(&machine, &request).unwrap();
        ChangePlan {
            patches: vec![PlannedPatch {
                package: "demo".into(),
                packages: request.packages,
                from: "1.0".into(),
                to: "1.1".into(),
                vulnerabilities: vec!["CVE-2026-1000".into()],
                ..PlannedPatch::default()
            }],
            transaction,
            ..ChangePlan::default()
        }
    }

    fn asset(&self) -> Asset {
        Asset {
            kind: AssetKind::Root,
            name: self
                .copy
                .path()
                .canonicalize()
                .unwrap()
                .display()
                .to_string(),
        }
    }

    fn with<T>(&self, work: impl FnOnce(&Engine<'_>) -> T) -> T {
        let told = |_: &Event| {
            let left = self.power.fetch_sub(1, Ordering::SeqCst);
            assert!(left != 0, "the power goes");
        };
        let engine = Engine {
            store: &self.store,
            ledger: &self.ledger,
            folder: self.data.path().to_owned(),
            subject: Subject::below(self.copy.path()),
            scanning: Scanning {
                knowledge: None,
                criteria: &self.criteria,
                inventory: Options::default(),
            },
            actor: "test".into(),
            clock: &Timestamp::now,
            told: &told,
            cancelled: &self.cancelled,
            options: ChangeOptions {
                clones: CloneLimits {
                    state: self.data.path().join("clones"),
                    ..CloneLimits::default()
                },
                ..ChangeOptions::default()
            },
        };
        work(&engine)
    }

    fn ledger_is_intact(&self) -> bool {
        let folder = self.data.path().join("ledger");
        let found = verify_ledger(&folder, None, &[]);
        found.is_ok_and(|found| found.is_intact())
    }
}

fn demo(version: &str) -> ToyPackage {
    ToyPackage::new("demo", version)
        .file(
            "/usr/bin/demo",
            &format!("#!/bin/sh\necho demo {version}\n"),
        )
        .conffile("/etc/demo.conf", "port 80\nworkers 2\n")
        .change("Fix CVE-2026-1000")
}

fn show(report: &RunReport) -> String {
    let steps: Vec<String> = report
        .steps
        .iter()
        .map(|step| {
            let said = step.failure.as_ref().unwrap_or(&step.summary);
            format!("  {} {}: {said}", step.name, step.state)
        })
        .collect();
    format!(
        "{} {}: {}\n{}\nproblems {:#?}\nnotes {:#?}",
        report.kind,
        report.state,
        report.summary,
        steps.join("\n"),
        report.problems,
        report.notes
    )
}

#[test]
fn a_change_is_rehearsed_applied_and_taken_back_to_the_same_content() {
    let Some(world) = World::new("a change") else {
        return;
    };
    let before = world.content();
    world.publish(&[demo("1.1")]);
    let plan = world.plan();
    let rehearsal = world.with(|engine| rehearse(engine, &plan)).unwrap();
    println!("{}", show(&rehearsal));
    assert_eq!(rehearsal.state, "done", "{}", show(&rehearsal));
    assert_eq!(world.version(), "1.0", "the machine is not touched");
    assert_eq!(world.content(), before);

    let by = Rehearsed::By(&rehearsal);
    let applied = world.with(|engine| apply(engine, &plan, by)).unwrap();
    println!("{}", show(&applied));
    assert_eq!(applied.state, "done", "{}", show(&applied));
    assert_eq!(world.version(), "1.1");
    assert_eq!(applied.findings.len(), 1);
    assert_eq!(applied.findings[0].state, "fixed", "{:?}", applied.findings);
    assert!(
        applied
            .ledger
            .as_ref()
            .is_some_and(|proof| !proof.entries.is_empty())
    );

    let back = world.with(|engine| roll_back(engine, None)).unwrap();
    println!("{}", show(&back));
    assert_eq!(back.state, "done", "{}", show(&back));
    assert_eq!(world.version(), "1.0");
    assert_eq!(world.content(), before);
    assert!(world.run(&["apt-mark", "showhold"]).contains("demo"));
    let states: Vec<_> = world
        .with(|engine| history(engine, 10))
        .unwrap()
        .into_iter()
        .map(|run| (run.kind, run.state))
        .collect();
    let expected = [
        ("roll-back", "done"),
        ("apply", "undone"),
        ("rehearsal", "done"),
    ];
    let expected = expected.map(|(kind, state)| (kind.to_owned(), state.to_owned()));
    assert_eq!(states, expected);
    assert!(world.ledger_is_intact());
}

#[test]
fn a_package_whose_script_fails_is_stopped_by_the_rehearsal_and_taken_back_without_one() {
    let Some(world) = World::new("a failing script") else {
        return;
    };
    let before = world.content();
    world.publish(&[demo("1.1").script("postinst", "echo broken >&2\nexit 1")]);
    let plan = world.plan();
    let rehearsal = world.with(|engine| rehearse(engine, &plan)).unwrap();
    println!("{}", show(&rehearsal));
    assert_eq!(rehearsal.state, "failed");
    let refused = world.with(|engine| apply(engine, &plan, Rehearsed::By(&rehearsal)));
    assert!(refused.is_err_and(|error| error.to_string().contains("rehearsal")));

    let not = Rehearsed::Not("to see it fail");
    let applied = world.with(|engine| apply(engine, &plan, not)).unwrap();
    println!("{}", show(&applied));
    assert_eq!(applied.state, "undone", "{}", show(&applied));
    assert_eq!(applied.plan.no_rehearsal.as_deref(), Some("to see it fail"));
    assert!(applied.rolled_back_by.is_some());
    assert_eq!(world.version(), "1.0");
    assert_eq!(world.content(), before);
    assert!(world.with(resume).unwrap().is_empty());
}

#[test]
fn a_person_may_stop_a_change_until_packages_change() {
    let Some(world) = World::new("a change that is stopped") else {
        return;
    };
    world.publish(&[demo("1.1")]);
    let plan = world.plan();
    world.cancelled.store(true, Ordering::SeqCst);
    let rehearsal = world.with(|engine| rehearse(engine, &plan)).unwrap();
    assert_eq!(rehearsal.state, "failed", "{}", show(&rehearsal));
    let not = Rehearsed::Not("to see it stop");
    let stopped = world.with(|engine| apply(engine, &plan, not)).unwrap();
    assert_eq!(stopped.state, "failed", "{}", show(&stopped));
    assert!(
        stopped.problems[0].contains("stopped by the person"),
        "{}",
        show(&stopped)
    );
    assert_eq!(world.version(), "1.0");
}

/// Somebody else patches: the finding is open in the records and closed by what a fresh look proves.
#[test]
fn what_others_patched_is_closed_by_proof() {
    let Some(world) = World::new("what others patched") else {
        return;
    };
    let asset = world
        .with(|engine| {
            engine
                .store
                .asset(&world.asset(), Times::now(Timestamp::now()))
        })
        .unwrap();
    let mut finding = Finding {
        id: "CVE-2026-1000/demo".into(),
        vulnerability: "CVE-2026-1000".into(),
        upgrade: Some("1.1".into()),
        ..Finding::default()
    };
    finding.component.name = "demo".into();
    finding.component.version = "1.0".into();
    finding.component.arch = Some("all".into());
    finding.component.purl = "pkg:deb/debian/demo@1.0?arch=all".into();
    let long_ago = Times::now("2026-01-01T00:00:00Z".parse().unwrap());
    world
        .store
        .record_findings(asset, &[finding], long_ago, "test")
        .unwrap();
    world.publish(&[demo("1.1")]);
    world.run(&["apt-get", "install", "-y", "-q", "demo"]);
    let verified = world.with(|engine| verify(engine, None)).unwrap();
    assert_eq!(verified.state, "done", "{}", show(&verified));
    assert_eq!(
        verified.findings[0].state, "fixed",
        "{:#?}",
        verified.findings
    );
    let fixed = world.store.findings(asset, &[FindingState::Fixed]).unwrap();
    assert_eq!(fixed.len(), 1);
}

/// Whatever the instant, a crash leaves a run that the next start ends: with everything in, or everything out.
#[test]
fn a_crash_at_any_event_of_a_change_ends_in_a_known_state() {
    let Some(world) = World::new("a crash at any event") else {
        return;
    };
    world.publish(&[demo("1.1")]);
    let (mut at, mut went_on, mut nothing) = (0, 0, 0);
    loop {
        let plan = world.plan();
        world.power.store(at, Ordering::SeqCst);
        let crashed = catch_unwind(AssertUnwindSafe(|| {
            let not = Rehearsed::Not("crash test");
            world.with(|engine| apply(engine, &plan, not)).unwrap()
        }));
        world.power.store(usize::MAX, Ordering::SeqCst);
        if crashed.is_ok_and(|report| report.state == "done") {
            break;
        }
        let ended = world.with(resume).unwrap();
        let Some(last) = ended.last() else {
            // The last event tells that the run is over.
            assert_eq!(world.version(), "1.1");
            break;
        };
        match (last.state.as_str(), world.version().as_str()) {
            ("done", "1.1") => went_on += 1,
            ("failed", "1.0") if last.rolled_back_by.is_none() => nothing += 1,
            ("undone", "1.0") => {}
            other => panic!("after event {at}: {other:?}\n{}", show(last)),
        }
        assert!(world.ledger_is_intact());
        assert!(world.with(resume).unwrap().is_empty());
        if world.version() == "1.1" {
            let back = world.with(|engine| roll_back(engine, None)).unwrap();
            assert_eq!(back.state, "done", "{}", show(&back));
        }
        world.run(&["apt-mark", "unhold", "demo"]);
        at += 1;
    }
    println!("{at} crashes: {went_on} went on, {nothing} had changed nothing");
    assert!(
        went_on >= 5 && nothing >= 5,
        "{at} crashes, {went_on} went on, {nothing} nothing"
    );
}
