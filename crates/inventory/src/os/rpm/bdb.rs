//! The Berkeley DB hash file `Packages` (rpm before 4.16: RHEL 8, Amazon Linux 2, SLES 12).
//!
//! The first page describes the file; hash pages hold pairs of a package number and its header, which lies in the page
//! itself or in a chain of overflow pages (Berkeley DB, `src/dbinc/db_page.h`). All hash pages are read in file order,
//! so the hash function does not matter.

use crate::parse::ParseError;

use super::MAX_HEADER;
use super::pages::{Budget, Order, Pages};

const MAGIC: u32 = 0x0006_1561;
const META_TYPE_HASH: u8 = 8;

const PAGE_HEAD: usize = 26;
const PAGE_OVERFLOW: u8 = 7;
/// A hash page, sorted or not.
const PAGE_HASH: [u8; 2] = [2, 13];

const ITEM_INLINE: u8 = 1;
const ITEM_OVERFLOW: u8 = 3;

/// Whether a file starts as a Berkeley DB hash database, in either byte order.
pub fn matches(start: &[u8]) -> bool {
    order(start).is_some()
}

fn order(start: &[u8]) -> Option<Order> {
    let orders = [Order { little: true }, Order { little: false }];
    orders
        .into_iter()
        .find(|order| order.u32(start, 12) == Some(MAGIC))
}

struct Database<'a> {
    pages: &'a dyn Pages,
    order: Order,
    page_size: usize,
    last_page: u32,
}

/// Calls `each` with every package header.
pub fn each_header(
    database: &dyn Pages,
    each: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
) -> Result<(), ParseError> {
    let database = open(database)?;
    let mut page = vec![0; database.page_size];
    let mut blob = Vec::new();
    let mut budget = Budget::new(database.pages.size());
    for number in 1..=database.last_page {
        database.read(number, &mut page)?;
        if page.get(25).is_none_or(|kind| !PAGE_HASH.contains(kind)) {
            continue;
        }
        for (key, data) in database.items(&page) {
            // Number 0 is no package but the highest number so far.
            let is_package = key
                .get(1..)
                .is_some_and(|key| key.iter().any(|byte| *byte != 0));
            if is_package && database.value(data, &mut blob)? {
                budget.take(blob.len() as u64)?;
                each(&blob)?;
            }
        }
    }
    Ok(())
}

fn open(pages: &dyn Pages) -> Result<Database<'_>, ParseError> {
    let mut meta = [0; 72];
    pages.read_at(0, &mut meta)?;
    let bad = |what: &str| ParseError::new(format!("Berkeley DB: {what}"));
    let order = order(&meta).ok_or_else(|| bad("no hash database"))?;
    if meta[24] != 0 {
        return Err(bad("the database is encrypted"));
    }
    if meta[25] != META_TYPE_HASH {
        return Err(bad("no hash database"));
    }
    let page_size = order.u32(&meta, 20).unwrap_or(0) as usize;
    if !page_size.is_power_of_two() || !(512..=65536).contains(&page_size) {
        return Err(bad("the page size is not one of 512 to 65536"));
    }
    // The count in the file may lie; the size of the file does not.
    let last_in_file = (pages.size() / page_size as u64).saturating_sub(1);
    let last_page = u64::from(order.u32(&meta, 32).unwrap_or(0)).min(last_in_file);
    Ok(Database {
        pages,
        order,
        page_size,
        last_page: u32::try_from(last_page).unwrap_or(u32::MAX - 1),
    })
}

impl Database<'_> {
    fn read(&self, number: u32, page: &mut [u8]) -> Result<(), ParseError> {
        self.pages
            .read_at(u64::from(number) * self.page_size as u64, page)
    }

    /// The pairs of a hash page. Items grow down from the end of the page; an item ends where the one before it starts.
    fn items<'p>(&self, page: &'p [u8]) -> Vec<(&'p [u8], &'p [u8])> {
        let count = usize::from(self.order.u16(page, 20).unwrap_or(0));
        let start = |item: usize| {
            let at = self.order.u16(page, PAGE_HEAD + 2 * item)?;
            Some(usize::from(at))
        };
        let item = |item: usize| {
            let end = match item.checked_sub(1) {
                Some(before) => start(before)?,
                None => page.len(),
            };
            page.get(start(item)?..end)
        };
        let pairs = (0..count / 2).map(|pair| Some((item(2 * pair)?, item(2 * pair + 1)?)));
        pairs.flatten().collect()
    }

    /// Puts the value of an item into `blob`; false for an item that holds no package.
    fn value(&self, item: &[u8], blob: &mut Vec<u8>) -> Result<bool, ParseError> {
        blob.clear();
        match item.first() {
            Some(&ITEM_INLINE) => {
                blob.extend_from_slice(&item[1..]);
                Ok(true)
            }
            Some(&ITEM_OVERFLOW) => {
                let first = self.order.u32(item, 4).unwrap_or(0);
                let length = self.order.u32(item, 8).unwrap_or(0) as usize;
                self.overflow(first, length, blob)?;
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn overflow(&self, first: u32, length: usize, blob: &mut Vec<u8>) -> Result<(), ParseError> {
        if length > MAX_HEADER || length as u64 > self.pages.size() {
            let message = format!("Berkeley DB: a package header of {length} bytes");
            return Err(ParseError::new(message));
        }
        let mut page = vec![0; self.page_size];
        let mut next = first;
        while blob.len() < length {
            if next == 0 || next > self.last_page {
                return Err(ParseError::new(
                    "Berkeley DB: a chain of overflow pages ends too early",
                ));
            }
            self.read(next, &mut page)?;
            let used = usize::from(self.order.u16(&page, 22).unwrap_or(0));
            let data = page.get(PAGE_HEAD..PAGE_HEAD + used).unwrap_or(&[]);
            // A page without data would make a ring of pages endless.
            if page.get(25) != Some(&PAGE_OVERFLOW) || data.is_empty() {
                return Err(ParseError::new("Berkeley DB: expected an overflow page"));
            }
            blob.extend_from_slice(data);
            next = self.order.u32(&page, 16).unwrap_or(0);
        }
        blob.truncate(length);
        Ok(())
    }
}
