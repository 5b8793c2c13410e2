//! How far an archive may grow.

use std::io::Read;

use crate::registry::FeedError;

/// Most entries of one archive (the CVE list has 300,000).
const MAX_ENTRIES: u64 = 5_000_000;

/// Largest entry, inflated, in bytes (the largest CSAF document seen is about 60 MB).
const MAX_ENTRY: u64 = 128 << 20;

/// Most bytes of all entries together, inflated (Red Hat's VEX documents have some 30 GB).
const MAX_TOTAL: u64 = 128 << 30;

/// Most inflated bytes per byte of the archive: records of JSON reach about 60, deflate cannot reach more in one
/// stream, and an archive whose entries overlap can.
const MAX_RATIO: u64 = 1_000;

/// What is left of the limits of one archive.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Entries.
    pub entries: u64,
    /// Bytes of one entry.
    pub entry: u64,
    /// Bytes of all entries.
    pub total: u64,
}

impl Limits {
    /// The limits of an archive of `size` bytes.
    pub fn of(size: u64) -> Limits {
        Limits {
            entries: MAX_ENTRIES,
            entry: MAX_ENTRY,
            total: MAX_TOTAL.min(size.saturating_mul(MAX_RATIO)),
        }
    }

    /// One more entry.
    pub fn count_entry(&mut self, url: &str) -> Result<(), FeedError> {
        self.entries = self.entries.checked_sub(1).ok_or_else(|| exceeded(url))?;
        Ok(())
    }

    /// Reads an entry into `bytes`.
    pub fn read(
        &mut self,
        url: &str,
        name: &str,
        entry: impl Read,
        bytes: &mut Vec<u8>,
    ) -> Result<(), FeedError> {
        bytes.clear();
        let limit = self.entry.min(self.total);
        let read = entry.take(limit + 1).read_to_end(bytes);
        let size = read.map_err(|error| FeedError::Read {
            url: url.to_owned(),
            message: format!("{name}: {error}"),
        })? as u64;
        if size > self.entry {
            return Err(FeedError::Limit {
                url: url.to_owned(),
                message: format!("{name} is larger than {} bytes", self.entry),
            });
        }
        self.total = self.total.checked_sub(size).ok_or_else(|| exceeded(url))?;
        Ok(())
    }
}

/// An archive is more than it may be.
pub fn exceeded(url: &str) -> FeedError {
    FeedError::Limit {
        url: url.to_owned(),
        message: "the archive has more entries or bytes than its limit".to_owned(),
    }
}
