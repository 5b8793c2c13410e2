//! A decision point: a question with a list of answers.

use serde::{Deserialize, Serialize};

use super::error::TableError;

/// Most values that a decision point may have; the standard's have at most five.
pub(super) const MOST_VALUES: usize = 32;
const LONGEST_NAME: usize = 1000;

/// A decision point of one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionPoint {
    /// Who defines it: `ssvc`, `cisa`.
    pub namespace: String,
    /// Short name: `E`.
    pub key: String,
    /// Version of the definition: `1.1.0`.
    #[serde(default = "first_version")]
    pub version: String,
    /// `Exploitation`.
    pub name: String,
    /// What it asks.
    pub definition: String,
    /// Version of the format.
    #[serde(rename = "schemaVersion")]
    pub(super) schema_version: String,
    /// Its values; those of an outcome go from mild to severe.
    pub values: Vec<PointValue>,
}

/// A value of a decision point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointValue {
    /// Short name: `P`.
    pub key: String,
    /// `Public PoC`.
    pub name: String,
    /// What it means.
    pub definition: String,
}

impl DecisionPoint {
    /// Reads one decision point in the standard's JSON (schema 2.0.0).
    ///
    /// # Errors
    /// When it is not one, or names or values are not allowed.
    pub fn from_json(bytes: &[u8]) -> Result<DecisionPoint, TableError> {
        super::read_json::limit(bytes)?;
        let point: DecisionPoint = serde_json::from_slice(bytes)?;
        point.check()?;
        Ok(point)
    }

    /// `ssvc:E:1.1.0`.
    pub fn id(&self) -> String {
        format!("{}:{}:{}", self.namespace, self.key, self.version)
    }

    /// The place of a value by its key, or by its name in any case.
    pub fn place(&self, value: &str) -> Option<usize> {
        let by_key = self.values.iter().position(|known| known.key == value);
        by_key.or_else(|| {
            let same = |known: &PointValue| known.name.eq_ignore_ascii_case(value);
            self.values.iter().position(same)
        })
    }

    /// Whether `name` means this point: its id, `namespace:key`, or its key.
    pub fn is_called(&self, name: &str) -> bool {
        let mut parts = name.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some(key), None, ..) => key == self.key,
            (Some(namespace), Some(key), version, None) => {
                namespace == self.namespace
                    && key == self.key
                    && version.is_none_or(|version| version == self.version)
            }
            _ => false,
        }
    }

    /// Keys and names of its values, for messages.
    pub(super) fn expected(&self) -> String {
        let values = self.values.iter();
        let values = values.map(|value| format!("{} ({})", value.key, value.name));
        values.collect::<Vec<_>>().join(", ")
    }

    pub(super) fn check(&self) -> Result<(), TableError> {
        super::read_json::schema_version(&self.schema_version)?;
        check_key("key", &self.key)?;
        check_owner(&self.namespace, &self.version)?;
        name("name", &self.name, |c| !c.is_control())?;
        if self.values.is_empty() {
            return Err(TableError::Empty { what: self.id() });
        }
        if self.values.len() > MOST_VALUES {
            return Err(TableError::TooMany {
                what: "values of a decision point",
                found: self.values.len(),
                limit: MOST_VALUES,
            });
        }
        for (at, value) in self.values.iter().enumerate() {
            check_key("value key", &value.key)?;
            name("value name", &value.name, |c| !c.is_control())?;
            if self.values.iter().take(at).any(|v| v.key == value.key) {
                return Err(TableError::Double {
                    what: "value",
                    found: format!("{} {}", self.id(), value.key),
                });
            }
        }
        Ok(())
    }
}

pub(super) fn check_owner(namespace: &str, version: &str) -> Result<(), TableError> {
    name("namespace", namespace, |c| c.is_ascii_graphic())?;
    name("version", version, |c| c.is_ascii_graphic())
}

/// Letters, digits and inner underscores; `T*` is the standard's one exception.
pub(super) fn check_key(what: &'static str, key: &str) -> Result<(), TableError> {
    let good = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let edges = !key.starts_with('_') && !key.ends_with('_');
    if key == "T*" || (edges && name(what, key, good).is_ok()) {
        return Ok(());
    }
    Err(TableError::Name {
        what,
        found: key.chars().take(40).collect(),
    })
}

fn name(what: &'static str, text: &str, good: impl Fn(char) -> bool) -> Result<(), TableError> {
    if text.is_empty() || text.len() > LONGEST_NAME || !text.chars().all(good) {
        return Err(TableError::Name {
            what,
            found: text.chars().take(40).collect(),
        });
    }
    Ok(())
}

pub(super) fn first_version() -> String {
    "0.0.1".to_owned() // the schema's default
}
