//! Why a change was not begun, or could not be written down.

use std::path::PathBuf;

use patchward_inventory::target::TargetError;
use patchward_ledger::LedgerError;
use patchward_patch::PatchError;
use patchward_store::StoreError;

/// Why a use case stopped. What goes wrong within a step of a run is no error: it stands in the run's report.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The machine could not be looked at.
    #[error(transparent)]
    Scan(#[from] TargetError),
    /// The package manager could not be asked.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// The store could not be read or written. What was about to be done was not done.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The ledger could not be written. What was about to be done was not done.
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    /// A file of the run could not be read or written.
    #[error("{doing} {path}")]
    File {
        /// `read`, `write`, `make`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// No package manager that is known here.
    #[error(
        "find a package manager below {0}: apt, dnf, zypper, apk and pacman are known, and commands of your own (`[change.commands]`)"
    )]
    NoManager(PathBuf),
    /// Another run is at work.
    #[error("begin a run: another one is at work ({holder})")]
    Busy {
        /// The process.
        holder: String,
    },
    /// An earlier run was interrupted and must be ended first.
    #[error("begin a run: run {run} was interrupted; resume it first")]
    Unfinished {
        /// The run.
        run: u64,
    },
    /// The rehearsal failed: what was agreed to would do harm.
    #[error("apply what its rehearsal stopped: {problems}")]
    RehearsalFailed {
        /// What stood against it.
        problems: String,
    },
    /// The rehearsal was one of another transaction.
    #[error("apply by a rehearsal of another transaction (run {run})")]
    RehearsalOfOther {
        /// The rehearsal.
        run: u64,
    },
    /// The plan has no patch.
    #[error("begin a run: there is nothing to patch")]
    NothingToDo,
    /// The run cannot be taken back.
    #[error("take run {run} back: {why}")]
    NotToBeTakenBack {
        /// The run.
        run: u64,
        /// Why.
        why: String,
    },
    /// There is no run of this kind.
    #[error("find {0}")]
    NoRun(String),
    /// The checks file is wrong.
    #[error("read the checks")]
    Checks(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// A record does not have the form that this version knows.
    #[error("understand what the store holds of run {run}: {what}")]
    Record {
        /// The run.
        run: u64,
        /// What is wrong.
        what: String,
    },
}

/// An error with its causes, in one line.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        next = cause.source();
    }
    text
}
