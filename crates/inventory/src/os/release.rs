//! Which distribution a root holds: os-release(5), and the files that came before it.

mod before;

use patchward_protocol::inventory::{Location, OperatingSystem, Problem};

use super::{ecosystem, text};
use crate::root::Root;

/// No os-release is larger; the real ones are half a kilobyte.
const MAX_RELEASE: u64 = 1 << 20;

/// Where os-release(5) lies, in the order in which it is looked for. The last is Fedora CoreOS's and bootc's template
/// place in images whose `/etc` is made at boot.
const PATHS: &[&str] = &[
    "etc/os-release",
    "usr/lib/os-release",
    "usr/share/factory/etc/os-release",
];

/// Finds the distribution of a root.
pub fn detect(root: &Root) -> (Option<OperatingSystem>, Vec<Problem>) {
    let mut problems = Vec::new();
    let mut found = None;
    for path in PATHS {
        match root.read(path, MAX_RELEASE) {
            Ok(bytes) => found = parse(&bytes),
            Err(error) if error.is_not_found() => {}
            Err(error) => problems.push(Problem {
                location: Location {
                    path: (*path).to_owned(),
                    line: None,
                },
                message: error.reason(),
            }),
        }
        if found.is_some() {
            break;
        }
    }
    let mut found = found.or_else(|| before::detect(root));
    if let Some(os) = &mut found {
        sharpen(os, root);
    }
    (found, problems)
}

/// Debian's os-release has no point release and Debian testing and unstable no version at all; `debian_version` knows.
fn sharpen(os: &mut OperatingSystem, root: &Root) {
    if os.id == "debian" && os.version_id.is_empty() && os.codename.is_empty() {
        let file = root
            .read("etc/debian_version", MAX_RELEASE)
            .unwrap_or_default();
        let (version, codename) = before::debian_version(&text::lossy(&file));
        (os.version_id, os.codename) = (version, codename);
        os.ecosystem = ecosystem::of(os);
    }
}

/// Reads the text of an os-release file; `None` when it names no `ID`. A system without a pretty name is called by its
/// name, else its id, with the version.
pub fn parse(bytes: &[u8]) -> Option<OperatingSystem> {
    let text = text::lossy(bytes);
    let mut os = OperatingSystem::default();
    let (mut name, mut ubuntu, mut debian) = (String::new(), String::new(), String::new());
    for line in text.lines() {
        let line = line.trim();
        let Some((key, value)) = line.split_once('=') else {
            continue;
        };
        let value = unquote(value.trim());
        match key.trim() {
            "ID" => os.id = value,
            "VERSION_ID" => os.version_id = value,
            "VERSION_CODENAME" => os.codename = value,
            "NAME" => name = value,
            "PRETTY_NAME" => os.pretty_name = value,
            "ID_LIKE" => os.id_like = value.split_whitespace().map(str::to_owned).collect(),
            "CPE_NAME" => os.cpe = Some(value).filter(|cpe| !cpe.is_empty()),
            "UBUNTU_CODENAME" => ubuntu = value,
            "DEBIAN_CODENAME" => debian = value,
            _ => {}
        }
    }
    if os.id.is_empty() {
        return None;
    }
    os.ecosystem = ecosystem::of(&os).or_else(|| ecosystem::of_base(&os, &ubuntu, &debian));
    if os.pretty_name.is_empty() {
        let name = if name.is_empty() { &os.id } else { &name };
        os.pretty_name = format!("{name} {}", os.version_id).trim().to_owned();
    }
    Some(os)
}

/// A value as the shell reads it: in single or double quotes, or bare; a backslash takes the next character as it is,
/// except in single quotes.
fn unquote(value: &str) -> String {
    let (quote, inner) = match value.chars().next() {
        Some(quote @ ('"' | '\'')) => (Some(quote), &value[1..]),
        _ => (None, value),
    };
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' if quote != Some('\'') => text.extend(characters.next()),
            end if Some(end) == quote => break,
            other => text.push(other),
        }
    }
    text
}

#[cfg(test)]
mod tests;
