//! Rows `a OP b`, each read both ways round.

use std::cmp::Ordering;
use std::path::Path;

use patchward_version::{Gaps, Scheme};

use super::{File, files, scheme_of, text};
use crate::corpus::report::Report;

/// Runs every row of `versions/compare`.
pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    for file in files(corpus, "compare")? {
        if file.is_json() {
            for row in file.json_rows() {
                let row = row?;
                let fields = (text(&row, &["a"]), text(&row, &["op"]), text(&row, &["b"]));
                let (Some(a), Some(operator), Some(b)) = fields else {
                    anyhow::bail!("{}: expected a, op and b: {row}", file.name);
                };
                check(&file, report, a, operator, b);
            }
            continue;
        }
        for line in file.text.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            if let [a, operator @ ("<" | "=" | ">"), b] = fields[..] {
                check(&file, report, a, operator, b);
            }
        }
    }
    Ok(())
}

fn check(file: &File, report: &mut Report, a: &str, operator: &str, b: &str) {
    let expected = match operator {
        "<" => Ordering::Less,
        ">" => Ordering::Greater,
        _ => Ordering::Equal,
    };
    let outcome = compare(file, a, b).and_then(|got| {
        super::expect(expected, got)?;
        super::expect(expected.reverse(), compare(file, b, a)?)
    });
    report.row(&file.name, &format!("{a} {operator} {b}"), outcome);
}

fn compare(file: &File, a: &str, b: &str) -> Result<Ordering, String> {
    let scheme = scheme_of(&file.ecosystem).ok_or("no such scheme")?;
    let order = match file.name.contains("missing-epoch-ignored") {
        true => scheme.compare_with_gaps(a, b, Gaps::EPOCH),
        false => scheme.compare(a, b),
    };
    order.map_err(|error| error.to_string())
}

/// The order of two versions, as JSON rows name it.
pub fn sign(scheme: Scheme, a: &str, b: &str) -> Result<i64, String> {
    match scheme.compare(a, b) {
        Ok(order) => Ok(order as i64),
        Err(error) => Err(error.to_string()),
    }
}
