//! What a program in a root directory can and cannot reach.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use patchward_patch::{Command, Machine};

use crate::lab::Lab;

/// Mode, owner and device numbers of every node of the host's /dev.
fn nodes() -> Vec<(String, u32, u32, u64)> {
    let mut all: Vec<(String, u32, u32, u64)> = fs::read_dir("/dev")
        .unwrap()
        .flatten()
        .filter_map(|entry| {
            let data = entry.path().symlink_metadata().ok()?;
            let name = entry.file_name().to_string_lossy().into_owned();
            Some((name, data.mode(), data.uid(), data.rdev()))
        })
        .collect();
    all.sort();
    all
}

fn say(lab: &Lab, script: &str) -> String {
    let outcome = lab
        .machine
        .run(&Command::new(["sh", "-c", script]))
        .unwrap();
    outcome.text() + &outcome.errors()
}

#[test]
fn devices_settings_network_and_processes_of_the_host_stay_out_of_reach() {
    let Some(lab) =
        Lab::new("devices_settings_network_and_processes_of_the_host_stay_out_of_reach")
    else {
        return;
    };
    let before = nodes();
    let changed = say(
        &lab,
        "chmod 600 /dev/null && chown 33:33 /dev/zero /dev/tty && stat -c %a /dev/null",
    );
    assert_eq!(changed, "600\n");
    assert_eq!(nodes(), before);
    let setting = Path::new("/proc/sys/vm/swappiness");
    let value = fs::read_to_string(setting).unwrap();
    assert!(say(&lab, "echo 1 > /proc/sys/vm/swappiness").contains("Read-only"));
    assert_eq!(fs::read_to_string(setting).unwrap(), value);
    let interfaces = say(&lab, "tail -n +3 /proc/net/dev | cut -d: -f1 | tr -d ' '");
    assert!(interfaces.lines().all(|name| name == "lo"), "{interfaces}");
    let processes = say(&lab, "ls -d /proc/[0-9]* | wc -l");
    assert!(processes.trim().parse::<u32>().unwrap() < 10, "{processes}");
    // What a command leaves running goes with it, and so do its mounts.
    say(&lab, "sleep 987654 & echo started");
    let lines = fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("cmdline")).ok());
    assert!(!lines.into_iter().any(|line| line.contains("987654")));
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    let inside = format!("{}/", lab.root().display());
    assert!(!mounts.lines().any(|line| line.contains(&inside)));
}
