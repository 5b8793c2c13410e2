//! Reading a database file piece by piece, from memory or from disk.

use std::fs::File;
use std::os::unix::fs::FileExt;

use crate::parse::ParseError;

/// Something that can be read at any offset.
pub trait Pages {
    /// Its size in bytes.
    fn size(&self) -> u64;
    /// Fills `buffer` from `offset`; running past the end is an error.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ParseError>;
}

impl Pages for &[u8] {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ParseError> {
        let start = usize::try_from(offset).ok();
        let part = start.and_then(|start| self.get(start..start.checked_add(buffer.len())?));
        let part = part.ok_or_else(|| past_the_end(offset))?;
        buffer.copy_from_slice(part);
        Ok(())
    }
}

impl Pages for File {
    fn size(&self) -> u64 {
        self.metadata().map_or(0, |metadata| metadata.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> Result<(), ParseError> {
        self.read_exact_at(buffer, offset)
            .map_err(|_| past_the_end(offset))
    }
}

fn past_the_end(offset: u64) -> ParseError {
    ParseError::new(format!(
        "the database ends before offset {offset} can be read"
    ))
}

/// A number at an offset of a page, in the byte order of its machine.
#[derive(Clone, Copy)]
pub struct Order {
    /// Least significant byte first.
    pub little: bool,
}

impl Order {
    /// Two bytes.
    pub fn u16(self, bytes: &[u8], at: usize) -> Option<u16> {
        let bytes = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(if self.little {
            u16::from_le_bytes(bytes)
        } else {
            u16::from_be_bytes(bytes)
        })
    }

    /// Four bytes.
    pub fn u32(self, bytes: &[u8], at: usize) -> Option<u32> {
        let bytes = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        Some(if self.little {
            u32::from_le_bytes(bytes)
        } else {
            u32::from_be_bytes(bytes)
        })
    }
}

/// How much may still be read. Every page of a sound database belongs to one place, so one that makes a reader take more
/// than its size refers to pages twice, maybe endlessly.
pub struct Budget {
    left: u64,
}

impl Budget {
    /// A budget of so many bytes.
    pub fn new(bytes: u64) -> Budget {
        Budget { left: bytes }
    }

    /// Takes bytes from the budget.
    pub fn take(&mut self, bytes: u64) -> Result<(), ParseError> {
        let left = self.left.checked_sub(bytes);
        self.left = left.ok_or_else(|| {
            ParseError::new("the database refers to the same pages again and again")
        })?;
        Ok(())
    }
}
