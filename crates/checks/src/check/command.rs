//! Runs a program: no shell, an end, bounded output, and nothing of it left behind.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::{Tried, shorten};
use crate::deadline::Deadline;
use crate::file::CommandCheck;
use crate::place::Place;

/// No more output of each kind is kept, in bytes; the rest is read and dropped.
const OUTPUT: usize = 1 << 20;

pub fn expected(check: &CommandCheck) -> String {
    let mut words = vec![format!("exit status {}", check.exit)];
    words.extend(
        check
            .contains
            .iter()
            .map(|text| format!("{text:?} in the output")),
    );
    words.extend(
        check
            .lacks
            .iter()
            .map(|text| format!("no {text:?} in the output")),
    );
    words.join(", ")
}

pub fn attempt(check: &CommandCheck, place: &Place, deadline: Deadline) -> Tried {
    let (status, output) = match run(place.command(&check.run.0), deadline) {
        Ok(ended) => ended,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Tried::Wrong("there is no such program".to_owned());
        }
        Err(error) => return Tried::Wrong(shorten(&error.to_string())),
    };
    let Some(status) = status else {
        return Tried::Wrong("it did not end in time and was killed".to_owned());
    };
    let output = String::from_utf8_lossy(&output);
    let last = output
        .lines()
        .rfind(|line| !line.trim().is_empty())
        .unwrap_or_default();
    if status.code() != Some(check.exit.into()) {
        return Tried::Wrong(shorten(&format!("{status}: {last}")));
    }
    if let Some(missing) = check
        .contains
        .as_ref()
        .filter(|text| !output.contains(*text))
    {
        return Tried::Wrong(format!("no {missing:?} in the output"));
    }
    if let Some(there) = check.lacks.as_ref().filter(|text| output.contains(*text)) {
        return Tried::Wrong(format!("{there:?} in the output"));
    }
    Tried::Right(shorten(&format!("{status} {last}")))
}

/// Runs a command in a process group of its own. Its status is `None` when it had to be killed.
pub fn run(
    mut command: Command,
    deadline: Deadline,
) -> std::io::Result<(Option<ExitStatus>, Vec<u8>)> {
    let mut child = command
        .env("LC_ALL", "C.UTF-8")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let readers = [drain(child.stdout.take()), drain(child.stderr.take())];
    let status = wait(&mut child, deadline);
    // What it left running holds the pipes open, and has no business any more.
    let group = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    if let Some(group) = group {
        let _ = kill_process_group(group, Signal::KILL);
    }
    if status.is_none() {
        let _ = child.kill();
        child.wait()?;
    }
    let mut output = Vec::new();
    for reader in readers {
        output.extend(
            reader
                .recv_timeout(Duration::from_secs(1))
                .unwrap_or_default(),
        );
    }
    Ok((status, output))
}

fn wait(child: &mut Child, deadline: Deadline) -> Option<ExitStatus> {
    let mut pause = Duration::from_millis(1);
    while deadline.left().is_ok() {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(pause.min(deadline.left().unwrap_or_default()));
        pause = (pause * 2).min(Duration::from_millis(50));
    }
    None
}

/// Reads all of a pipe on a thread of its own, and keeps the beginning.
fn drain(pipe: Option<impl Read + Send + 'static>) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut kept = Vec::new();
        let mut buffer = [0; 16 << 10];
        if let Some(mut pipe) = pipe {
            while let Ok(count @ 1..) = pipe.read(&mut buffer) {
                let room = OUTPUT.saturating_sub(kept.len());
                kept.extend_from_slice(buffer.get(..count.min(room)).unwrap_or_default());
            }
        }
        let _ = sender.send(kept);
    });
    receiver
}
