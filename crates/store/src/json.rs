//! Values that are stored as JSON text.

use rusqlite::Row;
use rusqlite::types::Type;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::StoreError;

/// The text of a value.
pub(crate) fn text(doing: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(StoreError::form(doing))
}

/// The word of an enum without fields, as its record writes it.
pub(crate) fn word(doing: &'static str, value: &impl Serialize) -> Result<String, StoreError> {
    let value = serde_json::to_value(value).map_err(StoreError::form(doing))?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}

/// A value from a column of text.
pub(crate) fn column<T: DeserializeOwned>(row: &Row<'_>, at: usize) -> rusqlite::Result<T> {
    let text: String = row.get(at)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(at, Type::Text, error.into()))
}
