//! When findings were first seen on an asset: written down by scans that are asked to, read by every scan.
//!
//! Due dates may count from our first detection. A store that is not there is not made by reading.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use jiff::Timestamp;
use patchward_protocol::inventory::{Asset, AssetKind};
use patchward_protocol::report::{Finding, ScanReport, TargetReport};
use patchward_store::{ScanOutcome, Store, StoreError, Times};

/// When findings were first seen, by asset and the finding's id.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    known: BTreeMap<String, HashMap<String, Timestamp>>,
    /// A scan that is written down sees for the first time what nobody saw before.
    recording: Option<Timestamp>,
}

/// What a recording scan wrote down, over all its targets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Recorded {
    /// Findings seen for the first time.
    pub new: usize,
    /// Closed before, and seen again.
    pub reopened: usize,
    /// Seen before and now.
    pub still: usize,
    /// Open, and not seen by this scan. They stay open: closing needs evidence.
    pub unseen: usize,
}

impl Seen {
    /// Reads the store in the file `store` for these assets; nothing when there is none.
    ///
    /// # Errors
    /// When there is a store and it cannot be read.
    pub fn read<'a>(
        store: &Path,
        assets: impl IntoIterator<Item = &'a Asset>,
    ) -> Result<Seen, StoreError> {
        if !store.is_file() {
            return Ok(Seen::default());
        }
        let store = Store::open(store)?;
        let known = store.assets()?;
        let mut seen = Seen::default();
        for asset in assets {
            let same = identity(asset);
            let Some(stored) = known.iter().find(|stored| stored.asset == same) else {
                continue;
            };
            seen.known.insert(key(asset), store.first_seen(stored.id)?);
        }
        Ok(seen)
    }

    /// For a scan of this instant that will be written down ([`record`]).
    #[must_use]
    pub fn recording(self, now: Timestamp) -> Seen {
        Seen {
            recording: Some(now),
            ..self
        }
    }

    /// When a finding was first seen on an asset.
    pub fn first(&self, asset: &Asset, finding: &Finding) -> Option<Timestamp> {
        let known = self.known.get(&key(asset));
        let known = known.and_then(|known| known.get(&finding.id)).copied();
        known.or(self.recording)
    }
}

/// Writes down what a scan of whole targets found, so that later scans know since when. The store is made when there is
/// none. What does not affect the target (withdrawn, not affected, a false positive) is left out; what is accepted or
/// mitigated is there all the same, and counts.
///
/// # Errors
/// When the store cannot be written; what was written of earlier targets stays.
pub fn record(store: &Path, report: &ScanReport) -> Result<Recorded, StoreError> {
    let store = Store::open(store)?;
    let times = Times::now(report.started);
    let mut recorded = Recorded::default();
    for target in &report.targets {
        let asset = store.asset(&identity(&target.asset), times)?;
        let ScanOutcome {
            new,
            reopened,
            still,
            unseen,
        } = store.record_findings(asset, &there(target), times, "scan")?;
        recorded.new += new.len();
        recorded.reopened += reopened.len();
        recorded.still += still.len();
        recorded.unseen += unseen.len();
    }
    Ok(recorded)
}

/// The findings that affect a target.
pub(crate) fn there(target: &TargetReport) -> Vec<Finding> {
    let findings = target.findings.iter();
    findings
        .filter(|finding| affects(finding))
        .cloned()
        .collect()
}

fn affects(finding: &Finding) -> bool {
    finding.suppressed.as_ref().is_none_or(|suppressed| {
        matches!(suppressed.status.as_deref(), Some("accepted" | "mitigated"))
    })
}

/// The asset under the name that it has from everywhere: a folder or file is its full path, not `.`.
pub(crate) fn identity(asset: &Asset) -> Asset {
    let name = match asset.kind {
        AssetKind::Host | AssetKind::Sbom => None,
        AssetKind::Root | AssetKind::Tree | AssetKind::Lockfile => {
            std::fs::canonicalize(&asset.name).ok()
        }
    };
    Asset {
        kind: asset.kind,
        name: name.map_or_else(|| asset.name.clone(), |path| path.display().to_string()),
    }
}

fn key(asset: &Asset) -> String {
    format!("{:?} {}", asset.kind, asset.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::report::{Suppression, TargetReport};

    fn finding(id: &str, status: Option<&str>) -> Finding {
        Finding {
            id: id.into(),
            vulnerability: format!("CVE-2026-{id}"),
            suppressed: status.map(|status| {
                Box::new(Suppression {
                    status: Some(status.to_owned()),
                    ..Suppression::default()
                })
            }),
            ..Finding::default()
        }
    }

    #[test]
    fn the_first_scan_that_is_written_down_gives_the_day_and_a_missing_store_is_not_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("patchward.db");
        let asset = Asset {
            name: "web-1".into(),
            ..Asset::default()
        };
        let none = Seen::read(&path, [&asset]).unwrap();
        assert!(!path.exists());
        assert_eq!(none.first(&asset, &finding("1", None)), None);

        let mut report = ScanReport {
            started: "2026-01-10T10:00:00Z".parse().unwrap(),
            targets: vec![TargetReport {
                asset: asset.clone(),
                findings: vec![
                    finding("1", None),
                    finding("2", Some("accepted")),
                    finding("3", Some("false-positive")),
                ],
                ..TargetReport::default()
            }],
            ..ScanReport::default()
        };
        assert_eq!(record(&path, &report).unwrap().new, 2);
        report.started = "2026-02-10T10:00:00Z".parse().unwrap();
        report.targets[0].findings.remove(0);
        let second = record(&path, &report).unwrap();
        assert_eq!((second.new, second.still, second.unseen), (0, 1, 1));

        let seen = Seen::read(&path, [&asset]).unwrap();
        let first: Option<Timestamp> = "2026-01-10T10:00:00Z".parse().ok();
        assert_eq!(seen.first(&asset, &finding("1", None)), first);
        assert_eq!(seen.first(&asset, &finding("2", None)), first);
        assert_eq!(seen.first(&asset, &finding("3", None)), None);
        let tree = |name: &std::path::Path| Asset {
            kind: AssetKind::Tree,
            name: name.display().to_string(),
        };
        let roundabout = folder.path().join("..");
        let roundabout = roundabout.join(folder.path().file_name().unwrap());
        assert_eq!(identity(&tree(&roundabout)), identity(&tree(folder.path())));
        let other = Asset {
            name: "web-2".into(),
            ..Asset::default()
        };
        assert_eq!(seen.first(&other, &finding("1", None)), None);
        let recording = seen.recording(report.started);
        assert_eq!(recording.first(&asset, &finding("1", None)), first);
        assert_eq!(
            recording.first(&other, &finding("1", None)),
            Some(report.started)
        );
    }
}
