//! JUnit XML: a suite per target, a case per finding, so that any build server shows them.

use std::io::{self, Write};

use patchward_protocol::report::{Finding, ScanReport, TargetReport};

use super::xml::escape;
use super::{facts, here};

/// Writes the suites: findings fail, suppressed ones are skipped, problems are errors; a target without any has one
/// case that passes.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"{}\">", facts::TOOL)?;
    for target in &report.targets {
        suite(report, target, out)?;
    }
    writeln!(out, "</testsuites>")
}

fn suite(report: &ScanReport, target: &TargetReport, out: &mut dyn Write) -> io::Result<()> {
    let skipped = target
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_some())
        .count();
    let errors = target.problems.len();
    let offered = facts::security_updates(target).count();
    let tests = (target.findings.len() + offered + errors).max(1);
    writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{tests}\" failures=\"{}\" errors=\"{errors}\" skipped=\"{skipped}\" timestamp=\"{}\">",
        escape(&target.asset.name),
        target.findings.len() + offered - skipped,
        report.started.strftime("%Y-%m-%dT%H:%M:%S"),
    )?;
    if target.findings.len() + offered + errors == 0 {
        let nothing = facts::nothing_found(target).trim_end_matches('.');
        writeln!(
            out,
            "    <testcase classname=\"patchward\" name=\"{}\"/>",
            nothing.to_lowercase()
        )?;
    }
    for finding in &target.findings {
        case(target, finding, out)?;
    }
    for offer in facts::security_updates(target) {
        let (package, to) = (escape(&offer.package), escape(&offer.candidate));
        let message = escape(&facts::offer(offer));
        writeln!(
            out,
            "    <testcase classname=\"{package}\" name=\"update to {to}\">"
        )?;
        writeln!(
            out,
            "      <failure message=\"{message}\" type=\"security update\"/>"
        )?;
        writeln!(out, "    </testcase>")?;
    }
    for problem in &target.problems {
        let message = escape(&problem.message);
        writeln!(
            out,
            "    <testcase classname=\"patchward\" name=\"{}\">",
            escape(&here::path(target, &problem.location.path))
        )?;
        writeln!(
            out,
            "      <error message=\"{message}\" type=\"incomplete\"/>"
        )?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

fn case(target: &TargetReport, finding: &Finding, out: &mut dyn Write) -> io::Result<()> {
    let component = &finding.component;
    let (path, line) = facts::place_from_here(target, component);
    writeln!(
        out,
        "    <testcase classname=\"{} {}\" name=\"{}\" file=\"{}\"{}>",
        escape(&component.name),
        escape(&component.version),
        escape(&finding.vulnerability),
        escape(&path),
        line.map(|line| format!(" line=\"{line}\""))
            .unwrap_or_default(),
    )?;
    match &finding.suppressed {
        Some(by) => {
            let reason = format!("{}: {}", by.by, by.reason);
            writeln!(out, "      <skipped message=\"{}\"/>", escape(&reason))?;
        }
        None => {
            let links: Vec<String> = facts::links(finding).map(escape).collect();
            writeln!(
                out,
                "      <failure message=\"{}\" type=\"{}\">{}</failure>",
                escape(&facts::sentence(finding)),
                facts::level(finding.severity.level),
                links.join("\n"),
            )?;
        }
    }
    writeln!(out, "    </testcase>")
}
