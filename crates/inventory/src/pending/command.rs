//! Runs a program with limits on its time and its output.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// More output than this is no list of packages.
const MAX_OUTPUT: u64 = 64 << 20;

/// What a program is run with.
pub struct Run<'a> {
    /// The program and its arguments.
    pub line: &'a [&'a str],
    /// Its working directory, where it matters.
    pub folder: Option<&'a Path>,
    /// How long it may take.
    pub timeout: Duration,
}

/// Why a program gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("{program} could not be started: {source}")]
    Start {
        /// The program.
        program: String,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// It took too long and was ended.
    #[error("{program} took longer than {} s", timeout.as_secs())]
    Timeout {
        /// The program.
        program: String,
        /// The limit.
        timeout: Duration,
    },
    /// It printed more than the limit.
    #[error("{program} printed more than {MAX_OUTPUT} bytes")]
    TooMuch {
        /// The program.
        program: String,
    },
    /// It ended with an error.
    #[error("{program} failed: {message}")]
    Failed {
        /// The program.
        program: String,
        /// The last line that it printed on standard error.
        message: String,
    },
}

impl Run<'_> {
    /// Runs the program in the C locale without input, and returns what it printed.
    pub fn output(&self) -> Result<Vec<u8>, CommandError> {
        let program = self.line.first().copied().unwrap_or_default();
        let started = self.start(program);
        let mut child = started.map_err(|source| CommandError::Start {
            program: program.to_owned(),
            source,
        })?;
        let read = self.read(&mut child);
        if read.is_none() {
            end(&mut child);
        }
        let status = child.wait();
        let Some((output, errors)) = read else {
            return Err(CommandError::Timeout {
                program: program.to_owned(),
                timeout: self.timeout,
            });
        };
        if output.len() as u64 > MAX_OUTPUT {
            return Err(CommandError::TooMuch {
                program: program.to_owned(),
            });
        }
        if status.is_ok_and(|status| status.success()) {
            return Ok(output);
        }
        let errors = String::from_utf8_lossy(&errors);
        let last = errors.lines().rev().find(|line| !line.trim().is_empty());
        Err(CommandError::Failed {
            program: program.to_owned(),
            message: last.unwrap_or("no message").trim().to_owned(),
        })
    }

    fn start(&self, program: &str) -> std::io::Result<Child> {
        let mut command = Command::new(program);
        command
            .args(self.line.get(1..).unwrap_or(&[]))
            .env("LC_ALL", "C")
            .env("LANG", "C")
            .env("DEBIAN_FRONTEND", "noninteractive")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // A group of its own, so that what it starts ends with it.
            .process_group(0);
        if let Some(folder) = self.folder {
            command.current_dir(folder);
        }
        command.spawn()
    }

    /// Reads both outputs to their end; `None` when the time is over first.
    fn read(&self, child: &mut Child) -> Option<(Vec<u8>, Vec<u8>)> {
        let (send, receive) = mpsc::channel();
        let output = child.stdout.take();
        let errors = child.stderr.take();
        let other = send.clone();
        std::thread::spawn(move || other.send((false, read_some(errors, 1 << 16))));
        std::thread::spawn(move || send.send((true, read_some(output, MAX_OUTPUT + 1))));
        let deadline = std::time::Instant::now() + self.timeout;
        let mut both = (Vec::new(), Vec::new());
        for _ in 0..2 {
            let left = deadline.saturating_duration_since(std::time::Instant::now());
            match receive.recv_timeout(left).ok()? {
                (true, bytes) => both.0 = bytes,
                (false, bytes) => both.1 = bytes,
            }
        }
        Some(both)
    }
}

/// Reads up to a limit; what comes after is thrown away so that the writer does not wait.
fn read_some(from: Option<impl Read>, limit: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(mut from) = from {
        let _ = from.by_ref().take(limit).read_to_end(&mut bytes);
        let _ = std::io::copy(&mut from, &mut std::io::sink());
    }
    bytes
}

fn end(child: &mut Child) {
    let group = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(line: &[&str], millis: u64) -> Result<Vec<u8>, CommandError> {
        Run {
            line,
            folder: None,
            timeout: Duration::from_millis(millis),
        }
        .output()
    }

    #[test]
    fn the_output_comes_back_in_the_c_locale() {
        assert_eq!(run(&["sh", "-c", "echo $LC_ALL"], 10_000).unwrap(), b"C\n");
    }

    #[test]
    fn failures_tell_the_program_and_its_last_words() {
        let message = run(
            &["sh", "-c", "echo first >&2; echo last >&2; exit 3"],
            10_000,
        );
        assert_eq!(message.unwrap_err().to_string(), "sh failed: last");
        let missing = run(&["no-such-program-here"], 10_000).unwrap_err();
        assert!(matches!(missing, CommandError::Start { .. }));
    }

    #[test]
    fn what_takes_too_long_is_ended_with_its_children() {
        let error = run(&["sh", "-c", "sleep 60 & sleep 60"], 200).unwrap_err();
        assert!(matches!(error, CommandError::Timeout { .. }));
    }
}
