//! CVSS v2, v3.0, v3.1 and v4.0: vectors and scores.
//!
//! Source: FIRST's specifications of the four versions. Scores are computed in integers where the formulas allow it,
//! so that no rounding depends on the machine. A vector never changes; an asset's requirements and modified metrics give
//! a new one ([`Vector::environmental`]).

mod environment;
mod error;
mod metric;
mod parse;
mod score;
#[cfg(test)]
mod tests;
mod v2;
mod v3;
mod v4;
mod vector;

pub use environment::{Environmental, ModifiedMetric, Requirement, Requirements};
pub use error::{ParseError, Warning};
pub use score::{Agreement, Score, Scored, Severity};
pub use vector::{Vector, Version};
