//! RPM's database in its three forms, read without rpm and without writing: SQLite (rpm 4.16 and later), ndb (SUSE)
//! and the Berkeley DB hash file of before.
//!
//! Each form is a container of the same thing: one header per installed package ([`header`]). A container calls back
//! with each header as soon as it has it, so memory follows the largest header and not the database. What an import of
//! a signing key leaves behind (`gpg-pubkey`) is no package.

pub mod bdb;
pub mod header;
pub mod ndb;
pub mod pages;
pub mod sqlite;
#[cfg(test)]
pub(crate) mod tests;

use patchward_protocol::inventory::{Component, Location, OperatingSystem, Problem, SourcePackage};

use super::identity::Identity;
use crate::parse::{Input, MAX_COMPONENTS, ParseError, Parsed};
use crate::root::{Kind, Root};
use header::Header;
use pages::Pages;

/// No header is larger: rpm itself refuses more (`HEADER_DATA_MAX`).
pub const MAX_HEADER: usize = 256 << 20;

/// Reads an RPM database that is in memory; the write-ahead log of a SQLite one is asked for as `PATH-wal`.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let wal = (input.open)(&format!("{}-wal", input.path)).unwrap_or_default();
    read(input.path, &input.bytes, &wal.as_slice(), os)
}

/// Reads the RPM database at a path of a root, from disk; the error is a sentence.
pub fn open(root: &Root, path: &str, os: Option<&OperatingSystem>) -> Result<Parsed, String> {
    let database = root.open_file(path).map_err(|error| error.to_line())?;
    let read = match root.open_file(format!("{path}-wal")) {
        Ok(wal) => read(path, &database, &wal, os),
        Err(error) if error.is_not_found() => read(path, &database, &[].as_slice(), os),
        Err(error) => return Err(error.to_line()),
    };
    read.map_err(|error| error.to_string())
}

/// Calls `each` with the header of every package of a root's RPM databases; what cannot be read is passed over.
pub fn each_package(root: &Root, each: &mut dyn FnMut(&Header<'_>)) {
    for path in databases(root) {
        let Ok(database) = root.open_file(&path) else {
            continue;
        };
        let wal = root.open_file(format!("{path}-wal")).ok();
        let wal: &dyn Pages = match &wal {
            Some(wal) => wal,
            None => &[].as_slice(),
        };
        let mut one = |blob: &[u8]| {
            if let Ok(header) = Header::parse(blob) {
                each(&header);
            }
            Ok(())
        };
        // Whoever lists the packages has told the problem.
        let _ = each_header(&database, wal, &mut one);
    }
}

/// Where RPM keeps its database: on ordinary systems, on those that moved it under `/usr` (SUSE, ostree), and before.
const FOLDERS: &[&str] = &["usr/lib/sysimage/rpm", "var/lib/rpm", "usr/share/rpm"];

/// RPM's three forms, the newest first: a conversion may leave the file of the old form behind.
const FILES: &[&str] = &["rpmdb.sqlite", "Packages.db", "Packages"];

/// The paths of a root's RPM databases, each once though links lead to it from the old place.
pub fn databases(root: &Root) -> Vec<String> {
    let mut found: Vec<(String, (u64, u64))> = Vec::new();
    for folder in FOLDERS {
        let paths = FILES.iter().map(|file| format!("{folder}/{file}"));
        let mut files = paths.filter_map(|path| Some((root.metadata(&path).ok()?, path)));
        let file = files.find(|(metadata, _)| metadata.kind == Kind::File && metadata.size > 0);
        if let Some((metadata, path)) = file
            && found
                .iter()
                .all(|(_, identity)| *identity != metadata.identity)
        {
            found.push((path, metadata.identity));
        }
    }
    found.into_iter().map(|(path, _)| path).collect()
}

/// Reads an RPM database page by page. One that changes while it is read is read again.
pub fn read(
    path: &str,
    database: &dyn Pages,
    wal: &dyn Pages,
    os: Option<&OperatingSystem>,
) -> Result<Parsed, ParseError> {
    for _ in 0..3 {
        let before = fingerprint(database, wal);
        let parsed = read_once(path, database, wal, os);
        if fingerprint(database, wal) == before {
            return parsed;
        }
    }
    Err(ParseError::new(
        "the RPM database changes all the time: is an update running?",
    ))
}

/// The first bytes of the database and of its log: a write changes the change counter of SQLite, the salts of its log,
/// the generation of ndb or the log sequence number of Berkeley DB, which all lie there.
fn fingerprint(database: &dyn Pages, wal: &dyn Pages) -> ([u8; 32], [u8; 32], u64) {
    let mut heads = ([0; 32], [0; 32], database.size());
    // What is shorter has nothing to compare.
    let _ = database.read_at(0, &mut heads.0);
    let _ = wal.read_at(0, &mut heads.1);
    heads
}

fn read_once(
    path: &str,
    database: &dyn Pages,
    wal: &dyn Pages,
    os: Option<&OperatingSystem>,
) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    let mut bad = 0_usize;
    let mut first_bad = None;
    each_header(database, wal, &mut |blob| {
        match Header::parse(blob) {
            Ok(header) if header.name() == "gpg-pubkey" => {}
            Ok(header) => parsed.components.push(component(&header, path, os)),
            Err(error) => {
                bad += 1;
                first_bad.get_or_insert(error);
            }
        }
        if parsed.components.len() > MAX_COMPONENTS {
            return Err(ParseError::new(format!(
                "more than {MAX_COMPONENTS} packages"
            )));
        }
        Ok(())
    })?;
    if let Some(error) = first_bad {
        if parsed.components.is_empty() {
            return Err(error);
        }
        parsed.problems.push(Problem {
            location: Location {
                path: path.to_owned(),
                line: None,
            },
            message: format!("{bad} package headers could not be read; the first: {error}"),
        });
    }
    Ok(parsed)
}

/// Calls `each` with every header of the database, whatever its form.
pub fn each_header(
    database: &dyn Pages,
    wal: &dyn Pages,
    each: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut start = [0; 16];
    if database.size() < start.len() as u64 {
        return Err(ParseError::new("not an RPM database: too short"));
    }
    database.read_at(0, &mut start)?;
    if sqlite::matches(&start) {
        sqlite::each_header(database, wal, each)
    } else if ndb::matches(&start) {
        ndb::each_header(database, each)
    } else if bdb::matches(&start) {
        bdb::each_header(database, each)
    } else {
        Err(ParseError::new(
            "not an RPM database: expected SQLite, ndb or a Berkeley DB hash file",
        ))
    }
}

/// The component of a package header.
pub fn component(header: &Header<'_>, path: &str, os: Option<&OperatingSystem>) -> Component {
    let release = format!("{}-{}", header.version(), header.release());
    let full = match header.epoch() {
        Some(epoch) if epoch != 0 => format!("{epoch}:{release}"),
        _ => release.clone(),
    };
    let source = source_package(header, &full);
    let identity = Identity {
        kind: "rpm",
        name: header.name(),
        version: &release,
        epoch: header.epoch(),
        arch: header.arch(),
        upstream: source.as_ref(),
        ..Identity::default()
    };
    let mut component = Component {
        purl: identity.purl(os),
        name: header.name().to_owned(),
        version: full,
        source,
        arch: header.arch().map(str::to_owned),
        module: header.module().map(str::to_owned),
        locations: vec![Location {
            path: path.to_owned(),
            line: None,
        }],
        ..Component::default()
    };
    for (key, value) in [
        ("vendor", header.vendor()),
        ("license", header.license()),
        ("source-rpm", header.source_rpm()),
    ] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            component.properties.insert(key.into(), value.to_owned());
        }
    }
    component
}

/// The source package by the name of its file, `NAME-VERSION-RELEASE.src.rpm`. The file name has no epoch; the binary's
/// is taken, because a build gives all its packages the same one unless the spec file says otherwise.
fn source_package(header: &Header<'_>, own_version: &str) -> Option<SourcePackage> {
    let file = header.source_rpm()?;
    let stem = [".src.rpm", ".nosrc.rpm"]
        .iter()
        .find_map(|end| file.strip_suffix(end))?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    let version = match own_version.split_once(':') {
        Some((epoch, _)) => format!("{epoch}:{version}-{release}"),
        None => format!("{version}-{release}"),
    };
    Some(SourcePackage {
        name: name.to_owned(),
        version,
    })
}
