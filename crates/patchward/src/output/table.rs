//! The report as tables for people.

mod columns;
mod findings;
mod patches;
mod words;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style as Ansi};
use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;
use patchward_protocol::report::{ScanReport, SeverityLevel, Summary, TargetReport};

use super::clean::clean;
use super::facts;
pub use words::{age, colour, grouped, level, plural};

/// How the tables look.
#[derive(Debug, Clone, Default)]
pub struct Style {
    /// Use colours.
    pub colour: bool,
    /// Columns of the terminal; `None` never wraps (a pipe or a file).
    pub width: Option<u16>,
    /// The terminal shows ASCII only.
    pub ascii: bool,
    /// Show suppressed findings, with the reason.
    pub show_suppressed: bool,
    /// Show at most this many findings and patches of each target.
    pub top: Option<usize>,
    /// The instant that ages are counted from.
    pub now: Timestamp,
}

impl Style {
    /// `text` in `ansi`, where colours are used.
    pub fn paint(&self, ansi: Ansi, text: &str) -> String {
        match self.colour {
            true => format!("{ansi}{text}{ansi:#}"),
            false => text.to_owned(),
        }
    }

    /// A paragraph as wide as the terminal. Its first line stands so many columns from the left as `first` says, the others
    /// as `rest` does. The text is clean already: it may hold colours.
    pub fn paragraph(&self, first: usize, rest: usize, text: &str) -> String {
        let (first, rest) = (" ".repeat(first), " ".repeat(rest));
        let Some(width) = self.width else {
            return format!("{first}{text}");
        };
        let options = textwrap::Options::new(usize::from(width))
            .initial_indent(&first)
            .subsequent_indent(&rest)
            .word_splitter(textwrap::WordSplitter::NoHyphenation);
        textwrap::fill(text, options)
    }

    /// The same without colours and without an end of line, for a file.
    pub fn plain(&self) -> Style {
        Style {
            colour: false,
            width: None,
            ..self.clone()
        }
    }

    /// A table without lines, as wide as the terminal.
    pub fn table(&self, header: &[&str]) -> Table {
        let mut table = Table::new();
        table.load_style(presets::NOTHING);
        match self.width {
            Some(width) => {
                table.set_content_arrangement(ContentArrangement::Dynamic);
                table.set_width(width);
            }
            None => drop(table.set_content_arrangement(ContentArrangement::Disabled)),
        }
        table.set_header(
            header
                .iter()
                .map(|title| self.paint(Ansi::new().dimmed(), title)),
        );
        table
    }
}

/// Writes the report.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    for target in &report.targets {
        write_target(target, style, out)?;
    }
    writeln!(out, "{}", summary(report, style))?;
    writeln!(out, "{}", knowledge(report, style))
}

fn write_target(target: &TargetReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let os = target
        .os
        .as_ref()
        .map(|os| format!(" ({})", clean(&os.pretty_name)))
        .unwrap_or_default();
    let name = style.paint(Ansi::new().bold(), &clean(&target.asset.name));
    writeln!(
        out,
        "{name}{os}: {}",
        plural(target.components, "component")
    )?;
    if let Some(ended) = facts::end_of_life(target) {
        let ended = style.paint(AnsiColor::Red.on_default(), &clean(&ended));
        writeln!(out, "{ended}")?;
    }
    writeln!(out)?;
    findings::write(target, style, out)?;
    patches::write(target, style, out)?;
    for problem in &target.problems {
        let line = problem
            .location
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        let place = format!("{}{line}", clean(&problem.location.path));
        let label = style.paint(AnsiColor::Yellow.on_default(), "incomplete:");
        writeln!(out, "{label} {place}: {}", clean(&problem.message))?;
    }
    if !target.problems.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}

fn summary(report: &ScanReport, style: &Style) -> String {
    let summary = &report.summary;
    let looked = report
        .targets
        .iter()
        .any(|target| target.components > 0 || !target.sources.is_empty());
    if !looked {
        return "Nothing was there to scan.".to_owned();
    }
    if summary.findings == 0 && report.knowledge.is_none() {
        let components = plural(summary.components, "component");
        return format!("{components}, and nothing is known of them.");
    }
    if summary.findings == 0 {
        return nothing_found(report, style);
    }
    let bands = summary
        .by_severity
        .iter()
        .rev()
        .filter(|(_, count)| **count > 0);
    let bands: Vec<String> = bands
        .map(|(level, count)| {
            style.paint(
                words::colour(*level),
                &format!("{} {}", grouped(*count), words::level(*level)),
            )
        })
        .collect();
    let exploited = match summary.kev {
        0 => String::new(),
        count => style.paint(
            AnsiColor::Red.on_default().bold(),
            &format!(", {} known to be exploited", grouped(count)),
        ),
    };
    format!(
        "{} ({}), {} with a fix{exploited}{}.",
        plural(summary.findings, "finding"),
        bands.join(", "),
        grouped(summary.fixable),
        left_out(report),
    )
}

/// No finding is shown. That is called clean only where nothing was left out, could not be judged, or is offered.
fn nothing_found(report: &ScanReport, style: &Style) -> String {
    let summary = &report.summary;
    let components = plural(summary.components, "component");
    let clean = style.paint(AnsiColor::Green.on_default(), "No known vulnerabilities");
    let found = match summary {
        Summary { filtered: 1.., .. } => format!("Nothing that passes the filters in {components}"),
        Summary {
            suppressed: 1.., ..
        } => format!("Nothing that counts in {components}"),
        Summary { problems: 1.., .. } => {
            format!("No known vulnerabilities in what could be judged of {components}")
        }
        Summary {
            security_updates: 1..,
            ..
        } => {
            format!("No known vulnerabilities by the advisories in {components}")
        }
        _ => format!("{clean} in {components}"),
    };
    let offered = match summary.security_updates {
        0 => String::new(),
        count => format!(", but {} offered", plural(count, "security update")),
    };
    format!("{found}{offered}{}.", left_out(report))
}

fn left_out(report: &ScanReport) -> String {
    let suppressed = match report.summary.suppressed {
        0 => String::new(),
        count => format!(
            "; {} suppressed (--show-suppressed tells why)",
            grouped(count)
        ),
    };
    match report.summary.filtered {
        0 => suppressed,
        count => format!("{suppressed}; {} hidden by the filters", grouped(count)),
    }
}

fn knowledge(report: &ScanReport, style: &Style) -> String {
    let Some(knowledge) = &report.knowledge else {
        let none = "No knowledge base yet: only the package manager's own word was used. Run `patchward db update`.";
        return style.paint(AnsiColor::Yellow.on_default(), none);
    };
    let updated = match knowledge.updated {
        Some(updated) => format!("updated {} ago", age(style.now, updated)),
        None => "never updated".to_owned(),
    };
    let stale = match knowledge.stale.is_empty() {
        true => String::new(),
        false => {
            let text = format!("; not up to date: {}", knowledge.stale.join(", "));
            style.paint(AnsiColor::Yellow.on_default(), &text)
        }
    };
    format!(
        "Knowledge base: {}, {updated}{stale}.",
        plural(knowledge.records, "record")
    )
}

/// The band that decides the colour of a row.
fn painted_level(style: &Style, level: SeverityLevel) -> String {
    style.paint(words::colour(level), words::level(level))
}

#[cfg(test)]
mod tests;
