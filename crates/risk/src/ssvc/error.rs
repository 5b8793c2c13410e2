//! What can be wrong with a table or an evaluation.

/// Why a text is no decision table, decision point or selection list.
#[derive(Debug, thiserror::Error)]
pub enum TableError {
    /// The document is larger than any table.
    #[error("a document has at most {limit} bytes, this has {found}")]
    TooLarge {
        /// Bytes found.
        found: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// There are more things than a table may have.
    #[error("at most {limit} {what}, found {found}")]
    TooMany {
        /// Of what.
        what: &'static str,
        /// How many there are.
        found: usize,
        /// How many are allowed.
        limit: usize,
    },
    /// Not the JSON that it should be.
    #[error("read JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// Not the CSV that it should be.
    #[error("read CSV: {0}")]
    Csv(#[from] csv::Error),
    /// A schema version that we do not read.
    #[error("unknown schema version {found:?}, expected {expected}")]
    SchemaVersion {
        /// What stands there.
        found: String,
        /// What may stand there.
        expected: &'static str,
    },
    /// A name, key or version that the standard does not allow.
    #[error("{what} {found:?} is not allowed")]
    Name {
        /// What it names.
        what: &'static str,
        /// What stands there.
        found: String,
    },
    /// Something stands twice.
    #[error("{what} {found:?} stands twice")]
    Double {
        /// What it is.
        what: &'static str,
        /// Its name.
        found: String,
    },
    /// A decision point without values, or a table without decision points.
    #[error("{what} is empty")]
    Empty {
        /// What it is.
        what: String,
    },
    /// The outcome is none of the table's decision points.
    #[error("the outcome {found:?} is none of the decision points")]
    Outcome {
        /// What stands there.
        found: String,
    },
    /// A decision point that nobody defined.
    #[error("row {row}: unknown decision point {found:?}")]
    UnknownPoint {
        /// Row, counted from 1; 0 is the header.
        row: usize,
        /// What stands there.
        found: String,
    },
    /// A value that its decision point does not have.
    #[error("row {row}: {point} has no value {found:?}, expected one of {expected}")]
    UnknownValue {
        /// Row, counted from 1.
        row: usize,
        /// The decision point.
        point: String,
        /// What stands there.
        found: String,
        /// Its values.
        expected: String,
    },
    /// A row that does not name every decision point.
    #[error("row {row}: no value for {point}")]
    NoValue {
        /// Row, counted from 1.
        row: usize,
        /// The decision point.
        point: String,
    },
    /// Two rows for one combination of values.
    #[error("row {row} has the same values as an earlier row: {values}")]
    DoubleRow {
        /// The later row, counted from 1.
        row: usize,
        /// The values.
        values: String,
    },
    /// Combinations without a row.
    #[error("{count} combinations of values have no row, first {first}")]
    Incomplete {
        /// How many.
        count: usize,
        /// The first of them.
        first: String,
    },
    /// Tables that need each other's outcome.
    #[error("tables go in a circle: {path}")]
    Cycle {
        /// The tables, in the order in which one needs the next.
        path: String,
    },
}

/// Why a table could not be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EvaluateError {
    /// A value that the decision point does not have.
    #[error("{point} has no value {found:?}, expected one of {expected}")]
    UnknownValue {
        /// The decision point.
        point: String,
        /// What was given.
        found: String,
        /// Its values.
        expected: String,
    },
}
