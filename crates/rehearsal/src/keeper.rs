//! The thread that builds a clone and then holds it: the mount namespace is its own, and systemd-nspawn ends with it.

use std::os::fd::OwnedFd;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

use crate::build::{self, Built};
use crate::error::{CloneError, Doing as _};
use crate::plan::Plan;

/// Holds a clone until it is told to end it or its time is up.
pub(crate) struct Keeper {
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

impl Keeper {
    /// Builds the clone; returns when it stands.
    pub fn start(plan: Plan, expired: &Arc<AtomicBool>) -> Result<(Built, Self), CloneError> {
        let (ready, built) = sync_channel(1);
        let (stop, stopped) = channel();
        let expired = Arc::clone(expired);
        let thread = std::thread::Builder::new()
            .name("clone".to_owned())
            .spawn(move || keep(&plan, &ready, &stopped, &expired))
            .doing(|| "start a thread for the clone".to_owned())?;
        match built.recv() {
            Ok(Ok(built)) => Ok((built, Self { stop, thread })),
            Ok(Err(error)) => {
                let _ = thread.join();
                Err(error)
            }
            Err(_) => Err(CloneError::Lost),
        }
    }

    /// Ends the clone's processes.
    pub fn end(self) {
        // It waits for this, whether the clone's time is up or not; only a panic of its own could have ended it.
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

/// What the keeper thread does: build, hand over, wait, end.
fn keep(
    plan: &Plan,
    ready: &SyncSender<Result<Built, CloneError>>,
    stop: &Receiver<()>,
    expired: &AtomicBool,
) {
    let (built, mut first) = match build::build(plan) {
        Ok(done) => done,
        Err(error) => {
            // The other side waits for exactly this.
            let _ = ready.send(Err(error));
            return;
        }
    };
    // Kernels before 5.3 have no such descriptors; there the cgroup's end is the clone's.
    let leader = i32::try_from(built.leader).ok().and_then(Pid::from_raw);
    let leader = leader.and_then(|leader| pidfd_open(leader, PidfdFlags::empty()).ok());
    if ready.send(Ok(built)).is_ok()
        && stop.recv_timeout(plan.options.limits.time) == Err(RecvTimeoutError::Timeout)
    {
        expired.store(true, Ordering::SeqCst);
        end(&mut first, leader.as_ref());
        // Not waited for until the clone is discarded: its number then stays its own.
        let _ = stop.recv();
    }
    end(&mut first, leader.as_ref());
    let _ = first.wait();
}

/// Ends the clone's first process, and everything in the clone with it. `first` is that process, or systemd-nspawn,
/// whose child it is.
fn end(first: &mut Child, leader: Option<&OwnedFd>) {
    drop(first.stdin.take());
    if let Some(leader) = leader {
        // Through the descriptor the signal meets this process or none, never a later one with its number.
        let _ = pidfd_send_signal(leader, Signal::KILL);
    }
    let _ = first.kill();
}
