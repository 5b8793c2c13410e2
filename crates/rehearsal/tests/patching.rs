//! A real security update of a real Debian root, in a clone: downloaded with the host's network, installed without any,
//! its blast radius read, and the same change put on and taken off a second copy by a pre-image.
#![expect(clippy::unwrap_used, reason = "a test may fail by it")]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use common::{options, output, root};
use patchward_rehearsal::{
    BlastRadius, ChangeKind, CloneOptions, CommandSpec, HostClone, PreImage, Runner, RunnerChoice,
    Storage,
};

const PACKAGE: &str = "openssl";

fn apt(clone: &HostClone, arguments: &[&str], network: bool) {
    let mut spec = CommandSpec::new(["apt-get", "-y", "-o", "Dpkg::Options::=--force-confold"])
        .env("DEBIAN_FRONTEND", "noninteractive");
    spec.argv.extend(arguments.iter().map(Into::into));
    let outcome = clone
        .run(&if network { spec.with_network() } else { spec })
        .unwrap();
    println!(
        "apt-get {arguments:?}: {:?} in {:?}",
        outcome.ended, outcome.wall
    );
    assert!(
        outcome.succeeded(),
        "{}\n{}",
        outcome.stdout_text(),
        outcome.stderr_text()
    );
}

fn upgrade(clone: &HostClone) {
    apt(
        clone,
        &[
            "install",
            "--only-upgrade",
            "--download-only",
            PACKAGE,
            "libssl3",
        ],
        true,
    );
    apt(
        clone,
        &[
            "install",
            "--only-upgrade",
            "--no-download",
            PACKAGE,
            "libssl3",
        ],
        false,
    );
}

fn version(clone: &HostClone) -> String {
    output(clone, &format!("dpkg-query -W -f '${{Version}}' {PACKAGE}"))
}

fn owned(root: PathBuf) -> impl Fn(&Path) -> Option<String> {
    let mut lists = Vec::new();
    for entry in fs::read_dir(root.join("var/lib/dpkg/info"))
        .unwrap()
        .flatten()
    {
        let path = entry.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "list")
        {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            lists.push((name, fs::read_to_string(&path).unwrap()));
        }
    }
    move |path| {
        let path = path.to_str()?;
        let owner = lists
            .iter()
            .find(|(_, list)| list.lines().any(|line| line == path));
        owner.map(|(name, _)| name.clone())
    }
}

fn tell(radius: &BlastRadius) {
    println!(
        "{} changes, {} bytes more",
        radius.changes.len(),
        radius.growth()
    );
    println!(
        "by owner {:?}\nunowned {:?}",
        radius.by_owner, radius.unowned
    );
    println!(
        "side effects {:?}",
        radius
            .side_effects()
            .map(|change| &change.path)
            .collect::<Vec<_>>()
    );
}

#[test]
fn a_security_update_is_rehearsed_beside_a_control() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let (control, patched) = HostClone::pair(&options(&root, &state)).unwrap();
    let old = version(&control);
    let mark = patched.mark().unwrap();
    upgrade(&patched);
    assert_ne!(version(&patched), old);
    assert_eq!(version(&control), old);
    let begun = Instant::now();
    let radius = patched.blast_radius(&mark, &owned(root.clone())).unwrap();
    println!("read the blast radius in {:?}", begun.elapsed());
    tell(&radius);
    let binary = radius
        .changes
        .iter()
        .find(|change| change.path == Path::new("/usr/bin/openssl"))
        .unwrap();
    assert_eq!(
        (binary.kind, binary.owner.as_deref()),
        (ChangeKind::Changed, Some("openssl"))
    );
    assert!(radius.by_owner.contains_key("libssl3:amd64") || radius.by_owner.len() >= 2);
    println!(
        "space {:?}, cpu {:?}",
        patched.space().unwrap(),
        patched.cpu_time()
    );
    assert!(patched.host_changes().is_empty());
    println!(
        "{:?} {:?}",
        control.discard().unwrap(),
        patched.discard().unwrap()
    );
}

#[test]
fn a_pre_image_takes_a_real_update_back_to_the_byte() {
    let Some(root) = root() else { return };
    let folder = tempfile::tempdir().unwrap();
    let host = folder.path().join("host");
    let copied = std::process::Command::new("cp")
        .arg("-a")
        .arg(&root)
        .arg(&host)
        .status()
        .unwrap();
    assert!(copied.success());
    // The rehearsal tells which files the update touches.
    let clone = HostClone::create(&options(&host, &folder)).unwrap();
    let mark = clone.mark().unwrap();
    upgrade(&clone);
    let radius = clone.blast_radius(&mark, &|_| None).unwrap();
    let paths = radius.paths();
    let begun = Instant::now();
    let saved =
        PreImage::save(&host, &paths, &folder.path().join("image.tar.zst"), 1 << 30).unwrap();
    println!(
        "saved in {:?}: {} paths, {} bytes, {} absent",
        begun.elapsed(),
        saved.paths,
        saved.bytes,
        saved.absent
    );
    // What the update wrote goes to the host, as deploying would put it there.
    for change in &radius.changes {
        let (from, to) = (
            clone.root().join(change.path.strip_prefix("/").unwrap()),
            host.join(change.path.strip_prefix("/").unwrap()),
        );
        if change.kind == ChangeKind::Removed {
            fs::remove_file(&to).unwrap();
        } else if fs::symlink_metadata(&from).unwrap().is_dir() {
            fs::create_dir_all(&to).unwrap();
        } else {
            let status = std::process::Command::new("cp")
                .args(["-a", "--remove-destination"])
                .arg(&from)
                .arg(&to)
                .status();
            assert!(status.unwrap().success());
        }
    }
    clone.discard().unwrap();
    assert_ne!(
        fs::read(host.join("usr/bin/openssl")).unwrap(),
        fs::read(root.join("usr/bin/openssl")).unwrap()
    );
    let begun = Instant::now();
    let restored = PreImage::restore(&host, &saved.file).unwrap();
    println!("restored in {:?}: {restored:?}", begun.elapsed());
    assert_eq!(restored.problems, []);
    let compared = std::process::Command::new("diff")
        .args(["-r", "--no-dereference"])
        .args(["-x", "dev"])
        .args([&root, &host])
        .output()
        .unwrap();
    assert!(
        compared.status.success(),
        "{}",
        String::from_utf8_lossy(&compared.stdout)
    );
}

#[test]
fn services_start_by_their_scripts() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let clone = HostClone::create(&options(&root, &state)).unwrap();
    let begun = Instant::now();
    let report = clone.start_services(Duration::from_secs(30)).unwrap();
    println!("{report:?} after {:?}", begun.elapsed());
    assert!(
        report
            .services
            .iter()
            .any(|service| service.name == "nginx" && service.up)
    );
    answers(&clone);
    output(&clone, "service nginx stop");
    assert_eq!(
        output(&clone, "pgrep -c nginx || true"),
        "0",
        "a stopped daemon is gone, not a zombie"
    );
}

#[test]
fn systemd_boots_and_restarts_what_an_update_replaces() {
    let Some(root) = root() else { return };
    if !Path::new("/usr/bin/systemd-nspawn").exists() {
        println!("skipped: systemd-nspawn is not installed");
        return;
    }
    let state = tempfile::tempdir().unwrap();
    let options = CloneOptions {
        runner: RunnerChoice::Auto,
        ..options(&root, &state)
    };
    let clone = HostClone::create(&options).unwrap();
    assert_eq!(clone.runner(), Runner::Systemd);
    let begun = Instant::now();
    let report = clone.start_services(Duration::from_secs(60)).unwrap();
    println!(
        "made in {:?}, {report:?} after {:?}",
        clone.took(),
        begun.elapsed()
    );
    for name in ["nginx.service", "redis-server.service"] {
        assert!(
            report
                .services
                .iter()
                .any(|service| service.name == name && service.up),
            "{name}"
        );
    }
    answers(&clone);
    let before = output(&clone, "systemctl show -p MainPID nginx");
    apt(
        &clone,
        &[
            "install",
            "--only-upgrade",
            "--download-only",
            "nginx-light",
        ],
        true,
    );
    apt(
        &clone,
        &["install", "--only-upgrade", "--no-download", "nginx-light"],
        false,
    );
    assert_ne!(
        output(&clone, "systemctl show -p MainPID nginx"),
        before,
        "its maintainer script restarts it"
    );
    answers(&clone);
    println!("{:?}", clone.discard().unwrap());
}

/// nginx answers a client that lives on this side.
fn answers(clone: &HostClone) {
    let begun = Instant::now();
    let answer = clone.in_network(|| {
        use std::io::{Read as _, Write as _};
        let mut stream = std::net::TcpStream::connect("127.0.0.1:80")?;
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n")?;
        let mut text = String::new();
        stream.read_to_string(&mut text)?;
        std::io::Result::Ok(text)
    });
    let answer = answer.unwrap().unwrap();
    println!("answered in {:?}", begun.elapsed());
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

#[test]
fn changes_can_lie_in_a_folder_with_a_watched_limit() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let folder = tempfile::tempdir_in(root.parent().unwrap()).unwrap();
    let options = CloneOptions {
        storage: Storage::Folder {
            folder: folder.path().to_path_buf(),
            bytes: 64 << 20,
        },
        ..options(&root, &state)
    };
    let clone = HostClone::create(&options).unwrap();
    output(&clone, "echo x > /etc/issue");
    let spec = CommandSpec::new(["dd", "if=/dev/zero", "of=/fill", "bs=1M", "count=4000"]);
    let outcome = clone.run(&spec).unwrap();
    println!(
        "{:?} after {:?}, {:?}",
        outcome.ended,
        outcome.wall,
        clone.space().unwrap()
    );
    assert_eq!(outcome.ended, patchward_rehearsal::Ended::StorageFull);
    clone.discard().unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn services_without_scripts_start_as_their_units_say() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let clone = HostClone::create(&options(&root, &state)).unwrap();
    output(
        &clone,
        "rm -r /etc/init.d/nginx /etc/init.d/redis-server /etc/rc?.d",
    );
    let begun = Instant::now();
    let report = clone.start_services(Duration::from_secs(30)).unwrap();
    println!("{report:?} after {:?}", begun.elapsed());
    for name in ["nginx.service", "redis-server.service"] {
        let found = report.services.iter().find(|service| service.name == name);
        assert!(found.is_some_and(|service| service.up), "{name}: {found:?}");
    }
    answers(&clone);
    assert_eq!(output(&clone, "redis-cli ping"), "PONG");
    assert_eq!(
        output(&clone, "stat -c %U /proc/$(pgrep -x redis-server)"),
        "redis"
    );
}

#[test]
fn every_kind_of_change_is_told() {
    let Some(root) = root() else { return };
    let state = tempfile::tempdir().unwrap();
    let clone = HostClone::create(&options(&root, &state)).unwrap();
    output(
        &clone,
        "rm /etc/issue; mv /etc/issue.net /etc/issue.new; chmod 600 /etc/motd; touch /etc/fstab
        rm -r /etc/cron.daily; mkdir /etc/cron.daily; echo x > /etc/cron.daily/new
        rm -r /etc/skel; ln -sf nowhere /etc/os-release; setfattr -n user.a -v b /etc/hosts 2>/dev/null; true",
    );
    let radius = clone.blast_radius(clone.first_mark(), &|_| None).unwrap();
    tell(&radius);
    let kind = |path: &str| {
        let found = radius
            .changes
            .iter()
            .find(|change| change.path == Path::new(path));
        found.map(|change| change.kind)
    };
    assert_eq!(kind("/etc/issue"), Some(ChangeKind::Removed));
    assert_eq!(kind("/etc/issue.net"), Some(ChangeKind::Removed));
    assert_eq!(kind("/etc/issue.new"), Some(ChangeKind::Added));
    assert_eq!(kind("/etc/motd"), Some(ChangeKind::Metadata));
    assert_eq!(kind("/etc/fstab"), None, "only its time is another");
    assert_eq!(kind("/etc/cron.daily/new"), Some(ChangeKind::Added));
    assert_eq!(
        kind("/etc/cron.daily/dpkg"),
        Some(ChangeKind::Removed),
        "hidden by the new folder"
    );
    assert_eq!(kind("/etc/cron.daily"), None);
    assert_eq!(kind("/etc/skel"), Some(ChangeKind::Removed));
    assert_eq!(kind("/etc/skel/.profile"), Some(ChangeKind::Removed));
    assert_eq!(kind("/etc/os-release"), Some(ChangeKind::Changed));
}
