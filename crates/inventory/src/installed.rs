//! Language packages that are installed in a root: what runs there, whatever a lockfile once said.
//!
//! A path tells what a file may hold ([`kind_of`]), one reader per kind understands it, and [`Installed`] collects
//! what they find, with the operating-system package that owns each file. [`collect`] walks a whole root.
//!
//! Nothing is run or evaluated: a gem's specification is Ruby and only its stub is read, and programs are read for the
//! build information that Go and cargo-auditable leave in them.

mod archive;
mod binary;
mod composer;
mod gem;
mod node;
mod walk;

use patchward_protocol::inventory::{Location, Owner, Problem};

use crate::lockfile;
use crate::parse::{Input, ParseError, Parsed};
use crate::root::{Root, RootError};

pub use archive::{Limits as ArchiveLimits, read as read_archive};
pub use binary::read as read_binary;
pub use walk::collect;

/// The largest metadata file, in bytes; those of real packages stay below 2 MiB.
const MAX_METADATA: u64 = 32 << 20;

/// The largest program that is looked into, in bytes.
const MAX_BINARY: u64 = 1 << 30;

/// What a file may hold, by its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `node_modules/NAME/package.json`.
    Node,
    /// `NAME.dist-info/METADATA`, `NAME.egg-info/PKG-INFO` or a file `NAME.egg-info`.
    Python,
    /// `specifications/NAME-VERSION.gemspec`.
    Gem,
    /// `vendor/composer/installed.json`.
    Composer,
    /// A jar, war or ear, with those inside it.
    Archive,
    /// A program or shared library that may tell what it was built from.
    Binary,
    /// `NAME.deps.json` of a .NET application.
    Dotnet,
    /// `conda-meta/NAME.json`.
    Conda,
    /// `.meta/NAME/MYMETA.json` of a Perl library folder.
    Perl,
}

/// What the file at a path (with `/`) may hold; `executable` is only asked where the name leaves it open.
pub fn kind_of(path: &str, executable: impl FnOnce() -> bool) -> Option<Kind> {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let parent = folder.rsplit('/').next().unwrap_or_default();
    let extension = name.rsplit_once('.').map(|(_, extension)| extension);
    match (name, extension) {
        ("package.json", _) => node::is_package(folder).then_some(Kind::Node),
        ("METADATA", _) => parent.ends_with(".dist-info").then_some(Kind::Python),
        ("PKG-INFO", _) => {
            let is = parent.ends_with(".egg-info") || parent == "EGG-INFO";
            is.then_some(Kind::Python)
        }
        ("MYMETA.json", _) => folder.contains("/.meta/").then_some(Kind::Perl),
        ("installed.json", _) => (parent == "composer").then_some(Kind::Composer),
        (_, Some("egg-info")) => Some(Kind::Python),
        (_, Some("gemspec")) => gem::is_specification(folder).then_some(Kind::Gem),
        (_, Some("json")) if name.ends_with(".deps.json") => Some(Kind::Dotnet),
        (_, Some("json")) => (parent == "conda-meta").then_some(Kind::Conda),
        (_, Some(extension)) if archive::is_extension(extension) => Some(Kind::Archive),
        _ if binary::is_library(name) => Some(Kind::Binary),
        _ if binary::may_be_program(extension) => executable().then_some(Kind::Binary),
        _ => None,
    }
}

/// Tells which operating-system package owns a path, where one does.
pub type OwnerOf<'a> = &'a dyn Fn(&str) -> Option<Owner>;

/// Collects the packages of the files that it is shown.
pub struct Installed<'a> {
    root: &'a Root,
    owner_of: OwnerOf<'a>,
    found: Parsed,
}

impl<'a> Installed<'a> {
    /// A collector without anything yet.
    pub fn new(root: &'a Root, owner_of: OwnerOf<'a>) -> Installed<'a> {
        Installed {
            root,
            owner_of,
            found: Parsed::default(),
        }
    }

    /// Looks at the regular file at a path relative to the root and adds what it holds. A file that cannot be read
    /// adds a problem.
    pub fn visit(&mut self, path: &str) {
        let executable = || self.root.metadata(path).is_ok_and(|file| file.executable);
        let Some(kind) = kind_of(path, executable) else {
            return;
        };
        match self.read(path, kind) {
            Ok(parsed) => self.add(path, parsed),
            Err(message) => self.found.problems.push(Problem {
                location: Location {
                    path: path.to_owned(),
                    line: None,
                },
                message,
            }),
        }
    }

    /// What was found, in the order of the visits.
    pub fn finish(mut self) -> Parsed {
        archive::name_by_hash(&mut self.found.components);
        self.found
    }

    fn read(&self, path: &str, kind: Kind) -> Result<Parsed, String> {
        let Some(reader) = reader_of(kind) else {
            return match kind {
                Kind::Archive => self.archive(path),
                _ => self.binary(path),
            };
        };
        let bytes = self.root.read(path, MAX_METADATA).map_err(told)?;
        let input = Input {
            path,
            bytes: &bytes,
            open: &|path| self.root.read(path, MAX_METADATA).ok(),
        };
        reader(&input).map_err(|error| error.to_string())
    }

    fn archive(&self, path: &str) -> Result<Parsed, String> {
        let file = self.root.open_file(path).map_err(told)?;
        let file = std::io::BufReader::new(file);
        archive::read(path, file, &ArchiveLimits::default()).map_err(|error| error.to_string())
    }

    fn binary(&self, path: &str) -> Result<Parsed, String> {
        let mut file = self.root.open_file(path).map_err(told)?;
        if !binary::has_magic(&mut file) {
            return Ok(Parsed::default());
        }
        let size = self.root.metadata(path).map_err(told)?.size;
        if size > MAX_BINARY {
            return Err(format!("a program of {size} bytes, more than {MAX_BINARY}"));
        }
        Ok(binary::read(path, &object::ReadCache::new(file)))
    }

    fn add(&mut self, path: &str, mut parsed: Parsed) {
        if !parsed.components.is_empty() {
            let owner = (self.owner_of)(path);
            for component in &mut parsed.components {
                component.owner.clone_from(&owner);
            }
        }
        self.found.components.append(&mut parsed.components);
        self.found.problems.append(&mut parsed.problems);
    }
}

type Reader = fn(&Input<'_>) -> Result<Parsed, ParseError>;

/// The reader of a text file of this kind; archives and programs are streams.
pub(crate) fn reader_of(kind: Kind) -> Option<Reader> {
    Some(match kind {
        Kind::Archive | Kind::Binary => return None,
        Kind::Node => node::read,
        Kind::Gem => gem::read,
        Kind::Composer => composer::read,
        Kind::Dotnet => lockfile::dotnet_deps_json::parse,
        Kind::Perl => lockfile::cpan::parse,
        Kind::Python => by_format("python-metadata"),
        Kind::Conda => by_format("conda-meta"),
    })
}

/// The reader of a lockfile format that is also what an installed package leaves.
fn by_format(name: &str) -> Reader {
    lockfile::format_named(name).map_or(|_| Ok(Parsed::default()), |format| format.parse)
}

fn told(error: RootError) -> String {
    let mut message = error.to_string();
    let mut source = std::error::Error::source(&error);
    while let Some(cause) = source {
        message.push_str(&format!(": {cause}"));
        source = cause.source();
    }
    message
}

#[cfg(test)]
mod tests;
