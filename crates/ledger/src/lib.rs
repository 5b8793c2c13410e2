//! The evidence ledger: an append-only Merkle log in files, whose every later change is found and located.
//!
//! An [`Entry`] is a decision or a step: canonical JSON with kind, time, actor, subject and body. [`Ledger`] appends
//! entries and returns when they are on the disk; every commit ends with a signed checkpoint. [`Reader`] reads them and
//! makes proofs; [`verify`] reads everything and says what is not as it was written; [`export`] makes one file that
//! another machine checks with the public key alone ([`verify_export`]).
//!
//! # What lies in the folder
//! | file | what |
//! | --- | --- |
//! | `entries-000001.log`, … | the ledger: frames of entries and signed checkpoints; a commit is both, synced at once |
//! | `index`, `nodes-8`, … | derived: where entries lie, leaf hashes, nodes; checked when opening, made again when wrong |
//! | `key`, `key.pub` | the key of the checkpoints, made at first use, mode 0600; not the key of any data |
//! | `cut-…` | unfinished commits that a crash left: cut off when opening, told, and kept |
//! | `LOCK` | held by the process that writes |
//!
//! # What it proves, and what it cannot
//! Hashes are those of RFC 6962, checkpoints those of C2SP (`tlog-checkpoint` in a `signed-note`). Whoever owns the machine
//! owns the key and could write a whole new history; only a checkpoint that left the machine shows that. Hand
//! checkpoints out, and give them to [`verify`].
//!
//! This crate knows no clock: entries carry the time that the caller gives.

pub mod canonical;
mod checkpoint;
mod derived;
mod entry;
mod error;
mod export;
mod frame;
mod hash;
mod key_file;
mod ledger;
mod lock;
mod note;
mod proof;
mod reader;
mod segment;
mod state;
pub mod tree;
mod verify;

pub use checkpoint::Checkpoint;
pub use entry::{Entry, EntryError, LIMIT};
pub use error::LedgerError;
pub use export::{ExportError, ExportReport, export, verify_export};
pub use hash::{Hash, empty_root, leaf_hash, node_hash};
pub use ledger::{Ledger, Options, Recovery};
pub use note::{NoteError, SignerKey, VerifierKey};
pub use proof::{EntryProof, ProofError};
pub use reader::Reader;
pub use segment::Place;
pub use verify::{Problem, Verification, What, verify};
