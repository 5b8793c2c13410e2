//! Family `matching-grype`: packages against records of grype's database builder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use patchward_advisory::model::{Advisory, Affected, Authority, Event, Status};
use patchward_protocol::inventory::{Component, SourcePackage};
use patchward_protocol::report::Finding;
use serde_json::Value;

use super::{Known, advisory, affected, below, component, constraint, counted, ids};
use crate::corpus::report::Report;

const FILE: &str = "matching/grype-matcher/cases.jsonl";

/// Runs every case.
pub fn run(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    for line in std::fs::read_to_string(folder.join(FILE))?.lines() {
        let case: Value = serde_json::from_str(line)?;
        let name = case["case"].as_str().unwrap_or_default().to_owned();
        let outcome = judge(folder, &case).unwrap_or_else(|error| Err(format!("{error:#}")));
        report.row(FILE, &name, outcome);
    }
    Ok(())
}

fn judge(folder: &Path, case: &Value) -> anyhow::Result<Result<(), String>> {
    let db = case["db"].as_str().unwrap_or_default();
    let mut files = Vec::new();
    json_files(
        &folder.join("matching/grype-matcher/advisories").join(db),
        &mut files,
    )?;
    let selected: BTreeSet<String> = strings(&case["select_only"])
        .map(str::to_lowercase)
        .collect();
    let mut advisories = Vec::new();
    for file in files {
        let record: Value = serde_json::from_str(&std::fs::read_to_string(&file)?)?;
        let identifier = record["identifier"]
            .as_str()
            .unwrap_or_default()
            .to_lowercase();
        let chosen = selected.iter().any(|wanted| {
            identifier == *wanted || identifier.rsplit('/').next() == Some(wanted.as_str())
        });
        if selected.is_empty() || chosen {
            advisories.extend(translate(&record["item"])?);
        }
    }
    let known = Known::of(advisories)?;
    let version = case["distro"]["version"].as_str().unwrap_or_default();
    let findings = known.findings(&host(case), version, vec![package(case)?]);
    Ok(compare(case, &findings))
}

fn compare(case: &Value, findings: &[Finding]) -> Result<(), String> {
    let named = |finding: &Finding| -> BTreeSet<String> {
        let mut all: BTreeSet<String> = ids(finding).into_iter().map(ToOwned::to_owned).collect();
        let deciding = finding.statements.iter().filter(|s| s.decides);
        all.extend(deciding.map(|s| s.advisory.clone()));
        all
    };
    let found: Vec<BTreeSet<String>> = counted(findings).map(named).collect();
    let matched: Vec<&str> = strings(&case["matched"]).collect();
    let missing: Vec<&&str> = matched
        .iter()
        .filter(|id| !found.iter().any(|ids| ids.contains(**id)))
        .collect();
    let extra: Vec<&BTreeSet<String>> = found
        .iter()
        .filter(|ids| !matched.iter().any(|id| ids.contains(*id)))
        .collect();
    if missing.is_empty() && extra.is_empty() {
        return Ok(());
    }
    Err(format!("missing {missing:?}, extra {extra:?}"))
}

fn strings(value: &Value) -> impl Iterator<Item = &str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
}

fn json_files(folder: &Path, found: &mut Vec<PathBuf>) -> anyhow::Result<()> {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            json_files(&path, found)?;
        } else if path.extension().is_some_and(|e| e == "json") {
            found.push(path);
        }
    }
    Ok(())
}

/// The OSV ecosystem of a namespace (`rhel:8`) or of a host.
fn ecosystem(id: &str, version: &str) -> String {
    let numbered = |name: &str| match version {
        "" | "rolling" => name.to_owned(),
        version => format!("{name}:{version}"),
    };
    let major = version.split('.').next().unwrap_or_default();
    match id {
        "alpine" => format!("Alpine:v{version}"),
        "wolfi" => "Wolfi".to_owned(),
        "chainguard" => "Chainguard".to_owned(),
        "debian" => numbered("Debian"),
        "ubuntu" => numbered("Ubuntu"),
        "rhel" | "redhat" | "centos" => format!("Red Hat:enterprise_linux:{major}"),
        "sles" => match version.split_once('.') {
            Some((major, pack)) => format!("SUSE:Linux Enterprise Server {major} SP{pack}"),
            None => format!("SUSE:Linux Enterprise Server {version}"),
        },
        "github" => match version {
            "npm" => "npm".to_owned(),
            "gem" => "RubyGems".to_owned(),
            "go" => "Go".to_owned(),
            "python" => "PyPI".to_owned(),
            "java" => "Maven".to_owned(),
            "rust" => "crates.io".to_owned(),
            "nuget" => "NuGet".to_owned(),
            "composer" => "Packagist".to_owned(),
            other => other.to_owned(),
        },
        other => numbered(other),
    }
}

fn host(case: &Value) -> String {
    let distro = &case["distro"];
    match distro["id"].as_str() {
        Some(id) => ecosystem(id, distro["version"].as_str().unwrap_or_default()),
        None => String::new(),
    }
}

fn package(case: &Value) -> anyhow::Result<Component> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let package = &case["package"];
    let kind = match package["type"].as_str().unwrap_or_default() {
        "gomodule" => "golang",
        "python" => "pypi",
        "java-archive" => "maven",
        "rust-crate" => "cargo",
        "dotnet" => "nuget",
        "php-composer" => "composer",
        other => other,
    };
    let mut component = component(kind, &text(&package["name"]), &text(&package["version"]))?;
    if let Some(epoch) = case["epoch"].as_i64().filter(|epoch| *epoch > 0)
        && !component.version.contains(':')
    {
        component.version = format!("{epoch}:{}", component.version);
    }
    component.arch = case["arch"].as_str().map(ToOwned::to_owned);
    component.module = case["modularity"].as_str().map(ToOwned::to_owned);
    component.cpes = strings(&case["cpes"]).map(ToOwned::to_owned).collect();
    if let Some(name) = case["upstream"]["name"].as_str() {
        component.source = Some(SourcePackage {
            name: name.to_owned(),
            version: text(&case["upstream"]["version"]),
        });
    }
    Ok(component)
}

/// A record of any of the builder's schemas.
fn translate(item: &Value) -> anyhow::Result<Option<Advisory>> {
    if !item["Advisory"]["FixedIn"].is_null() {
        return of_github(&item["Advisory"]).map(Some);
    }
    if !item["Vulnerability"]["FixedIn"].is_null() {
        return of_distribution(&item["Vulnerability"]).map(Some);
    }
    if !item["cve"].is_null() {
        return Ok(Some(of_nvd(&item["cve"])));
    }
    Ok((!item["affected"].is_null()).then(|| of_osv(item)))
}

fn of_distribution(record: &Value) -> anyhow::Result<Advisory> {
    let mut all = Vec::new();
    for fix in record["FixedIn"].as_array().into_iter().flatten() {
        let namespace = fix["NamespaceName"].as_str().unwrap_or_default();
        let (id, version) = namespace.split_once(':').unwrap_or((namespace, ""));
        let name = fix["Name"].as_str().unwrap_or_default();
        let fixed = fix["Version"].as_str().unwrap_or_default();
        let stretches = match fix["VulnerableRange"].as_str() {
            Some(range) if !range.is_empty() => constraint::parse(&[range.to_owned()])?
                .iter()
                .map(|s| constraint::events(s, &[]))
                .collect(),
            _ if matches!(fixed, "None" | "" | "0") => Vec::new(),
            _ => vec![below(fixed)],
        };
        let mut one: Affected = affected(&ecosystem(id, version), name, stretches);
        if fixed == "0" {
            one.status = Status::NotAffected;
        } else if fix["VendorAdvisory"]["NoAdvisory"].as_bool() == Some(true) {
            one.status = Status::WontFix;
        }
        let module = fix["Module"].as_str().filter(|module| !module.is_empty());
        one.conditions.module = module.map(ToOwned::to_owned);
        all.push(one);
    }
    let id = record["Name"].as_str().unwrap_or_default();
    let feed = record["NamespaceName"].as_str().unwrap_or_default();
    Ok(advisory(id, feed, Authority::Distribution, all))
}

fn of_github(record: &Value) -> anyhow::Result<Advisory> {
    let mut all = Vec::new();
    for fix in record["FixedIn"].as_array().into_iter().flatten() {
        let namespace = fix["namespace"].as_str().unwrap_or_default();
        let (id, version) = namespace.split_once(':').unwrap_or((namespace, ""));
        let range = fix["range"].as_str().unwrap_or_default().to_owned();
        let fixes: Vec<String> = fix["identifier"]
            .as_str()
            .map(ToOwned::to_owned)
            .into_iter()
            .collect();
        let stretches = constraint::parse(&[range])?
            .iter()
            .map(|s| constraint::events(s, &fixes))
            .collect();
        let name = fix["name"].as_str().unwrap_or_default();
        all.push(affected(&ecosystem(id, version), name, stretches));
    }
    let id = record["ghsaId"].as_str().unwrap_or_default();
    let mut found = advisory(id, "github", Authority::Ecosystem, all);
    found.aliases = strings(&record["CVE"]).map(ToOwned::to_owned).collect();
    Ok(found)
}

fn of_nvd(cve: &Value) -> Advisory {
    let mut all = Vec::new();
    let configurations = cve["configurations"].as_array().into_iter().flatten();
    let nodes = configurations.flat_map(|c| c["nodes"].as_array().into_iter().flatten());
    for found in nodes.flat_map(|node| node["cpeMatch"].as_array().into_iter().flatten()) {
        if found["vulnerable"].as_bool() != Some(true) {
            continue;
        }
        let text = |key: &str| found[key].as_str().map(ToOwned::to_owned);
        let criteria = text("criteria").unwrap_or_default();
        let exact = criteria.split(':').nth(5).unwrap_or("*").to_owned();
        let mut events = Vec::new();
        let low = text("versionStartIncluding").map(Event::Introduced);
        let low = low.or(text("versionStartExcluding").map(Event::After));
        events.push(low.unwrap_or(Event::Introduced("0".to_owned())));
        let high = text("versionEndExcluding").map(Event::Fixed);
        events.extend(high.or(text("versionEndIncluding").map(Event::LastAffected)));
        let bounded = found
            .as_object()
            .is_some_and(|o| o.keys().any(|k| k.starts_with("version")));
        let mut one = affected(
            "CPE",
            &criteria,
            if bounded { vec![events] } else { Vec::new() },
        );
        if !bounded && !matches!(exact.as_str(), "*" | "-") {
            one.versions.push(exact);
        }
        all.push(one);
    }
    advisory(
        cve["id"].as_str().unwrap_or_default(),
        "nvd",
        Authority::Cpe,
        all,
    )
}

fn of_osv(record: &Value) -> Advisory {
    let mut all = Vec::new();
    let mut distribution = false;
    for one in record["affected"].as_array().into_iter().flatten() {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let ecosystem = text(&one["package"]["ecosystem"]);
        distribution |= matches!(ecosystem.as_str(), "Chainguard" | "Wolfi");
        let ranges = one["ranges"].as_array().into_iter().flatten();
        let stretches = ranges.map(|range| {
            let events = range["events"].as_array().into_iter().flatten();
            events
                .filter_map(|event| {
                    let (kind, version) = event.as_object()?.iter().next()?;
                    let version = version.as_str()?.to_owned();
                    Some(match kind.as_str() {
                        "introduced" => Event::Introduced(version),
                        "fixed" => Event::Fixed(version),
                        "last_affected" => Event::LastAffected(version),
                        _ => Event::Limit(version),
                    })
                })
                .collect()
        });
        let mut found = affected(
            &ecosystem,
            &text(&one["package"]["name"]),
            stretches.collect(),
        );
        let purl: Option<patchward_purl::Purl> = text(&one["package"]["purl"]).parse().ok();
        let arch = purl.as_ref().and_then(|purl| purl.qualifier("arch"));
        found.conditions.arches = arch.map(ToOwned::to_owned).into_iter().collect();
        all.push(found);
    }
    let authority = match distribution {
        true => Authority::Distribution,
        false => Authority::Ecosystem,
    };
    let mut found = advisory(
        record["id"].as_str().unwrap_or_default(),
        "osv",
        authority,
        all,
    );
    found.aliases = strings(&record["aliases"]).map(ToOwned::to_owned).collect();
    found.upstream = strings(&record["upstream"])
        .map(ToOwned::to_owned)
        .collect();
    found
}
