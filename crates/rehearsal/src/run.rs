//! Runs a command in a clone and watches it: its output, its time, the clone's storage.

use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use rustix::process::{Pid, Signal, kill_process_group};

use crate::capability;
use crate::cgroup;
use crate::clone::HostClone;
use crate::command::{CommandSpec, Ended, Network, Outcome};
use crate::error::RunError;
use crate::inside::Confinement;
use crate::options::Storage;
use crate::output::Output;
use crate::raw::{self, BeforeExec};
use crate::seccomp::Filter;
use crate::user::User;

/// Output beyond this many times the limit is a flood.
const FLOOD: u64 = 64;
const TICK: Duration = Duration::from_millis(20);
/// How long output is awaited once the command itself has ended; a service that it started may hold the pipe open.
const DRAIN: Duration = Duration::from_millis(50);

/// How much of a clone's storage is used.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Space {
    /// Bytes of changes; for [`Storage::Folder`] what its file system lost meanwhile, whoever wrote it.
    pub used: u64,
    /// The limit in bytes.
    pub limit: u64,
}

impl Space {
    /// Whether (almost) nothing more can be written.
    pub fn is_full(&self) -> bool {
        self.used.saturating_add(64 << 10) >= self.limit
    }
}

pub(crate) fn run(clone: &HostClone, spec: &CommandSpec) -> Result<Outcome, RunError> {
    let program = spec.program();
    if program.is_empty() {
        return Err(RunError::Empty);
    }
    if clone.is_expired() {
        return Err(RunError::Expired {
            program,
            limit: clone.options().limits.time,
        });
    }
    let group = clone.cgroup().for_command(clone.next_number());
    let begun = Instant::now();
    let cpu_before = clone.cgroup().cpu_time();
    let mut child = spawn(clone, spec, group.as_ref())?;
    let watch = Watch {
        clone,
        spec,
        group: group.as_ref(),
        begun,
    };
    let watched = watch.follow(&mut child);
    let (ended, stdout, stderr) = watched.map_err(|source| RunError::Watch { program, source })?;
    let cpu = cpu_before.and_then(|before| clone.cgroup().cpu_time()?.checked_sub(before));
    let (stdout, missing) = stdout.finish();
    let (stderr, missing_too) = stderr.finish();
    Ok(Outcome {
        ended,
        stdout,
        stderr,
        left_out: missing + missing_too,
        cpu,
        wall: begun.elapsed(),
    })
}

fn spawn(
    clone: &HostClone,
    spec: &CommandSpec,
    group: Option<&cgroup::Run>,
) -> Result<Child, RunError> {
    let program = spec.program();
    let start = |source| RunError::Start {
        program: spec.program(),
        source,
    };
    let user = match spec.user.as_deref() {
        None | Some("root") => None,
        Some(name) => {
            let found = clone
                .namespaces()
                .inside(|| User::find(name))
                .map_err(start)?;
            Some(found.ok_or_else(|| RunError::NoUser {
                program: program.clone(),
                user: name.to_owned(),
            })?)
        }
    };
    let mut command = Command::new(&program);
    command
        .args(spec.argv.iter().skip(1))
        .env_clear()
        .env(
            "PATH",
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        )
        .env(
            "HOME",
            user.as_ref().map_or("/root", |user| user.home.as_str()),
        )
        .env("LANG", "C.UTF-8")
        .env("TERM", "dumb")
        .envs(spec.env.iter().map(|(name, value)| (name, value)))
        .stdin(if spec.stdin.is_empty() {
            Stdio::null()
        } else {
            Stdio::piped()
        })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let join = clone.cgroup().entrances(group).map_err(start)?;
    let steps = BeforeExec {
        join: Arc::new(join),
        user: user.map(Arc::new),
        ..BeforeExec::default()
    };
    raw::before_exec(&mut command, steps);
    let confinement = match spec.network {
        Network::Loopback => Confinement {
            own_network: true,
            filter: Filter::inside(),
            keep: capability::INSIDE,
        },
        Network::Host => Confinement {
            own_network: false,
            filter: Filter::with_network(),
            keep: capability::WITH_NETWORK,
        },
    };
    clone
        .namespaces()
        .spawn(&mut command, &confinement)
        .map_err(start)
}

struct Watch<'a> {
    clone: &'a HostClone,
    spec: &'a CommandSpec,
    group: Option<&'a cgroup::Run>,
    begun: Instant,
}

impl Watch<'_> {
    /// Reads and writes until the command has ended or must be ended.
    fn follow(&self, child: &mut Child) -> io::Result<(Ended, Output, Output)> {
        let mut streams = [
            child.stdout.take().map(OwnedFd::from),
            child.stderr.take().map(OwnedFd::from),
        ];
        let mut outputs = [
            Output::new(self.spec.output_limit),
            Output::new(self.spec.output_limit),
        ];
        let mut input = child.stdin.take().map(OwnedFd::from);
        for stream in streams.iter().chain([&input]).flatten() {
            fcntl_setfl(stream, fcntl_getfl(stream)? | OFlags::NONBLOCK)?;
        }
        let mut to_write = self.spec.stdin.as_slice();
        let mut exited: Option<(ExitStatus, Instant)> = None;
        let mut killed = None;
        loop {
            wait(&streams, &input, exited.is_some())?;
            for (stream, output) in streams.iter_mut().zip(&mut outputs) {
                read_some(stream, output)?;
            }
            write_some(&mut input, &mut to_write);
            if exited.is_none() {
                exited = child.try_wait()?.map(|status| (status, Instant::now()));
            }
            if let Some((status, at)) = exited {
                let silent = streams.iter().all(Option::is_none);
                if silent || at.elapsed() > DRAIN {
                    let [stdout, stderr] = outputs;
                    return Ok((killed.unwrap_or_else(|| self.ended(status)), stdout, stderr));
                }
            } else if killed.is_none() {
                killed = self.reason_to_kill(&outputs);
                if killed.is_some() {
                    self.kill(child)?;
                }
            }
        }
    }

    fn reason_to_kill(&self, outputs: &[Output; 2]) -> Option<Ended> {
        if self.begun.elapsed() > self.spec.timeout {
            return Some(Ended::TimedOut);
        }
        let flood = (self.spec.output_limit as u64)
            .saturating_mul(FLOOD)
            .max(1 << 20);
        if outputs.iter().map(Output::seen).sum::<u64>() > flood {
            return Some(Ended::Flooded);
        }
        let watched = matches!(self.clone.options().storage, Storage::Folder { .. });
        (watched && self.clone.space().is_ok_and(|space| space.is_full()))
            .then_some(Ended::StorageFull)
    }

    fn ended(&self, status: ExitStatus) -> Ended {
        match (status.code(), status.signal()) {
            (Some(code), _) => Ended::Exited(code),
            (None, Some(9)) if self.clone.is_expired() => Ended::TimedOut,
            (None, signal) => Ended::Signalled(signal.unwrap_or_default()),
        }
    }

    fn kill(&self, child: &mut Child) -> io::Result<()> {
        if let Some(group) = self.group {
            group.kill();
        }
        // It began a session, so its number is its process group's too.
        if let Some(pid) = i32::try_from(child.id()).ok().and_then(Pid::from_raw) {
            let _ = kill_process_group(pid, Signal::KILL);
        }
        child.kill()
    }
}

/// Waits for something to read or write, a tick at most.
fn wait(streams: &[Option<OwnedFd>; 2], input: &Option<OwnedFd>, exited: bool) -> io::Result<()> {
    let mut polled: Vec<PollFd<'_>> = streams
        .iter()
        .flatten()
        .map(|stream| PollFd::from_borrowed_fd(stream.as_fd(), PollFlags::IN))
        .collect();
    polled.extend(
        input
            .iter()
            .map(|input| PollFd::from_borrowed_fd(input.as_fd(), PollFlags::OUT)),
    );
    // With the pipes closed, the end is near: ask more often.
    let tick = if polled.is_empty() && !exited {
        Duration::from_millis(1)
    } else {
        TICK
    };
    let limit = Timespec {
        tv_sec: 0,
        tv_nsec: i64::from(tick.subsec_nanos()),
    };
    match poll(&mut polled, Some(&limit)) {
        Ok(_) | Err(rustix::io::Errno::INTR) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Reads what is there, a mebibyte at most; closes the stream at its end.
fn read_some(stream: &mut Option<OwnedFd>, output: &mut Output) -> io::Result<()> {
    let mut buffer = [0; 65536];
    for _ in 0..16 {
        let Some(open) = stream else { return Ok(()) };
        match rustix::io::read(&*open, &mut buffer) {
            Ok(0) => *stream = None,
            Ok(count) => output.take(buffer.get(..count).unwrap_or_default()),
            Err(rustix::io::Errno::AGAIN) => return Ok(()),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// Writes what the pipe takes; closes it when all is written or nobody reads.
fn write_some(input: &mut Option<OwnedFd>, rest: &mut &[u8]) {
    let Some(open) = input else { return };
    match rustix::io::write(&*open, rest) {
        Ok(count) => *rest = rest.get(count..).unwrap_or_default(),
        Err(rustix::io::Errno::AGAIN | rustix::io::Errno::INTR) => return,
        Err(_) => *rest = &[],
    }
    if rest.is_empty() {
        *input = None;
    }
}
