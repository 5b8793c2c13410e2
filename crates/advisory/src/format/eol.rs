//! endoflife.date: API v1 (one product, or all of them), and the older v0 product files.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::json::{self, Text};
use super::{MAX_RECORD, ReadError, Sink, cut, time};
use crate::model::Lifecycle;

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct Product<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(borrow, default)]
    identifiers: Option<Vec<Identifier<'a>>>,
    #[serde(borrow, default)]
    releases: Option<Vec<&'a RawValue>>,
}

#[derive(Deserialize)]
struct Identifier<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Release<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    #[serde(default)]
    is_eol: Option<bool>,
    #[serde(borrow, default)]
    eol_from: Option<Text<'a>>,
    #[serde(borrow, default)]
    eoes_from: Option<Text<'a>>,
    #[serde(borrow, default)]
    latest: Option<Latest<'a>>,
}

#[derive(Deserialize)]
struct Latest<'a> {
    #[serde(borrow, default)]
    name: Option<Text<'a>>,
}

/// Reads an answer of API v1: `/products/<name>/` or `/products/full`.
///
/// # Errors
/// When the document is not of this shape.
pub fn visit(bytes: &[u8], _feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let answer: Answer = json::document(bytes, MAX_RECORD, "endoflife.date's API v1")?;
    let products = match json::part::<Vec<&RawValue>>(Some(answer.result)) {
        Some(list) => list,
        None => vec![answer.result],
    };
    for raw in products {
        match serde_json::from_str::<Product>(raw.get()) {
            Ok(read) => product(read, sink),
            Err(error) => sink.problem(format!(
                "a product could not be read: {error}: {}",
                cut(raw.get())
            )),
        }
    }
    Ok(())
}

fn product(product: Product<'_>, sink: &mut dyn Sink) {
    let identifiers: Vec<String> = product
        .identifiers
        .unwrap_or_default()
        .into_iter()
        .map(|identifier| identifier.id.owned())
        .collect();
    for raw in product.releases.unwrap_or_default() {
        match serde_json::from_str::<Release>(raw.get()) {
            Ok(release) => {
                let until = release.eol_from.as_deref().and_then(time::day);
                sink.lifecycle(Lifecycle {
                    product: product.name.to_string(),
                    cycle: release.name.owned(),
                    // With a day, whether it has passed is for the reader's clock to say.
                    ended: if until.is_none() {
                        release.is_eol
                    } else {
                        None
                    },
                    until,
                    extended_until: release.eoes_from.as_deref().and_then(time::day),
                    latest: release
                        .latest
                        .and_then(|latest| latest.name)
                        .map(Text::owned),
                    identifiers: identifiers.clone(),
                });
            }
            Err(error) => sink.problem(format!("{}: {error}", cut(&product.name))),
        }
    }
}

/// A cycle of API v0. A member may be a day, a yes or no, or missing.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Cycle<'a> {
    #[serde(borrow)]
    cycle: &'a RawValue,
    #[serde(borrow, default)]
    eol: Option<&'a RawValue>,
    #[serde(borrow, default)]
    extended_support: Option<&'a RawValue>,
    #[serde(borrow, default)]
    latest: Option<&'a RawValue>,
}

/// Reads a product file of API v0; the name is not in it.
///
/// # Errors
/// When the document is not a list.
pub fn visit_v0(bytes: &[u8], product: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let list: Vec<&RawValue> = json::document(bytes, MAX_RECORD, "endoflife.date's API v0")?;
    for raw in list {
        let cycle = match serde_json::from_str::<Cycle>(raw.get()) {
            Ok(cycle) => cycle,
            Err(error) => {
                sink.problem(format!("{product}: {error}"));
                continue;
            }
        };
        let word = |raw| json::part::<Text>(raw).map(Text::owned);
        // Cycle names that look like numbers are written as numbers in some files.
        let name = word(Some(cycle.cycle)).unwrap_or_else(|| cycle.cycle.get().to_owned());
        let until = word(cycle.eol).as_deref().and_then(time::day);
        sink.lifecycle(Lifecycle {
            product: product.to_owned(),
            cycle: name,
            ended: json::part::<bool>(cycle.eol),
            until,
            extended_until: word(cycle.extended_support).as_deref().and_then(time::day),
            latest: word(cycle.latest),
            identifiers: Vec::new(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const V1: &str = r#"{"schema_version": "1.2.1", "result": {"name": "debian",
        "identifiers": [{"type": "cpe", "id": "cpe:/o:debian:debian_linux"}], "releases": [
        {"name": "12", "isEol": true, "eolFrom": "2026-07-11", "eoesFrom": "2028-06-30", "latest": {"name": "12.15"}},
        {"name": "x", "isEol": false, "eolFrom": null, "latest": null}, 7]}}"#;
    const V0: &str = r#"[{"cycle": "12", "eol": "2026-07-11", "extendedSupport": false, "latest": "12.15"},
        {"cycle": 7, "eol": true}]"#;

    #[test]
    fn both_versions_tell_when_support_ends() {
        let mut records = Records::default();
        visit(V1.as_bytes(), "eol", &mut records).unwrap();
        visit_v0(V0.as_bytes(), "debian", &mut records).unwrap();
        let seen: Vec<_> = records
            .lifecycles
            .iter()
            .map(|l| {
                (
                    l.cycle.as_str(),
                    l.until.as_deref(),
                    l.ended,
                    l.extended_until.is_some(),
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("12", Some("2026-07-11"), None, true),
                ("x", None, Some(false), false),
                ("12", Some("2026-07-11"), None, false),
                ("7", None, Some(true), false)
            ]
        );
        assert_eq!(records.problems.len(), 1);
    }

    #[test]
    fn mutated_answers_never_panic() {
        patchward_test_support::mutate(&[V1.as_bytes(), V0.as_bytes()], 1500, |bytes| {
            let _ = visit(bytes, "eol", &mut Records::default());
            let _ = visit_v0(bytes, "x", &mut Records::default());
        });
    }
}
