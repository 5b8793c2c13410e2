//! The whole loop through the command line, on a real Debian root with a repository of ours.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use patchward_test_support::{RootCopy, ToyPackage, debian_root, is_root_user, toy_repo};

use super::run::Ran;
use super::world::World;

/// A root with `libmaple` 1.0-2 in it, of which a mirror says that 1.0-2+deb12u1 mends CVE-2026-90010, and no more.
struct Machine {
    world: World,
    copy: RootCopy,
}

fn maple(version: &str) -> ToyPackage {
    ToyPackage::new("libmaple", version).conffile("/etc/maple.conf", "leaves = 5\n")
}

impl Machine {
    /// `None`, said aloud, where this machine cannot have one.
    fn new(test: &str) -> Option<Machine> {
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
        let mut world = World::empty();
        let tracker = world.own_mirror().join("debian/tracker/data/json");
        fs::write(tracker, "{}").unwrap();
        world.update().ends(0);
        let machine = Machine { world, copy };
        fs::remove_file(machine.path("etc/apt/sources.list.d/security.list")).unwrap();
        let list = "deb [trusted=yes] file:/repo ./\n";
        fs::write(machine.path("etc/apt/sources.list"), list).unwrap();
        machine.publish(&maple("1.0-2"));
        machine.inside(&["apt-get", "install", "-y", "-q", "libmaple"]);
        Some(machine)
    }

    fn path(&self, inside: &str) -> PathBuf {
        self.copy.path().join(inside)
    }

    fn inside(&self, line: &[&str]) -> String {
        let output = Command::new("chroot")
            .arg(self.copy.path())
            .args(line)
            .env("DEBIAN_FRONTEND", "noninteractive")
            .output()
            .unwrap();
        assert!(output.status.success(), "{line:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn publish(&self, package: &ToyPackage) {
        toy_repo(&self.path("repo"), std::slice::from_ref(package)).unwrap();
        self.inside(&["apt-get", "update", "-q"]);
    }

    fn version(&self) -> String {
        self.inside(&["dpkg-query", "-W", "-f", "${Version}", "libmaple"])
    }

    fn run(&self, arguments: &str) -> Ran {
        let root = self.copy.path().display().to_string();
        let words = arguments.split_whitespace().chain(["--root", &root]);
        let mut command = self.world.command(words);
        let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
        command.env("PATH", path).output().unwrap().into()
    }
}

#[test]
fn a_patch_is_shown_rehearsed_applied_proved_and_taken_back() {
    let Some(machine) = Machine::new("the whole loop") else {
        return;
    };
    let nothing = machine.run("apply --yes").ends(3);
    nothing.says(&["libmaple", "no repository has"]);
    machine.publish(&maple("1.0-2+deb12u1"));

    let dry = machine.run("apply --dry-run").ends(0);
    dry.says(&[
        "libmaple 1.0-2 → 1.0-2+deb12u1",
        "CVE-2026-90010",
        "apt will do exactly this",
    ])
    .warns(&["A dry run: nothing was changed."]);
    let plan = machine.run("apply --dry-run --format json").ends(0).json();
    assert_eq!(plan["transaction"]["changes"][0]["to"], "1.0-2+deb12u1");
    machine.run("rehearse --only nothing-of-that-name").ends(3);
    let rehearsed = machine.run("rehearse --report rehearsal.html").ends(0);
    rehearsed.says(&["Rehearsal 1 of", "went in and came out again"]);
    assert_eq!(machine.version(), "1.0-2");

    let applied = machine
        .run(
            "apply --yes --only CVE-2026-90010 --report run.html --report run.json --progress json",
        )
        .ends(0);
    let applied = applied.says(&[
        "Patch run 3 of",
        "1 of 1 finding proved fixed",
        "fixed  CVE-2026-90010",
    ]);
    applied.warns(&[
        r#"{"event":"run-begun","run":3,"kind":"apply""#,
        r#""event":"run-over""#,
    ]);
    assert_eq!(machine.version(), "1.0-2+deb12u1");
    let page = machine.world.read("run.html");
    for part in [
        "What was rehearsed",
        "What is proved fixed",
        "patchward ledger verify",
    ] {
        assert!(page.contains(part), "{part}");
    }
    let verified = machine.run("verify --format json").ends(0).json();
    assert_eq!(verified["findings"][0]["state"], "fixed");
    machine
        .run("apply --yes")
        .ends(3)
        .says(&["Nothing to patch."]);

    machine.run("rollback").ends(2);
    let back = machine.run("rollback --yes").ends(0);
    back.says(&["libmaple 1.0-2+deb12u1 → 1.0-2", "Roll-back 5 of"]);
    assert_eq!(machine.version(), "1.0-2");
    machine.run("rollback --yes").ends(6).warns(&["none is in"]);
    let history = machine.world.run("history").ends(0);
    history.says(&["roll-back", "verification", "taken back", "rehearsal"]);
    machine.world.run("ledger verify").ends(0);
}

#[test]
fn what_fails_in_the_clone_is_not_applied_and_without_a_rehearsal_the_reason_is_kept() {
    let Some(machine) = Machine::new("a failing patch") else {
        return;
    };
    let broken = maple("1.0-2+deb12u1").script("postinst", "echo the leaf is torn\nexit 1\n");
    machine.publish(&broken);
    let stopped = machine.run("apply --yes").ends(1);
    stopped
        .says(&["Rehearsal 1 of", "failed"])
        .warns(&["Nothing was changed", "--no-rehearsal REASON"]);
    assert_eq!(machine.version(), "1.0-2");

    let root = machine.copy.path().display().to_string();
    let words = [
        "apply",
        "--yes",
        "--no-rehearsal",
        "the clone is full",
        "--root",
        &root,
    ];
    let mut command = machine.world.command(words);
    command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    let tried = Ran::from(command.output().unwrap()).ends(1);
    tried.says(&["without a rehearsal: the clone is full"]);
    assert_eq!(machine.version(), "1.0-2");
    machine
        .world
        .run("show 2")
        .ends(0)
        .says(&["the clone is full", "taken back"]);
}
