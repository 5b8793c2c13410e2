//! Lab hosts are machines of their own, and nothing of them is left.

#![expect(clippy::unwrap_used, reason = "a test may fail by it")]

use std::fs;
use std::path::Path;

use patchward_test_support::{Host, Init, debian_root, no_hosts};

/// A host of each kind that can be had here.
fn on_each(test: impl Fn(Host)) {
    for init in [Init::Scripts, Init::Systemd] {
        if let Some(reason) = no_hosts(init) {
            println!("skipped: {init:?} hosts: {reason}");
            continue;
        }
        let Some(base) = debian_root() else { return };
        test(Host::start(&base, &[], init).unwrap());
    }
}

fn traces(of: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap();
    found.extend(
        mounts
            .lines()
            .filter(|line| line.contains(of))
            .map(str::to_owned),
    );
    if Path::new(of).exists() {
        found.push(of.to_owned());
    }
    groups(Path::new("/sys/fs/cgroup"), &mut found);
    found
}

fn groups(folder: &Path, found: &mut Vec<String>) {
    let ours = format!("patchward-test-{}-", std::process::id());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            if entry.file_name().to_string_lossy().starts_with(&ours) {
                found.push(entry.path().display().to_string());
            }
            groups(&entry.path(), found);
        }
    }
}

// One test: groups that another host of this process has would be taken for traces.
#[test]
fn a_host_has_its_own_services_and_address_and_leaves_nothing() {
    on_each(|host| {
        host.start_service("nginx");
        let url = format!("http://{}/", host.address);
        assert!(host.run(["curl", "-sS", &url]).contains("Welcome to nginx"));
        let outside = fs::read_link("/proc/self/ns/net").unwrap();
        assert_ne!(
            host.run(["readlink", "/proc/self/ns/net"]).trim(),
            outside.to_str().unwrap()
        );
        assert!(
            !host
                .output(["curl", "-sS", "-m", "2", "http://192.0.2.1/"])
                .status
                .success()
        );

        // What it does to its devices and files is its own.
        host.shell("chmod 600 /dev/null; echo mine > /etc/issue");
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata("/dev/null").unwrap());
        assert_eq!(mode & 0o777, 0o666);
        assert_eq!(host.read("/etc/issue"), "mine\n");

        let place = host.root().parent().unwrap().display().to_string();
        host.shell("sleep 1000 >/dev/null 2>&1 &");
        assert!(traces(&place).len() > 1);
        drop(host);
        assert_eq!(traces(&place), Vec::<String>::new());
    });
    on_each(|host| {
        let place = host.root().parent().unwrap().display().to_string();
        let test = std::panic::AssertUnwindSafe(|| {
            host.start_service("nginx");
            host.run(["false"])
        });
        assert!(std::panic::catch_unwind(test).is_err());
        drop(host);
        assert_eq!(traces(&place), Vec::<String>::new());
    });
}
