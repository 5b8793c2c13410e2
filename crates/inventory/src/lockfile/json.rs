//! JSON pieces that keep their place: strings borrowed from the text (so [`Lines::of`] finds their line) and objects
//! in the order of the file.
//!
//! [`Lines::of`]: super::text::Lines::of

mod comments;
mod object;
mod text;

pub(crate) use comments::without_comments;
pub(crate) use object::{Names, Object, Pairs};
pub(crate) use text::{Loose, Text, Texts};

use serde::Deserialize;

use crate::parse::ParseError;

/// Reads a JSON document (nested at most 128 deep, which is the library's limit).
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ParseError> {
    serde_json::from_str(text).map_err(|error| {
        let message = error.to_string();
        let message = message.split(" at line ").next().unwrap_or_default();
        match error.line() {
            0 => ParseError::new(message),
            line => ParseError::at(line, message),
        }
    })
}

/// Reads a JSON document that is an object: a derived reader would take a list as well, value by value, and find an
/// empty one well-formed.
pub(crate) fn read_object<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ParseError> {
    read::<Object<T>>(text).map(|object| object.0)
}
