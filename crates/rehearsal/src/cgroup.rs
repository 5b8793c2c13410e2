//! The control groups of one clone: limits, CPU time, and the certain way to kill all of it. Version 2 where its
//! controllers are, version 1 beside it or instead (cgroups(7)).

mod hierarchy;

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{Mode, OFlags};
use rustix::process::{Pid, Signal, kill_process};

use crate::options::{Limits, Storage};
use hierarchy::Hierarchy;

/// Cgroups may take a moment to be empty after their processes were killed.
const PATIENCE: Duration = Duration::from_secs(5);
const MAX_GROUPS: usize = 10_000;
/// The period over which CPU time is shared out, in microseconds (the kernel's default).
const PERIOD: u64 = 100_000;

/// One cgroup per hierarchy of the machine.
pub(crate) struct Cgroup {
    places: Vec<Place>,
    notes: Vec<String>,
}

struct Place {
    hierarchy: Hierarchy,
    path: PathBuf,
}

/// The paths of a clone's cgroups, one per hierarchy that the machine has: known before they are made.
pub(crate) fn paths_for(id: &str) -> Vec<PathBuf> {
    hierarchy::of_machine()
        .into_iter()
        .map(|hierarchy| hierarchy.parent.join(id))
        .collect()
}

impl Cgroup {
    /// Makes the cgroups and sets the limits. What cannot be limited is told by [`notes`](Self::notes).
    pub fn create(id: &str, limits: &Limits, storage: &Storage) -> Self {
        let mut group = Self {
            places: Vec::new(),
            notes: Vec::new(),
        };
        for hierarchy in hierarchy::of_machine() {
            let path = hierarchy.parent.join(id);
            match fs::create_dir(&path) {
                Ok(()) => group.places.push(Place { hierarchy, path }),
                Err(error) => group
                    .notes
                    .push(format!("no cgroup at {}: {error}", path.display())),
            }
        }
        // Files on a tmpfs count as memory of who writes them.
        let storage = match storage {
            Storage::Memory { bytes } => *bytes,
            Storage::Folder { .. } => 0,
        };
        group.limit_memory(limits.memory.saturating_add(storage));
        group.limit_cpu(limits.cpus);
        let processes = limits.processes.to_string();
        group.set(
            "pids",
            "processes are",
            &[("pids.max", &processes)],
            &[("pids.max", &processes)],
        );
        group.limit_devices();
        group
    }

    fn limit_memory(&mut self, bytes: u64) {
        let bytes = bytes.to_string();
        let v2 = [("memory.max", bytes.as_str()), ("memory.swap.max", "0")];
        let v1 = [
            ("memory.limit_in_bytes", bytes.as_str()),
            ("memory.memsw.limit_in_bytes", &bytes),
        ];
        self.set("memory", "memory is", &v2, &v1);
    }

    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of CPUs, held between a hundredth and ten thousand"
    )]
    fn limit_cpu(&mut self, cpus: f64) {
        let quota = (cpus.clamp(0.01, 10_000.0) * 100_000.0) as u64;
        let both = format!("{quota} {PERIOD}");
        let quota = quota.to_string();
        let period = PERIOD.to_string();
        let v1 = [
            ("cpu.cfs_period_us", period.as_str()),
            ("cpu.cfs_quota_us", quota.as_str()),
        ];
        self.set("cpu", "CPU time is", &[("cpu.max", &both)], &v1);
    }

    /// Writes the files of a controller's limit: the first must succeed for the limit to hold.
    fn set(&mut self, controller: &str, what: &str, v2: &[(&str, &str)], v1: &[(&str, &str)]) {
        let held = self.places.iter().any(|place| {
            if !place.has(controller) {
                return false;
            }
            let files = if place.hierarchy.unified { v2 } else { v1 };
            let mut results = files
                .iter()
                .map(|(name, value)| fs::write(place.path.join(name), value));
            let first = results.next().is_some_and(|result| result.is_ok());
            first && results.all(|result| result.is_ok() || controller == "memory")
        });
        if !held {
            self.notes.push(format!(
                "{what} not limited: no cgroup controller `{controller}` can be used here"
            ));
        }
    }

    /// Version 1 can refuse devices by number; elsewhere the missing `CAP_MKNOD` and `nodev` mounts do it alone.
    fn limit_devices(&self) {
        let Some(place) = self
            .places
            .iter()
            .find(|place| !place.hierarchy.unified && place.has("devices"))
        else {
            return;
        };
        // Without the first, the list below would add nothing: then the other fences stand alone.
        if fs::write(place.path.join("devices.deny"), "a").is_ok() {
            for allowed in [
                "1:3", "1:5", "1:7", "1:8", "1:9", "5:0", "5:1", "5:2", "136:*", "10:200",
            ] {
                let _ = fs::write(place.path.join("devices.allow"), format!("c {allowed} rwm"));
            }
        }
    }

    /// Which limits do not hold, as sentences.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The `cgroup.procs` files through which a process joins; in the hierarchy that can kill, those of `child`.
    pub fn entrances(&self, child: Option<&Run>) -> io::Result<Vec<OwnedFd>> {
        self.places
            .iter()
            .map(|place| {
                let folder = match child {
                    Some(run) if run.path.starts_with(&place.path) => &run.path,
                    _ => &place.path,
                };
                let flags = OFlags::WRONLY | OFlags::CLOEXEC;
                Ok(rustix::fs::open(
                    folder.join("cgroup.procs"),
                    flags,
                    Mode::empty(),
                )?)
            })
            .collect()
    }

    /// A cgroup for one command, so that it can be killed with all that it started.
    pub fn for_command(&self, number: u64) -> Option<Run> {
        let place = self.killing_place()?;
        let path = place.path.join(format!("command-{number}"));
        fs::create_dir(&path).ok()?;
        Some(Run { path })
    }

    fn killing_place(&self) -> Option<&Place> {
        let unified = self.places.iter().find(|place| place.hierarchy.unified);
        unified.or_else(|| {
            ["pids", "freezer", "memory"]
                .iter()
                .find_map(|name| self.places.iter().find(|place| place.has(name)))
        })
    }

    /// CPU time used by all of the clone so far.
    pub fn cpu_time(&self) -> Option<Duration> {
        self.places.iter().find_map(|place| {
            if place.has("cpuacct") {
                let text = fs::read_to_string(place.path.join("cpuacct.usage")).ok()?;
                return Some(Duration::from_nanos(text.trim().parse().ok()?));
            }
            let text = fs::read_to_string(place.path.join("cpu.stat"))
                .ok()
                .filter(|_| place.hierarchy.unified)?;
            let value = text
                .lines()
                .find_map(|line| line.strip_prefix("usage_usec "))?;
            Some(Duration::from_micros(value.trim().parse().ok()?))
        })
    }

    /// The most memory that the clone has used, in bytes, with what it wrote to memory.
    pub fn memory_peak(&self) -> Option<u64> {
        self.places
            .iter()
            .filter(|place| place.has("memory"))
            .find_map(|place| {
                let name = if place.hierarchy.unified {
                    "memory.peak"
                } else {
                    "memory.max_usage_in_bytes"
                };
                fs::read_to_string(place.path.join(name))
                    .ok()?
                    .trim()
                    .parse()
                    .ok()
            })
    }

    /// Where they lie.
    pub fn paths(&self) -> Vec<PathBuf> {
        self.places.iter().map(|place| place.path.clone()).collect()
    }
}

impl Place {
    fn has(&self, controller: &str) -> bool {
        self.hierarchy
            .controllers
            .iter()
            .any(|name| name == controller)
    }
}

/// The cgroup of one command.
pub(crate) struct Run {
    path: PathBuf,
}

impl Run {
    /// Kills the command with all that it started, however it detached itself.
    pub fn kill(&self) {
        kill_all(&self.path);
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Services that the command started live on in it; the clone's end removes it.
        let _ = fs::remove_dir(&self.path);
    }
}

/// Kills every process in a cgroup and below; returns how many there were.
pub(crate) fn kill_all(path: &Path) -> usize {
    let count = processes(path).len();
    if count > 0 && fs::write(path.join("cgroup.kill"), "1").is_ok() {
        return count;
    }
    let begun = Instant::now();
    // A process may fork while the list is read, so it is read until it is empty.
    while begun.elapsed() < PATIENCE {
        let alive = processes(path);
        if alive.is_empty() {
            break;
        }
        for pid in alive {
            let _ = kill_process(pid, Signal::KILL);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
    count
}

fn processes(path: &Path) -> Vec<Pid> {
    groups_below(path)
        .iter()
        .filter_map(|group| fs::read_to_string(group.join("cgroup.procs")).ok())
        .flat_map(|text| {
            text.lines()
                .filter_map(|line| line.parse().ok())
                .collect::<Vec<i32>>()
        })
        .filter_map(Pid::from_raw)
        .collect()
}

/// Removes cgroups with all below them, waiting for their processes to be gone.
pub(crate) fn remove_all(paths: &[PathBuf]) -> io::Result<()> {
    let begun = Instant::now();
    for path in paths {
        loop {
            let failed = groups_below(path)
                .into_iter()
                .rev()
                .find_map(|group| fs::remove_dir(group).err());
            match failed {
                None => break,
                Some(error) if error.kind() == io::ErrorKind::NotFound => break,
                Some(error) if begun.elapsed() > PATIENCE => return Err(error),
                Some(_) => std::thread::sleep(Duration::from_millis(2)),
            }
        }
    }
    Ok(())
}

/// A cgroup and all below it, parents first.
fn groups_below(path: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    let mut pending = vec![path.to_path_buf()];
    while let Some(group) = pending.pop() {
        if found.len() >= MAX_GROUPS || !group.is_dir() {
            continue;
        }
        if let Ok(entries) = fs::read_dir(&group) {
            let folders = entries
                .flatten()
                .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
            pending.extend(folders.map(|entry| entry.path()));
        }
        found.push(group);
    }
    found
}
