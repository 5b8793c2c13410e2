//! Long text (the records themselves) in small compressed blocks, so that reading one record inflates little.

use std::cell::RefCell;
use std::io::{self, Write};

use crate::bytes;

/// Blocks are closed at this size: small enough to inflate in about ten microseconds, large enough to compress well.
const TARGET: usize = 8 << 10;
/// Inflated blocks that a thread keeps.
const KEPT: usize = 16;
/// No block may claim to inflate to more than this.
pub const LIMIT: usize = 64 << 20;
/// Bytes of a row of the table of blocks: offset, compressed length, length.
pub const ROW: usize = 16;

/// Where a piece of text lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub block: u32,
    pub start: u32,
    pub length: u32,
}

/// Writes text into blocks.
pub struct BlockWriter<W> {
    out: W,
    held: Vec<u8>,
    table: Vec<u8>,
    offset: u64,
    compressor: zstd::bulk::Compressor<'static>,
}

impl<W: Write> BlockWriter<W> {
    pub fn new(out: W) -> io::Result<BlockWriter<W>> {
        Ok(BlockWriter {
            out,
            held: Vec::new(),
            table: Vec::new(),
            offset: 0,
            compressor: zstd::bulk::Compressor::new(3)?,
        })
    }

    pub fn push(&mut self, text: &[u8]) -> io::Result<Place> {
        if text.len() > LIMIT {
            return Err(io::Error::other("a record is longer than 64 MiB"));
        }
        if !self.held.is_empty() && self.held.len() + text.len() > TARGET {
            self.close()?;
        }
        let place = Place {
            block: u32::try_from(self.table.len() / ROW).map_err(io::Error::other)?,
            start: u32::try_from(self.held.len()).map_err(io::Error::other)?,
            length: u32::try_from(text.len()).map_err(io::Error::other)?,
        };
        self.held.extend_from_slice(text);
        Ok(place)
    }

    fn close(&mut self) -> io::Result<()> {
        let packed = self.compressor.compress(&self.held)?;
        self.out.write_all(&packed)?;
        self.table.extend_from_slice(&self.offset.to_le_bytes());
        for length in [packed.len(), self.held.len()] {
            let length = u32::try_from(length).map_err(io::Error::other)?;
            self.table.extend_from_slice(&length.to_le_bytes());
        }
        self.offset += packed.len() as u64;
        self.held.clear();
        Ok(())
    }

    /// The writer and the table of blocks.
    pub fn finish(mut self) -> io::Result<(W, Vec<u8>)> {
        if !self.held.is_empty() {
            self.close()?;
        }
        Ok((self.out, self.table))
    }
}

/// The blocks of one segment.
#[derive(Debug, Clone, Copy)]
pub struct Blocks<'s> {
    /// Tells segments apart, as long as the process lives.
    pub owner: u64,
    /// The compressed blocks.
    pub packed: &'s [u8],
    /// Where each lies.
    pub table: &'s [u8],
}

impl Blocks<'_> {
    /// Calls `read` with the text at `place`; `None` where the bytes are not what they should be.
    pub fn with_text<T>(self, place: Place, read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        thread_local! {
            static INFLATE: RefCell<Inflate> = RefCell::default();
        }
        INFLATE.with_borrow_mut(|inflate| {
            let block = inflate.block(self, place.block)?;
            let start = place.start as usize;
            read(block.get(start..start.checked_add(place.length as usize)?)?)
        })
    }
}

/// An inflater, and the blocks that it inflated last: an advisory and what it says of a package are asked for in turn with
/// those of other publishers.
#[derive(Default)]
struct Inflate {
    context: Option<zstd::bulk::Decompressor<'static>>,
    /// The one that was asked for last comes first.
    kept: Vec<Inflated>,
}

#[derive(Default)]
struct Inflated {
    of: Option<(u64, u32)>,
    text: Vec<u8>,
}

impl Inflate {
    fn block(&mut self, blocks: Blocks<'_>, number: u32) -> Option<&[u8]> {
        let of = Some((blocks.owner, number));
        if let Some(at) = self.kept.iter().position(|kept| kept.of == of) {
            self.kept[..=at].rotate_right(1);
            return self.kept.first().map(|kept| kept.text.as_slice());
        }
        let mut inflated = match self.kept.len() {
            KEPT => self.kept.pop().unwrap_or_default(),
            _ => Inflated::default(),
        };
        // A record that is larger than its block should be does not stay in memory.
        if inflated.text.capacity() > 4 * TARGET {
            inflated.text = Vec::new();
        }
        inflated.of = None;
        self.inflate(blocks, number, &mut inflated.text)?;
        inflated.of = of;
        self.kept.insert(0, inflated);
        self.kept.first().map(|kept| kept.text.as_slice())
    }

    fn inflate(&mut self, blocks: Blocks<'_>, number: u32, text: &mut Vec<u8>) -> Option<()> {
        let mut row = bytes::row(blocks.table, number as usize, ROW)?;
        let start = usize::try_from(row.u64()?).ok()?;
        let (packed, length) = (row.u32()? as usize, row.u32()? as usize);
        let packed = blocks.packed.get(start..start.checked_add(packed)?)?;
        if length > LIMIT {
            return None;
        }
        let context = match &mut self.context {
            Some(context) => context,
            empty => empty.insert(zstd::bulk::Decompressor::new().ok()?),
        };
        text.clear();
        text.reserve(length);
        (context.decompress_to_buffer(packed, text).ok()? == length).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_comes_back_from_its_block() {
        let mut writer = BlockWriter::new(Vec::new()).unwrap();
        let texts: Vec<Vec<u8>> = (0..200_usize).map(|n| vec![n as u8; n * 10]).collect();
        let places: Vec<Place> = texts.iter().map(|t| writer.push(t).unwrap()).collect();
        let (blocks, table) = writer.finish().unwrap();
        assert!(table.len() / ROW > 5);
        for (text, place) in texts.iter().zip(places) {
            let blocks = Blocks {
                owner: 1,
                packed: &blocks,
                table: &table,
            };
            assert!(blocks.with_text(place, |read| Some(read == text)).unwrap());
        }
    }

    #[test]
    fn a_block_that_claims_too_much_is_refused() {
        let mut table = Vec::new();
        table.extend_from_slice(&0_u64.to_le_bytes());
        table.extend_from_slice(&4_u32.to_le_bytes());
        table.extend_from_slice(&u32::MAX.to_le_bytes());
        let place = Place {
            block: 0,
            start: 0,
            length: 1,
        };
        let blocks = Blocks {
            owner: 2,
            packed: &[0; 4],
            table: &table,
        };
        assert_eq!(blocks.with_text(place, |_| Some(())), None);
    }
}
