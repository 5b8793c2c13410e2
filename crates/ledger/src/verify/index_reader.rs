//! Reads the index in blocks, as it was when the verification began.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::derived::{Derived, RECORD, Record};
use crate::hash::Hash;

const BLOCK: u64 = 4096;

/// The index, a block at a time.
pub struct IndexReader {
    file: Option<File>,
    /// For stored nodes.
    derived: Derived,
    size: u64,
    block: u64,
    records: Vec<Record>,
}

impl IndexReader {
    pub fn open(folder: &Path) -> io::Result<IndexReader> {
        let derived = Derived::open(folder)?;
        Ok(IndexReader {
            file: File::open(folder.join("index")).ok(),
            size: derived.stored(),
            derived,
            block: u64::MAX,
            records: Vec::new(),
        })
    }

    /// Entries that the index knows.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The record of an entry; `None` behind the end.
    pub fn get(&mut self, number: u64) -> io::Result<Option<Record>> {
        if number >= self.size {
            return Ok(None);
        }
        let block = number / BLOCK;
        if block != self.block {
            let from = block * BLOCK;
            let count = (self.size - from).min(BLOCK);
            let mut bytes = vec![0; usize::try_from(count).unwrap_or(0) * RECORD];
            match &self.file {
                Some(file) => file.read_exact_at(&mut bytes, from * RECORD as u64)?,
                None => return Ok(None),
            }
            let (rows, _) = bytes.as_chunks::<RECORD>();
            self.records = rows.iter().map(Record::from_bytes).collect();
            self.block = block;
        }
        let at = usize::try_from(number % BLOCK).unwrap_or(usize::MAX);
        Ok(self.records.get(at).copied())
    }

    /// A stored node of level 8, 16, …; `None` where it is not stored.
    pub fn stored_node(&self, level: u32, number: u64) -> io::Result<Option<Hash>> {
        self.derived.stored_node(level, number)
    }
}
