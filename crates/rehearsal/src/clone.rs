//! A clone of a host: made, used, thrown away.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::blast_radius::{self, BlastRadius, Mark};
use crate::build::Built;
use crate::cgroup::Cgroup;
use crate::command::{CommandSpec, Outcome};
use crate::error::{CloneError, Doing as _, RunError};
use crate::host_state::{Difference, HostState};
use crate::inside::{self, Namespaces};
use crate::keeper::Keeper;
use crate::layout::LeftOut;
use crate::lease::Lease;
use crate::options::{CloneOptions, Storage};
use crate::overlay::open_directory;
use crate::package_database::Stamps;
use crate::plan::{Plan, clean_up};
use crate::run::{self, Space};
use crate::services::{self, ServiceReport};
use crate::support::Runner;
use crate::{loopback, resolver};

/// A killed process is waited for so long.
const LAST_BREATH: Duration = Duration::from_secs(5);

/// A copy-on-write clone of a root directory, with processes of its own. See the crate's documentation.
///
/// It ends with [`discard`](Self::discard), when it is dropped, when its time limit has passed, or with this process.
pub struct HostClone {
    options: CloneOptions,
    runner: Runner,
    built: Built,
    handles: Handles,
    cgroup: Arc<Cgroup>,
    left_out: Vec<LeftOut>,
    notes: Vec<String>,
    packages: Stamps,
    host: HostState,
    /// What we ourselves changed in it: sockets removed, the resolver's file.
    prepared: Mark,
    free_at_start: u64,
    took: Duration,
    commands: AtomicU64,
    expired: Arc<AtomicBool>,
    /// Gone once the clone was discarded.
    keeper: Option<Keeper>,
    lease: Option<Lease>,
}

/// Ways into a standing clone, held open.
struct Handles {
    root: OwnedFd,
    namespaces: Namespaces,
    /// The number of its pid namespace.
    processes: u64,
}

impl Handles {
    fn open(leader: u32) -> Result<Self, CloneError> {
        let root = Path::new("/proc").join(leader.to_string()).join("root");
        Ok(Self {
            root: open_directory(&root).doing(|| "open the clone's root".to_owned())?,
            namespaces: Namespaces::of(leader)
                .doing(|| "open the clone's namespaces".to_owned())?,
            processes: namespace_of(leader).ok_or(CloneError::Lost)?,
        })
    }
}

/// What discarding did.
#[derive(Clone, Debug)]
pub struct Discarded {
    /// Time it took.
    pub took: Duration,
    /// Device nodes, sysctls and kernel modules of the host that are not as they were before the clone was made. Whoever changed them,
    /// this must be told.
    pub host_differences: Vec<Difference>,
    /// The most memory that the clone used in bytes, with what it wrote to memory, where cgroups tell.
    pub memory_peak: Option<u64>,
}

impl HostClone {
    /// Makes a clone.
    ///
    /// # Errors
    /// When this machine or this root cannot be cloned; [`CloneError::advice`] says what to do instead. Nothing stays
    /// behind then.
    pub fn create(options: &CloneOptions) -> Result<Self, CloneError> {
        let begun = Instant::now();
        if !rustix::process::geteuid().is_root() {
            return Err(CloneError::NotRoot);
        }
        let root = fs::canonicalize(&options.root)
            .ok()
            .filter(|root| root.is_dir());
        let root = root.ok_or_else(|| CloneError::NotADirectory {
            path: options.root.clone(),
        })?;
        let options = CloneOptions {
            root,
            ..options.clone()
        };
        let host = HostState::take_quickly().doing(|| "look at the host".to_owned())?;
        let packages = Stamps::of(&options.root);
        let (plan, lease) = Plan::make(&options)?;
        let free_at_start = free_bytes(&options.storage);
        let cgroup = Arc::clone(&plan.cgroup);
        let runner = plan.runner;
        let mut left_out = plan.layout.left_out.clone();
        let mut notes = plan.cgroup.notes().to_vec();
        let expired = Arc::new(AtomicBool::new(false));
        let (built, keeper) = match Keeper::start(plan, &expired) {
            Ok(done) => done,
            Err(error) => {
                // What the failed start left is cleaned up here; the error that is told is the first one.
                let _ = clean_up(&cgroup, lease);
                return Err(error);
            }
        };
        let handles = match Handles::open(built.leader) {
            Ok(handles) => handles,
            Err(error) => {
                keeper.end();
                let _ = clean_up(&cgroup, lease);
                return Err(error);
            }
        };
        left_out.extend(built.hidden.iter().cloned());
        if crate::seccomp::Filter::inside().is_none() {
            notes
                .push("no system call filter: this processor architecture is not known".to_owned());
        }
        let mut clone = Self {
            handles,
            options,
            runner,
            built,
            cgroup,
            left_out,
            notes,
            packages,
            host,
            prepared: Mark::default(),
            free_at_start,
            took: begun.elapsed(),
            commands: AtomicU64::new(0),
            expired,
            keeper: Some(keeper),
            lease: Some(lease),
        };
        clone.bring_network_up()?;
        clone.write_resolver()?;
        clone.prepared = clone.mark().doing(|| "read what was prepared".to_owned())?;
        clone.took = begun.elapsed();
        Ok(clone)
    }

    /// Makes two clones of the same instant: a control, and one to be patched.
    ///
    /// # Errors
    /// As [`create`](Self::create).
    pub fn pair(options: &CloneOptions) -> Result<(Self, Self), CloneError> {
        Ok((Self::create(options)?, Self::create(options)?))
    }

    /// Runs a command and waits for it.
    ///
    /// # Errors
    /// When it could not be started or watched. A command that fails, or is killed, is an [`Outcome`].
    pub fn run(&self, spec: &CommandSpec) -> Result<Outcome, RunError> {
        run::run(self, spec)
    }

    /// Starts the host's services, or waits until systemd has; each gets at most `limit`.
    ///
    /// # Errors
    /// When the commands for it could not be run at all. A service that fails is in the report.
    pub fn start_services(&self, limit: Duration) -> Result<ServiceReport, RunError> {
        services::start(self, limit)
    }

    /// Does `work` on a thread inside the clone's network, with the host's files: for clients of services inside.
    ///
    /// # Errors
    /// When the thread could not be made or moved.
    pub fn in_network<T: Send>(&self, work: impl FnOnce() -> T + Send) -> io::Result<T> {
        inside::on_thread(|| {
            self.handles.namespaces.enter_network()?;
            Ok(work())
        })
    }

    /// The clone's network namespace, for setns(2).
    pub fn network_namespace(&self) -> &OwnedFd {
        self.handles.namespaces.network()
    }

    /// The clone's root directory as processes outside see it; valid while this value lives.
    ///
    /// It is a magic link: open it, or paths below it, but do not canonicalise it (that gives `/`, the host's root). Links
    /// below it that begin with `/` lead into the host's files unless they are resolved against it.
    pub fn root(&self) -> PathBuf {
        PathBuf::from(format!(
            "/proc/{}/fd/{}",
            std::process::id(),
            self.handles.root.as_raw_fd()
        ))
    }

    /// The clone's `/proc` as processes outside see it.
    pub fn proc(&self) -> PathBuf {
        self.root().join("proc")
    }

    /// The number that the host gives to the clone's first process.
    pub fn first_process(&self) -> u32 {
        self.built.leader
    }

    /// The processes in the clone, as the host numbers them.
    pub fn processes(&self) -> Vec<u32> {
        let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers
            .filter(|pid| namespace_of(*pid) == Some(self.handles.processes))
            .collect()
    }

    /// What the clone has changed until now, to be left out by a later [`blast_radius`](Self::blast_radius).
    ///
    /// # Errors
    /// When the changes cannot be read.
    pub fn mark(&self) -> io::Result<Mark> {
        blast_radius::mark(&self.built.layers)
    }

    /// The mark of the clone as it was made: what we prepared in it is no change.
    pub fn first_mark(&self) -> &Mark {
        &self.prepared
    }

    /// What changed since `mark`, grouped by what `owner` says of a path: the package that owns it, if one does.
    ///
    /// # Errors
    /// When the changes cannot be read.
    pub fn blast_radius(
        &self,
        mark: &Mark,
        owner: &dyn Fn(&Path) -> Option<String>,
    ) -> io::Result<BlastRadius> {
        blast_radius::since(&self.built.layers, mark, owner)
    }

    /// How much of the storage is used.
    ///
    /// # Errors
    /// When the file system cannot be asked.
    pub fn space(&self) -> io::Result<Space> {
        let limit = self.options.storage.bytes();
        let used = match &self.options.storage {
            Storage::Folder { .. } => self
                .free_at_start
                .saturating_sub(free_bytes(&self.options.storage)),
            Storage::Memory { .. } => match self.built.layers.first() {
                Some(layers) => {
                    let data = rustix::fs::fstatvfs(&layers.upper)?;
                    data.f_blocks
                        .saturating_sub(data.f_bfree)
                        .saturating_mul(data.f_frsize)
                }
                None => 0,
            },
        };
        Ok(Space { used, limit })
    }

    /// CPU time that all of the clone has used, where cgroups tell.
    pub fn cpu_time(&self) -> Option<Duration> {
        self.cgroup.cpu_time()
    }

    /// The most memory that the clone has used in bytes, with what it wrote to memory, where cgroups tell.
    pub fn memory_peak(&self) -> Option<u64> {
        self.cgroup.memory_peak()
    }

    /// The host's package databases that were written since the clone was made: its lower layer is then not of one instant.
    pub fn host_changes(&self) -> Vec<PathBuf> {
        self.packages.changed(&Stamps::of(&self.options.root))
    }

    /// What of the host is not in the clone, and why.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// What does not hold here, as sentences: limits that the machine cannot enforce, addresses it refused.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Which program is the first process.
    pub fn runner(&self) -> Runner {
        self.runner
    }

    /// How long making it took.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// Kills everything in the clone and removes every trace of it.
    ///
    /// # Errors
    /// When something could not be removed; it stays listed for [`sweep`](crate::sweep).
    pub fn discard(mut self) -> io::Result<Discarded> {
        self.end()
    }

    fn end(&mut self) -> io::Result<Discarded> {
        let begun = Instant::now();
        let memory_peak = self.cgroup.memory_peak();
        if let Some(keeper) = self.keeper.take() {
            keeper.end();
        }
        if let Some(lease) = self.lease.take() {
            clean_up(&self.cgroup, lease)?;
        }
        wait_until_gone(self.first_process());
        let now = HostState::take_quickly()?;
        Ok(Discarded {
            host_differences: self.host.compare(&now),
            took: begun.elapsed(),
            memory_peak,
        })
    }

    fn bring_network_up(&mut self) -> Result<(), CloneError> {
        let addresses = match &self.options.addresses {
            Some(given) => given.clone(),
            None if self.options.root == Path::new("/") => loopback::of_machine(),
            None => Vec::new(),
        };
        let refused = self.in_network(|| loopback::bring_up(&addresses)).flatten();
        let refused = refused.doing(|| "bring the clone's loopback up".to_owned())?;
        let told = refused
            .iter()
            .map(|address| format!("address {address} could not be added"));
        self.notes.extend(told);
        Ok(())
    }

    fn write_resolver(&self) -> Result<(), CloneError> {
        let Some(content) = resolver::of_machine() else {
            return Ok(());
        };
        let written = self.handles.namespaces.inside(|| resolver::write(&content));
        written.doing(|| "write the clone's resolv.conf".to_owned())
    }

    pub(crate) fn options(&self) -> &CloneOptions {
        &self.options
    }

    pub(crate) fn namespaces(&self) -> &Namespaces {
        &self.handles.namespaces
    }

    pub(crate) fn cgroup(&self) -> &Cgroup {
        &self.cgroup
    }

    pub(crate) fn is_expired(&self) -> bool {
        self.expired.load(Ordering::SeqCst)
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.commands.fetch_add(1, Ordering::Relaxed)
    }
}

impl Drop for HostClone {
    fn drop(&mut self) {
        // `discard` tells of failures; what fails here is left to the next sweep.
        let _ = self.end();
    }
}

fn free_bytes(storage: &Storage) -> u64 {
    match storage {
        Storage::Memory { .. } => 0,
        Storage::Folder { folder, .. } => {
            rustix::fs::statvfs(folder).map_or(0, |data| data.f_bfree.saturating_mul(data.f_frsize))
        }
    }
}

fn namespace_of(pid: u32) -> Option<u64> {
    Some(fs::metadata(format!("/proc/{pid}/ns/pid")).ok()?.ino())
}

/// Waits for a process that was killed: the kernel takes its namespaces down after the kill has returned.
fn wait_until_gone(process: u32) {
    let begun = Instant::now();
    let path = PathBuf::from(format!("/proc/{process}"));
    while path.exists() && begun.elapsed() < LAST_BREATH {
        std::thread::sleep(Duration::from_millis(2));
    }
}
