//! What is new since an earlier report: for pull requests.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use patchward_protocol::report::{Finding, SCHEMA, ScanReport, Suppression};

use crate::whole_file;

/// The largest report that is read, in bytes.
pub const MAX_REPORT: u64 = 1 << 30;

/// The findings of an earlier report.
#[derive(Debug, Clone, Default)]
pub struct Baseline {
    known: HashSet<(String, String)>,
    source: String,
}

/// An earlier report that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BaselineError {
    /// The file could not be read.
    #[error("read baseline {path}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// It is not a report.
    #[error("read baseline {path}: expected a report written by `patchward scan --format json`")]
    Parse {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// It is JSON, and no report that is known here.
    #[error(
        "read baseline {path}: expected a report written by `patchward scan --format json` ({SCHEMA}), found {found}"
    )]
    Schema {
        /// The file.
        path: PathBuf,
        /// What it says that it is.
        found: String,
    },
}

impl Baseline {
    /// Reads a JSON report.
    ///
    /// # Errors
    /// When the file cannot be read or is not a report.
    pub fn read(path: &Path) -> Result<Baseline, BaselineError> {
        let read = |source| BaselineError::Read {
            path: path.to_owned(),
            source,
        };
        let bytes = whole_file::read(path, MAX_REPORT).map_err(read)?;
        let report: ScanReport =
            serde_json::from_slice(&bytes).map_err(|source| BaselineError::Parse {
                path: path.to_owned(),
                source,
            })?;
        if report.schema != SCHEMA {
            let found = match report.schema.as_str() {
                "" => "no schema".to_owned(),
                schema => format!("{schema:?}"),
            };
            let path = path.to_owned();
            return Err(BaselineError::Schema { path, found });
        }
        Ok(Baseline::of(&report, path.display().to_string()))
    }

    fn of(report: &ScanReport, source: String) -> Baseline {
        let findings = report.targets.iter().flat_map(|target| &target.findings);
        Baseline {
            known: findings.flat_map(keys).collect(),
            source,
        }
    }

    /// Why a finding is not new, if it is not. The version of the component does not matter: an upgrade that keeps
    /// an old flaw brings nothing new; nor does the display id, which changes when a CVE id is assigned later.
    pub fn suppression(&self, finding: &Finding) -> Option<Suppression> {
        keys(finding)
            .any(|key| self.known.contains(&key))
            .then(|| Suppression {
                by: "baseline".to_owned(),
                reason: "it is in the baseline already".to_owned(),
                source: self.source.clone(),
                ..Suppression::default()
            })
    }
}

fn keys(finding: &Finding) -> impl Iterator<Item = (String, String)> {
    let purl = finding.component.purl.as_str();
    let package = match purl.split(['@', '?', '#']).next() {
        Some(package) if !package.is_empty() => package.to_owned(),
        _ => finding.component.name.clone(),
    };
    let ids = std::iter::once(&finding.vulnerability).chain(&finding.aliases);
    ids.map(move |id| (id.clone(), package.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::report::TargetReport;

    fn finding(id: &str, alias: &str, purl: &str) -> Finding {
        let mut finding = Finding {
            vulnerability: id.into(),
            aliases: vec![alias.into()],
            ..Finding::default()
        };
        finding.component.purl = purl.into();
        finding
    }

    #[test]
    fn a_finding_is_known_by_any_id_and_at_any_version() {
        let old = finding("GHSA-1", "x", "pkg:npm/a@1.0.0");
        let target = TargetReport {
            findings: vec![old],
            ..TargetReport::default()
        };
        let report = ScanReport {
            targets: vec![target],
            ..ScanReport::default()
        };
        let baseline = Baseline::of(&report, "old.json".into());
        assert!(
            baseline
                .suppression(&finding("CVE-2024-1", "GHSA-1", "pkg:npm/a@1.0.1"))
                .is_some()
        );
        assert!(
            baseline
                .suppression(&finding("CVE-2024-1", "GHSA-1", "pkg:npm/b@1.0.1"))
                .is_none()
        );
        assert!(
            baseline
                .suppression(&finding("CVE-2024-2", "GHSA-2", "pkg:npm/a@1.0.1"))
                .is_none()
        );
    }

    #[test]
    fn mutated_reports_never_panic() {
        let target = TargetReport {
            findings: vec![finding("CVE-1", "GHSA-1", "pkg:npm/a@1.0.0")],
            ..TargetReport::default()
        };
        let report = ScanReport {
            schema: SCHEMA.into(),
            targets: vec![target],
            ..ScanReport::default()
        };
        let seed = serde_json::to_vec(&report).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("old.json");
        patchward_test_support::mutate(&[&seed], 300, |bytes| {
            std::fs::write(&file, bytes).unwrap();
            if let Ok(baseline) = Baseline::read(&file) {
                assert!(baseline.known.len() <= 4);
            }
        });
    }
}
