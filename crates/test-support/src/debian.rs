//! A real Debian root directory with security updates pending, built once and kept below the target folder.
//!
//! Building takes about half a minute, so tests share one tree and put an overlay of their own over it: the tree itself
//! is never written to.

mod sources;

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use sources::Source;

/// What the root holds beside apt itself: two servers that have security updates, their libraries, systemd.
const PACKAGES: &str = "systemd-sysv,dbus,nginx-light,redis-server,openssl,curl,procps,ca-certificates,python3-minimal";
pub(crate) const SUITE: &str = "bookworm";
/// Goes into the key: raise it when the way of building changes.
const RECIPE: u32 = 1;
const BOOTSTRAP_LIMIT: Duration = Duration::from_secs(900);
const APT_LIMIT: Duration = Duration::from_secs(300);
/// Mirrors drop what newer updates replace, so a tree whose lists are older than this is built anew.
const MAX_AGE: Duration = Duration::from_secs(3 * 24 * 3600);

/// A Debian 12 tree with nginx, redis, openssl, systemd and apt in it: everything from the base suite, with the security
/// source added and its lists fetched afterwards, so that real security updates are pending.
///
/// Treat it as read-only: other tests use it at the same time. Kept in `PATCHWARD_TEST_ROOTS`, by default
/// `test-roots` below the target folder. Where it cannot be made (no root user, no Debian mirror known to this
/// machine's apt, no mmdebstrap) this prints "skipped: …" and answers `None`.
pub fn debian_root() -> Option<PathBuf> {
    match root_tree() {
        Ok(path) => Some(path),
        Err(reason) => {
            println!("skipped: no Debian root to test with: {reason}");
            None
        }
    }
}

fn root_tree() -> Result<PathBuf, String> {
    let name = format!(
        "debian-{SUITE}-{:08x}",
        checksum(&format!("{RECIPE} {PACKAGES}"))
    );
    built_once(&name, is_recent, build)
}

/// The tree of a name, made by `build` where it is not there or not `good` any more. One process builds, others wait.
pub(crate) fn built_once(
    name: &str,
    good: impl Fn(&Path) -> bool,
    build: impl FnOnce(&Path, &Path) -> Result<(), String>,
) -> Result<PathBuf, String> {
    let folder = roots_folder();
    let tree = folder.join(name);
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let lock =
        File::create(folder.join(format!("{name}.lock"))).map_err(|error| error.to_string())?;
    lock.lock().map_err(|error| error.to_string())?;
    if good(&tree) {
        return Ok(tree);
    }
    let building = folder.join(format!("{name}.building"));
    remove_tree(&building).map_err(|error| error.to_string())?;
    build(&building, &folder)?;
    remove_tree(&tree).map_err(|error| error.to_string())?;
    fs::rename(&building, &tree).map_err(|error| error.to_string())?;
    Ok(tree)
}

fn build(building: &Path, folder: &Path) -> Result<(), String> {
    let sources = sources::of_machine();
    let base =
        Source::of_suite(&sources, SUITE).ok_or("this machine's apt names no bookworm mirror")?;
    let security = Source::of_suite(&sources, &format!("{SUITE}-security"))
        .ok_or("this machine's apt names no bookworm-security mirror")?;
    need_mmdebstrap(folder)?;
    bootstrap(base, building, folder)?;
    add_security(security, building, folder)
}

fn roots_folder() -> PathBuf {
    if let Some(given) = std::env::var_os("PATCHWARD_TEST_ROOTS") {
        return PathBuf::from(given);
    }
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target"),
        PathBuf::from,
    );
    target.join("test-roots")
}

fn is_recent(tree: &Path) -> bool {
    let lists = tree.join("var/lib/apt/lists");
    let Ok(modified) = fs::metadata(lists).and_then(|data| data.modified()) else {
        return false;
    };
    SystemTime::now()
        .duration_since(modified)
        .is_ok_and(|age| age < MAX_AGE)
}

fn need_mmdebstrap(folder: &Path) -> Result<(), String> {
    if !is_root_user() {
        return Err("only root can build one".to_owned());
    }
    if Path::new("/usr/bin/mmdebstrap").exists() {
        return Ok(());
    }
    let mut apt = Command::new("apt-get");
    apt.args(["install", "-y", "--no-install-recommends", "mmdebstrap"])
        .env("DEBIAN_FRONTEND", "noninteractive");
    run(apt, APT_LIMIT, &folder.join("apt.log"))
        .map_err(|error| format!("mmdebstrap cannot be installed: {error}"))
}

fn bootstrap(base: &Source, into: &Path, folder: &Path) -> Result<(), String> {
    let mut tool = Command::new("mmdebstrap");
    tool.args(["--mode=root", "--variant=apt", "--format=directory"])
        .arg("--aptopt=APT::Install-Recommends \"0\"")
        .arg("--aptopt=Acquire::Languages \"none\"")
        .arg("--dpkgopt=force-unsafe-io")
        .arg(format!("--include={PACKAGES}"))
        .arg(SUITE)
        .arg(into)
        .arg(base.line(SUITE));
    run(tool, BOOTSTRAP_LIMIT, &folder.join("mmdebstrap.log"))
        .map_err(|error| format!("mmdebstrap failed: {error}"))
}

fn add_security(security: &Source, tree: &Path, folder: &Path) -> Result<(), String> {
    let list = tree.join("etc/apt/sources.list.d/security.list");
    let line = format!("{}\n", security.line(&format!("{SUITE}-security")));
    fs::write(&list, line).map_err(|error| format!("{}: {error}", list.display()))?;
    fs::copy("/etc/resolv.conf", tree.join("etc/resolv.conf"))
        .map_err(|error| error.to_string())?;
    let mut chroot = Command::new("chroot");
    chroot
        .arg(tree)
        .args(["apt-get", "update"])
        .env("LC_ALL", "C");
    run(chroot, APT_LIMIT, &folder.join("update.log"))
        .map_err(|error| format!("apt-get update failed: {error}"))
}

/// Runs a command with its output in a file, and kills it after `limit`.
fn run(mut command: Command, limit: Duration, log: &Path) -> Result<(), String> {
    let said = |error: io::Error| error.to_string();
    let output = File::create(log).map_err(said)?;
    let errors = output.try_clone().map_err(said)?;
    let mut child = command
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        .spawn()
        .map_err(said)?;
    let begun = Instant::now();
    loop {
        match child.try_wait().map_err(said)? {
            Some(status) if status.success() => return Ok(()),
            Some(status) => return Err(format!("{status}, see {}", log.display())),
            None if begun.elapsed() > limit => {
                child.kill().map_err(said)?;
                child.wait().map_err(said)?;
                return Err(format!("not done after {} s", limit.as_secs()));
            }
            None => std::thread::sleep(Duration::from_millis(100)),
        }
    }
}

/// Whether this process may mount and make namespaces: the owner of `/proc/self` is the effective user.
pub fn is_root_user() -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata("/proc/self").is_ok_and(|data| data.uid() == 0)
}

fn remove_tree(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// FNV-1a: enough to tell one package list from another.
pub(crate) fn checksum(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
