//! Reads a ledger as it was at one instant: entries, checkpoint, proofs. Writes nothing.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::checkpoint::Checkpoint;
use crate::entry::Entry;
use crate::error::LedgerError;
use crate::hash::{Hash, leaf_hash};
use crate::key_file;
use crate::lock::{For, lock};
use crate::note::VerifierKey;
use crate::proof::{self, EntryProof};
use crate::segment;
use crate::state::{self, State};
use crate::tree;

/// How long to wait for a process that writes; a commit takes milliseconds.
const WAIT: Duration = Duration::from_secs(10);

/// A ledger up to its newest checkpoint at the time of opening.
pub struct Reader {
    folder: PathBuf,
    key: VerifierKey,
    state: State,
}

impl Reader {
    /// Opens the ledger in `folder`. What others append later is not seen.
    ///
    /// # Errors
    /// When there is none, or it is damaged: [`crate::verify`] then tells where.
    pub fn open(folder: &Path) -> Result<Reader, LedgerError> {
        let key = key_file::open_public(folder)?;
        let _lock = lock(folder, For::Reading, WAIT)?;
        let state = state::load(folder, &key)?;
        Ok(Reader {
            folder: folder.to_owned(),
            key,
            state,
        })
    }

    /// The public key.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.state.frontier.size()
    }

    /// The root of the tree of all entries.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.state.frontier.root()
    }

    /// The newest signed checkpoint, to be handed out; `None` while there is no entry.
    #[must_use]
    pub fn checkpoint(&self) -> Option<&str> {
        self.state.note.as_deref()
    }

    /// The canonical JSON of an entry.
    ///
    /// # Errors
    /// When there is no such entry, or it is not what was appended.
    pub fn text(&self, index: u64) -> Result<String, LedgerError> {
        if index >= self.size() {
            let size = self.size();
            return Err(LedgerError::NoEntry { index, size });
        }
        let failed = |source| LedgerError::io("read", self.folder.join("index"))(source);
        let record = self.state.derived.record(index).map_err(failed)?;
        let path = segment::path(&self.folder, record.place.segment);
        let payload =
            segment::frame_at(&self.folder, record.place).map_err(LedgerError::io("read", path))?;
        let changed = |what: &str| LedgerError::Damaged {
            file: segment::name(record.place.segment),
            place: record.place,
            what: format!("entry {index} {what}"),
        };
        let payload = payload.ok_or_else(|| changed("cannot be read"))?;
        if leaf_hash(&payload) != record.leaf {
            return Err(changed("is not what was appended"));
        }
        String::from_utf8(payload).map_err(|_| changed("is no text"))
    }

    /// An entry.
    ///
    /// # Errors
    /// As [`Reader::text`].
    pub fn entry(&self, index: u64) -> Result<Entry, LedgerError> {
        Ok(Entry::decode(self.text(index)?.as_bytes())?)
    }

    /// Entries in order, from `from` on.
    pub fn entries(&self, from: u64) -> impl Iterator<Item = Result<Entry, LedgerError>> + '_ {
        (from..self.size()).map(|index| self.entry(index))
    }

    /// A proof that this entry is in the ledger. It was checked before it is handed out.
    ///
    /// # Errors
    /// As [`Reader::text`], and when the stored hashes do not lead to the signed root.
    pub fn prove(&self, index: u64) -> Result<EntryProof, LedgerError> {
        let entry = self.text(index)?;
        let inclusion = tree::inclusion_proof(index, self.size(), |level, number| {
            self.state.derived.node(level, number)
        })
        .map_err(LedgerError::io("read", self.folder.join("index")))?;
        let proof = EntryProof {
            schema: proof::SCHEMA.into(),
            key: self.key.to_string(),
            index,
            entry,
            inclusion,
            checkpoint: self.state.note.clone().unwrap_or_default(),
        };
        match proof.verify(&self.key) {
            Ok(_) => Ok(proof),
            Err(error) => Err(LedgerError::Damaged {
                file: "index".into(),
                place: self.state.end,
                what: format!("the proof of entry {index} does not hold: {error}"),
            }),
        }
    }

    /// A proof that this ledger begins with all that `old` says (RFC 9162 §2.1.4), as
    /// [`tree::verify_consistency`] takes it.
    ///
    /// # Errors
    /// When hashes cannot be read.
    pub fn prove_consistency(&self, old: &Checkpoint) -> Result<Vec<Hash>, LedgerError> {
        tree::consistency_proof(old.size, self.size(), |level, number| {
            self.state.derived.node(level, number)
        })
        .map_err(LedgerError::io("read", self.folder.join("index")))
    }
}
