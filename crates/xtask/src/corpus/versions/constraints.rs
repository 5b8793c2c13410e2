//! Rows `version satisfies constraint`, in grype's and trivy's grammar, and trivy's three lists of ranges.

use std::path::Path;

use patchward_version::{Gaps, Range, Scheme};
use serde_json::Value;

use super::{File, expect, files, scheme_of, text, texts};
use crate::corpus::report::Report;

/// Runs every row of `versions/constraints`.
pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    for file in files(corpus, "constraints")? {
        for row in file.json_rows() {
            let row = row?;
            let Some(version) = text(&row, &["version"]) else {
                anyhow::bail!("{}: expected a version: {row}", file.name);
            };
            let (name, outcome) = match text(&row, &["constraint"]) {
                Some(constraint) => (
                    format!("{version} in {constraint:?}"),
                    satisfied(&file, version, constraint, &row["satisfied"]),
                ),
                None => (
                    format!("{version}: {}", text(&row, &["note"]).unwrap_or_default()),
                    vulnerable(&file, version, &row),
                ),
            };
            report.row(&file.name, &name, outcome);
        }
    }
    Ok(())
}

fn satisfied(file: &File, version: &str, constraint: &str, expected: &Value) -> Result<(), String> {
    let scheme = scheme_of(&file.ecosystem).ok_or("no such scheme")?;
    let got = match scheme {
        Scheme::Rpm => satisfied_with_gaps(scheme, version, constraint),
        _ => contains(&translate(scheme, constraint)?, version),
    };
    expect(expected.as_bool(), Some(got?))
}

/// grype compares rpm versions by what both sides state: an epoch or a release that one lacks does not count.
fn satisfied_with_gaps(scheme: Scheme, version: &str, constraint: &str) -> Result<bool, String> {
    let holds = |part: &str| -> Result<bool, String> {
        let part = part.trim();
        let bound = part.trim_start_matches(['<', '>', '=', '!']);
        let operator = &part[..part.len() - bound.len()];
        let order = scheme
            .compare_with_gaps(version, bound.trim(), Gaps::EPOCH)
            .map_err(|error| error.to_string())?;
        Ok(match operator {
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "!=" => order.is_ne(),
            _ => order.is_eq(),
        })
    };
    for all in constraint.split("||") {
        let parts = all.split(',').filter(|part| !part.trim().is_empty());
        if parts
            .map(holds)
            .collect::<Result<Vec<_>, _>>()?
            .iter()
            .all(|held| *held)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// trivy's verdict: in a vulnerable range (if there are any) and in no patched or unaffected one; an empty range means
/// that the publisher named none, which counts as vulnerable; what cannot be read counts as not vulnerable.
fn vulnerable(file: &File, version: &str, row: &Value) -> Result<(), String> {
    let scheme = scheme_of(&file.ecosystem).ok_or("no such scheme")?;
    let list = |field: &str| texts(row, &[field]).unwrap_or_default();
    let vulnerable = list("vulnerable_versions");
    let secure = [list("patched_versions"), list("unaffected_versions")].concat();
    let in_one_of = |ranges: &[&str]| -> Result<bool, String> {
        let held = ranges
            .iter()
            .map(|range| contains(&translate(scheme, range)?, version));
        Ok(held.collect::<Result<Vec<_>, _>>()?.contains(&true))
    };
    let verdict = || -> Result<bool, String> {
        if vulnerable.contains(&"") || secure.contains(&"") {
            return Ok(true);
        }
        let affected = in_one_of(&vulnerable)?;
        if !vulnerable.is_empty() && !affected {
            return Ok(false);
        }
        match secure.is_empty() {
            true => Ok(affected),
            false => Ok(!in_one_of(&secure)?),
        }
    };
    expect(
        row["vulnerable"].as_bool(),
        Some(verdict().unwrap_or(false)),
    )
}

/// grype and trivy write plain comparisons for most ecosystems, and the ecosystem's own language for some.
fn translate(scheme: Scheme, constraint: &str) -> Result<Range, String> {
    let constraint = constraint.replace('"', "");
    let own = match scheme {
        Scheme::Npm | Scheme::Bitnami | Scheme::PyPi => true,
        Scheme::Maven => constraint.contains(['[', '(']),
        Scheme::RubyGems => constraint.contains("~>"),
        _ => false,
    };
    let range = match own {
        true => scheme.range(&constraint),
        false => scheme.plain_range(&constraint),
    };
    range.map_err(|error| error.to_string())
}

fn contains(range: &Range, version: &str) -> Result<bool, String> {
    range.contains(version).map_err(|error| error.to_string())
}
