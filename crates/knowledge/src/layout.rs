//! The bytes of a segment: header, sections and fixed rows. The crate's documentation draws it.

use crate::blocks::Place;
use crate::bytes::Cursor;

/// First bytes of a segment.
pub const MAGIC: &[u8; 8] = b"PWKNOW\r\n";
/// Goes up when an old reader would misread.
pub const FORMAT: u32 = 1;

/// The parts of a segment, in the order of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Section {
    /// [`crate::segment::Meta`] as JSON.
    Meta,
    /// Fixed rows, one per record ([`RecordRow`]).
    Records,
    /// Feeds and keys of records.
    Strings,
    /// Compressed blocks with the records' JSON.
    Blocks,
    /// Where each block lies.
    BlockTable,
    /// Where each affected package of each advisory lies in the blocks.
    Affected,
    /// One group per package name, with what is needed to judge a version.
    Groups,
    /// (ecosystem family, name) to group.
    Packages,
    /// Directory of `Packages`.
    PackageDirectory,
    /// Id to records: own, alias, upstream, signal.
    Ids,
    /// Directory of `Ids`.
    IdDirectory,
    /// EPSS points, by CVE and time.
    Epss,
    /// Records of older segments that this one replaces or removes.
    Dead,
}

/// How many sections there are.
pub const SECTIONS: usize = Section::Dead as usize + 1;
/// Bytes of a row of the section table: offset, length, SHA-256.
pub const SECTION_ROW: usize = 8 + 8 + 32;
/// Bytes of the header: magic, format, count of sections, key fingerprint, section table, SHA-256 of all that.
pub const HEADER: usize = 8 + 4 + 4 + 8 + SECTIONS * SECTION_ROW + 32;

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// An advisory.
    Advisory = 0,
    /// A signal.
    Signal = 1,
    /// End of life of a release cycle.
    Lifecycle = 2,
}

impl Kind {
    /// The kind of a byte.
    pub fn of(byte: u8) -> Option<Kind> {
        [Kind::Advisory, Kind::Signal, Kind::Lifecycle]
            .into_iter()
            .find(|kind| *kind as u8 == byte)
    }
}

/// How an id stands in a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Role {
    /// The record's own id (a lifecycle's product, a signal's vulnerability).
    Own = 0,
    /// An alias of the record.
    Alias = 1,
    /// The record repackages the id.
    Upstream = 2,
}

impl Role {
    /// The role of a byte.
    pub fn of(byte: u8) -> Option<Role> {
        [Role::Own, Role::Alias, Role::Upstream]
            .into_iter()
            .find(|role| *role as u8 == byte)
    }
}

/// `until` of a record that still holds.
pub const STILL: i64 = i64::MAX;
/// A time that nobody stated.
pub const NEVER: i64 = i64::MIN;

/// The fixed part of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordRow {
    pub kind: Kind,
    pub withdrawn_flag: bool,
    /// Offsets into the strings.
    pub feed: u32,
    pub key: u32,
    /// First row and count in the affected section.
    pub first_affected: u32,
    pub affected: u32,
    /// The record's JSON, without its affected packages.
    pub core: Place,
    /// When we first learnt of it, in any form; microseconds since 1970 like all times here.
    pub since: i64,
    /// When we learnt this form.
    pub learnt: i64,
    /// When we learnt that this form no longer holds; [`STILL`] while it does.
    pub until: i64,
    pub published: i64,
    pub modified: i64,
    /// First half of the SHA-256 of the record's JSON.
    pub digest: [u8; 16],
}

/// Bytes of a [`RecordRow`].
pub const RECORD_ROW: usize = 4 + 4 * 4 + 12 + 5 * 8 + 16;

impl RecordRow {
    pub fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&[self.kind as u8, u8::from(self.withdrawn_flag), 0, 0]);
        let core = self.core;
        for number in [
            self.feed,
            self.key,
            self.first_affected,
            self.affected,
            core.block,
            core.start,
            core.length,
        ] {
            out.extend_from_slice(&number.to_le_bytes());
        }
        for time in [
            self.since,
            self.learnt,
            self.until,
            self.published,
            self.modified,
        ] {
            out.extend_from_slice(&time.to_le_bytes());
        }
        out.extend_from_slice(&self.digest);
    }

    pub fn read(mut row: Cursor<'_>) -> Option<RecordRow> {
        let kind = Kind::of(row.u8()?)?;
        let withdrawn_flag = row.u8()? != 0;
        row.u16()?;
        Some(RecordRow {
            kind,
            withdrawn_flag,
            feed: row.u32()?,
            key: row.u32()?,
            first_affected: row.u32()?,
            affected: row.u32()?,
            core: place(&mut row)?,
            since: row.i64()?,
            learnt: row.i64()?,
            until: row.i64()?,
            published: row.i64()?,
            modified: row.i64()?,
            digest: row.take(16)?.try_into().ok()?,
        })
    }
}

/// Bytes of a row of the affected section.
pub const AFFECTED_ROW: usize = 12;

/// Reads a place.
pub fn place(row: &mut Cursor<'_>) -> Option<Place> {
    Some(Place {
        block: row.u32()?,
        start: row.u32()?,
        length: row.u32()?,
    })
}

/// Writes a place.
pub fn put_place(out: &mut Vec<u8>, place: Place) {
    for number in [place.block, place.start, place.length] {
        out.extend_from_slice(&number.to_le_bytes());
    }
}

/// Bytes of a row of the dead section: number of the older segment, its record, whether it was removed.
pub const DEAD_ROW: usize = 8 + 4 + 4;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_as_it_was_written() {
        let row = RecordRow {
            kind: Kind::Signal,
            withdrawn_flag: true,
            feed: 1,
            key: 2,
            first_affected: 3,
            affected: 4,
            core: Place {
                block: 5,
                start: 6,
                length: 7,
            },
            since: -8,
            learnt: 9,
            until: STILL,
            published: NEVER,
            modified: 10,
            digest: [11; 16],
        };
        let mut out = Vec::new();
        row.write(&mut out);
        assert_eq!(out.len(), RECORD_ROW);
        assert_eq!(RecordRow::read(Cursor::new(&out)), Some(row));
    }
}
