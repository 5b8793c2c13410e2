//! CycloneDX 1.4 and later: `vulnerabilities[].analysis`, in an SBOM or in a document of its own.

use std::collections::HashMap;

use patchward_purl::Purl;
use serde::Deserialize;

use super::{
    Product, Vers, Versions, VexDocument, VexError, VexStatement, VexStatus, instant, read_purl,
};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bom {
    #[serde(default)]
    serial_number: String,
    #[serde(default)]
    metadata: Metadata,
    #[serde(default)]
    components: Vec<Component>,
    #[serde(default)]
    vulnerabilities: Vec<Vulnerability>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    timestamp: Option<String>,
    component: Option<Component>,
    supplier: Option<Organisation>,
    manufacture: Option<Organisation>,
    manufacturer: Option<Organisation>,
    authors: Vec<Organisation>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Organisation {
    name: String,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Component {
    #[serde(rename = "bom-ref")]
    reference: String,
    purl: Option<String>,
    cpe: Option<String>,
    components: Vec<Component>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Vulnerability {
    id: String,
    references: Vec<Reference>,
    analysis: Option<Analysis>,
    affects: Vec<Affects>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Reference {
    id: String,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Analysis {
    state: String,
    justification: Option<String>,
    response: Vec<String>,
    detail: String,
    first_issued: Option<String>,
    last_updated: Option<String>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Affects {
    r#ref: String,
    versions: Vec<Version>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Version {
    version: Option<String>,
    range: Option<String>,
    status: Option<String>,
}

pub fn read(bytes: &[u8]) -> Result<VexDocument, VexError> {
    let bom: Bom = serde_json::from_slice(bytes)?;
    let metadata = bom.metadata;
    let supplier = [
        metadata.supplier,
        metadata.manufacturer,
        metadata.manufacture,
    ]
    .into_iter()
    .flatten()
    .find(|organisation| !organisation.name.is_empty());
    let writer = metadata.authors.into_iter().next();
    let mut document = VexDocument {
        id: bom.serial_number,
        author: supplier
            .as_ref()
            .or(writer.as_ref())
            .map_or_else(String::new, |who| who.name.clone()),
        ..VexDocument::default()
    };
    let mut known = HashMap::new();
    index(
        metadata.component.into_iter().collect(),
        &mut known,
        &mut document.problems,
    );
    index(bom.components, &mut known, &mut document.problems);
    for vulnerability in bom.vulnerabilities {
        let Some(analysis) = vulnerability
            .analysis
            .filter(|analysis| !analysis.state.is_empty())
        else {
            continue;
        };
        let Some(status) = status(&analysis.state) else {
            let message = format!("{}: unknown state `{}`", vulnerability.id, analysis.state);
            document.problems.push(message);
            continue;
        };
        let aliases = vulnerability
            .references
            .into_iter()
            .map(|reference| reference.id);
        let ids: Vec<String> = std::iter::once(vulnerability.id)
            .chain(aliases)
            .filter(|id| !id.is_empty())
            .collect();
        let time = instant(analysis.last_updated.as_deref())
            .or_else(|| instant(analysis.first_issued.as_deref()))
            .or_else(|| instant(metadata.timestamp.as_deref()));
        let products: Vec<Product> = vulnerability
            .affects
            .iter()
            .flat_map(|affects| products(affects, &known, &mut document.problems))
            .collect();
        document.statements.push(VexStatement {
            document: document.id.clone(),
            author: document.author.clone(),
            supplier: supplier.is_some(),
            timestamp: time,
            vulnerabilities: ids,
            products,
            status,
            original_status: analysis.state,
            justification: analysis
                .justification
                .as_deref()
                .map(justification)
                .map(str::to_owned),
            original_justification: analysis.justification,
            impact: analysis.detail,
            action: analysis.response.join(", "),
        });
    }
    Ok(document)
}

fn status(state: &str) -> Option<VexStatus> {
    Some(match state {
        "not_affected" | "false_positive" => VexStatus::NotAffected,
        "exploitable" => VexStatus::Affected,
        "resolved" | "resolved_with_pedigree" => VexStatus::Fixed,
        "in_triage" => VexStatus::UnderInvestigation,
        _ => return None,
    })
}

/// The nearest word of OpenVEX.
fn justification(word: &str) -> &'static str {
    match word {
        "code_not_present" => "vulnerable_code_not_present",
        "code_not_reachable" => "vulnerable_code_not_in_execute_path",
        "requires_dependency" => "component_not_present",
        "requires_configuration" | "requires_environment" => {
            "vulnerable_code_cannot_be_controlled_by_adversary"
        }
        _ => "inline_mitigations_already_exist",
    }
}

type Known = HashMap<String, (Option<Purl>, Option<String>)>;

/// The JSON reader's own limit bounds the depth.
fn index(components: Vec<Component>, known: &mut Known, problems: &mut Vec<String>) {
    for component in components {
        index(component.components, known, problems);
        if !component.reference.is_empty() {
            let purl = component.purl.and_then(|text| read_purl(&text, problems));
            known.insert(component.reference, (purl, component.cpe));
        }
    }
}

/// A reference names a component of this document, or of another as `urn:cdx:serial/version#bom-ref`. Most writers use
/// the purl as `bom-ref`, which then resolves without the other document.
fn products(affects: &Affects, known: &Known, problems: &mut Vec<String>) -> Vec<Product> {
    let local = match affects.r#ref.strip_prefix("urn:cdx:") {
        Some(link) => link.split_once('#').map_or("", |(_, reference)| reference),
        None => &affects.r#ref,
    };
    let (purl, cpe) = match known.get(local) {
        Some(found) => found.clone(),
        None => (by_reference(local), None),
    };
    let product = Product {
        id: affects.r#ref.clone(),
        purl,
        cpe,
        ..Product::default()
    };
    // Versions of another status are told for completeness; the analysis is not about them.
    let meant = affects
        .versions
        .iter()
        .filter(|version| matches!(version.status.as_deref(), None | Some("affected")));
    let each: Vec<Product> = meant
        .filter_map(|version| at(&product, version, problems))
        .collect();
    if affects.versions.is_empty() {
        vec![product]
    } else {
        each
    }
}

fn by_reference(local: &str) -> Option<Purl> {
    // In a BOM-Link the reference is percent-encoded once more.
    let decoded = local
        .replace("%3A", ":")
        .replace("%2F", "/")
        .replace("%40", "@")
        .replace("%3F", "?");
    local.parse().or_else(|_| decoded.parse()).ok()
}

fn at(product: &Product, version: &Version, problems: &mut Vec<String>) -> Option<Product> {
    let mut product = product.clone();
    if let Some(range) = &version.range {
        let Some(range) = Vers::parse(range) else {
            if problems.len() < 100 {
                problems.push(format!("range `{range}` cannot be compared"));
            }
            return None;
        };
        product.purl = product.purl.map(Purl::without_version);
        product.versions = Versions::Range(range);
    } else if let Some(version) = &version.version {
        product.purl = product.purl.map(|purl| purl.with_version(version));
    }
    Some(product)
}
