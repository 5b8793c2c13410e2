//! Which cgroup hierarchies the machine has, and where in each a clone's cgroup goes.

use std::fs;
use std::path::{Path, PathBuf};

use crate::mountinfo::{self, Mount};

/// One mounted hierarchy.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Hierarchy {
    /// Version 2.
    pub unified: bool,
    /// Controllers that a cgroup below `parent` has.
    pub controllers: Vec<String>,
    /// The folder in which a clone's cgroup is made.
    pub parent: PathBuf,
}

pub(super) fn of_machine() -> Vec<Hierarchy> {
    let mounts = mountinfo::of_thread().unwrap_or_default();
    let own = fs::read_to_string("/proc/self/cgroup").unwrap_or_default();
    from(&mounts, &own, &|file| {
        fs::read_to_string(file).unwrap_or_default()
    })
}

/// `own` is `/proc/self/cgroup`.
fn from(mounts: &[Mount], own: &str, read: &dyn Fn(&Path) -> String) -> Vec<Hierarchy> {
    let mut found: Vec<Hierarchy> = Vec::new();
    for mount in mounts {
        let hierarchy = match mount.kind.as_str() {
            // At the root of version 2 a group may have both processes and groups below, elsewhere not.
            "cgroup2" => Hierarchy {
                unified: true,
                controllers: read(&mount.point.join("cgroup.subtree_control"))
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect(),
                parent: mount.point.clone(),
            },
            "cgroup" => {
                let Some((names, path)) = own.lines().find_map(|line| version_one(line, mount))
                else {
                    continue;
                };
                // Its groups cannot take a process before CPUs are given to them, and it limits nothing for us.
                if names.split(',').any(|name| name == "cpuset") {
                    continue;
                }
                Hierarchy {
                    unified: false,
                    controllers: names.split(',').map(str::to_owned).collect(),
                    parent: path,
                }
            }
            _ => continue,
        };
        if !found.iter().any(|other| other.parent == hierarchy.parent) {
            found.push(hierarchy);
        }
    }
    found
}

/// The controllers and own folder from a line such as `4:memory:/a/b`, when it is about this mount.
fn version_one<'a>(line: &'a str, mount: &Mount) -> Option<(&'a str, PathBuf)> {
    let mut fields = line.splitn(3, ':').skip(1);
    let (names, path) = (fields.next()?, fields.next()?);
    let first = names.split(',').next().filter(|name| !name.is_empty())?;
    mount
        .super_options
        .split(',')
        .find(|option| *option == first)?;
    let inside = Path::new(path)
        .strip_prefix(&mount.root)
        .unwrap_or(Path::new(""));
    Some((names, mount.point.join(inside)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_versions_are_found_side_by_side() {
        let mounts = mountinfo::parse(
            b"1 0 0:1 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n\
              2 0 0:2 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n\
              3 0 0:3 / /sys/fs/cgroup/cpuset rw - cgroup cgroup rw,cpuset\n\
              4 0 0:4 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
        );
        let own = "9:memory:/a/b\n8:cpu,cpuacct:/\n7:cpuset:/\n0::/\n";
        let found = from(&mounts, own, &|_| "pids io\n".to_owned());
        let parents: Vec<_> = found
            .iter()
            .map(|one| one.parent.to_str().unwrap())
            .collect();
        assert_eq!(
            parents,
            [
                "/sys/fs/cgroup/memory/a/b",
                "/sys/fs/cgroup/cpu/",
                "/sys/fs/cgroup/unified"
            ]
        );
        assert_eq!(found[2].controllers, ["pids", "io"]);
    }
}
