//! An evaluation on record: the text vector, and the standard's SelectionList.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::builtin::known_points;
use super::error::TableError;
use super::evaluate::{Evaluation, Selection};
use super::point::check_key;
use super::table::too_many;

const MOST_SELECTIONS: usize = 256;
const MOST_TARGETS: usize = 4096;

/// Selected values of decision points at a time (schema SelectionList 2.0.0).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectionList {
    /// What was evaluated: vulnerabilities, assets.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub target_ids: Vec<String>,
    /// When.
    pub timestamp: Timestamp,
    #[serde(rename = "schemaVersion")]
    schema_version: String,
    /// The values.
    pub selections: Vec<SelectionEntry>,
}

/// A decision point and the values that it may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SelectionEntry {
    /// Namespace of the decision point.
    pub namespace: String,
    /// Its key.
    #[serde(default)]
    pub key: String,
    /// Its version.
    pub version: String,
    /// Its name.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The values.
    pub values: Vec<SelectionValue>,
}

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "WrittenValue")]
pub struct SelectionValue {
    /// Its key.
    pub key: String,
    /// Its name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// As written: an object, or (schema 1-0-1) only the name.
#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenValue {
    Name(String),
    Value {
        key: String,
        #[serde(default)]
        name: String,
    },
}

impl From<WrittenValue> for SelectionValue {
    fn from(written: WrittenValue) -> SelectionValue {
        match written {
            WrittenValue::Name(name) => SelectionValue {
                key: String::new(),
                name,
            },
            WrittenValue::Value { key, name } => SelectionValue { key, name },
        }
    }
}

impl Evaluation {
    /// `SSVCv2/E:A/EXP:O/A:Y/HI:H/DSOI:I/2026-11-22T00:00:00Z/`: keys of the values that the outcome stands on.
    pub fn text_vector(&self, at: Timestamp) -> String {
        format!("{}{at}/", self.vector())
    }

    /// The text vector up to the time.
    pub(crate) fn vector(&self) -> String {
        let mut text = "SSVCv2/".to_owned();
        for selection in self.selections.iter().chain([&self.outcome]) {
            text.push_str(&selection.key);
            text.push(':');
            text.push_str(&selection.value);
            text.push('/');
        }
        text
    }

    /// The evaluation as a SelectionList, the parts first, each outcome after its inputs. A point that is not certain
    /// lists every value that it may have.
    pub fn selection_list(&self, targets: &[&str], at: Timestamp) -> SelectionList {
        let mut target_ids: Vec<String> = Vec::new();
        for target in targets {
            if !target_ids.iter().any(|known| known == target) {
                target_ids.push((*target).to_owned());
            }
        }
        let mut selections = Vec::new();
        self.collect(&mut selections);
        SelectionList {
            target_ids,
            timestamp: at,
            schema_version: "2.0.0".to_owned(),
            selections,
        }
    }

    fn collect(&self, into: &mut Vec<SelectionEntry>) {
        for part in &self.parts {
            part.collect(into);
        }
        for selection in self.selections.iter().chain([&self.outcome]) {
            let entry = entry(selection);
            // The outcome of a part is also an input here, and tables share inputs.
            if !into.contains(&entry) {
                into.push(entry);
            }
        }
    }
}

impl SelectionList {
    /// Reads a SelectionList of schema 2.0.0, or of 1-0-1 where points and values have names only.
    ///
    /// # Errors
    /// When it is not one, or a name of the older schema is none of the standard's.
    pub fn from_json(bytes: &[u8]) -> Result<SelectionList, TableError> {
        super::read_json::limit(bytes)?;
        let mut list: SelectionList = serde_json::from_slice(bytes)?;
        too_many("selections", list.selections.len(), MOST_SELECTIONS)?;
        too_many("targets", list.target_ids.len(), MOST_TARGETS)?;
        match list.schema_version.as_str() {
            "2.0.0" => {}
            "1-0-1" => list.add_keys()?,
            found => {
                return Err(TableError::SchemaVersion {
                    found: found.chars().take(40).collect(),
                    expected: "2.0.0 or 1-0-1",
                });
            }
        }
        list.check()?;
        Ok(list)
    }

    /// As JSON that the standard's schema accepts.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() // plain strings always serialise
    }

    /// Finds the keys of a document that has names only, and makes it one of schema 2.0.0.
    fn add_keys(&mut self) -> Result<(), TableError> {
        for (number, entry) in self.selections.iter_mut().enumerate() {
            let point = known_points()
                .iter()
                .find(|point| {
                    point.namespace == entry.namespace
                        && point.name == entry.name
                        && point.version == entry.version
                })
                .ok_or_else(|| TableError::UnknownPoint {
                    row: number + 1,
                    found: entry.name.chars().take(100).collect(),
                })?;
            entry.key.clone_from(&point.key);
            for value in &mut entry.values {
                let known = point.place(&value.name).and_then(|at| point.values.get(at));
                let known = known.ok_or_else(|| TableError::UnknownValue {
                    row: number + 1,
                    point: point.name.clone(),
                    found: value.name.chars().take(100).collect(),
                    expected: point.expected(),
                })?;
                value.key.clone_from(&known.key);
            }
        }
        self.schema_version = "2.0.0".to_owned();
        Ok(())
    }

    fn check(&self) -> Result<(), TableError> {
        let empty = |what: &str| TableError::Empty {
            what: what.to_owned(),
        };
        if self.selections.is_empty() {
            return Err(empty("the list of selections"));
        }
        for entry in &self.selections {
            check_key("key", &entry.key)?;
            if entry.values.is_empty() {
                return Err(empty("the list of values"));
            }
            for value in &entry.values {
                check_key("value key", &value.key)?;
            }
        }
        Ok(())
    }
}

fn entry(selection: &Selection) -> SelectionEntry {
    let value = |(key, name): &(String, String)| SelectionValue {
        key: key.clone(),
        name: name.clone(),
    };
    SelectionEntry {
        namespace: selection.namespace.clone(),
        key: selection.key.clone(),
        version: selection.version.clone(),
        name: selection.name.clone(),
        values: selection.candidates.iter().map(value).collect(),
    }
}
