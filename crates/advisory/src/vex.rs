//! VEX: what somebody says of a vulnerability in a product, read from OpenVEX, CSAF 2 and CycloneDX into one model.
//!
//! | meaning | OpenVEX | CSAF `product_status` | CycloneDX `analysis.state` |
//! | --- | --- | --- | --- |
//! | not affected | not_affected | known_not_affected | not_affected, false_positive |
//! | affected | affected | known_affected, first_affected, last_affected | exploitable |
//! | fixed | fixed | fixed, first_fixed | resolved, resolved_with_pedigree |
//! | unknown yet | under_investigation | under_investigation | in_triage |
//!
//! The words of the three formats do not map one to one, so the original ones are kept beside ours.

mod csaf;
mod cyclonedx;
pub mod matching;
mod openvex;
mod product_tree;
mod vers;

use jiff::Timestamp;
use patchward_purl::Purl;
use serde::Deserialize;
use serde::de::IgnoredAny;

pub use vers::Vers;

/// The largest document that is read, in bytes.
pub const MAX_SIZE: usize = 128 << 20;

/// The most statements that one document gives; more are a problem that is told.
pub const MAX_STATEMENTS: usize = 200_000;

/// A document as it was understood.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VexDocument {
    /// The document's own id: `@id`, tracking id, serial number.
    pub id: String,
    /// Who wrote it.
    pub author: String,
    /// Statements in the order of the document.
    pub statements: Vec<VexStatement>,
    /// Parts that could not be understood: the rest stands.
    pub problems: Vec<String>,
}

/// One statement: a status of vulnerabilities in products.
#[derive(Debug, Clone, PartialEq)]
pub struct VexStatement {
    /// Id of the document.
    pub document: String,
    /// Who says so.
    pub author: String,
    /// The author supplies the product: its word goes before a third party's.
    pub supplier: bool,
    /// When it was said.
    pub timestamp: Option<Timestamp>,
    /// Ids of the vulnerability, aliases too.
    pub vulnerabilities: Vec<String>,
    /// The products that it is said of.
    pub products: Vec<Product>,
    /// What is said.
    pub status: VexStatus,
    /// The format's own word for the status.
    pub original_status: String,
    /// Why it is not affected, in OpenVEX's words (also CSAF's); the nearest one for CycloneDX.
    pub justification: Option<String>,
    /// The format's own word for the justification.
    pub original_justification: Option<String>,
    /// Why, in free text.
    pub impact: String,
    /// What to do, in free text.
    pub action: String,
}

/// What a statement says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum VexStatus {
    /// The product is not affected.
    NotAffected,
    /// The product is affected.
    Affected,
    /// The product has the fix.
    Fixed,
    /// Nobody knows yet.
    UnderInvestigation,
}

impl VexStatus {
    /// Whether a finding that it matches does not count.
    pub fn suppresses(self) -> bool {
        matches!(self, VexStatus::NotAffected | VexStatus::Fixed)
    }

    /// OpenVEX's word.
    pub fn as_str(self) -> &'static str {
        match self {
            VexStatus::NotAffected => "not_affected",
            VexStatus::Affected => "affected",
            VexStatus::Fixed => "fixed",
            VexStatus::UnderInvestigation => "under_investigation",
        }
    }
}

/// A product of a statement.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Product {
    /// The document's own id of it: an address, a product id, a `bom-ref`.
    pub id: String,
    /// Its package URL.
    pub purl: Option<Purl>,
    /// Its CPE name.
    pub cpe: Option<String>,
    /// Which versions are meant.
    pub versions: Versions,
    /// The platform that it is part of (CSAF relationships), by CPE or purl: the statement holds only there.
    pub platform: Option<Box<Product>>,
    /// Parts of the product that the statement is about; empty means the product itself.
    pub subcomponents: Vec<Product>,
}

/// Which versions of a product a statement means.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Versions {
    /// The one in its purl or CPE; without one there, the document leaves it open and nothing matches.
    #[default]
    Named,
    /// The document defines the product without version: all are meant.
    All,
    /// A range.
    Range(Vers),
}

/// A document that could not be read at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VexError {
    /// Not one of the formats.
    #[error("not a VEX document that is known here: expected OpenVEX, CSAF 2 or CycloneDX JSON")]
    Unknown,
    /// Too large.
    #[error("a VEX document of more than {MAX_SIZE} bytes is not read")]
    TooLarge,
    /// Not well-formed.
    #[error("not well-formed: {0}")]
    Malformed(String),
}

impl From<serde_json::Error> for VexError {
    fn from(error: serde_json::Error) -> VexError {
        VexError::Malformed(error.to_string())
    }
}

/// The keys that tell the formats apart.
#[derive(Deserialize)]
struct Probe {
    #[serde(rename = "@context")]
    context: Option<serde_json::Value>,
    #[serde(rename = "bomFormat")]
    bom_format: Option<IgnoredAny>,
    document: Option<CsafProbe>,
}

#[derive(Deserialize)]
struct CsafProbe {
    csaf_version: Option<IgnoredAny>,
}

/// Reads a VEX document, whichever format it is in.
///
/// # Errors
/// The document is of no known format, too large or not well-formed.
pub fn read(bytes: &[u8]) -> Result<VexDocument, VexError> {
    if bytes.len() > MAX_SIZE {
        return Err(VexError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let probe: Probe = serde_json::from_slice(bytes)?;
    let openvex = |context: &serde_json::Value| context.to_string().contains("openvex.dev");
    let mut document = if probe.context.as_ref().is_some_and(openvex) {
        openvex::read(bytes)?
    } else if probe
        .document
        .is_some_and(|csaf| csaf.csaf_version.is_some())
    {
        csaf::read(bytes)?
    } else if probe.bom_format.is_some() {
        cyclonedx::read(bytes)?
    } else {
        return Err(VexError::Unknown);
    };
    let more = document.statements.len().saturating_sub(MAX_STATEMENTS);
    if more > 0 {
        document.statements.truncate(MAX_STATEMENTS);
        document.problems.push(format!(
            "{more} statements beyond the first {MAX_STATEMENTS} are not read"
        ));
    }
    Ok(document)
}

fn instant(text: Option<&str>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// A purl, or the problem told.
fn read_purl(text: &str, problems: &mut Vec<String>) -> Option<Purl> {
    match text.parse() {
        Ok(purl) => Some(purl),
        Err(error) => {
            if problems.len() < 100 {
                problems.push(format!("product `{text}`: {error}"));
            }
            None
        }
    }
}

#[cfg(test)]
mod tests;
