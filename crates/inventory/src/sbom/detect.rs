//! Tells SBOM formats apart by content, never by file name: SBOMs come by standard input too.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::text::Text;

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CycloneDX as JSON.
    CycloneDxJson,
    /// CycloneDX as XML.
    CycloneDxXml,
    /// SPDX 2 as JSON.
    SpdxJson,
    /// SPDX 2 as YAML.
    SpdxYaml,
    /// SPDX 2 as tags and values.
    SpdxTagValue,
    /// SPDX 2 as RDF/XML.
    SpdxRdf,
    /// SPDX 3 as JSON-LD.
    Spdx3,
}

/// The format of a document, or `None` when it is no SBOM. Bytes that are not UTF-8 or UTF-16 are none.
pub fn detect(bytes: &[u8]) -> Option<Format> {
    of_text(&crate::lockfile::text::decode(bytes).ok()?)
}

/// The keys that tell JSON documents apart; SPDX documents from code hosts are wrapped in `sbom`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Probe<'a> {
    #[serde(rename = "bomFormat", borrow)]
    bom_format: Option<Text<'a>>,
    #[serde(rename = "specVersion")]
    spec_version: Option<IgnoredAny>,
    components: Option<IgnoredAny>,
    #[serde(rename = "spdxVersion")]
    spdx_version: Option<IgnoredAny>,
    sbom: Option<Box<Probe<'a>>>,
    #[serde(rename = "@context", borrow)]
    context: Option<Context<'a>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Context<'a> {
    One(#[serde(borrow)] Cow<'a, str>),
    Other(IgnoredAny),
}

pub fn of_text(text: &str) -> Option<Format> {
    let start = text.trim_start();
    match start.as_bytes().first()? {
        b'{' => of_json(start),
        b'<' => of_xml(start),
        _ => of_lines(start),
    }
}

fn of_json(text: &str) -> Option<Format> {
    // Documents that break off are recognised by their first keys, so that the reader can say where they break.
    let probe = match serde_json::from_str::<Probe<'_>>(text) {
        Ok(probe) => probe,
        Err(_) => return of_broken_json(text),
    };
    let cyclonedx = probe
        .bom_format
        .is_some_and(|format| format.0 == "CycloneDX")
        || probe.spec_version.is_some() && probe.components.is_some();
    let spdx = |probe: &Probe<'_>| probe.spdx_version.is_some();
    if cyclonedx {
        return Some(Format::CycloneDxJson);
    }
    if probe.spdx_version.is_some() || probe.sbom.as_deref().is_some_and(spdx) {
        return Some(Format::SpdxJson);
    }
    match probe.context {
        Some(Context::One(context)) if context.contains("spdx.org/rdf/3") => Some(Format::Spdx3),
        _ => None,
    }
}

fn of_broken_json(text: &str) -> Option<Format> {
    let head: String = text.chars().take(4096).collect();
    if head.contains("\"bomFormat\"") {
        Some(Format::CycloneDxJson)
    } else if head.contains("\"spdxVersion\"") {
        Some(Format::SpdxJson)
    } else if head.contains("spdx.org/rdf/3") {
        Some(Format::Spdx3)
    } else {
        None
    }
}

fn of_xml(text: &str) -> Option<Format> {
    let head: String = text.chars().take(16 << 10).collect();
    if head.contains("cyclonedx.org/schema/bom") {
        Some(Format::CycloneDxXml)
    } else if head.contains("RDF") && head.contains("spdx.org/rdf/terms") {
        Some(Format::SpdxRdf)
    } else {
        None
    }
}

/// Tag-value and YAML documents name their version within the first lines.
fn of_lines(text: &str) -> Option<Format> {
    text.lines().take(200).find_map(|line| {
        if line.starts_with("SPDXVersion:") {
            Some(Format::SpdxTagValue)
        } else if line.starts_with("spdxVersion:") {
            Some(Format::SpdxYaml)
        } else {
            None
        }
    })
}
