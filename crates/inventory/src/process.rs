//! Which packages' code runs now: files that processes have mapped, which processes those are, and whether one of them
//! listens on the network.
//!
//! From proc(5): `maps`, `cgroup`, `comm` and `fd` of each process, `net/tcp` and `net/tcp6`. It is a reason and never a filter: code that
//! is not mapped now may be at any moment, interpreted code is never mapped, and other users' processes cannot be read
//! without privileges. So this only ever says yes. Processes of other roots, such as containers, are passed over, and so is
//! our own, which ends with the scan. A file that was replaced while a process runs it counts for the package that has it
//! now: that process, too, runs new code only after a restart.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{ErrorKind, Read};
use std::path::Path;

use patchward_protocol::inventory::Inventory;
use patchward_protocol::restart::Service;

use crate::os::ownership;
use crate::root::Root;

/// Most processes that are looked at.
const MOST_PROCESSES: usize = 20_000;
/// Most bytes of one file of proc.
const MOST_BYTES: u64 = 8 << 20;
/// Most open files of one process.
const MOST_OPEN: usize = 20_000;
/// Most different mapped files.
const MOST_FILES: usize = 100_000;
/// Most names of processes that one file keeps, and one component.
const MOST_NAMES: usize = 20;

/// What runs the code of a file or a package.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Running {
    /// One of the processes listens on the network.
    listens: bool,
    /// Their names.
    names: BTreeSet<String>,
}

impl Running {
    fn add(&mut self, listens: bool, names: impl IntoIterator<Item = String>) {
        self.listens |= listens;
        for name in names {
            if self.names.len() < MOST_NAMES {
                self.names.insert(name);
            }
        }
    }
}

/// Marks the components whose code is mapped by a running process.
pub fn mark(inventory: &mut Inventory, root: &Root, proc: &Path) {
    let Mapped {
        files: mapped,
        complete,
    } = mapped(proc);
    let paths: Vec<&str> = mapped.keys().map(String::as_str).collect();
    let owners = ownership::owners(root, &inventory.components, &paths);
    let mut running: BTreeMap<&str, Running> = BTreeMap::new();
    for (path, by) in &mapped {
        if let Some(owner) = owners.get(path) {
            let all = running.entry(owner.name.as_str()).or_default();
            all.add(by.listens, by.names.iter().cloned());
        }
    }
    for component in &mut inventory.components {
        let is_package = component.owner.is_none() && component.source.is_some()
            || ["pkg:deb/", "pkg:rpm/", "pkg:apk/", "pkg:alpm/"]
                .iter()
                .any(|kind| component.purl.starts_with(kind));
        if let Some(by) = running.get(component.name.as_str()).filter(|_| is_package) {
            component.loaded = Some(true);
            component.listening = by.listens.then_some(true);
            if complete {
                component.loaded_by = by.names.iter().cloned().collect();
            }
        }
    }
}

/// Files that processes have mapped as code.
#[derive(Debug, Default)]
struct Mapped {
    /// Without their first `/`, and what runs them.
    files: BTreeMap<String, Running>,
    /// Every process could be read, and nothing was left out for a limit: without privileges only one's own can.
    complete: bool,
}

/// What processes of this root have mapped.
fn mapped(proc: &Path) -> Mapped {
    let listening = listening_sockets(proc);
    let mut files: BTreeMap<String, Running> = BTreeMap::new();
    let mut complete = true;
    // A link to the number of the process that asks.
    let ourselves = std::fs::read_link(proc.join("self")).unwrap_or_default();
    let processes = std::fs::read_dir(proc).into_iter().flatten().flatten();
    let numbered = processes.filter(|entry| {
        let name = entry.file_name();
        name.to_str()
            .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
    });
    for (count, process) in numbered.enumerate() {
        if count >= MOST_PROCESSES || files.len() >= MOST_FILES {
            complete = false;
            break;
        }
        let folder = process.path();
        let own_root = std::fs::read_link(folder.join("root"));
        let is_elsewhere = own_root.is_ok_and(|root| root != Path::new("/"));
        if is_elsewhere || ourselves.as_os_str() == process.file_name() {
            continue;
        }
        let maps = match read_text(&folder.join("maps")) {
            Ok(maps) => maps,
            Err(error) => {
                complete &= error.kind() != ErrorKind::PermissionDenied;
                continue;
            }
        };
        let about = || (listens(&folder, &listening), name(&folder));
        let mut known = None;
        for path in maps.lines().filter_map(code) {
            let (listens, name) = known.get_or_insert_with(about);
            let by = files.entry(path.to_owned()).or_default();
            by.add(*listens, name.clone());
        }
    }
    Mapped { files, complete }
}

/// The file of a line of `maps` that is mapped as code, by the name that it has or had.
fn code(line: &str) -> Option<&str> {
    let mut parts = line.splitn(6, ' ');
    let permissions = parts.nth(1)?;
    let path = parts.nth(3)?.trim_start().strip_prefix('/')?;
    let path = path.strip_suffix(" (deleted)").unwrap_or(path);
    permissions.contains('x').then_some(path)
}

/// The unit of a process without `.service`, else what the kernel calls it.
fn name(process: &Path) -> Option<String> {
    let cgroup = read(&process.join("cgroup")).unwrap_or_default();
    if let Some(service) = Service::of_cgroup(&cgroup) {
        return Some(service.short_name().to_owned());
    }
    let comm = read(&process.join("comm"))?;
    let comm = comm.trim();
    (!comm.is_empty()).then(|| comm.to_owned())
}

/// Inodes of the sockets that wait for connections.
fn listening_sockets(proc: &Path) -> BTreeSet<u64> {
    let mut found = BTreeSet::new();
    for name in ["net/tcp", "net/tcp6"] {
        let text = read(&proc.join(name)).unwrap_or_default();
        for line in text.lines().skip(1) {
            let mut fields = line.split_ascii_whitespace();
            // State 0A is TCP_LISTEN; the inode is the tenth field.
            if fields.nth(3) == Some("0A") {
                found.extend(fields.nth(5).and_then(|inode| inode.parse::<u64>().ok()));
            }
        }
    }
    found
}

fn listens(process: &Path, sockets: &BTreeSet<u64>) -> bool {
    if sockets.is_empty() {
        return false;
    }
    let open = std::fs::read_dir(process.join("fd")).into_iter().flatten();
    open.flatten().take(MOST_OPEN).any(|entry| {
        let target = std::fs::read_link(entry.path()).unwrap_or_default();
        let inode = target.to_str().and_then(|text| {
            text.strip_prefix("socket:[")?
                .strip_suffix(']')?
                .parse()
                .ok()
        });
        inode.is_some_and(|inode| sockets.contains(&inode))
    })
}

fn read(path: &Path) -> Option<String> {
    read_text(path).ok()
}

fn read_text(path: &Path) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path)?;
    file.take(MOST_BYTES).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::inventory::Component;
    use std::os::unix::fs::symlink;

    const TCP: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n\
                       \x20  0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0 100 0 0 10 0\n\
                       \x20  1: 0100007F:1F91 0100007F:0016 01 00000000:00000000 00:00000000 00000000     0        0 4243 1 0 100 0 0 10 0\n";

    fn process(proc: &Path, id: &str, maps: &str, socket: &str, root: &str) {
        let folder = proc.join(id);
        std::fs::create_dir_all(folder.join("fd")).unwrap();
        std::fs::write(folder.join("maps"), maps).unwrap();
        symlink(socket, folder.join("fd/3")).unwrap();
        symlink(root, folder.join("root")).unwrap();
    }

    fn system() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let proc = folder.path().join("proc");
        std::fs::create_dir_all(proc.join("net")).unwrap();
        std::fs::write(proc.join("net/tcp"), TCP).unwrap();
        let line = |path: &str, permissions: &str| {
            format!("7f00-7f01 {permissions} 00000000 08:01 1234                       {path}\n")
        };
        let server = line("/usr/lib/libssl.so.3", "r-xp") + &line("/usr/share/data", "r--p");
        process(&proc, "10", &server, "socket:[4242]", "/");
        let unit = "0::/system.slice/nginx.service\n";
        std::fs::write(proc.join("10/cgroup"), unit).unwrap();
        let client = line("/usr/lib/libz.so.1 (deleted)", "r-xp");
        process(&proc, "11", &client, "socket:[4243]", "/");
        std::fs::write(proc.join("11/comm"), "curl\n").unwrap();
        process(
            &proc,
            "12",
            &line("/usr/lib/libc.so.6", "r-xp"),
            "pipe:[1]",
            "/var/lib/container",
        );
        process(
            &proc,
            "13",
            &line("/usr/lib/libm.so.6", "r-xp"),
            "pipe:[1]",
            "/",
        );
        symlink("13", proc.join("self")).unwrap();
        folder
    }

    #[test]
    fn code_that_is_mapped_is_found_and_whether_its_process_listens() {
        let folder = system();
        let found = mapped(&folder.path().join("proc"));
        assert!(found.complete);
        let found: Vec<_> = found.files.into_iter().collect();
        let by = |listens: bool, name: &str| Running {
            listens,
            names: BTreeSet::from([name.to_owned()]),
        };
        assert_eq!(
            found,
            [
                ("usr/lib/libssl.so.3".to_owned(), by(true, "nginx")),
                ("usr/lib/libz.so.1".to_owned(), by(false, "curl"))
            ]
        );
    }

    #[test]
    fn packages_are_marked_and_others_stay_unknown() {
        let folder = system();
        let info = folder.path().join("var/lib/dpkg/info");
        std::fs::create_dir_all(&info).unwrap();
        std::fs::write(info.join("libssl3.list"), "/usr/lib/libssl.so.3\n").unwrap();
        let package = |name: &str| Component {
            name: name.into(),
            purl: format!("pkg:deb/debian/{name}@1"),
            version: "1".into(),
            ..Component::default()
        };
        let mut inventory = Inventory {
            components: vec![package("libssl3"), package("zlib1g")],
            ..Inventory::default()
        };
        let root = Root::open(folder.path()).unwrap();
        mark(&mut inventory, &root, &folder.path().join("proc"));
        let ssl = &inventory.components[0];
        assert_eq!((ssl.loaded, ssl.listening), (Some(true), Some(true)));
        assert_eq!(ssl.loaded_by, ["nginx"]);
        assert_eq!(inventory.components[1].loaded, None);
    }
}
