//! What a language's package manager makes of a lockfile when packages move, tried in a throw-away copy.
//!
//! A [`Trial`] copies a project's manifests and lockfile, and nothing else, to a temporary folder ([`copy`]). Each
//! [`Move`] is the command that a person would type ([`Tool::words`]) with flags that keep scripts, builds and
//! installation out ([`Tool::guards`]). The tool runs as the user with the user's own environment and settings, because
//! mirrors and proxies are told there; its time and output are limited, and no shell is between.
//!
//! `cargo`, `npm` and `uv` run against real registries in our tests. `composer` has its real command lines and was
//! **not run** by our tests.

mod copy;
mod plain;
mod tool;

use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::TempDir;

use crate::machine::{Command, End, MachineError, Outcome, run_bounded};

pub use tool::{Tool, Versions};

/// The longest time that one command may take.
const TIMEOUT: Duration = Duration::from_secs(120);

/// More output than this is no answer of a resolver, in bytes.
const OUTPUT: u64 = 4 << 20;

/// One package that is to move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Move {
    /// Only the lockfile changes: what asks for the package keeps its requirement.
    Lock {
        /// The package.
        package: String,
        /// The version that it has.
        from: String,
        /// The version that it is to get; `None` takes the newest that is allowed. npm always takes that.
        to: Option<String>,
    },
    /// The project's own requirement changes.
    Manifest {
        /// The package.
        package: String,
        /// The versions that are to be allowed.
        to: Versions,
        /// Where the requirement stands.
        part: Part,
    },
}

/// A part of what a project asks for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Part {
    /// What it runs with.
    #[default]
    Runtime,
    /// What it is developed with; in a group of this name (uv), else where the tool puts such.
    Development(Option<String>),
    /// What one of its extras runs with (uv; other tools have none).
    Extra(String),
}

impl Part {
    fn name(&self) -> Option<&str> {
        match self {
            Part::Runtime => None,
            Part::Development(group) => group.as_deref(),
            Part::Extra(extra) => Some(extra),
        }
    }
}

/// A project's copy could not be made, or its package manager refused.
#[derive(Debug, thiserror::Error)]
pub enum TrialError {
    /// The copy could not be made.
    #[error("copy the manifests of {project}")]
    Copy {
        /// The project's folder.
        project: String,
        /// Why.
        source: std::io::Error,
    },
    /// The project is too large to copy.
    #[error("copy the manifests of {project}: {message}")]
    TooLarge {
        /// The project's folder.
        project: String,
        /// Which limit it is over.
        message: String,
    },
    /// A name or version could be taken for something else than a package.
    #[error("move {text:?}: it is not a plain name or version")]
    NotPlain {
        /// The name or version.
        text: String,
    },
    /// The tool is not installed.
    #[error("{tool} cannot be started here: install it, or run where it is installed")]
    NoTool {
        /// Its name.
        tool: &'static str,
        /// What the operating system said.
        source: MachineError,
    },
    /// The tool took too long, or printed too much, and was ended.
    #[error("{tool} {what}")]
    Ended {
        /// Its name.
        tool: &'static str,
        /// What it did.
        what: String,
    },
    /// The tool refused.
    #[error("{tool} refused: {message}")]
    Refused {
        /// Its name.
        tool: &'static str,
        /// What it said, in one line.
        message: String,
    },
}

/// A copy of a project in which packages move. It is removed when it goes out of scope.
#[derive(Debug)]
pub struct Trial {
    folder: TempDir,
    tool: Tool,
    lock: String,
}

impl Trial {
    /// Copies the manifests beside and below `lockfile`, and the lockfile.
    ///
    /// # Errors
    /// When the project cannot be read or is over a limit, or the copy cannot be written.
    pub fn begin(lockfile: &Path, tool: Tool) -> Result<Trial, TrialError> {
        let project = match lockfile.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let failed = |source| TrialError::Copy {
            project: project.display().to_string(),
            source,
        };
        let folder = tempfile::Builder::new()
            .prefix("patchward-trial-")
            .tempdir();
        let folder = folder.map_err(failed)?;
        copy::copy(project, folder.path(), tool)?;
        let name = lockfile.file_name().unwrap_or_default();
        Ok(Trial {
            folder,
            tool,
            lock: name.to_string_lossy().into_owned(),
        })
    }

    /// Moves one package, on top of what moved before.
    ///
    /// # Errors
    /// When the tool is not there, refuses, or is over its limits; and for a name that could be a flag, a path or an
    /// address, because names come from files that somebody else wrote.
    pub fn make(&self, step: &Move) -> Result<(), TrialError> {
        let tool = self.tool.name();
        plain::check(self.tool, step)?;
        let mut words = self.tool.words(step);
        words.extend(self.tool.guards(step).iter().map(|flag| (*flag).to_owned()));
        let mut command = Command::new(words).timeout(TIMEOUT).network();
        command.output_limit = OUTPUT;
        // The user's own settings decide where packages come from.
        for (name, value) in std::env::vars_os() {
            if let (Ok(name), Ok(value)) = (name.into_string(), value.into_string()) {
                command.env.insert(name, value);
            }
        }
        command.env.extend(
            self.tool
                .environment()
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
        );
        let mut process = std::process::Command::new(command.program());
        process
            .args(command.argv.get(1..).unwrap_or_default())
            .current_dir(self.folder.path());
        let outcome =
            run_bounded(process, &command).map_err(|source| TrialError::NoTool { tool, source })?;
        judged(tool, &outcome)
    }

    /// Where the lockfile is as it is now.
    pub fn lockfile(&self) -> PathBuf {
        self.folder.path().join(&self.lock)
    }

    /// The copy.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn judged(tool: &'static str, outcome: &Outcome) -> Result<(), TrialError> {
    let what = match outcome.end {
        End::Exited(0) => return Ok(()),
        End::Exited(_) => {
            let message = tool::reason(&outcome.errors(), &outcome.text());
            return Err(TrialError::Refused { tool, message });
        }
        End::Signalled(signal) => format!("was ended by signal {signal}"),
        End::TimedOut => format!("took longer than {} s", TIMEOUT.as_secs()),
        End::Flooded => format!("printed more than {} MiB", OUTPUT >> 20),
    };
    Err(TrialError::Ended { tool, what })
}

#[cfg(test)]
mod tests;
