//! The exit codes, so that automation can tell one end from another. 2 (usage) is mostly clap's own.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Nothing to act on, or all done and proved.
    Clean = 0,
    /// Findings that `--fail-on` names (or news); a run that failed or was taken back; a check that failed.
    Found = 1,
    /// There is nobody to ask, a setting has a value that cannot be used, or flags do not go together in a way that
    /// clap does not know.
    Usage = 2,
    /// No target holds anything that can be scanned, there is nothing to do, or nothing is known of what was asked for.
    Nothing = 3,
    /// Something could not be read, or not be proved; the rest is clean.
    Incomplete = 4,
    /// The knowledge is missing or older than `--max-age`.
    Stale = 5,
    /// The command failed.
    Failure = 6,
}

/// What is true at the end of a scan, a plan or the news.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// The knowledge is missing or too old: nobody knows.
    pub stale: bool,
    /// There is something to act on.
    pub found: bool,
    /// There was nothing to look at.
    pub nothing: bool,
    /// Something could not be read or judged.
    pub incomplete: bool,
}

impl Ended {
    /// The exit code of what counts most: what was found counts before what could not be read, and data that is too old
    /// before both.
    pub fn exit(self) -> Exit {
        match self {
            Ended { stale: true, .. } => Exit::Stale,
            Ended { found: true, .. } => Exit::Found,
            Ended { nothing: true, .. } => Exit::Nothing,
            Ended {
                incomplete: true, ..
            } => Exit::Incomplete,
            _ => Exit::Clean,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// Something that the command line or a setting asks for and that does not exist: ends with [`Exit::Usage`].
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct WrongUsage(pub String);
