//! SPDX 2.3 as JSON: the components; advisories of findings are external references of category SECURITY.

use std::collections::HashMap;
use std::io::{self, Write};

use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, ScanReport, TargetReport};
use serde_json::{Value, json};

use super::parts::{self, Parts};
use super::{facts, here, identity, json};

/// Links to advisories that one package lists at most.
const MAX_ADVISORIES: usize = 200;

/// Writes the document.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    let mut packages = Vec::new();
    let mut relationships = Vec::new();
    for (at, parts) in parts::of(report).iter().enumerate() {
        add_target(parts, at + 1, &mut packages, &mut relationships);
    }
    let name = match report.targets.as_slice() {
        [only] if !only.asset.name.is_empty() => &only.asset.name,
        _ => "scan",
    };
    let document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": format!("https://spdx.org/spdxdocs/patchward-{}", identity::uuid(report, "spdx")),
        "creationInfo": {
            "created": identity::second(report.started),
            "creators": [format!("Tool: patchward-{}", report.tool_version)],
        },
        "packages": packages,
        "relationships": relationships,
    });
    json::pretty(&document, out)
}

fn add_target(
    parts: &Parts<'_>,
    number: usize,
    packages: &mut Vec<Value>,
    relationships: &mut Vec<Value>,
) {
    let target_id = format!("SPDXRef-Target-{number}");
    let asset = &parts.target.asset;
    let name = if asset.name.is_empty() {
        "target"
    } else {
        &asset.name
    };
    packages.push(package(&target_id, name, ""));
    relationships.push(relationship("SPDXRef-DOCUMENT", "DESCRIBES", &target_id));
    if let Some(os) = &parts.target.os {
        let id = format!("SPDXRef-OperatingSystem-{number}");
        let mut value = package(&id, &os.id, &os.version_id);
        value["primaryPackagePurpose"] = "OPERATING-SYSTEM".into();
        packages.push(value);
        relationships.push(relationship(&target_id, "CONTAINS", &id));
    }
    let mut findings: HashMap<&str, Vec<&Finding>> = HashMap::new();
    for finding in parts
        .target
        .findings
        .iter()
        .filter(|finding| finding.suppressed.is_none())
    {
        findings
            .entry(parts.reference(&finding.component))
            .or_default()
            .push(finding);
    }
    for (at, (reference, component)) in parts.components.iter().enumerate() {
        let id = format!("SPDXRef-Package-{number}-{}", at + 1);
        let findings = findings
            .get(reference.as_str())
            .map(Vec::as_slice)
            .unwrap_or_default();
        packages.push(of_component(&id, parts.target, component, findings));
        relationships.push(relationship(&target_id, "CONTAINS", &id));
    }
}

fn package(id: &str, name: &str, version: &str) -> Value {
    let mut value = json!({
        "SPDXID": id,
        "name": name,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
        "licenseConcluded": "NOASSERTION",
        "licenseDeclared": "NOASSERTION",
        "copyrightText": "NOASSERTION",
    });
    if !version.is_empty() {
        value["versionInfo"] = version.into();
    }
    value
}

fn of_component(
    id: &str,
    target: &TargetReport,
    component: &Component,
    findings: &[&Finding],
) -> Value {
    let mut value = package(id, &component.name, &component.version);
    let mut references = Vec::new();
    if !component.purl.is_empty() {
        references.push(reference("PACKAGE-MANAGER", "purl", &component.purl));
    }
    for cpe in &component.cpes {
        let kind = if cpe.starts_with("cpe:2.3:") {
            "cpe23Type"
        } else {
            "cpe22Type"
        };
        references.push(reference("SECURITY", kind, cpe));
    }
    references.extend(advisories(findings));
    if !references.is_empty() {
        value["externalRefs"] = references.into();
    }
    let mut info = Vec::new();
    if let Some(source) = &component.source {
        info.push(format!(
            "built package from: {} {}",
            source.name, source.version
        ));
    }
    let paths = component
        .locations
        .iter()
        .map(|location| location.path.as_str());
    let paths: Vec<String> = paths
        .filter(|path| !path.is_empty())
        .map(|path| here::path(target, path))
        .collect();
    if info.is_empty() && !paths.is_empty() {
        info.push(format!(
            "acquired package info from files: {}",
            paths.join(", ")
        ));
    }
    if let Some(info) = info.pop() {
        value["sourceInfo"] = info.into();
    }
    value
}

/// One reference for each address, with the ids of the flaws that it tells of: the address alone often names none.
fn advisories(findings: &[&Finding]) -> impl Iterator<Item = Value> {
    let mut links: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for finding in findings {
        let Some(link) = link(finding) else { continue };
        let at = *known.entry(link).or_insert_with(|| {
            links.push((link, Vec::new()));
            links.len() - 1
        });
        if let Some((_, ids)) = links.get_mut(at)
            && !ids.contains(&finding.vulnerability.as_str())
        {
            ids.push(&finding.vulnerability);
        }
    }
    links.into_iter().take(MAX_ADVISORIES).map(|(link, ids)| {
        let mut value = reference("SECURITY", "advisory", link);
        value["comment"] = ids.join(", ").into();
        value
    })
}

/// The address that names the flaw by one of its ids, else the first.
fn link(finding: &Finding) -> Option<&str> {
    let names = |link: &&str| facts::ids(finding).any(|id| facts::names(link, id));
    facts::links(finding)
        .find(names)
        .or_else(|| facts::links(finding).next())
}

fn reference(category: &str, kind: &str, locator: &str) -> Value {
    json!({"referenceCategory": category, "referenceType": kind, "referenceLocator": locator})
}

fn relationship(from: &str, kind: &str, to: &str) -> Value {
    json!({"spdxElementId": from, "relationshipType": kind, "relatedSpdxElement": to})
}
