//! Finds out what a ledger holds: the index as far as it is right, and what lies behind it in the segments.

use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use crate::checkpoint::Checkpoint;
use crate::derived::{Derived, Record};
use crate::error::LedgerError;
use crate::frame::{self, Frames, HEAD, Kind};
use crate::hash::leaf_hash;
use crate::note::VerifierKey;
use crate::segment::{self, HEADER, Place, Tail};
use crate::tree::Frontier;

/// A ledger up to its newest checkpoint.
pub struct State {
    pub derived: Derived,
    pub frontier: Frontier,
    /// The newest signed note; `None` while there is no entry.
    pub note: Option<String>,
    /// Behind the newest checkpoint: there the next commit begins.
    pub end: Place,
    /// What lies behind `end`: a commit that was never finished.
    pub torn: Vec<Torn>,
    /// The index was wrong and was computed again.
    pub rebuilt: bool,
}

/// The unfinished part of one segment.
#[derive(Debug, Clone, Copy)]
pub struct Torn {
    pub place: Place,
    pub bytes: u64,
}

/// Loads the ledger in `folder`; the caller holds its lock.
pub fn load(folder: &Path, key: &VerifierKey) -> Result<State, LedgerError> {
    let index = || folder.join("index");
    let mut derived = Derived::open(folder).map_err(LedgerError::io("read", index()))?;
    let known = derived.size();
    let trusted = fits(folder, &derived).map_err(LedgerError::io("read", index()))?;
    if trusted {
        derived.trim();
        match walk(folder, key, derived) {
            // The index may be what is wrong: the segments alone decide.
            Err(
                LedgerError::Damaged { .. } | LedgerError::Lost { .. } | LedgerError::Io { .. },
            ) => {
                derived = Derived::open(folder).map_err(LedgerError::io("read", index()))?;
            }
            other => return other,
        }
    }
    derived.forget();
    let state = walk(folder, key, derived)?;
    if known > state.frontier.size() {
        return Err(LedgerError::Lost {
            known,
            found: state.frontier.size(),
        });
    }
    Ok(State {
        rebuilt: known > 0,
        ..state
    })
}

/// Whether the newest record of the index tells the truth.
fn fits(folder: &Path, derived: &Derived) -> std::io::Result<bool> {
    let Some(last) = derived.size().checked_sub(1) else {
        return Ok(true);
    };
    let record = derived.record(last)?;
    let payload = segment::frame_at(folder, record.place)?;
    Ok(payload.is_some_and(|payload| leaf_hash(&payload) == record.leaf))
}

struct Walk<'a> {
    folder: &'a Path,
    state: State,
    /// Entries since the newest checkpoint.
    pending: Vec<Record>,
    /// The frontier with them.
    ahead: Frontier,
}

fn walk(folder: &Path, key: &VerifierKey, derived: Derived) -> Result<State, LedgerError> {
    let read = |path: PathBuf| LedgerError::io("read", path);
    let segments = segment::list(folder).map_err(read(folder.into()))?;
    let known = derived.size();
    let frontier = Frontier::load(known, |level, number| derived.node(level, number))
        .map_err(read(folder.join("index")))?;
    let start = match known.checked_sub(1) {
        None => Place {
            segment: 1,
            offset: HEADER as u32,
        },
        Some(last) => behind(folder, &derived, last)?,
    };
    let mut walk = Walk {
        folder,
        ahead: frontier.clone(),
        pending: Vec::new(),
        state: State {
            derived,
            frontier,
            note: None,
            end: start,
            torn: Vec::new(),
            rebuilt: false,
        },
    };
    for (expected, number) in (1..).zip(&segments) {
        if *number != expected {
            return Err(walk.damaged(expected, 0, "the file is missing"));
        }
        if *number >= start.segment && !walk.segment(*number, start)? {
            walk.set_aside(&segments, *number)?;
            break;
        }
    }
    walk.finish(known, key)
}

/// The place behind entry `number`.
fn behind(folder: &Path, derived: &Derived, number: u64) -> Result<Place, LedgerError> {
    let record = derived
        .record(number)
        .map_err(LedgerError::io("read", folder.join("index")))?;
    let path = segment::path(folder, record.place.segment);
    let payload = segment::frame_at(folder, record.place).map_err(LedgerError::io("read", path))?;
    let length = payload.map_or(0, |payload| HEAD + payload.len());
    Ok(Place {
        offset: record.place.offset + u32::try_from(length).unwrap_or(0),
        ..record.place
    })
}

impl Walk<'_> {
    fn damaged(&self, segment: u32, offset: u64, what: impl Into<String>) -> LedgerError {
        LedgerError::Damaged {
            file: segment::name(segment),
            place: Place {
                segment,
                offset: u32::try_from(offset).unwrap_or(u32::MAX),
            },
            what: what.into(),
        }
    }

    /// Walks through one segment; whether it ended where a commit ends.
    fn segment(&mut self, number: u32, start: Place) -> Result<bool, LedgerError> {
        let path = segment::path(self.folder, number);
        let read = |source| LedgerError::io("read", path.clone())(source);
        let file = File::open(&path).map_err(read)?;
        let mut from = u64::from(start.offset);
        if number > start.segment || start.offset as usize == HEADER {
            let expected = segment::header(number, self.ahead.size());
            let mut bytes = [0; HEADER];
            if file.read_exact_at(&mut bytes, 0).is_err() || bytes != expected {
                return Ok(false);
            }
            from = HEADER as u64;
            self.state.end = Place {
                segment: number,
                offset: HEADER as u32,
            };
        }
        let mut frames = Frames::new(BufReader::with_capacity(1 << 18, Tail(&file, from)), from);
        loop {
            let at = frames.offset();
            let (kind, payload) = match frames.next().map_err(read)? {
                Some(Ok(frame)) => frame,
                Some(Err(_)) => return Ok(false),
                None => return Ok(self.pending.is_empty()),
            };
            let after = at + (HEAD + payload.len()) as u64;
            match kind {
                Kind::Entry => self.entry(number, at, payload)?,
                Kind::Checkpoint => {
                    let note = String::from_utf8_lossy(payload).into_owned();
                    self.checkpoint(number, at, after, note)?;
                }
            }
        }
    }

    fn entry(&mut self, segment: u32, at: u64, payload: &[u8]) -> Result<(), LedgerError> {
        let Ok(offset) = u32::try_from(at) else {
            return Err(self.damaged(segment, at, "the file is too long"));
        };
        let leaf = leaf_hash(payload);
        self.ahead.push(leaf);
        self.pending.push(Record {
            place: Place { segment, offset },
            leaf,
        });
        Ok(())
    }

    fn checkpoint(
        &mut self,
        segment: u32,
        at: u64,
        after: u64,
        note: String,
    ) -> Result<(), LedgerError> {
        let says = Checkpoint::read_unverified(&note)
            .map_err(|error| self.damaged(segment, at, error.to_string()))?;
        if says.size != self.ahead.size() || says.root != self.ahead.root() {
            let what = format!(
                "the entries before do not have the root of the checkpoint of size {}",
                says.size
            );
            return Err(self.damaged(segment, at, what));
        }
        for record in self.pending.drain(..) {
            self.state.derived.push(record);
        }
        self.state.frontier = self.ahead.clone();
        self.state.note = Some(note);
        self.state.end = Place {
            segment,
            offset: u32::try_from(after).unwrap_or(u32::MAX),
        };
        Ok(())
    }

    /// What lies behind the newest checkpoint is a commit that was never finished, unless other commits follow.
    fn set_aside(&mut self, segments: &[u32], broken: u32) -> Result<(), LedgerError> {
        let end = self.state.end;
        for number in segments.iter().copied().filter(|n| *n >= end.segment) {
            let path = segment::path(self.folder, number);
            let read = |source| LedgerError::io("read", path.clone())(source);
            let offset = if number == end.segment { end.offset } else { 0 };
            let file = File::open(&path).map_err(read)?;
            let rest = segment::rest(&file, offset.into()).map_err(read)?;
            if later_commits(&rest) || (number > broken && has_checkpoint(&rest)) {
                let what = "a commit is broken, and others follow it";
                return Err(self.damaged(end.segment, end.offset.into(), what));
            }
            self.state.torn.push(Torn {
                place: Place {
                    segment: number,
                    offset,
                },
                bytes: rest.len() as u64,
            });
        }
        Ok(())
    }

    fn finish(self, known: u64, key: &VerifierKey) -> Result<State, LedgerError> {
        let Some(note) = &self.state.note else {
            return match known {
                0 => Ok(self.state),
                _ => Err(LedgerError::Lost { known, found: 0 }),
            };
        };
        if let Err(error) = Checkpoint::open(note, key) {
            let end = self.state.end;
            let what = format!("the newest checkpoint cannot be believed: {error}");
            return Err(self.damaged(end.segment, end.offset.into(), what));
        }
        Ok(self.state)
    }
}

/// Whether more than the last, broken commit lies in `bytes`: something behind its checkpoint.
fn later_commits(bytes: &[u8]) -> bool {
    next_checkpoint(bytes).is_some_and(|end| end < bytes.len())
}

fn has_checkpoint(bytes: &[u8]) -> bool {
    next_checkpoint(bytes).is_some()
}

/// The end of the first whole checkpoint in `bytes`.
fn next_checkpoint(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = frame::find(rest)?;
        let (kind, payload) = frame::decode(rest.get(at..)?).ok()?;
        from += at + HEAD + payload.len();
        if kind == Kind::Checkpoint {
            return Some(from);
        }
    }
}
