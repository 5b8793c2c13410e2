//! SPDX 2.2 and 2.3 as JSON, and the same model as YAML.

use std::borrow::Cow;
use std::collections::HashMap;

use patchward_protocol::inventory::Location;
use serde::Deserialize;

use super::document::{Document, Package, Role};
use super::text::{List, Text};
use crate::lockfile::{json, yaml};
use crate::parse::ParseError;

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Spdx<'a> {
    #[serde(borrow)]
    spdx_version: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    document_describes: List<Text<'a>>,
    #[serde(borrow)]
    packages: List<RawPackage<'a>>,
    #[serde(borrow)]
    files: List<File<'a>>,
    #[serde(borrow)]
    relationships: List<Relationship<'a>>,
    /// Code hosts wrap the document.
    #[serde(borrow)]
    sbom: Option<Box<Spdx<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct RawPackage<'a> {
    #[serde(rename = "SPDXID", borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version_info: Text<'a>,
    #[serde(borrow)]
    source_info: Text<'a>,
    #[serde(borrow)]
    license_concluded: Text<'a>,
    #[serde(borrow)]
    license_declared: Text<'a>,
    #[serde(borrow)]
    primary_package_purpose: Text<'a>,
    #[serde(borrow)]
    external_refs: List<ExternalRef<'a>>,
    #[serde(borrow)]
    attribution_texts: List<Text<'a>>,
    #[serde(borrow)]
    annotations: List<Annotation<'a>>,
    #[serde(borrow)]
    checksums: List<Checksum<'a>>,
    #[serde(borrow)]
    has_files: List<Text<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct ExternalRef<'a> {
    #[serde(borrow)]
    reference_type: Text<'a>,
    #[serde(borrow)]
    reference_locator: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Annotation<'a> {
    #[serde(borrow)]
    comment: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Checksum<'a> {
    #[serde(borrow)]
    algorithm: Text<'a>,
    #[serde(borrow)]
    checksum_value: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct File<'a> {
    #[serde(rename = "SPDXID", borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    file_name: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Relationship<'a> {
    #[serde(borrow)]
    spdx_element_id: Text<'a>,
    #[serde(borrow)]
    related_spdx_element: Text<'a>,
    #[serde(borrow)]
    relationship_type: Text<'a>,
}

pub fn read(text: &str) -> Result<Document<'_>, ParseError> {
    let spdx: Spdx<'_> = json::read(text)?;
    reduce(spdx)
}

/// The JSON model written as YAML.
pub fn read_yaml(text: &str) -> Result<Document<'_>, ParseError> {
    let spdx: Spdx<'_> = serde_saphyr::from_str(text).map_err(|error| yaml::failure(&error))?;
    reduce(spdx)
}

fn reduce(spdx: Spdx<'_>) -> Result<Document<'_>, ParseError> {
    if let Some(inner) = spdx.sbom {
        return reduce(*inner);
    }
    if spdx.spdx_version.0.is_empty() {
        return Err(ParseError::new("expected an `spdxVersion`"));
    }
    let mut document = Document {
        all_packages: true,
        format: spdx.spdx_version.0.into_owned(),
        name: spdx.name.0,
        subjects: spdx
            .document_describes
            .0
            .into_iter()
            .map(|id| id.0)
            .collect(),
        ..Document::default()
    };
    let files = spdx
        .files
        .0
        .into_iter()
        .map(|file| (file.id.0, file.file_name.0))
        .collect();
    for raw in spdx.packages.0 {
        document.packages.push(package(raw, &files));
    }
    for relationship in spdx.relationships.0 {
        document.relate(
            relationship.spdx_element_id.0,
            &relationship.relationship_type.0,
            relationship.related_spdx_element.0,
        );
    }
    Ok(document)
}

fn package<'a>(raw: RawPackage<'a>, files: &HashMap<Cow<'a, str>, Cow<'a, str>>) -> Package<'a> {
    let mut package = Package {
        role: role_of(&raw.id.0, &raw.primary_package_purpose.0),
        reference: raw.id.0,
        name: raw.name.0,
        version: raw.version_info.0,
        license: license(raw.license_concluded.0, raw.license_declared.0),
        hashes: raw
            .checksums
            .0
            .into_iter()
            .map(|sum| (sum.algorithm.0, sum.checksum_value.0))
            .collect(),
        ..Package::default()
    };
    for external in raw.external_refs.0 {
        package.refer(&external.reference_type.0, external.reference_locator.0);
    }
    if !raw.source_info.0.is_empty() {
        package
            .properties
            .push((SOURCE_INFO.into(), raw.source_info.0));
    }
    let comments = raw
        .annotations
        .0
        .into_iter()
        .map(|annotation| annotation.comment);
    for Text(text) in raw.attribution_texts.0.into_iter().chain(comments) {
        package.properties.extend(tool_note(text));
    }
    let found = raw.has_files.0.iter().filter_map(|id| files.get(&id.0));
    package.locations = found.take(16).map(|name| location(name)).collect();
    package
}

fn location(name: &str) -> Location {
    Location {
        path: name.strip_prefix("./").unwrap_or(name).to_owned(),
        line: None,
    }
}

/// The property that holds `sourceInfo`.
pub const SOURCE_INFO: &str = "spdx:sourceInfo";

/// `Key: value`, as one tool writes what has no place in SPDX.
pub fn tool_note(text: Cow<'_, str>) -> Option<(Cow<'_, str>, Cow<'_, str>)> {
    let (key, value) = text.split_once(": ")?;
    let name = !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric());
    name.then(|| {
        (
            format!("aquasecurity:trivy:{key}").into(),
            value.trim().to_owned().into(),
        )
    })
}

pub fn role_of(id: &str, purpose: &str) -> Role {
    match purpose {
        "OPERATING-SYSTEM" | "OPERATING_SYSTEM" | "operatingSystem" => Role::OperatingSystem,
        _ if id.starts_with("SPDXRef-OperatingSystem") => Role::OperatingSystem,
        "FILE" | "file" | "DEVICE" | "device" | "data" | "model" => Role::Other,
        _ => Role::Package,
    }
}

fn license<'a>(concluded: Cow<'a, str>, declared: Cow<'a, str>) -> Cow<'a, str> {
    let said = |text: &Cow<'a, str>| !matches!(text.as_ref(), "" | "NOASSERTION" | "NONE");
    [concluded, declared]
        .into_iter()
        .find(said)
        .unwrap_or_default()
}

impl<'a> Package<'a> {
    /// Takes an external reference in.
    pub fn refer(&mut self, kind: &str, locator: Cow<'a, str>) {
        match kind.rsplit('/').next().unwrap_or(kind) {
            "purl" | "packageUrl" if self.purl.is_empty() => self.purl = locator,
            "cpe22Type" | "cpe23Type" | "cpe22" | "cpe23" => self.cpes.push(locator),
            _ => {}
        }
    }
}

impl<'a> Document<'a> {
    /// Takes a relationship in.
    pub fn relate(&mut self, from: Cow<'a, str>, kind: &str, to: Cow<'a, str>) {
        match kind {
            "DESCRIBES" => self.subjects.push(to),
            "DESCRIBED_BY" => self.subjects.push(from),
            "CONTAINS" => self.groups.push(from),
            "CONTAINED_BY" => self.groups.push(to),
            // The copy's identity is the original's.
            "DESCENDANT_OF" => self.groups.push(from),
            "ANCESTOR_OF" => self.groups.push(to),
            "DEPENDS_ON" => self.needs.push((from, to)),
            "DEPENDENCY_OF"
            | "RUNTIME_DEPENDENCY_OF"
            | "OPTIONAL_DEPENDENCY_OF"
            | "PROVIDED_DEPENDENCY_OF" => self.needs.push((to, from)),
            "DEV_DEPENDENCY_OF" | "TEST_DEPENDENCY_OF" | "BUILD_DEPENDENCY_OF" => {
                self.development.push(from.clone());
                self.needs.push((to, from));
            }
            _ => {}
        }
    }
}
