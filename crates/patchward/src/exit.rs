//! The exit codes, so that automation can tell one end from another. 2 (usage) is clap's own.

use std::process::ExitCode;

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Exit {
    /// Nothing to act on.
    Clean = 0,
    /// Findings that `--fail-on` names (or news).
    Found = 1,
    /// No target holds anything that can be scanned.
    NothingToScan = 3,
    /// Something could not be read; what could be read is clean.
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
