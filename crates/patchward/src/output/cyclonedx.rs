//! CycloneDX 1.6 as JSON: components and vulnerabilities, with the analysis of suppressed findings.

use std::io::{self, Write};

use patchward_protocol::inventory::{AssetKind, Component, Location};
use patchward_protocol::report::{Finding, ScanReport, StatedSeverity, Suppression, TargetReport};
use serde_json::{Value, json};

use super::openvex::impact;
use super::parts::{self, Parts};
use super::vex::Publication;
use super::{facts, here, identity, json};

/// Writes the document: what there is, and what is vulnerable in it.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    json::pretty(&document(report), out)
}

/// Writes the document as somebody's word, with an analysis of every finding.
///
/// # Errors
/// When `out` cannot be written.
pub fn publish(
    report: &ScanReport,
    publication: &Publication,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut document = document(report);
    document["version"] = publication.version.into();
    if let Some(author) = &publication.author {
        document["metadata"]["authors"] = json!([{"name": author}]);
    }
    for value in document["vulnerabilities"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        if value["analysis"].is_null() {
            value["analysis"] = json!({"state": "exploitable", "detail": value["recommendation"]});
        }
    }
    json::pretty(&document, out)
}

fn document(report: &ScanReport) -> Value {
    let parts = parts::of(report);
    let mut metadata = json!({
        "timestamp": identity::second(report.started),
        "tools": {"components": [{"type": "application", "name": facts::TOOL, "version": report.tool_version}]},
    });
    let mut components = Vec::new();
    match parts.as_slice() {
        [only] => {
            metadata["component"] = target(only.target, 1);
            components.extend(contents(only, 1));
        }
        all => {
            for (at, parts) in all.iter().enumerate() {
                let mut target = target(parts.target, at + 1);
                target["components"] = contents(parts, at + 1).into();
                components.push(target);
            }
        }
    }
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": format!("urn:uuid:{}", identity::uuid(report, "cyclonedx")),
        "version": 1,
        "metadata": metadata,
        "components": components,
        "vulnerabilities": vulnerabilities(&parts),
    })
}

fn target(target: &TargetReport, number: usize) -> Value {
    let kind = match target.asset.kind {
        AssetKind::Host | AssetKind::Root => "device",
        _ => "application",
    };
    let name = if target.asset.name.is_empty() {
        "target"
    } else {
        &target.asset.name
    };
    json!({"type": kind, "bom-ref": format!("target-{number}"), "name": name})
}

fn contents(parts: &Parts<'_>, number: usize) -> Vec<Value> {
    let os = parts.target.os.iter().map(|os| {
        json!({
            "type": "operating-system",
            "bom-ref": format!("os-{number}"),
            "name": os.id,
            "version": os.version_id,
            "description": os.pretty_name,
        })
    });
    let components = parts
        .components
        .iter()
        .map(|(reference, part)| component(parts.target, reference, part));
    os.chain(components).collect()
}

fn component(target: &TargetReport, reference: &str, part: &Component) -> Value {
    let mut value = json!({
        "type": if part.own { "application" } else { "library" },
        "bom-ref": reference,
        "name": part.name,
        "version": part.version,
    });
    if !part.purl.is_empty() {
        value["purl"] = part.purl.as_str().into();
    }
    if let Some(cpe) = part.cpes.first() {
        value["cpe"] = cpe.as_str().into();
    }
    if let Some(development) = part.development {
        value["scope"] = if development { "excluded" } else { "required" }.into();
    }
    if let Some(license) = part.properties.get("license") {
        value["licenses"] = json!([{"license": {"name": license}}]);
    }
    let occurrences: Vec<Value> = part
        .locations
        .iter()
        .filter(|at| !at.path.is_empty())
        .map(|at| occurrence(target, at))
        .collect();
    if !occurrences.is_empty() {
        value["evidence"] = json!({"occurrences": occurrences});
    }
    let properties = properties(part);
    if !properties.is_empty() {
        value["properties"] = properties.into();
    }
    value
}

fn occurrence(target: &TargetReport, location: &Location) -> Value {
    let path = here::path(target, &location.path);
    match location.line {
        Some(line) => json!({"location": path, "line": line}),
        None => json!({"location": path}),
    }
}

fn properties(part: &Component) -> Vec<Value> {
    let mut properties = Vec::new();
    let mut add = |name: &str, value: &str| {
        properties.push(json!({"name": format!("patchward:{name}"), "value": value}));
    };
    if let Some(source) = &part.source {
        add("source:name", &source.name);
        add("source:version", &source.version);
    }
    if let Some(module) = &part.module {
        add("module", module);
    }
    if let Some(direct) = part.direct {
        add("direct", if direct { "true" } else { "false" });
    }
    if let Some(owner) = &part.owner {
        add("owner", &format!("{} {}", owner.name, owner.version));
    }
    properties
}

fn vulnerabilities(parts: &[Parts<'_>]) -> Vec<Value> {
    let mut list: Vec<(&Finding, Value)> = Vec::new();
    for target in parts {
        for finding in &target.target.findings {
            let affects = json!({
                "ref": target.reference(&finding.component),
                "versions": [{"version": finding.component.version, "status": "affected"}],
            });
            let same = |(have, _): &&mut (&Finding, Value)| {
                have.vulnerability == finding.vulnerability && have.suppressed == finding.suppressed
            };
            match list.iter_mut().rev().take(64).find(same) {
                Some((_, value)) => {
                    if let Some(all) = value["affects"].as_array_mut() {
                        all.push(affects);
                    }
                }
                None => {
                    let value = vulnerability(finding, list.len() + 1, affects);
                    list.push((finding, value));
                }
            }
        }
    }
    list.into_iter().map(|(_, value)| value).collect()
}

fn vulnerability(finding: &Finding, number: usize, affects: Value) -> Value {
    let publisher = finding
        .statements
        .iter()
        .find(|s| s.decides)
        .or(finding.statements.first());
    let mut value = json!({
        "bom-ref": format!("vulnerability-{number}"),
        "id": finding.vulnerability,
        "references": finding.aliases.iter()
            .map(|id| json!({"id": id, "source": {"name": source_of(id)}}))
            .collect::<Vec<_>>(),
        "ratings": ratings(finding),
        "cwes": finding.cwes.iter().filter_map(|cwe| cwe.strip_prefix("CWE-")?.parse::<u32>().ok()).collect::<Vec<_>>(),
        "description": finding.summary,
        "recommendation": facts::advice(finding),
        "advisories": facts::links(finding).map(|url| json!({"url": url})).collect::<Vec<_>>(),
        "affects": [affects],
    });
    if let Some(statement) = publisher {
        value["source"] = json!({"name": statement.publisher});
    }
    if let Some(published) = finding.published {
        value["published"] = identity::second(published).into();
    }
    if let Some(modified) = finding.modified {
        value["updated"] = identity::second(modified).into();
    }
    if let Some(suppressed) = &finding.suppressed {
        value["analysis"] = analysis(suppressed);
    }
    value
}

fn source_of(id: &str) -> &str {
    match id.split('-').next().unwrap_or_default() {
        "CVE" => "CVE",
        "GHSA" => "GitHub",
        other => other,
    }
}

fn ratings(finding: &Finding) -> Vec<Value> {
    let chosen = StatedSeverity {
        source: finding.severity.source.clone(),
        value: finding.severity.vector.clone().unwrap_or_default(),
        score: finding.severity.score,
    };
    let others = finding
        .severities
        .iter()
        .filter(|stated| **stated != chosen);
    let mut ratings = vec![rating(&chosen)];
    ratings[0]["severity"] = facts::level(finding.severity.level).into();
    ratings.extend(others.map(rating));
    ratings
}

fn rating(stated: &StatedSeverity) -> Value {
    let method = match stated.value.get(..8) {
        Some("CVSS:4.0") => "CVSSv4",
        Some("CVSS:3.1") => "CVSSv31",
        Some("CVSS:3.0") => "CVSSv3",
        _ if stated.value.contains("AV:") => "CVSSv2",
        _ => "other",
    };
    let mut rating = json!({"method": method});
    if !stated.source.is_empty() {
        rating["source"] = json!({"name": stated.source});
    }
    if let Some(score) = stated.score {
        rating["score"] = score.into();
    }
    match method {
        "other" => {
            let word = stated.value.to_ascii_lowercase();
            if matches!(
                word.as_str(),
                "critical" | "high" | "medium" | "low" | "info" | "none"
            ) {
                rating["severity"] = word.into();
            }
        }
        _ => rating["vector"] = stated.value.as_str().into(),
    }
    rating
}

/// What the reason of a suppression means in CycloneDX's words. An accepted risk stays exploitable.
fn analysis(suppressed: &Suppression) -> Value {
    let justification = suppressed.justification.as_deref().unwrap_or_default();
    let mut analysis = match (suppressed.by.as_str(), justification) {
        (_, "fixed") => json!({"state": "resolved"}),
        ("withdrawn", _) => json!({"state": "false_positive"}),
        ("VEX" | "distribution", _) => json!({"state": "not_affected"}),
        ("ignore rule" | "policy", _) => match suppressed.status.as_deref() {
            Some("not-affected") => json!({"state": "not_affected"}),
            Some("false-positive") => json!({"state": "false_positive"}),
            Some("mitigated") => {
                json!({"state": "exploitable", "response": ["workaround_available"]})
            }
            _ => json!({"state": "exploitable", "response": ["will_not_fix"]}),
        },
        _ => json!({"state": "in_triage"}),
    };
    let word = match justification {
        "component_not_present" => "requires_dependency",
        "vulnerable_code_not_present" => "code_not_present",
        "vulnerable_code_not_in_execute_path" => "code_not_reachable",
        "vulnerable_code_cannot_be_controlled_by_adversary" => "requires_environment",
        "inline_mitigations_already_exist" => "protected_by_mitigating_control",
        _ => "",
    };
    if !word.is_empty() && analysis["state"] == "not_affected" {
        analysis["justification"] = word.into();
    }
    analysis["detail"] = impact(suppressed).into();
    analysis
}
