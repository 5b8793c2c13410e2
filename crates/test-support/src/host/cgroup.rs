//! The control groups of a lab host, so that what it makes in them goes with it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// One group in each hierarchy of this machine that takes processes.
#[derive(Debug, Default)]
pub struct HostGroups {
    folders: Vec<PathBuf>,
}

impl HostGroups {
    /// Makes the groups below this process's own. Where there is no hierarchy that we may write there are none.
    pub fn new(name: &str) -> HostGroups {
        let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
        let mounts = fs::read_to_string("/proc/mounts").unwrap_or_default();
        let parents = mounts.lines().filter_map(|line| parent(line, &own));
        let made = |parent: PathBuf| {
            let folder = parent.join(name);
            fs::create_dir(&folder).is_ok().then_some(folder)
        };
        HostGroups {
            folders: parents.filter_map(made).collect(),
        }
    }

    /// A shell line that puts the shell that runs it into the groups.
    pub fn enter(&self) -> String {
        let line = |folder: &PathBuf| format!("echo $$ > {}/cgroup.procs; ", folder.display());
        self.folders.iter().map(line).collect()
    }
}

/// The folder of this process in the hierarchy that a line of `/proc/mounts` tells of.
fn parent(line: &str, own: &str) -> Option<PathBuf> {
    let words: Vec<&str> = line.split(' ').collect();
    let (point, kind, options) = (words.get(1)?, words.get(2)?, words.get(3)?);
    let is_ours = |names: &str| match *kind {
        "cgroup2" => names.is_empty(),
        // A group of cpuset takes no process before CPUs are given to it.
        "cgroup" => names
            .split(',')
            .next()
            .is_some_and(|first| first != "cpuset" && options.split(',').any(|one| one == first)),
        _ => false,
    };
    own.lines().find_map(|line| {
        let (names, path) = line.split_once(':')?.1.split_once(':')?;
        is_ours(names).then(|| Path::new(point).join(path.trim_start_matches('/')))
    })
}

/// Removes a group and those below it; all its processes are gone or about to be.
fn remove(folder: &Path) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove(&entry.path());
        }
    }
    let begun = Instant::now();
    while fs::remove_dir(folder).is_err() && folder.exists() {
        if begun.elapsed() > Duration::from_secs(5) {
            println!("left behind: {}", folder.display());
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
}

impl Drop for HostGroups {
    fn drop(&mut self) {
        self.folders.iter().for_each(|folder| remove(folder));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_lies_below_the_own_one_in_each_hierarchy() {
        let own = "4:memory:/a/b\n3:cpuset:/\n2:name=systemd:/c\n0::/d\n";
        let of = |line: &str| parent(line, own).map(|path| path.display().to_string());
        assert_eq!(
            of("cgroup /sys/fs/cgroup/memory cgroup rw,relatime,memory 0 0").as_deref(),
            Some("/sys/fs/cgroup/memory/a/b")
        );
        assert_eq!(
            of("cgroup /sys/fs/cgroup/cpuset cgroup rw,cpuset 0 0"),
            None
        );
        assert_eq!(
            of("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0").as_deref(),
            Some("/sys/fs/cgroup/d")
        );
        assert_eq!(of("tmpfs /sys/fs/cgroup tmpfs rw 0 0"), None);
    }
}
