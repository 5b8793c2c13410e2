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
    /// No target holds anything that can be scanned, or there is nothing to do.
    Nothing = 3,
    /// Something could not be read, or not be proved; the rest is clean.
    Incomplete = 4,
    /// The knowledge is missing or older than `--max-age`.
    Stale = 5,
    /// The command failed.
    Failure = 6,
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
