//! Family `os-packages`: every package database through its reader, beside what osv-scalibr, trivy or rpm found.
//!
//! We list a package when files of it may be on the disk, with its version in one piece. Where a source does otherwise,
//! the comparison follows the source that the case comes from:
//!
//! | question | osv-scalibr | trivy | rpm |
//! | --- | --- | --- | --- |
//! | dpkg states | only `installed`, or all with `IncludeNotInstalled` | as we | – |
//! | epoch | beside the version | beside the version | beside the version |
//! | release | in the version | beside the version | beside the version |

use std::path::Path;

use anyhow::Context;
use patchward_inventory::os::{self, dpkg, release};
use patchward_inventory::parse::{Input, ParseError};
use patchward_protocol::inventory::Component;
use serde_json::Value;

use super::report::Report;

/// Runs every format folder.
pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    let mut folders: Vec<_> = std::fs::read_dir(corpus.join("os-packages"))?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|entry| entry.path())
        .filter(|path| path.join("expected.jsonl").is_file())
        .collect();
    folders.sort();
    for folder in folders {
        run_format(&folder, report).with_context(|| folder.display().to_string())?;
    }
    Ok(())
}

fn run_format(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let table = format!("os-packages/{name}/expected.jsonl");
    for line in std::fs::read_to_string(folder.join("expected.jsonl"))?.lines() {
        let case: Value = serde_json::from_str(line)?;
        let row = format!("{} {}", text(&case, "case"), text(&case, "original_name"));
        report.row(&table, &row, check(folder, &name, &case));
    }
    Ok(())
}

fn check(folder: &Path, name: &str, case: &Value) -> Result<(), String> {
    let bytes =
        std::fs::read(folder.join(text(case, "file"))).map_err(|error| error.to_string())?;
    let path = match text(case, "upstream_path") {
        "" => text(case, "original_name"),
        path => path,
    };
    let outcome = components(name, path, &bytes, case);
    match (case["expect"].as_str().unwrap_or("packages"), outcome) {
        ("error", Err(_)) => Ok(()),
        ("error", Ok(_)) => Err("an error was expected".into()),
        (_, Err(error)) => Err(format!("failed: {error}")),
        (_, Ok(components)) => compare(case, &components),
    }
}

/// What we find, as far as the case's source would list it.
fn components(
    name: &str,
    path: &str,
    bytes: &[u8],
    case: &Value,
) -> Result<Vec<Component>, ParseError> {
    let format = name.trim_end_matches("-queried");
    let format = os::format(format).ok_or_else(|| ParseError::new("no reader of this name"))?;
    // The walker leaves out the lists of checksums.
    if path.ends_with(".md5sums") {
        return Ok(Vec::new());
    }
    let input = Input {
        path,
        bytes,
        open: &|_| None,
    };
    let system = release::parse(text(case, "os_release").as_bytes());
    if name == "dpkg-status" && case.to_string().contains("\"IncludeNotInstalled\":true") {
        let text = String::from_utf8_lossy(bytes);
        let mut all = Vec::new();
        dpkg::read(&text, |package| {
            if !package.version.is_empty() {
                all.push(dpkg::component(&package, path, system.as_ref()));
            }
        });
        return Ok(all);
    }
    let mut components = (format.parse)(&input, system.as_ref())?.components;
    if source(case) == "osv-scalibr" {
        components.retain(|component| !component.properties.contains_key("status"));
    }
    Ok(components)
}

fn compare(case: &Value, components: &[Component]) -> Result<(), String> {
    let empty = Vec::new();
    let expected = case["packages"].as_array().unwrap_or(&empty);
    let mut want: Vec<String> = expected.iter().map(wanted).collect();
    let mut have: Vec<String> = components.iter().map(|one| had(case, one)).collect();
    want.sort();
    have.sort();
    if want != have {
        return Err(format!("expected {want:?}, found {have:?}"));
    }
    expected
        .iter()
        .try_for_each(|package| details(package, components))
}

/// `name version`, the version in one piece.
fn wanted(package: &Value) -> String {
    let epoch = match package["epoch"]
        .as_u64()
        .or(package["metadata"]["Epoch"].as_u64())
    {
        None | Some(0) => String::new(),
        Some(epoch) => format!("{epoch}:"),
    };
    let release = match text(package, "release") {
        "" => String::new(),
        release => format!("-{release}"),
    };
    format!(
        "{} {epoch}{}{release}",
        text(package, "name"),
        text(package, "version")
    )
}

/// Epoch 0 is written by dpkg when the maintainer wrote it; the sources above leave it out.
fn had(case: &Value, component: &Component) -> String {
    let version = match source(case) {
        "trivy" => component
            .version
            .strip_prefix("0:")
            .unwrap_or(&component.version),
        _ => &component.version,
    };
    format!("{} {version}", component.name)
}

/// What a case says besides name and version.
fn details(package: &Value, components: &[Component]) -> Result<(), String> {
    let name = text(package, "name");
    let of_name: Vec<&Component> = components.iter().filter(|one| one.name == name).collect();
    let one_has = |what: &str, has: &dyn Fn(&Component) -> bool| {
        if of_name.iter().any(|one| has(one)) {
            Ok(())
        } else {
            Err(format!("{name}: another {what} than {package}"))
        }
    };
    let metadata = &package["metadata"];
    for arch in [&package["arch"], &metadata["Architecture"]]
        .into_iter()
        .filter_map(Value::as_str)
    {
        // trivy writes `None` for a package of every architecture.
        one_has("architecture", &|one| {
            one.arch.as_deref() == Some(arch) || arch == "None"
        })?;
    }
    for origin in [&package["src_name"], &metadata["OriginName"]]
        .into_iter()
        .filter_map(Value::as_str)
    {
        one_has("source", &|one| {
            one.source
                .as_ref()
                .is_some_and(|source| source.name == origin)
        })?;
    }
    for file in [&package["source_rpm"], &metadata["SourceRPM"]]
        .into_iter()
        .filter_map(Value::as_str)
    {
        one_has("source package", &|one| {
            one.properties
                .get("source-rpm")
                .is_some_and(|found| found == file)
        })?;
    }
    if let Some(version) = package["src_version"].as_str() {
        one_has("source version", &|one| {
            one.source
                .as_ref()
                .is_some_and(|source| source.version.contains(version))
        })?;
    }
    Ok(())
}

fn source(case: &Value) -> &str {
    text(case, "case").split(':').next().unwrap_or_default()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
