//! A table of rows sorted by hash, with a directory over the hash's upper bits: one look-up touches about two pages.

use std::io::{self, Write};

use crate::bytes::row;

/// Bytes of a row: the hash and a value.
const ROW: usize = 16;

/// Writes rows that come in order of their hash.
pub struct TableWriter<W> {
    out: W,
    bits: u32,
    starts: Vec<u32>,
    rows: u32,
}

impl<W: Write> TableWriter<W> {
    /// A table for about `expected` rows (only speed depends on the guess).
    pub fn new(out: W, expected: usize) -> TableWriter<W> {
        let bits = (expected / 2).max(1).ilog2().min(28);
        TableWriter {
            out,
            bits,
            starts: Vec::with_capacity((1 << bits) + 1),
            rows: 0,
        }
    }

    pub fn push(&mut self, hash: u64, value: u64) -> io::Result<()> {
        let bucket = bucket(hash, self.bits);
        while self.starts.len() <= bucket {
            self.starts.push(self.rows);
        }
        self.out.write_all(&hash.to_le_bytes())?;
        self.out.write_all(&value.to_le_bytes())?;
        self.rows = self
            .rows
            .checked_add(1)
            .ok_or_else(|| io::Error::other("more than 4 billion rows"))?;
        Ok(())
    }

    /// The writer and the directory.
    pub fn finish(mut self) -> (W, Vec<u8>) {
        while self.starts.len() <= 1 << self.bits {
            self.starts.push(self.rows);
        }
        let directory = self.starts.iter().flat_map(|s| s.to_le_bytes()).collect();
        (self.out, directory)
    }
}

fn bucket(hash: u64, bits: u32) -> usize {
    hash.checked_shr(64 - bits)
        .map_or(0, |b| usize::try_from(b).unwrap_or(0))
}

/// The values of the rows with this hash.
pub fn find<'t>(
    rows: &'t [u8],
    directory: &[u8],
    hash: u64,
) -> impl Iterator<Item = u64> + use<'t> {
    let range = range(directory, hash).unwrap_or(0..0);
    range
        .map_while(move |index| {
            let mut row = row(rows, index, ROW)?;
            Some((row.u64()?, row.u64()?))
        })
        .skip_while(move |&(found, _)| found < hash)
        .take_while(move |&(found, _)| found == hash)
        .map(|(_, value)| value)
}

fn range(directory: &[u8], hash: u64) -> Option<std::ops::Range<usize>> {
    let buckets = (directory.len() / 4).checked_sub(1)?;
    let bits = buckets.checked_ilog2()?;
    let bucket = bucket(hash, bits);
    let start = row(directory, bucket, 4)?.u32()? as usize;
    let end = row(directory, bucket + 1, 4)?.u32()? as usize;
    Some(start..end)
}

/// The values of all rows.
pub fn values(rows: &[u8]) -> impl Iterator<Item = u64> {
    (0..rows.len() / ROW).map_while(|index| {
        let mut row = row(rows, index, ROW)?;
        row.u64()?;
        row.u64()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(count: u64, expected: usize) -> (Vec<u8>, Vec<u8>) {
        let mut hashes: Vec<u64> = (0..count)
            .map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15))
            .collect();
        hashes.sort_unstable();
        let mut writer = TableWriter::new(Vec::new(), expected);
        for hash in hashes {
            writer.push(hash, hash ^ 1).unwrap();
            writer.push(hash, hash ^ 2).unwrap();
        }
        writer.finish()
    }

    #[test]
    fn every_row_is_found_and_nothing_else() {
        for (count, expected) in [(0, 0), (1, 0), (1, 1000), (1000, 2000), (1000, 1)] {
            let (rows, directory) = table(count, expected);
            for n in 0..count {
                let hash = n.wrapping_mul(0x9E37_79B9_7F4A_7C15);
                let found: Vec<u64> = find(&rows, &directory, hash).collect();
                assert_eq!(found, [hash ^ 1, hash ^ 2]);
            }
            assert_eq!(find(&rows, &directory, 12345).count(), 0);
            assert_eq!(find(&rows, &directory, u64::MAX).count(), 0);
        }
    }
}
