//! Reads a table in the standard's JSON, schema DecisionTable 2.0.0.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

use super::error::TableError;
use super::point::{self, DecisionPoint};
use super::table::{Row, Table};

/// A complete table of the largest allowed size stays below this.
const LARGEST: usize = 16 << 20;

/// A JSON object as a list, so that order and doubled names stay visible.
struct Entries<K, V>(Vec<(K, V)>);

/// A word of a row, in the file where it stands there as it is: a table has hundreds of them and few are different.
#[derive(Deserialize)]
struct Word<'a>(#[serde(borrow)] Cow<'a, str>);

#[derive(Deserialize)]
struct Document<'a> {
    namespace: String,
    key: String,
    #[serde(default = "point::first_version")]
    version: String,
    name: String,
    #[serde(rename = "schemaVersion")]
    schema_version: String,
    decision_points: Entries<String, DecisionPoint>,
    outcome: String,
    #[serde(default, borrow)]
    mapping: Vec<Entries<Word<'a>, Word<'a>>>,
}

impl Table {
    /// Reads a table in the standard's JSON (schema DecisionTable 2.0.0).
    ///
    /// # Errors
    /// When it is not one, a row names what the decision points do not have, a combination of values is missing or
    /// stands twice. Names the row.
    pub fn from_json(bytes: &[u8]) -> Result<Table, TableError> {
        limit(bytes)?;
        let document: Document = serde_json::from_slice(bytes)?;
        schema_version(&document.schema_version)?;
        point::check_key("key", &document.key)?;
        point::check_owner(&document.namespace, &document.version)?;
        let points = document.decision_points.0;
        unique(&points)?;
        let outcome = points
            .iter()
            .position(|(name, _)| *name == document.outcome)
            .ok_or_else(|| TableError::Outcome {
                found: document.outcome.chars().take(100).collect(),
            })?;
        for (_, point) in &points {
            point.check()?; // before rows are looked up in it
        }
        let mut rows = Vec::with_capacity(document.mapping.len());
        for (number, mapping) in document.mapping.iter().enumerate() {
            rows.push(row(number + 1, &points, outcome, &mapping.0)?);
        }
        let id = format!(
            "{}:{}:{}",
            document.namespace, document.key, document.version
        );
        let mut inputs: Vec<DecisionPoint> = points.into_iter().map(|(_, point)| point).collect();
        let outcome = inputs.remove(outcome);
        Table::new(id, document.name, inputs, outcome, &rows)
    }
}

/// Refuses what is too large to be read at all.
pub(super) fn limit(bytes: &[u8]) -> Result<(), TableError> {
    match bytes.len() > LARGEST {
        true => Err(TableError::TooLarge {
            found: bytes.len(),
            limit: LARGEST,
        }),
        false => Ok(()),
    }
}

pub(super) fn schema_version(found: &str) -> Result<(), TableError> {
    match found {
        "2.0.0" => Ok(()),
        _ => Err(TableError::SchemaVersion {
            found: found.chars().take(40).collect(),
            expected: "2.0.0",
        }),
    }
}

fn unique<T>(entries: &[(String, T)]) -> Result<(), TableError> {
    super::table::too_many("decision points", entries.len(), 64)?;
    for (at, (name, _)) in entries.iter().enumerate() {
        if entries.iter().take(at).any(|(other, _)| other == name) {
            return Err(TableError::Double {
                what: "decision point",
                found: name.chars().take(100).collect(),
            });
        }
    }
    Ok(())
}

fn row(
    number: usize,
    points: &[(String, DecisionPoint)],
    outcome: usize,
    mapping: &[(Word, Word)],
) -> Result<Row, TableError> {
    let foreign = mapping
        .iter()
        .find(|(name, _)| !points.iter().any(|(known, _)| *known == name.0));
    if let Some((name, _)) = foreign {
        return Err(TableError::UnknownPoint {
            row: number,
            found: name.0.chars().take(100).collect(),
        });
    }
    let mut values = Vec::with_capacity(points.len());
    for (name, point) in points {
        let mut found = mapping.iter().filter(|(key, _)| key.0 == *name);
        let (Some((_, value)), None) = (found.next(), found.next()) else {
            return Err(TableError::NoValue {
                row: number,
                point: name.clone(),
            });
        };
        let place = point.values.iter().position(|known| known.key == value.0);
        values.push(place.ok_or_else(|| TableError::UnknownValue {
            row: number,
            point: name.clone(),
            found: value.0.chars().take(100).collect(),
            expected: point.expected(),
        })?);
    }
    let outcome = values.remove(outcome);
    Ok(Row { values, outcome })
}

impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Deserialize<'de> for Entries<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor<K, V>(PhantomData<(K, V)>);

        impl<'de, K: Deserialize<'de>, V: Deserialize<'de>> Visitor<'de> for EntriesVisitor<K, V> {
            type Value = Entries<K, V>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries<K, V>, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(EntriesVisitor(PhantomData))
    }
}
