//! The language of conditions: the part of CEL (github.com/google/cel-spec) that a policy needs, read, checked and
//! bounded before it ever runs.
//!
//! - Comparisons, `in`, `&&`, `||`, `!`, `? :`, `+ - *`, lists of constants, `size`, `contains`, `startsWith`, `endsWith`,
//!   `matches`, `has`, and the macros `all` and `exists`.
//! - Unknown variables, wrong types, and functions that are not there are errors with their place when a policy loads.
//! - A value that nobody knows makes an expression unknown, unless the other side decides it: `false && unknown` is false.
//!   A rule whose condition is unknown does not apply, and the decision says so. Unknown is never zero.
//! - Length, nesting and the number of steps of an evaluation are bounded, so each ends in time.

mod check;
mod evaluate;
mod lex;
mod node;
mod parse;
mod settle;
#[cfg(test)]
mod tests;

pub use check::{Names, check};
pub use evaluate::Truth;
pub(super) use lex::uses;
pub use node::Expression;
pub use settle::Settled;

/// Longest expression, in bytes.
pub const MOST_BYTES: usize = 4096;
/// Deepest nesting.
pub const MOST_DEPTH: usize = 32;
/// Most brackets that may stand in a row, closing or opening.
pub const MOST_BRACKETS: usize = 16;
/// Most steps of one evaluation, counted before it runs.
pub const MOST_STEPS: u64 = 100_000;

/// What is wrong with an expression, and at which byte of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExpressionError {
    /// Byte in the expression.
    pub at: usize,
    /// What is wrong and what was expected.
    pub message: String,
}

impl ExpressionError {
    fn new(at: usize, message: impl Into<String>) -> ExpressionError {
        ExpressionError {
            at,
            message: message.into(),
        }
    }
}
