//! What every reader takes and gives.

use patchward_protocol::inventory::{Component, Problem};

/// A file as a reader sees it.
pub struct Input<'a> {
    /// Path relative to the target's root, with `/`; some readers look at the file name.
    pub path: &'a str,
    /// The whole content.
    pub bytes: &'a [u8],
    /// Opens a file that this one names (an included requirements file, a parent POM), by path relative to the
    /// target's root. `None` when it is not there or lies outside the root.
    pub open: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

impl Input<'_> {
    /// A file in the folder of this one.
    pub(crate) fn beside(&self, name: &str) -> Option<Vec<u8>> {
        match self.path.rsplit_once('/') {
            Some((folder, _)) => (self.open)(&format!("{folder}/{name}")),
            None => (self.open)(name),
        }
    }
}

/// What a reader understood, and what it did not.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Parsed {
    /// Components in the order of the file.
    pub components: Vec<Component>,
    /// Parts that could not be read.
    pub problems: Vec<Problem>,
}

/// A file that could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}{}", line.map(|line| format!(" (line {line})")).unwrap_or_default())]
pub struct ParseError {
    /// What was wrong and what was expected.
    pub message: String,
    /// Line, from 1, where known.
    pub line: Option<u32>,
}

impl ParseError {
    /// An error without a line.
    pub fn new(message: impl Into<String>) -> ParseError {
        ParseError {
            message: message.into(),
            line: None,
        }
    }

    /// An error at a line, from 1.
    pub fn at(line: usize, message: impl Into<String>) -> ParseError {
        ParseError {
            message: message.into(),
            line: u32::try_from(line).ok(),
        }
    }
}

/// The largest file that a reader is given, in bytes.
pub const MAX_FILE: u64 = 256 << 20;

/// The most components that one file may yield.
pub const MAX_COMPONENTS: usize = 1_000_000;
