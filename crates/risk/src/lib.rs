//! Scores and decides: CVSS vectors, SSVC tables, exploitation signals.
//!
//! Everything here is a pure function of its inputs: no clock, files, network or random numbers. What time it is, what
//! a publisher said and what an asset is come in as values, and each result tells where it came from.
//! Unknown is a value of its own and never zero.

pub mod cvss;
pub mod lev;
pub mod signals;
pub mod ssvc;
