//! The normalised advisory and signal model, and the readers of the formats that publishers use.
//!
//! Pure: bytes in, records out; no clock, files or network. A reader returns what it understood and what it did not.

pub mod model;
pub mod vex;
