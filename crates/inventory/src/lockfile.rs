//! Lockfiles and manifests: one file per format, listed once in `FORMATS`.

use crate::parse::{Input, ParseError, Parsed};

/// A format: how it is recognised and read.
pub struct Format {
    /// Stable name, as in `--kind` and in the corpus: `cargo-lock`, `npm-package-lock`.
    pub name: &'static str,
    /// Whether a file name (the last part of a path) is of this format.
    pub matches: fn(&str) -> bool,
    /// Reads a file of this format.
    pub parse: fn(&Input<'_>) -> Result<Parsed, ParseError>,
    /// A lockfile with exact versions (true), or a manifest with what is asked for (false), which is only used when
    /// no lockfile of the same ecosystem lies beside it.
    pub exact: bool,
}

/// Every format, in the order of recognition.
pub const FORMATS: &[Format] = &[];

/// The format that a file name belongs to.
pub fn format_of(file_name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.matches)(file_name))
}
