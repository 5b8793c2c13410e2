//! Family `os-release`: os-release files, beside the family and version that trivy names.
//!
//! trivy has words of its own for the families ([`FAMILIES`]), and knows a system only when both `ID` and `VERSION_ID`
//! are there; we also know rolling releases, which have no version.

use std::path::Path;

use patchward_inventory::os::release;
use patchward_protocol::inventory::OperatingSystem;
use serde_json::Value;

use super::report::Report;

/// `ID` of os-release and trivy's word for it, where they differ.
const FAMILIES: &[(&str, &str)] = &[
    ("almalinux", "alma"),
    ("amzn", "amazon"),
    ("mariner", "cbl-mariner"),
    ("ol", "oracle"),
    ("rhel", "redhat"),
    ("sl-micro", "slem"),
    ("sle-micro", "slem"),
    ("sle-micro-rancher", "slem"),
    ("opensuse-leap-micro", "slem"),
    ("opensuse", "opensuse-leap"),
    ("sles_sap", "sles"),
];

/// Runs the one folder.
pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    let folder = corpus.join("os-release/os-release");
    let table = "os-release/os-release/expected.jsonl";
    for line in std::fs::read_to_string(folder.join("expected.jsonl"))?.lines() {
        let case: Value = serde_json::from_str(line)?;
        let text = |key: &str| case[key].as_str().unwrap_or_default();
        let row = format!("{} {}", text("case"), text("original_name"));
        let found = release::parse(&std::fs::read(folder.join(text("file")))?);
        report.row(table, &row, check(&case, found.as_ref()));
    }
    Ok(())
}

fn check(case: &Value, found: Option<&OperatingSystem>) -> Result<(), String> {
    let found = found
        .filter(|os| !os.version_id.is_empty())
        .map(|os| (family(os), &*os.version_id));
    let os = &case["os"];
    let expected = os["family"].as_str().zip(os["version"].as_str());
    if found == expected {
        Ok(())
    } else {
        Err(format!("expected {expected:?}, found {found:?}"))
    }
}

fn family(os: &OperatingSystem) -> &str {
    if os.id == "centos" && os.pretty_name.contains("Stream") {
        return "centos-stream";
    }
    let known = FAMILIES.iter().find(|(id, _)| *id == os.id);
    known.map_or(&os.id, |(_, family)| family)
}
