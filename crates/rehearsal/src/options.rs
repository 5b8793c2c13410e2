//! What the caller decides about a clone.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What to clone, and within which limits.
#[derive(Clone, Debug)]
pub struct CloneOptions {
    /// The root directory: `/` for this machine, or any directory that holds an installed system.
    pub root: PathBuf,
    /// Where leases lie, by which [`sweep`](crate::sweep) finds what a killed process left behind.
    pub state: PathBuf,
    /// Where the changed files go.
    pub storage: Storage,
    /// Bounds on what runs inside.
    pub limits: Limits,
    /// Paths as seen inside the root that are not cloned (huge data): an empty directory is there instead.
    pub exclude: Vec<PathBuf>,
    /// Paths as seen inside the root whose content is hidden, beside the default ones: secrets, our own data.
    pub mask: Vec<PathBuf>,
    /// Which program is the clone's first process.
    pub runner: RunnerChoice,
    /// Addresses on the clone's loopback, so that services which listen on fixed ones can start. `None` takes this
    /// machine's own for the root `/`, none for another root.
    pub addresses: Option<Vec<IpAddr>>,
}

/// Where a clone keeps what is written in it.
#[derive(Clone, Debug)]
pub enum Storage {
    /// On a tmpfs of at most `bytes`; it counts as the clone's memory while it is filled.
    Memory {
        /// Limit in bytes.
        bytes: u64,
    },
    /// In a new folder below `folder`. The limit is watched, not enforced by the kernel: the command that exceeds it
    /// is stopped within about a tenth of a second.
    Folder {
        /// An existing folder on a file system that can be an upper layer (ext4, xfs, btrfs, tmpfs).
        folder: PathBuf,
        /// Limit in bytes.
        bytes: u64,
    },
}

/// Bounds on what runs in a clone. Memory, CPU and processes are held by a cgroup where there is one; otherwise
/// [`HostClone::notes`](crate::HostClone::notes) says that they are not held.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Memory of the processes in bytes, without what is written to [`Storage::Memory`].
    pub memory: u64,
    /// CPUs, e.g. 1.5.
    pub cpus: f64,
    /// Processes and threads at once.
    pub processes: u64,
    /// Life of the clone; all processes in it are killed afterwards.
    pub time: Duration,
}

/// Which program is the clone's first process.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RunnerChoice {
    /// systemd through systemd-nspawn where that is installed and the host runs systemd, else our own.
    #[default]
    Auto,
    /// systemd through systemd-nspawn, also where the host itself runs without systemd.
    Systemd,
    /// Our own, without systemd.
    Own,
}

impl CloneOptions {
    /// A clone of `root` with the default limits: 1 GiB of changes, 2 GiB of memory, all CPUs, 4096 processes, an hour.
    pub fn of(root: impl AsRef<Path>) -> Self {
        Self {
            root: root.as_ref().to_path_buf(),
            state: PathBuf::from("/run/patchward/clones"),
            storage: Storage::Memory { bytes: GIB },
            limits: Limits::default(),
            exclude: Vec::new(),
            mask: Vec::new(),
            runner: RunnerChoice::default(),
            addresses: None,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            memory: 2048 * MIB,
            cpus: u32::try_from(cpus).map_or(1.0, f64::from),
            processes: 4096,
            time: Duration::from_secs(3600),
        }
    }
}

impl Storage {
    /// The limit in bytes.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Memory { bytes } | Self::Folder { bytes, .. } => *bytes,
        }
    }
}
