//! CPE names: NISTIR 7695 (naming, both bindings) and NISTIR 7696 (matching).
//!
//! A value is held unbound and unescaped for text, with the wildcards that were unescaped in the name kept apart, so
//! that `foo\*bar` and `foo*` never mix.

mod bind;
mod matching;

pub use matching::Relation;

/// Longest name that we read, in bytes (the longest in NVD's dictionary is under 300).
pub const MAX_LENGTH: usize = 4096;

/// A CPE name: eleven attributes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Cpe {
    attributes: [Value; 11],
}

/// The attributes of a name, in the order of the 2.3 formatted string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Attribute {
    /// `a`, `o` or `h`.
    Part,
    /// Vendor.
    Vendor,
    /// Product.
    Product,
    /// Version.
    Version,
    /// Update, patch or service pack.
    Update,
    /// Edition (legacy).
    Edition,
    /// Language tag.
    Language,
    /// Software edition.
    SwEdition,
    /// Software environment.
    TargetSw,
    /// Hardware.
    TargetHw,
    /// Anything else.
    Other,
}

/// The value of one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Value {
    /// `*`: any value.
    Any,
    /// `-`: not applicable.
    Na,
    /// A text, lower case; `before` and `after` are unescaped wildcards at its ends.
    Text {
        /// Wildcard in front.
        before: Wildcard,
        /// The text without escapes.
        text: String,
        /// Wildcard behind.
        after: Wildcard,
    },
}

/// Unescaped wildcards at one end of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Wildcard {
    /// None.
    #[default]
    None,
    /// `*`: any number of characters.
    Many,
    /// That many `?`: up to that many characters.
    Up(u8),
}

/// A text that is not a CPE name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("read {text:?} as a CPE name: {reason}")]
pub struct InvalidCpe {
    /// The text, cut to 100 characters.
    pub text: String,
    /// What is wrong.
    pub reason: &'static str,
}

impl Value {
    /// A value without wildcards; an empty text is [`Value::Any`].
    pub fn text(text: &str) -> Value {
        if text.is_empty() {
            return Value::Any;
        }
        Value::Text {
            before: Wildcard::None,
            text: text.to_lowercase(),
            after: Wildcard::None,
        }
    }

    /// The text, when the value is one without wildcards.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text {
                before: Wildcard::None,
                text,
                after: Wildcard::None,
            } => Some(text),
            _ => None,
        }
    }
}

impl Cpe {
    /// A name whose attributes are all [`Value::Any`] but these.
    pub fn new(part: char, vendor: &str, product: &str) -> Cpe {
        let mut cpe = Cpe {
            attributes: [const { Value::Any }; 11],
        };
        cpe.set(Attribute::Part, Value::text(part.encode_utf8(&mut [0; 4])));
        cpe.set(Attribute::Vendor, Value::text(vendor));
        cpe.set(Attribute::Product, Value::text(product));
        cpe
    }

    /// The value of an attribute.
    pub fn get(&self, attribute: Attribute) -> &Value {
        &self.attributes[attribute as usize]
    }

    /// Sets an attribute.
    pub fn set(&mut self, attribute: Attribute, value: Value) {
        self.attributes[attribute as usize] = value;
    }

    /// The same name for any version: the key of the product.
    #[must_use]
    pub fn any_version(mut self) -> Cpe {
        self.set(Attribute::Version, Value::Any);
        self
    }
}

#[cfg(test)]
mod tests;
