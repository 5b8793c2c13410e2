//! One file that another machine verifies with the public key alone: JSON Lines, written and read line by line.
//!
//! The first line is the head (`schema`, `key`, signed `checkpoint`, `entries`, `whole`), each other line is an entry
//! (`index`, `entry` as its canonical JSON, and its `inclusion` proof). A whole ledger needs no proof per entry: the
//! root of all of them is compared.

use std::io::{self, BufRead, Read, Write};
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::entry::{Entry, LIMIT};
use crate::error::LedgerError;
use crate::hash::{Hash, empty_root, leaf_hash};
use crate::note::{NoteError, VerifierKey};
use crate::proof::EntryProof;
use crate::reader::Reader;
use crate::tree::{Frontier, verify_inclusion};

/// The name and version of the form.
const SCHEMA: &str = "patchward.ledger-export/1";
/// No line is longer: an entry may double when it is written as a string, and brings its proof along.
const LINE: u64 = 3 * LIMIT as u64;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    schema: String,
    key: String,
    checkpoint: Option<String>,
    entries: u64,
    whole: bool,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    index: u64,
    entry: String,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inclusion: Vec<Hash>,
}

/// Why an export proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// It cannot be read.
    #[error("read the export")]
    Io(#[from] io::Error),
    /// A line is not what it should be.
    #[error("line {line} of the export: {what}")]
    Line {
        /// From 1.
        line: u64,
        /// What is wrong.
        what: String,
    },
    /// The key or checkpoint cannot be used.
    #[error("the export's checkpoint cannot be believed")]
    Note(#[from] NoteError),
    /// All entries together are not those of the checkpoint.
    #[error("the {size} entries do not have the root that was signed")]
    Root {
        /// Entries.
        size: u64,
    },
}

/// What an export proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportReport {
    /// The key that it was verified by.
    pub key: VerifierKey,
    /// The key came with the file: whoever reads this must compare it with what they know.
    pub key_from_file: bool,
    /// Size of the ledger at its checkpoint.
    pub size: u64,
    /// Its root.
    pub root: Hash,
    /// Entries in the file, all proved.
    pub entries: u64,
}

/// Writes the entries of `range` (all of the ledger: `0..reader.size()`) to `out`.
///
/// # Errors
/// When an entry cannot be read or proved, or `out` refuses.
pub fn export(reader: &Reader, range: Range<u64>, out: impl Write) -> Result<(), LedgerError> {
    let failed = |source: io::Error| LedgerError::io("write", "the export")(source);
    let mut out = io::BufWriter::new(out);
    let range = range.start..range.end.min(reader.size());
    let whole = range == (0..reader.size());
    let head = Head {
        schema: SCHEMA.into(),
        key: reader.key().to_string(),
        checkpoint: reader.checkpoint().map(str::to_owned),
        entries: range.end.saturating_sub(range.start),
        whole,
    };
    write_line(&mut out, &head).map_err(failed)?;
    for index in range {
        let (entry, inclusion) = match whole {
            true => (reader.text(index)?, Vec::new()),
            false => {
                let EntryProof {
                    entry, inclusion, ..
                } = reader.prove(index)?;
                (entry, inclusion)
            }
        };
        let line = Line {
            index,
            entry,
            inclusion,
        };
        write_line(&mut out, &line).map_err(failed)?;
    }
    out.flush().map_err(failed)
}

fn write_line(out: &mut impl Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *out, line)?;
    out.write_all(b"\n")
}

/// Verifies an export by `key`, or by the key in the file (which then must be compared by a person), and gives each
/// entry to `each`. Only when this returns `Ok` are they proved.
///
/// # Errors
/// When anything of it is wrong or missing.
pub fn verify_export(
    input: impl BufRead,
    key: Option<&VerifierKey>,
    mut each: impl FnMut(u64, Entry),
) -> Result<ExportReport, ExportError> {
    let mut lines = Lines { input, number: 0 };
    let head: Head = lines.next()?.ok_or_else(|| lines.wrong("it is empty"))?;
    if head.schema != SCHEMA {
        return Err(lines.wrong(format!("expected {SCHEMA}, found {:?}", head.schema)));
    }
    let used = match key {
        Some(key) => key.clone(),
        None => VerifierKey::parse(&head.key)?,
    };
    let (size, root) = match &head.checkpoint {
        None => (0, empty_root()),
        Some(note) => {
            let checkpoint = Checkpoint::open(note, &used)?;
            (checkpoint.size, checkpoint.root)
        }
    };
    let mut tree = Frontier::default();
    let (mut entries, mut last) = (0, None);
    while let Some(line) = lines.next::<Line>()? {
        let leaf = leaf_hash(line.entry.as_bytes());
        if head.whole && line.index == tree.size() {
            tree.push(leaf);
        } else if head.whole || last.is_some_and(|last| line.index <= last) {
            return Err(lines.wrong(format!("entry {} is out of order", line.index)));
        } else if !verify_inclusion(leaf, line.index, size, root, &line.inclusion) {
            return Err(lines.wrong(format!("entry {} is not proved", line.index)));
        }
        last = Some(line.index);
        entries += 1;
        let entry = Entry::decode(line.entry.as_bytes());
        each(
            line.index,
            entry.map_err(|error| lines.wrong(error.to_string()))?,
        );
    }
    if entries != head.entries {
        let what = format!(
            "{entries} entries are there, {} were announced",
            head.entries
        );
        return Err(lines.wrong(what));
    }
    if head.whole && (tree.size() != size || tree.root() != root) {
        return Err(ExportError::Root { size: tree.size() });
    }
    Ok(ExportReport {
        key: used,
        key_from_file: key.is_none(),
        size,
        root,
        entries,
    })
}

struct Lines<R> {
    input: R,
    number: u64,
}

impl<R: BufRead> Lines<R> {
    fn wrong(&self, what: impl Into<String>) -> ExportError {
        ExportError::Line {
            line: self.number.max(1),
            what: what.into(),
        }
    }

    fn next<T: for<'de> Deserialize<'de>>(&mut self) -> Result<Option<T>, ExportError> {
        let mut bytes = Vec::new();
        let count = (&mut self.input).take(LINE).read_until(b'\n', &mut bytes)?;
        if count == 0 {
            return Ok(None);
        }
        self.number += 1;
        if bytes.last() != Some(&b'\n') {
            return Err(self.wrong("it is cut off or too long"));
        }
        let value = serde_json::from_slice(&bytes);
        value
            .map(Some)
            .map_err(|error| self.wrong(error.to_string()))
    }
}
