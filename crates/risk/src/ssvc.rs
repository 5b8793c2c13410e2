//! SSVC: decision tables, and evaluations that tell where each value came from.
//!
//! Source: CERTCC/SSVC. A [`Table`] maps values of decision points to an outcome and is complete: every combination of
//! values stands in it exactly once. A [`Tree`] puts tables together where one's outcome is another's input. The values of
//! an outcome are ordered from mild to severe; where a value is not known, all that it may be are tried and the worst
//! outcome counts.

mod builtin;
mod error;
mod evaluate;
mod point;
mod read_csv;
mod read_json;
mod record;
mod table;
#[cfg(test)]
mod tests;
mod tree;

pub use builtin::{Builtin, cisa_tree, deployer_tree, known_points, supplier_tree};
pub use error::{EvaluateError, TableError};
pub use evaluate::{Evaluation, Point, Selection, Source, Value, defaults};
pub use point::{DecisionPoint, PointValue};
pub use record::{SelectionEntry, SelectionList, SelectionValue};
pub use table::Table;
pub use tree::Tree;
