//! rpm's own database form "ndb" (`Packages.db`, SUSE since 15.3): little-endian, made of 16-byte blocks.
//!
//! The file starts with a header (`RpmP`, version, generation, number of slot pages) and 4 KiB pages of slots; a slot
//! (`Slot`, package number, block offset, block count) points to a blob (`BlbS`, package number, generation, length,
//! then the package header) (rpm, `lib/backend/ndb/rpmpkg.c`).

use crate::parse::ParseError;

use super::MAX_HEADER;
use super::pages::{Budget, Order, Pages};

const LITTLE: Order = Order { little: true };
const PAGE: u64 = 4096;
const SLOT: usize = 16;
const BLOCK: u64 = 16;

/// More slot pages than these hold over 16 million packages.
const MAX_SLOT_PAGES: u32 = 1 << 16;

/// Whether a file starts as an ndb package database.
pub fn matches(start: &[u8]) -> bool {
    start.starts_with(b"RpmP")
}

/// Calls `each` with every package header.
pub fn each_header(
    database: &dyn Pages,
    each: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let mut page = [0; PAGE as usize];
    let mut blob = Vec::new();
    let mut budget = Budget::new(database.size());
    let mut pages = 1;
    let mut number = 0;
    while number < pages {
        database.read_at(u64::from(number) * PAGE, &mut page)?;
        let mut slots = page.as_slice();
        if number == 0 {
            pages = slot_pages(&page)?;
            // The header takes the place of the first two slots.
            slots = page.get(2 * SLOT..).unwrap_or(&[]);
        }
        for slot in slots.chunks_exact(SLOT) {
            if !slot.starts_with(b"Slot") {
                return Err(ParseError::new("ndb: expected a slot"));
            }
            let at = LITTLE.u32(slot, 8).unwrap_or(0);
            let package = LITTLE.u32(slot, 4).unwrap_or(0);
            // Free slots have no place.
            if at != 0 && package != 0 {
                read_blob(database, u64::from(at) * BLOCK, package, &mut blob)?;
                budget.take(blob.len() as u64)?;
                each(&blob)?;
            }
        }
        number += 1;
    }
    Ok(())
}

fn slot_pages(first: &[u8]) -> Result<u32, ParseError> {
    let version = LITTLE.u32(first, 4);
    if version != Some(0) {
        let version = version.unwrap_or_default();
        return Err(ParseError::new(format!("ndb: unknown version {version}")));
    }
    let pages = LITTLE.u32(first, 12).unwrap_or(0);
    if pages == 0 || pages > MAX_SLOT_PAGES {
        return Err(ParseError::new(format!("ndb: {pages} slot pages")));
    }
    Ok(pages)
}

fn read_blob(
    database: &dyn Pages,
    offset: u64,
    package: u32,
    blob: &mut Vec<u8>,
) -> Result<(), ParseError> {
    let mut head = [0; 16];
    database.read_at(offset, &mut head)?;
    if !head.starts_with(b"BlbS") || LITTLE.u32(&head, 4) != Some(package) {
        return Err(ParseError::new(format!(
            "ndb: expected package {package} at offset {offset}"
        )));
    }
    let length = LITTLE.u32(&head, 12).unwrap_or(0) as usize;
    if length > MAX_HEADER || length as u64 > database.size() {
        return Err(ParseError::new(format!(
            "ndb: a package header of {length} bytes"
        )));
    }
    blob.clear();
    blob.resize(length, 0);
    database.read_at(offset + 16, blob)
}
