//! This machine's own root is rehearsed, never patched, and nothing of it changes.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use patchward_protocol::run::{RunReport, StepResult};
use patchward_rehearsal::{HostState, Scope, Watched, support};

use super::lab::{Ran, result};

/// The smallest security update that is pending here.
fn smallest() -> Option<String> {
    let output = Command::new("apt-get")
        .args(["-qq", "-s", "dist-upgrade"])
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let names = text
        .lines()
        .filter(|line| {
            line.starts_with("Inst ") && line.contains("Debian-Security") && line.contains('[')
        })
        .filter_map(|line| line.split(' ').nth(1));
    let size = |name: &str| {
        let shown = Command::new("apt-cache")
            .args(["show", "--no-all-versions", name])
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&shown.stdout).into_owned();
        text.lines()
            .find_map(|line| line.strip_prefix("Size: ")?.parse::<u64>().ok())
    };
    names
        .min_by_key(|name| size(name).unwrap_or(u64::MAX))
        .map(str::to_owned)
}

fn patchward(data: &Path, words: &[&str]) -> Ran {
    let program =
        std::env::var_os("PATCHWARD").unwrap_or_else(|| env!("CARGO_BIN_EXE_patchward").into());
    Command::new(program)
        .arg("--data-dir")
        .arg(data)
        .args(words)
        .output()
        .unwrap()
        .into()
}

#[test]
fn this_machine_is_rehearsed_and_stays_as_it_is() {
    let test = "this_machine_is_rehearsed_and_stays_as_it_is";
    if !support().is_sufficient() {
        println!("skipped: {test}: no clones here");
        return;
    }
    let Some(package) = smallest() else {
        println!(
            "skipped: {test}: no security update is pending here (or this machine has no apt)"
        );
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let scope = Scope {
        trees: ["/etc", "/usr", "/boot", "/var/lib/dpkg", "/var/lib/apt"]
            .map(PathBuf::from)
            .into(),
        exclude: vec![],
    };
    let before = HostState::take(&scope).unwrap();
    let ran = patchward(folder.path(), &["rehearse", "--only", &package]);
    let after = HostState::take(&scope).unwrap();

    let leaks: Vec<_> = before
        .compare(&after)
        .into_iter()
        .filter(|one| {
            matches!(
                one.watched,
                Watched::File | Watched::Device | Watched::Sysctl | Watched::Module
            )
        })
        .collect();
    assert_eq!(leaks, [], "{ran:#?}");
    println!("{package}: {} files compared", after.count(Watched::File));
    let shown = patchward(folder.path(), &["show", "1", "--format", "json"]).ends(0);
    let run: RunReport = serde_json::from_str(&shown.out).unwrap();
    assert_eq!(run.kind, "rehearsal");
    let StepResult::Discarded(discarded) = result(&run, "discard") else {
        panic!()
    };
    assert_eq!(discarded.host_differences, Vec::<String>::new());
    // Whether this update is good is not what is tested here; that it was tried is.
    assert!(
        run.steps
            .iter()
            .any(|step| step.name == "apply" && step.state != "skipped"),
        "{ran:#?}"
    );
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    assert!(!mounts.contains("patchward-clone"), "{mounts}");
}

#[test]
fn a_clone_that_fills_its_disk_is_cut_and_the_machine_has_what_it_had() {
    let test = "a_clone_that_fills_its_disk_is_cut_and_the_machine_has_what_it_had";
    let Some(lab) = super::lab::Lab::toy(test) else {
        return;
    };
    let filler = "dd if=/dev/zero of=/var/filler bs=1M count=100000 2>/dev/null";
    lab.publish(&[super::toys::demo("1.1").script("postinst", filler)]);
    lab.patchward("rehearse --only demo").ends(1);
    let run = lab.newest("rehearsal");
    assert!(!run.problems.is_empty(), "{run:#?}");
    assert_eq!(lab.version("demo"), "1.0 installed");
    assert!(!lab.host.path("/var/filler").exists());
}
