//! Frames: how entries and checkpoints lie in a file.
//!
//! A frame is 12 bytes of head and a payload: four letters for the kind, the payload's length and the CRC-32 of kind,
//! length and payload, both little endian. The letters end with a newline, which canonical JSON never holds, so that
//! frames can be found again behind damage.

use std::io::{self, Read};

use crate::entry;

/// Bytes before the payload.
pub const HEAD: usize = 12;
const ENTRY: &[u8; 4] = b"ent\n";
const CHECKPOINT: &[u8; 4] = b"chk\n";

/// What a frame holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The canonical JSON of an entry.
    Entry,
    /// A signed checkpoint over all entries before it; it ends a commit.
    Checkpoint,
}

/// Why bytes are not a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// The file ends within it.
    #[error("the file ends within a frame")]
    Short,
    /// The head is that of no frame.
    #[error("no frame begins here")]
    Head,
    /// The checksum is another.
    #[error("the checksum of a frame is wrong")]
    Checksum,
}

/// Adds a frame to `out`.
pub fn encode(kind: Kind, payload: &[u8], out: &mut Vec<u8>) {
    let letters = match kind {
        Kind::Entry => ENTRY,
        Kind::Checkpoint => CHECKPOINT,
    };
    let length = u32::try_from(payload.len()).unwrap_or(u32::MAX);
    out.extend_from_slice(letters);
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&checksum(letters, length, payload).to_le_bytes());
    out.extend_from_slice(payload);
}

fn checksum(letters: &[u8; 4], length: u32, payload: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(letters);
    hasher.update(&length.to_le_bytes());
    hasher.update(payload);
    hasher.finalize()
}

struct Head {
    kind: Kind,
    length: u32,
    checksum: u32,
}

fn head(bytes: &[u8; HEAD]) -> Result<Head, Broken> {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
    let kind = match &[a, b, c, d] {
        ENTRY => Kind::Entry,
        CHECKPOINT => Kind::Checkpoint,
        _ => return Err(Broken::Head),
    };
    let length = u32::from_le_bytes([e, f, g, h]);
    if length as usize > entry::LIMIT {
        return Err(Broken::Head);
    }
    Ok(Head {
        kind,
        length,
        checksum: u32::from_le_bytes([i, j, k, l]),
    })
}

impl Head {
    fn fits(&self, payload: &[u8]) -> bool {
        let letters = match self.kind {
            Kind::Entry => ENTRY,
            Kind::Checkpoint => CHECKPOINT,
        };
        checksum(letters, self.length, payload) == self.checksum
    }
}

/// The frame at the beginning of `bytes`: its kind and payload.
///
/// # Errors
/// When there is none, or it is damaged.
pub fn decode(bytes: &[u8]) -> Result<(Kind, &[u8]), Broken> {
    let (first, rest) = bytes.split_first_chunk::<HEAD>().ok_or(Broken::Short)?;
    let head = head(first)?;
    let payload = rest.get(..head.length as usize).ok_or(Broken::Short)?;
    match head.fits(payload) {
        true => Ok((head.kind, payload)),
        false => Err(Broken::Checksum),
    }
}

/// The offset of the first whole frame in `bytes`. Gives up where damage (or malice) would make the search long.
#[must_use]
pub fn find(bytes: &[u8]) -> Option<usize> {
    let mut budget = bytes.len().saturating_mul(4) + (16 << 20);
    let mut from = 0;
    loop {
        let newline = bytes.get(from + 3..)?.iter().position(|b| *b == b'\n')?;
        let at = from + newline;
        let rest = bytes.get(at..)?;
        match decode(rest) {
            Ok(_) => return Some(at),
            Err(Broken::Checksum) => budget = budget.checked_sub(entry::LIMIT / 16)?,
            Err(_) => {}
        }
        from = at + 1;
    }
}

/// Reads frames one after the other.
pub struct Frames<R> {
    reader: R,
    payload: Vec<u8>,
    offset: u64,
}

impl<R: Read> Frames<R> {
    /// Frames of `reader`, whose next byte lies at `offset` of its file.
    pub fn new(reader: R, offset: u64) -> Frames<R> {
        Frames {
            reader,
            payload: Vec::new(),
            offset,
        }
    }

    /// Where the next frame begins; after a broken one, where that begins.
    pub fn offset(&self) -> u64 {
        self.offset
    }

    /// The next frame; `None` at the end. After a broken frame nothing more can be read.
    ///
    /// # Errors
    /// When the file cannot be read.
    #[expect(
        clippy::type_complexity,
        reason = "end, damage and failure are three things"
    )]
    pub fn next(&mut self) -> io::Result<Option<Result<(Kind, &[u8]), Broken>>> {
        let mut first = [0; HEAD];
        match fill(&mut self.reader, &mut first)? {
            0 => return Ok(None),
            HEAD => {}
            _ => return Ok(Some(Err(Broken::Short))),
        }
        let head = match head(&first) {
            Ok(head) => head,
            Err(broken) => return Ok(Some(Err(broken))),
        };
        self.payload.resize(head.length as usize, 0);
        if fill(&mut self.reader, &mut self.payload)? < self.payload.len() {
            return Ok(Some(Err(Broken::Short)));
        }
        if !head.fits(&self.payload) {
            return Ok(Some(Err(Broken::Checksum)));
        }
        self.offset += (HEAD + self.payload.len()) as u64;
        Ok(Some(Ok((head.kind, &self.payload))))
    }
}

/// Reads until `into` is full or the file ends; how many bytes that were.
fn fill(reader: &mut impl Read, into: &mut [u8]) -> io::Result<usize> {
    let mut done = 0;
    while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two() -> Vec<u8> {
        let mut bytes = Vec::new();
        encode(Kind::Entry, b"{\"a\":1}", &mut bytes);
        encode(Kind::Checkpoint, b"log\n1\n", &mut bytes);
        bytes
    }

    #[test]
    fn frames_read_back_in_order() {
        let bytes = two();
        let mut frames = Frames::new(&bytes[..], 24);
        assert_eq!(
            frames.next().unwrap(),
            Some(Ok((Kind::Entry, &b"{\"a\":1}"[..])))
        );
        assert_eq!(frames.offset(), 24 + 19);
        assert_eq!(
            frames.next().unwrap(),
            Some(Ok((Kind::Checkpoint, &b"log\n1\n"[..])))
        );
        assert_eq!(frames.next().unwrap(), None);
    }

    #[test]
    fn any_flipped_bit_breaks_the_frame_and_the_next_one_is_found() {
        let bytes = two();
        for bit in 0..19 * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&bytes).is_err(), "bit {bit}");
            assert_eq!(find(&bytes), Some(19), "bit {bit}");
        }
        assert_eq!(find(b"nothing\nhere\n"), None);
    }

    #[test]
    fn mutated_files_are_read_to_some_end() {
        let bytes = two();
        patchward_test_support::mutate(&[&bytes, b"ent\n\xff\xff\x0f\0"], 3000, |bytes| {
            let mut frames = Frames::new(bytes, 0);
            while let Ok(Some(Ok(_))) = frames.next() {}
            let _ = find(bytes);
        });
    }
}
