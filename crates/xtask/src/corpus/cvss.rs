//! Family `cvss`: every vector's scores, and published scores that do not fit their vector.

use std::collections::HashMap;
use std::path::Path;

use patchward_risk::cvss::{Score, Vector, Version};

use super::report::Report;

/// Runs every file.
pub fn run(folder: &Path, report: &mut Report) -> anyhow::Result<()> {
    let mut files: Vec<_> = std::fs::read_dir(folder.join("cvss"))?.collect::<Result<_, _>>()?;
    files.sort_by_key(std::fs::DirEntry::file_name);
    for file in files {
        let name = format!("cvss/{}", file.file_name().to_string_lossy());
        if !name.ends_with(".csv") {
            continue;
        }
        let mut rows = csv::Reader::from_path(file.path())?;
        for row in rows.deserialize() {
            let row: HashMap<String, String> = row?;
            let field = |key: &str| row.get(key).map_or("", String::as_str);
            let outcome = match row.contains_key("published_score") {
                true => published(&field),
                false => computed(&field),
            };
            report.row(&name, field("vector"), outcome);
        }
    }
    Ok(())
}

/// A row with the scores that another program or the standard's authors computed.
fn computed<'a>(field: &impl Fn(&str) -> &'a str) -> Result<(), String> {
    let vector = read(field("vector"))?;
    // Version 4 has one score for everything given, whatever its column is called.
    let base = match vector.version() {
        Version::V40 => vector.score(),
        _ => vector.base(),
    };
    same("base", field("base"), base)?;
    same("score", field("score"), base)?;
    same("temporal", field("temporal"), vector.temporal())?;
    same(
        "environmental",
        field("environmental"),
        vector.environmental_score(),
    )?;
    match field("severity") {
        "" => Ok(()),
        expected if base.severity().to_string() == expected => Ok(()),
        expected => Err(format!("expected {expected}, found {}", base.severity())),
    }
}

/// A row with the score that its publisher gave: it fits, or it is told that it does not.
fn published<'a>(field: &impl Fn(&str) -> &'a str) -> Result<(), String> {
    let vector = read(field("vector"))?;
    let score = field("published_score")
        .parse()
        .map_err(|error| format!("{error}"))?;
    let found = vector.agree(score);
    match found.agrees() == (field("redhat_calculator_base_agrees") == "yes") {
        true => Ok(()),
        false => Err(format!("the published {score} {found}")),
    }
}

/// Reads, prints and reads again.
fn read(text: &str) -> Result<Vector, String> {
    let vector = Vector::parse(text).map_err(|error| error.to_string())?;
    match Vector::parse(&vector.to_string()) {
        Ok(again) if again == vector => Ok(vector),
        _ => Err(format!("printed as {vector}, which reads differently")),
    }
}

fn same(what: &str, expected: &str, found: Score) -> Result<(), String> {
    match expected.is_empty() || found.to_string() == expected {
        true => Ok(()),
        false => Err(format!("{what}: expected {expected}, found {found}")),
    }
}
