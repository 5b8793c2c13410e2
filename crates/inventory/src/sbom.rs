//! SBOM documents: CycloneDX 1.2–1.7 as JSON or XML; SPDX 2.2–2.3 as JSON, YAML, tag-value or RDF/XML; SPDX 3 as
//! JSON-LD.
//!
//! A format's reader only reduces its document to [`document::Document`]; what a package's name, version, source package
//! and distribution are is decided once, in [`assemble`].
//!
//! Decided here, because tools differ:
//! - The name and version of a package are those of its purl; without purl, those that the document writes.
//! - A package without purl and CPE is listed when it has a version, or when it neither groups others nor is what the
//!   document describes: it can be seen, though nothing can match it.
//! - The document's own subject is listed, as [`Component::own`], when it has a purl of a package (not of an image).
//! - An operating system is no component: it becomes the inventory's distribution.

mod assemble;
mod cyclonedx_json;
mod cyclonedx_xml;
mod detect;
mod document;
mod hints;
mod os;
mod spdx3;
mod spdx_json;
mod spdx_rdf;
mod spdx_tag_value;
mod text;

use patchward_protocol::inventory::{Component, OperatingSystem, Problem};

use crate::lockfile::package;
use crate::parse::{MAX_FILE, ParseError};
pub use detect::{Format, detect};

/// Versions of CycloneDX that are read.
const CYCLONEDX: [&str; 6] = ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"];

/// Versions of SPDX 2 that are read, as documents write them.
const SPDX: [&str; 2] = ["SPDX-2.2", "SPDX-2.3"];

/// What an SBOM says of the thing that it describes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sbom {
    /// Format with its version: `CycloneDX 1.5`, `SPDX-2.3`.
    pub format: String,
    /// The name of what it describes; empty where the document has none.
    pub subject: String,
    /// The distribution, from an operating-system component or the `distro` qualifiers of the packages.
    pub os: Option<OperatingSystem>,
    /// Packages in the order of the document.
    pub components: Vec<Component>,
    /// Parts that could not be read.
    pub problems: Vec<Problem>,
}

/// Reads an SBOM of any known format. `path` is the document's own name: the location of packages for which the
/// document gives none.
///
/// # Errors
/// The text is no SBOM of a known format, is not well-formed, or is larger than [`MAX_FILE`].
pub fn read(path: &str, bytes: &[u8]) -> Result<Sbom, ParseError> {
    if u64::try_from(bytes.len()).map_or(true, |length| length > MAX_FILE) {
        return Err(ParseError::new(format!(
            "an SBOM of more than {MAX_FILE} bytes is not read"
        )));
    }
    let text = crate::lockfile::text::decode(bytes)?;
    let format = detect::of_text(&text).ok_or_else(|| {
        ParseError::new("not an SBOM that is known here: expected CycloneDX JSON or XML, or SPDX")
    })?;
    let document = match format {
        Format::CycloneDxJson => cyclonedx_json::read(&text),
        Format::CycloneDxXml => cyclonedx_xml::read(&text),
        Format::SpdxJson => spdx_json::read(&text),
        Format::SpdxYaml => spdx_json::read_yaml(&text),
        Format::SpdxTagValue => spdx_tag_value::read(&text),
        Format::SpdxRdf => spdx_rdf::read(&text),
        Format::Spdx3 => spdx3::read(&text),
    }?;
    let mut sbom = assemble::assemble(path, &text, document);
    if let Some(message) = unknown_version(&sbom.format) {
        sbom.problems.push(package::problem(path, None, message));
    }
    Ok(sbom)
}

/// What to say of a document whose version is none that is read here: it may hold what our readers do not see.
fn unknown_version(format: &str) -> Option<String> {
    let known = match format.strip_prefix("CycloneDX ") {
        Some(version) => version.is_empty() || CYCLONEDX.contains(&version),
        None => format.starts_with("SPDX-3") || SPDX.contains(&format),
    };
    let (first, last) = (CYCLONEDX.first()?, CYCLONEDX.last()?);
    (!known && !format.is_empty()).then(|| {
        format!(
            "{format} is read as far as it is like what is known: CycloneDX {first} to {last}, SPDX 2.2, 2.3 and 3"
        )
    })
}

#[cfg(test)]
mod tests;
