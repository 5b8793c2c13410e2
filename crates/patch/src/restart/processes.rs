//! The machine's processes.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::maps::{self, Mapping};

/// A process of the machine.
#[derive(Debug, Clone)]
pub struct Process {
    /// Its id, as its `/proc` has it.
    pub pid: u32,
    folder: PathBuf,
}

/// Programs whose code is not in what they map: the script counts too.
const INTERPRETERS: [&str; 7] = ["python", "perl", "ruby", "node", "php", "bash", "dash"];

/// Clock ticks in a second, as the kernel shows them to programs (USER_HZ): 100 wherever distributions run.
const TICKS: i64 = 100;

/// Processes in the process namespace that this `/proc` belongs to. Containers' processes have their own.
pub fn all(proc: &Path) -> Vec<Process> {
    let namespace = |pid: &str| fs::read_link(proc.join(pid).join("ns/pid")).ok();
    let own = namespace("1").or_else(|| namespace("self"));
    let mut found: Vec<Process> = fs::read_dir(proc)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name();
            let pid = name.to_str()?;
            Some(Process {
                pid: pid.parse().ok()?,
                folder: entry.path(),
            })
            .filter(|_| namespace(pid).is_none_or(|namespace| Some(namespace) == own))
        })
        .collect();
    found.sort_by_key(|process| process.pid);
    found
}

/// What a package's file keeps when it is copied, and what another version of it does not share.
fn written(file: &fs::Metadata) -> (u64, i64, i64) {
    (file.size(), file.mtime(), file.mtime_nsec())
}

impl Process {
    /// Its program, without ` (deleted)`; its name for one of the kernel.
    pub fn program(&self) -> String {
        match fs::read_link(self.folder.join("exe")) {
            Ok(path) => {
                let path = path.to_string_lossy().into_owned();
                maps::without_deleted(&path).0.to_owned()
            }
            Err(_) => self.read("comm").trim().to_owned(),
        }
    }

    /// A file of its folder, as text; empty when it is gone.
    pub fn read(&self, name: &str) -> String {
        let bytes = fs::read(self.folder.join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Files that it has mapped for execution.
    pub fn code(&self) -> Vec<String> {
        let mut paths: Vec<String> = self.mappings().into_iter().map(|one| one.path).collect();
        paths.sort();
        paths.dedup();
        paths
    }

    /// Those of them that are no longer the files of their names.
    pub fn stale_files(&self) -> Vec<String> {
        let mut stale: Vec<String> = self
            .mappings()
            .into_iter()
            .filter(|mapping| self.is_stale(mapping))
            .map(|mapping| mapping.path)
            .collect();
        if let Ok(program) = fs::read_link(self.folder.join("exe")) {
            let program = program.to_string_lossy().into_owned();
            let (path, deleted) = maps::without_deleted(&program);
            if deleted && !maps::is_false_alarm(path) {
                stale.push(path.to_owned());
            }
        }
        stale.extend(self.changed_script());
        stale.sort();
        stale.dedup();
        stale
    }

    fn mappings(&self) -> Vec<Mapping> {
        maps::parse(&self.read("maps"))
    }

    /// A mapping is stale when the kernel says that its file is deleted, or when another file has its name now.
    ///
    /// Inodes are compared only where both come from the same device: overlayfs and btrfs show another device in
    /// `maps` than stat(2) does. There the link in `map_files` is asked instead. Where an overlay lies on an overlay (a
    /// rehearsal on a host whose root is one), that leads to the lower file, which is neither marked nor on the same
    /// device: then size and time of the two files tell.
    fn is_stale(&self, mapping: &Mapping) -> bool {
        if mapping.deleted {
            return true;
        }
        let inside = mapping.path.trim_start_matches('/');
        let Ok(now) = fs::metadata(self.folder.join("root").join(inside)) else {
            return false;
        };
        let device = (rustix::fs::major(now.dev()), rustix::fs::minor(now.dev()));
        if device == mapping.device {
            return now.ino() != mapping.inode;
        }
        match fs::metadata(self.folder.join("map_files").join(&mapping.range)) {
            Ok(mapped) if mapped.dev() == now.dev() => mapped.ino() != now.ino(),
            Ok(mapped) => written(&mapped) != written(&now),
            Err(_) => false,
        }
    }

    /// The script of an interpreter, when it changed after the process began.
    fn changed_script(&self) -> Option<String> {
        let program = self.program();
        let name = program.rsplit('/').next()?;
        if !INTERPRETERS.iter().any(|known| name.starts_with(known)) {
            return None;
        }
        let line = self.read("cmdline");
        let script = line
            .split('\0')
            .skip(1)
            .find(|word| word.starts_with('/'))?;
        let file = self
            .folder
            .join("root")
            .join(script.trim_start_matches('/'));
        let meta = fs::metadata(file).ok().filter(fs::Metadata::is_file)?;
        let begun = self.started()?;
        // Both clocks are rounded to seconds.
        (meta.ctime() > begun + 2 && !maps::is_false_alarm(script)).then(|| script.to_owned())
    }

    /// When it began, in seconds since 1970.
    fn started(&self) -> Option<i64> {
        let proc = self.folder.parent()?;
        let boot = fs::read_to_string(proc.join("stat")).ok()?;
        let boot: i64 = boot
            .lines()
            .find_map(|line| line.strip_prefix("btime "))?
            .trim()
            .parse()
            .ok()?;
        let ticks = start_ticks(&self.read("stat"))?;
        Some(boot + ticks / TICKS)
    }
}

/// The 22nd field of `/proc/PID/stat`; the second is a name in brackets that may hold anything.
fn start_ticks(stat: &str) -> Option<i64> {
    let (_, rest) = stat.rsplit_once(')')?;
    rest.split_whitespace().nth(19)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_start_is_the_22nd_field_whatever_the_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 4242 9 9";
        assert_eq!(start_ticks(stat), Some(4242));
        assert_eq!(start_ticks("bad"), None);
    }

    #[test]
    fn a_program_that_was_replaced_while_it_runs_is_found() {
        if !Path::new("/proc/self/maps").exists() || !Path::new("/bin/sleep").exists() {
            eprintln!("skipped: a_program_that_was_replaced_while_it_runs_is_found: no /proc");
            return;
        }
        // What lies in /tmp never counts as the system's code, and the project itself may lie there.
        let home = std::env::var("HOME").unwrap_or_default();
        let folder = [env!("CARGO_MANIFEST_DIR"), &home, "/var/lib"]
            .iter()
            .filter(|place| !maps::is_false_alarm(&format!("{place}/sleeper")))
            .find_map(|place| tempfile::tempdir_in(place).ok());
        let Some(folder) = folder else {
            eprintln!(
                "skipped: a_program_that_was_replaced_while_it_runs_is_found: only /tmp can be written to"
            );
            return;
        };
        let program = folder.path().join("sleeper");
        fs::copy("/bin/sleep", &program).unwrap();
        let mut child = std::process::Command::new(&program)
            .arg("30")
            .spawn()
            .unwrap();
        let process = Process {
            pid: child.id(),
            folder: PathBuf::from(format!("/proc/{}", child.id())),
        };
        let path = program.display().to_string();
        for _ in 0..200 {
            if process.code().contains(&path) {
                break;
            }
            std::thread::sleep(std::time::Duration::from_millis(10));
        }
        let before = process.stale_files();
        fs::copy("/bin/sleep", folder.path().join("new")).unwrap();
        fs::rename(folder.path().join("new"), &program).unwrap();
        let after = process.stale_files();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!before.contains(&path), "{before:?}");
        assert!(after.contains(&path), "{after:?}");
    }
}
