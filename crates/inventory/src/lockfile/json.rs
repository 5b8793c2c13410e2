//! JSON read into typed records whose strings stay where they are in the text, so that each tells its line.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};

use crate::parse::ParseError;

/// Reads a document.
///
/// # Errors
/// Text that is not JSON or has another shape, with the line. Nesting is limited by the JSON reader (128).
pub(crate) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ParseError> {
    serde_json::from_str(text).map_err(|error| {
        let whole = error.to_string();
        // The reader ends its message with the place, which we tell ourselves.
        let message = whole.split(" at line ").next().unwrap_or_default();
        match error.line() {
            0 => ParseError::new(message),
            line => ParseError::at(line, message),
        }
    })
}

/// A string of the document: borrowed unless it has escapes, so that `Lines::of` finds its line. Numbers, booleans
/// and null are taken as text too (`null` as the empty one): writers of lockfiles are not careful.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Str<'a>(pub(crate) Cow<'a, str>);

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Str<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StrVisitor)
    }
}

struct StrVisitor;

impl<'de> Visitor<'de> for StrVisitor {
    type Value = Str<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Str(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Str(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Str::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Str(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Str(Cow::Owned(value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Str(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Str(Cow::Owned(value.to_string())))
    }
}

/// An object as its pairs, in the order of the file. `null` is an empty one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pairs<'a, T>(pub(crate) Vec<(Str<'a>, T)>);

impl<T> Default for Pairs<'_, T> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de: 'a, 'a, T: Deserialize<'de>> Deserialize<'de> for Pairs<'a, T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PairsVisitor(PhantomData))
    }
}

struct PairsVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PairsVisitor<T> {
    type Value = Pairs<'de, T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Pairs::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::text::Lines;

    #[test]
    fn strings_tell_their_line_and_pairs_keep_their_order() {
        let text = "{\n \"b\": 1,\n \"a\": \"x\", \"c\": null }";
        let pairs: Pairs<'_, Str<'_>> = parse(text).unwrap();
        let lines = Lines::new(text);
        let got: Vec<_> = pairs.0.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(got, [("b", "1"), ("a", "x"), ("c", "")]);
        assert_eq!(lines.of(&pairs.0[1].0), Some(3));
    }

    #[test]
    fn errors_name_their_line() {
        let error = parse::<Pairs<'_, Str<'_>>>("{\n\"a\": [1]}").unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(parse::<Pairs<'_, Str<'_>>>(&"[".repeat(100_000)).is_err());
    }
}
