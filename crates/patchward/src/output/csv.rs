//! Comma-separated values by RFC 4180, for spreadsheets.
//!
//! A cell that a spreadsheet would take for a formula gets an apostrophe in front (OWASP, CSV injection).

use std::borrow::Cow;
use std::io::{self, Write};

use patchward_protocol::report::{Finding, ScanReport, TargetReport};

use super::clean::clean;
use super::facts;

const HEADER: [&str; 18] = [
    "target",
    "vulnerability",
    "aliases",
    "severity",
    "score",
    "package",
    "version",
    "fixed in",
    "upgrade to",
    "status",
    "known exploited",
    "epss",
    "direct",
    "location",
    "line",
    "purl",
    "summary",
    "suppressed",
];

/// Writes a row per finding, suppressed ones too.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    row(&HEADER.map(Cow::Borrowed), out)?;
    for (target, finding) in facts::findings(report) {
        row(&cells(target, finding), out)?;
    }
    Ok(())
}

fn cells<'a>(target: &'a TargetReport, finding: &'a Finding) -> [Cow<'a, str>; 18] {
    let component = &finding.component;
    let (path, line) = facts::place(target, component);
    let number =
        |value: Option<f64>| Cow::Owned(value.map(|value| value.to_string()).unwrap_or_default());
    let suppressed = finding
        .suppressed
        .as_ref()
        .map(|by| format!("{}: {}", by.by, by.reason));
    [
        target.asset.name.as_str().into(),
        finding.vulnerability.as_str().into(),
        finding.aliases.join(" ").into(),
        facts::level(finding.severity.level).into(),
        number(finding.severity.score),
        component.name.as_str().into(),
        component.version.as_str().into(),
        finding.fixed_versions.join(" ").into(),
        finding.upgrade.as_deref().unwrap_or_default().into(),
        facts::status(finding.status).into(),
        if finding.signals.kev.is_empty() {
            ""
        } else {
            "yes"
        }
        .into(),
        number(finding.signals.epss.as_ref().map(|epss| epss.score)),
        component
            .direct
            .map_or("", |direct| if direct { "yes" } else { "no" })
            .into(),
        path.into(),
        line.map(|line| line.to_string()).unwrap_or_default().into(),
        component.purl.as_str().into(),
        finding.summary.as_str().into(),
        suppressed.unwrap_or_default().into(),
    ]
}

/// Writes one row.
///
/// # Errors
/// When `out` cannot be written.
pub fn row(cells: &[Cow<'_, str>], out: &mut dyn Write) -> io::Result<()> {
    for (at, text) in cells.iter().enumerate() {
        if at > 0 {
            out.write_all(b",")?;
        }
        cell(text, out)?;
    }
    out.write_all(b"\r\n")
}

fn cell(text: &str, out: &mut dyn Write) -> io::Result<()> {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '|', '%']);
    let mut safe = clean(text);
    if formula {
        safe = Cow::Owned(format!("'{safe}"));
    }
    if safe.contains(['"', ',', ';']) || safe.starts_with(' ') || safe.ends_with(' ') {
        write!(out, "\"{}\"", safe.replace('"', "\"\""))
    } else {
        out.write_all(safe.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let mut out = Vec::new();
        cell(text, &mut out).unwrap();
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }

    #[test]
    fn formulas_quotes_and_line_ends_are_neutralised() {
        check(
            "=HYPERLINK(\"x\",\"y\")",
            "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\"",
        );
        check("@scope/name", "'@scope/name");
        check("-1+1", "'-1+1");
        check("a\r\nb", r"a\u{d}\u{a}b");
        check("plain", "plain");
    }
}
