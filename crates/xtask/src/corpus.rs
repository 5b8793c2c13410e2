//! `cargo xtask corpus`: runs every family of the outside corpus and prints passed, failed and skipped per file.
//!
//! One file per family; a family is a function that reads its part of the corpus and tells each row's outcome.
//! Every skipped row has a written reason in `skips.txt`.

mod csaf;
mod cvss;
mod lockfiles;
mod match_labels;
mod matching;
mod os_packages;
mod os_release;
mod os_support;
mod osv;
mod osv_ecosystem;
mod purl;
mod report;
mod sbom;
mod skips;
mod ssvc;
mod versions;

use std::path::Path;
use std::process::ExitCode;

use report::Report;

/// A family: its name, and the function that runs it on the corpus folder.
type Family = (&'static str, fn(&Path, &mut Report) -> anyhow::Result<()>);

const FAMILIES: &[Family] = &[
    ("csaf", csaf::run), //
    ("cvss", cvss::run), //
    ("lockfiles", lockfiles::run),
    ("match-labels", match_labels::run),
    ("matching-trivy", matching::trivy::run),
    ("matching-trivy-integration", matching::integration::run),
    ("matching-grype", matching::grype::run),
    ("os-packages", os_packages::run),
    ("os-release", os_release::run),
    ("osv", osv::run),
    ("os-support", os_support::run),
    ("osv-ecosystem", osv_ecosystem::run),
    ("purl", purl::run),
    ("versions-compare", versions::compare),
    ("versions-constraints", versions::constraints),
    ("versions-predicates", versions::predicates),
    ("sbom", sbom::run),
    ("ssvc", ssvc::run),
];

/// Runs the families asked for (all by default).
pub fn run(arguments: &[String]) -> anyhow::Result<ExitCode> {
    let value = |flag: &str| {
        arguments
            .iter()
            .position(|a| a == flag)
            .and_then(|at| arguments.get(at + 1))
    };
    let only = value("--family");
    let shown = value("--failures").map_or(Ok(20), |n| n.parse())?;
    let Some(folder) = patchward_test_support::corpus() else {
        println!("corpus: skipped, no folder (set PATCHWARD_CORPUS)");
        return Ok(ExitCode::SUCCESS);
    };
    let skips = skips::load()?;
    let mut failed = 0;
    for (name, family) in FAMILIES
        .iter()
        .filter(|(name, _)| only.is_none_or(|only| name.starts_with(only.as_str())))
    {
        let mut report = Report::new(name, &skips);
        family(&folder, &mut report)?;
        failed += report.print(shown);
    }
    Ok(if failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
