//! What can be wrong with a vector, and where.

use super::vector::Version;

/// Why a text is no vector; `at` is the byte at which the trouble starts.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    /// Longer than any vector.
    #[error("a vector has at most {limit} bytes, this has {length}")]
    TooLong {
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// A prefix that names no version we know.
    #[error(
        "unknown CVSS version {found:?} at byte 0, expected CVSS:3.0/, CVSS:3.1/, CVSS:4.0/ or AV: (version 2)"
    )]
    Version {
        /// What stands there.
        found: String,
    },
    /// Not `METRIC:VALUE`.
    #[error("expected METRIC:VALUE at byte {at}, found {found:?}")]
    Malformed {
        /// Where.
        at: usize,
        /// What stands there.
        found: String,
    },
    /// A metric that this version does not have.
    #[error("unknown metric {metric:?} at byte {at} for CVSS {version}")]
    UnknownMetric {
        /// Where.
        at: usize,
        /// The name.
        metric: String,
        /// Of which version.
        version: Version,
    },
    /// A value that this metric does not have.
    #[error("unknown value {value:?} of {metric} at byte {at}, expected one of {expected}")]
    UnknownValue {
        /// Where.
        at: usize,
        /// The metric.
        metric: &'static str,
        /// The value.
        value: String,
        /// What may stand there, separated by spaces.
        expected: String,
    },
    /// A metric that stood before.
    #[error("metric {metric} stands a second time at byte {at}")]
    Duplicate {
        /// Where.
        at: usize,
        /// The metric.
        metric: &'static str,
    },
    /// Base metrics are missing.
    #[error("mandatory metrics are missing: {metrics}")]
    Missing {
        /// Their names, separated by spaces.
        metrics: String,
    },
}

/// What is unusual about a vector that could be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// CVSS v4.0 section 7 fixes the order of metrics.
    #[error("metric {metric} at byte {at} stands after {after}, CVSS 4.0 has it before")]
    Order {
        /// Where.
        at: usize,
        /// The metric.
        metric: &'static str,
        /// The metric that should have followed.
        after: &'static str,
    },
}
