//! SARIF 2.1.0 (OASIS), as code scanning services read it.

use std::collections::BTreeMap;
use std::io::{self, Write};

use patchward_protocol::report::{Finding, ScanReport, SeverityLevel, TargetReport};
use serde_json::{Value, json};

use super::{facts, here, json};

/// Writes one run: a rule per vulnerability, a result per finding; suppressed ones carry their reason.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    let mut rules: Vec<Value> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    let mut results = Vec::new();
    for (target, finding) in facts::findings(report) {
        let index = *known.entry(&finding.vulnerability).or_insert_with(|| {
            rules.push(rule(finding));
            rules.len() - 1
        });
        let id = facts::id_in_report(report, target, finding);
        results.push(result(target, finding, &id, index));
    }
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": facts::TOOL,
                "version": report.tool_version,
                "informationUri": facts::HOME,
                "rules": rules,
            }},
            "columnKind": "utf16CodeUnits",
            "invocations": [invocation(report)],
            "results": results,
        }],
    });
    json::pretty(&document, out)
}

fn rule(finding: &Finding) -> Value {
    let mut properties = json!({"tags": tags(finding)});
    if let Some(score) = facts::score(finding) {
        properties["security-severity"] = format!("{score:.1}").into();
    }
    let summary = if finding.summary.is_empty() {
        &finding.vulnerability
    } else {
        &finding.summary
    };
    let mut rule = json!({
        "id": finding.vulnerability,
        "name": finding.vulnerability,
        "shortDescription": {"text": format!("{}: {summary}", finding.vulnerability)},
        "fullDescription": {"text": summary},
        "help": {"text": facts::links(finding).collect::<Vec<_>>().join("\n")},
        "properties": properties,
    });
    if let Some(link) = facts::links(finding).next() {
        rule["helpUri"] = link.into();
    }
    rule
}

fn tags(finding: &Finding) -> Vec<&str> {
    let mut tags = vec!["security", "vulnerability"];
    if !finding.signals.kev.is_empty() {
        tags.push("known-exploited");
    }
    if finding.malware {
        tags.push("malware");
    }
    tags.extend(finding.cwes.iter().map(String::as_str));
    tags
}

fn result(target: &TargetReport, finding: &Finding, id: &str, rule: usize) -> Value {
    let (path, line) = facts::place_from_here(target, &finding.component);
    let mut result = json!({
        "ruleId": finding.vulnerability,
        "ruleIndex": rule,
        "level": level(finding.severity.level),
        "message": {"text": facts::sentence(finding)},
        "locations": [{
            "physicalLocation": {
                "artifactLocation": {"uri": uri(&path)},
                "region": {"startLine": line.unwrap_or(1).max(1)},
            },
            "logicalLocations": [{"name": finding.component.name, "fullyQualifiedName": finding.component.purl, "kind": "module"}],
        }],
        "partialFingerprints": {"patchwardFinding/v1": id},
        "properties": {
            "target": target.asset.name,
            "status": facts::status(finding.status),
            "version": finding.component.version,
            "fixedVersions": finding.fixed_versions,
        },
    });
    if let Some(suppressed) = &finding.suppressed {
        result["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": format!("{}: {}", suppressed.by, suppressed.reason),
        }]);
    }
    result
}

/// Unknown is not low: it is a warning.
fn level(level: SeverityLevel) -> &'static str {
    match level {
        SeverityLevel::Critical | SeverityLevel::High => "error",
        SeverityLevel::Medium | SeverityLevel::Unknown => "warning",
        SeverityLevel::Low => "note",
        SeverityLevel::None => "none",
    }
}

fn invocation(report: &ScanReport) -> Value {
    let complete = report.summary.problems == 0;
    let offers = report.targets.iter().flat_map(facts::security_updates);
    let offers =
        offers.map(|offer| json!({"level": "warning", "message": {"text": facts::offer(offer)}}));
    let notifications: Vec<Value> = facts::problems(report)
        .map(|(target, problem)| {
            json!({
                "level": "error",
                "message": {"text": problem.message},
                "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": uri(&here::path(target, &problem.location.path))},
                    "region": {"startLine": problem.location.line.unwrap_or(1).max(1)},
                }}],
            })
        })
        .chain(offers)
        .collect();
    json!({
        "executionSuccessful": complete,
        "startTimeUtc": report.started.to_string(),
        "toolExecutionNotifications": notifications,
    })
}

/// A path as a relative reference of RFC 3986; one from the root of the file system as a URI of RFC 8089.
pub fn uri(path: &str) -> String {
    let mut uri = String::with_capacity(path.len());
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/!@+".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_relative_references_and_those_from_the_root_uris() {
        assert_eq!(uri("a b/c:d.lock"), "a%20b/c%3Ad.lock");
        assert_eq!(uri("/a b/c"), "file:///a%20b/c");
        assert_eq!(uri("x!/\u{1b}y"), "x!/%1By");
    }
}
