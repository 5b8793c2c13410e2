//! OpenVEX 0.2.0: a statement per finding, for other tools to take over.

use std::io::{self, Write};

use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, FindingStatus, ScanReport, Suppression};
use serde_json::{Value, json};

use super::{facts, identity, json, sarif};

/// The words that OpenVEX allows as justification.
pub const JUSTIFICATIONS: [&str; 5] = [
    "component_not_present",
    "vulnerable_code_not_present",
    "vulnerable_code_not_in_execute_path",
    "vulnerable_code_cannot_be_controlled_by_adversary",
    "inline_mitigations_already_exist",
];

/// Writes the document.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    let statements: Vec<Value> = facts::findings(report)
        .map(|(_, finding)| statement(finding))
        .collect();
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": format!("urn:uuid:{}", identity::uuid(report, "openvex")),
        "author": facts::TOOL,
        "role": "Scanner",
        "tooling": format!("{} {}", facts::TOOL, report.tool_version),
        "timestamp": identity::second(report.started),
        "version": 1,
        "statements": statements,
    });
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
            if let Some(word) = justification(suppressed) {
                statement["justification"] = word.into();
            }
            statement["impact_statement"] =
                format!("{}: {}", suppressed.by, suppressed.reason).into();
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
            Some(by) if by.by == "ignore rule" => {
                let until = by
                    .until
                    .as_ref()
                    .map(|day| format!(" until {day}"))
                    .unwrap_or_default();
                Verdict::Affected(format!("Accepted{until}: {}", by.reason))
            }
            _ if undecided => Verdict::UnderInvestigation,
            _ => Verdict::Affected(facts::advice(finding)),
        }
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
