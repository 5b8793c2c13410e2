//! A lab host: a throw-away machine with an address, processes and services of its own.
//!
//! Its files are an overlay over a tree that is never written. Its processes live in mount, pid, network, ipc, uts and
//! cgroup namespaces of its own, with device nodes of its own. Nothing of the real machine is touched but a folder
//! beside the tree and control groups, and these go with the host, also when a test panics; what a killed test leaves
//! the next one takes away.

mod cgroup;

use std::ffi::OsStr;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::{Duration, Instant};

use crate::RootCopy;
use cgroup::HostGroups;

const INIT: &str = include_str!("host/init.sh");
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const BOOT_LIMIT: Duration = Duration::from_secs(60);
/// A command in a host is killed after this many seconds.
const COMMAND_LIMIT: &str = "300";
const NSPAWN: &str = "/usr/bin/systemd-nspawn";

/// What starts the services of a host.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Init {
    /// Nothing runs at first; services are started by their scripts in `/etc/init.d`.
    #[default]
    Scripts,
    /// systemd is booted, in systemd-nspawn.
    Systemd,
}

/// A host that runs until it is dropped.
#[derive(Debug)]
pub struct Host {
    first: Child,
    /// The process whose namespaces the host's commands join, as a number of this machine.
    leader: String,
    init: Init,
    /// Its address.
    pub address: String,
    // Dropped in this order, after the processes are gone. `None` only while a host ends.
    copy: Option<RootCopy>,
    groups: HostGroups,
}

static NUMBER: AtomicU8 = AtomicU8::new(0);

/// Why no host can be started here, if so: tests then say "skipped".
pub fn no_hosts(init: Init) -> Option<String> {
    if !crate::is_root_user() {
        return Some("only root can mount and make namespaces".to_owned());
    }
    for tool in ["unshare", "nsenter", "ip", "mount"] {
        let found = PATH
            .split(':')
            .any(|folder| Path::new(folder).join(tool).exists());
        if !found {
            return Some(format!("{tool} is not installed"));
        }
    }
    (init == Init::Systemd && !Path::new(NSPAWN).exists())
        .then(|| "systemd-nspawn is not installed".to_owned())
}

impl Host {
    /// Starts a host over the tree `base`, with the files of `layers` above it (the first one topmost).
    ///
    /// # Errors
    /// When this process may not mount or make namespaces, or the first process does not come up.
    pub fn start(base: &Path, layers: &[PathBuf], init: Init) -> io::Result<Host> {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let copy = RootCopy::of_layers(base, layers)?;
        let groups = HostGroups::new(&format!("patchward-test-{}-{number}", std::process::id()));
        let address = format!("10.77.{}.{}", number / 200, number % 200 + 11);
        let first = begin(&copy, &groups, &address, &format!("lab{number}"), init)?;
        let mut host = Host {
            first,
            leader: String::new(),
            init,
            address,
            copy: Some(copy),
            groups,
        };
        host.wait_for_leader()?;
        Ok(host)
    }

    fn wait_for_leader(&mut self) -> io::Result<()> {
        let mut word = [0; 6];
        let said = self.first.stdout.as_mut();
        said.ok_or_else(|| io::Error::other("no output"))?
            .read_exact(&mut word)?;
        let first = children(&self.first.id().to_string())
            .pop()
            .ok_or_else(|| io::Error::other("the host's first process is gone"))?;
        if self.init == Init::Scripts {
            self.leader = first;
            return Ok(());
        }
        let begun = Instant::now();
        while begun.elapsed() < BOOT_LIMIT {
            let nspawn = children(&first);
            let systemd = nspawn.iter().flat_map(|pid| children(pid)).find(|pid| {
                fs::read_to_string(format!("/proc/{pid}/comm"))
                    .is_ok_and(|name| name.trim() == "systemd")
            });
            if let Some(leader) = systemd {
                self.leader = leader;
                return self.wait_for_boot(begun);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        Err(io::Error::other("systemd did not start"))
    }

    fn wait_for_boot(&self, begun: Instant) -> io::Result<()> {
        let mut state = String::new();
        while begun.elapsed() < BOOT_LIMIT {
            let output = self.command(["systemctl", "is-system-running"]).output()?;
            state = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            if ["running", "degraded"].contains(&state.as_str()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Err(io::Error::other(format!("systemd is still {state:?}")))
    }

    /// A command in the host, as its administrator would give it; not run yet. It is killed after five minutes.
    pub fn command<S: AsRef<OsStr>>(&self, argv: impl IntoIterator<Item = S>) -> Command {
        self.enter("-n", argv)
    }

    /// The same with this machine's network instead of the host's, to fetch something.
    pub fn command_with_network<S: AsRef<OsStr>>(
        &self,
        argv: impl IntoIterator<Item = S>,
    ) -> Command {
        self.enter("-m", argv)
    }

    fn enter<S: AsRef<OsStr>>(&self, network: &str, argv: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new("sh");
        let enter = format!("{}exec \"$@\"", self.groups.enter());
        command.args(["-c", &enter, "sh", "nsenter", "-t", &self.leader]);
        command.args(["-m", "-p", "-i", "-u", "-C", network, "--root", "--"]);
        command.args([
            "env",
            "-i",
            "-C",
            "/",
            &format!("PATH={PATH}"),
            "HOME=/root",
        ]);
        command.args(["LC_ALL=C.UTF-8", "TZ=UTC", "TERM=dumb"]);
        command.args(["timeout", "--kill-after=5", COMMAND_LIMIT]);
        command.args(argv).stdin(Stdio::null());
        command
    }

    /// Runs a command in the host, whatever it comes to.
    ///
    /// # Panics
    /// When it cannot be started.
    #[track_caller]
    pub fn output<S: AsRef<OsStr>>(&self, argv: impl IntoIterator<Item = S>) -> Output {
        self.command(argv)
            .output()
            .expect("a command of the host is started")
    }

    /// Runs a command in the host that must succeed, and returns what it printed.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn run<S: AsRef<OsStr>>(&self, argv: impl IntoIterator<Item = S>) -> String {
        let mut command = self.command(argv);
        succeeded(&mut command)
    }

    /// The same for a shell script.
    ///
    /// # Panics
    /// When it fails.
    #[track_caller]
    pub fn shell(&self, script: &str) -> String {
        self.run(["sh", "-ec", script])
    }

    /// A path of the host as seen from here. `/run`, `/dev` and, with systemd, `/tmp` are empty in it.
    pub fn path(&self, inside: &str) -> PathBuf {
        self.root().join(inside.trim_start_matches('/'))
    }

    /// Reads a file of the host.
    ///
    /// # Panics
    /// When it cannot be read.
    #[track_caller]
    pub fn read(&self, inside: &str) -> String {
        let path = self.path(inside);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Writes a file of the host, with the folders above it.
    ///
    /// # Panics
    /// When it cannot be written.
    #[track_caller]
    pub fn write(&self, inside: &str, text: &str) {
        let path = self.path(inside);
        let written = path
            .parent()
            .map_or(Ok(()), fs::create_dir_all)
            .and_then(|()| fs::write(&path, text));
        written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }

    /// Its whole root as seen from here.
    pub fn root(&self) -> &Path {
        self.copy.as_ref().map_or(Path::new(""), RootCopy::path)
    }

    /// Ends the host, and keeps what was written in it as a layer for other hosts.
    ///
    /// # Errors
    /// As [`RootCopy::into_layer`].
    pub fn into_layer(mut self, to: &Path) -> io::Result<()> {
        self.end();
        let copy = self.copy.take();
        copy.map_or(Ok(()), |copy| copy.into_layer(to))
    }

    /// What starts its services.
    pub fn init(&self) -> Init {
        self.init
    }

    /// Starts a service by the host's own means.
    ///
    /// # Panics
    /// When it does not start.
    #[track_caller]
    pub fn start_service(&self, name: &str) {
        match self.init {
            Init::Scripts => self.run([format!("/etc/init.d/{name}").as_str(), "start"]),
            Init::Systemd => self.run(["systemctl", "start", name]),
        };
    }
}

/// Runs a command that must succeed, and returns what it printed.
#[track_caller]
fn succeeded(command: &mut Command) -> String {
    let output = command.output().expect("a command of the host is started");
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(
        output.status.success(),
        "{command:?}: {}\n{out}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    out
}

fn begin(
    copy: &RootCopy,
    groups: &HostGroups,
    address: &str,
    name: &str,
    init: Init,
) -> io::Result<Child> {
    // systemd-nspawn makes a cgroup namespace by itself, and finds its way only from outside of one.
    let (word, cgroup) = match init {
        Init::Scripts => ("scripts", "--cgroup"),
        Init::Systemd => ("systemd", ""),
    };
    let unshare = format!(
        "exec unshare --mount --pid --net --ipc --uts {cgroup} --fork --kill-child -- sh -c \"$@\""
    );
    Command::new("sh")
        .args([
            "-c",
            &format!("{}{unshare}", groups.enter()),
            "sh",
            INIT,
            "sh",
        ])
        .arg(copy.path())
        .args([address, name, word])
        .env("PATH", PATH)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
}

/// Children of a process.
fn children(pid: &str) -> Vec<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    text.split_whitespace().map(str::to_owned).collect()
}

impl Drop for Host {
    fn drop(&mut self) {
        self.end();
    }
}

impl Host {
    fn end(&mut self) {
        // Its first process reads from us: at the end of that it ends, and the kernel ends all others in its namespace.
        drop(self.first.stdin.take());
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(20) {
            if !matches!(self.first.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.first.kill();
        let _ = self.first.wait();
    }
}
