//! Finds the package databases of a root and reads them.

use std::collections::HashSet;

use patchward_protocol::inventory::{Location, OperatingSystem, Problem};

use super::{Format, format, rpm};
use crate::parse::{Input, MAX_COMPONENTS, MAX_FILE, Parsed};
use crate::root::{Entry, Root};

/// A database in one file.
const FILES: &[(&str, &str)] = &[
    ("dpkg-status", "var/lib/dpkg/status"),
    ("dpkg-status", "usr/lib/opkg/status"),
    ("apk-installed", "lib/apk/db/installed"),
    // apk 3 on a merged /usr.
    ("apk-installed", "usr/lib/apk/db/installed"),
    ("chisel", "var/lib/chisel/manifest.wall"),
    ("cos-package-info", "etc/cos-package-info.json"),
];

/// A database in many files: where they lie, `*` standing for any one folder or file name.
const PATTERNS: &[(&str, &str)] = &[
    ("dpkg-status", "var/lib/dpkg/status.d/*"),
    ("pacman-desc", "var/lib/pacman/local/*/desc"),
    ("portage", "var/db/pkg/*/*/PF"),
    ("snap", "snap/*/current/meta/snap.yaml"),
    ("snap", "var/lib/snapd/snap/*/current/meta/snap.yaml"),
    (
        "flatpak",
        "var/lib/flatpak/app/*/current/active/export/share/metainfo/*.xml",
    ),
    (
        "homebrew",
        "home/linuxbrew/.linuxbrew/Cellar/*/*/INSTALL_RECEIPT.json",
    ),
    ("homebrew", "opt/homebrew/Cellar/*/*/INSTALL_RECEIPT.json"),
    ("homebrew", "usr/local/Cellar/*/*/INSTALL_RECEIPT.json"),
    ("macapps", "Applications/*/Contents/Info.plist"),
    ("chocolatey", "ProgramData/chocolatey/lib/*/*.nuspec"),
];

/// Reads every package database of a root.
pub fn collect(root: &Root, os: Option<&OperatingSystem>) -> Parsed {
    let mut found = Parsed::default();
    // A link from the old place to the new one would count everything twice.
    let mut seen = HashSet::new();
    for (name, path) in FILES {
        read(root, name, path, os, &mut seen, &mut found);
    }
    for (name, pattern) in PATTERNS {
        for path in expand(root, pattern, &mut found.problems) {
            // distroless keeps a list of checksums beside each package.
            if !path.ends_with(".md5sums") {
                read(root, name, &path, os, &mut seen, &mut found);
            }
        }
    }
    for path in rpm::databases(root) {
        match rpm::open(root, &path, os) {
            Ok(parsed) => add(&mut found, parsed, &path),
            Err(message) => found.problems.push(problem(&path, message)),
        }
    }
    found
}

fn read(
    root: &Root,
    name: &str,
    path: &str,
    os: Option<&OperatingSystem>,
    seen: &mut HashSet<(u64, u64)>,
    found: &mut Parsed,
) {
    let Ok(metadata) = root.metadata(path) else {
        return;
    };
    if !seen.insert(metadata.identity) {
        return;
    }
    let bytes = match root.read(path, MAX_FILE) {
        Ok(bytes) => bytes,
        Err(error) => return found.problems.push(problem(path, error.reason())),
    };
    let input = Input {
        path,
        bytes: &bytes,
        open: &|path| root.read(path, MAX_FILE).ok(),
    };
    let parse = format(name).map(|format: &Format| format.parse);
    match parse.map(|parse| parse(&input, os)) {
        Some(Ok(parsed)) => add(found, parsed, path),
        Some(Err(error)) => found.problems.push(problem(path, error.to_string())),
        None => {}
    }
}

fn add(found: &mut Parsed, parsed: Parsed, path: &str) {
    if found.components.len() + parsed.components.len() > MAX_COMPONENTS {
        let message = format!("more than {MAX_COMPONENTS} packages in this root");
        return found.problems.push(problem(path, message));
    }
    found.components.extend(parsed.components);
    found.problems.extend(parsed.problems);
}

fn problem(path: &str, message: String) -> Problem {
    Problem {
        location: Location {
            path: path.to_owned(),
            line: None,
        },
        message,
    }
}

/// The paths that a pattern stands for, in order.
fn expand(root: &Root, pattern: &str, problems: &mut Vec<Problem>) -> Vec<String> {
    let mut paths = vec![String::new()];
    for part in pattern.split('/') {
        let Some(ending) = part.strip_prefix('*') else {
            for path in &mut paths {
                join(path, part);
            }
            continue;
        };
        let mut next = Vec::new();
        for path in paths {
            match root.read_dir(&path) {
                Ok(entries) => next.extend(matching(&path, &entries, ending)),
                Err(error) if error.is_not_found() => {}
                Err(error) => problems.push(problem(&path, error.reason())),
            }
            if next.len() > MAX_COMPONENTS {
                problems.push(problem(&path, format!("more than {MAX_COMPONENTS} files")));
                break;
            }
        }
        paths = next;
    }
    paths
}

fn matching(path: &str, entries: &[Entry], ending: &str) -> Vec<String> {
    // A name that is not UTF-8 is none of a package manager.
    let names = entries.iter().filter_map(|entry| entry.name.to_str());
    let names = names.filter(|name| name.ends_with(ending));
    names
        .map(|name| {
            let mut path = path.to_owned();
            join(&mut path, name);
            path
        })
        .collect()
}

fn join(path: &mut String, part: &str) {
    if !path.is_empty() {
        path.push('/');
    }
    path.push_str(part);
}
