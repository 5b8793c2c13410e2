//! Where an executor works: this host, a root directory, a rehearsal's clone.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

mod bounded;
mod chroot;
mod local;

pub use bounded::run_bounded;
pub use chroot::ChrootMachine;
pub use local::LocalMachine;

/// A place with a package manager in it.
pub trait Machine: Send + Sync {
    /// Runs a program to its end or to its limits.
    ///
    /// # Errors
    /// Only when it could not be started; how it ended is in the [`Outcome`].
    fn run(&self, command: &Command) -> Result<Outcome, MachineError>;

    /// The directory that the programs see as `/`: files are read and written below it (see [`crate::below`]).
    fn root(&self) -> &Path;

    /// The `/proc` that shows the machine's processes, as seen from here; `None` where none outlive a command.
    fn proc(&self) -> Option<&Path> {
        None
    }
}

/// A program to run. Never interactive, always bounded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    /// Program and arguments.
    pub argv: Vec<String>,
    /// Variables beside those of [`Command::environment`].
    pub env: BTreeMap<String, String>,
    /// What it reads; nothing by default.
    pub stdin: Vec<u8>,
    /// It is ended after this time.
    pub timeout: Duration,
    /// It is ended when it printed more than this, in bytes, on either output.
    pub output_limit: u64,
    /// It needs the network. A machine that can cut a program off from it does so when this is false.
    pub network: bool,
}

/// How a program ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub end: End,
    /// Standard output, up to the limit.
    pub stdout: Vec<u8>,
    /// Standard error, up to the limit.
    pub stderr: Vec<u8>,
    /// How long it took.
    pub duration: Duration,
}

/// How a program ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself, with this status.
    Exited(i32),
    /// By a signal from elsewhere.
    Signalled(i32),
    /// It took too long and was ended.
    TimedOut,
    /// It printed too much and was ended.
    Flooded,
}

/// A program could not be run.
#[derive(Debug, thiserror::Error)]
#[error("start {program}")]
pub struct MachineError {
    /// The program.
    pub program: String,
    /// What the operating system said.
    pub source: std::io::Error,
}

impl Command {
    /// A program with its arguments: five minutes, 16 MiB of output, no input, no network.
    pub fn new<S: Into<String>>(argv: impl IntoIterator<Item = S>) -> Command {
        Command {
            argv: argv.into_iter().map(Into::into).collect(),
            env: BTreeMap::new(),
            stdin: Vec::new(),
            timeout: Duration::from_secs(300),
            output_limit: 16 << 20,
            network: false,
        }
    }

    /// More arguments.
    #[must_use]
    pub fn args<S: Into<String>>(mut self, more: impl IntoIterator<Item = S>) -> Command {
        self.argv.extend(more.into_iter().map(Into::into));
        self
    }

    /// A variable of its environment.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Command {
        self.env.insert(name.to_owned(), value.to_owned());
        self
    }

    /// What it reads.
    #[must_use]
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Command {
        self.stdin = bytes.into();
        self
    }

    /// How long it may take.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Command {
        self.timeout = timeout;
        self
    }

    /// It needs the network.
    #[must_use]
    pub fn network(mut self) -> Command {
        self.network = true;
        self
    }

    /// The program's name.
    pub fn program(&self) -> &str {
        self.argv.first().map_or("", String::as_str)
    }

    /// The whole environment that a machine gives it: a fixed path, the C locale, and what keeps package managers
    /// and their hooks from asking or from restarting services by themselves.
    pub fn environment(&self) -> BTreeMap<String, String> {
        let fixed = [
            (
                "PATH",
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ),
            ("HOME", "/root"),
            ("LC_ALL", "C"),
            ("LANG", "C"),
            ("TERM", "dumb"),
            ("DEBIAN_FRONTEND", "noninteractive"),
            ("DEBIAN_PRIORITY", "critical"),
            ("APT_LISTCHANGES_FRONTEND", "none"),
            ("APT_LISTBUGS_FRONTEND", "none"),
            ("NEEDRESTART_SUSPEND", "1"),
        ];
        let mut all: BTreeMap<String, String> = fixed
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for name in ["http_proxy", "https_proxy", "no_proxy"] {
            if let Ok(value) = std::env::var(name)
                && self.network
            {
                all.insert(name.to_owned(), value);
            }
        }
        all.extend(self.env.clone());
        all
    }
}

impl Outcome {
    /// It ended by itself with status 0.
    pub fn success(&self) -> bool {
        self.end == End::Exited(0)
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Standard error as text.
    pub fn errors(&self) -> String {
        String::from_utf8_lossy(&self.stderr).into_owned()
    }

    /// Both outputs, the errors last, for a log: each cut in its middle when it is longer than half of `limit`.
    pub fn log(&self, limit: usize) -> String {
        let mut log = cut_middle(&self.text(), limit / 2);
        let errors = cut_middle(&self.errors(), limit / 2);
        if !errors.trim().is_empty() {
            if !log.is_empty() && !log.ends_with('\n') {
                log.push('\n');
            }
            log.push_str(&errors);
        }
        log
    }
}

/// A duration in whole milliseconds, as records have it.
pub fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Keeps the beginning and the end of a long text, and says how much went.
fn cut_middle(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let bytes = text.as_bytes();
    let (head, tail) = (limit / 2, text.len() - limit / 2);
    let first = String::from_utf8_lossy(bytes.get(..head).unwrap_or_default());
    let last = String::from_utf8_lossy(bytes.get(tail..).unwrap_or_default());
    format!("{first}\n… {} bytes left out …\n{last}", tail - head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_log_keeps_its_beginning_and_its_end() {
        let outcome = Outcome {
            end: End::Exited(0),
            stdout: [vec![b'a'; 500], vec![b'z'; 500]].concat(),
            stderr: b"last words".to_vec(),
            duration: Duration::ZERO,
        };
        let log = outcome.log(200);
        assert!(log.starts_with("aaaa") && log.contains("bytes left out"));
        assert!(log.ends_with("zzz\nlast words"));
    }

    #[test]
    fn the_environment_never_asks_and_can_be_added_to() {
        let all = Command::new(["x"]).env("A", "b").environment();
        assert_eq!(all["DEBIAN_FRONTEND"], "noninteractive");
        assert_eq!(all["NEEDRESTART_SUSPEND"], "1");
        assert_eq!(all["LC_ALL"], "C");
        assert_eq!(all["A"], "b");
    }
}
