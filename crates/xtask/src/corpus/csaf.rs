//! Family `csaf`: documents with the results that OASIS and Secvisogram expect of a validator, and file names.
//!
//! A document has a row for what the named test says (mandatory tests only: recommended and informative ones are not
//! run) and one for whether it is valid as a whole.

use std::path::Path;

use anyhow::Context as _;
use patchward_advisory::csaf_validation::{self, Violation, is_file_name};
use patchward_core::csaf::validate;
use serde::Deserialize;
use serde_json::Value;

use super::report::Report;

#[derive(Deserialize)]
struct Case {
    file: String,
    test_id: String,
    group: String,
    valid: bool,
    test_triggers: bool,
}

#[derive(Deserialize)]
struct Document {
    id: String,
    valid: bool,
    content: Value,
}

#[derive(Deserialize)]
struct FileName {
    valid: bool,
    case: Value,
    file: String,
}

pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    for folder in ["oasis-2.0", "oasis-2.1", "secvisogram-files"] {
        for case in lines::<Case>(corpus, &format!("csaf/{folder}/cases.jsonl"))? {
            let path = corpus.join("csaf").join(folder).join(&case.file);
            let bytes = std::fs::read(&path).with_context(|| path.display().to_string())?;
            let violations = validate(&bytes);
            let file = format!("csaf/{folder}/{}", case.group);
            let row = format!("{} {}", case.test_id, case.file);
            if case.group == "mandatory" {
                let told = violations
                    .as_ref()
                    .is_ok_and(|all| tells(all, &case.test_id));
                report.row(
                    &file,
                    &row,
                    expect("the test tells", told, case.test_triggers),
                );
            }
            report.row(
                &file,
                &format!("{row} valid"),
                validity(violations, case.valid),
            );
        }
    }
    for name in ["documentTests", "optionalTests", "schemaTests"] {
        let file = format!("csaf/secvisogram-{name}.jsonl");
        for case in lines::<Document>(corpus, &file)? {
            let violations = validate(&serde_json::to_vec(&case.content)?);
            report.row(&file, &case.id, validity(violations, case.valid));
        }
    }
    for version in ["2.0", "2.1"] {
        let file = format!("csaf/filenames-{version}.jsonl");
        for case in lines::<FileName>(corpus, &file)? {
            let id = case
                .case
                .pointer("/document/tracking/id")
                .and_then(Value::as_str);
            let fits = is_file_name(&case.file, id.unwrap_or_default());
            report.row(&file, &case.file, expect("the name fits", fits, case.valid));
        }
    }
    Ok(())
}

fn lines<T: for<'a> Deserialize<'a>>(corpus: &Path, file: &str) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(corpus.join(file)).with_context(|| file.to_owned())?;
    let all = text.lines().map(|line| Ok(serde_json::from_str(line)?));
    all.collect::<anyhow::Result<_>>()
        .with_context(|| file.to_owned())
}

fn tells(violations: &[Violation], test: &str) -> bool {
    violations.iter().any(|violation| violation.test == test)
}

fn validity(
    violations: Result<Vec<Violation>, csaf_validation::CsafError>,
    expected: bool,
) -> Result<(), String> {
    let told = match &violations {
        Ok(all) => all
            .iter()
            .map(|v| format!("{} {}: {}", v.test, v.pointer, v.message))
            .collect(),
        Err(error) => vec![error.to_string()],
    };
    expect("valid", told.is_empty(), expected).map_err(|why| format!("{why} [{}]", told.join("; ")))
}

fn expect(what: &str, got: bool, expected: bool) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("{what}: {got}, expected {expected}"))
    }
}
