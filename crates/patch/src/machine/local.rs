//! This host.

use std::path::Path;

use super::{Command, Machine, MachineError, Outcome, run_bounded};

/// This host itself. Programs run as they would for an administrator: the network is not cut off, because services
/// that a maintainer script restarts must keep it.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalMachine;

impl Machine for LocalMachine {
    fn run(&self, command: &Command) -> Result<Outcome, MachineError> {
        let mut process = std::process::Command::new(command.program());
        process
            .args(command.argv.get(1..).unwrap_or_default())
            .current_dir("/");
        run_bounded(process, command)
    }

    fn root(&self) -> &Path {
        Path::new("/")
    }

    fn proc(&self) -> Option<&Path> {
        Some(Path::new("/proc"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_not_there_is_named() {
        let error = LocalMachine
            .run(&Command::new(["no-such-program-here"]))
            .unwrap_err();
        assert_eq!(error.to_string(), "start no-such-program-here");
    }
}
