//! How a run is written: text for people, JSON for programs, one HTML file for auditors.

mod charts;
mod facts;
mod history;
mod html;
mod page;
mod text;
mod words;

use std::ffi::OsStr;
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

use patchward_protocol::run::{ChangePlan, Checked, RunReport};

use super::table::Style;
use super::{json, to};
pub use words::{is_closed, kind, packages, state, title, took};

/// An output format of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// The record itself.
    Json,
    /// One HTML file.
    Html,
}

/// A file that a run is written to; its ending tells the format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    format: Format,
    /// The file.
    pub path: PathBuf,
}

impl FromStr for ReportFile {
    type Err = String;

    fn from_str(text: &str) -> Result<ReportFile, String> {
        let path = PathBuf::from(text);
        let format = match path.extension().and_then(OsStr::to_str) {
            Some("html" | "htm") => Format::Html,
            Some("json") => Format::Json,
            Some("txt") => Format::Text,
            _ => {
                return Err(format!(
                    "{text:?} does not tell its format: expected a file that ends with .html, .json or .txt"
                ));
            }
        };
        Ok(ReportFile { format, path })
    }
}

impl ReportFile {
    /// Writes the run; the file is complete or not there at all.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, run: &RunReport, style: &Style) -> io::Result<()> {
        let style = style.plain();
        to(Some(&self.path), &mut |out| {
            write(self.format, run, &style, out)
        })
    }
}

/// Writes a run in a format.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(
    format: Format,
    run: &RunReport,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Text => text::write(run, style, out),
        Format::Json => json::pretty(run, out),
        Format::Html => html::write(run, out),
    }
}

/// Writes a run to standard output.
///
/// # Errors
/// When standard output cannot be written.
pub fn print(format: Format, run: &RunReport, style: &Style) -> io::Result<()> {
    to(None, &mut |out| write(format, run, style, out))
}

/// Writes what came of a run to standard output, without the plan that its reader has just seen.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_outcome(run: &RunReport, style: &Style) -> io::Result<()> {
    to(None, &mut |out| text::outcome(run, style, out))
}

/// Writes what a run is to do, and why, to standard output.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_plan(plan: &ChangePlan, style: &Style) -> io::Result<()> {
    to(None, &mut |out| text::plan(plan, style, out))
}

/// Writes the results of checks to standard output.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_checks(checked: &Checked, style: &Style) -> io::Result<()> {
    to(None, &mut |out| text::checked(checked, style, out))
}

/// Writes a line per run to standard output.
///
/// # Errors
/// When standard output cannot be written.
pub fn print_history(runs: &[RunReport], style: &Style) -> io::Result<()> {
    to(None, &mut |out| history::write(runs, style, out))
}

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests;
