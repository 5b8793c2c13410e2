//! Family `os-support`: whether a distribution is supported on a day, by the recorded life cycles.

use std::path::Path;

use patchward_advisory::format::eol;
use patchward_advisory::model::{Lifecycle, Records};
use patchward_core::matching::{Support, product, support};
use patchward_protocol::inventory::OperatingSystem;
use serde_json::Value;

use super::report::Report;

const FILE: &str = "matching/os-support/cases.jsonl";

/// Runs every case.
pub fn run(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let Some(feeds) = patchward_test_support::feeds() else {
        println!("os-support: skipped, no feeds (set PATCHWARD_FEEDS)");
        return Ok(());
    };
    for line in std::fs::read_to_string(folder.join(FILE))?.lines() {
        let case: Value = serde_json::from_str(line)?;
        let field = |key: &str| case[key].as_str().unwrap_or_default().to_owned();
        let os = os(&field("os_family"), &field("os_version"));
        let cycles = match product(&os) {
            Some(product) => cycles(&feeds, product)?,
            None => Vec::new(),
        };
        let state = support(&os, &cycles, &field("now"));
        // Upstream counts what it does not know as supported, and a paid extension by its own name only.
        let esm = field("os_version").ends_with("-ESM");
        let supported = match state {
            Support::Supported { .. } | Support::Unknown => true,
            Support::Extended { .. } => esm,
            Support::Ended { .. } => false,
        };
        let expected = case["supported"].as_bool() == Some(true);
        let outcome = match supported == expected {
            true => Ok(()),
            false => Err(format!("expected {expected}, found {state:?}")),
        };
        report.row(FILE, &field("case"), outcome);
    }
    Ok(())
}

fn os(family: &str, version: &str) -> OperatingSystem {
    let id = match family {
        "alma" => "almalinux",
        "amazon" => "amzn",
        "oracle" => "ol",
        "redhat" => "rhel",
        other => other,
    };
    OperatingSystem {
        id: id.to_owned(),
        version_id: version.trim_end_matches("-ESM").to_owned(),
        ..OperatingSystem::default()
    }
}

fn cycles(feeds: &Path, product: &str) -> anyhow::Result<Vec<Lifecycle>> {
    let mut records = Records::default();
    if let Ok(bytes) = std::fs::read(feeds.join(format!("eol/api/{product}.json"))) {
        eol::visit_v0(&bytes, product, &mut records)?;
    }
    Ok(records.lifecycles)
}
