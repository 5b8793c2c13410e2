//! Proposes a checks file: what listens, which process it belongs to, and which services are enabled.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use crate::deadline::Deadline;
use crate::http::{Connection, Request};
use crate::place::Place;
use crate::processes;
use crate::tls::Trust;
use crate::value::Url;

/// Lines of a table of sockets, and proposals.
const LINES: usize = 100_000;
const PROPOSALS: usize = 100;
/// How long a web server may take to show itself.
const LOOK: Duration = Duration::from_secs(2);

/// A socket that listens for TCP.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener {
    /// Where.
    pub address: SocketAddr,
    /// The name of the process that holds it, where that can be told.
    pub process: Option<String>,
}

/// The sockets that listen, each once, by port.
#[must_use]
pub fn listeners(place: &Place) -> Vec<Listener> {
    let mut found: BTreeMap<SocketAddr, u64> = BTreeMap::new();
    for table in ["net/tcp", "net/tcp6"] {
        // `net` is a link to the reader's own namespace; that of process 1 is the place's.
        let text = fs::read_to_string(place.proc("1").join(table))
            .or_else(|_| fs::read_to_string(place.proc(table)));
        found.extend(listening(&text.unwrap_or_default()));
    }
    let owners = owners(place, &found.values().copied().collect());
    let mut all: Vec<_> = found
        .into_iter()
        .map(|(address, inode)| Listener {
            address,
            process: owners.get(&inode).cloned(),
        })
        .collect();
    all.sort_by_key(|listener| (listener.address.port(), listener.address));
    all
}

/// Addresses and inodes of a table of sockets whose state is `0A`, listening (proc_net(5)).
fn listening(table: &str) -> BTreeMap<SocketAddr, u64> {
    let mut found = BTreeMap::new();
    for line in table.lines().skip(1).take(LINES) {
        let fields: Vec<_> = line.split_ascii_whitespace().collect();
        let (Some(local), Some(&"0A"), Some(inode)) = (fields.get(1), fields.get(3), fields.get(9))
        else {
            continue;
        };
        if let (Some(address), Ok(inode)) = (address(local), inode.parse()) {
            found.insert(address, inode);
        }
    }
    found
}

/// `0100007F:1F90`: words of four bytes in the machine's own order, then the port.
fn address(text: &str) -> Option<SocketAddr> {
    let (host, port) = text.split_once(':')?;
    let port = u16::from_str_radix(port, 16).ok()?;
    if !host.is_ascii() {
        return None;
    }
    let mut bytes = Vec::new();
    for at in (0..host.len()).step_by(8) {
        let word = u32::from_str_radix(host.get(at..at + 8)?, 16).ok()?;
        bytes.extend_from_slice(&word.to_ne_bytes());
    }
    let ip = match bytes.len() {
        4 => IpAddr::from(<[u8; 4]>::try_from(bytes).ok()?),
        16 => IpAddr::from(<[u8; 16]>::try_from(bytes).ok()?),
        _ => return None,
    };
    Some(SocketAddr::new(ip, port))
}

/// Names of the processes that hold these sockets. Without the right to look, there are fewer.
fn owners(place: &Place, inodes: &BTreeSet<u64>) -> HashMap<u64, String> {
    let mut owners = HashMap::new();
    for process in processes::list(place) {
        let Ok(open) = fs::read_dir(place.proc(format!("{}/fd", process.pid))) else {
            continue;
        };
        for file in open.flatten().take(LINES) {
            let Ok(target) = fs::read_link(file.path()) else {
                continue;
            };
            let inode = target.to_str().and_then(|text| {
                text.strip_prefix("socket:[")?
                    .strip_suffix(']')?
                    .parse()
                    .ok()
            });
            if let Some(inode) = inode.filter(|inode| inodes.contains(inode)) {
                owners.entry(inode).or_insert_with(|| process.name.clone());
            }
        }
    }
    owners
}

/// The services that systemd or sysv would start at boot, by their names.
#[must_use]
pub fn enabled_services(place: &Place) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let system = place.root.join("etc/systemd/system");
    for folder in ["multi-user.target.wants", "default.target.wants"] {
        found.extend(names_in(&system.join(folder)).filter(|name| name.ends_with(".service")));
    }
    let links = names_in(&place.root.join("etc/rc3.d"));
    found.extend(links.filter_map(|name| name.strip_prefix('S')?.get(2..).map(str::to_owned)));
    found
}

fn names_in(folder: &std::path::Path) -> impl Iterator<Item = String> + use<> {
    let entries = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flatten()
        .take(1000);
    entries.filter_map(|entry| entry.file_name().into_string().ok())
}

/// The text of a checks file for what is found: something for a person to read and correct.
///
/// With `look` each port that may be a web server is asked once for `/`, so that the status of today is expected
/// tomorrow; without, nothing is sent to anybody.
#[must_use]
pub fn propose(place: &Place, look: bool) -> String {
    let mut text = String::from(
        "# Proposed by `patchward checks discover`: read it, and say what your users need.\n",
    );
    let mut names = BTreeSet::new();
    let mut ports = BTreeSet::new();
    for listener in listeners(place) {
        // One check for a port that listens on several addresses.
        if names.len() >= PROPOSALS || !ports.insert(listener.address.port()) {
            continue;
        }
        text.push_str(&proposal(&listener, look, &mut names));
    }
    let holders: BTreeSet<_> = listeners(place)
        .into_iter()
        .filter_map(|listener| listener.process)
        .collect();
    for process in holders.iter().take(PROPOSALS) {
        let name = unused(&format!("{process} runs"), &mut names);
        text.push_str(&format!(
            "\n[[service]]\nname = {name}\nprocess = {}\n",
            quoted(process)
        ));
    }
    let units = enabled_services(place)
        .into_iter()
        .filter(|unit| unit.ends_with(".service"));
    for unit in units.take(PROPOSALS) {
        let name = unused(&format!("{unit} is active"), &mut names);
        text.push_str(&format!(
            "\n# [[service]]\n# name = {name}\n# unit = {}\n",
            quoted(&unit)
        ));
    }
    text
}

fn proposal(listener: &Listener, look: bool, names: &mut BTreeSet<String>) -> String {
    let port = listener.address.port();
    let host = match listener.address.ip() {
        IpAddr::V4(ip) if ip == Ipv4Addr::UNSPECIFIED => "127.0.0.1".to_owned(),
        IpAddr::V6(ip) if ip == Ipv6Addr::UNSPECIFIED => "[::1]".to_owned(),
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => format!("[{ip}]"),
    };
    let process = listener.process.as_deref().unwrap_or("unknown");
    let database = match (process, port) {
        (name, 5432) | (name @ ("postgres" | "postmaster"), _) if name != "ssh" => {
            Some("postgresql")
        }
        (_, 3306) | ("mysqld" | "mariadbd", _) => Some("mysql"),
        _ => None,
    };
    let address = quoted(&format!("{host}:{port}"));
    if let Some(database) = database {
        let name = unused(&format!("{process} on port {port}"), names);
        return format!(
            "\n[[sql]]\nname = {name}\naddress = {address}\ndatabase = \"{database}\"\n"
        );
    }
    let order = if port % 1000 == 443 {
        ["https", "http"]
    } else {
        ["http", "https"]
    };
    let silent = matches!(
        process,
        "sshd" | "systemd" | "systemd-resolve" | "master" | "exim4" | "redis-server"
    );
    for scheme in order.into_iter().filter(|_| look && !silent) {
        let url = format!("{scheme}://{host}:{port}/");
        if let Some(status) = status_of(&url) {
            let name = unused(&format!("{process} on port {port}"), names);
            let trust = if scheme == "https" {
                "trusted = false\n"
            } else {
                ""
            };
            return format!(
                "\n[[http]]\nname = {name}\nurl = {}\nstatus = [{status}]\n{trust}",
                quoted(&url)
            );
        }
    }
    let name = unused(&format!("{process} on port {port}"), names);
    format!("\n[[tcp]]\nname = {name}\naddress = {address}\n")
}

/// The status with which a web server answers today.
fn status_of(url: &str) -> Option<u16> {
    let url = Url::parse(url)?;
    let deadline = Deadline::after(LOOK);
    let trust = Trust {
        issuer: false,
        seconds_left: 0,
    };
    let request = Request {
        method: "GET",
        url: &url,
        host: None,
        headers: vec![("connection", "close")],
        body: &[],
    };
    let answer = Connection::open(&url, None, trust, deadline)
        .and_then(|mut open| open.ask(&request, deadline));
    answer.ok().map(|response| response.status)
}

/// A name that no other check of the file has, quoted.
fn unused(wanted: &str, names: &mut BTreeSet<String>) -> String {
    let mut name: String = wanted
        .chars()
        .filter(|c| !c.is_control())
        .take(150)
        .collect();
    let base = name.clone();
    let mut number = 2;
    while !names.insert(name.clone()) {
        name = format!("{base} ({number})");
        number += 1;
    }
    quoted(&name)
}

/// A string of TOML. A process may call itself anything.
fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
