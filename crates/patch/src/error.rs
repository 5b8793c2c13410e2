//! Why a package manager could not do what was asked.

use std::time::Duration;

use patchward_protocol::transaction::Holder;

use crate::machine::{Command, End, MachineError, Outcome};

/// Why an executor stopped. Until [`Executor::apply`](crate::Executor::apply) begins its own work, nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum PatchError {
    /// A program could not be started.
    #[error(transparent)]
    Start(#[from] MachineError),
    /// A program ended with an error.
    #[error("{doing}: {program} ended with {status}: {message}")]
    Failed {
        /// What it was run for.
        doing: &'static str,
        /// The program.
        program: String,
        /// Its exit status, or the signal that ended it.
        status: String,
        /// What it said last.
        message: String,
    },
    /// A program took too long and was ended.
    #[error("{doing}: {program} took longer than {} s and was ended", limit.as_secs())]
    TimedOut {
        /// What it was run for.
        doing: &'static str,
        /// The program.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// A program printed too much and was ended.
    #[error("{doing}: {program} printed more than {limit} bytes and was ended")]
    Flooded {
        /// What it was run for.
        doing: &'static str,
        /// The program.
        program: String,
        /// The limit.
        limit: u64,
    },
    /// A file of the machine could not be read or written.
    #[error("{doing} {path}")]
    File {
        /// `read`, `write`.
        doing: &'static str,
        /// The path inside the machine.
        path: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The machine changed since the transaction was agreed.
    #[error("keep to what was agreed: {}", differences.join("; "))]
    Changed {
        /// What differs.
        differences: Vec<String>,
    },
    /// The transaction does more than upgrade, and nobody agreed to that.
    #[error("go on without agreement: the transaction {what} {}", packages.join(", "))]
    NotAgreed {
        /// `installs`, `removes`, `downgrades`.
        what: &'static str,
        /// The packages.
        packages: Vec<String>,
    },
    /// Packages that the user holds would change.
    #[error("change what is held: {}", packages.join(", "))]
    HeldWouldChange {
        /// The packages.
        packages: Vec<String>,
    },
    /// Another process kept a lock.
    #[error("get {}, which {} held for {} s", holder.lock, describe(holder), waited.as_secs())]
    Locked {
        /// Who.
        holder: Holder,
        /// How long we waited.
        waited: Duration,
    },
    /// The disk has too little room.
    #[error("find room in {path}: {needed} bytes are needed and {free} are free")]
    NoSpace {
        /// The folder.
        path: String,
        /// Bytes that are needed.
        needed: u64,
        /// Bytes that are free.
        free: u64,
    },
    /// A package file is missing, or is not the one that the index names.
    #[error("download {file}: {message}")]
    Download {
        /// The file.
        file: String,
        /// What is wrong.
        message: String,
    },
    /// An answer of the package manager that we do not understand.
    #[error("understand {program}: {message}")]
    Unreadable {
        /// The program.
        program: String,
        /// What was expected.
        message: String,
    },
    /// The package manager cannot do this.
    #[error("{manager} cannot do this: {what}")]
    Unsupported {
        /// The package manager.
        manager: String,
        /// What it cannot do.
        what: String,
    },
}

fn describe(holder: &Holder) -> String {
    match holder.pid {
        Some(pid) => format!("process {pid} ({})", holder.command),
        None => holder.command.clone(),
    }
}

impl PatchError {
    /// Turns an outcome other than success into an error.
    ///
    /// # Errors
    /// When the program did not end with status 0.
    pub fn check(
        doing: &'static str,
        command: &Command,
        outcome: Outcome,
    ) -> Result<Outcome, PatchError> {
        if outcome.success() {
            Ok(outcome)
        } else {
            Err(PatchError::of(doing, command, &outcome))
        }
    }

    /// The error of an outcome that is no success.
    pub fn of(doing: &'static str, command: &Command, outcome: &Outcome) -> PatchError {
        let program = command.program().to_owned();
        let status = match outcome.end {
            End::TimedOut => {
                return PatchError::TimedOut {
                    doing,
                    program,
                    limit: command.timeout,
                };
            }
            End::Flooded => {
                return PatchError::Flooded {
                    doing,
                    program,
                    limit: command.output_limit,
                };
            }
            End::Exited(code) => format!("status {code}"),
            End::Signalled(signal) => format!("signal {signal}"),
        };
        PatchError::Failed {
            doing,
            program,
            status,
            message: last_words(outcome),
        }
    }
}

/// What a program says of its failure: its lines that begin with `E:` or hold `error`, else its last line.
pub fn last_words(outcome: &Outcome) -> String {
    let errors = outcome.errors();
    let output = outcome.text();
    let lines = || {
        errors
            .lines()
            .chain(output.lines())
            .map(str::trim)
            .filter(|line| !line.is_empty())
    };
    let named: Vec<&str> = lines()
        .filter(|line| line.starts_with("E:") || line.to_ascii_lowercase().contains("error"))
        .take(5)
        .collect();
    if !named.is_empty() {
        return named.join("; ");
    }
    let last = |text: &str| {
        text.lines()
            .rfind(|line| !line.trim().is_empty())
            .map(str::to_owned)
    };
    last(&errors)
        .or_else(|| last(&output))
        .unwrap_or_else(|| "no message".to_owned())
}
