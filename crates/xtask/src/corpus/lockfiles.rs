//! Family `lockfiles`: every input through the reader of its folder's format, beside what osv-scalibr or trivy found.
//!
//! Where the two differ by convention, [`listed`] follows the one that the case comes from (more in [`conventions`]):
//!
//! | question | osv-scalibr | trivy |
//! | --- | --- | --- |
//! | the project's own root and workspace members | only in the formats of [`OWN`] | only in the formats of [`OWN`] |
//! | an npm link to a folder of the project | a second entry without version | the folder's own entry |
//! | what a `package.json` asks for | only with option `includeDeps`; what has no lowest version is left out | – |
//! | packages for development in `Pipfile.lock` | listed | left out |

mod conventions;

use std::path::Path;

use anyhow::Context;
use patchward_inventory::lockfile;
use patchward_inventory::parse::{Input, Parsed};
use serde_json::Value;

use super::report::Report;

/// Which source lists the project's own packages (root, members) in which format; nobody else does.
const OWN: &[(&str, &str)] = &[
    ("osv-scalibr", "cargo-lock"),
    ("osv-scalibr", "cargo-toml"),
    ("osv-scalibr", "dotnet-deps-json"),
    ("osv-scalibr", "julia-manifest"),
    ("osv-scalibr", "npm-package-lock"),
    ("osv-scalibr", "package-json"),
    ("osv-scalibr", "podfile-lock"),
    ("trivy", "bun-lock"),
    ("trivy", "cargo-lock"),
    ("trivy", "conan"),
    ("trivy", "dotnet-deps-json"),
    ("trivy", "julia-manifest"),
    ("trivy", "npm-package-lock"),
    ("trivy", "podfile-lock"),
];

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
    match (text(case, "expect"), outcome) {
        ("error", Err(_)) => Ok(()),
        ("error", Ok(parsed)) if conventions::fails(source_of(case), name, &parsed) => Ok(()),
        ("error", Ok(_)) => Err("an error was expected".into()),
        (_, Err(error)) => Err(format!("failed: {error}")),
        (_, Ok(parsed)) => compare(name, case, &parsed),
    }
}

fn source_of(case: &Value) -> &str {
    text(case, "case").split(':').next().unwrap_or_default()
}

fn compare(format: &str, case: &Value, parsed: &Parsed) -> Result<(), String> {
    let source = source_of(case);
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
    let mut have = listed(source, format, case, parsed);
    want.sort();
    have.sort();
    if want != have {
        return Err(difference(&want, &have));
    }
    Ok(())
}

/// Our components as the case's source would list them.
fn listed(source: &str, format: &str, case: &Value, parsed: &Parsed) -> Vec<(String, String)> {
    let own = OWN.contains(&(source, format));
    let mut list = Vec::new();
    for component in parsed.components.iter().filter(|c| own || !c.own) {
        let left_out = match (source, format) {
            ("osv-scalibr", "package-json") => {
                let dependencies = case["options"]["includeDeps"] == true;
                !component.own && (!dependencies || component.version.is_empty())
            }
            ("trivy", "pipfile-lock") => component.development == Some(true),
            _ => false,
        };
        if left_out {
            continue;
        }
        let Some(entry) = conventions::entry(source, format, &case["options"], component) else {
            continue;
        };
        list.push(entry);
        if component.own && (source, format) == ("osv-scalibr", "npm-package-lock") {
            list.push((component.name.clone(), String::new()));
        }
    }
    list
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
