//! Reading JSON: text first (one check for UTF-8), borrowed strings, and lists whose entries stand alone.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{ReadError, text};

/// A string that borrows from the document where it has no escapes.
#[derive(Debug, Default, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Text<'a>(#[serde(borrow)] pub Cow<'a, str>);

impl Text<'_> {
    /// The string by itself.
    pub fn owned(self) -> String {
        self.0.into_owned()
    }
}

impl std::ops::Deref for Text<'_> {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

/// Reads a whole document into a type.
pub fn document<'a, T: Deserialize<'a>>(
    bytes: &'a [u8],
    limit: usize,
    expected: &'static str,
) -> Result<T, ReadError> {
    serde_json::from_str(text(bytes, limit)?).map_err(|source| ReadError::Json { expected, source })
}

/// Reads a part that was kept raw; `None` when it has another shape.
pub fn part<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    serde_json::from_str(raw?.get()).ok()
}

/// Owned strings of an optional list, blank ones and doubles left out.
pub fn strings(list: Option<Vec<Text<'_>>>) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for item in list.unwrap_or_default() {
        if !item.trim().is_empty()
            && (out.len() > 1000 || !out.iter().any(|known| **known == *item))
        {
            out.push(item.owned());
        }
    }
    out
}

/// Hands each entry of a JSON array to `each`, raw, so that a bad one does not lose the others. Used as the type of a
/// field by [`entries_of`].
struct Entries<F>(F);

impl<'de, F: FnMut(&'de RawValue)> DeserializeSeed<'de> for Entries<F> {
    type Value = ();
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(&'de RawValue)> Visitor<'de> for Entries<F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        while let Some(entry) = list.next_element::<&'de RawValue>()? {
            (self.0)(entry);
        }
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Walks a JSON object: `list` names the member that holds the records, each of which goes raw to `each`; other
/// members go raw to `other`. Returns whether the member was there.
pub fn entries_of<'a>(
    text: &'a str,
    expected: &'static str,
    list: &str,
    mut each: impl FnMut(&'a RawValue),
    mut other: impl FnMut(&str, &'a RawValue),
) -> Result<bool, ReadError> {
    struct Walk<'l, E, O>(&'l str, E, O);
    impl<'de, E: FnMut(&'de RawValue), O: FnMut(&str, &'de RawValue)> Visitor<'de> for Walk<'_, E, O> {
        type Value = bool;

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            write!(f, "an object with a list {:?}", self.0)
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<bool, A::Error> {
            let mut found = false;
            while let Some(key) = map.next_key::<Text<'de>>()? {
                if &*key == self.0 {
                    found = true;
                    map.next_value_seed(Entries(&mut self.1))?;
                } else {
                    (self.2)(&key, map.next_value()?);
                }
            }
            Ok(found)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    (&mut deserializer)
        .deserialize_map(Walk(list, &mut each, &mut other))
        .and_then(|found| deserializer.end().map(|()| found))
        .map_err(|source| ReadError::Json { expected, source })
}

/// Walks a JSON object whose members are the records: key and raw value go to `each`.
pub fn members<'a>(
    text: &'a str,
    expected: &'static str,
    mut each: impl FnMut(Text<'a>, &'a RawValue),
) -> Result<(), ReadError> {
    struct Walk<E>(E);
    impl<'de, E: FnMut(Text<'de>, &'de RawValue)> Visitor<'de> for Walk<E> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
            while let Some(key) = map.next_key::<Text<'de>>()? {
                (self.0)(key, map.next_value()?);
            }
            Ok(())
        }

        // PHP writes an empty map as an empty list.
        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
            match list.next_element::<IgnoredAny>()? {
                None => Ok(()),
                Some(_) => Err(serde::de::Error::invalid_type(
                    serde::de::Unexpected::Seq,
                    &"an object",
                )),
            }
        }
    }
    let mut deserializer = serde_json::Deserializer::from_str(text);
    (&mut deserializer)
        .deserialize_any(Walk(&mut each))
        .and_then(|()| deserializer.end())
        .map_err(|source| ReadError::Json { expected, source })
}
