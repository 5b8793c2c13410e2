//! Family `sbom`: CycloneDX and SPDX documents with the packages that upstream tools read from them.
//!
//! Conventions that differ between upstreams, decided here once:
//! - Trivy lists only packages with a purl, no container images, and takes the document's subject in; osv-scalibr leaves
//!   the subject out, and of CycloneDX lists only what has a purl or CPE.
//! - osv-scalibr names Maven packages by the artifact alone, and a package without purl by its CPE.
//! - Trivy tells a version's epoch apart.

use std::path::Path;

use anyhow::Context as _;
use patchward_inventory::sbom;
use patchward_protocol::inventory::Component;
use patchward_purl::Purl;
use serde::Deserialize;

use super::report::Report;

#[derive(Deserialize)]
struct Case {
    case: String,
    file: String,
    original_name: String,
    expect: String,
    #[serde(default)]
    packages: Vec<Package>,
    os: Option<Os>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    epoch: Option<u64>,
    src_name: Option<String>,
    src_version: Option<String>,
    src_release: Option<String>,
    src_epoch: Option<u64>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Metadata {
    #[serde(rename = "CPEs")]
    cpes: Vec<String>,
    #[serde(rename = "CDXLocations")]
    locations: Vec<String>,
}

#[derive(Deserialize)]
struct Os {
    #[serde(rename = "Family")]
    family: String,
    #[serde(rename = "Name")]
    name: String,
}

pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    for format in ["cyclonedx", "spdx"] {
        let folder = corpus.join("sbom").join(format);
        let file = format!("sbom/{format}/expected.jsonl");
        let rows = std::fs::read_to_string(folder.join("expected.jsonl"))?;
        for line in rows.lines() {
            let case: Case =
                serde_json::from_str(line).context("failed to read an expected row")?;
            let bytes = std::fs::read(folder.join(&case.file))?;
            report.row(&file, &case.case, outcome(&case, format, &bytes));
        }
    }
    Ok(())
}

fn outcome(case: &Case, format: &str, bytes: &[u8]) -> Result<(), String> {
    let sbom = match (sbom::read(&case.original_name, bytes), case.expect.as_str()) {
        (Err(_), "error") => return Ok(()),
        (Ok(sbom), "error") => {
            return Err(format!(
                "gives {} components, should fail",
                sbom.components.len()
            ));
        }
        (Err(error), _) => return Err(error.to_string()),
        (Ok(sbom), _) => sbom,
    };
    let trivy = case.case.starts_with("trivy:");
    let mut left: Vec<&Component> = sbom
        .components
        .iter()
        .filter(|component| is_listed(component, trivy, format))
        .collect();
    for package in &case.packages {
        let found = left.iter().position(|component| same(component, package));
        let Some(at) = found else {
            return Err(format!(
                "misses {}@{}, has {}",
                package.name,
                package.version,
                names(&left)
            ));
        };
        details(left.remove(at), package)?;
    }
    if !left.is_empty() {
        return Err(format!("has too many: {}", names(&left)));
    }
    match (&case.os, &sbom.os) {
        (Some(expected), Some(os))
            if os.id == expected.family && os.version_id == expected.name =>
        {
            Ok(())
        }
        (Some(expected), os) => Err(format!(
            "system {os:?}, expected {} {}",
            expected.family, expected.name
        )),
        (None, _) => Ok(()),
    }
}

fn is_listed(component: &Component, trivy: bool, format: &str) -> bool {
    let image = component.purl.starts_with("pkg:oci/");
    if trivy {
        !component.purl.is_empty() && !image
    } else {
        let identified = !component.purl.is_empty() || !component.cpes.is_empty();
        !component.own && (identified || format == "spdx")
    }
}

fn same(component: &Component, package: &Package) -> bool {
    if package.name.starts_with("cpe:") {
        return component.cpes.contains(&package.name);
    }
    let purl: Option<Purl> = component.purl.parse().ok();
    let short = purl.as_ref().map(Purl::name);
    let name = component.name == package.name || short == Some(&package.name);
    name && component.version == full(&package.version, None, package.epoch)
}

fn full(version: &str, release: Option<&str>, epoch: Option<u64>) -> String {
    let epoch = epoch.map(|epoch| format!("{epoch}:")).unwrap_or_default();
    let release = release
        .map(|release| format!("-{release}"))
        .unwrap_or_default();
    format!("{epoch}{version}{release}")
}

fn details(component: &Component, package: &Package) -> Result<(), String> {
    let named = |what: &str| format!("{}: {what}", package.name);
    if let (Some(name), Some(version)) = (&package.src_name, &package.src_version) {
        let version = full(version, package.src_release.as_deref(), package.src_epoch);
        let (got, got_version) = match &component.source {
            Some(source) => (source.name.as_str(), source.version.as_str()),
            // A document that names no source package leaves it to the binary's own name.
            None => (component.name.as_str(), component.version.as_str()),
        };
        if (got, got_version) != (name.as_str(), version.as_str()) {
            return Err(named(&format!(
                "source {got} {got_version}, expected {name} {version}"
            )));
        }
    }
    if let Some(cpe) = package
        .metadata
        .cpes
        .iter()
        .find(|cpe| !component.cpes.contains(cpe))
    {
        return Err(named(&format!("misses {cpe}")));
    }
    let located = |path: &&String| {
        component
            .locations
            .iter()
            .any(|location| location.path == **path)
    };
    match package
        .metadata
        .locations
        .iter()
        .find(|path| !located(path))
    {
        Some(path) => Err(named(&format!("misses location {path}"))),
        None => Ok(()),
    }
}

fn names(components: &[&Component]) -> String {
    let names = components
        .iter()
        .map(|c| format!("{}@{}", c.name, c.version));
    names.collect::<Vec<_>>().join(", ")
}
