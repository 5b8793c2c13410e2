//! A rehearsal's clone as a place for an executor.

use std::path::{Path, PathBuf};

use patchward_patch::{Command, End, Machine, MachineError, Outcome};
use patchward_rehearsal::{CommandSpec, Ended, HostClone, Network};

/// A clone in which an executor works.
pub(super) struct CloneMachine<'c> {
    clone: &'c HostClone,
    root: PathBuf,
    proc: PathBuf,
}

impl<'c> CloneMachine<'c> {
    pub fn of(clone: &'c HostClone) -> CloneMachine<'c> {
        CloneMachine {
            clone,
            root: clone.root(),
            proc: clone.proc(),
        }
    }
}

impl Machine for CloneMachine<'_> {
    fn run(&self, command: &Command) -> Result<Outcome, MachineError> {
        let mut spec = CommandSpec::new(&command.argv);
        for (name, value) in command.environment() {
            spec = spec.env(name, value);
        }
        spec.stdin.clone_from(&command.stdin);
        spec.timeout = command.timeout;
        spec.output_limit = usize::try_from(command.output_limit).unwrap_or(usize::MAX);
        if command.network {
            spec.network = Network::Host;
        }
        let outcome = self.clone.run(&spec).map_err(|error| MachineError {
            program: command.program().to_owned(),
            source: std::io::Error::other(super::error::chain(&error)),
        })?;
        let end = match outcome.ended {
            Ended::Exited(code) => End::Exited(code),
            Ended::Signalled(signal) => End::Signalled(signal),
            Ended::TimedOut => End::TimedOut,
            Ended::Flooded | Ended::StorageFull => End::Flooded,
        };
        Ok(Outcome {
            // The clone keeps both ends of a long output; an executor that parses needs all of it.
            end: match outcome.left_out {
                0 => end,
                _ => End::Flooded,
            },
            stdout: outcome.stdout,
            stderr: outcome.stderr,
            duration: outcome.wall,
        })
    }

    fn root(&self) -> &Path {
        &self.root
    }

    fn proc(&self) -> Option<&Path> {
        Some(&self.proc)
    }
}
