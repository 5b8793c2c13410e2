//! Segments: the files that hold the frames, `entries-000001.log` and on. They are the ledger; all else is derived.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::frame;

/// Bytes before the first frame: letters, version, number of the segment, number of its first entry.
pub const HEADER: usize = 24;
const LETTERS: &[u8; 8] = b"PWLEDGER";
const VERSION: u32 = 1;
/// No segment is longer, in bytes: offsets have 32 bits, and damage is searched in memory.
pub const LIMIT: u64 = 256 << 20;

/// Where a frame lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Number of the segment, from 1.
    pub segment: u32,
    /// Offset in its file.
    pub offset: u32,
}

/// The name of a segment's file.
#[must_use]
pub fn name(number: u32) -> String {
    format!("entries-{number:06}.log")
}

/// The file of a segment.
pub fn path(folder: &Path, number: u32) -> PathBuf {
    folder.join(name(number))
}

/// The numbers of the segments in `folder`, in order; none when there is no such folder.
pub fn list(folder: &Path) -> io::Result<Vec<u32>> {
    let mut numbers = Vec::new();
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(numbers),
        other => other?,
    };
    for entry in entries {
        let name = entry?.file_name();
        let number = name.to_str().and_then(|name| {
            let digits = name.strip_prefix("entries-")?.strip_suffix(".log")?;
            digits.parse::<u32>().ok().filter(|number| *number > 0)
        });
        numbers.extend(number);
    }
    numbers.sort_unstable();
    Ok(numbers)
}

/// The header of segment `number`, which begins with entry `first`.
pub fn header(number: u32, first: u64) -> [u8; HEADER] {
    let mut bytes = [0; HEADER];
    bytes[..8].copy_from_slice(LETTERS);
    bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
    bytes[12..16].copy_from_slice(&number.to_le_bytes());
    bytes[16..].copy_from_slice(&first.to_le_bytes());
    bytes
}

/// All of a file from `offset` on, up to [`LIMIT`].
pub fn rest(file: &File, offset: u64) -> io::Result<Vec<u8>> {
    let length = file.metadata()?.len().min(LIMIT).saturating_sub(offset);
    let mut bytes = vec![0; usize::try_from(length).unwrap_or(0)];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

/// The frame at `place`, if there is a whole one.
pub fn frame_at(folder: &Path, place: Place) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path(folder, place.segment)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    let mut frames = frame::Frames::new(Tail(&file, u64::from(place.offset)), 0);
    Ok(match frames.next()? {
        Some(Ok((frame::Kind::Entry, payload))) => Some(payload.to_vec()),
        _ => None,
    })
}

/// Reads a file from an offset on, without moving a cursor that others share.
pub struct Tail<'f>(pub &'f File, pub u64);

impl io::Read for Tail<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read_at(into, self.1)?;
        self.1 += count as u64;
        Ok(count)
    }
}
