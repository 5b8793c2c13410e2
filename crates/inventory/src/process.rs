//! Which packages' code runs now: files that processes have mapped, and whether such a process listens on the network.
//!
//! From proc(5): `maps` and `fd` of each process, `net/tcp` and `net/tcp6`. It is a reason and never a filter: code that
//! is not mapped now may be at any moment, interpreted code is never mapped, and other users' processes cannot be read
//! without privileges. So this only ever says yes. Processes of other roots, such as containers, are passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::path::Path;

use patchward_protocol::inventory::Inventory;

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

/// Marks the components whose code is mapped by a running process.
pub fn mark(inventory: &mut Inventory, root: &Root, proc: &Path) {
    let mapped = mapped(proc);
    let paths: Vec<&str> = mapped.keys().map(String::as_str).collect();
    let owners = ownership::owners(root, &inventory.components, &paths);
    let mut running: BTreeMap<&str, bool> = BTreeMap::new();
    for (path, listens) in &mapped {
        if let Some(owner) = owners.get(path) {
            *running.entry(owner.name.as_str()).or_default() |= listens;
        }
    }
    for component in &mut inventory.components {
        let is_package = component.owner.is_none() && component.source.is_some()
            || ["pkg:deb/", "pkg:rpm/", "pkg:apk/", "pkg:alpm/"]
                .iter()
                .any(|kind| component.purl.starts_with(kind));
        if let Some(listens) = running.get(component.name.as_str()).filter(|_| is_package) {
            component.loaded = Some(true);
            component.listening = listens.then_some(true);
        }
    }
}

/// Files that processes of this root have mapped as code, without their first `/`, and whether one of these listens.
fn mapped(proc: &Path) -> BTreeMap<String, bool> {
    let listening = listening_sockets(proc);
    let mut files: BTreeMap<String, bool> = BTreeMap::new();
    let processes = std::fs::read_dir(proc).into_iter().flatten().flatten();
    let numbered = processes.filter(|entry| {
        let name = entry.file_name();
        name.to_str()
            .is_some_and(|name| name.bytes().all(|byte| byte.is_ascii_digit()))
    });
    for process in numbered.take(MOST_PROCESSES) {
        let folder = process.path();
        let own_root = std::fs::read_link(folder.join("root"));
        if own_root.is_ok_and(|root| root != Path::new("/")) {
            continue;
        }
        let Some(maps) = read(&folder.join("maps")) else {
            continue;
        };
        let listens = || listens(&folder, &listening);
        let mut known = None;
        for path in maps.lines().filter_map(code) {
            if files.len() >= MOST_FILES {
                break;
            }
            let listens = *known.get_or_insert_with(listens);
            *files.entry(path.to_owned()).or_default() |= listens;
        }
    }
    files
}

/// The file of a line of `maps` that is mapped as code.
fn code(line: &str) -> Option<&str> {
    let mut parts = line.splitn(6, ' ');
    let permissions = parts.nth(1)?;
    let path = parts.nth(3)?.trim_start().strip_prefix('/')?;
    let is_file = permissions.contains('x') && !path.ends_with(" (deleted)");
    is_file.then_some(path)
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
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(MOST_BYTES).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
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
        let client =
            line("/usr/lib/libz.so.1", "r-xp") + &line("/usr/lib/old.so (deleted)", "r-xp");
        process(&proc, "11", &client, "socket:[4243]", "/");
        process(
            &proc,
            "12",
            &line("/usr/lib/libc.so.6", "r-xp"),
            "pipe:[1]",
            "/var/lib/container",
        );
        std::fs::create_dir_all(proc.join("self")).unwrap();
        folder
    }

    #[test]
    fn code_that_is_mapped_is_found_and_whether_its_process_listens() {
        let folder = system();
        let found: Vec<_> = mapped(&folder.path().join("proc")).into_iter().collect();
        assert_eq!(
            found,
            [
                ("usr/lib/libssl.so.3".to_owned(), true),
                ("usr/lib/libz.so.1".to_owned(), false)
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
        assert_eq!(inventory.components[1].loaded, None);
    }
}
