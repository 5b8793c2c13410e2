//! What tools write beside the standard about packages of operating systems: source package, module, files.
//!
//! Trivy and Syft, the two most used makers of SBOMs, put into properties, purl qualifiers or notes what CycloneDX and
//! SPDX have no field for.

use patchward_protocol::inventory::{Location, SourcePackage};
use patchward_purl::Purl;

use super::document::Package;
use super::spdx_json::SOURCE_INFO;

/// The source package; `version` is the binary package's own, which holds unless another is named.
pub fn source(package: &Package<'_>, purl: Option<&Purl>, version: &str) -> Option<SourcePackage> {
    let upstream = || purl.and_then(|purl| upstream(purl, version));
    trivy(package, version)
        .or_else(|| syft(package, version))
        .or_else(upstream)
        .or_else(|| built_from(package))
}

fn named(name: &str, version: &str) -> Option<SourcePackage> {
    (!name.is_empty()).then(|| SourcePackage {
        name: name.to_owned(),
        version: version.to_owned(),
    })
}

fn trivy(package: &Package<'_>, version: &str) -> Option<SourcePackage> {
    let get = |key: &str| package.property_of("aquasecurity:trivy:", key);
    let name = get("SrcName")?;
    let Some(upstream) = get("SrcVersion") else {
        return named(name, version);
    };
    let mut full = String::new();
    if let Some(epoch) = get("SrcEpoch").filter(|epoch| *epoch != "0") {
        full = format!("{epoch}:");
    }
    full.push_str(upstream);
    if let Some(release) = get("SrcRelease") {
        full.push('-');
        full.push_str(release);
    }
    named(name, &full)
}

fn syft(package: &Package<'_>, version: &str) -> Option<SourcePackage> {
    let get = |key: &str| package.property_of("syft:metadata:", key);
    if let Some(file) = get("sourceRpm") {
        return source_rpm(file);
    }
    let name = get("source").or_else(|| get("originPackage"))?;
    named(name, get("sourceVersion").unwrap_or(version))
}

/// The qualifier `upstream`: `glibc`, `glibc@2.31-13`, or the file name of a source RPM.
fn upstream(purl: &Purl, version: &str) -> Option<SourcePackage> {
    let upstream = purl.qualifier("upstream")?;
    if purl.kind() == "rpm" && upstream.ends_with(".src.rpm") {
        return source_rpm(upstream);
    }
    match upstream.split_once('@') {
        Some((name, version)) => named(name, version),
        None => named(upstream, version),
    }
}

/// `name-version-release.src.rpm`.
pub fn source_rpm(file: &str) -> Option<SourcePackage> {
    let stem = file
        .strip_suffix(".src.rpm")
        .or_else(|| file.strip_suffix(".nosrc.rpm"))?;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    named(name, &format!("{version}-{release}"))
}

/// `built package from: glibc 2.35-0ubuntu3.1`, as SPDX documents of Trivy have it.
fn built_from(package: &Package<'_>) -> Option<SourcePackage> {
    let source = package
        .property(SOURCE_INFO)?
        .strip_prefix("built package from: ")?;
    let (name, version) = source.trim().split_once(' ')?;
    named(name, version.trim())
}

/// The label of an RPM module.
pub fn module(package: &Package<'_>, purl: Option<&Purl>) -> Option<String> {
    package
        .property("syft:metadata:modularityLabel")
        .or_else(|| package.property("aquasecurity:trivy:Modularitylabel"))
        .or_else(|| purl.and_then(|purl| purl.qualifier("rpmmod")))
        .map(str::to_owned)
}

/// Where the tool found the package.
pub fn locations(package: &Package<'_>) -> Vec<Location> {
    let files = package.properties.iter().filter(|(name, _)| {
        name == "aquasecurity:trivy:FilePath"
            || name.starts_with("syft:location:") && name.ends_with(":path")
    });
    let from_info = package
        .property(SOURCE_INFO)
        .and_then(|info| info.strip_prefix("acquired package info from "))
        .and_then(|info| info.split_once(": "))
        .map_or("", |(_, files)| files);
    files
        .map(|(_, path)| path.as_ref())
        .chain(from_info.split(", "))
        .map(|path| path.trim_start_matches('/'))
        .filter(|path| !path.is_empty())
        .take(16)
        .map(|path| Location {
            path: path.to_owned(),
            line: None,
        })
        .collect()
}

/// A package that its own ecosystem's tool marks as needed for development.
pub fn development(package: &Package<'_>) -> Option<bool> {
    package
        .property("cdx:npm:package:development")
        .map(|value| value == "true")
}
