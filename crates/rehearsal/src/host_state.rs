//! A machine's state as far as a clone could have touched it, to be compared before and after: the proof that nothing
//! leaks. Counters and times that move by themselves are left out.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::file_tree::walk;

/// What to look at.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Trees whose files' metadata are compared; none is allowed.
    pub trees: Vec<PathBuf>,
    /// Paths that are left out with all below them.
    pub exclude: Vec<PathBuf>,
}

/// Kinds of things that are compared.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Watched {
    /// Type, mode, owner, size, time and number of a file.
    File,
    /// Mode, owner and numbers of a node below `/dev`.
    Device,
    /// A value below `/proc/sys`.
    Sysctl,
    /// A loaded module of the kernel.
    Module,
    /// A mounted file system.
    Mount,
    /// A namespace that some process is in.
    Namespace,
    /// A control group.
    Cgroup,
    /// A process.
    Process,
}

/// One difference. `None` means that it was not there.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Kind of thing.
    pub watched: Watched,
    /// Which one.
    pub subject: String,
    /// What it was.
    pub before: Option<String>,
    /// What it is.
    pub after: Option<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        write!(
            out,
            "{:?} {}: {} before, {} after",
            self.watched,
            self.subject,
            side(&self.before),
            side(&self.after)
        )
    }
}

/// A machine's state.
#[derive(Clone, Debug, Default)]
pub struct HostState {
    seen: BTreeMap<Watched, BTreeMap<String, String>>,
}

/// Values that the kernel moves by itself.
const COUNTERS: [&str; 16] = [
    "fs/aio-nr",
    "fs/dentry-state",
    "fs/file-nr",
    "fs/inode-nr",
    "fs/inode-state",
    "fs/quota",
    "kernel/ns_last_pid",
    "kernel/perf_event_max_sample_rate",
    "kernel/pty/nr",
    "kernel/random/boot_id_counter",
    "kernel/random/entropy_avail",
    "kernel/random/uuid",
    "kernel/tainted_count",
    "net/netfilter/nf_conntrack_count",
    "vm/nr_hugepages_mempolicy",
    "vm/stat_refresh",
];

impl HostState {
    /// Looks at this machine.
    ///
    /// # Errors
    /// When `/proc`, `/dev` or one of the trees cannot be read.
    pub fn take(scope: &Scope) -> io::Result<Self> {
        let mut seen = BTreeMap::new();
        seen.insert(Watched::File, files(scope)?);
        seen.insert(Watched::Device, devices()?);
        seen.insert(Watched::Sysctl, sysctls()?);
        seen.insert(Watched::Module, modules());
        seen.insert(Watched::Mount, mounts()?);
        seen.insert(Watched::Cgroup, cgroups()?);
        let (processes, namespaces) = processes()?;
        seen.insert(Watched::Process, processes);
        seen.insert(Watched::Namespace, namespaces);
        Ok(Self { seen })
    }

    /// Looks only at what costs a few milliseconds and hardly ever changes by itself: devices, sysctls and modules.
    pub(crate) fn take_quickly() -> io::Result<Self> {
        let mut seen = BTreeMap::new();
        seen.insert(Watched::Device, devices()?);
        seen.insert(Watched::Sysctl, sysctls()?);
        seen.insert(Watched::Module, modules());
        Ok(Self { seen })
    }

    /// What is different now, by kind and name.
    pub fn compare(&self, after: &Self) -> Vec<Difference> {
        let empty = BTreeMap::new();
        let mut found = Vec::new();
        for (watched, before) in &self.seen {
            let after = after.seen.get(watched).unwrap_or(&empty);
            let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
            for name in names {
                let (was, is) = (before.get(name), after.get(name));
                if was != is {
                    found.push(Difference {
                        watched: *watched,
                        subject: name.clone(),
                        before: was.cloned(),
                        after: is.cloned(),
                    });
                }
            }
        }
        found
    }

    /// How many things of a kind were seen.
    pub fn count(&self, watched: Watched) -> usize {
        self.seen.get(&watched).map_or(0, BTreeMap::len)
    }
}

fn files(scope: &Scope) -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    for tree in &scope.trees {
        let device = fs::symlink_metadata(tree)?.dev();
        walk(tree, &mut |path, data| {
            let path = tree.join(path);
            // Other file systems below are named as trees of their own, or are the kernel's.
            if scope.exclude.contains(&path) || data.dev() != device {
                return Ok(false);
            }
            found.insert(path.display().to_string(), describe(data));
            Ok(true)
        })?;
    }
    Ok(found)
}

fn describe(data: &Metadata) -> String {
    // A directory's time moves when a temporary file comes and goes in it; names below are compared anyway.
    let modified = if data.is_dir() {
        (0, 0)
    } else {
        (data.mtime(), data.mtime_nsec())
    };
    let size = if data.is_dir() { 0 } else { data.size() };
    format!(
        "{:o} {}:{} {size} bytes, time {}.{:09}, inode {}",
        data.mode(),
        data.uid(),
        data.gid(),
        modified.0,
        modified.1,
        data.ino()
    )
}

fn devices() -> io::Result<BTreeMap<String, String>> {
    let mut found = BTreeMap::new();
    walk(Path::new("/dev"), &mut |path, data| {
        // Terminals and shared memory belong to whoever works on the machine.
        let moving =
            path.starts_with("pts") || path.starts_with("shm") || path.starts_with("mqueue");
        if !moving {
            let text = format!(
                "{:o} {}:{} device {:x}",
                data.mode(),
                data.uid(),
                data.gid(),
                data.rdev()
            );
            found.insert(path.display().to_string(), text);
        }
        Ok(!moving)
    })?;
    Ok(found)
}

fn sysctls() -> io::Result<BTreeMap<String, String>> {
    let root = Path::new("/proc/sys");
    let mut found = BTreeMap::new();
    walk(root, &mut |path, data| {
        let counter = COUNTERS.iter().any(|counter| path.starts_with(counter));
        if data.is_file() && !counter && data.mode() & 0o444 != 0 {
            // Some values can only be written, or only be read by their owner.
            if let Ok(value) = fs::read(root.join(path)) {
                found.insert(
                    path.display().to_string(),
                    String::from_utf8_lossy(&value).trim().to_owned(),
                );
            }
        }
        Ok(!counter)
    })?;
    Ok(found)
}

/// Their names; a kernel without modules has none.
fn modules() -> BTreeMap<String, String> {
    let text = fs::read_to_string("/proc/modules").unwrap_or_default();
    let names = text
        .lines()
        .filter_map(|line| line.split_whitespace().next());
    names
        .map(|name| (name.to_owned(), "loaded".to_owned()))
        .collect()
}

fn mounts() -> io::Result<BTreeMap<String, String>> {
    let text = fs::read_to_string("/proc/self/mountinfo")?;
    let lines = text.lines().filter_map(|line| {
        let (number, rest) = line.split_once(' ')?;
        Some((format!("mount {number}"), rest.to_owned()))
    });
    Ok(lines.collect())
}

fn cgroups() -> io::Result<BTreeMap<String, String>> {
    let root = Path::new("/sys/fs/cgroup");
    let mut found = BTreeMap::new();
    if root.is_dir() {
        walk(root, &mut |path, data| {
            if data.is_dir() {
                found.insert(path.display().to_string(), "group".to_owned());
            }
            Ok(true)
        })?;
    }
    Ok(found)
}

type Seen = BTreeMap<String, String>;

fn processes() -> io::Result<(Seen, Seen)> {
    let (mut processes, mut namespaces) = (Seen::new(), Seen::new());
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        // Processes end while they are looked at.
        let Ok(stat) = fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        let Some((name, rest)) = stat.rsplit_once(')') else {
            continue;
        };
        let started = rest.split_whitespace().nth(19).unwrap_or_default();
        processes.insert(
            format!("{pid} started at {started}"),
            name.split_once('(').unwrap_or_default().1.to_owned(),
        );
        for link in fs::read_dir(entry.path().join("ns"))
            .into_iter()
            .flatten()
            .flatten()
        {
            if let Ok(target) = fs::read_link(link.path()) {
                namespaces.insert(target.display().to_string(), "in use".to_owned());
            }
        }
    }
    Ok((processes, namespaces))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_a_file_is_seen_and_nothing_else_in_the_tree() {
        let tree = tempfile::tempdir().unwrap();
        fs::create_dir(tree.path().join("skipped")).unwrap();
        for name in ["same", "changed", "removed"] {
            fs::write(tree.path().join(name), "x").unwrap();
        }
        let scope = Scope {
            trees: vec![tree.path().to_path_buf()],
            exclude: vec![tree.path().join("skipped")],
        };
        let before = HostState::take(&scope).unwrap();
        assert!(before.count(Watched::Device) > 3 && before.count(Watched::Sysctl) > 100);
        fs::write(tree.path().join("changed"), "longer").unwrap();
        fs::write(tree.path().join("skipped/new"), "x").unwrap();
        fs::remove_file(tree.path().join("removed")).unwrap();
        let differences = before.compare(&HostState::take(&scope).unwrap());
        let files: Vec<_> = differences
            .iter()
            .filter(|one| one.watched == Watched::File)
            .collect();
        assert_eq!(files.len(), 2);
        assert!(files[0].subject.ends_with("changed") && files[0].after.is_some());
        assert!(files[1].subject.ends_with("removed") && files[1].after.is_none());
    }
}
