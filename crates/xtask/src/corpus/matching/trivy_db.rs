//! Trivy's database fixtures: buckets of packages of advisories, translated into our model.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use patchward_advisory::model::{Advisory, Affected, Authority, Status};
use patchward_version::Scheme;
use serde_json::Value;

use super::{advisory, affected, below, constraint};

/// Buckets by path, and their values.
pub type Buckets = BTreeMap<String, BTreeMap<String, BTreeMap<String, Value>>>;

/// Reads fixture files: bucket, then package, then key.
pub fn read(files: &[impl AsRef<Path>]) -> anyhow::Result<Buckets> {
    let mut buckets = Buckets::new();
    for file in files {
        let text = std::fs::read_to_string(file.as_ref())?;
        let tree: Vec<Value> = serde_saphyr::from_str(&text)
            .with_context(|| format!("read {}", file.as_ref().display()))?;
        for bucket in &tree {
            let name = bucket["bucket"].as_str().unwrap_or_default();
            if matches!(name, "data-source" | "vulnerability") {
                continue;
            }
            for package in bucket["pairs"].as_array().into_iter().flatten() {
                let of = package["bucket"].as_str().unwrap_or_default();
                for pair in package["pairs"].as_array().into_iter().flatten() {
                    let key = match &pair["key"] {
                        Value::String(key) => key.trim().to_owned(),
                        other => other.to_string(),
                    };
                    let packages = buckets.entry(name.to_owned()).or_default();
                    packages
                        .entry(of.to_owned())
                        .or_default()
                        .insert(key, pair["value"].clone());
                }
            }
        }
    }
    Ok(buckets)
}

/// The OSV ecosystem of a bucket. The release behind the colon is what a host must be to see it: fixtures of vendors
/// that rebuild a distribution's packages keep the whole bucket name there.
pub fn ecosystem(bucket: &str) -> String {
    let (library, source) = bucket.split_once("::").unwrap_or((bucket, ""));
    if !source.is_empty() {
        return library_ecosystem(library.trim_start_matches("seal ")).to_owned();
    }
    let rest = |start: &str| bucket.strip_prefix(start).map(str::trim);
    let plain = [
        ("alma ", "AlmaLinux"),
        ("amazon linux ", "Amazon Linux"),
        ("Azure Linux ", "Azure Linux"),
        ("CBL-Mariner ", "Azure Linux"),
        ("debian ", "Debian"),
        ("openSUSE ", "openSUSE"),
        ("Oracle Linux ", "Oracle Linux"),
        ("Photon OS ", "Photon OS"),
        ("rocky ", "Rocky Linux"),
        ("ubuntu ", "Ubuntu"),
        ("fedora ", "Fedora"),
    ];
    for (start, family) in plain {
        if let Some(release) = rest(start) {
            return format!("{family}:{release}");
        }
    }
    if let Some(release) = rest("alpine ") {
        return format!("Alpine:v{release}");
    }
    if let Some(release) = rest("SUSE ") {
        return format!("SUSE:{}", release.replace("-SP", "."));
    }
    match bucket {
        "bottlerocket" => "Amazon Linux:bottlerocket".to_owned(),
        "chainguard" => "Chainguard".to_owned(),
        "echo" => "Echo".to_owned(),
        "minimos" => "MinimOS".to_owned(),
        "wolfi" => "Wolfi".to_owned(),
        vendor => {
            let family = [
                ("alpine", "Alpine"),
                ("debian", "Debian"),
                ("ubuntu", "Ubuntu"),
                ("Red Hat", "AlmaLinux"),
                ("fedora", "Fedora"),
            ]
            .into_iter()
            .find(|(word, _)| vendor.contains(word))
            .map_or("Generic", |(_, family)| family);
            format!("{family}:{vendor}")
        }
    }
}

fn library_ecosystem(kind: &str) -> &str {
    match kind {
        "cargo" => "crates.io",
        "composer" => "Packagist",
        "conan" => "ConanCenter",
        "erlang" => "Hex",
        "go" => "Go",
        "julia" => "Julia",
        "k8s" => "Kubernetes",
        "maven" => "Maven",
        "npm" => "npm",
        "nuget" => "NuGet",
        "pip" => "PyPI",
        "pub" => "Pub",
        "rubygems" => "RubyGems",
        "swift" => "SwiftURL",
        other => other,
    }
}

/// Translates everything; `cpe.yaml` has been read along for Red Hat.
pub fn translate(buckets: &Buckets) -> anyhow::Result<Vec<Advisory>> {
    let mut found = Vec::new();
    for (bucket, packages) in buckets {
        if bucket == "Red Hat CPE" {
            continue;
        }
        for (package, advisories) in packages {
            for (key, value) in advisories {
                let context = || format!("{bucket}, {package}, {key}");
                match bucket.as_str() {
                    "Red Hat" => {
                        red_hat(buckets, package, key, value, &mut found).with_context(context)?;
                    }
                    _ => found.push(plain(bucket, package, key, value).with_context(context)?),
                }
            }
        }
    }
    Ok(found)
}

fn plain(bucket: &str, package: &str, key: &str, value: &Value) -> anyhow::Result<Advisory> {
    let ecosystem = ecosystem(bucket);
    let library = bucket.contains("::");
    let (module, name) = module_of(package, library);
    let authority = match library {
        true => Authority::Ecosystem,
        false => Authority::Distribution,
    };
    let lists = [
        "VulnerableVersions",
        "PatchedVersions",
        "UnaffectedVersions",
    ];
    let mut all: Vec<Affected> = if lists.iter().any(|list| value.get(list).is_some()) {
        vec![of_lists(&ecosystem, name, value)?]
    } else {
        of_fixes(&ecosystem, name, value)?
    };
    for one in &mut all {
        one.conditions.module = module.map(ToOwned::to_owned);
        one.status = status(value);
        // In the databases of Alpine's relatives Trivy reads an empty fix as a version that is not one: no verdict.
        let of_apk = Scheme::for_ecosystem(&ecosystem) == Some(Scheme::Alpine);
        if of_apk && !ecosystem.starts_with("Alpine") && one.ranges.is_empty() {
            one.unread.push(String::new());
        }
    }
    Ok(advisory(
        key,
        &format!("{bucket}/{package}"),
        authority,
        all,
    ))
}

/// `php:7.2::php` is the package `php` of the module `php:7.2`.
fn module_of(package: &str, library: bool) -> (Option<&str>, &str) {
    match package.split_once("::") {
        Some((module, name)) if !library => (Some(module), name),
        _ => (None, package),
    }
}

/// Numbers of Trivy's statuses: 5 will not fix, 6 fix deferred, 7 end of life.
fn status(value: &Value) -> Status {
    match value["Status"].as_i64() {
        Some(5 | 7) => Status::WontFix,
        Some(6) => Status::Deferred,
        Some(4) => Status::UnderInvestigation,
        Some(1) => Status::NotAffected,
        _ => Status::Affected,
    }
}

fn text(value: &Value) -> anyhow::Result<String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => anyhow::bail!("expected a text, found {other}"),
    }
}

fn texts(value: &Value) -> anyhow::Result<Vec<String>> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(all) => all.iter().map(text).collect(),
        other => anyhow::bail!("expected a list, found {other}"),
    }
}

fn of_lists(ecosystem: &str, name: &str, value: &Value) -> anyhow::Result<Affected> {
    let vulnerable = texts(&value["VulnerableVersions"])?;
    let patched = texts(&value["PatchedVersions"])?;
    let mut safe = patched.clone();
    safe.extend(texts(&value["UnaffectedVersions"])?);
    let stretches = if vulnerable.is_empty() {
        let scheme = Scheme::for_ecosystem(ecosystem).unwrap_or(Scheme::Generic);
        constraint::complement(constraint::parse(&safe)?, scheme)
    } else {
        constraint::parse(&vulnerable)?
    };
    let stretches = stretches
        .iter()
        .map(|stretch| constraint::events(stretch, &[]))
        .collect();
    Ok(affected(ecosystem, name, stretches))
}

/// A fix is for builds of its own flavour: Oracle's ksplice and FIPS builds are other packages with the same name.
pub fn flavour(version: &str) -> &'static str {
    if version.contains("ksplice") {
        " ksplice"
    } else if version.ends_with("_fips") {
        " fips"
    } else {
        ""
    }
}

fn of_fixes(ecosystem: &str, name: &str, value: &Value) -> anyhow::Result<Vec<Affected>> {
    let entries = match &value["Entries"] {
        Value::Null => vec![value.clone()],
        Value::Array(entries) => entries.clone(),
        other => anyhow::bail!("expected a list, found {other}"),
    };
    text(&value["FixedVersion"])?;
    let introduced = text(&value["AffectedVersion"])?;
    let mut found = Vec::new();
    for entry in entries {
        let fixed = text(&entry["FixedVersion"])?;
        let release = match ecosystem.starts_with("Oracle") {
            true => format!("{ecosystem}{}", flavour(&fixed)),
            false => ecosystem.to_owned(),
        };
        let stretches = match (fixed.as_str(), introduced.as_str()) {
            ("", "") => Vec::new(),
            (fixed, "") => vec![below(fixed)],
            (fixed, from) => {
                let text = match fixed {
                    "" => format!(">= {from}"),
                    fixed => format!(">= {from}, < {fixed}"),
                };
                let parsed = constraint::parse(&[text])?;
                parsed.iter().map(|s| constraint::events(s, &[])).collect()
            }
        };
        let mut one = affected(&release, name, stretches);
        one.conditions.arches = texts(&entry["Arches"])?;
        found.push(one);
    }
    Ok(found)
}

/// One advisory per notice and CVE: a notice may repeat an earlier fix with a higher version.
fn red_hat(
    buckets: &Buckets,
    package: &str,
    key: &str,
    value: &Value,
    found: &mut Vec<Advisory>,
) -> anyhow::Result<()> {
    let (module, name) = module_of(package, false);
    let entries = value["Entries"]
        .as_array()
        .with_context(|| format!("expected a list, found {}", value["Entries"]))?;
    for (at, entry) in entries.iter().enumerate() {
        for cve in entry["Cves"].as_array().into_iter().flatten() {
            let id = cve["ID"].as_str().unwrap_or(key);
            let fixed = text(&entry["FixedVersion"])?;
            let stretches = match fixed.as_str() {
                "" => Vec::new(),
                fixed => vec![below(fixed)],
            };
            let mut all = Vec::new();
            for platform in platforms(buckets, entry) {
                let mut one = affected(&format!("Red Hat:{platform}"), name, stretches.clone());
                one.status = status(entry);
                one.conditions.binary = true;
                one.conditions.module = module.map(ToOwned::to_owned);
                one.conditions.arches = texts(&entry["Arches"])?;
                all.push(one);
            }
            let feed = format!("Red Hat/{key}/{package}/{at}");
            found.push(advisory(id, &feed, Authority::Distribution, all));
        }
    }
    Ok(())
}

fn platforms(buckets: &Buckets, entry: &Value) -> Vec<String> {
    let cpes = buckets.get("Red Hat CPE").and_then(|b| b.get("cpe"));
    let indices = entry["Affected"].as_array().into_iter().flatten();
    indices
        .filter_map(|index| cpes?.get(&index.to_string())?.as_str())
        .filter_map(|cpe| cpe.splitn(4, ':').nth(3))
        .map(ToOwned::to_owned)
        .collect()
}
