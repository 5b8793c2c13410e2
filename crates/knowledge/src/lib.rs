//! What the world knows: advisories, signals and lifecycles, compiled into immutable files that are mapped into memory.
//!
//! # The folder
//! ```text
//! MANIFEST                      which segments make up the newest generation, and the state of each feed
//! segment-1-3fa0….pwk           the base: everything at the last merge
//! segment-7-90bc….pwk           a delta: what one update brought, and which older records it replaces
//! LOCK                          held by the one process that writes
//! ```
//! A **generation** is a manifest and the segments that it names. [`Update`] writes a delta beside the others, flushes
//! it, renames it into place, flushes the folder, and only then replaces the manifest by a rename: a crash at any
//! instant leaves the old generation or the new one, and leftovers that the next commit sweeps. A reader opens the
//! manifest and maps its segments; nothing that is written later touches them, so readers are never blocked. An old
//! segment is removed once no reader holds its shared lock. [`merge()`] packs all segments into one.
//!
//! # A segment
//! ```text
//! header     magic · format · key fingerprint · (offset, length, SHA-256) of each section · SHA-256 of the header
//! Meta       counts, and when the update learnt what it brought (JSON)
//! Records    a fixed row per record: kind, feed, key, when first learnt, learnt, until when it held, digest, JSON
//! Strings    feeds, keys, aliases of records
//! Blocks     the records' JSON in zstd blocks of 8 KiB; BlockTable tells where each lies
//! Affected   where the JSON of each affected package of each advisory lies in the blocks
//! Groups     per package name: runs by release; per run an entry per affected package:
//!            [record, status, flags, hashes of listed versions, intervals of version keys]
//! Packages   hash of (ecosystem family, name) → group,   with a directory over the upper bits
//! Ids        hash of id → records that name it as own, alias or upstream id, likewise
//! Epss       points of EPSS series, sorted by CVE and day
//! Dead       (older segment, record): replaced or removed by this one
//! ```
//! **Matching** is: hash the name, find its group (two pages), make the installed version's key once, and compare bytes
//! with each interval ([`Entry::names`]). Nothing is inflated until something matches. Keys come from
//! `patchward_version`; a segment whose fingerprint of keys differs from this build's is refused until [`merge()`] has
//! made the keys anew from the records.
//!
//! **Joins** happen when read: [`Knowledge::vulnerability`] walks aliases, [`Knowledge::signals_of`] finds KEV, EPSS and
//! the like by id. A changed score needs no change of an advisory, and a score that stands as it was no new point: the
//! manifest has the day of the newest scores, once for the feed, and a CVE that left them has a point that says so.
//!
//! **Two times** stand on every record: the publisher's (in the record) and ours (`learnt`, given by the caller: the
//! crate has no clock). A replaced or removed record stays, with the time until which it held, so that
//! [`Knowledge::changes_since`] and [`Knowledge::known_at`] are plain walks.
//!
//! A file may come from elsewhere ([`bundle::import`]): every offset is checked before it is used, and a damaged part
//! reads as absent or as [`Named::Unknown`], never as safe.

pub mod bundle;

mod blocks;
mod bytes;
mod discard;
mod entry;
mod epss;
mod hash;
mod history;
mod intervals;
mod knowledge;
mod layout;
mod manifest;
mod merge;
mod names;
mod record;
mod schemes;
mod segment;
mod spill;
mod table;
mod update;
mod vulnerability;
mod writer;

#[cfg(test)]
mod tests;

pub use discard::discard;
pub use entry::{Entry, Named, Probe};
pub use epss::EpssPoint;
pub use history::{Change, Stats, What};
pub use intervals::{Interval, Intervals, intervals};
pub use knowledge::{Claim, Knowledge, OpenError, RecordId, Run};
pub use manifest::{FeedState, Manifest, ManifestError, Memory, SegmentEntry};
pub use merge::merge;
pub use names::{cpe_product, family, spelling};
pub use record::Record;
pub use segment::{Meta, SegmentError};
pub use update::{Guard, Outcome, Update, UpdateError};
pub use vulnerability::Vulnerability;
