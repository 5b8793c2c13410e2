//! A command to run in a clone, and what came of it.

use std::ffi::OsString;
use std::time::Duration;

/// What to run, and within which bounds.
#[derive(Clone, Debug)]
pub struct CommandSpec {
    /// Program and arguments; the program is looked for in the clone.
    pub argv: Vec<OsString>,
    /// Added to a plain environment (PATH, HOME, LANG, TERM); nothing of the caller's own environment is passed.
    pub env: Vec<(OsString, OsString)>,
    /// What the command reads; the end of it follows at once.
    pub stdin: Vec<u8>,
    /// After this it is killed with all that it started.
    pub timeout: Duration,
    /// Bytes kept of each of output and errors: the first and the last half of it. A command that writes more than 64
    /// times as much is killed.
    pub output_limit: usize,
    /// Which network it has.
    pub network: Network,
    /// The user as named in the clone's `/etc/passwd`; `None` is root.
    pub user: Option<String>,
}

/// Which network a command has.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Network {
    /// The clone's: loopback only.
    #[default]
    Loopback,
    /// The host's, without local sockets and without rights over it: for a package manager's download.
    Host,
}

impl CommandSpec {
    /// A command with ten minutes, 1 MiB of output and no network.
    pub fn new<A: Into<OsString>>(argv: impl IntoIterator<Item = A>) -> Self {
        Self {
            argv: argv.into_iter().map(Into::into).collect(),
            env: Vec::new(),
            stdin: Vec::new(),
            timeout: Duration::from_secs(600),
            output_limit: 1 << 20,
            network: Network::default(),
            user: None,
        }
    }

    /// The same with a variable set.
    #[must_use]
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The same with another time limit.
    #[must_use]
    pub fn timeout(mut self, limit: Duration) -> Self {
        self.timeout = limit;
        self
    }

    /// The same with the host's network.
    #[must_use]
    pub fn with_network(mut self) -> Self {
        self.network = Network::Host;
        self
    }

    /// The program's name, for messages.
    pub(crate) fn program(&self) -> String {
        self.argv
            .first()
            .map(|program| program.to_string_lossy().into_owned())
            .unwrap_or_default()
    }
}

/// How a command ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Ended {
    /// With this exit status.
    Exited(i32),
    /// By this signal, which was not ours.
    Signalled(i32),
    /// Killed, because its time was up.
    TimedOut,
    /// Killed, because it flooded output.
    Flooded,
    /// Killed, because the clone's storage limit was passed ([`Storage::Folder`](crate::Storage::Folder)).
    StorageFull,
}

/// What came of a command.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How it ended.
    pub ended: Ended,
    /// What it wrote, with a note in the middle where bytes were left out.
    pub stdout: Vec<u8>,
    /// What it wrote as errors, likewise.
    pub stderr: Vec<u8>,
    /// Bytes left out of both.
    pub left_out: u64,
    /// CPU time that the whole clone used meanwhile, where cgroups tell.
    pub cpu: Option<Duration>,
    /// Time by the clock.
    pub wall: Duration,
}

impl Outcome {
    /// Whether it exited with 0.
    pub fn succeeded(&self) -> bool {
        self.ended == Ended::Exited(0)
    }

    /// Output as text, for reports.
    pub fn stdout_text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Errors as text, for reports.
    pub fn stderr_text(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }
}
