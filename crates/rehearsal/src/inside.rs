//! Threads and processes inside a clone: a thread joins the clone's namespaces, does one thing, and ends.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::path::Path;
use std::process::{Child, Command};

use rustix::process::{chdir, chroot};
use rustix::thread::{CapabilitySet, LinkNameSpaceType, UnshareFlags, move_into_link_name_space};

use crate::capability;
use crate::error::{CloneError, Doing as _};
use crate::raw;
use crate::seccomp::Filter;

/// The namespaces of a clone, held open.
pub(crate) struct Namespaces {
    network: OwnedFd,
    /// All others; the mount namespace last, because entering it changes what `/proc` is.
    others: Vec<(LinkNameSpaceType, OwnedFd)>,
}

const OTHERS: [(&str, LinkNameSpaceType); 5] = [
    ("cgroup", LinkNameSpaceType::ControlGroup),
    ("ipc", LinkNameSpaceType::InterProcessCommunication),
    ("uts", LinkNameSpaceType::HostNameAndNISDomainName),
    ("pid", LinkNameSpaceType::ProcessID),
    ("mnt", LinkNameSpaceType::Mount),
];

impl Namespaces {
    /// Those of the process that is first in the clone.
    pub fn of(process: u32) -> io::Result<Self> {
        let open = |name: &str| File::open(format!("/proc/{process}/ns/{name}")).map(OwnedFd::from);
        let mut others = Vec::new();
        for (name, kind) in OTHERS {
            others.push((kind, open(name)?));
        }
        Ok(Self {
            network: open("net")?,
            others,
        })
    }

    /// The network namespace.
    pub fn network(&self) -> &OwnedFd {
        &self.network
    }

    /// Moves the calling thread in. Its root and working directory become the clone's.
    fn enter(&self, with_network: bool) -> io::Result<()> {
        raw::unshare(UnshareFlags::FS)?;
        if with_network {
            self.enter_network()?;
        }
        for (kind, namespace) in &self.others {
            move_into_link_name_space(namespace.as_fd(), Some(*kind))?;
        }
        Ok(chdir("/")?)
    }

    /// Moves the calling thread into the network namespace only.
    pub fn enter_network(&self) -> io::Result<()> {
        Ok(move_into_link_name_space(
            self.network.as_fd(),
            Some(LinkNameSpaceType::Network),
        )?)
    }

    /// Does `work` on a thread inside the clone, with all of root's rights.
    pub fn inside<T: Send>(&self, work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
        on_thread(|| {
            self.enter(true)?;
            work()
        })
    }

    /// Starts a program inside the clone, confined.
    pub fn spawn(&self, command: &mut Command, confinement: &Confinement) -> io::Result<Child> {
        on_thread(|| {
            self.enter(confinement.own_network)?;
            // The filter first: installing it needs a capability that is dropped afterwards.
            if let Some(filter) = &confinement.filter {
                raw::install(filter)?;
            }
            capability::keep_only(confinement.keep)?;
            command.spawn()
        })
    }
}

/// What a program inside may do.
pub(crate) struct Confinement {
    /// The clone's network namespace, else the host's.
    pub own_network: bool,
    pub filter: Option<Filter>,
    pub keep: CapabilitySet,
}

/// Does `work` on a new thread: what it changes of itself ends with it.
pub(crate) fn on_thread<T: Send>(work: impl FnOnce() -> io::Result<T> + Send) -> io::Result<T> {
    std::thread::scope(|scope| {
        scope
            .spawn(work)
            .join()
            .unwrap_or_else(|_| Err(io::Error::other("the thread in the clone ended by a panic")))
    })
}

/// Does `work` on a thread of the same namespaces whose root is `root`, so that links in it lead nowhere else.
pub(crate) fn with_root<T: Send>(
    root: &Path,
    work: impl FnOnce() -> Result<T, CloneError> + Send,
) -> Result<T, CloneError> {
    on_thread(|| {
        raw::unshare(UnshareFlags::FS)?;
        chroot(root)?;
        chdir("/")?;
        Ok(work())
    })
    .doing(|| format!("enter {}", root.display()))?
}
