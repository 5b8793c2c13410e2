//! What can be computed again from the segments: where each entry lies, its leaf hash, and every eighth level of nodes.
//!
//! `index` has 40 bytes per entry (segment, offset, leaf hash); `nodes-8`, `nodes-16`, … have the 32 bytes of each
//! complete node of that level. They make look-ups and proofs cheap, and they tell which entry changed. They are not
//! synced at each commit: what power loss leaves of them is checked against the newest checkpoint when opening.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::hash::Hash;
use crate::segment::Place;
use crate::tree::Frontier;

/// Bytes of one entry in the index.
pub const RECORD: usize = 40;
/// Levels of nodes that are stored, beside the leaves: enough for 2³² × 256 entries.
const LEVELS: [u32; 4] = [8, 16, 24, 32];

/// Where an entry lies, and its leaf hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Record {
    pub place: Place,
    pub leaf: Hash,
}

impl Record {
    fn to_bytes(self) -> [u8; RECORD] {
        let mut bytes = [0; RECORD];
        bytes[..4].copy_from_slice(&self.place.segment.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.place.offset.to_le_bytes());
        bytes[8..].copy_from_slice(&self.leaf.0);
        bytes
    }

    pub fn from_bytes(bytes: &[u8; RECORD]) -> Record {
        let [s0, s1, s2, s3, o0, o1, o2, o3, leaf @ ..] = *bytes;
        Record {
            place: Place {
                segment: u32::from_le_bytes([s0, s1, s2, s3]),
                offset: u32::from_le_bytes([o0, o1, o2, o3]),
            },
            leaf: Hash(leaf),
        }
    }
}

/// A file of fixed-size items that is only appended to; items after its end may be held in memory.
struct Items {
    path: PathBuf,
    file: Option<File>,
    stored: u64,
}

impl Items {
    fn open(path: PathBuf, size: u64) -> io::Result<Items> {
        let file = match File::open(&path) {
            Ok(file) => Some(file),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(error),
        };
        let length = file
            .as_ref()
            .map_or(Ok(0), |f| f.metadata().map(|m| m.len()))?;
        Ok(Items {
            path,
            file,
            stored: length / size,
        })
    }

    fn read(&self, at: u64, into: &mut [u8]) -> io::Result<()> {
        let file = self.file.as_ref().ok_or(io::ErrorKind::UnexpectedEof)?;
        file.read_exact_at(into, at)
    }

    /// Writes at an offset, and cuts what lies behind.
    fn write(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        let file = File::options()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&self.path)?;
        if file.metadata()?.len() != at {
            file.set_len(at)?;
        }
        file.write_all_at(bytes, at)?;
        self.file = Some(file);
        Ok(())
    }
}

/// The index and the stored nodes.
pub struct Derived {
    index: Items,
    levels: Vec<(u32, Items)>,
    /// Records that the index file does not have yet.
    extra: Vec<Record>,
}

impl Derived {
    pub fn open(folder: &Path) -> io::Result<Derived> {
        let mut levels = Vec::new();
        for level in LEVELS {
            let path = folder.join(format!("nodes-{level}"));
            levels.push((level, Items::open(path, 32)?));
        }
        let mut index = Items::open(folder.join("index"), RECORD as u64)?;
        // A size that the file system wrote before the bytes shows as zeros after power loss.
        while index.stored > 0 && read_record(&index, index.stored - 1)? == Record::default() {
            index.stored -= 1;
        }
        Ok(Derived {
            index,
            levels,
            extra: Vec::new(),
        })
    }

    /// Forgets what the files say, so that all is computed again.
    pub fn forget(&mut self) {
        self.index.stored = 0;
        self.extra.clear();
        for (_, items) in &mut self.levels {
            items.stored = 0;
        }
    }

    /// Entries that are known.
    pub fn size(&self) -> u64 {
        self.index.stored + self.extra.len() as u64
    }

    /// Entries that the index file knows.
    pub fn stored(&self) -> u64 {
        self.index.stored
    }

    /// Keeps a record in memory until [`Derived::write`].
    pub fn push(&mut self, record: Record) {
        self.extra.push(record);
    }

    /// The record of an entry.
    pub fn record(&self, number: u64) -> io::Result<Record> {
        match number.checked_sub(self.index.stored) {
            None => read_record(&self.index, number),
            Some(later) => usize::try_from(later)
                .ok()
                .and_then(|later| self.extra.get(later).copied())
                .ok_or_else(|| io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Consecutive records.
    pub fn records(&self, from: u64, count: u64) -> io::Result<Vec<Record>> {
        let in_file = count.min(self.index.stored.saturating_sub(from));
        let mut bytes = vec![0; usize::try_from(in_file).unwrap_or(0) * RECORD];
        if in_file > 0 {
            self.index.read(from * RECORD as u64, &mut bytes)?;
        }
        let (rows, _) = bytes.as_chunks::<RECORD>();
        let mut records: Vec<Record> = rows.iter().map(Record::from_bytes).collect();
        for number in from + in_file..from + count {
            records.push(self.record(number)?);
        }
        Ok(records)
    }

    /// The hash of a perfect node whose leaves are all there.
    pub fn node(&self, level: u32, number: u64) -> io::Result<Hash> {
        let base = level - level % 8;
        let count = 1_u64 << (level % 8);
        let from = number << (level % 8);
        let mut frontier = Frontier::default();
        for hash in self.stored_nodes(base, from, count)? {
            frontier.push(hash);
        }
        Ok(frontier.root())
    }

    /// Consecutive nodes of level 0, 8, 16, …: from their file, else from the level below.
    fn stored_nodes(&self, level: u32, from: u64, count: u64) -> io::Result<Vec<Hash>> {
        if level == 0 {
            let records = self.records(from, count)?;
            return Ok(records.into_iter().map(|record| record.leaf).collect());
        }
        if let Some((_, items)) = self.levels.iter().find(|(of, _)| *of == level)
            && items.stored >= from + count
        {
            let mut bytes = vec![0; usize::try_from(count * 32).unwrap_or(0)];
            items.read(from * 32, &mut bytes)?;
            return Ok(bytes.chunks(32).filter_map(Hash::from_bytes).collect());
        }
        let mut nodes = Vec::new();
        for number in from..from + count {
            let mut frontier = Frontier::default();
            for hash in self.stored_nodes(level - 8, number << 8, 256)? {
                frontier.push(hash);
            }
            nodes.push(frontier.root());
        }
        Ok(nodes)
    }

    /// A node of level 8, 16, … as its file has it; `None` where it is not stored.
    pub fn stored_node(&self, level: u32, number: u64) -> io::Result<Option<Hash>> {
        match self.levels.iter().find(|(of, _)| *of == level) {
            Some((_, items)) if number < items.stored => {
                let mut bytes = [0; 32];
                items.read(number * 32, &mut bytes)?;
                Ok(Some(Hash(bytes)))
            }
            _ => Ok(None),
        }
    }

    /// Writes what is only in memory, and the nodes that have become complete.
    pub fn write(&mut self) -> io::Result<()> {
        let bytes: Vec<u8> = self.extra.iter().flat_map(|r| r.to_bytes()).collect();
        self.index
            .write(self.index.stored * RECORD as u64, &bytes)?;
        self.index.stored += self.extra.len() as u64;
        self.extra.clear();
        let size = self.index.stored;
        for at in 0..self.levels.len() {
            let Some((level, items)) = self.levels.get(at) else {
                break;
            };
            let (level, from, to) = (*level, items.stored, size >> *level);
            if from >= to {
                continue;
            }
            let hashes = self.stored_nodes(level, from, to - from)?;
            let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
            if let Some((_, items)) = self.levels.get_mut(at) {
                items.write(from * 32, &bytes)?;
                items.stored = to;
            }
        }
        Ok(())
    }

    /// Cuts stored nodes above what the index has: they belong to entries that are gone.
    pub fn trim(&mut self) {
        for (level, items) in &mut self.levels {
            items.stored = items.stored.min(self.index.stored >> *level);
        }
    }
}

fn read_record(index: &Items, number: u64) -> io::Result<Record> {
    let mut bytes = [0; RECORD];
    index.read(number * RECORD as u64, &mut bytes)?;
    Ok(Record::from_bytes(&bytes))
}
