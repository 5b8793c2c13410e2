//! One HTML file without outside resources: sortable, filterable, readable without scripts, light and dark.

use std::io::{self, Write};

use patchward_protocol::inventory::PendingPatch;
use patchward_protocol::report::{Finding, Patch, ScanReport, TargetReport};

use super::table::{grouped, plural};
use super::xml::escape;
use super::{decision, facts};

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");

/// Writes the page.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>Vulnerability scan</title>\n<style>\n{STYLE}</style>\n</head>\n<body>"
    )?;
    head(report, out)?;
    for target in &report.targets {
        write_target(target, out)?;
    }
    writeln!(out, "<script>\n{SCRIPT}</script>\n</body>\n</html>")
}

fn head(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    let summary = &report.summary;
    writeln!(out, "<header>\n<h1>Vulnerability scan</h1>\n<p>")?;
    for (level, count) in summary.by_severity.iter().rev() {
        let level = facts::level(*level);
        let count = grouped(*count);
        writeln!(out, "<span class=\"badge {level}\">{count} {level}</span>")?;
    }
    writeln!(
        out,
        "</p>\n<p>{} in {}: {} fixable, {} known to be exploited, {} suppressed. {} {}, {}.</p>\n\
         <label>Filter <input type=\"search\" id=\"filter\" placeholder=\"id, package, path\"></label>\n</header>",
        plural(summary.findings, "finding"),
        plural(summary.components, "component"),
        grouped(summary.fixable),
        grouped(summary.kev),
        grouped(summary.suppressed),
        facts::TOOL,
        escape(&report.tool_version),
        report.started.strftime("%Y-%m-%d %H:%M UTC"),
    )
}

fn write_target(target: &TargetReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<section>\n<h2>{}</h2>", escape(&target.asset.name))?;
    let system = target
        .os
        .as_ref()
        .map(|os| format!(", {}", os.pretty_name))
        .unwrap_or_default();
    let kind = facts::kind(target.asset.kind);
    writeln!(
        out,
        "<p>{}{}, {}</p>",
        kind,
        escape(&system),
        plural(target.components, "component")
    )?;
    if let Some(ended) = facts::end_of_life(target) {
        writeln!(out, "<p class=\"problem\">{}</p>", escape(&ended))?;
    }
    for problem in &target.problems {
        let place = escape(&problem.location.path);
        writeln!(
            out,
            "<p class=\"problem\">Incomplete: {place}: {}</p>",
            escape(&problem.message)
        )?;
    }
    if !target.patches.is_empty() {
        table(
            "Upgrades",
            &["Severity", "Package", "From", "To", "Resolves", "Command"],
            out,
        )?;
        target
            .patches
            .iter()
            .try_for_each(|patch| patch_row(patch, out))?;
        writeln!(out, "</tbody></table>")?;
    }
    let mut offers = facts::security_updates(target).peekable();
    if offers.peek().is_some() {
        let columns = ["Package", "From", "To", "Fixes"];
        table("Security updates offered", &columns, out)?;
        offers.try_for_each(|offer| offer_row(offer, out))?;
        writeln!(out, "</tbody></table>")?;
    }
    if target.findings.is_empty() {
        writeln!(out, "<p>{}</p>", facts::nothing_found(target))?;
    } else {
        let mut columns = vec![
            "Severity",
            "Vulnerability",
            "Package",
            "Version",
            "Fixed in",
            "Signals",
            "Where",
        ];
        if decided(target) {
            columns.splice(0..0, ["Priority", "Due"]);
        }
        table("Findings", &columns, out)?;
        target
            .findings
            .iter()
            .try_for_each(|finding| finding_row(target, finding, out))?;
        writeln!(out, "</tbody></table>")?;
    }
    writeln!(out, "</section>")
}

fn table(caption: &str, columns: &[&str], out: &mut dyn Write) -> io::Result<()> {
    write!(out, "<table><caption>{caption}</caption><thead><tr>")?;
    for column in columns {
        write!(
            out,
            "<th scope=\"col\"><button type=\"button\">{column}</button></th>"
        )?;
    }
    writeln!(out, "</tr></thead><tbody>")
}

fn patch_row(patch: &Patch, out: &mut dyn Write) -> io::Result<()> {
    let level = facts::level(patch.severity);
    writeln!(
        out,
        "<tr><td data-order=\"{}\"><span class=\"badge {level}\">{level}</span></td><td class=\"long\">{}</td><td>{}</td><td>{}</td>\
         <td data-order=\"{}\">{}</td><td class=\"long\"><code>{}</code></td></tr>",
        patch.severity as u8,
        escape(&patch.package),
        escape(&patch.from),
        escape(&patch.to),
        patch.vulnerabilities.len(),
        ids(&patch.vulnerabilities),
        escape(&patch.command),
    )
}

/// So many ids stand in a cell; the others are folded away.
const MOST_IDS: usize = 12;

/// Ids, none of which is broken at its hyphens.
fn ids(ids: &[String]) -> String {
    let (shown, folded) = ids.split_at(ids.len().min(MOST_IDS));
    let listed = |ids: &[String]| {
        let each = ids.iter();
        let each = each.map(|id| format!("<span class=\"id\">{}</span>", escape(id)));
        each.collect::<Vec<_>>().join(" ")
    };
    match folded.len() {
        0 => listed(shown),
        more => format!(
            "{}<details><summary>and {} more</summary>{}</details>",
            listed(shown),
            grouped(more as u64),
            listed(folded),
        ),
    }
}

fn offer_row(offer: &PendingPatch, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
        escape(&offer.package),
        escape(&offer.installed),
        escape(&offer.candidate),
        ids(&offer.cves),
    )
}

fn finding_row(target: &TargetReport, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let component = &finding.component;
    let level = facts::level(finding.severity.level);
    let class = if finding.suppressed.is_some() {
        " class=\"suppressed\""
    } else {
        ""
    };
    let id = ids(std::slice::from_ref(&finding.vulnerability));
    let id = match facts::links(finding).next() {
        Some(link) => format!("<a href=\"{}\" rel=\"noreferrer\">{id}</a>", escape(link)),
        None => id,
    };
    let (path, line) = facts::place(target, component);
    let line = line.map(|line| format!(":{line}")).unwrap_or_default();
    let decision = match decided(target) {
        true => decision_cells(finding),
        false => String::new(),
    };
    writeln!(
        out,
        "<tr{class}>{decision}<td data-order=\"{}\"><span class=\"badge {level}\">{level}</span> {}</td><td>{id}<small>{}</small></td>\
         <td class=\"long\">{}</td><td>{}</td><td>{}</td><td data-order=\"{}\">{}</td><td class=\"long\">{}{line}</td></tr>",
        facts::score(finding).unwrap_or_default(),
        finding
            .severity
            .score
            .map(|score| format!("{score:.1}"))
            .unwrap_or_default(),
        escape(&finding.summary),
        escape(&component.name),
        escape(&component.version),
        escape(&fixed(finding)),
        finding.signals.epss.as_ref().map_or(0.0, |epss| epss.score)
            + f64::from(u8::from(!finding.signals.kev.is_empty())),
        escape(&signals(finding)),
        escape(path),
    )
}

fn decided(target: &TargetReport) -> bool {
    target
        .findings
        .iter()
        .any(|finding| finding.decision.is_some())
}

/// Priority with its reasons, which open without a script, and the due date.
fn decision_cells(finding: &Finding) -> String {
    let Some(made) = &finding.decision else {
        return "<td></td><td></td>".to_owned();
    };
    let reasons = decision::lines(made);
    let reasons: Vec<String> = reasons
        .iter()
        .map(|line| escape(line).to_string())
        .collect();
    let due = made.due.as_ref().map_or("", |due| &due.date);
    format!(
        "<td data-order=\"{:.1}\"><details><summary>{} <small>{:.0}</small></summary>{}</details></td><td class=\"id\">{}</td>",
        // Priorities first, then the score within one.
        1000.0 - 150.0 * f64::from(made.priority as u8) + made.score,
        decision::priority(made.priority),
        made.score,
        reasons.join("<br>"),
        escape(due)
    )
}

fn fixed(finding: &Finding) -> String {
    match (&finding.suppressed, facts::fix(finding)) {
        (Some(by), _) => format!("suppressed by {}: {}", by.by, by.reason),
        (None, Some(version)) => version.to_owned(),
        (None, None) => facts::status(finding.status).to_owned(),
    }
}

fn signals(finding: &Finding) -> String {
    let mut words = Vec::new();
    if !finding.signals.kev.is_empty() {
        words.push("known exploited".to_owned());
    }
    if let Some(epss) = &finding.signals.epss {
        words.push(format!("EPSS {:.1} %", epss.score * 100.0));
    }
    if finding.malware {
        words.push("malware".to_owned());
    }
    words.join(", ")
}
