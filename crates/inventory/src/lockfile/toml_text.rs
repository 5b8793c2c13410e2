//! TOML for all formats that use it.

use serde::de::DeserializeOwned;

use super::text::toml_error;
use crate::parse::ParseError;

/// Reads a TOML document; an error names its line.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    toml::from_str(text).map_err(|error| toml_error(&error, text))
}
