//! What the line-based package databases share.

pub(super) use crate::lockfile::text::decode_lossy as lossy;
use patchward_protocol::inventory::{Location, Problem};

/// A place in a file; `line` counts from 1.
pub(super) fn place(path: &str, line: usize) -> Location {
    Location {
        path: path.to_owned(),
        line: u32::try_from(line).ok(),
    }
}

/// A problem at a line of a file.
pub(super) fn problem(path: &str, line: usize, message: impl Into<String>) -> Problem {
    Problem {
        location: place(path, line),
        message: message.into(),
    }
}
