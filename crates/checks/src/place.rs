//! Where checks run: this machine, or a clone of it.
//!
//! Sockets are opened by plain system calls on the calling thread (and on threads that it starts), so that a thread which
//! entered a clone's network namespace by setns(2) checks the clone. What is not a socket goes by way of a [`Place`].

use std::path::{Path, PathBuf};
use std::process::Command;

/// Where checks look for files and processes, and how they run commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The root of its files.
    pub root: PathBuf,
    /// Its procfs: that of its pid namespace, seen from here.
    pub proc: PathBuf,
    /// Words before every command, such as `nsenter --target 77 --all --`; none on this machine.
    pub enter: Vec<String>,
}

impl Place {
    /// This machine.
    #[must_use]
    pub fn here() -> Place {
        Place {
            root: "/".into(),
            proc: "/proc".into(),
            enter: Vec::new(),
        }
    }

    /// A command that runs there. `argv` is not empty.
    pub(crate) fn command(&self, argv: &[String]) -> Command {
        let mut words = self.enter.iter().chain(argv);
        let mut command = Command::new(words.next().map_or("", String::as_str));
        command.args(words);
        command
    }

    /// A file of its procfs.
    pub(crate) fn proc(&self, path: impl AsRef<Path>) -> PathBuf {
        self.proc.join(path)
    }
}
