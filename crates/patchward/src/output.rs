//! How a scan report is written: one file per format.

pub mod clean;
mod csaf;
mod csv;
mod cyclonedx;
pub mod decision;
mod facts;
mod gitlab;
mod here;
mod html;
mod identity;
pub mod json;
mod jsonl;
mod junit;
mod markdown;
mod openvex;
mod parts;
pub mod plan;
pub mod run;
mod sarif;
mod spdx;
pub mod table;
pub mod vex;
mod xml;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use patchward_core::destination;
use patchward_protocol::report::ScanReport;

/// An output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// A table for people.
    Table,
    /// The report itself.
    Json,
    /// A line per finding.
    Jsonl,
    /// For spreadsheets.
    Csv,
    /// SARIF 2.1.0.
    Sarif,
    /// CycloneDX 1.6 JSON.
    CycloneDx,
    /// SPDX 2.3 JSON.
    Spdx,
    /// OpenVEX 0.2.0.
    OpenVex,
    /// CSAF 2.0 VEX.
    Csaf,
    /// GitLab's security report.
    Gitlab,
    /// JUnit XML.
    Junit,
    /// Markdown.
    Markdown,
    /// One HTML file.
    Html,
}

const FORMATS: &[(&str, Format)] = &[
    ("table", Format::Table),
    ("json", Format::Json),
    ("jsonl", Format::Jsonl),
    ("csv", Format::Csv),
    ("sarif", Format::Sarif),
    ("cyclonedx", Format::CycloneDx),
    ("spdx", Format::Spdx),
    ("openvex", Format::OpenVex),
    ("csaf", Format::Csaf),
    ("gitlab", Format::Gitlab),
    ("junit", Format::Junit),
    ("markdown", Format::Markdown),
    ("html", Format::Html),
];

impl Format {
    /// The format lists components, so that the report must have the whole inventory.
    pub fn lists_components(self) -> bool {
        matches!(self, Format::CycloneDx | Format::Spdx | Format::Gitlab)
    }
}

/// A format and where it goes, as in `--format sarif=out.sarif`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sink {
    /// The format.
    pub format: Format,
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

/// `sarif=out.sarif`, or the format's name alone.
fn name_and_file(text: &str) -> Result<(&str, Option<PathBuf>), String> {
    match text.split_once('=') {
        Some((_, "")) => Err(format!("{text}: expected a file after the equals sign")),
        Some((name, file)) => Ok((name, Some(PathBuf::from(file)))),
        None => Ok((text, None)),
    }
}

impl Sink {
    /// Writes the report; a file is complete or not there at all.
    ///
    /// # Errors
    /// When the file or standard output cannot be written.
    pub fn write(&self, report: &ScanReport, style: &table::Style) -> io::Result<()> {
        let plain = style.plain();
        let style = if self.file.is_some() { &plain } else { style };
        to(self.file.as_deref(), &mut |out| {
            write_format(self.format, report, style, out)
        })
    }
}

/// Whether two documents would go to one place; says so, and what to do.
pub fn collide(sinks: &[Option<PathBuf>]) -> bool {
    let Some(place) = (1..sinks.len()).find_map(|at| {
        let (before, sink) = (&sinks[..at], &sinks[at]);
        before.contains(sink).then_some(sink)
    }) else {
        return false;
    };
    let place = match place {
        Some(path) => path.display().to_string(),
        None => "standard output".to_owned(),
    };
    eprintln!(
        "error: two formats would be written to {place}: give each a file of its own, as in `--format json=scan.json`"
    );
    true
}

/// Writes to a file, which is then complete or not there at all, or to standard output.
fn to(
    file: Option<&Path>,
    write: &mut dyn FnMut(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let Some(path) = file else {
        let mut out = BufWriter::new(io::stdout().lock());
        write(&mut out)?;
        return out.flush();
    };
    destination::write(path, write)
}

fn write_format(
    format: Format,
    report: &ScanReport,
    style: &table::Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Format::Table => table::write(report, style, out),
        Format::Json => json::write(report, out),
        Format::Jsonl => jsonl::write(report, out),
        Format::Csv => csv::write(report, out),
        Format::Sarif => sarif::write(report, out),
        Format::CycloneDx => cyclonedx::write(report, out),
        Format::Spdx => spdx::write(report, out),
        Format::OpenVex => openvex::write(report, out),
        Format::Csaf => csaf::write(report, out),
        Format::Gitlab => gitlab::write(report, out),
        Format::Junit => junit::write(report, out),
        Format::Markdown => markdown::write(report, out),
        Format::Html => html::write(report, out),
    }
}

#[cfg(test)]
mod sample;

#[cfg(test)]
mod tests;

#[cfg(test)]
mod sinks {
    use super::*;

    #[test]
    fn a_sink_is_a_format_with_or_without_a_file() {
        let sink = "json=a=b.json".parse::<Sink>().unwrap();
        assert_eq!(
            (sink.format, sink.file),
            (Format::Json, Some(PathBuf::from("a=b.json")))
        );
        assert!("json=".parse::<Sink>().is_err());
        assert!("yaml".parse::<Sink>().unwrap_err().contains("table"));
    }
}
