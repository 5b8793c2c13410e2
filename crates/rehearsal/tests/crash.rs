//! A process that holds a clone is killed: the clone ends with it, and the next start sweeps up the rest. Also clones in
//! awkward places. Each such process is this test program again, started with a task in its environment.
#![expect(clippy::unwrap_used, reason = "a test may fail by it")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::{output, root};
use patchward_rehearsal::{
    ChangeKind, CloneError, CloneOptions, HostClone, RunnerChoice, Storage, support, sweep,
};

const TASK: &str = "PATCHWARD_TEST_TASK";
const ROOT: &str = "PATCHWARD_TEST_ROOT";
const STATE: &str = "PATCHWARD_TEST_STATE";

/// Not a test by itself: what the processes started by the tests do.
#[test]
fn task() {
    let Ok(task) = std::env::var(TASK) else {
        return;
    };
    let state = PathBuf::from(std::env::var_os(STATE).unwrap());
    let options = CloneOptions {
        state: state.join("clones"),
        runner: if task == "hold-systemd" {
            RunnerChoice::Systemd
        } else {
            RunnerChoice::Own
        },
        storage: if task == "hold-folder" {
            Storage::Folder {
                folder: state.join("changes"),
                bytes: 1 << 30,
            }
        } else {
            Storage::Memory { bytes: 64 << 20 }
        },
        ..CloneOptions::of(std::env::var_os(ROOT).unwrap())
    };
    match task.as_str() {
        "unprivileged" => {
            assert!(!support().is_sufficient());
            assert!(matches!(
                HostClone::create(&options),
                Err(CloneError::NotRoot)
            ));
        }
        "nested" => {
            let clone = HostClone::create(&options).unwrap();
            let script = "cat /first /second; echo x > /third; cat /third";
            assert_eq!(output(&clone, script), "1\n2\nx");
            // A file system of its own below the root has an overlay of its own; a read-only one stays so.
            output(
                &clone,
                "echo 4 > /srv/data/fourth; rm /srv/data/third; ! touch /srv/fixed/x",
            );
            assert!(Path::new("/mnt/r2/srv/data/third").exists());
            assert!(!Path::new("/mnt/r2/srv/data/fourth").exists());
            let radius = clone.blast_radius(clone.first_mark(), &|_| None).unwrap();
            let kinds: Vec<_> = radius
                .changes
                .iter()
                .map(|change| (change.path.to_str().unwrap(), change.kind))
                .collect();
            let expected = [
                ("/srv/data/fourth", ChangeKind::Added),
                ("/srv/data/third", ChangeKind::Removed),
                ("/third", ChangeKind::Added),
            ];
            assert_eq!(kinds, expected);
        }
        _ => {
            let clone = HostClone::create(&options).unwrap();
            output(&clone, "echo x > /etc/issue; (setsid sleep 1000 &)");
            println!("holding {:?}", clone.processes());
            std::thread::sleep(Duration::from_secs(60));
        }
    }
}

fn start(task: &str, root: &Path, state: &Path) -> Child {
    command(task, root, state)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

fn command(task: &str, root: &Path, state: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "task", "--nocapture"])
        .env(TASK, task)
        .env(ROOT, root)
        .env(STATE, state);
    command
}

/// The processes in the clone that a started task holds.
fn held(child: &mut Child) -> Vec<u32> {
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some((_, list)) = line.split_once("holding ") {
            let list = list.trim_matches(['[', ']']);
            return list
                .split(", ")
                .map(|number| number.parse().unwrap())
                .collect();
        }
    }
    panic!("the task holds nothing");
}

fn kill(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

/// A dead process that nobody has collected yet does not count.
fn is_alive(number: u32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with(['Z', 'X']))
}

fn cgroups_left() -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![PathBuf::from("/sys/fs/cgroup")];
    while let Some(folder) = pending.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                pending.push(entry.path());
                found.push(entry.path());
            }
        }
    }
    found
}

fn check_killed(task: &str) {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir_in(root.parent().unwrap()).unwrap();
    fs::create_dir(state.path().join("changes")).unwrap();
    let mut child = start(task, &root, state.path());
    let processes = held(&mut child);
    let pid = child.id();
    assert!(processes.len() >= 2, "{processes:?}");
    let leases = state.path().join("clones");
    assert!(
        sweep(&leases).unwrap().is_empty(),
        "a living clone is left alone"
    );
    kill(child);
    let begun = Instant::now();
    let alive = || processes.iter().any(|number| is_alive(*number));
    while alive() && begun.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(5));
    }
    println!(
        "{task}: all processes of the clone ended {:?} after the kill",
        begun.elapsed()
    );
    assert!(!alive());
    let begun = Instant::now();
    let swept = sweep(&leases).unwrap();
    println!("swept in {:?}: {swept:?}", begun.elapsed());
    assert!(swept.len() == 1 && swept[0].problem.is_none());
    assert!(!leases.exists() || fs::read_dir(&leases).unwrap().count() == 0);
    assert_eq!(
        fs::read_dir(state.path().join("changes")).unwrap().count(),
        0
    );
    let ours = format!("patchward-clone-{pid}-");
    assert!(
        !cgroups_left()
            .iter()
            .any(|path| path.to_string_lossy().contains(&ours))
    );
}

#[test]
fn a_killed_process_takes_its_clone_with_it() {
    check_killed("hold");
}

#[test]
fn a_killed_process_leaves_changes_in_a_folder_for_the_sweep() {
    check_killed("hold-folder");
}

#[test]
fn a_killed_process_takes_systemd_with_it() {
    if Path::new("/usr/bin/systemd-nspawn").exists() {
        check_killed("hold-systemd");
    } else {
        println!("skipped: systemd-nspawn is not installed");
    }
}

#[test]
fn killing_at_any_instant_leaves_nothing_that_a_sweep_does_not_find() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir_in(root.parent().unwrap()).unwrap();
    fs::create_dir(state.path().join("changes")).unwrap();
    let mut pids = Vec::new();
    for round in 0..30 {
        let task = ["hold", "hold-folder"][round % 2];
        let child = start(task, &root, state.path());
        std::thread::sleep(Duration::from_millis(12 * round as u64));
        pids.push(format!("patchward-clone-{}-", child.id()));
        kill(child);
    }
    std::thread::sleep(Duration::from_millis(200));
    let swept = sweep(&state.path().join("clones")).unwrap();
    println!("30 kills, {} leases swept", swept.len());
    assert!(swept.iter().all(|one| one.problem.is_none()), "{swept:?}");
    let left = cgroups_left();
    let ours = |path: &&PathBuf| pids.iter().any(|pid| path.to_string_lossy().contains(pid));
    assert_eq!(left.iter().filter(ours).count(), 0);
    assert_eq!(
        fs::read_dir(state.path().join("changes")).unwrap().count(),
        0
    );
}

#[test]
fn a_root_on_two_overlays_is_cloned_from_their_layers() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    // Two overlays on one another are as deep as the kernel goes; the clone's would be the third.
    let script =
        "set -e; mount --make-rprivate /; mount -t tmpfs t /mnt; cd /mnt; mkdir u1 w1 r1 u2 w2 r2
        echo 1 > u1/first; echo 2 > u2/second
        mount -t overlay o -o lowerdir=$BASE,upperdir=u1,workdir=w1 r1
        mount -t overlay o -o lowerdir=/mnt/r1,upperdir=/mnt/u2,workdir=/mnt/w2 r2
        mkdir r2/srv/data r2/srv/fixed; mount -t tmpfs data r2/srv/data; echo 3 > r2/srv/data/third
        mount -t tmpfs -o ro fixed r2/srv/fixed
        exec \"$@\"";
    let task = command("nested", Path::new("/mnt/r2"), state.path());
    let mut inside = Command::new("unshare");
    inside
        .args(["--mount", "sh", "-c", script, "sh"])
        .arg(task.get_program())
        .args(task.get_args());
    for (name, value) in task.get_envs() {
        inside.env(name, value.unwrap());
    }
    let done = inside.env("BASE", &root).output().unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&done.stdout),
        String::from_utf8_lossy(&done.stderr)
    );
    println!("{said}");
    assert!(done.status.success(), "{said}");
}

#[test]
fn without_root_it_is_said_what_lacks() {
    let state = tempfile::tempdir().unwrap();
    let task = command("unprivileged", Path::new("/"), state.path());
    // The test program lies where only some users can read; its copy does not.
    let copy = state.path().join("test-program");
    fs::copy(task.get_program(), &copy).unwrap();
    fs::set_permissions(
        state.path(),
        std::os::unix::fs::PermissionsExt::from_mode(0o755),
    )
    .unwrap();
    let mut other = Command::new(&copy);
    other.args(task.get_args());
    for (name, value) in task.get_envs() {
        other.env(name, value.unwrap());
    }
    if patchward_test_support::is_root_user() {
        std::os::unix::process::CommandExt::uid(&mut other, 65534);
    }
    let done = other.output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stdout)
    );
}
