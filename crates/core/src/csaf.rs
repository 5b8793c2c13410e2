//! CSAF documents, judged: the rules are `advisory`'s, the scores that they ask for are `risk`'s.

use patchward_advisory::csaf_validation::{self, CsafError, CvssScores};
use patchward_risk::cvss::Vector;

pub use patchward_advisory::csaf_validation::{
    CsafVersion, MAX_SIZE, Violation, file_name, is_file_name,
};

/// Tells what in a CSAF document breaks the schema or a mandatory test.
///
/// # Errors
/// When it is too large, no JSON, or of a version other than 2.0 and 2.1.
pub fn validate(bytes: &[u8]) -> Result<Vec<Violation>, CsafError> {
    csaf_validation::validate(bytes, &scores)
}

fn scores(vector: &str) -> Option<CvssScores> {
    let vector = Vector::parse(vector).ok()?;
    Some(CvssScores {
        base: vector.base().value(),
        temporal: vector.temporal().value(),
        environmental: vector.environmental_score().value(),
    })
}
