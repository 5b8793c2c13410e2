//! What a user points at, and its inventory.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use patchward_protocol::inventory::{Asset, AssetKind, Inventory, Location, Problem};

use crate::host::{self, Live};
use crate::lockfile::{self, Format};
use crate::parse::{Input, MAX_FILE, Parsed};
use crate::pending;
use crate::process;
use crate::root::Root;
use crate::sbom;
use crate::tree;

/// What a user points at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// This machine.
    Host,
    /// A mounted or unpacked system.
    Root(PathBuf),
    /// A source tree.
    Tree(PathBuf),
    /// One lockfile or manifest, and its format.
    Lockfile(PathBuf, &'static Format),
    /// An SBOM.
    Sbom(PathBuf),
    /// Standard input: a lockfile of this format, else an SBOM.
    StandardInput(Option<&'static Format>),
}

/// How a tree is walked.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Walk into what .gitignore leaves out.
    pub include_ignored: bool,
    /// Patterns as in .gitignore that are left out.
    pub exclude: Vec<String>,
    /// Look for language packages installed on this machine (it walks all its files). A root is always walked.
    pub languages: bool,
    /// Ask this machine's package manager which patches it offers.
    pub pending: Option<pending::Options>,
}

/// A target that cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It cannot be read.
    #[error("read {path}")]
    Read {
        /// The path.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is neither a known lockfile nor an SBOM.
    #[error(
        "scan {path}: it is neither a lockfile that is known here, nor an SBOM; --kind says what it is"
    )]
    Unknown {
        /// The path.
        path: PathBuf,
    },
    /// It is not what `--kind` says.
    #[error("scan {path} as {kind}: {message}")]
    Kind {
        /// The path.
        path: PathBuf,
        /// What it was to be.
        kind: &'static str,
        /// What was expected.
        message: String,
    },
    /// A pattern to leave out is wrong.
    #[error("leave out {pattern:?}: {message}")]
    Exclude {
        /// The pattern.
        pattern: String,
        /// What is wrong.
        message: String,
    },
}

impl TargetError {
    /// The message with its cause and without the path, for a report that tells the place by itself.
    pub fn reason(&self) -> String {
        match self {
            TargetError::Read { source, .. } => source.to_string(),
            TargetError::Unknown { .. } => {
                "neither a lockfile that is known here, nor an SBOM; --kind says what it is"
                    .to_owned()
            }
            TargetError::Kind { kind, message, .. } => format!("as {kind}: {message}"),
            TargetError::Exclude { .. } => self.to_string(),
        }
    }
}

/// Files whose presence makes a folder the root of a system.
const SYSTEM: [&str; 6] = [
    "etc/os-release",
    "usr/lib/os-release",
    "var/lib/dpkg",
    "lib/apk/db",
    "var/lib/rpm",
    "etc/redhat-release",
];

/// What a user says that a target is, instead of having it looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Forced {
    /// A mounted or unpacked system.
    Root,
    /// A source tree.
    Tree,
    /// A lockfile or manifest, whose format the file name tells.
    Lockfile,
    /// A lockfile or manifest of this format, whatever its name.
    Format(&'static Format),
    /// An SBOM.
    Sbom,
}

impl FromStr for Forced {
    type Err = String;

    fn from_str(text: &str) -> Result<Forced, String> {
        Ok(match text {
            "root" => Forced::Root,
            "tree" => Forced::Tree,
            "lockfile" => Forced::Lockfile,
            "sbom" => Forced::Sbom,
            name => Forced::Format(lockfile::format_named(name).ok_or_else(|| {
                let names: Vec<_> = lockfile::FORMATS.iter().map(|format| format.name).collect();
                format!(
                    "expected root, tree, lockfile, sbom, or one of {}",
                    names.join(", ")
                )
            })?),
        })
    }
}

/// Looks at a path to tell what it is; `forced` says it instead.
///
/// # Errors
/// When the path cannot be read, or is nothing that can be scanned.
pub fn detect(path: &Path, forced: Option<Forced>) -> Result<Target, TargetError> {
    if path == Path::new("-") {
        return standard_input(path, forced);
    }
    let failed = |source| TargetError::Read {
        path: path.to_owned(),
        source,
    };
    let is_dir = std::fs::metadata(path).map_err(failed)?.is_dir();
    let owned = path.to_owned();
    let by_name = || lockfile::format_of(&file_name(path));
    match (forced, is_dir) {
        (Some(Forced::Root), true) => Ok(Target::Root(owned)),
        (Some(Forced::Tree), true) => Ok(Target::Tree(owned)),
        (None, true) if SYSTEM.iter().any(|name| path.join(name).exists()) => {
            Ok(Target::Root(owned))
        }
        (None, true) => Ok(Target::Tree(owned)),
        (Some(Forced::Format(format)), false) => Ok(Target::Lockfile(owned, format)),
        (Some(Forced::Lockfile), false) => match by_name() {
            Some(format) => Ok(Target::Lockfile(owned, format)),
            None => Err(wrong(
                path,
                "lockfile",
                "its name tells no format: name one, as in --kind cargo-lock",
            )),
        },
        (Some(Forced::Sbom), false) => Ok(Target::Sbom(owned)),
        (None, false) => match (by_name(), || {
            read_file(path).map(|bytes| sbom::detect(&bytes))
        }) {
            (Some(format), _) => Ok(Target::Lockfile(owned, format)),
            (None, detect) => match detect()? {
                Some(_) => Ok(Target::Sbom(owned)),
                None => Err(TargetError::Unknown { path: owned }),
            },
        },
        (Some(Forced::Root | Forced::Tree), false) => Err(wrong(path, "folder", "it is a file")),
        (Some(_), true) => Err(wrong(path, "file", "it is a folder")),
    }
}

/// Of standard input only the user can say that it is a lockfile, and of which format: it has no name.
fn standard_input(path: &Path, forced: Option<Forced>) -> Result<Target, TargetError> {
    match forced {
        None | Some(Forced::Sbom) => Ok(Target::StandardInput(None)),
        Some(Forced::Format(format)) => Ok(Target::StandardInput(Some(format))),
        Some(Forced::Lockfile) => Err(wrong(
            path,
            "lockfile",
            "standard input has no name that tells a format: name one, as in --kind cargo-lock",
        )),
        Some(Forced::Root | Forced::Tree) => Err(wrong(path, "folder", "it is standard input")),
    }
}

fn wrong(path: &Path, kind: &'static str, message: &str) -> TargetError {
    TargetError::Kind {
        path: path.to_owned(),
        kind,
        message: message.to_owned(),
    }
}

/// Takes the inventory of a target. What cannot be read inside it becomes a problem; only a target that cannot be
/// looked at as a whole is an error.
///
/// # Errors
/// When the target cannot be read or is not what it was taken for.
pub fn take(target: &Target, options: &Options) -> Result<Inventory, TargetError> {
    match target {
        Target::Host => {
            let root = open(Path::new("/"))?;
            let name = name_of(&root);
            Ok(this_machine(&root, &name, options))
        }
        Target::Root(path) => {
            let root = open(path)?;
            let mut inventory = host::inventory(&root, Live::Root, &path.display().to_string());
            host::add_language_packages(&mut inventory, &root);
            note_sources(&mut inventory);
            Ok(inventory)
        }
        Target::Tree(path) => tree::inventory(path, &open(path)?, options),
        Target::Lockfile(path, format) => lockfile(path, format),
        Target::Sbom(path) => sbom_of(&path.display().to_string(), path, &read_file(path)?),
        Target::StandardInput(format) => {
            let bytes = read_all(&mut std::io::stdin().lock())?;
            match format {
                Some(format) => Ok(lockfile_of(
                    STANDARD_INPUT,
                    format,
                    &Input {
                        path: STANDARD_INPUT,
                        bytes: &bytes,
                        open: &|_| None,
                    },
                )),
                None => sbom_of(STANDARD_INPUT, Path::new("-"), &bytes),
            }
        }
    }
}

/// What standard input is called in an inventory.
const STANDARD_INPUT: &str = "standard input";

fn read_all(input: &mut dyn Read) -> Result<Vec<u8>, TargetError> {
    let failed = |source| TargetError::Read {
        path: STANDARD_INPUT.into(),
        source,
    };
    let mut bytes = Vec::new();
    input
        .take(MAX_FILE + 1)
        .read_to_end(&mut bytes)
        .map_err(failed)?;
    match bytes.len() as u64 > MAX_FILE {
        true => Err(failed(too_large())),
        false => Ok(bytes),
    }
}

/// What this machine is called in its inventory.
pub fn name_of_this_machine() -> String {
    open(Path::new("/")).map_or_else(|_| UNNAMED.to_owned(), |root| name_of(&root))
}

/// A machine that tells no name.
const UNNAMED: &str = "this machine";

fn name_of(root: &Root) -> String {
    host::name(root).unwrap_or_else(|| UNNAMED.to_owned())
}

fn this_machine(root: &Root, name: &str, options: &Options) -> Inventory {
    let mut inventory = host::inventory(root, Live::Host, name);
    if options.languages {
        host::add_language_packages(&mut inventory, root);
    }
    if let Some(options) = &options.pending {
        let found = pending::find(root, &inventory.components, options);
        inventory.pending = found.patches;
        inventory.problems.extend(found.problems);
    }
    process::mark(&mut inventory, root, Path::new("/proc"));
    note_sources(&mut inventory);
    inventory
}

/// The package databases that components came from.
fn note_sources(inventory: &mut Inventory) {
    let paths = inventory
        .components
        .iter()
        .filter_map(|component| component.locations.first());
    let paths: BTreeSet<&str> = paths.map(|location| location.path.as_str()).collect();
    inventory.sources = paths.into_iter().map(str::to_owned).collect();
}

fn lockfile(path: &Path, format: &Format) -> Result<Inventory, TargetError> {
    let name = file_name(path);
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let (root, bytes) = (open(folder)?, read_file(path)?);
    let input = Input {
        path: &name,
        bytes: &bytes,
        open: &|path| root.read(path, MAX_FILE).ok(),
    };
    Ok(lockfile_of(&path.display().to_string(), format, &input))
}

fn lockfile_of(name: &str, format: &Format, input: &Input<'_>) -> Inventory {
    // Of a broken file nothing is known: an incomplete scan, whether the file comes alone or with others.
    let parsed = format.read(input).unwrap_or_else(|error| Parsed {
        components: Vec::new(),
        problems: vec![problem(input.path, error.line, error.message)],
    });
    Inventory {
        asset: Asset {
            kind: AssetKind::Lockfile,
            name: name.to_owned(),
        },
        sources: vec![input.path.to_owned()],
        components: parsed.components,
        problems: parsed.problems,
        ..Inventory::default()
    }
}

fn sbom_of(name: &str, path: &Path, bytes: &[u8]) -> Result<Inventory, TargetError> {
    let document = match sbom::read(name, bytes) {
        Ok(document) => document,
        Err(error) if sbom::detect(bytes).is_none() => {
            let hint = match path == Path::new("-") {
                true => "; --kind names the format of a lockfile, as in --kind cargo-lock",
                false => "",
            };
            return Err(wrong(path, "sbom", &format!("{error}{hint}")));
        }
        Err(error) => {
            return Ok(Inventory {
                asset: Asset {
                    kind: AssetKind::Sbom,
                    name: name.to_owned(),
                },
                sources: vec![name.to_owned()],
                problems: vec![problem(name, error.line, error.message)],
                ..Inventory::default()
            });
        }
    };
    let subject = match document.subject.as_str() {
        "" => name.to_owned(),
        subject => format!("{subject} ({name})"),
    };
    Ok(Inventory {
        asset: Asset {
            kind: AssetKind::Sbom,
            name: subject,
        },
        os: document.os,
        sources: vec![name.to_owned()],
        components: document.components,
        problems: document.problems,
        ..Inventory::default()
    })
}

fn open(path: &Path) -> Result<Root, TargetError> {
    Root::open(path).map_err(|error| {
        let reason = match std::fs::metadata(path) {
            Ok(found) if !found.is_dir() => "not a folder".to_owned(),
            _ => error.reason(),
        };
        TargetError::Read {
            path: path.to_owned(),
            source: std::io::Error::other(reason),
        }
    })
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// The whole of a regular file, within the limit of readers.
fn read_file(path: &Path) -> Result<Vec<u8>, TargetError> {
    let failed = |source| TargetError::Read {
        path: path.to_owned(),
        source,
    };
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(std::io::Error::other("not a regular file")));
    }
    if metadata.len() > MAX_FILE {
        return Err(failed(too_large()));
    }
    std::fs::read(path).map_err(failed)
}

fn too_large() -> std::io::Error {
    std::io::Error::other(format!("larger than {} MiB", MAX_FILE >> 20))
}

/// A problem with a file of a target.
pub(crate) fn problem(path: &str, line: Option<u32>, message: impl Into<String>) -> Problem {
    Problem {
        location: Location {
            path: path.to_owned(),
            line,
        },
        message: message.into(),
    }
}

#[cfg(test)]
mod tests;
