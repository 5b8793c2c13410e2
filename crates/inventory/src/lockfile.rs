//! Lockfiles and manifests: one file per format, listed once in `FORMATS`.
//!
//! A reader never opens anything but what its [`Input`] offers. Shared pieces: [`text`] (decoding, line numbers),
//! [`package`] (a component from name and version) and [`graph`] (direct, development and path from the edges).

mod cargo_lock;
mod graph;
mod package;
mod text;

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
pub const FORMATS: &[Format] = &[
    cargo_lock::FORMAT, //
];

/// The format that a file name belongs to.
pub fn format_of(file_name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| (format.matches)(file_name))
}

/// The format of this name, as the user forces it with `--kind`.
pub fn format_named(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}
