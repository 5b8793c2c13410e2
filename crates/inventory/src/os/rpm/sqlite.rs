//! The SQLite database `rpmdb.sqlite`: only what is needed to list one table, so that nothing is ever written.
//!
//! SQLite's own library needs a shared-memory file beside a database with a write-ahead log and makes one as root; it
//! also opens by path, which could lead out of the root. Listing `Packages` takes a walk over one B-tree of the
//! documented file format (sqlite.org, "Database File Format"), with the pages of the log on top ([`wal`]).

mod wal;

use crate::parse::ParseError;

use super::MAX_HEADER;
use super::pages::{Budget, Order, Pages};
use wal::Wal;

const BIG: Order = Order { little: false };

const LEAF: u8 = 0x0d;
const INTERIOR: u8 = 0x05;

/// Whether a file starts as a SQLite database.
pub fn matches(start: &[u8]) -> bool {
    start == b"SQLite format 3\0"
}

/// Calls `each` with every package header of the table `Packages`.
pub fn each_header(
    database: &dyn Pages,
    wal: &dyn Pages,
    each: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut database = Database::open(database, wal)?;
    let mut root = None;
    database.each_row(1, &mut |row| {
        let columns = columns(row);
        if columns.first() == Some(&Value::Text(b"table"))
            && columns.get(1) == Some(&Value::Text(b"Packages"))
            && let Some(Value::Integer(page)) = columns.get(3)
        {
            root = u32::try_from(*page).ok();
        }
        Ok(())
    })?;
    let root = root.ok_or_else(|| bad("the table Packages is not there"))?;
    database.each_row(
        root,
        &mut |row| match columns(row).iter().find_map(Value::blob) {
            Some(blob) => each(blob),
            None => Ok(()),
        },
    )
}

fn bad(what: &str) -> ParseError {
    ParseError::new(format!("SQLite: {what}"))
}

struct Database<'a> {
    pages: &'a dyn Pages,
    wal: Wal<'a>,
    page_size: usize,
    /// Bytes of a page that SQLite uses; the rest is for extensions.
    usable: usize,
    budget: Budget,
}

impl<'a> Database<'a> {
    fn open(pages: &'a dyn Pages, wal: &'a dyn Pages) -> Result<Database<'a>, ParseError> {
        let mut head = [0; 100];
        pages.read_at(0, &mut head)?;
        let page_size = match BIG.u16(&head, 16) {
            Some(1) => 65536,
            Some(size) => usize::from(size),
            None => 0,
        };
        if !page_size.is_power_of_two() || page_size < 512 {
            return Err(bad("the page size is not one of 512 to 65536"));
        }
        let usable = page_size - usize::from(head[20]);
        if usable < 480 {
            return Err(bad("too little of each page is used"));
        }
        Ok(Database {
            pages,
            wal: Wal::open(wal, page_size)?,
            page_size,
            usable,
            // Every page belongs to one place in one tree; the schema is read besides the table.
            budget: Budget::new(2 * (pages.size() + wal.size()) + 4 * page_size as u64),
        })
    }

    /// Calls `each` with the record of every row of a table, by the page of its root.
    fn each_row(
        &mut self,
        root: u32,
        each: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
    ) -> Result<(), ParseError> {
        let mut todo = vec![root];
        let mut record = Vec::new();
        while let Some(number) = todo.pop() {
            let page = self.page(number)?;
            let at = if number == 1 { 100 } else { 0 };
            let cells = usize::from(BIG.u16(&page, at + 3).unwrap_or(0));
            match page.get(at) {
                Some(&INTERIOR) => {
                    todo.extend(BIG.u32(&page, at + 8));
                    // Backwards, so that the stack gives them in the order of the rows.
                    for cell in (0..cells).rev() {
                        let cell = BIG.u16(&page, at + 12 + 2 * cell).map(usize::from);
                        todo.extend(cell.and_then(|cell| BIG.u32(&page, cell)));
                    }
                }
                Some(&LEAF) => {
                    for cell in 0..cells {
                        let cell = BIG.u16(&page, at + 8 + 2 * cell).map(usize::from);
                        let cell = cell.and_then(|cell| page.get(cell..self.usable));
                        self.record(
                            cell.ok_or_else(|| bad("a cell lies outside its page"))?,
                            &mut record,
                        )?;
                        each(&record)?;
                    }
                }
                _ => return Err(bad("expected a page of a table")),
            }
        }
        Ok(())
    }

    fn page(&mut self, number: u32) -> Result<Vec<u8>, ParseError> {
        self.budget.take(self.page_size as u64)?;
        let mut page = vec![0; self.page_size];
        if number == 0 {
            return Err(bad("page 0 does not exist"));
        }
        if !self.wal.read(number, &mut page)? {
            let offset = u64::from(number - 1) * self.page_size as u64;
            self.pages.read_at(offset, &mut page)?;
        }
        Ok(page)
    }

    /// Puts the whole record of a leaf cell into `record`, with what lies in overflow pages.
    fn record(&mut self, cell: &[u8], record: &mut Vec<u8>) -> Result<(), ParseError> {
        let short = || bad("a cell ends too early");
        let (size, rest) = varint(cell).ok_or_else(short)?;
        let (_row, rest) = varint(rest).ok_or_else(short)?;
        let size = usize::try_from(size).unwrap_or(usize::MAX);
        if size > MAX_HEADER {
            return Err(bad(&format!("a record of {size} bytes")));
        }
        let local = self.local(size);
        record.clear();
        record.extend_from_slice(rest.get(..local).ok_or_else(short)?);
        let mut next = BIG.u32(rest, local).unwrap_or(0);
        while record.len() < size {
            let page = self.page(next)?;
            next = BIG.u32(&page, 0).unwrap_or(0);
            let part = (size - record.len()).min(self.usable - 4);
            record.extend_from_slice(page.get(4..4 + part).ok_or_else(short)?);
        }
        Ok(())
    }

    /// How many bytes of a record lie in the leaf itself ("B-tree Pages" of the format).
    fn local(&self, size: usize) -> usize {
        let most = self.usable - 35;
        if size <= most {
            return size;
        }
        let least = (self.usable - 12) * 32 / 255 - 23;
        let wanted = least + (size - least) % (self.usable - 4);
        if wanted <= most { wanted } else { least }
    }
}

/// A column of a record.
#[derive(Debug, PartialEq)]
enum Value<'a> {
    Integer(i64),
    Text(&'a [u8]),
    Blob(&'a [u8]),
    Other,
}

impl<'a> Value<'a> {
    fn blob(&self) -> Option<&'a [u8]> {
        match self {
            Value::Blob(bytes) => Some(bytes),
            _ => None,
        }
    }
}

/// The columns of a record; those that run past its end are left out.
fn columns(record: &[u8]) -> Vec<Value<'_>> {
    let mut columns = Vec::new();
    let Some((size, _)) = varint(record) else {
        return columns;
    };
    let Some((head, mut body)) = usize::try_from(size)
        .ok()
        .and_then(|size| record.split_at_checked(size))
    else {
        return columns;
    };
    let mut types = varint(head).map_or(&[][..], |(_, rest)| rest);
    // No table of an RPM database has more columns; neither has SQLite's schema.
    while let Some((kind, rest)) = varint(types)
        && columns.len() < 16
    {
        types = rest;
        let size = match kind {
            0 | 8 | 9 => 0,
            1..=4 => kind,
            5 => 6,
            6 | 7 => 8,
            kind => kind.saturating_sub(12) / 2,
        };
        let Some((bytes, after)) = usize::try_from(size)
            .ok()
            .and_then(|size| body.split_at_checked(size))
        else {
            break;
        };
        body = after;
        columns.push(match kind {
            8 => Value::Integer(0),
            9 => Value::Integer(1),
            1..=6 => Value::Integer(integer(bytes)),
            12.. if kind % 2 == 0 => Value::Blob(bytes),
            13.. => Value::Text(bytes),
            _ => Value::Other,
        });
    }
    columns
}

fn integer(bytes: &[u8]) -> i64 {
    let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    let start = if negative { -1 } else { 0 };
    bytes
        .iter()
        .fold(start, |number, byte| (number << 8) | i64::from(*byte))
}

/// A number of one to nine bytes, seven bits each, the most significant first; the ninth byte has eight.
fn varint(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    for (at, byte) in bytes.iter().enumerate().take(9) {
        if at == 8 {
            return Some((number << 8 | u64::from(*byte), &bytes[9..]));
        }
        number = number << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((number, &bytes[at + 1..]));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn varints_have_one_to_nine_bytes() {
        assert_eq!(varint(&[0x07, 0xff]), Some((7, &[0xff][..])));
        assert_eq!(varint(&[0x81, 0x00]), Some((128, &[][..])));
        assert_eq!(varint(&[0xff; 9]), Some((u64::MAX, &[][..])));
        assert_eq!(varint(&[0x80]), None);
    }

    #[test]
    fn integers_have_a_sign() {
        assert_eq!(integer(&[0xff]), -1);
        assert_eq!(integer(&[0x01, 0x00]), 256);
        assert_eq!(integer(&[0xff, 0, 0, 0, 0, 0, 0, 0]), -(1 << 56));
    }
}
