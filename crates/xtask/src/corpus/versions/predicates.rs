//! Rows `function(arguments) = expected` of Renovate's tables, and grype's rows about missing epochs.

use std::cmp::Ordering;
use std::path::Path;

use patchward_version::{Gaps, Scheme};
use serde_json::Value;

use super::compare::sign;
use super::{expect, files, scheme_of, text, texts};
use crate::corpus::report::Report;

/// Runs every row of `versions/predicates`.
pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    for file in files(corpus, "predicates")? {
        for row in file.json_rows() {
            let row = row?;
            let outcome = match scheme_of(&file.ecosystem) {
                None => Err("no such scheme".to_owned()),
                Some(scheme) if row["function"].is_null() => missing_epoch(scheme, &row),
                Some(scheme) => predicate(scheme, &row),
            };
            report.row(&file.name, &name_of(&row), outcome);
        }
    }
    Ok(())
}

/// `function argument argument…`, with the arguments in the row's order of importance.
fn name_of(row: &Value) -> String {
    const ARGUMENTS: [&str; 9] = [
        "a", "version", "input", "b", "other", "versions", "vers", "range", "rng",
    ];
    let strategy = text(row, &["missing_epoch_strategy"]).unwrap_or_default();
    let mut name = text(row, &["function"]).unwrap_or(strategy).to_owned();
    for argument in ARGUMENTS
        .map(|argument| &row[argument])
        .iter()
        .filter(|value| !value.is_null())
    {
        name.push(' ');
        name.push_str(&argument.to_string());
    }
    name
}

fn predicate(scheme: Scheme, row: &Value) -> Result<(), String> {
    let expected = ["expected", "result", "exp", "maxSatisfying"]
        .iter()
        .map(|field| &row[*field])
        .find(|value| !value.is_null())
        .unwrap_or(&Value::Null);
    let a = text(row, &["a", "version"]);
    let b = text(row, &["b", "other", "range"]);
    let (scheme, a, b) = of_conan_1(scheme, a, b);
    let pair = || a.zip(b).ok_or_else(|| "expected two arguments".to_owned());
    match text(row, &["function"]).unwrap_or_default() {
        "equals" => {
            let (a, b) = pair()?;
            expect(expected.as_bool(), Some(sign(scheme, a, b) == Ok(0)))
        }
        "isGreaterThan" => {
            let (a, b) = pair()?;
            expect(expected.as_bool(), Some(sign(scheme, a, b) == Ok(1)))
        }
        "compare" | "sortVersions" => {
            let (a, b) = pair()?;
            expect(
                expected.as_i64().map(i64::signum),
                Some(sign(scheme, a, b)?),
            )
        }
        "matches" => {
            let (version, range) = pair()?;
            expect(expected.as_bool(), Some(matches(scheme, version, range)))
        }
        "getSatisfyingVersion" => satisfying(scheme, row, expected, Ordering::Greater),
        "minSatisfyingVersion" => satisfying(scheme, row, expected, Ordering::Less),
        function => Err(format!("the product does not ask {function}")),
    }
}

/// Renovate's rows for Conan append `, loose=True` to a version that is to be read as Conan 1 did: by node-semver.
fn of_conan_1<'a>(
    scheme: Scheme,
    a: Option<&'a str>,
    b: Option<&'a str>,
) -> (Scheme, Option<&'a str>, Option<&'a str>) {
    let is_version = b.is_some_and(|b| !b.trim_start().starts_with('['));
    let loose = [a, b]
        .iter()
        .flatten()
        .any(|text| text.contains(", loose="));
    if scheme != Scheme::Conan || !loose || !is_version {
        return (scheme, a, b);
    }
    let plain = |text: &'a str| {
        let (version, _) = text.split_once(',').unwrap_or((text, ""));
        version.trim_start_matches([' ', 'v', '='])
    };
    (Scheme::Npm, a.map(plain), b.map(plain))
}

/// Renovate has no errors: what cannot be read does not match.
fn matches(scheme: Scheme, version: &str, range: &str) -> bool {
    let range = scheme.range(range);
    range.is_ok_and(|range| range.contains(version).unwrap_or(false))
}

/// The highest or lowest of the versions that are in the range.
fn satisfying(
    scheme: Scheme,
    row: &Value,
    expected: &Value,
    wanted: Ordering,
) -> Result<(), String> {
    let versions = texts(row, &["versions", "vers"]).ok_or("no versions given")?;
    let range = text(row, &["range", "rng"]).ok_or("no range given")?;
    let mut best: Option<&str> = None;
    for version in versions
        .into_iter()
        .filter(|version| matches(scheme, version, range))
    {
        let better = best.is_none_or(|best| scheme.compare(version, best) == Ok(wanted));
        best = if better { Some(version) } else { best };
    }
    match (best, expected.as_str()) {
        (Some(best), Some(expected)) if sign(scheme, best, expected) == Ok(0) => Ok(()),
        (best, expected) => expect(expected, best),
    }
}

/// `zero`: a missing epoch is 0. `auto`: an epoch that only one side has does not count; rpm's default as well.
fn missing_epoch(scheme: Scheme, row: &Value) -> Result<(), String> {
    let pair = text(row, &["a"]).zip(text(row, &["b"]));
    let (a, b) = pair.ok_or("expected two versions")?;
    let gaps = match text(row, &["missing_epoch_strategy"]) {
        Some("zero") => Gaps::NONE,
        _ => Gaps::EPOCH,
    };
    let order = scheme
        .compare_with_gaps(a, b, gaps)
        .map_err(|error| error.to_string())?;
    expect(row["cmp"].as_i64(), Some(order as i64))
}
