//! Pending security patches of dnf, from the repositories' `updateinfo` that dnf has in its cache.
//!
//! No command is run but the unpacker for xz: the cache says which versions each advisory brings, the inventory says
//! what is installed, and a package is pending when an advisory brings a newer version of the same name and
//! architecture. A package of a module counts only against advisories for the same stream.

mod locks;
pub mod updateinfo;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::Read;
use std::time::Duration;

use patchward_protocol::inventory::{Component, PendingPatch};
use patchward_version::{Key, Scheme};

use super::command::Run;
use super::{Options, Pending};
use crate::root::{Kind, Root};
use locks::{Candidate, Locks};
use updateinfo::{Advisory, Offer};

/// Where dnf 4, dnf 5 and yum keep what they downloaded.
const CACHES: &[&str] = &["var/cache/dnf", "var/cache/libdnf5", "var/cache/yum"];

/// The largest packed file, and what it may unpack to (Red Hat's is about 100 MB).
const MAX_PACKED: u64 = 256 << 20;
const MAX_UNPACKED: u64 = 1 << 30;

/// Looks for pending patches in dnf's cache.
pub fn find(host: &Root, packages: &[Component], options: &Options) -> Pending {
    let mut pending = Pending::default();
    let installed = Installed::new(packages);
    let mut found = BTreeMap::new();
    let files = files(host);
    if files.is_empty() {
        pending.problem(
            "dnf",
            "pending patches are not known: dnf has no updateinfo in its cache",
        );
    }
    for (repository, path) in files {
        let stream = match open(host, &path, options.timeout) {
            Ok(stream) => stream,
            Err(message) => {
                pending.problem(&path, message);
                continue;
            }
        };
        let read = updateinfo::each(stream, &mut |advisory| {
            installed.offer(&repository, advisory, &mut found)
        });
        if let Err(error) = read {
            pending.problem(&path, error.to_string());
        }
    }
    let (locks, unread) = Locks::read(host);
    for (path, message) in unread {
        pending.problem(path, message);
    }
    pending.patches = found
        .into_values()
        .map(|found: Found| found.patch)
        .collect();
    for patch in &mut pending.patches {
        patch.held |= locks.hold(&Candidate {
            name: &patch.package,
            version: &patch.candidate,
            arch: &patch.arch,
        });
    }
    pending
}

/// The updateinfo files of the caches with the id of their repository: `ID-HASH/repodata/HASH-updateinfo.xml.gz`.
fn files(host: &Root) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for cache in CACHES {
        for repository in host.read_dir(cache).unwrap_or_default() {
            let Some(name) = repository
                .name
                .to_str()
                .filter(|_| repository.kind == Kind::Directory)
            else {
                continue;
            };
            let folder = format!("{cache}/{name}/repodata");
            let entries = host.read_dir(&folder).unwrap_or_default();
            let names = entries.iter().filter_map(|entry| entry.name.to_str());
            let wanted = names.filter(|name| name.contains("updateinfo.xml"));
            let id = name.rsplit_once('-').map_or(name, |(id, _)| id);
            files.extend(wanted.map(|file| (id.to_owned(), format!("{folder}/{file}"))));
        }
    }
    files
}

/// The unpacked text of a file, as a stream.
fn open(host: &Root, path: &str, timeout: Duration) -> Result<Box<dyn Read>, String> {
    if path.ends_with(".xz") {
        return unxz(host, path, timeout);
    }
    let file = host
        .open_file(path)
        .map_err(|error| error.to_line())?
        .take(MAX_PACKED);
    let unpacked: Box<dyn Read> = if path.ends_with(".gz") {
        Box::new(flate2::read::GzDecoder::new(file))
    } else if path.ends_with(".zst") {
        Box::new(zstd::Decoder::new(file).map_err(|error| format!("not zstd data: {error}"))?)
    } else {
        Box::new(file)
    };
    Ok(Box::new(unpacked.take(MAX_UNPACKED)))
}

/// Every system with dnf has xz; the host is this machine, so its path is the program's.
fn unxz(host: &Root, path: &str, timeout: Duration) -> Result<Box<dyn Read>, String> {
    let path = host.path().join(path);
    let line = ["xz", "-dc", "--", &path.to_string_lossy()];
    let run = Run {
        line: &line,
        folder: None,
        timeout,
    };
    let bytes = run.output().map_err(|error| error.to_string())?;
    Ok(Box::new(std::io::Cursor::new(bytes)))
}

/// A patch with the order of its candidate.
struct Found {
    patch: PendingPatch,
    candidate: Key,
}

/// Installed packages by name and architecture; a kernel may be there several times, then the newest counts.
struct Installed<'a>(HashMap<(&'a str, &'a str), (Key, &'a Component)>);

impl<'a> Installed<'a> {
    fn new(packages: &'a [Component]) -> Installed<'a> {
        let mut newest: HashMap<(&str, &str), (Key, &Component)> = HashMap::new();
        for package in packages
            .iter()
            .filter(|package| package.purl.starts_with("pkg:rpm/"))
        {
            let Ok(key) = Scheme::Rpm.key(&package.version) else {
                continue;
            };
            let place = (package.name.as_str(), package.arch.as_deref().unwrap_or(""));
            if newest.get(&place).is_none_or(|(known, _)| *known < key) {
                newest.insert(place, (key, package));
            }
        }
        Installed(newest)
    }

    /// Takes what an advisory brings for installed packages.
    fn offer(
        &self,
        repository: &str,
        advisory: &Advisory,
        found: &mut BTreeMap<(String, String), Found>,
    ) {
        for offer in &advisory.offers {
            let Some((installed, package)) =
                self.0.get(&(offer.name.as_str(), offer.arch.as_str()))
            else {
                continue;
            };
            let Ok(candidate) = Scheme::Rpm.key(&offer.version()) else {
                continue;
            };
            if candidate <= *installed || !same_stream(package, offer) {
                continue;
            }
            let place = (offer.name.clone(), offer.arch.clone());
            let entry = found.entry(place).or_insert_with(|| Found {
                patch: patch(package),
                candidate: candidate.clone(),
            });
            entry.add(repository, advisory, offer, candidate);
        }
    }
}

impl Found {
    fn add(&mut self, repository: &str, advisory: &Advisory, offer: &Offer, candidate: Key) {
        let patch = &mut self.patch;
        if patch.candidate.is_empty() || candidate > self.candidate {
            patch.candidate = offer.version();
            self.candidate = candidate;
            if advisory.security {
                patch.advisory = Some(advisory.id.clone());
            }
        }
        // Whatever lies between the installed version and the newest is brought by the newest as well.
        patch.security |= advisory.security;
        if advisory.security && patch.advisory.is_none() {
            patch.advisory = Some(advisory.id.clone());
        }
        let cves: BTreeSet<String> = patch
            .cves
            .drain(..)
            .chain(advisory.cves.iter().cloned())
            .collect();
        patch.cves = cves.into_iter().collect();
        if !patch.origins.iter().any(|origin| origin == repository) {
            patch.origins.push(repository.to_owned());
        }
    }
}

fn patch(package: &Component) -> PendingPatch {
    let source = package
        .source
        .as_ref()
        .map_or(&package.name, |source| &source.name);
    PendingPatch {
        manager: "dnf".to_owned(),
        package: package.name.clone(),
        source: source.clone(),
        arch: package.arch.clone().unwrap_or_default(),
        installed: package.version.clone(),
        held: package.held,
        ..PendingPatch::default()
    }
}

/// Outside of modules both have no label.
fn same_stream(package: &Component, offer: &Offer) -> bool {
    let label = package.module.as_deref().unwrap_or("");
    let mut parts = label.split(':');
    let installed = parts.next().zip(parts.next());
    match &offer.module {
        Some((name, stream)) => installed == Some((name, stream)),
        None => installed.is_none(),
    }
}

#[cfg(test)]
mod tests;
