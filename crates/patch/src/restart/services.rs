//! The service that a process belongs to.

use std::path::Path;

use patchward_protocol::restart::{Service, ServiceManager};

use super::processes::Process;
use crate::below::Below;

/// What the first process is called where it is systemd.
pub const SYSTEM_MANAGER: &str = "systemd";

/// The unit of the process's cgroup, else the init script whose name or pid file fits.
pub fn of(root: &Path, process: &Process) -> Option<Service> {
    if process.pid == 1 && process.program().ends_with("/systemd") {
        return Some(Service {
            name: SYSTEM_MANAGER.to_owned(),
            manager: ServiceManager::Systemd,
        });
    }
    if let Some(service) = Service::of_cgroup(&process.read("cgroup")) {
        return Some(service);
    }
    let root = Below::open_root(root).ok()?;
    let manager = if root.target("/sbin/openrc-run").is_some() {
        ServiceManager::OpenRc
    } else {
        ServiceManager::Sysv
    };
    let name = by_pid_file(&root, process).or_else(|| by_program(&root, process))?;
    Some(Service { name, manager })
}

/// A script in `/etc/init.d` of that name.
fn script(root: &Below, name: &str) -> Option<String> {
    let fits = |name: &&str| {
        let plain = !name.is_empty() && !name.contains('/');
        plain
            && root
                .target(&format!("/etc/init.d/{name}"))
                .is_some_and(|place| place.is_file())
    };
    // sshd's script is `ssh`, crond's is `cron`.
    [Some(name), name.strip_suffix('d')]
        .into_iter()
        .flatten()
        .find(fits)
        .map(str::to_owned)
}

/// A file in `/run` or a folder of it that holds the id of the process or of its parent, and whose name, or whose
/// folder's, is a script's: `nginx.pid`, `redis/redis-server.pid`, `sshd/pid.pid`.
fn by_pid_file(root: &Below, process: &Process) -> Option<String> {
    let status = process.read("status");
    let parent = status
        .lines()
        .find_map(|line| line.strip_prefix("PPid:"))
        .and_then(|pid| pid.trim().parse::<u32>().ok())
        .filter(|pid| *pid > 1);
    let ours = |path: &str| {
        let pid = root.text(path, 64).ok()?.trim().parse::<u32>().ok()?;
        (pid == process.pid || Some(pid) == parent).then_some(())
    };
    for name in root.list("/run") {
        let path = format!("/run/{name}");
        if let Some(stem) = name.strip_suffix(".pid") {
            if ours(&path).is_some() {
                return script(root, stem);
            }
        } else {
            let inner = root.list(&path);
            let mut stems = inner.iter().filter_map(|file| file.strip_suffix(".pid"));
            if let Some(stem) = stems.find(|stem| ours(&format!("{path}/{stem}.pid")).is_some()) {
                return script(root, &name).or_else(|| script(root, stem));
            }
        }
    }
    None
}

fn by_program(root: &Below, process: &Process) -> Option<String> {
    let program = process.program();
    script(root, program.rsplit('/').next()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_in_a_folder_of_another_name_leads_to_its_script() {
        let folder = tempfile::tempdir().unwrap();
        let put = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put("root/etc/init.d/redis-server", "");
        put("root/run/redis/redis-server.pid", "77\n");
        put("proc/77/status", "PPid:\t1\n");
        let process = &super::super::processes::all(&folder.path().join("proc"))[0];
        let found = of(&folder.path().join("root"), process).unwrap();
        assert_eq!(
            (found.name.as_str(), found.manager),
            ("redis-server", ServiceManager::Sysv)
        );
    }

    #[test]
    fn a_script_is_found_without_the_daemons_d() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(folder.path().join("etc/init.d")).unwrap();
        std::fs::write(folder.path().join("etc/init.d/ssh"), "").unwrap();
        let root = Below::open_root(folder.path()).unwrap();
        assert_eq!(script(&root, "sshd").as_deref(), Some("ssh"));
        assert_eq!(script(&root, "../x"), None);
    }
}
