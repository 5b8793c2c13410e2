//! `patchward explain` and `patchward db show`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use anstyle::Style as Ansi;
use patchward_core::explain::{self, Explanation, Place, Record};
use patchward_core::filter::Filter;
use patchward_core::scan::{self, Criteria};
use patchward_protocol::report::{Finding, ScanReport};

use super::targets;
use crate::cli::{Explain, TextOrJson};
use crate::context::Context;
use crate::exit::Exit;
use crate::output::clean::clean;
use crate::output::decision;
use crate::output::json;
use crate::output::table::Style;

/// Packages and links of one record that are shown.
const SHOWN: usize = 12;

/// Explains a vulnerability and where it is; this machine is looked at when no target is named.
pub fn run(explain: &Explain, context: &Context) -> anyhow::Result<Exit> {
    let knowledge = context.needed_knowledge()?;
    let Some(mut explanation) = explain::vulnerability(&knowledge, &explain.id) else {
        return Ok(unknown(&explain.id, context));
    };
    let inventories = targets::inventories(&explain.inputs, context)?;
    let filter = Filter {
        ids: vec![explanation.id.clone()],
        ..Filter::default()
    };
    let ignore = super::scan::ignore_rules(&explain.inputs, context)?;
    let assets = inventories.iter().map(|inventory| &inventory.asset);
    let criteria = Criteria {
        filter,
        ignore,
        prioritisation: Some(super::policy::prioritisation(
            &explain.inputs,
            assets,
            context,
        )?),
        ..Criteria::default()
    };
    let report = scan::report(inventories, Some(&knowledge), &criteria, context.now);
    explanation.findings = places(&report);
    match explain.format {
        TextOrJson::Json => json::print(&explanation)?,
        TextOrJson::Text => out!(
            "{}{}",
            text(&explanation, &context.style()),
            found(&explanation, &context.style(), &report)
        ),
    }
    let counts = explanation
        .findings
        .iter()
        .any(|place| place.finding.suppressed.is_none());
    Ok(if counts { Exit::Found } else { Exit::Clean })
}

/// Shows everything known on a vulnerability or a package.
pub fn show(what: &str, format: TextOrJson, context: &Context) -> anyhow::Result<Exit> {
    let knowledge = context.needed_knowledge()?;
    if let Some(explanation) = explain::vulnerability(&knowledge, what) {
        match format {
            TextOrJson::Json => json::print(&explanation)?,
            TextOrJson::Text => out!("{}", text(&explanation, &context.style())),
        }
        return Ok(Exit::Clean);
    }
    let records = explain::package(&knowledge, what);
    if records.is_empty() {
        return Ok(unknown(what, context));
    }
    match format {
        TextOrJson::Json => json::print(&records)?,
        TextOrJson::Text => out!("{}", list(&records, &context.style())),
    }
    Ok(Exit::Clean)
}

fn unknown(what: &str, context: &Context) -> Exit {
    context.advise(&format!(
        "{} is not known here: `patchward db status` tells which feeds are in and how old they are",
        clean(what)
    ));
    Exit::Nothing
}

fn places(report: &ScanReport) -> Vec<Place> {
    let all = report.targets.iter();
    all.flat_map(|target| {
        target.findings.iter().map(|finding| Place {
            target: target.asset.name.clone(),
            finding: finding.clone(),
        })
    })
    .collect()
}

/// A line per record, for lists.
pub fn list(records: &[Record], style: &Style) -> String {
    let mut out = String::new();
    let ids: Vec<_> = records.iter().map(|record| clean(&record.id)).collect();
    let longest = ids.iter().map(|id| id.chars().count()).max().unwrap_or(0);
    for (record, id) in records.iter().zip(ids) {
        let published = record
            .published
            .map(|at| at.strftime("%Y-%m-%d").to_string())
            .unwrap_or_default();
        let withdrawn = if record.withdrawn.is_some() {
            " (withdrawn)"
        } else {
            ""
        };
        let text: String = line(record).chars().take(100).collect();
        let blanks = " ".repeat(longest - id.chars().count());
        let id = style.paint(Ansi::new().bold(), &id);
        let _ = writeln!(
            out,
            "{id}{blanks}  {published:<10}  {}{withdrawn}",
            clean(&text)
        );
    }
    out
}

/// A record in one line: what its publisher wrote, or else the packages that it names.
fn line(record: &Record) -> String {
    if !record.summary.is_empty() {
        return record.summary.clone();
    }
    if let Some(first) = record.details.lines().find(|line| !line.trim().is_empty()) {
        return first.to_owned();
    }
    let packages: BTreeSet<&str> = record.affected.iter().map(|a| a.package.as_str()).collect();
    let packages: Vec<&str> = packages.into_iter().take(4).collect();
    format!("{} ({})", packages.join(", "), record.publisher)
}

fn text(explanation: &Explanation, style: &Style) -> String {
    let mut out = String::new();
    let _ = write!(
        out,
        "{}",
        style.paint(Ansi::new().bold(), &clean(&explanation.id))
    );
    if !explanation.aliases.is_empty() {
        let _ = write!(out, " = {}", clean(&explanation.aliases.join(", ")));
    }
    out.push_str("\n\n");
    let best = explanation
        .advisories
        .iter()
        .find(|record| !record.summary.is_empty() || !record.details.is_empty());
    if let Some(record) = best {
        let text = if record.summary.is_empty() {
            &record.details
        } else {
            &record.summary
        };
        let _ = writeln!(
            out,
            "{}\n",
            text.lines().map(clean).collect::<Vec<_>>().join("\n")
        );
    }
    for signal in &explanation.signals {
        let _ = writeln!(out, "  {}", clean(signal));
    }
    if !explanation.signals.is_empty() {
        out.push('\n');
    }
    for record in &explanation.advisories {
        write_record(record, style, &mut out);
    }
    out
}

fn write_record(record: &Record, style: &Style, out: &mut String) {
    let id = style.paint(Ansi::new().bold(), &clean(&record.id));
    let how = if record.repackages {
        ", repackages it"
    } else {
        ""
    };
    let _ = writeln!(
        out,
        "{id} by {} ({}{how})",
        clean(&record.publisher),
        clean(&record.feed)
    );
    let times = [
        ("published", record.published),
        ("changed", record.modified),
        ("withdrawn", record.withdrawn),
        ("known here since", record.learnt),
    ];
    let times: Vec<_> = times
        .iter()
        .filter_map(|(what, at)| Some(format!("{what} {}", at.as_ref()?.strftime("%Y-%m-%d"))))
        .collect();
    let _ = writeln!(out, "    {}", times.join(", "));
    for (what, values) in [
        ("severity", &record.severities),
        ("weakness", &record.cwes),
        ("tag", &record.tags),
    ] {
        if !values.is_empty() {
            let _ = writeln!(out, "    {what}: {}", clean(&values.join(", ")));
        }
    }
    for said in record.affected.iter().take(SHOWN) {
        let line = format!(
            "{} {}: {} {}",
            said.ecosystem, said.package, said.status, said.range
        );
        let _ = writeln!(out, "    {}", clean(&line));
    }
    if record.affected.len() > SHOWN {
        let _ = writeln!(
            out,
            "    … {} more packages (--format json shows all)",
            record.affected.len() - SHOWN
        );
    }
    for url in record.references.iter().take(3) {
        let _ = writeln!(out, "    {}", clean(url));
    }
    out.push('\n');
}

fn found(explanation: &Explanation, style: &Style, report: &ScanReport) -> String {
    let mut out = String::new();
    let names: Vec<_> = report
        .targets
        .iter()
        .map(|target| clean(&target.asset.name))
        .collect();
    if explanation.findings.is_empty() {
        let _ = writeln!(out, "It was not found in {}.", names.join(", "));
        return out;
    }
    for place in &explanation.findings {
        write_place(place, style, &mut out);
    }
    out
}

fn write_place(place: &Place, style: &Style, out: &mut String) {
    let finding = &place.finding;
    let component = &finding.component;
    let name = style.paint(
        Ansi::new().bold(),
        &clean(&format!("{} {}", component.name, component.version)),
    );
    let _ = writeln!(out, "Found in {}: {name}", clean(&place.target));
    for location in &component.locations {
        let line = location
            .line
            .map(|line| format!(":{line}"))
            .unwrap_or_default();
        let _ = writeln!(out, "    at {}{line}", clean(&location.path));
    }
    if !component.path.is_empty() {
        let _ = writeln!(
            out,
            "    brought in by {}",
            clean(&component.path.join(" → "))
        );
    }
    write_statements(finding, out);
    if let Some(suppressed) = &finding.suppressed {
        let line = format!(
            "does not count: {} ({}, {})",
            suppressed.reason, suppressed.by, suppressed.source
        );
        let _ = writeln!(out, "    {}", clean(&line));
    }
    if let Some(decision) = &finding.decision {
        for line in decision::lines(decision) {
            let _ = writeln!(out, "    {}", clean(&line));
        }
    }
    match (&finding.upgrade, finding.fixed_versions.is_empty()) {
        (Some(upgrade), _) => {
            let _ = writeln!(
                out,
                "    upgrade to {} clears everything known on it",
                clean(upgrade)
            );
        }
        (None, false) => {
            let _ = writeln!(
                out,
                "    fixed in {}",
                clean(&finding.fixed_versions.join(", "))
            );
        }
        (None, true) => {
            let _ = writeln!(out, "    nobody names a fixed version");
        }
    }
    out.push('\n');
}

fn write_statements(finding: &Finding, out: &mut String) {
    for statement in &finding.statements {
        let guess = if statement.guess {
            ", guessed from a CPE name"
        } else {
            ""
        };
        let decides = match (&statement.overruled, statement.decides) {
            (Some(why), _) => format!(" – overruled: {why}"),
            (None, true) => " – this decides".to_owned(),
            (None, false) => String::new(),
        };
        let line = format!(
            "{} ({}, {}{guess}): {}, {}; {}{decides}",
            statement.advisory,
            statement.publisher,
            statement.feed,
            statement.verdict,
            statement.range,
            statement.comparison
        );
        let _ = writeln!(out, "    {}", clean(&line));
    }
}
