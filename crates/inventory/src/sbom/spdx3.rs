//! SPDX 3 as JSON-LD with the standard's own context: a flat graph of elements and relationships.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;

use super::document::{Document, Package};
use super::spdx_json::role_of;
use super::text::{List, Text};
use crate::lockfile::json;
use crate::parse::ParseError;

#[derive(Deserialize)]
struct Graph<'a> {
    #[serde(rename = "@graph", borrow, default)]
    graph: List<Element<'a>>,
}

/// Any element; which fields are there depends on its type.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Element<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(rename = "spdxId", borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(rename = "specVersion", borrow)]
    spec_version: Text<'a>,
    #[serde(rename = "software_packageVersion", borrow)]
    version: Text<'a>,
    #[serde(rename = "software_packageUrl", borrow)]
    purl: Text<'a>,
    #[serde(rename = "software_primaryPurpose", borrow)]
    purpose: Text<'a>,
    #[serde(rename = "externalIdentifier", borrow)]
    identifiers: List<Identifier<'a>>,
    #[serde(rename = "verifiedUsing", borrow)]
    hashes: List<Hash<'a>>,
    #[serde(rename = "rootElement", borrow)]
    roots: List<Text<'a>>,
    #[serde(rename = "relationshipType", borrow)]
    relationship: Text<'a>,
    #[serde(borrow)]
    from: Text<'a>,
    #[serde(borrow)]
    to: List<Text<'a>>,
    #[serde(borrow)]
    scope: Text<'a>,
    #[serde(rename = "simplelicensing_licenseExpression", borrow)]
    license: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Identifier<'a> {
    #[serde(rename = "externalIdentifierType", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    identifier: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Hash<'a> {
    #[serde(borrow)]
    algorithm: Text<'a>,
    #[serde(rename = "hashValue", borrow)]
    value: Text<'a>,
}

pub fn read(text: &str) -> Result<Document<'_>, ParseError> {
    let graph: Graph<'_> = json::read(text)?;
    let mut document = Document {
        all_packages: true,
        format: "SPDX-3".to_owned(),
        ..Document::default()
    };
    let mut licenses = HashMap::new();
    let mut licensed = Vec::new();
    for element in graph.graph.0 {
        match element.kind.0.as_ref() {
            "CreationInfo" if !element.spec_version.0.is_empty() => {
                document.format = format!("SPDX-{}", element.spec_version.0);
            }
            "software_Package" => document.packages.push(package(element)),
            "software_Sbom" | "SpdxDocument" | "Bom" => {
                document
                    .subjects
                    .extend(element.roots.0.into_iter().map(|id| id.0));
                if document.name.is_empty() {
                    document.name = element.name.0;
                }
            }
            "simplelicensing_LicenseExpression" => {
                licenses.insert(element.id.0, element.license.0);
            }
            "Relationship" | "LifecycleScopedRelationship" => {
                relate(&mut document, &mut licensed, element)
            }
            _ => {}
        }
    }
    tell_licenses(&mut document, &licenses, licensed);
    // A bill of materials is itself an element that documents name as their root.
    let known: std::collections::HashSet<_> =
        document.packages.iter().map(|p| &p.reference).collect();
    document.subjects.retain(|subject| known.contains(subject));
    Ok(document)
}

fn package(element: Element<'_>) -> Package<'_> {
    let mut package = Package {
        role: role_of(&element.id.0, &element.purpose.0),
        reference: element.id.0,
        name: element.name.0,
        version: element.version.0,
        purl: element.purl.0,
        hashes: element
            .hashes
            .0
            .into_iter()
            .map(|hash| (hash.algorithm.0, hash.value.0))
            .collect(),
        ..Package::default()
    };
    for identifier in element.identifiers.0 {
        package.refer(&identifier.kind.0, identifier.identifier.0);
    }
    package
}

type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

fn relate<'a>(document: &mut Document<'a>, licensed: &mut Pairs<'a>, element: Element<'a>) {
    let from = element.from.0;
    for Text(to) in element.to.0 {
        match element.relationship.0.as_ref() {
            "dependsOn" | "hasOptionalDependency" | "hasProvidedDependency" => {
                if matches!(element.scope.0.as_ref(), "development" | "test" | "build") {
                    document.development.push(to.clone());
                }
                document.needs.push((from.clone(), to));
            }
            "contains" => document.groups.push(from.clone()),
            "ancestorOf" => document.groups.push(to),
            "descendantOf" => document.groups.push(from.clone()),
            "describes" => document.subjects.push(to),
            "hasConcludedLicense" | "hasDeclaredLicense" => licensed.push((from.clone(), to)),
            _ => {}
        }
    }
}

fn tell_licenses<'a>(
    document: &mut Document<'a>,
    licenses: &HashMap<Cow<'a, str>, Cow<'a, str>>,
    licensed: Pairs<'a>,
) {
    let of: HashMap<_, _> = licensed.into_iter().collect();
    for package in &mut document.packages {
        let found = of
            .get(&package.reference)
            .and_then(|license| licenses.get(license));
        if let Some(license) = found {
            package.license = license.clone();
        }
    }
}
