//! Builds a clone on a thread of its own, the keeper, which then holds it until it is told to end it or its time is up.

use std::fs;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::process::Child;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};

use rustix::mount::{MountPropagationFlags, mount_change};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use rustix::thread::UnshareFlags;

use crate::cgroup::Cgroup;
use crate::error::{CloneError, Doing as _};
use crate::inside::with_root;
use crate::layout::{Layout, LeftOut};
use crate::options::CloneOptions;
use crate::overlay::{self, Layers, Mounted};
use crate::run_folder::Folder;
use crate::support::Runner;
use crate::{hidden, init, nspawn, raw};

/// All that building needs to know, read from the host beforehand.
pub(crate) struct Plan {
    pub id: String,
    pub options: CloneOptions,
    pub runner: Runner,
    pub layout: Layout,
    pub cgroup: Arc<Cgroup>,
    /// Through these files a process joins the cgroups; opened while the host's files are in sight.
    pub entrances: Arc<Vec<OwnedFd>>,
    /// The folder for changes, when they are not in memory.
    pub changes: Option<PathBuf>,
    pub folders: Vec<Folder>,
    pub sockets: Vec<PathBuf>,
    pub host_name: String,
}

/// A clone that stands.
pub(crate) struct Built {
    /// The first process, as the host numbers it.
    pub leader: u32,
    pub layers: Vec<Layers>,
    pub hidden: Vec<LeftOut>,
}

/// What the keeper thread does: build, hand over, wait, end.
pub(crate) fn keep(
    plan: &Plan,
    ready: &SyncSender<Result<Built, CloneError>>,
    stop: &Receiver<()>,
    expired: &AtomicBool,
) {
    let (built, mut first) = match build(plan) {
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

fn build(plan: &Plan) -> Result<(Built, Child), CloneError> {
    raw::unshare(UnshareFlags::FS).map_err(CloneError::NoNamespaces)?;
    raw::unshare(UnshareFlags::NEWNS).map_err(CloneError::NoNamespaces)?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).doing(|| "make the mounts private".to_owned())?;
    let Mounted { root, layers } =
        overlay::mount_all(&plan.layout, &plan.options.storage, plan.changes.as_deref())?;
    let hidden = with_root(&root, || {
        let mut hidden = hidden::remove_sockets(&plan.sockets);
        hidden.extend(hidden::mask(&plan.options.mask)?);
        hidden.push(hidden::empty_own_data(plan.options.storage.bytes())?);
        Ok(hidden)
    })?;
    let (first, leader) = match plan.runner {
        Runner::Own => {
            let own = UnshareFlags::NEWNET | UnshareFlags::NEWUTS | UnshareFlags::NEWIPC;
            raw::unshare(own).map_err(CloneError::NoNamespaces)?;
            let first = init::start(plan, &root)?;
            let leader = first.id();
            (first, leader)
        }
        Runner::Systemd => nspawn::start(plan, &root)?,
    };
    let built = Built {
        leader,
        layers,
        hidden,
    };
    Ok((built, first))
}

/// The machine's host name.
pub(crate) fn host_name() -> String {
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let plain: String = name
        .trim()
        .chars()
        .filter(|letter| letter.is_ascii_alphanumeric() || "-.".contains(*letter))
        .collect();
    if plain.is_empty() {
        "clone".to_owned()
    } else {
        plain
    }
}
