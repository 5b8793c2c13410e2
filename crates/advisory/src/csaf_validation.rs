//! Whether a CSAF document is valid: the JSON schema and the mandatory tests of section 6.1 of CSAF 2.0, and of the
//! draft of CSAF 2.1 (Committee Specification Draft 03).
//!
//! The recommended (optional) and informative tests of sections 6.2 and 6.3 are advice on style; a document that fails
//! them is valid, and they are not run.
//!
//! What cannot be judged from the document alone is left out: tests 6.1.60.2 and 6.1.60.3 of CSAF 2.1 ask for the
//! schema and the metadata of an extension, which lie on another server.

mod branches;
mod cvss;
mod cwe;
mod dates;
mod document;
mod extensions;
mod file_name;
mod identification;
mod language;
mod license;
mod product_ids;
mod profiles;
mod schema;
mod sharing;
mod ssvc;
mod statements;
mod tracking;

use serde_json::Value;

pub use cvss::CvssScores;
pub use file_name::{file_name, is_file_name};

use document::Document;

/// The largest document that is read, in bytes.
pub const MAX_SIZE: usize = super::vex::MAX_SIZE;

/// The most violations that are told of one document.
const MAX_VIOLATIONS: usize = 1_000;

/// The version of the standard that a document follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CsafVersion {
    /// CSAF 2.0 (OASIS Standard, 2022-11-18).
    V2_0,
    /// CSAF 2.1 (draft).
    V2_1,
}

/// One rule that a document breaks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The test's number, such as `6.1.5`, or `schema`.
    pub test: &'static str,
    /// Where, as a JSON pointer (RFC 6901); empty is the whole document.
    pub pointer: String,
    /// What is wrong.
    pub message: String,
}

/// A document that cannot be judged at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CsafError {
    /// Too large.
    #[error("a document of more than {MAX_SIZE} bytes is not read")]
    TooLarge,
    /// Not JSON.
    #[error("not well-formed: {0}")]
    Malformed(String),
    /// Not of a version that is known.
    #[error("not a CSAF document of version 2.0 or 2.1: /document/csaf_version is {0}")]
    Version(String),
}

/// Scores of a CVSS vector; `None` for a vector that is not valid. The caller brings them, because scoring is another
/// crate's.
pub type Scorer<'a> = &'a dyn Fn(&str) -> Option<CvssScores>;

/// What was broken while the tests run.
#[derive(Default)]
struct Violations(Vec<Violation>);

impl Violations {
    fn add(&mut self, test: &'static str, pointer: impl Into<String>, message: impl Into<String>) {
        if self.0.len() < MAX_VIOLATIONS {
            self.0.push(Violation {
                test,
                pointer: pointer.into(),
                message: message.into(),
            });
        }
    }
}

/// Tells what in a document (JSON text) breaks the schema or a mandatory test, in the order of the tests.
///
/// # Errors
/// When it is too large, no JSON, or of another version.
pub fn validate(bytes: &[u8], score: Scorer<'_>) -> Result<Vec<Violation>, CsafError> {
    if bytes.len() > MAX_SIZE {
        return Err(CsafError::TooLarge);
    }
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let root: Value =
        serde_json::from_slice(bytes).map_err(|e| CsafError::Malformed(e.to_string()))?;
    validate_value(&root, score)
}

/// As [`validate`], for a document that was read already.
///
/// # Errors
/// When it is of another version.
pub fn validate_value(root: &Value, score: Scorer<'_>) -> Result<Vec<Violation>, CsafError> {
    let said = root.pointer("/document/csaf_version");
    let version = match said.and_then(Value::as_str) {
        Some("2.0") => CsafVersion::V2_0,
        Some("2.1") => CsafVersion::V2_1,
        _ => {
            let said = said.map_or("missing".to_owned(), Value::to_string);
            return Err(CsafError::Version(said.chars().take(60).collect()));
        }
    };
    let mut found = Violations::default();
    schema::check(root, version, &mut found);
    let document = Document::new(root, version);
    product_ids::check(&document, &mut found);
    cvss::check(&document, score, &mut found);
    cwe::check(&document, &mut found);
    language::check(&document, &mut found);
    identification::check(&document, &mut found);
    tracking::check(&document, &mut found);
    statements::check(&document, &mut found);
    profiles::check(&document, &mut found);
    branches::check(&document, &mut found);
    if version == CsafVersion::V2_1 {
        sharing::check(&document, &mut found);
        dates::check(&document, &mut found);
        ssvc::check(&document, &mut found);
        license::check(&document, &mut found);
        extensions::check(&document, &mut found);
    }
    Ok(found.0)
}

#[cfg(test)]
mod tests;
