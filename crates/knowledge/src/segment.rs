//! Reads one segment: an immutable file, mapped into memory, every offset checked before it is used.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use memmap2::Mmap;
use patchward_advisory::model::Affected;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::blocks;
use crate::bytes::{Cursor, row};
use crate::hash::hash;
use crate::layout::{
    AFFECTED_ROW, DEAD_ROW, FORMAT, HEADER, Kind, MAGIC, RECORD_ROW, RecordRow, Role, SECTION_ROW,
    SECTIONS, Section, place,
};
use crate::record::id_of_key;
use crate::{schemes, table};

/// What a segment tells of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Meta {
    /// When the update that wrote it learnt its records; microseconds since 1970.
    pub learnt: i64,
    /// Rows in the table of records.
    pub records: u64,
    /// Advisories that held when it was written.
    pub advisories: u64,
    /// Signals that held.
    pub signals: u64,
    /// Lifecycles that held.
    pub lifecycles: u64,
    /// Superseded records, kept for history.
    pub past: u64,
    /// Records replaced in the update that brought them.
    pub dropped: u64,
    /// Points of EPSS series.
    pub epss_points: u64,
}

impl Meta {
    pub(crate) fn count(&mut self, kind: Kind, holds: bool) {
        self.records += 1;
        let counter = match kind {
            _ if !holds => &mut self.past,
            Kind::Advisory => &mut self.advisories,
            Kind::Signal => &mut self.signals,
            Kind::Lifecycle => &mut self.lifecycles,
        };
        *counter += 1;
    }
}

/// Why a segment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// The file cannot be read.
    #[error("read {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The bytes are not a segment, or not a whole one.
    #[error("{path} is damaged: {what}")]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        what: &'static str,
    },
    /// A newer or older Patchward wrote it in a form that this one does not read.
    #[error("{path} has format {found}; this version reads {FORMAT}")]
    Format {
        /// The file.
        path: PathBuf,
        /// The format that it claims.
        found: u32,
    },
}

/// An open segment.
#[derive(Debug)]
pub struct Segment {
    path: PathBuf,
    bytes: Bytes,
    sections: [(usize, usize); SECTIONS],
    digests: [[u8; 32]; SECTIONS],
    /// SHA-256 of the header, which holds those of the sections: the digest of the whole segment.
    pub digest: [u8; 32],
    /// The number that the manifest gives it.
    pub number: u64,
    /// Its keys were made by another build's rules: it must be rebuilt before anything is compared.
    pub foreign_keys: bool,
    /// What it tells of itself.
    pub meta: Meta,
    /// Tells open segments apart, as long as the process lives.
    serial: u64,
    /// Held shared while the segment is open, so that the cleaner leaves the file alone.
    _lock: Option<File>,
}

#[derive(Debug)]
enum Bytes {
    Map(Mmap),
    #[cfg_attr(not(test), expect(dead_code, reason = "tests read mutated bytes"))]
    Held(Vec<u8>),
}

impl std::ops::Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Bytes::Map(map) => map,
            Bytes::Held(bytes) => bytes,
        }
    }
}

static SERIAL: AtomicU64 = AtomicU64::new(0);

impl Segment {
    /// Opens a segment: checks the header's own digest and that every section lies in the file. The sections' digests
    /// are checked by [`Segment::verify`] only, so that opening costs the same whatever the size.
    pub fn open(path: &Path, number: u64) -> Result<Segment, SegmentError> {
        let read = |source| SegmentError::Read {
            path: path.to_owned(),
            source,
        };
        let file = File::open(path).map_err(read)?;
        // A file system without locks only costs the cleaner its knowledge; the mapping itself survives removal.
        let _ = file.try_lock_shared();
        #[expect(
            unsafe_code,
            reason = "segments are written once, renamed into place and never changed or truncated afterwards"
        )]
        let map = unsafe { Mmap::map(&file) }.map_err(read)?;
        Segment::read(path, Bytes::Map(map), number, Some(file))
    }

    #[cfg(test)]
    pub fn of_bytes(bytes: Vec<u8>) -> Result<Segment, SegmentError> {
        Segment::read(Path::new("test"), Bytes::Held(bytes), 1, None)
    }

    fn read(
        path: &Path,
        bytes: Bytes,
        number: u64,
        lock: Option<File>,
    ) -> Result<Segment, SegmentError> {
        let damaged = |what| SegmentError::Damaged {
            path: path.to_owned(),
            what,
        };
        let header = bytes
            .get(..HEADER)
            .ok_or_else(|| damaged("shorter than its header"))?;
        let mut cursor = Cursor::new(header);
        if cursor.take(MAGIC.len()) != Some(MAGIC) {
            return Err(damaged("not a segment"));
        }
        let found = cursor.u32().unwrap_or_default();
        if found != FORMAT || cursor.u32() != Some(SECTIONS as u32) {
            return Err(SegmentError::Format {
                path: path.to_owned(),
                found,
            });
        }
        let (vouched, digest) = header.split_at(HEADER - 32);
        if Sha256::digest(vouched).as_slice() != digest {
            return Err(damaged("its header does not match its digest"));
        }
        let foreign_keys = cursor.u64() != Some(schemes::FINGERPRINT);
        let (sections, digests) =
            section_table(header, bytes.len()).ok_or_else(|| damaged("a section is cut off"))?;
        let (start, length) = sections[Section::Meta as usize];
        let meta = serde_json::from_slice(bytes.get(start..start + length).unwrap_or_default())
            .map_err(|_| damaged("its description is not readable"))?;
        Ok(Segment {
            path: path.to_owned(),
            digest: digest.try_into().unwrap_or_default(),
            sections,
            digests,
            number,
            foreign_keys,
            meta,
            bytes,
            serial: SERIAL.fetch_add(1, Ordering::Relaxed),
            _lock: lock,
        })
    }

    /// The bytes of a section.
    pub fn section(&self, section: Section) -> &[u8] {
        let (start, length) = self.sections[section as usize];
        self.bytes.get(start..start + length).unwrap_or_default()
    }

    /// Size of the file.
    pub fn size(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// Checks every section against its digest.
    pub fn verify(&self) -> Result<(), SegmentError> {
        for (index, &(start, length)) in self.sections.iter().enumerate() {
            let bytes = self.bytes.get(start..start + length).unwrap_or_default();
            if Sha256::digest(bytes).as_slice() != self.digests[index] {
                return Err(SegmentError::Damaged {
                    path: self.path.clone(),
                    what: "a section does not match its digest",
                });
            }
        }
        Ok(())
    }

    /// How many records there are, past ones included.
    pub fn records(&self) -> u32 {
        u32::try_from(self.section(Section::Records).len() / RECORD_ROW).unwrap_or(u32::MAX)
    }

    /// The fixed part of a record.
    pub fn record(&self, number: u32) -> Option<RecordRow> {
        let rows = self.section(Section::Records);
        RecordRow::read(row(rows, number as usize, RECORD_ROW)?)
    }

    /// A feed, key or model name.
    pub fn string(&self, at: u32) -> Option<&str> {
        Cursor::new(self.section(Section::Strings).get(at as usize..)?).text()
    }

    /// A record's own id: an advisory's, the one that a signal is about, a lifecycle's product.
    pub fn id(&self, record: &RecordRow) -> Option<&str> {
        self.string(record.key).map(id_of_key)
    }

    /// The aliases and upstream ids of a record.
    pub fn other_ids(&self, record: &RecordRow) -> Vec<(Role, &str)> {
        let mut found = Vec::new();
        let strings = self.section(Section::Strings);
        let Some(bytes) = strings.get(record.key as usize..) else {
            return found;
        };
        let mut cursor = Cursor::new(bytes);
        cursor.text();
        for _ in 0..cursor.u16().unwrap_or(0) {
            let (Some(role), Some(id)) = (cursor.u8(), cursor.text()) else {
                break;
            };
            found.extend(Role::of(role).map(|role| (role, id)));
        }
        found
    }

    /// The records that name an id in one of these roles, by the id's hash: compare the text before trusting it.
    pub fn by_id(&self, id: &str) -> impl Iterator<Item = (Role, u32)> {
        let rows = self.section(Section::Ids);
        table::find(rows, self.section(Section::IdDirectory), hash(&[id])).filter_map(|value| {
            let role = Role::of(u8::try_from(value >> 32).ok()?)?;
            Some((role, value as u32))
        })
    }

    /// What stands behind the name of a package's group: the runs.
    pub fn group(&self, hash: u64, family: &str, name: &str) -> Option<Cursor<'_>> {
        let groups = self.section(Section::Groups);
        let rows = self.section(Section::Packages);
        table::find(rows, self.section(Section::PackageDirectory), hash).find_map(|at| {
            let mut cursor = Cursor::new(groups.get(usize::try_from(at).ok()?..)?);
            (cursor.text()? == family && cursor.text()? == name).then_some(cursor)
        })
    }

    /// Family and name of every group.
    pub fn packages(&self) -> impl Iterator<Item = (&str, &str)> {
        let groups = self.section(Section::Groups);
        table::values(self.section(Section::Packages)).filter_map(|at| {
            let mut cursor = Cursor::new(groups.get(usize::try_from(at).ok()?..)?);
            Some((cursor.text()?, cursor.text()?))
        })
    }

    /// Parses the JSON of a record, without its affected packages.
    pub fn core<T: for<'de> Deserialize<'de>>(&self, record: &RecordRow) -> Option<T> {
        self.json(record.core)
    }

    /// One affected package of a record.
    pub fn affected(&self, record: &RecordRow, ordinal: u32) -> Option<Affected> {
        if ordinal >= record.affected {
            return None;
        }
        let rows = self.section(Section::Affected);
        let index = (record.first_affected as usize).checked_add(ordinal as usize)?;
        self.json(place(&mut row(rows, index, AFFECTED_ROW)?)?)
    }

    fn json<T: for<'de> Deserialize<'de>>(&self, place: blocks::Place) -> Option<T> {
        let blocks = blocks::Blocks {
            owner: self.serial,
            packed: self.section(Section::Blocks),
            table: self.section(Section::BlockTable),
        };
        // Checked at once: text by text takes longer.
        blocks.with_text(place, |text| {
            serde_json::from_str(std::str::from_utf8(text).ok()?).ok()
        })
    }

    /// Whether this segment replaces or removes a record of an older one.
    pub fn kills(&self, segment: u64, record: u32) -> Option<bool> {
        let rows = self.section(Section::Dead);
        let (mut low, mut high) = (0, rows.len() / DEAD_ROW);
        while low < high {
            let middle = low + (high - low) / 2;
            let (in_segment, number, removed) = dead_row(rows, middle)?;
            match (in_segment, number).cmp(&(segment, record)) {
                std::cmp::Ordering::Equal => return Some(removed),
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        None
    }
}

fn dead_row(rows: &[u8], index: usize) -> Option<(u64, u32, bool)> {
    let mut row = row(rows, index, DEAD_ROW)?;
    Some((row.u64()?, row.u32()?, row.u32()? != 0))
}

type SectionTable = ([(usize, usize); SECTIONS], [[u8; 32]; SECTIONS]);

fn section_table(header: &[u8], file: usize) -> Option<SectionTable> {
    let mut sections = [(0, 0); SECTIONS];
    let mut digests = [[0; 32]; SECTIONS];
    let mut table = Cursor::new(header.get(24..24 + SECTIONS * SECTION_ROW)?);
    for (section, digest) in sections.iter_mut().zip(&mut digests) {
        let start = usize::try_from(table.u64()?).ok()?;
        let length = usize::try_from(table.u64()?).ok()?;
        if start.checked_add(length)? > file {
            return None;
        }
        *section = (start, length);
        *digest = table.take(32)?.try_into().ok()?;
    }
    Some((sections, digests))
}
