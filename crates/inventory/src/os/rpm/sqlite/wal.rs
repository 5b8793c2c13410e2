//! SQLite's write-ahead log: pages that were committed but are not yet in the database file.
//!
//! A frame counts when its salts are those of the log's header, when the running checksum fits, and when a commit
//! follows it (sqlite.org, "WAL-mode File Format"). Anything else is left from before or was being written.

use std::collections::HashMap;

use crate::parse::ParseError;

use super::super::pages::{Order, Pages};

const BIG: Order = Order { little: false };
const HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// A log is checkpointed at 4 MB by default; one that is larger than this was never meant to be read here.
const MAX_LOG: u64 = 1 << 30;

/// The committed pages of a write-ahead log.
pub struct Wal<'a> {
    log: &'a dyn Pages,
    /// Page number to the offset of its newest committed content.
    newest: HashMap<u32, u64>,
}

impl<'a> Wal<'a> {
    /// Reads the log once; an empty log has no pages.
    pub fn open(log: &'a dyn Pages, page_size: usize) -> Result<Wal<'a>, ParseError> {
        let mut wal = Wal {
            log,
            newest: HashMap::new(),
        };
        let size = log.size();
        if size <= HEAD as u64 {
            return Ok(wal);
        }
        if size > MAX_LOG {
            let message = format!("SQLite: a write-ahead log of {size} bytes");
            return Err(ParseError::new(message));
        }
        let mut head = [0; HEAD];
        log.read_at(0, &mut head)?;
        let Some(mut sum) = Sum::of_head(&head, page_size) else {
            // The log was reset and not written again.
            return Ok(wal);
        };
        let mut frame = vec![0; FRAME_HEAD + page_size];
        let mut offset = HEAD as u64;
        let mut uncommitted = Vec::new();
        while offset + frame.len() as u64 <= size {
            log.read_at(offset, &mut frame)?;
            if frame.get(8..16) != head.get(16..24) || !sum.fits(&frame) {
                break;
            }
            let page = BIG.u32(&frame, 0).unwrap_or(0);
            uncommitted.push((page, offset + FRAME_HEAD as u64));
            if BIG.u32(&frame, 4) != Some(0) {
                wal.newest.extend(uncommitted.drain(..));
            }
            offset += frame.len() as u64;
        }
        Ok(wal)
    }

    /// Fills `page` from the log; false when the log does not have it.
    pub fn read(&self, number: u32, page: &mut [u8]) -> Result<bool, ParseError> {
        match self.newest.get(&number) {
            Some(offset) => self.log.read_at(*offset, page).map(|()| true),
            None => Ok(false),
        }
    }
}

/// The running checksum over the header and all frames so far.
struct Sum {
    order: Order,
    one: u32,
    two: u32,
}

impl Sum {
    /// Starts with the log's header; `None` when it is no valid header for this page size.
    fn of_head(head: &[u8], page_size: usize) -> Option<Sum> {
        let little = match BIG.u32(head, 0)? {
            0x377f_0682 => true,
            0x377f_0683 => false,
            _ => return None,
        };
        let mut sum = Sum {
            order: Order { little },
            one: 0,
            two: 0,
        };
        sum.add(head.get(..24)?);
        let fits = (BIG.u32(head, 24), BIG.u32(head, 28)) == (Some(sum.one), Some(sum.two));
        let same_size = BIG.u32(head, 8)? as usize == page_size;
        (fits && same_size).then_some(sum)
    }

    /// Adds a frame and tells whether its own checksum says the same.
    fn fits(&mut self, frame: &[u8]) -> bool {
        self.add(frame.get(..8).unwrap_or(&[]));
        self.add(frame.get(FRAME_HEAD..).unwrap_or(&[]));
        (BIG.u32(frame, 16), BIG.u32(frame, 20)) == (Some(self.one), Some(self.two))
    }

    fn add(&mut self, bytes: &[u8]) {
        for pair in bytes.chunks_exact(8) {
            let first = self.order.u32(pair, 0).unwrap_or(0);
            let second = self.order.u32(pair, 4).unwrap_or(0);
            self.one = self.one.wrapping_add(first).wrapping_add(self.two);
            self.two = self.two.wrapping_add(second).wrapping_add(self.one);
        }
    }
}
