//! How a plan is written: one file per format.

mod bars;
mod csv;
mod html;
mod markdown;
mod svg;
mod table;
pub mod words;

use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;

use patchward_protocol::plan::PlanReport;

use super::table::Style;
use super::{json, name_and_file, to};

/// An output format of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people, with the burn-down as bars.
    Table,
    /// The plan itself.
    Json,
    /// For spreadsheets.
    Csv,
    /// Markdown.
    Markdown,
    /// One HTML file.
    Html,
    /// The burn-down as a picture.
    Svg,
}

const FORMATS: &[(&str, Format)] = &[
    ("table", Format::Table),
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("markdown", Format::Markdown),
    ("html", Format::Html),
    ("svg", Format::Svg),
];

/// A format and where it goes, as in `--format svg=burn-down.svg`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    format: Format,
    /// The file; standard output without one.
    pub file: Option<PathBuf>,
}

impl FromStr for Sink {
    type Err = String;

    fn from_str(text: &str) -> Result<Sink, String> {
        let (name, file) = name_and_file(text)?;
        let known = FORMATS.iter().find(|(known, _)| *known == name);
        let (_, format) = known.ok_or_else(|| {
            let names: Vec<_> = FORMATS.iter().map(|(name, _)| *name).collect();
            format!(
                "unknown format {name}: expected one of {}",
                names.join(", ")
            )
        })?;
        Ok(Sink {
            format: *format,
            file,
        })
    }
}

impl Sink {
    /// Where it goes, in words.
    pub fn place(&self) -> String {
        match &self.file {
            Some(path) => path.display().to_string(),
            None => "standard output".to_owned(),
        }
    }

    /// Writes the plan; a file is complete or not there at all.
    ///
    /// # Errors
    /// When the file or standard output cannot be written.
    pub fn write(&self, plan: &PlanReport, style: &Style) -> io::Result<()> {
        let plain = style.plain();
        let style = if self.file.is_some() { &plain } else { style };
        to(self.file.as_deref(), &mut |out| {
            write(self.format, plan, style, out)
        })
    }
}

fn write(format: Format, plan: &PlanReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    match format {
        Format::Table => table::write(plan, style, out),
        Format::Json => json::pretty(plan, out),
        Format::Csv => csv::write(plan, out),
        Format::Markdown => markdown::write(plan, out),
        Format::Html => html::write(plan, out),
        Format::Svg => svg::write(plan, out),
    }
}

#[cfg(test)]
mod tests;
