//! GitLab's security reports, schema 15: container scanning when a target has a distribution, else dependency scanning.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use jiff::Timestamp;
use patchward_protocol::inventory::AssetKind;
use patchward_protocol::report::{Finding, ScanReport, SeverityLevel, TargetReport};
use serde_json::{Value, json};

use super::{facts, here, json};

const SCHEMA: &str = "15.2.1";

/// Writes the report. Suppressed findings are left out: the format has no place for them.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    let container = report.targets.iter().any(|target| target.os.is_some());
    let findings: Vec<Value> = facts::counted(report)
        .map(|(target, finding)| vulnerability(report, target, finding, container))
        .collect();
    let incomplete = report
        .targets
        .iter()
        .any(|target| !target.problems.is_empty());
    let tool = json!({
        "id": "patchward",
        "name": facts::TOOL,
        "url": facts::HOME,
        "vendor": {"name": facts::TOOL},
        "version": if report.tool_version.is_empty() { "0" } else { &report.tool_version },
    });
    let mut document = json!({
        "version": SCHEMA,
        "scan": {
            "analyzer": tool,
            "scanner": tool,
            "type": if container { "container_scanning" } else { "dependency_scanning" },
            "start_time": time(report.started),
            "end_time": time(report.started),
            "status": if incomplete { "failure" } else { "success" },
            "messages": messages(report),
        },
        "vulnerabilities": findings,
        "remediations": [],
    });
    if !container {
        document["dependency_files"] = dependency_files(report).into();
    }
    json::pretty(&document, out)
}

/// GitLab wants no zone; it is UTC.
fn time(instant: Timestamp) -> String {
    instant.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

fn messages(report: &ScanReport) -> Vec<Value> {
    facts::problems(report)
        .map(|(target, problem)| {
            let path = here::path(target, &problem.location.path);
            json!({"level": "warn", "value": format!("{path}: {}", problem.message)})
        })
        .collect()
}

fn vulnerability(
    report: &ScanReport,
    target: &TargetReport,
    finding: &Finding,
    container: bool,
) -> Value {
    let name = match finding.summary.trim() {
        "" => finding.vulnerability.clone(),
        summary => summary.chars().take(255).collect(),
    };
    json!({
        "id": identifier(report, target, finding),
        "name": name,
        "description": facts::sentence(finding),
        "severity": severity(finding.severity.level),
        "solution": facts::advice(finding),
        "identifiers": facts::ids(finding).map(|id| identifier_of(id, finding)).collect::<Vec<_>>(),
        "links": facts::links(finding).map(|url| json!({"url": url})).collect::<Vec<_>>(),
        "location": location(target, finding, container),
    })
}

/// The finding's id does not know where the component lies; a report may have it at two places. Paths in machines and
/// SBOMs do not tell which of them it is.
fn identifier(report: &ScanReport, target: &TargetReport, finding: &Finding) -> String {
    let (path, _) = facts::place_from_here(target, &finding.component);
    match target.asset.kind {
        AssetKind::Host | AssetKind::Sbom => {
            format!("{}@{path}", facts::id_in_report(report, target, finding))
        }
        _ => format!("{}@{path}", finding.id),
    }
}

fn severity(level: SeverityLevel) -> &'static str {
    match level {
        SeverityLevel::Unknown => "Unknown",
        SeverityLevel::None => "Info",
        SeverityLevel::Low => "Low",
        SeverityLevel::Medium => "Medium",
        SeverityLevel::High => "High",
        SeverityLevel::Critical => "Critical",
    }
}

fn identifier_of(id: &str, finding: &Finding) -> Value {
    let kind = id.split('-').next().unwrap_or(id).to_ascii_lowercase();
    let mut value =
        json!({"type": if kind.is_empty() { "other" } else { &kind }, "name": id, "value": id});
    if let Some(link) = facts::links(finding).find(|link| facts::names(link, id)) {
        value["url"] = link.into();
    }
    value
}

fn location(target: &TargetReport, finding: &Finding, container: bool) -> Value {
    let component = &finding.component;
    let dependency = json!({"package": {"name": component.name}, "version": component.version});
    let asset = if target.asset.name.is_empty() {
        "target"
    } else {
        &target.asset.name
    };
    if container {
        let system = target
            .os
            .as_ref()
            .map(|os| format!("{}:{}", os.id, os.version_id));
        return json!({
            "dependency": dependency,
            "operating_system": system.as_deref().unwrap_or("unknown"),
            "image": asset,
        });
    }
    json!({"file": facts::place_from_here(target, component).0, "dependency": dependency})
}

fn dependency_files(report: &ScanReport) -> Vec<Value> {
    // A package that a file names twice, or a target that was given twice, is one dependency.
    let mut files: BTreeMap<(String, &str), BTreeSet<(&str, &str)>> = BTreeMap::new();
    for target in &report.targets {
        for component in &target.inventory {
            let (path, _) = facts::place_from_here(target, component);
            let kind = component
                .purl
                .strip_prefix("pkg:")
                .and_then(|rest| rest.split('/').next());
            files
                .entry((path, kind.unwrap_or("other")))
                .or_default()
                .insert((&component.name, &component.version));
        }
    }
    let each = files.into_iter();
    each.map(|((path, kind), dependencies)| {
        let dependencies = dependencies.into_iter().map(
            |(name, version)| json!({"package": {"name": name}, "version": version}),
        );
        json!({"path": path, "package_manager": kind, "dependencies": dependencies.collect::<Vec<_>>()})
    })
    .collect()
}
