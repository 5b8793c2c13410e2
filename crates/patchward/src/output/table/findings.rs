//! The table of findings: binaries of one source package with the same flaw share a row.

use std::collections::HashMap;
use std::io::{self, Write};

use anstyle::AnsiColor;
use patchward_protocol::report::{Finding, FindingStatus, TargetReport};

use super::{Style, clean, painted_level, plural, words};
use crate::output::decision;

/// A cell that names many binaries ends after this many names.
const NAMES: usize = 3;

/// Columns of a decision; they come first, where findings have one.
const DECIDED: [&str; 2] = [" PRIORITY", "DUE"];

const HEADER: [&str; 7] = [
    " SEVERITY",
    "VULNERABILITY",
    "PACKAGE",
    "INSTALLED",
    "FIXED IN",
    "SIGNALS",
    "WHERE",
];

/// Writes the table of a target's findings.
pub fn write(target: &TargetReport, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let rows = rows(target, style);
    if rows.is_empty() {
        return Ok(());
    }
    let shown = style.top.unwrap_or(usize::MAX).min(rows.len());
    let decided = rows.iter().any(|row| row.finding.decision.is_some());
    let mut table = match decided {
        true => {
            let rest = HEADER.iter().map(|name| name.trim_start());
            style.table(&DECIDED.into_iter().chain(rest).collect::<Vec<_>>())
        }
        false => style.table(&HEADER),
    };
    for row in rows.iter().take(shown) {
        let cells = row.cells(style);
        match decided {
            true => table.add_row(
                row.decision(style)
                    .into_iter()
                    .chain(cells)
                    .enumerate()
                    .map(
                        // The margin belongs to the first column.
                        |(at, cell)| {
                            if at == 2 {
                                cell.trim_start().to_owned()
                            } else {
                                cell
                            }
                        },
                    ),
            ),
            false => table.add_row(cells),
        };
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    if shown < rows.len() {
        writeln!(
            out,
            "  … {} more (`patchward scan` shows all)",
            rows.len() - shown
        )?;
    }
    writeln!(out)
}

struct Row<'a> {
    finding: &'a Finding,
    names: Vec<&'a str>,
}

fn rows<'a>(target: &'a TargetReport, style: &Style) -> Vec<Row<'a>> {
    let mut rows: Vec<Row<'a>> = Vec::new();
    let mut known: HashMap<(&str, &str, &str, bool), usize> = HashMap::new();
    let shown = |finding: &&Finding| style.show_suppressed || finding.suppressed.is_none();
    for finding in target.findings.iter().filter(shown) {
        let component = &finding.component;
        let key = component.source.as_ref().map(|source| {
            let suppressed = finding.suppressed.is_some();
            (
                finding.vulnerability.as_str(),
                source.name.as_str(),
                component.version.as_str(),
                suppressed,
            )
        });
        let at = key.and_then(|key| known.get(&key).copied());
        match at.and_then(|at| rows.get_mut(at)) {
            Some(row) => row.names.push(&component.name),
            None => {
                known.extend(key.map(|key| (key, rows.len())));
                rows.push(Row {
                    finding,
                    names: vec![&component.name],
                });
            }
        }
    }
    rows
}

impl Row<'_> {
    fn decision(&self, style: &Style) -> [String; 2] {
        let Some(made) = &self.finding.decision else {
            return [" ".to_owned(), String::new()];
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
        [
            format!(" {}", style.paint(colour, word)),
            due.unwrap_or_default(),
        ]
    }

    fn cells(&self, style: &Style) -> [String; 7] {
        let finding = self.finding;
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
        [
            format!(" {}", painted_level(style, finding.severity.level)),
            clean(&finding.vulnerability).into_owned(),
            format!("{}{more}", names.join(", ")),
            clean(&finding.component.version).into_owned(),
            fixed(finding, style),
            signals(finding, style),
            place(finding),
        ]
    }
}

fn fixed(finding: &Finding, style: &Style) -> String {
    let version = finding
        .upgrade
        .as_ref()
        .or(finding.fixed_versions.first())
        .map(|version| clean(version));
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
        let text = format!("KEV {}{ransomware}", clean(&kev.added));
        signals.push(style.paint(AnsiColor::Red.on_default(), &text));
    }
    if let Some(epss) = &finding.signals.epss {
        signals.push(format!("EPSS {:.0} %", epss.score * 100.0));
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
