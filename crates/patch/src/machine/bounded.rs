//! Runs a process with limits on its time and its output.

use std::io::{Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::{Command, End, MachineError, Outcome};

/// How long the outputs are waited for once the process itself has ended: a daemon that it started may keep them
/// open for ever.
const GRACE: Duration = Duration::from_millis(300);

/// Runs `process` with the environment and the limits of `command`, in a process group of its own.
///
/// A machine of another crate sets up `process` (its program, its arguments) and leaves the rest to this function.
///
/// # Errors
/// When the process could not be started.
pub fn run_bounded(
    mut process: std::process::Command,
    command: &Command,
) -> Result<Outcome, MachineError> {
    let started = Instant::now();
    process
        .env_clear()
        .envs(command.environment())
        .stdin(if command.stdin.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let spawned = process.spawn();
    let mut child = spawned.map_err(|source| MachineError {
        program: command.program().to_owned(),
        source,
    })?;
    feed(&mut child, command.stdin.clone());
    let stdout = Reader::start(child.stdout.take(), command.output_limit);
    let stderr = Reader::start(child.stderr.take(), command.output_limit);
    let end = wait(&mut child, started + command.timeout, &[&stdout, &stderr]);
    if matches!(end, End::TimedOut | End::Flooded) {
        kill(&mut child);
    }
    let give_up = Instant::now() + GRACE;
    let (floods, errors_flood) = (Arc::clone(&stdout.full), Arc::clone(&stderr.full));
    let (stdout, stderr) = (stdout.finish(give_up), stderr.finish(give_up));
    // A process may end by itself, or by the closed pipe, before the flood is seen.
    let flooded = floods.load(Ordering::Relaxed) || errors_flood.load(Ordering::Relaxed);
    Ok(Outcome {
        end: if flooded { End::Flooded } else { end },
        stdout,
        stderr,
        duration: started.elapsed(),
    })
}

fn feed(child: &mut Child, bytes: Vec<u8>) {
    if let Some(mut stdin) = child.stdin.take() {
        // A process that does not read its input must not stop us.
        std::thread::spawn(move || stdin.write_all(&bytes));
    }
}

/// Waits for the end, the deadline or a flood, looking more seldom as time goes.
fn wait(child: &mut Child, deadline: Instant, readers: &[&Reader]) -> End {
    let mut pause = Duration::from_millis(1);
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return end_of(status);
        }
        if readers.iter().any(|reader| reader.flooded()) {
            return End::Flooded;
        }
        if Instant::now() >= deadline {
            return End::TimedOut;
        }
        std::thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

fn end_of(status: ExitStatus) -> End {
    match (status.code(), status.signal()) {
        (Some(code), _) => End::Exited(code),
        (None, signal) => End::Signalled(signal.unwrap_or_default()),
    }
}

/// Ends the whole group at once: a package manager that ignores a polite signal has had its time.
fn kill(child: &mut Child) {
    let group = i32::try_from(child.id())
        .ok()
        .and_then(rustix::process::Pid::from_raw);
    if let Some(group) = group {
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Collects one output in the background.
struct Reader {
    bytes: Arc<Mutex<Vec<u8>>>,
    full: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Reader {
    fn start(from: Option<impl Read + Send + 'static>, limit: u64) -> Reader {
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let full = Arc::new(AtomicBool::new(false));
        let (into, over) = (Arc::clone(&bytes), Arc::clone(&full));
        let thread =
            from.map(|from| std::thread::spawn(move || collect(from, limit, &into, &over)));
        Reader {
            bytes,
            full,
            thread,
        }
    }

    fn flooded(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    /// What was read; the thread is left behind when the output is still open at `give_up`.
    fn finish(mut self, give_up: Instant) -> Vec<u8> {
        if let Some(thread) = self.thread.take() {
            while !thread.is_finished() && Instant::now() < give_up {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn collect(mut from: impl Read, limit: u64, into: &Mutex<Vec<u8>>, over: &AtomicBool) {
    let mut buffer = vec![0; 1 << 16];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        let mut bytes = into.lock().unwrap_or_else(PoisonError::into_inner);
        let left = usize::try_from(limit)
            .unwrap_or(usize::MAX)
            .saturating_sub(bytes.len());
        bytes.extend_from_slice(buffer.get(..read.min(left)).unwrap_or_default());
        if read > left {
            over.store(true, Ordering::Relaxed);
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(script: &str, change: impl FnOnce(Command) -> Command) -> Outcome {
        let command = change(Command::new(["sh", "-c", script]));
        let mut process = std::process::Command::new("sh");
        process.args(["-c", script]);
        run_bounded(process, &command).unwrap()
    }

    #[test]
    fn both_outputs_and_the_status_come_back() {
        let outcome = run("cat; echo no >&2; exit 3", |command| command.stdin("yes"));
        assert_eq!(outcome.end, End::Exited(3));
        assert_eq!(
            (outcome.text(), outcome.errors()),
            ("yes".into(), "no\n".into())
        );
    }

    #[test]
    fn a_hang_is_cut_with_its_children_and_named() {
        let outcome = run("echo begun; sleep 60 & sleep 60", |command| {
            command.timeout(Duration::from_millis(200))
        });
        assert_eq!(outcome.end, End::TimedOut);
        assert_eq!(outcome.text(), "begun\n");
        assert!(outcome.duration < Duration::from_secs(5));
    }

    #[test]
    fn a_flood_is_cut_and_named() {
        let outcome = run("yes", |mut command| {
            command.output_limit = 100_000;
            command
        });
        assert_eq!(outcome.end, End::Flooded);
        assert_eq!(outcome.stdout.len(), 100_000);
    }

    #[test]
    fn a_daemon_that_keeps_the_output_open_does_not_hold_us() {
        let outcome = run("sleep 5 & echo started", |command| command);
        assert_eq!(outcome.end, End::Exited(0));
        assert_eq!(outcome.text(), "started\n");
        assert!(outcome.duration < Duration::from_secs(3));
    }
}
