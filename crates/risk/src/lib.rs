//! Scores and decides: CVSS vectors, SSVC tables, exploitation signals, the context of assets, policies.
//!
//! Everything here is a pure function of its inputs: no clock, files, network or random numbers. What time it is, what
//! a publisher said and what an asset is come in as values, and each result tells where it came from.
//! Unknown is a value of its own and never zero.

pub mod calendar;
pub mod context;
pub mod cvss;
pub mod decision;
mod document;
pub mod lev;
pub mod policy;
pub mod signals;
pub mod ssvc;

pub use document::Fault;
mod words;
