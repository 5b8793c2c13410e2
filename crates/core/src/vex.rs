//! VEX documents, applied to findings: a statement that a product is not affected, or has the fix, suppresses the
//! finding, and stays visible with its author and justification.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use patchward_advisory::vex::matching::{self, Match, Subject};
use patchward_advisory::vex::{self, VexDocument, VexError, VexStatement};
use patchward_protocol::inventory::OperatingSystem;
use patchward_protocol::report::{Finding, Suppression};
use patchward_purl::Purl;

use crate::ignore::has_id;
use crate::whole_file;

/// VEX documents that were read.
#[derive(Debug, Clone, Default)]
pub struct Vex {
    documents: Vec<VexDocument>,
}

/// A VEX document that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VexFailure {
    /// The file cannot be read.
    #[error("read the VEX document {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a VEX document.
    #[error("read the VEX document {path}")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        source: VexError,
    },
}

impl Vex {
    /// Reads documents in OpenVEX, CSAF or CycloneDX. Parts that cannot be understood are told in the second value.
    ///
    /// # Errors
    /// When a file cannot be read or is no VEX document.
    pub fn read(paths: &[PathBuf]) -> Result<(Vex, Vec<String>), VexFailure> {
        let mut vex = Vex::default();
        let mut problems = Vec::new();
        for path in paths {
            let document = read_one(path)?;
            problems.extend(
                document
                    .problems
                    .iter()
                    .map(|problem| format!("{}: {problem}", path.display())),
            );
            if document.statements.is_empty() {
                problems.push(format!(
                    "{}: it has no VEX statement, so it suppresses nothing",
                    path.display()
                ));
            }
            vex.documents.push(document);
        }
        Ok((vex, problems))
    }

    /// Why a finding does not count, if a statement says so.
    pub fn suppression(
        &self,
        finding: &Finding,
        os: Option<&OperatingSystem>,
    ) -> Option<Suppression> {
        if self.documents.is_empty() {
            return None;
        }
        let purl = Purl::from_str(&finding.component.purl).ok();
        let cpes: Vec<String> = os.and_then(|os| os.cpe.clone()).into_iter().collect();
        let subject = Subject {
            purl: purl.as_ref(),
            version: &finding.component.version,
            cpes: &finding.component.cpes,
            asset: &[],
            asset_cpes: &cpes,
        };
        let statements = self
            .documents
            .iter()
            .flat_map(|document| &document.statements);
        let matching = statements.filter(|statement| {
            statement
                .vulnerabilities
                .iter()
                .any(|id| has_id(finding, id))
                && matching::matches(statement, &subject) == Match::Yes
        });
        let statement = matching::effective(matching)?;
        statement
            .status
            .suppresses()
            .then(|| suppression_by(statement))
    }
}

fn suppression_by(statement: &VexStatement) -> Suppression {
    let text = match (statement.impact.as_str(), &statement.justification) {
        ("", Some(justification)) => justification.clone(),
        ("", None) => statement.status.as_str().to_owned(),
        (impact, _) => impact.to_owned(),
    };
    Suppression {
        by: "VEX".to_owned(),
        reason: format!("{} says: {text}", statement.author),
        until: None,
        justification: statement
            .justification
            .clone()
            .or_else(|| Some(statement.status.as_str().to_owned())),
        source: statement.document.clone(),
        ..Suppression::default()
    }
}

fn read_one(path: &Path) -> Result<VexDocument, VexFailure> {
    let read = |source| VexFailure::Read {
        path: path.to_owned(),
        source,
    };
    let bytes = whole_file::read(path, vex::MAX_SIZE as u64).map_err(read)?;
    vex::read(&bytes).map_err(|source| VexFailure::Parse {
        path: path.to_owned(),
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPENVEX: &str = r#"{
        "@context": "https://openvex.dev/ns/v0.2.0", "@id": "urn:x:1", "author": "Team", "version": 1,
        "timestamp": "2026-01-01T00:00:00Z",
        "statements": [{
            "vulnerability": {"name": "CVE-2024-1"}, "products": [{"@id": "pkg:npm/a@1.0.0"}],
            "status": "not_affected", "justification": "vulnerable_code_not_in_execute_path"
        }]
    }"#;

    fn finding(id: &str, purl: &str) -> Finding {
        let mut finding = Finding {
            vulnerability: id.into(),
            ..Finding::default()
        };
        finding.component.purl = purl.into();
        finding.component.version = purl.rsplit('@').next().unwrap_or_default().into();
        finding
    }

    #[test]
    fn a_statement_suppresses_its_product_at_its_version_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.openvex.json");
        std::fs::write(&path, OPENVEX).unwrap();
        let (vex, problems) = Vex::read(&[path]).unwrap();
        assert!(problems.is_empty(), "{problems:?}");
        let found = vex
            .suppression(&finding("CVE-2024-1", "pkg:npm/a@1.0.0"), None)
            .unwrap();
        assert_eq!(
            found.justification.as_deref(),
            Some("vulnerable_code_not_in_execute_path")
        );
        assert!(
            vex.suppression(&finding("CVE-2024-1", "pkg:npm/a@1.0.1"), None)
                .is_none()
        );
        assert!(
            vex.suppression(&finding("CVE-2024-2", "pkg:npm/a@1.0.0"), None)
                .is_none()
        );
    }

    #[test]
    fn a_file_that_is_no_vex_document_is_an_error_that_names_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.json");
        std::fs::write(&path, "{}").unwrap();
        let error = Vex::read(&[path]).unwrap_err().to_string();
        assert!(error.contains("a.json"), "{error}");
    }
}
