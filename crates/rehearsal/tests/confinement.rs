//! What runs in a clone sees and reaches only the clone.
#![expect(clippy::unwrap_used, reason = "a test may fail by it")]

mod common;

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::time::Duration;

use common::{options, output, root, shell};
use patchward_rehearsal::{
    CloneOptions, CommandSpec, Ended, HostClone, Left, LeftOut, Limits, Network, Storage,
};

#[test]
fn a_clone_reads_the_host_and_writes_only_to_itself() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let clone = HostClone::create(&options(&root, &state)).unwrap();
    println!("clone of a Debian root: {:?}", clone.took());
    println!("notes: {:?}", clone.notes());
    assert!(output(&clone, "cat /etc/os-release").contains("bookworm"));
    output(
        &clone,
        "echo changed > /etc/issue && rm /etc/debian_version && touch /new",
    );
    assert_ne!(
        fs::read_to_string(root.join("etc/issue")).unwrap(),
        "changed\n"
    );
    assert!(root.join("etc/debian_version").exists() && !root.join("new").exists());
    assert_eq!(
        fs::read_to_string(clone.root().join("etc/issue")).unwrap(),
        "changed\n"
    );
    let discarded = clone.discard().unwrap();
    println!("discarded: {discarded:?}");
    assert_eq!(
        fs::read_dir(state.path()).unwrap().count(),
        0,
        "no lease stays"
    );
}

#[test]
fn namespaces_are_its_own() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let clone = HostClone::create(&options(&root, &state)).unwrap();
    for name in ["mnt", "pid", "net", "uts", "ipc", "cgroup"] {
        let inside = output(&clone, &format!("readlink /proc/self/ns/{name}"));
        let host = fs::read_link(format!("/proc/self/ns/{name}")).unwrap();
        assert_ne!(inside, host.display().to_string(), "{name}");
    }
    assert_eq!(output(&clone, "cat /proc/1/comm"), "cat");
    let interfaces = output(&clone, "tail -n +3 /proc/net/dev | cut -d: -f1");
    assert_eq!(interfaces.trim(), "lo");
    // Orphans are reaped by the kernel, so that stopping a daemon can be seen.
    output(
        &clone,
        "(sleep 0.01 &) ; sleep 0.1; ! grep -l 'State:.Z' /proc/[0-9]*/status",
    );
}

#[test]
fn what_changes_the_machine_is_refused() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let clone = HostClone::create(&options(&root, &state)).unwrap();
    for refused in [
        "mount -t tmpfs x /mnt",
        "mount -t devtmpfs x /mnt",
        "mount -o remount,rw /proc/sys",
        "umount /proc/sys",
        "mknod /tmp/disk b 254 0",
        "mknod /dev/mem2 c 1 1",
        "echo 1 > /proc/sys/kernel/sysrq",
        "echo h > /proc/sysrq-trigger",
        "date -s 2001-01-01",
        "cat /proc/kcore | head -c 1 | grep -q .",
        "head -c 1 /proc/kallsyms | grep -q .",
        "dmesg",
        "touch /sys/kernel/mm/x",
        "nsenter -t 1 -m true",
        "unshare -m true",
        "swapon /dev/null",
        "test -e /dev/vda -o -e /dev/sda -o -e /dev/kmsg -o -e /dev/mem",
    ] {
        let outcome = shell(&clone, refused);
        assert!(!outcome.succeeded(), "{refused} was allowed");
    }
    assert_eq!(
        output(&clone, "stat -c '%a %U %t:%T' /dev/null"),
        "666 root 1:3"
    );
    output(&clone, "chmod 600 /dev/null; chown 1 /dev/null");
    let host = fs::metadata("/dev/null").unwrap();
    assert_eq!(
        std::os::unix::fs::PermissionsExt::mode(&host.permissions()) & 0o777,
        0o666
    );
}

#[test]
fn secrets_excluded_paths_and_sockets_of_the_host_are_hidden() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    // An own small root, because the shared one is not written to: only what the clone looks at.
    let lower = tempfile::tempdir().unwrap();
    for path in [
        "root/.ssh",
        "srv/huge",
        "srv/key",
        "var/lib/app",
        "var/lib/patchward/keys",
    ] {
        fs::create_dir_all(lower.path().join(path)).unwrap();
    }
    for name in ["bin", "lib", "lib64", "sbin", "usr", "etc"] {
        let status = std::process::Command::new("cp")
            .arg("-a")
            .arg("--reflink=auto")
            .arg(root.join(name))
            .arg(lower.path())
            .status()
            .unwrap();
        assert!(status.success());
    }
    fs::write(lower.path().join("root/.ssh/id"), "secret").unwrap();
    fs::write(lower.path().join("srv/huge/data"), "huge").unwrap();
    fs::write(lower.path().join("srv/key/file"), "secret").unwrap();
    let socket = lower.path().join("var/lib/app/app.sock");
    let _listener = UnixListener::bind(&socket).unwrap();
    let options = CloneOptions {
        exclude: vec!["/srv/huge".into()],
        mask: vec!["/srv/key/file".into()],
        ..options(lower.path(), &state)
    };
    let clone = HostClone::create(&options).unwrap();
    assert_eq!(
        output(&clone, "ls -A /root/.ssh /srv/huge; cat /srv/key/file"),
        "/root/.ssh:\n\n/srv/huge:"
    );
    assert!(!clone.root().join("var/lib/app/app.sock").exists() && socket.exists());
    for (path, why) in [
        ("/root/.ssh", Left::Secret),
        ("/srv/key/file", Left::Secret),
        ("/srv/huge", Left::Asked),
        ("/var/lib/app/app.sock", Left::HostSocket),
    ] {
        let expected = LeftOut {
            path: path.into(),
            why,
        };
        assert!(
            clone.left_out().contains(&expected),
            "{expected:?} in {:?}",
            clone.left_out()
        );
    }
    let radius = clone
        .blast_radius(&clone.mark().unwrap(), &|_| None)
        .unwrap();
    assert_eq!(radius.changes, [], "what we prepared is not a change");
}

#[test]
fn the_network_is_loopback_unless_it_is_asked_for() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let clone = HostClone::create(&options(&root, &state)).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connect = |network| {
        let script = format!(
            "import socket; socket.create_connection(('127.0.0.1', {}), 2)",
            address.port()
        );
        let spec = CommandSpec {
            network,
            ..CommandSpec::new(["python3", "-c", &script])
        };
        clone.run(&spec).unwrap()
    };
    assert!(!connect(Network::Loopback).succeeded());
    let outcome = connect(Network::Host);
    assert!(outcome.succeeded(), "{}", outcome.stderr_text());
    let local = CommandSpec::new([
        "python3",
        "-c",
        "import socket; socket.socket(socket.AF_UNIX)",
    ]);
    assert!(clone.run(&local).unwrap().succeeded());
    assert!(
        !clone.run(&local.with_network()).unwrap().succeeded(),
        "local sockets beside the host's network"
    );
    // The other way round: a client on this side reaches a server inside.
    let inside = clone.in_network(|| {
        TcpListener::bind("127.0.0.1:80").map(|listener| listener.local_addr().unwrap())
    });
    assert_eq!(inside.unwrap().unwrap().port(), 80);
}

#[test]
fn a_hog_is_bounded() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let options = CloneOptions {
        storage: Storage::Memory { bytes: 64 << 20 },
        limits: Limits {
            memory: 128 << 20,
            processes: 64,
            cpus: 0.5,
            ..Limits::default()
        },
        ..options(&root, &state)
    };
    let clone = HostClone::create(&options).unwrap();
    let fill = shell(&clone, "dd if=/dev/zero of=/fill bs=1M count=200");
    assert!(!fill.succeeded() && fill.stderr_text().contains("No space left"));
    assert!(clone.space().unwrap().is_full());
    output(&clone, "rm /fill");
    let spec = CommandSpec::new(["python3", "-c", "x = bytearray(600 << 20)"])
        .timeout(Duration::from_secs(20));
    let memory = clone.run(&spec).unwrap();
    assert!(!memory.succeeded(), "600 MiB fit into 192");
    let bomb = "import os\nwhile True:\n  os.fork()";
    let spec = CommandSpec::new(["python3", "-c", bomb]).timeout(Duration::from_secs(3));
    let outcome = clone.run(&spec).unwrap();
    println!("fork bomb: {:?} after {:?}", outcome.ended, outcome.wall);
    assert!(clone.processes().len() <= 65);
    assert_eq!(output(&clone, "echo still here"), "still here");
    let spin =
        CommandSpec::new(["sh", "-c", "while :; do :; done"]).timeout(Duration::from_secs(2));
    let spun = clone.run(&spin).unwrap();
    let share = spun.cpu.unwrap().as_secs_f64() / spun.wall.as_secs_f64();
    assert!(share < 0.7, "{share} of a CPU");
    clone.discard().unwrap();
}

#[test]
fn time_and_output_are_bounded() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let clone = HostClone::create(&options(&root, &state)).unwrap();
    let slow = CommandSpec::new(["sh", "-c", "setsid sleep 60 & sleep 60"])
        .timeout(Duration::from_millis(300));
    let outcome = clone.run(&slow).unwrap();
    assert_eq!(outcome.ended, Ended::TimedOut);
    assert!(outcome.wall < Duration::from_secs(3), "{:?}", outcome.wall);
    assert_eq!(
        output(&clone, "pgrep -c sleep || true"),
        "0",
        "what it detached is killed too"
    );
    let flood = CommandSpec {
        output_limit: 1000,
        ..CommandSpec::new(["sh", "-c", "echo first; yes"])
    };
    let outcome = clone.run(&flood).unwrap();
    assert_eq!(outcome.ended, Ended::Flooded);
    assert!(
        outcome.left_out > 0
            && outcome.stdout.starts_with(b"first\ny\n")
            && outcome.stdout.len() < 1100
    );
    // A daemon that keeps the pipe does not keep us.
    let daemon = clone
        .run(&CommandSpec::new([
            "sh",
            "-c",
            "echo up; setsid sleep 60 &",
        ]))
        .unwrap();
    assert_eq!(
        (daemon.ended, daemon.stdout_text().as_str()),
        (Ended::Exited(0), "up\n")
    );
    assert!(daemon.wall < Duration::from_secs(3));
    let echo = CommandSpec {
        stdin: vec![b'x'; 1 << 20],
        user: Some("www-data".into()),
        ..CommandSpec::new(["sh", "-c", "id -un; wc -c"])
    };
    assert_eq!(
        clone.run(&echo).unwrap().stdout_text(),
        "www-data\n1048576\n"
    );
}

#[test]
fn a_clone_whose_time_is_up_is_stopped() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let options = CloneOptions {
        limits: Limits {
            time: Duration::from_millis(500),
            ..Limits::default()
        },
        ..options(&root, &state)
    };
    let clone = HostClone::create(&options).unwrap();
    let outcome = clone.run(&CommandSpec::new(["sleep", "30"])).unwrap();
    assert_eq!(outcome.ended, Ended::TimedOut);
    let error = clone.run(&CommandSpec::new(["true"])).unwrap_err();
    assert!(error.to_string().contains("time limit"), "{error}");
    clone.discard().unwrap();
}
