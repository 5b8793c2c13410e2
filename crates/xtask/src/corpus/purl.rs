//! Family `purl`: the specification's own tests.
//!
//! `parse` rows ask the strict reader, `validate` rows what the forgiving reader makes canonical, `build` rows the
//! builder with the type's rules.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use patchward_purl::{InvalidPurl, Purl};
use serde::Deserialize;

use super::report::Report;

#[derive(Deserialize)]
struct Document {
    tests: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    description: String,
    test_type: String,
    input: Value,
    expected_output: Option<Value>,
    #[serde(default)]
    expected_failure: bool,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Value {
    Text(String),
    Parts(Parts),
}

#[derive(Deserialize, PartialEq, Debug)]
struct Parts {
    r#type: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    version: Option<String>,
    qualifiers: Option<BTreeMap<String, String>>,
    subpath: Option<String>,
}

pub fn run(corpus: &Path, report: &mut Report) -> anyhow::Result<()> {
    for folder in ["spec", "types"] {
        let mut files: Vec<_> = std::fs::read_dir(corpus.join("purl").join(folder))?
            .collect::<Result<_, _>>()
            .with_context(|| format!("failed to list purl/{folder}"))?;
        files.sort_by_key(std::fs::DirEntry::file_name);
        for entry in files {
            let file = format!("purl/{folder}/{}", entry.file_name().to_string_lossy());
            let document: Document = serde_json::from_slice(&std::fs::read(entry.path())?)?;
            for (number, case) in document.tests.iter().enumerate() {
                let row = format!("{number}: {}: {}", case.test_type, case.description);
                report.row(&file, &row, outcome(case));
            }
        }
    }
    Ok(())
}

fn outcome(case: &Case) -> Result<(), String> {
    let got = match (&case.input, case.test_type.as_str()) {
        (Value::Text(text), "validate") if !case.expected_failure => text.parse::<Purl>(),
        (Value::Text(text), _) => Purl::parse_strict(text),
        (Value::Parts(parts), _) => build(parts),
    };
    let got = match (got, case.expected_failure) {
        (Err(_), true) => return Ok(()),
        (Ok(got), true) => return Err(format!("gives {got}, should fail")),
        (Err(error), false) => return Err(error.to_string()),
        (Ok(got), false) => got,
    };
    match &case.expected_output {
        Some(Value::Text(expected)) => compare(&got.to_string(), expected),
        Some(Value::Parts(expected)) => compare(&parts_of(&got), expected),
        None => Ok(()),
    }
}

fn compare<T: PartialEq + std::fmt::Debug>(got: &T, expected: &T) -> Result<(), String> {
    if got == expected {
        Ok(())
    } else {
        Err(format!("gives {got:?}, expected {expected:?}"))
    }
}

fn build(parts: &Parts) -> Result<Purl, InvalidPurl> {
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let mut purl = Purl::new(
        &text(&parts.r#type),
        parts.namespace.as_deref(),
        &text(&parts.name),
    )?
    .with_version(&text(&parts.version))
    .with_subpath(&text(&parts.subpath));
    for (key, value) in parts.qualifiers.iter().flatten() {
        if !Purl::is_qualifier_key(key) {
            return Err(InvalidPurl::Qualifier);
        }
        purl = purl.with_qualifier(key, value);
    }
    purl.check()?;
    Ok(purl)
}

fn parts_of(purl: &Purl) -> Parts {
    let qualifiers: BTreeMap<_, _> = purl.qualifiers().iter().cloned().collect();
    Parts {
        r#type: Some(purl.kind().to_owned()),
        namespace: purl.namespace().map(str::to_owned),
        name: Some(purl.name().to_owned()),
        version: purl.version().map(str::to_owned),
        qualifiers: (!qualifiers.is_empty()).then_some(qualifiers),
        subpath: purl.subpath().map(str::to_owned),
    }
}
