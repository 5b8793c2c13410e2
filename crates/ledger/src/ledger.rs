//! Appends: many callers, one commit.
//!
//! A commit is the frames of its entries and one signed checkpoint, written and synced at once: it is there in whole,
//! or not at all. Callers that append at the same time share a commit, so that a slow disk costs them one wait together
//! (group commit). Only when the disk has it does an append return.

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::checkpoint::Checkpoint;
use crate::derived::Record;
use crate::entry::Entry;
use crate::error::LedgerError;
use crate::frame::{self, Kind};
use crate::hash::leaf_hash;
use crate::key_file;
use crate::lock::{For, lock};
use crate::note::{SignerKey, VerifierKey};
use crate::segment::{self, HEADER, Place};
use crate::state::{self, State};

/// One commit is never larger, in bytes.
const COMMIT_LIMIT: usize = 64 << 20;

/// How a ledger is written.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// Whether each commit waits for the disk. Only tests and benches have a reason to say no.
    pub sync: bool,
    /// A new segment begins behind this many bytes.
    pub segment_bytes: u32,
    /// How long to wait for another process that writes.
    pub lock_wait: Duration,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            sync: true,
            segment_bytes: 64 << 20,
            lock_wait: Duration::from_secs(30),
        }
    }
}

/// What opening a ledger put right after a crash.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Bytes of commits that were never finished (and never acknowledged), which were cut off.
    pub cut_bytes: u64,
    /// The files to which they were moved.
    pub kept_in: Vec<PathBuf>,
    /// The index was wrong or missing and was computed again.
    pub index_rebuilt: bool,
}

/// A ledger that can be appended to, by many threads and many processes.
pub struct Ledger {
    folder: PathBuf,
    options: Options,
    key: SignerKey,
    writer: Mutex<Writer>,
    queue: Mutex<Vec<(Vec<String>, Arc<Slot>)>>,
}

/// Where a caller finds what became of its entries.
type Slot = Mutex<Option<Result<u64, Arc<LedgerError>>>>;

struct Writer {
    /// `None` when it must be found out anew.
    state: Option<State>,
    recovery: Recovery,
}

impl Ledger {
    /// Opens the ledger in `folder`; makes folder, key and ledger where there is none.
    ///
    /// # Errors
    /// When files cannot be read or written, the key is missing, open to others or no key, another process holds
    /// the lock for too long, or what was acknowledged is damaged or gone.
    pub fn open(folder: &Path, options: Options) -> Result<Ledger, LedgerError> {
        fs::create_dir_all(folder).map_err(LedgerError::io("make", folder))?;
        let _lock = lock(folder, For::Writing, options.lock_wait)?;
        let segments = segment::list(folder).map_err(LedgerError::io("read", folder))?;
        let key = key_file::open_or_make(folder, segments.is_empty())?;
        let mut recovery = Recovery::default();
        let state = recover(folder, key.verifier(), &mut recovery)?;
        Ok(Ledger {
            folder: folder.to_owned(),
            options,
            key,
            writer: Mutex::new(Writer {
                state: Some(state),
                recovery,
            }),
            queue: Mutex::default(),
        })
    }

    /// What was put right since the ledger was opened.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        unpoisoned(&self.writer).recovery.clone()
    }

    /// The public key that verifies this ledger.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        self.key.verifier()
    }

    /// Appends one entry, together with those that others append at this moment. Returns its number, once it is on
    /// the disk.
    ///
    /// # Errors
    /// As [`Ledger::append_all`].
    pub fn append(&self, entry: &Entry) -> Result<u64, LedgerError> {
        Ok(self.append_all(std::slice::from_ref(entry))?.start)
    }

    /// Appends entries that belong together: all of them, or none. Returns their numbers, once they are on the disk.
    ///
    /// # Errors
    /// When an entry is refused, the disk is full or fails, or the lock is not to be had. Nothing was appended then,
    /// unless the disk failed to say that it was.
    pub fn append_all(&self, entries: &[Entry]) -> Result<Range<u64>, LedgerError> {
        let texts: Result<Vec<String>, _> = entries.iter().map(Entry::encode).collect();
        let texts = texts?;
        let bytes = texts.iter().map(|text| text.len() + frame::HEAD).sum();
        if bytes > COMMIT_LIMIT {
            return Err(LedgerError::TooMuch(bytes));
        }
        let slot = Arc::new(Slot::default());
        unpoisoned(&self.queue).push((texts, slot.clone()));
        let mut writer = unpoisoned(&self.writer);
        // Whoever had the writer before may have taken our entries along.
        let done = unpoisoned(&slot).take();
        let first = match done {
            Some(result) => result,
            None => {
                self.commit_queue(&mut writer);
                let done = unpoisoned(&slot).take();
                done.unwrap_or_else(|| Err(Arc::new(LedgerError::TooMuch(bytes))))
            }
        };
        let first = first.map_err(LedgerError::of_group)?;
        Ok(first..first + entries.len() as u64)
    }

    /// Commits all that waits, and tells each caller.
    fn commit_queue(&self, writer: &mut Writer) {
        let mut waiting = std::mem::take(&mut *unpoisoned(&self.queue))
            .into_iter()
            .peekable();
        while waiting.peek().is_some() {
            let (mut texts, mut slots, mut bytes) = (Vec::new(), Vec::new(), 0);
            while let Some((more, slot)) =
                waiting.next_if(|(more, _)| bytes == 0 || bytes + size(more) <= COMMIT_LIMIT)
            {
                bytes += size(&more);
                slots.push((texts.len() as u64, slot));
                texts.extend(more);
            }
            let result = self.commit(writer, &texts).map_err(Arc::new);
            for (offset, slot) in slots {
                let own = result.clone().map(|first| first + offset);
                *unpoisoned(&slot) = Some(own);
            }
        }
    }

    fn commit(&self, writer: &mut Writer, texts: &[String]) -> Result<u64, LedgerError> {
        let _lock = lock(&self.folder, For::Writing, self.options.lock_wait)?;
        let mut state = match writer.state.take() {
            Some(state) if self.is_current(&state) => state,
            _ => recover(&self.folder, self.key.verifier(), &mut writer.recovery)?,
        };
        let first = state.frontier.size();
        if !texts.is_empty() {
            self.write(&mut state, texts)?;
        }
        writer.state = Some(state);
        Ok(first)
    }

    /// Whether nobody else wrote since.
    fn is_current(&self, state: &State) -> bool {
        let end = state.end;
        let length = |number| fs::metadata(segment::path(&self.folder, number)).map(|m| m.len());
        match length(end.segment) {
            Ok(length) => length == u64::from(end.offset) && !self.has_segment(end.segment + 1),
            Err(_) => state.frontier.size() == 0 && !self.has_segment(1),
        }
    }

    fn has_segment(&self, number: u32) -> bool {
        segment::path(&self.folder, number).exists()
    }

    fn write(&self, state: &mut State, texts: &[String]) -> Result<(), LedgerError> {
        let first = state.frontier.size();
        if first == 0 || state.end.offset >= self.options.segment_bytes {
            state.end = self.begin_segment(state, first)?;
        }
        let path = segment::path(&self.folder, state.end.segment);
        let failed = |source| LedgerError::io("write", path.clone())(source);
        let mut frontier = state.frontier.clone();
        let mut records = Vec::with_capacity(texts.len());
        let mut bytes = Vec::new();
        for text in texts {
            let place = behind(state.end, bytes.len());
            let leaf = leaf_hash(text.as_bytes());
            frontier.push(leaf);
            records.push(Record { place, leaf });
            frame::encode(Kind::Entry, text.as_bytes(), &mut bytes);
        }
        let note = Checkpoint::sign(frontier.size(), frontier.root(), &self.key);
        frame::encode(Kind::Checkpoint, note.as_bytes(), &mut bytes);

        let file = File::options().write(true).open(&path).map_err(failed)?;
        let written = file
            .write_all_at(&bytes, state.end.offset.into())
            .and_then(|()| {
                if self.options.sync {
                    file.sync_data()
                } else {
                    Ok(())
                }
            });
        if let Err(error) = written {
            // Best effort: the next commit cuts what is left.
            let _ = file.set_len(state.end.offset.into());
            return Err(failed(error));
        }
        state.end = behind(state.end, bytes.len());
        state.frontier = frontier;
        state.note = Some(note);
        records
            .into_iter()
            .for_each(|record| state.derived.push(record));
        // The commit stands. What of the index could not be written stays in memory, and is computed again later.
        let _ = state.derived.write();
        Ok(())
    }

    /// Makes the next segment's file, so that its name lasts before anything is in it.
    fn begin_segment(&self, state: &State, first: u64) -> Result<Place, LedgerError> {
        let number = if first == 0 { 1 } else { state.end.segment + 1 };
        let path = segment::path(&self.folder, number);
        let make = || {
            let file = File::create(&path)?;
            file.write_all_at(&segment::header(number, first), 0)?;
            if self.options.sync {
                file.sync_all()?;
                key_file::sync_folder(&self.folder)?;
            }
            Ok(())
        };
        make().map_err(LedgerError::io("write", &path))?;
        Ok(Place {
            segment: number,
            offset: HEADER as u32,
        })
    }
}

impl LedgerError {
    /// The error itself, where nobody else has it.
    fn of_group(shared: Arc<LedgerError>) -> LedgerError {
        Arc::try_unwrap(shared).unwrap_or_else(LedgerError::Shared)
    }
}

fn size(texts: &[String]) -> usize {
    texts.iter().map(|text| text.len() + frame::HEAD).sum()
}

fn behind(place: Place, bytes: usize) -> Place {
    Place {
        offset: place.offset + u32::try_from(bytes).unwrap_or(u32::MAX / 2),
        ..place
    }
}

/// A panic elsewhere leaves no half-written state behind these locks: files are checked again before each commit.
fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Loads the state and puts right what a crash left; the caller holds the lock for writing.
fn recover(
    folder: &Path,
    key: &VerifierKey,
    recovery: &mut Recovery,
) -> Result<State, LedgerError> {
    let mut state = state::load(folder, key)?;
    for torn in state.torn.iter().rev() {
        let path = segment::path(folder, torn.place.segment);
        let cut = || -> std::io::Result<PathBuf> {
            let file = File::options().read(true).write(true).open(&path)?;
            let kept = spare_name(folder, torn.place);
            fs::write(&kept, segment::rest(&file, torn.place.offset.into())?)?;
            match torn.place.offset {
                0 => fs::remove_file(&path)?,
                offset => {
                    file.set_len(offset.into())?;
                    file.sync_all()?;
                }
            }
            Ok(kept)
        };
        if torn.bytes > 0 {
            let kept = cut().map_err(LedgerError::io("write", &path))?;
            recovery.kept_in.push(kept);
            recovery.cut_bytes += torn.bytes;
        } else if torn.place.offset == 0 {
            fs::remove_file(&path).map_err(LedgerError::io("write", &path))?;
        }
    }
    state.torn.clear();
    recovery.index_rebuilt |= state.rebuilt;
    // If this fails (a full disk), everything works from memory, and the next start tries again.
    let _ = state.derived.write();
    Ok(state)
}

/// A name for bytes that are cut off; they are evidence too.
fn spare_name(folder: &Path, place: Place) -> PathBuf {
    let name = |n: u32| folder.join(format!("cut-{:06}-{}-{n}", place.segment, place.offset));
    let free = (1..10_000).map(name).find(|path| !path.exists());
    free.unwrap_or_else(|| name(0))
}
