//! Family `osv-ecosystem`: what os-release says, and the OSV ecosystem that osv-scalibr names for it.
//!
//! OSV's own records write some releases otherwise than osv-scalibr does (`SUSE:Linux Enterprise Server 15 SP3`,
//! `Ubuntu:22.04:LTS`, `Rocky Linux:9`); we follow the records, so for those in [`RELEASE_AS_IN_RECORDS`] only the name
//! before the colon is compared. For the distributions in [`NOT_MAPPED`] osv-scalibr names no ecosystem although OSV
//! has one.

use std::path::Path;

use patchward_inventory::os::ecosystem;
use patchward_protocol::inventory::OperatingSystem;
use serde_json::Value;

use super::report::Report;

const RELEASE_AS_IN_RECORDS: &[&str] = &["rocky", "sles", "ubuntu"];

const NOT_MAPPED: &[&str] = &[
    "centos",
    "opensuse-tumbleweed",
    "photon",
    "sl-micro",
    "sled",
];

/// Runs the one file.
pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    let file = "osv/os-metadata-to-ecosystem.jsonl";
    for line in std::fs::read_to_string(corpus.join(file))?.lines() {
        let case: Value = serde_json::from_str(line)?;
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let row = format!("{} {}", text("kind"), text("case"));
        let expected = text("osv_ecosystem");
        report.row(file, &row, check(text("kind"), &case["metadata"], expected));
    }
    Ok(())
}

fn check(kind: &str, metadata: &Value, expected: &str) -> Result<(), String> {
    let text = |key: &str| metadata[key].as_str().unwrap_or_default().to_owned();
    let mut os = OperatingSystem {
        id: text("OSID"),
        version_id: text("OSVersionID"),
        codename: text("OSVersionCodename"),
        pretty_name: text("OSPrettyName"),
        cpe: metadata["OSCPEName"].as_str().map(str::to_owned),
        ..OperatingSystem::default()
    };
    if os.id.is_empty() && kind == "APK" {
        os.id = "alpine".into();
    }
    let found = ecosystem::of(&os).unwrap_or_default();
    let name = |text: &str| text.split(':').next().unwrap_or_default().to_owned();
    let same = if RELEASE_AS_IN_RECORDS.contains(&os.id.as_str())
        || (os.id == "rhel" && os.cpe.is_none())
    {
        name(&found) == name(expected)
    } else {
        found == expected || (expected.is_empty() && NOT_MAPPED.contains(&os.id.as_str()))
    };
    if same {
        Ok(())
    } else {
        Err(format!("expected `{expected}`, found `{found}`"))
    }
}
