//! A scalar of a JSON document as text that keeps its place.

use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A string of the document: borrowed unless it has escapes, so that `Lines::of` finds its line. Numbers and booleans
/// are taken as the text that they are, `null` as the empty one: writers of lockfiles are not careful.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Scalar<'a>(pub(crate) Cow<'a, str>);

impl Deref for Scalar<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Scalar::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Scalar(Cow::Owned(value.to_string())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::json::{self, Pairs};
    use crate::lockfile::text::Lines;

    #[test]
    fn scalars_are_text_and_tell_their_line() {
        let text = "{\n \"b\": 1,\n \"a\": \"x\", \"c\": null }";
        let pairs: Pairs<'_, Scalar<'_>> = json::read(text).unwrap();
        let got: Vec<_> = pairs.0.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(got, [("b", "1"), ("a", "x"), ("c", "")]);
        assert_eq!(Lines::new(text).of(&pairs.0[1].1), Some(3));
    }

    #[test]
    fn errors_name_their_line() {
        let error = json::read::<Pairs<'_, Scalar<'_>>>("{\n\"a\": [1]}").unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(json::read::<Pairs<'_, Scalar<'_>>>(&"[".repeat(100_000)).is_err());
    }
}
