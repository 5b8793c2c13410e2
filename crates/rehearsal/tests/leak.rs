//! The leak test: this machine before and after clones of its own root directory, with everything in them that could
//! reach past files.
#![expect(clippy::unwrap_used, reason = "a test may fail by it")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use common::{options, output, possible, shell};
use patchward_rehearsal::{
    CloneOptions, CommandSpec, Difference, HostClone, HostState, RunnerChoice, Scope, Watched,
    sweep,
};

/// Trees that nobody else changes while the tests run.
fn scope() -> Scope {
    let trees = [
        "/etc",
        "/usr",
        "/opt",
        "/boot",
        "/var/lib/dpkg",
        "/var/lib/apt",
    ];
    Scope {
        trees: trees
            .iter()
            .map(PathBuf::from)
            .filter(|path| path.is_dir())
            .collect(),
        exclude: Vec::new(),
    }
}

/// Namespaces that a clone has.
fn namespaces_of(clone: &HostClone) -> Vec<String> {
    let folder = format!("/proc/{}/ns", clone.first_process());
    let own = |name: &Path| fs::read_link(Path::new("/proc/self/ns").join(name)).unwrap();
    let links = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let targets = links.map(|link| {
        (
            fs::read_link(&link).unwrap(),
            own(Path::new(link.file_name().unwrap())),
        )
    });
    let foreign = targets.filter(|(target, own)| target != own);
    foreign
        .map(|(target, _)| target.display().to_string())
        .collect()
}

/// Things that a clone must never change, and what carries its mark. Other programs start and end on this machine
/// meanwhile, so their processes and namespaces do not count.
fn leaks(
    differences: Vec<Difference>,
    namespaces: &[String],
    processes: &[u32],
) -> Vec<Difference> {
    let is_leak = |one: &Difference| match one.watched {
        Watched::File | Watched::Device | Watched::Sysctl | Watched::Module => true,
        // Other tests run beside this one and mount below the folder of test roots.
        Watched::Mount => !one
            .after
            .as_ref()
            .or(one.before.as_ref())
            .unwrap()
            .contains("/test-roots/"),
        Watched::Cgroup => one.subject.contains("patchward"),
        Watched::Namespace => one.after.is_some() && namespaces.contains(&one.subject),
        Watched::Process => {
            let number = one
                .subject
                .split(' ')
                .next()
                .and_then(|number| number.parse().ok());
            one.after.is_some() && number.is_some_and(|number| processes.contains(&number))
        }
    };
    differences.into_iter().filter(is_leak).collect()
}

/// One test at a time: each would see the other's clones as leaks.
static ALONE: Mutex<()> = Mutex::new(());

fn check(runner: RunnerChoice, work: impl FnOnce(&HostClone)) {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let state = tempfile::tempdir().unwrap();
    let options = CloneOptions {
        runner,
        ..options(Path::new("/"), &state)
    };
    let before = HostState::take(&scope()).unwrap();
    let memory = resident();
    let (control, patched) = HostClone::pair(&options).unwrap();
    println!(
        "two clones of /: {:?} and {:?}, {}",
        control.took(),
        patched.took(),
        patched.runner()
    );
    println!(
        "notes: {:?}; left out: {:?}",
        patched.notes(),
        patched.left_out()
    );
    println!(
        "resident memory: {} KiB more",
        resident().saturating_sub(memory)
    );
    work(&patched);
    let mut namespaces = namespaces_of(&control);
    namespaces.extend(namespaces_of(&patched));
    let mut processes = control.processes();
    processes.extend(patched.processes());
    assert!(namespaces.len() >= 10 && processes.len() >= 2);
    for clone in [control, patched] {
        let discarded = clone.discard().unwrap();
        println!("{discarded:?}");
        assert_eq!(discarded.host_differences, []);
    }
    let after = HostState::take(&scope()).unwrap();
    let files = after.count(Watched::File);
    println!(
        "compared {files} files, {} sysctls",
        after.count(Watched::Sysctl)
    );
    assert_eq!(leaks(before.compare(&after), &namespaces, &processes), []);
    assert!(sweep(&options.state).unwrap().is_empty());
}

fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}

/// All that must not come through.
const ATTEMPTS: &str = "
    touch /etc/new /usr/new; echo x >> /etc/passwd; rm -rf /opt /boot/* 2>/dev/null
    chmod 600 /dev/null /dev/zero; chown 7:7 /dev/null /dev/tty; rm -f /dev/full
    for node in null tty0 console vda sda; do mknod /tmp/$node-2 c 1 3; chmod 0 /dev/$node; done
    for value in kernel/sysrq kernel/panic vm/swappiness net/ipv4/ip_forward fs/protected_hardlinks; do
        echo 1 > /proc/sys/$value; done
    sysctl -w kernel.hostname=leaked; hostname leaked
    mount -t tmpfs x /mnt; mount --bind /etc /mnt; mount -t proc x /mnt; mount -o remount,rw /
    mkdir /sys/fs/cgroup/leaked; echo 1 > /sys/kernel/mm/ksm/run
    date -s 2001-01-01; hwclock -w
    ip link add leaked type bridge; ip addr add 10.99.0.1/24 dev lo
    ipcmk -M 4096; (setsid sleep 1000 &)
    true";

#[test]
fn clones_of_this_machine_by_our_own_runner_leave_it_as_it_was() {
    if !possible() {
        return;
    }
    check(RunnerChoice::Own, |clone| {
        shell(clone, ATTEMPTS);
        assert_eq!(output(clone, "cat /etc/new; ls /usr/new"), "/usr/new");
        let begun = Instant::now();
        let radius = clone
            .blast_radius(&clone.mark().unwrap(), &|_| None)
            .unwrap();
        println!("marked and read the changes in {:?}", begun.elapsed());
        assert_eq!(radius.changes, []);
    });
}

#[test]
fn clones_of_this_machine_by_systemd_leave_it_as_it_was() {
    if !possible() {
        return;
    }
    if !Path::new("/usr/bin/systemd-nspawn").exists() {
        println!("skipped: systemd-nspawn is not installed");
        return;
    }
    check(RunnerChoice::Systemd, |clone| {
        let begun = Instant::now();
        let report = clone
            .start_services(std::time::Duration::from_secs(60))
            .unwrap();
        let up: Vec<_> = report
            .services
            .iter()
            .map(|service| (&service.name, service.up))
            .collect();
        println!(
            "services of this machine after {:?}: {up:?} {:?}",
            begun.elapsed(),
            report.notes
        );
        shell(clone, ATTEMPTS);
        // The same by a service, which has the rights that systemd-nspawn leaves to services.
        let service = shell(
            clone,
            &format!("systemd-run --wait --pipe --quiet sh -c '{ATTEMPTS}'"),
        );
        println!("{}", service.stderr_text());
        let devices = "systemd-run --wait --pipe --quiet mount -t devtmpfs x /mnt";
        assert!(
            !shell(clone, devices).succeeded(),
            "a service could reach the host's device nodes"
        );
        let state = clone
            .run(&CommandSpec::new(["systemctl", "is-system-running"]))
            .unwrap();
        println!("{}", state.stdout_text());
    });
}
