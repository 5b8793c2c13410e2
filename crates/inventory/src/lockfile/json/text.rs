//! Strings, and what stands where strings should.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A string of the document: borrowed unless it has escapes, so that `Lines::of` finds its line. Numbers and booleans
/// are taken as the text that they are, `null` as the empty one: writers of lockfiles are not careful.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct Text<'a>(pub(crate) Cow<'a, str>);

impl Deref for Text<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Text::default())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        Ok(Text(Cow::Owned(value.to_string())))
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
        #[derive(serde::Deserialize)]
        #[serde(untagged)]
        enum ManyOrOne<'a> {
            Many(#[serde(borrow)] Vec<Loose<'a>>),
            One(#[serde(borrow)] Loose<'a>),
        }
        let all = match ManyOrOne::deserialize(from)? {
            ManyOrOne::Many(many) => many,
            ManyOrOne::One(one) => vec![one],
        };
        Ok(Texts(all.into_iter().filter_map(|one| one.0).collect()))
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
        let pairs: Pairs<'_, Text<'_>> = json::read(text).unwrap();
        let got: Vec<_> = pairs.0.iter().map(|(k, v)| (&**k, &**v)).collect();
        assert_eq!(got, [("b", "1"), ("a", "x"), ("c", "")]);
        assert_eq!(Lines::new(text).of(&pairs.0[1].1), Some(3));
    }

    #[test]
    fn errors_name_their_line() {
        let error = json::read::<Pairs<'_, Text<'_>>>("{\n\"a\": [1]}").unwrap_err();
        assert_eq!(error.line, Some(2));
        assert!(json::read::<Pairs<'_, Text<'_>>>(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn lists_of_strings_pass_over_what_is_none() {
        let check = |text, expected: &[&str]| {
            let texts: Texts<'_> = json::read(text).unwrap();
            let got: Vec<&str> = texts.0.iter().map(|text| &**text).collect();
            assert_eq!(got, expected, "{text}");
        };
        check("\"a\"", &["a"]);
        check("[\"a\", {}, 1, \"b\"]", &["a", "b"]);
        check("null", &[]);
        check("{\"a\": 1}", &[]);
    }
}
