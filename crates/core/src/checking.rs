//! Checks for people: propose a file, read one, run it on this machine.

use std::path::{Path, PathBuf};

use patchward_checks::{ChecksFile, FileError, Place, discover};
use patchward_protocol::check::CheckResult;
use patchward_protocol::run::PlannedChecks;

use crate::whole_file;

/// Largest file of checks, in bytes.
const MOST_BYTES: u64 = 1 << 20;

/// Why a checks file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CheckingError {
    /// It cannot be read.
    #[error("read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// It is not in order.
    #[error(transparent)]
    File(#[from] FileError),
}

/// Proposes the text of a checks file from what listens on this machine and which services are enabled. With `look`,
/// each port that may be a web server is asked once.
#[must_use]
pub fn propose(look: bool) -> String {
    discover::propose(&Place::here(), look)
}

/// Reads a checks file as a run takes it; faults are told now, not in the middle of a run.
///
/// # Errors
/// When it cannot be read or is not in order.
pub fn planned(path: &Path) -> Result<PlannedChecks, CheckingError> {
    let text = whole_file::text(path, MOST_BYTES).map_err(|source| CheckingError::Read {
        path: path.to_owned(),
        source,
    })?;
    let source = path.display().to_string();
    ChecksFile::parse(&source, text.as_bytes())?;
    Ok(PlannedChecks { source, text })
}

/// Runs checks on this machine, and gives each result to `told` as it comes.
///
/// # Errors
/// When they are not in order.
pub fn run(
    checks: &PlannedChecks,
    told: impl FnMut(&CheckResult),
) -> Result<Vec<CheckResult>, CheckingError> {
    let file = ChecksFile::parse(&checks.source, checks.text.as_bytes())?;
    Ok(patchward_checks::run(&file, &Place::here(), told))
}
