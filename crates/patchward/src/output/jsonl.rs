//! One JSON object a line: a line per finding with its target, for pipes and log collectors.

use std::io::{self, Write};

use patchward_protocol::report::{Finding, ScanReport};
use serde::Serialize;

use super::{facts, json};

#[derive(Serialize)]
struct Line<'a> {
    schema: &'a str,
    target: &'a str,
    target_kind: &'static str,
    #[serde(flatten)]
    finding: &'a Finding,
}

/// Writes a line per finding, suppressed ones too (with the reason in `suppressed`).
///
/// # Errors
/// When `out` cannot be written.
pub fn write(report: &ScanReport, out: &mut dyn Write) -> io::Result<()> {
    for (target, finding) in facts::findings(report) {
        let line = Line {
            schema: &report.schema,
            target: &target.asset.name,
            target_kind: facts::kind(target.asset.kind),
            finding,
        };
        json::line(&line, out)?;
    }
    Ok(())
}
