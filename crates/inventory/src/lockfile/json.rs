//! JSON pieces that keep their place: strings borrowed from the text (so [`Lines::of`] finds their line) and objects
//! in the order of the file.
//!
//! [`Lines::of`]: super::text::Lines::of

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

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

/// A string; borrowed unless the file writes it with escapes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Text<'a>(Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Strings<'a>(PhantomData<&'a str>);
        impl<'de: 'a, 'a> Visitor<'de> for Strings<'a> {
            type Value = Text<'a>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("a string")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Borrowed(text)))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Text<'a>, E> {
                Ok(Text(Cow::Owned(text.to_owned())))
            }
        }
        from.deserialize_str(Strings(PhantomData))
    }
}

/// A string where some files have something else, which is then passed over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Loose<'a>(pub(crate) Option<Text<'a>>);

impl Loose<'_> {
    /// The string, or nothing.
    pub(crate) fn text(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// The value is `true` or a string that is not empty; used for marks that are a reason in some files.
    pub(crate) fn is_some(&self) -> bool {
        self.0.is_some()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any<'a>(PhantomData<&'a str>);
        impl<'de: 'a, 'a> Visitor<'de> for Any<'a> {
            type Value = Loose<'a>;

            fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
                to.write_str("anything")
            }

            fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Loose<'a>, E> {
                Ok(Loose(Some(Text(Cow::Borrowed(text)))))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Loose<'a>, E> {
                Ok(Loose(Some(Text(Cow::Owned(text.to_owned())))))
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Loose<'a>, E> {
                Ok(Loose(None))
            }

            fn visit_i64<E: Error>(self, _: i64) -> Result<Loose<'a>, E> {
                Ok(Loose(None))
            }

            fn visit_u64<E: Error>(self, _: u64) -> Result<Loose<'a>, E> {
                Ok(Loose(None))
            }

            fn visit_f64<E: Error>(self, _: f64) -> Result<Loose<'a>, E> {
                Ok(Loose(None))
            }

            fn visit_unit<E: Error>(self) -> Result<Loose<'a>, E> {
                Ok(Loose(None))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose<'a>, A::Error> {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<Loose<'a>, A::Error> {
                while items.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Loose(None))
            }
        }
        from.deserialize_any(Any(PhantomData))
    }
}

/// A list of strings, where some files have a single one; what is neither is passed over.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts<'a>(pub(crate) Vec<Text<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum OneOrMany<'a> {
            One(#[serde(borrow)] Text<'a>),
            Many(#[serde(borrow)] Vec<Loose<'a>>),
            Neither(IgnoredAny),
        }
        Ok(Texts(match OneOrMany::deserialize(from)? {
            OneOrMany::One(text) => vec![text],
            OneOrMany::Many(many) => many.into_iter().filter_map(|one| one.0).collect(),
            OneOrMany::Neither(_) => Vec::new(),
        }))
    }
}

/// An object in the order of the file, doubles included. `null`, `true`, `false` and a list of anything (PHP writes an
/// empty object as `[]`) count as empty.
#[derive(Debug)]
pub(crate) struct Pairs<'a, V>(pub(crate) Vec<(Text<'a>, V)>);

impl<V> Default for Pairs<'_, V> {
    fn default() -> Self {
        Pairs(Vec::new())
    }
}

impl<V> Pairs<'_, V> {
    /// The names.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(key, _)| &**key)
    }

    /// Whether a name is among them (a linear search: for the few names of one package).
    pub(crate) fn has(&self, name: &str) -> bool {
        self.keys().any(|key| key == name)
    }
}

impl<'de: 'a, 'a, V: Deserialize<'de>> Deserialize<'de> for Pairs<'a, V> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Object<'a, V>(PhantomData<(&'a str, V)>);
        impl<'de: 'a, 'a, V: Deserialize<'de>> Visitor<'de> for Object<'a, V> {
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
                while items.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Pairs::default())
            }

            fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Pairs::default())
            }

            fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
                Ok(Pairs::default())
            }
        }
        from.deserialize_any(Object(PhantomData))
    }
}

/// Blanks comments and trailing commas, so that JSON with comments (JSONC, as bun and others write it) becomes JSON
/// in which every byte keeps its place.
pub(crate) fn without_comments(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    let mut comma = None;
    let mut at = 0;
    while at < bytes.len() {
        let end = match (bytes[at], bytes.get(at + 1)) {
            (b'"', _) => {
                comma = None;
                end_of_string(&bytes, at)
            }
            (b'/', Some(b'/')) => blank_until(&mut bytes, at, b"\n"),
            (b'/', Some(b'*')) => blank_until(&mut bytes, at, b"*/"),
            (byte, _) => {
                match byte {
                    b',' => comma = Some(at),
                    b'}' | b']' => {
                        if let Some(comma) = comma.take() {
                            bytes[comma] = b' ';
                        }
                    }
                    byte if byte.is_ascii_whitespace() => {}
                    _ => comma = None,
                }
                at + 1
            }
        };
        at = end;
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn end_of_string(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

/// Blanks a comment (line ends stay, so that line numbers do) and gives the place after it.
fn blank_until(bytes: &mut [u8], start: usize, end: &[u8]) -> usize {
    let found = bytes[start + 2..]
        .windows(end.len())
        .position(|window| window == end);
    let stop = found.map_or(bytes.len(), |at| start + 2 + at + end.len());
    for byte in &mut bytes[start..stop] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
    stop
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_trailing_commas_become_blanks_of_the_same_length() {
        let text = "{\"a//\": [1, 2,], // x é\n /* , */ \"b\\\"\": {\"c\": 1,\n},\n}";
        let plain = without_comments(text);
        assert_eq!(plain.len(), text.len());
        let read: serde_json::Value = read(&plain).unwrap();
        assert_eq!(read["b\""]["c"], 1);
        assert_eq!(read["a//"][1], 2);
    }

    #[test]
    fn objects_keep_their_order_and_doubles() {
        let pairs: Pairs<'_, u8> = read("{\"b\": 1, \"a\": 2, \"b\": 3}").unwrap();
        assert_eq!(pairs.keys().collect::<Vec<_>>(), ["b", "a", "b"]);
        assert!(read::<Pairs<'_, u8>>("[]").unwrap().0.is_empty());
    }
}
