//! Gets the changelogs of candidates: from our cache, from the changelog server, or out of the package itself.
//!
//! The changelog server is another host than the mirror and often not reachable where the mirror is; every package
//! carries its changelog, so the smallest package of each source is downloaded then, within the limit.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use patchward_protocol::inventory::Component;

use super::super::command::Run;
use super::super::{Changelogs, Options, Pending};
use super::changelog;

/// A changelog is some hundred kilobytes.
const MAX_CHANGELOG: u64 = 16 << 20;

/// What a package may unpack to before we stop looking for its changelog.
const MAX_UNPACKED: u64 = 512 << 20;

/// A source package with something pending.
#[derive(Debug, Default)]
struct Wanted<'a> {
    /// Version of the installed source package.
    installed: &'a str,
    /// Its binary packages: name and candidate.
    binaries: Vec<(String, String)>,
}

/// Adds the CVE ids to the patches.
pub fn add_cves(
    pending: &mut Pending,
    packages: &[Component],
    from: &Changelogs,
    options: &Options,
) {
    if let Err(error) = fs::create_dir_all(&from.cache) {
        let place = from.cache.display().to_string();
        return pending.problem(
            &place,
            format!("the cache of changelogs cannot be made: {error}"),
        );
    }
    let wanted = wanted(pending, packages);
    let mut texts = cached(&wanted, from);
    let missing: Vec<&str> = wanted
        .keys()
        .map(String::as_str)
        .filter(|name| !texts.contains_key(*name))
        .collect();
    if from.network && !missing.is_empty() {
        ask_server(&missing, &wanted, from, options, &mut texts);
        let missing: Vec<&str> = missing
            .into_iter()
            .filter(|name| !texts.contains_key(*name))
            .collect();
        download(&missing, &wanted, from, options, &mut texts);
    }
    let without = wanted
        .keys()
        .filter(|name| !texts.contains_key(*name))
        .count();
    if without > 0 {
        let message = format!(
            "the changelogs of {without} source packages could not be read: their CVE ids are not known"
        );
        pending.problem("apt-get changelog", message);
    }
    for patch in &mut pending.patches {
        if let (Some(text), Some(wanted)) = (texts.get(&patch.source), wanted.get(&patch.source)) {
            patch.cves = changelog::cves(text, &patch.source, wanted.installed)
                .into_iter()
                .collect();
        }
    }
}

fn wanted<'a>(pending: &Pending, packages: &'a [Component]) -> BTreeMap<String, Wanted<'a>> {
    let mut wanted: BTreeMap<String, Wanted<'a>> = BTreeMap::new();
    for patch in &pending.patches {
        let entry = wanted.entry(patch.source.clone()).or_default();
        entry
            .binaries
            .push((patch.package.clone(), patch.candidate.clone()));
        if entry.installed.is_empty() {
            let package = packages
                .iter()
                .find(|package| package.name == patch.package);
            let source = package.and_then(|package| package.source.as_ref());
            entry.installed = source.map_or("", |source| &source.version);
        }
    }
    wanted
}

/// The cache has one file per source and candidate.
fn cache_path(from: &Changelogs, source: &str, wanted: &Wanted<'_>) -> Option<PathBuf> {
    let (_, version) = wanted.binaries.first()?;
    // Names and versions of Debian have no slash; a text that has is not from apt.
    let name = format!("{source}_{version}.changelog");
    (!name.contains('/')).then(|| from.cache.join(name))
}

fn cached(wanted: &BTreeMap<String, Wanted<'_>>, from: &Changelogs) -> BTreeMap<String, String> {
    let read = |(name, wanted): (&String, &Wanted<'_>)| {
        let file = fs::File::open(cache_path(from, name, wanted)?).ok()?;
        let mut text = Vec::new();
        file.take(MAX_CHANGELOG).read_to_end(&mut text).ok()?;
        Some((name.clone(), String::from_utf8_lossy(&text).into_owned()))
    };
    wanted.iter().filter_map(read).collect()
}

fn keep(
    texts: &mut BTreeMap<String, String>,
    from: &Changelogs,
    name: &str,
    wanted: &Wanted<'_>,
    text: String,
) {
    if let Some(path) = cache_path(from, name, wanted) {
        // The cache only saves time.
        let _ = fs::write(path, &text);
    }
    texts.insert(name.to_owned(), text);
}

/// Asks `apt-get changelog`, first for one source: when the server does not answer, the rest need not wait for it.
fn ask_server(
    missing: &[&str],
    wanted: &BTreeMap<String, Wanted<'_>>,
    from: &Changelogs,
    options: &Options,
    texts: &mut BTreeMap<String, String>,
) {
    let Some((first, rest)) = missing.split_first() else {
        return;
    };
    for group in [&[*first][..], rest] {
        let binaries = group
            .iter()
            .filter_map(|name| wanted.get(*name)?.binaries.first());
        let asked: Vec<String> = binaries
            .map(|(package, version)| format!("{package}={version}"))
            .collect();
        let mut line = vec![
            "apt-get",
            "-q",
            "-o",
            "Acquire::Retries=0",
            "-o",
            "Acquire::http::Timeout=5",
        ];
        line.extend(["-o", "Acquire::https::Timeout=5", "changelog"]);
        line.extend(asked.iter().map(String::as_str));
        let run = Run {
            line: &line,
            folder: Some(&from.cache),
            timeout: options.timeout,
        };
        let Ok(output) = run.output() else {
            return;
        };
        let text = String::from_utf8_lossy(&output);
        for name in group {
            if changelog::entries(&text).any(|(source, _)| source == *name)
                && let Some(wanted) = wanted.get(*name)
            {
                keep(texts, from, name, wanted, of_source(&text, name));
            }
        }
    }
}

/// The part of several changelogs that belongs to one source.
fn of_source(text: &str, source: &str) -> String {
    let mut part = String::new();
    let mut inside = false;
    for line in text.lines() {
        if let Some((name, _)) = changelog::entries(line).next() {
            inside = name == source;
        }
        if inside {
            part.push_str(line);
            part.push('\n');
        }
    }
    part
}

/// How many packages of a source are tried: some have their documentation as a link to another's.
const TRIES: usize = 3;

/// Downloads the smallest package of each source, all in one command, and takes the changelogs out of them; then the
/// next larger of those that had none.
fn download(
    missing: &[&str],
    wanted: &BTreeMap<String, Wanted<'_>>,
    from: &Changelogs,
    options: &Options,
    texts: &mut BTreeMap<String, String>,
) {
    if missing.is_empty() {
        return;
    }
    let sizes = sizes(missing, wanted, options);
    let mut left = from.limit;
    for round in 0..TRIES {
        let missing = missing.iter().filter(|name| !texts.contains_key(**name));
        let choices =
            missing.filter_map(|name| by_size(wanted.get(*name)?, &sizes).into_iter().nth(round));
        let mut asked = Vec::new();
        for (size, choice) in choices {
            if let Some(rest) = left.checked_sub(size) {
                left = rest;
                asked.push(choice);
            }
        }
        if asked.is_empty() {
            return;
        }
        for text in changelogs_of(&asked, from, options) {
            let source = changelog::entries(&text)
                .next()
                .map(|(source, _)| source.to_owned());
            if let Some((source, wanted)) = source.and_then(|source| wanted.get_key_value(&source))
            {
                keep(texts, from, source, wanted, text);
            }
        }
    }
}

/// The packages of a source as `PACKAGE=VERSION` with their sizes, the smallest first.
fn by_size(wanted: &Wanted<'_>, sizes: &BTreeMap<String, u64>) -> Vec<(u64, String)> {
    let asked = wanted
        .binaries
        .iter()
        .map(|(package, version)| format!("{package}={version}"));
    let mut all: Vec<(u64, String)> = asked
        .filter_map(|asked| Some((*sizes.get(&asked)?, asked)))
        .collect();
    all.sort();
    all
}

/// Downloads packages into a folder of the cache, reads their changelogs, and removes the folder.
fn changelogs_of(asked: &[String], from: &Changelogs, options: &Options) -> Vec<String> {
    let folder = from.cache.join("packages");
    if fs::create_dir_all(&folder).is_err() {
        return Vec::new();
    }
    let mut line = vec!["apt-get", "-q", "-o", "Acquire::Retries=1", "download"];
    line.extend(asked.iter().map(String::as_str));
    let run = Run {
        line: &line,
        folder: Some(&folder),
        timeout: options.timeout,
    };
    // What did arrive is used even if something failed.
    let _ = run.output();
    let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
    let texts = entries
        .filter_map(|entry| from_package(&entry.path()))
        .collect();
    let _ = fs::remove_dir_all(&folder);
    texts
}

/// The download sizes of the candidates by `PACKAGE=VERSION`.
fn sizes(
    missing: &[&str],
    wanted: &BTreeMap<String, Wanted<'_>>,
    options: &Options,
) -> BTreeMap<String, u64> {
    let binaries = missing.iter().filter_map(|name| wanted.get(*name));
    let asked = binaries.flat_map(|wanted| &wanted.binaries);
    let asked: Vec<String> = asked
        .map(|(package, version)| format!("{package}={version}"))
        .collect();
    let mut line = vec!["apt-cache", "show"];
    line.extend(asked.iter().map(String::as_str));
    let text = super::run(&line, options).unwrap_or_default();
    let size = |paragraph: &str| {
        let field = |name: &str| paragraph.lines().find_map(|line| line.strip_prefix(name));
        let (package, version) = (field("Package: ")?, field("Version: ")?);
        Some((
            format!("{package}={version}"),
            field("Size: ")?.trim().parse().ok()?,
        ))
    };
    text.split("\n\n").filter_map(size).collect()
}

/// The changelog inside a `.deb`, whose file tree dpkg-deb gives as a tar stream.
fn from_package(package: &Path) -> Option<String> {
    let mut child = Command::new("dpkg-deb")
        .arg("--fsys-tarfile")
        .arg(package)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let stream = child.stdout.take()?;
    let found = in_tar(stream.take(MAX_UNPACKED));
    let _ = child.kill();
    let _ = child.wait();
    found
}

fn in_tar(stream: impl Read) -> Option<String> {
    let mut archive = tar::Archive::new(stream);
    // A native package has one changelog, others also upstream's under the second name.
    let mut native = None;
    for entry in archive.entries().ok()? {
        let mut entry = entry.ok()?;
        let path = entry.path().ok()?.to_string_lossy().into_owned();
        let is_doc = path.trim_start_matches("./").starts_with("usr/share/doc/");
        if !is_doc || !entry.header().entry_type().is_file() {
            continue;
        }
        if path.ends_with("/changelog.Debian.gz") {
            return unpack(&mut entry);
        } else if path.ends_with("/changelog.gz") {
            native = unpack(&mut entry);
        }
    }
    native
}

fn unpack(from: impl Read) -> Option<String> {
    let mut bytes = Vec::new();
    let reader = flate2::read::GzDecoder::new(from);
    reader.take(MAX_CHANGELOG).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
