//! Java archives: jars, wars and ears with the archives inside them.
//!
//! What an archive is, it says itself in `pom.properties`, or the folders of Maven's repository or Gradle's cache say
//! it. One without is told by its manifest and file name, and the component then says by `evidence` that this is a
//! guess; where a file with the same hash lies in such a repository, it is that ([`name_by_hash`]). An archive with
//! several `pom.properties` holds the classes of several packages, and each is a component. One whose version nobody
//! states is a component without a version.
//!
//! Archives come from anywhere, so entries, inflated bytes, nesting and compression ratio are limited for an outermost
//! archive as a whole: a bomb ends with a problem, and what was found before it stays.

mod identity;
mod known;
mod manifest;
mod names;

use std::collections::HashMap;
use std::io::{Cursor, Read, Seek};

use patchward_protocol::inventory::{Component, Problem};
use zip::ZipArchive;

use crate::lockfile::package::problem;
use crate::parse::{MAX_COMPONENTS, Parsed};
use identity::Evidence;
use manifest::Manifest;

/// Limits on one outermost archive and all that is inside it.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Entries, of all archives together.
    pub entries: usize,
    /// Bytes of one inner archive, inflated.
    pub inner: u64,
    /// Bytes of all entries that are read, inflated.
    pub inflated: u64,
    /// Archives inside archives: 0 looks into none.
    pub depth: usize,
    /// Inflated bytes for one compressed byte, counted beyond the first MiB of an entry.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            entries: 1_000_000,
            inner: 256 << 20,
            inflated: 1 << 30,
            depth: 4,
            ratio: 100,
        }
    }
}

/// Bytes of `pom.properties` or a manifest.
const MAX_TEXT: u64 = 1 << 20;

/// Inflated bytes of an entry before its ratio counts.
const RATIO_FROM: u64 = 1 << 20;

/// The evidence of an archive whose folders tell what it is.
const BY_PLACE: &str = "repository path";

/// The evidence of an archive that is the same file as one whose folders tell what it is.
const BY_HASH: &str = "same hash";

/// An archive that could not be opened at all.
#[derive(Debug, thiserror::Error)]
#[error("not a readable archive: {0}")]
pub struct ArchiveError(#[from] zip::result::ZipError);

/// Whether files with this extension are archives that we look into.
pub(super) fn is_extension(extension: &str) -> bool {
    const KNOWN: [&str; 8] = ["jar", "war", "ear", "par", "sar", "kar", "hpi", "jpi"];
    KNOWN
        .iter()
        .any(|known| extension.eq_ignore_ascii_case(known))
}

/// Reads an archive and those inside it; `path` is its place in the target.
///
/// # Errors
/// The outermost file is not a zip archive. Anything wrong further in is a problem of the result.
pub fn read(path: &str, file: impl Read + Seek, limits: &Limits) -> Result<Parsed, ArchiveError> {
    let zip = ZipArchive::new(file)?;
    let mut reading = Reading {
        limits,
        entries: 0,
        inflated: 0,
        found: Parsed::default(),
    };
    reading.archive(path, zip, 0);
    Ok(reading.found)
}

/// Gives archives that could only be guessed the name of one with the same hash whose place tells what it is.
pub(super) fn name_by_hash(components: &mut [Component]) {
    let told = |component: &Component, how: &str| {
        let evidence = component.properties.get("evidence");
        evidence.is_some_and(|evidence| evidence == how)
    };
    let sure: HashMap<String, (String, String, String)> = components
        .iter()
        .filter(|component| told(component, BY_PLACE))
        .filter_map(|component| {
            let hash = component.properties.get("integrity")?.clone();
            let Component {
                purl,
                name,
                version,
                ..
            } = component;
            Some((hash, (purl.clone(), name.clone(), version.clone())))
        })
        .collect();
    for component in components {
        if !told(component, "manifest") && !told(component, "file name") {
            continue;
        }
        let hash = component.properties.get("integrity");
        if let Some((purl, name, version)) = hash.and_then(|hash| sure.get(hash)) {
            component.purl.clone_from(purl);
            component.name.clone_from(name);
            component.version.clone_from(version);
            let properties = &mut component.properties;
            properties.insert("evidence".into(), BY_HASH.into());
        }
    }
}

/// The state of reading one outermost archive.
struct Reading<'a> {
    limits: &'a Limits,
    entries: usize,
    inflated: u64,
    found: Parsed,
}

impl Reading<'_> {
    fn archive<R: Read + Seek>(&mut self, place: &str, mut zip: ZipArchive<R>, depth: usize) {
        self.entries = self.entries.saturating_add(zip.len());
        if self.entries > self.limits.entries {
            let limit = self.limits.entries;
            return self.tell(
                place,
                format!("more than {limit} entries in archives: not read"),
            );
        }
        let mut evidence = Evidence::default();
        let mut inner = Vec::new();
        for index in 0..zip.len() {
            let Some(Ok(name)) = zip.name_for_index(index) else {
                continue;
            };
            let name = name.into_owned();
            if is_pom_properties(&name) {
                if let Some(text) = self.text(place, &name, &mut zip, index) {
                    evidence.add_pom_properties(&text);
                }
            } else if name.eq_ignore_ascii_case("META-INF/MANIFEST.MF") {
                let text = self.text(place, &name, &mut zip, index);
                evidence.manifest = text.map(|text| Manifest::parse(&text)).unwrap_or_default();
            } else if name
                .rsplit_once('.')
                .is_some_and(|(_, end)| is_extension(end))
            {
                inner.push((index, name));
            }
        }
        let holds_others = !inner.is_empty();
        for (index, name) in inner {
            self.inner(&format!("{place}!/{name}"), &mut zip, index, depth);
        }
        let found = evidence.components(place, holds_others, || sha1(zip.into_inner()));
        self.found.components.extend(found);
    }

    fn inner<R: Read + Seek>(
        &mut self,
        place: &str,
        zip: &mut ZipArchive<R>,
        index: usize,
        depth: usize,
    ) {
        if depth >= self.limits.depth {
            let limit = self.limits.depth;
            return self.tell(
                place,
                format!("archives nested deeper than {limit}: not read"),
            );
        }
        if self.found.components.len() > MAX_COMPONENTS {
            return self.tell(place, "too many packages in one archive: not read".into());
        }
        let bytes = match self.inflate(zip, index, self.limits.inner) {
            Ok(bytes) => bytes,
            Err(message) => return self.tell(place, message),
        };
        match ZipArchive::new(Cursor::new(bytes)) {
            Ok(zip) => self.archive(place, zip, depth + 1),
            Err(error) => self.tell(place, ArchiveError(error).to_string()),
        }
    }

    fn text<R: Read + Seek>(
        &mut self,
        place: &str,
        name: &str,
        zip: &mut ZipArchive<R>,
        index: usize,
    ) -> Option<String> {
        match self.inflate(zip, index, MAX_TEXT) {
            Ok(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Err(message) => {
                self.tell(&format!("{place}!/{name}"), message);
                None
            }
        }
    }

    /// Reads an entry of at most `limit` bytes, within what is left of the whole archive's allowance.
    fn inflate<R: Read + Seek>(
        &mut self,
        zip: &mut ZipArchive<R>,
        index: usize,
        limit: u64,
    ) -> Result<Vec<u8>, String> {
        let entry = zip.by_index(index).map_err(|error| error.to_string())?;
        let by_ratio = entry
            .compressed_size()
            .saturating_mul(self.limits.ratio)
            .max(RATIO_FROM);
        let left = self.limits.inflated.saturating_sub(self.inflated);
        let limit = limit.min(by_ratio).min(left);
        let mut bytes = Vec::new();
        let read = entry.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        self.inflated = self.inflated.saturating_add(bytes.len() as u64);
        read.map_err(|error| format!("cannot be inflated: {error}"))?;
        if bytes.len() as u64 > limit {
            return Err(format!("inflates to more than {limit} bytes: not read"));
        }
        Ok(bytes)
    }

    fn tell(&mut self, place: &str, message: String) {
        let problem: Problem = problem(place, None, message);
        self.found.problems.push(problem);
    }
}

/// `META-INF/maven/GROUP/ARTIFACT/pom.properties`.
fn is_pom_properties(name: &str) -> bool {
    let inside = name.strip_prefix("META-INF/maven/");
    inside.is_some_and(|rest| rest.ends_with("/pom.properties"))
}

/// The hash by which registries of artifacts know a file; empty when it cannot be read again.
fn sha1(mut file: impl Read + Seek) -> String {
    use sha1::{Digest, Sha1};
    let mut hash = Sha1::new();
    let mut block = vec![0; 64 << 10];
    if file.rewind().is_err() {
        return String::new();
    }
    loop {
        match file.read(&mut block) {
            Ok(0) => break,
            Ok(read) => hash.update(block.get(..read).unwrap_or_default()),
            Err(_) => return String::new(),
        }
    }
    let digest = hash.finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
