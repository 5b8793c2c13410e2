//! Family `lockfiles`: every input through the reader of its folder's format, beside what osv-scalibr or trivy found.
//!
//! Where the two differ by convention, [`conventions`] lists our components as the case's own source would.

mod conventions;
mod facts;

use std::path::Path;

use anyhow::Context;
use patchward_inventory::lockfile;
use patchward_inventory::parse::{Input, Parsed};
use serde_json::Value;

use super::report::Report;
use conventions::Source;

/// Runs every format folder.
pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    let mut folders: Vec<_> = std::fs::read_dir(corpus.join("lockfiles"))?
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
    let name = folder
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or("?");
    let table = format!("lockfiles/{name}/expected.jsonl");
    for line in std::fs::read_to_string(folder.join("expected.jsonl"))?.lines() {
        let case: Value = serde_json::from_str(line)?;
        let row = format!("{} {}", text(&case, "case"), text(&case, "original_name"));
        report.row(&table, &row, check(folder, name, &case));
    }
    Ok(())
}

fn check(folder: &Path, name: &str, case: &Value) -> Result<(), String> {
    let format = lockfile::format_named(name).ok_or("no reader of this name")?;
    let file = text(case, "file");
    let original = text(case, "original_name");
    let bytes = std::fs::read(folder.join(file)).map_err(|error| error.to_string())?;
    // Files of one upstream folder lie here side by side, their path flattened with `__`.
    let flat = file.strip_suffix(original).unwrap_or_default();
    let open =
        |path: &str| std::fs::read(folder.join(format!("{flat}{}", path.replace('/', "__")))).ok();
    let outcome = (format.parse)(&Input {
        path: original,
        bytes: &bytes,
        open: &open,
    });
    let from = Source {
        name: text(case, "case").split(':').next().unwrap_or_default(),
        format: name,
        options: &case["options"],
        input: &String::from_utf8_lossy(&bytes),
    };
    match (text(case, "expect"), outcome) {
        ("error", Err(_)) => Ok(()),
        ("error", Ok(parsed)) if from.fails(&parsed) => Ok(()),
        ("error", Ok(_)) => Err("an error was expected".into()),
        (_, Err(error)) => Err(format!("failed: {error}")),
        (_, Ok(parsed)) => compare(&from, case, &parsed),
    }
}

fn compare(from: &Source<'_>, case: &Value, parsed: &Parsed) -> Result<(), String> {
    let empty = Vec::new();
    let expected = case["packages"].as_array().unwrap_or(&empty);
    let mut want: Vec<(String, String)> = expected
        .iter()
        .map(|package| {
            (
                text(package, "name").into(),
                text(package, "version").into(),
            )
        })
        .collect();
    let mut have = from.listed(parsed);
    want.sort();
    have.sort();
    if from.lists_each_once() {
        want.dedup();
        have.dedup();
    }
    if want != have {
        return Err(difference(&want, &have));
    }
    if case["also_error"] == true && parsed.problems.is_empty() {
        return Err("a problem was expected beside the packages".into());
    }
    facts::check(from, expected, parsed)
}

fn difference(want: &[(String, String)], have: &[(String, String)]) -> String {
    let less = |a: &[(String, String)], b: &[(String, String)]| {
        let mut rest = b.to_vec();
        let mut only = Vec::new();
        for item in a {
            match rest.iter().position(|other| other == item) {
                Some(at) => drop(rest.swap_remove(at)),
                None => only.push(format!("{}@{}", item.0, item.1)),
            }
        }
        only.truncate(8);
        only.join(" ")
    };
    format!(
        "{} expected, {} found; missing: [{}]; too many: [{}]",
        want.len(),
        have.len(),
        less(want, have),
        less(have, want)
    )
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_default()
}
