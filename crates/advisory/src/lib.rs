//! The normalised advisory and signal model, and the readers of the formats that publishers use.
//!
//! Pure: bytes in, records out; no clock, files or network. A reader returns what it understood and what it did not.
//!
//! - [`model`]: what an advisory, a signal and a life cycle are, whoever published them.
//! - [`mod@format`]: one reader per publisher's format.
//! - [`affects`]: the OSV algorithm: is this version affected, and by which interval.
//! - [`alias`]: which advisories tell of the same flaw.
//! - [`cpe`]: CPE names and how they match.
//! - [`csaf_validation`]: whether a CSAF document is valid.
//! - [`vers`]: ranges in the notation of VERS.
//! - [`vex`]: statements by others about what does not matter here.

pub mod affects;
pub mod alias;
pub mod cpe;
pub mod csaf_validation;
pub mod format;
pub mod model;
pub mod vers;
pub mod vex;
