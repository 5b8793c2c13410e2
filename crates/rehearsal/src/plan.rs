//! What is read from the host, and taken for a clone, before it is built.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::cgroup::{self, Cgroup};
use crate::cleaning::remove_tree;
use crate::error::{CloneError, Doing as _};
use crate::layout::Layout;
use crate::lease::{self, Lease};
use crate::options::{CloneOptions, RunnerChoice, Storage};
use crate::run_folder::{self, Folder};
use crate::support::Runner;
use crate::{hidden, mountinfo, nspawn};

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

impl Plan {
    /// Takes a lease and makes the cgroups; when anything fails, neither stays.
    pub fn make(options: &CloneOptions) -> Result<(Self, Lease), CloneError> {
        let lease = take_lease(options)?;
        let cgroup = Arc::new(Cgroup::create(
            &lease.content.id,
            &options.limits,
            &options.storage,
        ));
        match read_host(options, &lease, &cgroup) {
            Ok(plan) => Ok((plan, lease)),
            Err(error) => {
                // The error that is told is the first one.
                let _ = clean_up(&cgroup, lease);
                Err(error)
            }
        }
    }
}

/// Removes what does not end with the namespaces, and the lease when all of it is gone.
pub(crate) fn clean_up(cgroup: &Cgroup, lease: Lease) -> io::Result<()> {
    let paths = cgroup.paths();
    for path in &paths {
        cgroup::kill_all(path);
    }
    cgroup::remove_all(&paths)?;
    if let Some(changes) = &lease.content.changes {
        remove_tree(changes)?;
    }
    lease.end()
}

fn take_lease(options: &CloneOptions) -> Result<Lease, CloneError> {
    let id = lease::new_id();
    let changes = match &options.storage {
        Storage::Memory { .. } => None,
        Storage::Folder { folder, .. } => Some(
            fs::canonicalize(folder)
                .doing(|| format!("find {}", folder.display()))?
                .join(&id),
        ),
    };
    let content = lease::Content {
        cgroups: cgroup::paths_for(&id),
        changes,
        id,
    };
    Lease::take(&options.state, content)
}

fn read_host(
    options: &CloneOptions,
    lease: &Lease,
    cgroup: &Arc<Cgroup>,
) -> Result<Plan, CloneError> {
    let mounts = mountinfo::of_thread().doing(|| "read the mounts".to_owned())?;
    if let Some(folder) = &lease.content.changes {
        fs::create_dir_all(folder).doing(|| format!("create {}", folder.display()))?;
    }
    let entrances = cgroup
        .entrances(None)
        .doing(|| "open the clone's cgroups".to_owned())?;
    Ok(Plan {
        layout: Layout::plan(&mounts, &options.root, &options.exclude, &|path| {
            path.is_dir()
        }),
        runner: runner_for(options),
        cgroup: Arc::clone(cgroup),
        entrances: Arc::new(entrances),
        changes: lease.content.changes.clone(),
        folders: run_folder::folders(&options.root.join("run")),
        sockets: hidden::host_sockets(&options.root),
        host_name: host_name(),
        options: options.clone(),
        id: lease.content.id.clone(),
    })
}

fn runner_for(options: &CloneOptions) -> Runner {
    let is_machine = options.root == Path::new("/");
    let possible = nspawn::program().is_some() && nspawn::has_systemd(&options.root);
    match options.runner {
        RunnerChoice::Own => Runner::Own,
        RunnerChoice::Systemd => Runner::Systemd,
        // A machine that runs without systemd is rehearsed without it.
        RunnerChoice::Auto
            if possible && (!is_machine || Path::new("/run/systemd/system").is_dir()) =>
        {
            Runner::Systemd
        }
        RunnerChoice::Auto => Runner::Own,
    }
}

/// The machine's host name.
fn host_name() -> String {
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
