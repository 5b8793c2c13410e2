//! Family `matching-trivy-integration`: whole artifacts. Their images are not in the corpus, so the packages that the
//! expected results name are what is matched; other packages of an artifact are unknown, not clean.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use patchward_protocol::inventory::{Component, SourcePackage};
use serde_json::Value;

use super::trivy::purl_type;
use super::trivy_db::{self, Buckets};
use super::{Known, component, counted, ids};
use crate::corpus::report::Report;

const FILE: &str = "matching/trivy-integration/cases.jsonl";

/// Runs every case.
pub fn run(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let files: Vec<PathBuf> =
        std::fs::read_dir(folder.join("matching/trivy-integration/advisories"))?
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<_, _>>()?;
    let (other, read): (Vec<PathBuf>, Vec<PathBuf>) = files.into_iter().partition(|file| {
        file.ends_with("vulnerability.yaml") || file.ends_with("data-source.yaml")
    });
    drop(other);
    let buckets = trivy_db::read(&read)?;
    let known = Known::of(trivy_db::translate(&buckets)?)?;
    for line in std::fs::read_to_string(folder.join(FILE))?.lines() {
        let case: Value = serde_json::from_str(line)?;
        let name = case["case"].as_str().unwrap_or_default().to_owned();
        report.row(FILE, &name, judge(&case, &known, &buckets));
    }
    Ok(())
}

fn judge(case: &Value, known: &Known, buckets: &Buckets) -> Result<(), String> {
    let filtered = case["tests"].as_array().into_iter().flatten().any(|test| {
        ["IgnoreUnfixed", "Severity", "IgnoreIDs"]
            .iter()
            .any(|option| test["options"].get(option).is_some())
    });
    for result in case["results"].as_array().into_iter().flatten() {
        let expected = expected(result);
        let found = found(case, result, known, buckets).map_err(|error| format!("{error:#}"))?;
        let missing: Vec<_> = expected.difference(&found).collect();
        let extra: Vec<_> = found.difference(&expected).collect();
        if !missing.is_empty() || (!filtered && !extra.is_empty()) {
            return Err(format!("missing {missing:?}, extra {extra:?}"));
        }
    }
    Ok(())
}

type Row = (String, String, String, bool);

fn expected(result: &Value) -> BTreeSet<Row> {
    let rows = result["vulnerabilities"].as_array().into_iter().flatten();
    rows.map(|row| {
        let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
        let fixed = !text("fixed").is_empty();
        (text("id"), text("pkg"), text("installed"), fixed)
    })
    .collect()
}

fn found(
    case: &Value,
    result: &Value,
    known: &Known,
    buckets: &Buckets,
) -> anyhow::Result<BTreeSet<Row>> {
    let os_packages = result["class"].as_str() == Some("os-pkgs");
    let bucket = if os_packages {
        bucket(case)
    } else {
        String::new()
    };
    let mut packages: BTreeMap<(String, String), String> = BTreeMap::new();
    for (list, name, version) in [
        ("packages", "name", "version"),
        ("vulnerabilities", "pkg", "installed"),
    ] {
        for row in result[list].as_array().into_iter().flatten() {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            packages.insert((text(name), text(version)), text("id"));
        }
    }
    let mut rows = BTreeSet::new();
    for ((name, version), id) in packages {
        let component = match os_packages {
            true => os_package(&bucket, &name, &version, &id, buckets)?,
            false => {
                let kind = purl_type(result["type"].as_str().unwrap_or_default());
                component(kind, &name, &version)?
            }
        };
        let ecosystem = match bucket.as_str() {
            "" => String::new(),
            "Red Hat" => format!("Red Hat:enterprise_linux:{}", major(case)),
            bucket => trivy_db::ecosystem(bucket),
        };
        for finding in counted(&known.findings(&ecosystem, &os_version(case), vec![component])) {
            let id = ids(finding)
                .into_iter()
                .next()
                .unwrap_or_default()
                .to_owned();
            // `<= 1.6.14` names no fix in its range; upstream's list of patched versions is not part of the range.
            let fixed = !finding.fixed_versions.is_empty()
                || finding.statements.iter().any(|s| s.range.contains("<="));
            rows.insert((id, name.clone(), version.clone(), fixed));
        }
    }
    Ok(rows)
}

fn os_version(case: &Value) -> String {
    case["os"]["version"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn major(case: &Value) -> String {
    let version = os_version(case);
    version.split('.').next().unwrap_or_default().to_owned()
}

fn bucket(case: &Value) -> String {
    let version = os_version(case);
    let major = major(case);
    let two: Vec<&str> = version.split('.').take(2).collect();
    let two = two.join(".");
    match case["os"]["family"].as_str().unwrap_or_default() {
        "alma" => format!("alma {major}"),
        "alpine" => format!("alpine {two}"),
        "amazon" if version.contains("2018") => "amazon linux 1".to_owned(),
        "amazon" => format!("amazon linux {major}"),
        "cbl-mariner" => format!("CBL-Mariner {two}"),
        "centos" | "redhat" => "Red Hat".to_owned(),
        "debian" => format!("debian {major}"),
        "opensuse-leap" => format!("openSUSE Leap {version}"),
        "opensuse-tumbleweed" => "openSUSE Tumbleweed".to_owned(),
        "oracle" => format!("Oracle Linux {major}"),
        "photon" => format!("Photon OS {version}"),
        "rocky" => format!("rocky {major}"),
        "ubuntu" => format!("ubuntu {version}"),
        other => other.to_owned(),
    }
}

/// The results do not name source packages; the one whose advisories hold the id is it.
fn os_package(
    bucket: &str,
    name: &str,
    version: &str,
    id: &str,
    buckets: &Buckets,
) -> anyhow::Result<Component> {
    let kind = match bucket.split(' ').next().unwrap_or_default() {
        "alpine" => "apk",
        "debian" | "ubuntu" => "deb",
        _ => "rpm",
    };
    let mut component = component(kind, name, version)?;
    let packages = buckets.get(bucket);
    let own = packages.is_some_and(|packages| packages.contains_key(name));
    let source = packages
        .into_iter()
        .flatten()
        .find(|(_, advisories)| advisories.contains_key(id));
    component.source = source.filter(|_| !own).map(|(source, _)| SourcePackage {
        name: source.clone(),
        version: version.to_owned(),
    });
    Ok(component)
}
