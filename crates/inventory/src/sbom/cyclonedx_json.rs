//! CycloneDX as JSON, versions 1.2 to 1.7: they differ only in parts that are not read here.

use std::borrow::Cow;

use patchward_protocol::inventory::Location;
use serde::Deserialize;

use super::document::{Document, Package, Role};
use super::text::{List, Text};
use crate::lockfile::json;
use crate::parse::ParseError;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    #[serde(borrow, default)]
    spec_version: Text<'a>,
    /// A document whose serial number is no text was not written by CycloneDX.
    #[serde(borrow, default)]
    #[expect(dead_code, reason = "only its type is checked")]
    serial_number: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    metadata: Option<Metadata<'a>>,
    #[serde(borrow, default)]
    components: List<RawComponent<'a>>,
    #[serde(borrow, default)]
    dependencies: List<Dependency<'a>>,
}

#[derive(Deserialize)]
struct Metadata<'a> {
    #[serde(borrow, default)]
    component: Option<RawComponent<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
pub struct RawComponent<'a> {
    #[serde(rename = "bom-ref", borrow)]
    reference: Text<'a>,
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow)]
    group: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    version: Text<'a>,
    #[serde(borrow)]
    purl: Text<'a>,
    #[serde(borrow)]
    cpe: Text<'a>,
    #[serde(borrow)]
    scope: Text<'a>,
    #[serde(borrow)]
    licenses: List<LicenseChoice<'a>>,
    #[serde(borrow)]
    hashes: List<Hash<'a>>,
    #[serde(borrow)]
    properties: List<Property<'a>>,
    #[serde(borrow)]
    evidence: Option<Evidence<'a>>,
    #[serde(borrow)]
    components: List<RawComponent<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct LicenseChoice<'a> {
    #[serde(borrow)]
    expression: Text<'a>,
    #[serde(borrow)]
    license: License<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct License<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    #[serde(borrow)]
    name: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Hash<'a> {
    #[serde(borrow)]
    alg: Text<'a>,
    #[serde(borrow)]
    content: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Property<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow)]
    value: Text<'a>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Evidence<'a> {
    #[serde(borrow)]
    occurrences: List<Occurrence<'a>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Occurrence<'a> {
    #[serde(borrow)]
    location: Text<'a>,
    line: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dependency<'a> {
    #[serde(borrow, default, rename = "ref")]
    reference: Text<'a>,
    #[serde(borrow, default)]
    depends_on: List<Text<'a>>,
}

pub fn read(text: &str) -> Result<Document<'_>, ParseError> {
    let bom: Bom<'_> = json::read(text)?;
    let mut document = Document {
        format: format!("CycloneDX {}", bom.spec_version.0),
        ..Document::default()
    };
    if let Some(subject) = bom.metadata.and_then(|metadata| metadata.component) {
        document.subjects.push(subject.reference.0.clone());
        document.name = subject.name.0.clone();
        add(&mut document, subject, true);
    }
    for component in bom.components.0 {
        add(&mut document, component, false);
    }
    for Dependency {
        reference,
        depends_on,
    } in bom.dependencies.0
    {
        for needed in depends_on.0 {
            document.needs.push((reference.0.clone(), needed.0));
        }
    }
    Ok(document)
}

/// Adds a component and those inside it; the JSON reader's own limit bounds the depth.
fn add<'a>(document: &mut Document<'a>, raw: RawComponent<'a>, subject: bool) {
    let inside = raw.components.0;
    let role = if subject {
        Role::Subject
    } else {
        role_of(&raw.kind.0)
    };
    let license = raw.licenses.0.into_iter().next().unwrap_or_default();
    let licenses = [
        license.expression.0,
        license.license.id.0,
        license.license.name.0,
    ];
    let pairs =
        |pairs: Vec<(Text<'a>, Text<'a>)>| pairs.into_iter().map(|(a, b)| (a.0, b.0)).collect();
    document.packages.push(Package {
        reference: raw.reference.0,
        role,
        group: raw.group.0,
        name: raw.name.0,
        version: raw.version.0,
        purl: raw.purl.0,
        cpes: [raw.cpe.0]
            .into_iter()
            .filter(|cpe| !cpe.is_empty())
            .collect(),
        development: development(&raw.scope.0),
        locations: raw
            .evidence
            .unwrap_or_default()
            .occurrences
            .0
            .into_iter()
            .map(location)
            .collect(),
        properties: pairs(
            raw.properties
                .0
                .into_iter()
                .map(|p| (p.name, p.value))
                .collect(),
        ),
        hashes: pairs(
            raw.hashes
                .0
                .into_iter()
                .map(|h| (h.alg, h.content))
                .collect(),
        ),
        license: licenses
            .into_iter()
            .find(|text| !text.is_empty())
            .unwrap_or_default(),
    });
    for component in inside {
        add(document, component, false);
    }
}

fn location(occurrence: Occurrence<'_>) -> Location {
    Location {
        path: occurrence.location.0.into_owned(),
        line: occurrence.line,
    }
}

/// What a component's type makes of it.
pub fn role_of(kind: &str) -> Role {
    match kind {
        "operating-system" => Role::OperatingSystem,
        "file"
        | "data"
        | "machine-learning-model"
        | "cryptographic-asset"
        | "device"
        | "container" => Role::Other,
        _ => Role::Package,
    }
}

/// `excluded` is for tests and other use that is not at run time; `optional` may or may not be there.
pub fn development(scope: &str) -> Option<bool> {
    match scope {
        "required" => Some(false),
        "excluded" => Some(true),
        _ => None,
    }
}
