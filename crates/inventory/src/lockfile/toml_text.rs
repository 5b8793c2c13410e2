//! TOML for all formats that use it.

use serde::de::DeserializeOwned;

use super::text::Lines;
use crate::parse::ParseError;

/// Reads a TOML document; an error names its line.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, ParseError> {
    toml::from_str(text).map_err(|error: toml::de::Error| {
        let message = error.message().trim().to_owned();
        let line = error.span().and_then(|span| Lines::new(text).at(span.start));
        ParseError { message, line }
    })
}
