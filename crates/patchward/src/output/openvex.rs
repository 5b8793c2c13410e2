//! OpenVEX 0.2.0: a statement per finding, for other tools to take over.

use std::collections::HashSet;
use std::io::{self, Write};

use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, FindingStatus, ScanReport, Suppression};
use serde_json::{Value, json};

use super::vex::Publication;
use super::{facts, identity, json, sarif};
use patchward_core::ignore::JUSTIFICATIONS;

/// Writes the document as the tool's own word.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    publish(report, &Publication::default(), out)
}

/// Writes the document as somebody's word.
///
/// # Errors
/// When `out` cannot be written.
pub fn publish(
    report: &ScanReport,
    publication: &Publication,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut statements: Vec<Value> = Vec::new();
    let mut said = HashSet::new();
    for (_, finding) in facts::findings(report) {
        let statement = statement(finding);
        // One package in two lockfiles is one product: the schema wants each statement once.
        if said.insert(statement.to_string()) {
            statements.push(statement);
        }
    }
    let mut document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": format!("urn:uuid:{}", identity::uuid(report, "openvex")),
        "author": publication.author(),
        "tooling": format!("{} {}", facts::TOOL, report.tool_version),
        "timestamp": identity::second(report.started),
        "version": publication.version,
        "statements": statements,
    });
    if publication.author.is_none() {
        document["role"] = "Scanner".into();
    }
    json::pretty(&document, out)
}

fn statement(finding: &Finding) -> Value {
    let aliases: Vec<&str> = facts::ids(finding).skip(1).collect();
    let mut statement = json!({
        "vulnerability": {"name": finding.vulnerability, "description": finding.summary, "aliases": aliases},
        "products": [product(&finding.component)],
    });
    match Verdict::of(finding) {
        Verdict::Affected(action) => {
            statement["status"] = "affected".into();
            statement["action_statement"] = action.into();
        }
        Verdict::NotAffected(suppressed) => {
            statement["status"] = "not_affected".into();
            // One of the two tells why; what else there is to say stands in the notes.
            let why = match justification(suppressed) {
                Some(word) => {
                    statement["justification"] = word.into();
                    "status_notes"
                }
                None => "impact_statement",
            };
            statement[why] = impact(suppressed).into();
        }
        Verdict::Fixed => statement["status"] = "fixed".into(),
        Verdict::UnderInvestigation => statement["status"] = "under_investigation".into(),
    }
    statement
}

/// What VEX formats say of a finding.
pub enum Verdict<'a> {
    /// Affected, and what to do.
    Affected(String),
    /// Not affected, and who says so.
    NotAffected(&'a Suppression),
    /// The fix is in.
    Fixed,
    /// Nobody can tell yet.
    UnderInvestigation,
}

impl Verdict<'_> {
    /// An accepted risk is still affected; what a VEX document, the distribution or a withdrawal took away is not.
    pub fn of(finding: &Finding) -> Verdict<'_> {
        let undecided = matches!(
            finding.status,
            FindingStatus::UnderInvestigation | FindingStatus::CannotTell
        );
        match &finding.suppressed {
            Some(by) if by.justification.as_deref() == Some("fixed") => Verdict::Fixed,
            Some(by) if matches!(by.by.as_str(), "VEX" | "distribution" | "withdrawn") => {
                Verdict::NotAffected(by)
            }
            Some(by) if matches!(by.by.as_str(), "ignore rule" | "policy") => decided(by),
            _ if undecided => Verdict::UnderInvestigation,
            _ => Verdict::Affected(facts::advice(finding)),
        }
    }
}

/// What a rule decided. An accepted risk is still affected, and so is one that something else mitigates.
fn decided(by: &Suppression) -> Verdict<'_> {
    let word = match by.status.as_deref() {
        Some("not-affected" | "false-positive") => return Verdict::NotAffected(by),
        Some("mitigated") => "Mitigated",
        _ => "Accepted",
    };
    let until = by.until.as_ref();
    let until = until.map(|day| format!(" until {day}")).unwrap_or_default();
    Verdict::Affected(format!("{word}{until}: {}", by.reason))
}

/// Who tells that something is not affected, and why.
pub fn impact(by: &Suppression) -> String {
    match (&by.author, by.status.as_deref()) {
        (Some(author), Some("false-positive")) => {
            format!("False positive ({author}): {}", by.reason)
        }
        (None, Some("false-positive")) => format!("False positive: {}", by.reason),
        (Some(author), _) => format!("{author}: {}", by.reason),
        (None, _) => format!("{}: {}", by.by, by.reason),
    }
}

/// The justification, where it is one of OpenVEX's words.
pub fn justification(suppressed: &Suppression) -> Option<&'static str> {
    let word = suppressed.justification.as_deref()?;
    JUSTIFICATIONS.into_iter().find(|known| *known == word)
}

fn product(component: &Component) -> Value {
    if component.purl.is_empty() {
        let name = sarif::uri(&format!("{}@{}", component.name, component.version));
        return json!({"@id": format!("urn:patchward:component:{name}")});
    }
    json!({"@id": component.purl, "identifiers": {"purl": component.purl}})
}
