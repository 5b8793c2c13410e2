//! A proof that one entry is in a ledger: checked with the ledger's public key, and nothing else of ours.

use serde::{Deserialize, Serialize};

use crate::checkpoint::Checkpoint;
use crate::entry::Entry;
use crate::hash::{Hash, leaf_hash};
use crate::note::{NoteError, VerifierKey};
use crate::tree::verify_inclusion;

/// The name and version of the form.
pub const SCHEMA: &str = "patchward.ledger-proof/1";

/// An entry, its path to the root, and the signed root.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EntryProof {
    /// [`SCHEMA`].
    pub schema: String,
    /// The public key, for people to compare. A verifier takes the key that it got elsewhere.
    pub key: String,
    /// Number of the entry, from 0.
    pub index: u64,
    /// The entry's canonical JSON, as it was hashed.
    pub entry: String,
    /// The siblings from the leaf up (RFC 9162 §2.1.3).
    pub inclusion: Vec<Hash>,
    /// The signed checkpoint (C2SP tlog-checkpoint).
    pub checkpoint: String,
}

/// Why a proof proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// The form is another.
    #[error("the proof has the form {0:?}; expected {SCHEMA}")]
    Schema(String),
    /// The checkpoint is not signed by the key, or no checkpoint.
    #[error("the checkpoint cannot be believed")]
    Checkpoint(#[from] NoteError),
    /// The path does not lead to the root.
    #[error("entry {index} is not in the ledger of size {size} whose checkpoint this is")]
    NotIncluded {
        /// Number of the entry.
        index: u64,
        /// Size of the checkpoint.
        size: u64,
    },
    /// The bytes are proved, but are no entry.
    #[error("what is proved is no entry")]
    Entry(#[from] crate::entry::EntryError),
}

impl EntryProof {
    /// Checks the proof by `key` and gives the entry that it proves, with the checkpoint that it is proved in.
    ///
    /// # Errors
    /// When anything of it is wrong.
    pub fn verify(&self, key: &VerifierKey) -> Result<(Entry, Checkpoint), ProofError> {
        if self.schema != SCHEMA {
            return Err(ProofError::Schema(self.schema.clone()));
        }
        let checkpoint = Checkpoint::open(&self.checkpoint, key)?;
        let leaf = leaf_hash(self.entry.as_bytes());
        let (size, root) = (checkpoint.size, checkpoint.root);
        if !verify_inclusion(leaf, self.index, size, root, &self.inclusion) {
            return Err(ProofError::NotIncluded {
                index: self.index,
                size,
            });
        }
        Ok((Entry::decode(self.entry.as_bytes())?, checkpoint))
    }
}
