//! Family `matching-trivy`: package and advisory to finding, in the smallest form.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use patchward_protocol::inventory::{Component, SourcePackage};
use serde_json::Value;

use super::{Known, component, counted, ids, trivy_db};
use crate::corpus::report::Report;

const FILE: &str = "matching/trivy-detect/cases.jsonl";

/// Runs every case.
pub fn run(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    for line in std::fs::read_to_string(folder.join(FILE))?.lines() {
        let case: Value = serde_json::from_str(line)?;
        let name = case["case"].as_str().unwrap_or_default().to_owned();
        let outcome = judge(folder, &case).map_err(|error| format!("{error:#}"));
        let outcome = match (case["expect_error"].as_bool(), outcome) {
            (Some(true), Err(_)) => Ok(()),
            (Some(true), Ok(_)) => Err("expected an error".to_owned()),
            (_, Ok(outcome)) => outcome,
            (_, Err(error)) => Err(error),
        };
        report.row(FILE, &name, outcome);
    }
    Ok(())
}

type Row = (String, String, String);

/// The outer error: the advisories cannot be read. The inner one: the findings differ.
fn judge(folder: &Path, case: &Value) -> anyhow::Result<Result<(), String>> {
    let files: Vec<PathBuf> = case["advisories"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .filter(|file| !file.contains("data-source"))
        .map(|file| folder.join("matching/trivy-detect").join(file))
        .collect();
    let known = Known::of(trivy_db::translate(&trivy_db::read(&files)?)?)?;
    let mut found: BTreeSet<Row> = BTreeSet::new();
    let mut fixes: Vec<(String, Vec<String>)> = Vec::new();
    for package in case["packages"].as_array().into_iter().flatten() {
        let (ecosystem, component) = match case["kind"].as_str() {
            Some("library") => (String::new(), library(case, package)?),
            _ => (host(case, package), os_package(case, package)?),
        };
        let version = case["os_version"].as_str().unwrap_or_default();
        for finding in counted(&known.findings(&ecosystem, version, vec![component])) {
            let id = ids(finding)
                .into_iter()
                .next()
                .unwrap_or_default()
                .to_owned();
            let component = &finding.component;
            found.insert((
                id.clone(),
                component.name.clone(),
                component.version.clone(),
            ));
            fixes.push((id, finding.fixed_versions.clone()));
        }
    }
    let expected: BTreeSet<Row> = case["expected"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            (text("id"), text("pkg"), text("installed"))
        })
        .collect();
    if found != expected {
        return Ok(Err(format!("expected {expected:?}, found {found:?}")));
    }
    Ok(compare_fixes(case, &fixes))
}

/// Fixes agree when both name none, or ours is among theirs (which also lists fixes of other branches).
fn compare_fixes(case: &Value, fixes: &[(String, Vec<String>)]) -> Result<(), String> {
    for row in case["expected"].as_array().into_iter().flatten() {
        let (id, theirs) = (
            row["id"].as_str(),
            row["fixed"].as_str().unwrap_or_default(),
        );
        let Some((_, ours)) = fixes.iter().find(|(ours, _)| Some(ours.as_str()) == id) else {
            continue;
        };
        let agree = match (theirs.is_empty(), ours.is_empty()) {
            (true, empty) => empty,
            (false, true) => false,
            (false, false) => ours.iter().any(|fix| {
                let bare = fix.strip_prefix("0:").unwrap_or(fix);
                theirs.contains(bare)
            }),
        };
        if !agree {
            return Err(format!("{id:?}: fixed in {theirs:?}, ours {ours:?}"));
        }
    }
    Ok(())
}

fn library(case: &Value, package: &Value) -> anyhow::Result<Component> {
    let kind = purl_type(case["type"].as_str().unwrap_or_default());
    let text = |key: &str| package[key].as_str().unwrap_or_default();
    component(kind, text("name"), text("version"))
}

/// The purl type of Trivy's library types.
pub fn purl_type(kind: &str) -> &str {
    match kind {
        "bundler" | "gemspec" => "gem",
        "gobinary" | "gomod" => "golang",
        "rustbinary" => "cargo",
        "jar" | "pom" | "gradle" | "gradle-lockfile" | "sbt" => "maven",
        "npm" | "yarn" | "pnpm" | "node-pkg" | "bun" => "npm",
        "dotnet-core" | "nuget" | "packages-props" | "packages-config" => "nuget",
        "pip" | "pipenv" | "poetry" | "python-pkg" | "uv" | "pylock" | "conda-pkg" => "pypi",
        "composer-vendor" => "composer",
        other => other,
    }
}

/// The ecosystem that the scanner of this system would look in for the package.
fn host(case: &Value, package: &Value) -> String {
    let version = case["os_version"].as_str().unwrap_or_default();
    let os = case["os"].as_str().unwrap_or_default();
    let mut parts = version.split('.');
    let (major, minor) = (parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let two = format!("{major}.{minor}");
    let installed = version_of(package, "version", "release", "epoch");
    let bucket = match os {
        "alma" => format!("alma {major}"),
        "alpine" => format!("alpine {two}"),
        "amazon" if major == "1" || version.contains("2018") => "amazon linux 1".to_owned(),
        "amazon" => format!("amazon linux {major}"),
        "azure" if case["dist"].as_str() == Some("Mariner") => format!("CBL-Mariner {version}"),
        "azure" => format!("Azure Linux {version}"),
        "debian" => format!("debian {major}"),
        "oracle" => format!("Oracle Linux {major}{}", trivy_db::flavour(&installed)),
        "photon" => format!("Photon OS {version}"),
        "redhat" | "centos" => return format!("Red Hat:enterprise_linux:{major}"),
        "rocky" => format!("rocky {major}"),
        "suse" => suse(case, version),
        "ubuntu" => format!("ubuntu {}", version.trim_end_matches("-ESM-")),
        "rapidfort" | "rootio" | "seal" => vendor(case, os, &two, major, &installed),
        other => other.to_owned(),
    };
    trivy_db::ecosystem(&bucket)
}

fn suse(case: &Value, version: &str) -> String {
    match case["distribution"].as_str().unwrap_or_default() {
        "OpenSUSETumbleweed" => "openSUSE Tumbleweed".to_owned(),
        "OpenSUSE" | "OpenSUSELeap" => format!("openSUSE Leap {version}"),
        "SUSEEnterpriseLinuxMicro" => format!("SUSE Linux Enterprise Micro {version}"),
        _ => format!("SUSE Linux Enterprise {version}"),
    }
}

/// Vendors that rebuild a distribution's packages choose by the mark in the package's version.
fn vendor(case: &Value, os: &str, two: &str, major: &str, installed: &str) -> String {
    let name = match os {
        "rootio" => "root.io",
        other => other,
    };
    let mark = |start: &str| {
        let (_, rest) = installed.rsplit_once(start)?;
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        (!digits.is_empty()).then_some(digits)
    };
    match case["baseOS"].as_str().unwrap_or_default() {
        "redhat" | "centos" => match (mark(".el"), mark(".fc")) {
            (Some(el), _) => format!("{name} Red Hat {el}"),
            (_, Some(fc)) => format!("{name} fedora {fc}"),
            _ => format!("{name} Red Hat"),
        },
        base if os == "seal" => format!("seal {base}"),
        "ubuntu" if installed.contains("rfubu") => format!("{name} ubuntu"),
        base @ ("ubuntu" | "alpine") => format!("{name} {base} {two}"),
        base => format!("{name} {base} {major}"),
    }
}

fn version_of(package: &Value, version: &str, release: &str, epoch: &str) -> String {
    let version = package[version].as_str().unwrap_or_default();
    let release = package[release].as_str().unwrap_or_default();
    let mut text = match package[epoch].as_i64() {
        Some(epoch) if epoch > 0 => format!("{epoch}:{version}"),
        _ => version.to_owned(),
    };
    if !release.is_empty() {
        text = format!("{text}-{release}");
    }
    text
}

fn os_package(case: &Value, package: &Value) -> anyhow::Result<Component> {
    let kind = match case["os"].as_str().unwrap_or_default() {
        "alpine" | "chainguard" | "wolfi" | "minimos" => "apk",
        "debian" | "ubuntu" | "echo" => "deb",
        "rapidfort" | "rootio" | "seal" => match case["baseOS"].as_str().unwrap_or_default() {
            "alpine" => "apk",
            "debian" | "ubuntu" => "deb",
            _ => "rpm",
        },
        _ => "rpm",
    };
    let name = package["name"].as_str().unwrap_or_default();
    let version = version_of(package, "version", "release", "epoch");
    let mut component = component(kind, name, &version)?;
    component.arch = package["arch"].as_str().map(ToOwned::to_owned);
    component.module = package["modularity"].as_str().map(ToOwned::to_owned);
    component.source = package["src_name"].as_str().map(|source| SourcePackage {
        name: source.to_owned(),
        version: version_of(package, "src_version", "src_release", "src_epoch"),
    });
    Ok(component)
}
