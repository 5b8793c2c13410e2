//! Objects: as records, as pairs in the order of the file, and as names alone.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::{Loose, Text};

/// A record that is written as an object and as nothing else.
#[derive(Debug, Default)]
pub(crate) struct Object<T>(pub(crate) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Record<T>(PhantomData<T>);
        impl<'de, T: Deserialize<'de>> Visitor<'de> for Record<T> {
            type Value = Object<T>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(items)).map(Object)
            }
        }
        from.deserialize_map(Record(PhantomData))
    }
}

/// An object in the order of the file, doubles included. `null` and an empty list (PHP writes an empty object so)
/// count as empty. Anything else is an error: what cannot be read must not read as nothing.
#[derive(Debug)]
pub(crate) struct Pairs<'a, V>(pub(crate) Vec<(Text<'a>, V)>);

impl<V> Default for Pairs<'_, V> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Items<'a, V>(PhantomData<(&'a str, V)>);
        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for Items<'a, V> {
            type Value = Pairs<'a, V>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = items.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                match items.next_element::<IgnoredAny>()? {
                    None => Ok(Pairs::default()),
                    Some(_) => Err(A::Error::custom("a list where an object was expected")),
                }
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Pairs::default())
            }
        }
        from.deserialize_any(Items(PhantomData))
    }
}

/// The names of an object whose values matter little (what a package needs, which engines it runs on). These tell
/// about packages and name none, so anything that is no object has no names.
#[derive(Debug, Default)]
pub(crate) struct Names<'a>(Vec<(Text<'a>, Loose<'a>)>);

impl Names<'_> {
    /// The names in the order of the file.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| &**name)
    }

    /// The names with their values, where these are texts (ranges of versions).
    pub(crate) fn with_texts(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, value.text()))
    }

    /// Whether a name is among them (a linear search: for the few names of one package).
    pub(crate) fn has(&self, name: &str) -> bool {
        self.iter().any(|known| known == name)
    }

    /// There is no name.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Names<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any<'a>(PhantomData<&'a str>);
        impl<'de: 'a, 'a> Visitor<'de> for Any<'a> {
            type Value = Names<'a>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("anything")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                let mut names = Vec::new();
                while let Some(pair) = items.next_entry()? {
                    names.push(pair);
                }
                Ok(Names(names))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Names::default())
            }

            fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Names::default())
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Names::default())
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Names::default())
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Names::default())
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Names::default())
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Names::default())
            }
        }
        from.deserialize_any(Any(PhantomData))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lockfile::json::read;

    #[test]
    fn objects_keep_their_order_and_doubles() {
        let pairs: Pairs<'_, u8> = read("{\"b\": 1, \"a\": 2, \"b\": 3}").unwrap();
        let keys: Vec<&str> = pairs.0.iter().map(|(key, _)| &**key).collect();
        assert_eq!(keys, ["b", "a", "b"]);
    }

    #[test]
    fn only_null_and_an_empty_list_stand_for_an_empty_object() {
        for empty in ["{}", "[]", "null"] {
            assert!(
                read::<Pairs<'_, u8>>(empty).unwrap().0.is_empty(),
                "{empty}"
            );
        }
        for other in ["[1]", "true", "false", "\"a\"", "1"] {
            assert!(read::<Pairs<'_, u8>>(other).is_err(), "{other}");
        }
        let error = read::<Pairs<'_, Pairs<'_, u8>>>("{\n\"a\": [1]}").unwrap_err();
        assert_eq!(error.line, Some(2));
    }

    #[test]
    fn names_are_those_of_an_object_and_else_none() {
        let names: Names<'_> = read("{\"b\": [1], \"a\": {}}").unwrap();
        assert_eq!(names.iter().collect::<Vec<_>>(), ["b", "a"]);
        let names: Names<'_> = read("{\"b\": \"^1\", \"a\": {}}").unwrap();
        assert_eq!(
            names.with_texts().collect::<Vec<_>>(),
            [("b", "^1"), ("a", "")]
        );
        for other in ["[\"a\"]", "true", "\"a\"", "null"] {
            assert!(read::<Names<'_>>(other).unwrap().is_empty(), "{other}");
        }
    }

    #[test]
    fn a_record_is_not_read_from_a_list() {
        #[derive(serde::Deserialize, Default, Debug)]
        #[serde(default)]
        struct Record {
            a: u8,
        }
        assert_eq!(read::<Object<Record>>("{\"a\": 1}").unwrap().0.a, 1);
        assert!(read::<Object<Record>>("[]").is_err());
        assert!(read::<Object<Record>>("null").is_err());
    }
}
