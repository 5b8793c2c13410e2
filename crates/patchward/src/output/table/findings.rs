//! The table of findings: binaries of one source package with the same flaw share a row.

use std::collections::HashMap;
use std::io::{self, Write};

use anstyle::AnsiColor;
use patchward_protocol::inventory::Location;
use patchward_protocol::report::{Finding, FindingStatus, SeverityLevel, TargetReport};

use super::columns::{self, Cells, TIED, tied};
use super::{Style, clean, painted_level, plural, words};
use crate::output::decision;

/// A cell that names many binaries ends after this many names.
const NAMES: usize = 3;

/// Writes the table of a target's findings.
pub fn write(target: &TargetReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(target, style);
    if rows.is_empty() {
        return Ok(());
    }
    let shown = style.top.unwrap_or(usize::MAX).min(rows.len());
    let cells: Vec<Cells> = rows
        .iter()
        .take(shown)
        .map(|row| row.cells(style))
        .collect();
    columns::write(&cells, style, out)?;
    if shown < rows.len() {
        writeln!(
            out,
            "  … {} more (`patchward scan` shows all)",
            rows.len() - shown
        )?;
    }
    writeln!(out)
}

/// A line of the table.
struct Row<'a> {
    /// The finding that is shown, the most urgent where there are several.
    finding: &'a Finding,
    /// Names of the binaries that share it.
    names: Vec<&'a str>,
    /// What is said of a package of unknown version, where there is more than one thing.
    unpinned: Vec<&'a Finding>,
}

/// What findings of one row have in common.
#[derive(PartialEq, Eq, Hash)]
enum Shared<'a> {
    /// Binaries of one source package, with the same flaw.
    Source(&'a str, &'a str, &'a str, bool),
    /// A package whose version nobody wrote down: each flaw that it ever had may be in it.
    Unpinned(&'a str, Option<&'a Location>, bool),
}

impl<'a> Shared<'a> {
    fn of(finding: &'a Finding) -> Option<Shared<'a>> {
        let component = &finding.component;
        let suppressed = finding.suppressed.is_some();
        if let Some(source) = &component.source {
            let (id, version) = (&finding.vulnerability, &component.version);
            return Some(Shared::Source(id, &source.name, version, suppressed));
        }
        let unpinned = component.version.is_empty() && finding.status == FindingStatus::CannotTell;
        let place = component.locations.first();
        unpinned.then(|| Shared::Unpinned(&component.name, place, suppressed))
    }
}

fn rows<'a>(target: &'a TargetReport, style: &Style) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut known: HashMap<Shared<'a>, usize> = HashMap::new();
    let shown = |finding: &&Finding| style.show_suppressed || finding.suppressed.is_none();
    for finding in target.findings.iter().filter(shown) {
        let shared = Shared::of(finding);
        let at = shared
            .as_ref()
            .and_then(|shared| known.get(shared).copied());
        match (at.and_then(|at| rows.get_mut(at)), &shared) {
            (Some(row), Some(Shared::Unpinned(..))) => row.unpinned.push(finding),
            (Some(row), _) => row.names.push(&finding.component.name),
            (None, _) => {
                known.extend(shared.map(|shared| (shared, rows.len())));
                rows.push(Row {
                    finding,
                    names: vec![&finding.component.name],
                    unpinned: vec![finding],
                });
            }
        }
    }
    rows
}

impl Row<'_> {
    fn cells(&self, style: &Style) -> Cells {
        let finding = self.finding;
        let [priority, due] = self.decision(style);
        let folded = self.unpinned.len() > 1;
        let level = match folded {
            true => worst(&self.unpinned),
            false => finding.severity.level,
        };
        let [vulnerability, installed, fixed] = match folded {
            true => [
                tied(&plural(self.unpinned.len() as u64, "vulnerability")),
                String::new(),
                "version unknown, pin it".to_owned(),
            ],
            false => [
                tied(&finding.vulnerability),
                tied(&finding.component.version),
                fixed(finding, style),
            ],
        };
        [
            priority,
            due,
            painted_level(style, level),
            vulnerability,
            self.package(),
            installed,
            fixed,
            match folded {
                true => String::new(),
                false => signals(finding, style),
            },
            place(finding),
        ]
    }

    fn package(&self) -> String {
        let names: Vec<_> = self
            .names
            .iter()
            .take(NAMES)
            .map(|name| clean(name))
            .collect();
        let more = match self.names.len().saturating_sub(NAMES) {
            0 => String::new(),
            more => format!(" +{more}"),
        };
        format!("{}{more}", names.join(", "))
    }

    fn decision(&self, style: &Style) -> [String; 2] {
        let Some(made) = &self.finding.decision else {
            return Default::default();
        };
        let word = decision::priority(made.priority);
        let colour = match word {
            "P1" => AnsiColor::Red.on_default().bold(),
            "P2" => AnsiColor::Red.on_default(),
            "P3" => AnsiColor::Yellow.on_default(),
            _ => anstyle::Style::new().dimmed(),
        };
        let today = style.now.strftime("%Y-%m-%d").to_string();
        let due = made.due.as_ref().map(|due| match due.date < today {
            // A day as text sorts as the day does.
            true => style.paint(AnsiColor::Red.on_default(), &clean(&due.date)),
            false => clean(&due.date).into_owned(),
        });
        [style.paint(colour, word), due.unwrap_or_default()]
    }
}

/// The highest band; what nobody states weighs as much as high.
fn worst(findings: &[&Finding]) -> SeverityLevel {
    let weight = |level: &SeverityLevel| match level {
        SeverityLevel::Unknown => (SeverityLevel::High, false),
        stated => (*stated, true),
    };
    let levels = findings.iter().map(|finding| finding.severity.level);
    levels.max_by_key(weight).unwrap_or_default()
}

fn fixed(finding: &Finding, style: &Style) -> String {
    let version = finding
        .upgrade
        .as_ref()
        .or(finding.fixed_versions.first())
        .map(|version| tied(version));
    match (finding.status, version) {
        _ if finding.malware => style.paint(AnsiColor::Red.on_default().bold(), "remove it"),
        (FindingStatus::Fixable, Some(version)) => {
            style.paint(AnsiColor::Green.on_default(), &version)
        }
        (status, Some(version)) => format!("{version} ({})", words::status(status)),
        (status, None) => words::status(status).to_owned(),
    }
}

fn signals(finding: &Finding, style: &Style) -> String {
    let mut signals = Vec::new();
    if let Some(suppressed) = &finding.suppressed {
        let until = suppressed
            .until
            .as_ref()
            .map(|day| format!(" until {day}"))
            .unwrap_or_default();
        let what = match &suppressed.status {
            Some(status) => format!("{status} ({})", suppressed.by),
            None => format!("suppressed by {}", suppressed.by),
        };
        signals.push(format!(
            "{}{until}: {}",
            clean(&what),
            clean(&suppressed.reason)
        ));
    }
    if rests_on_a_guess(finding) {
        signals.push("guess by CPE name".to_owned());
    }
    if let Some(lapsed) = &finding.lapsed {
        let status = lapsed.status.as_deref().unwrap_or("accepted");
        let until = lapsed.until.as_deref().unwrap_or_default();
        let text = format!("was {} until {}, counts again", clean(status), clean(until));
        signals.push(style.paint(AnsiColor::Yellow.on_default(), &text));
    }
    if finding.malware {
        signals.push("malicious code".to_owned());
    }
    if let Some(kev) = finding.signals.kev.first() {
        let ransomware = if kev.ransomware { ", ransomware" } else { "" };
        let text = format!("KEV{TIED}{}{ransomware}", clean(&kev.added));
        signals.push(style.paint(AnsiColor::Red.on_default(), &text));
    }
    if let Some(epss) = &finding.signals.epss {
        signals.push(format!("EPSS{TIED}{:.0}{TIED}%", epss.score * 100.0));
    }
    if finding.signals.kev.is_empty() && !finding.signals.exploits.is_empty() {
        signals.push(plural(finding.signals.exploits.len() as u64, "exploit"));
    }
    signals.join(", ")
}

/// Whether nobody but a match of CPE names says that the component is the product that is meant.
fn rests_on_a_guess(finding: &Finding) -> bool {
    let mut deciding = finding
        .statements
        .iter()
        .filter(|statement| statement.decides)
        .peekable();
    deciding.peek().is_some() && deciding.all(|statement| statement.guess)
}

/// Where a component was found; the path of a package database says nothing that the name does not.
fn place(finding: &Finding) -> String {
    let component = &finding.component;
    let from_database = ["pkg:deb/", "pkg:rpm/", "pkg:apk/", "pkg:alpm/"];
    let Some(location) = component.locations.first() else {
        return String::new();
    };
    if from_database
        .iter()
        .any(|kind| component.purl.starts_with(kind))
    {
        return String::new();
    }
    let line = location
        .line
        .map(|line| format!(":{line}"))
        .unwrap_or_default();
    let more = match component.locations.len() {
        0 | 1 => String::new(),
        count => format!(" +{}", count - 1),
    };
    format!("{}{line}{more}", clean(&location.path))
}
