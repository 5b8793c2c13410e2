//! Parses and prints package URLs by the purl specification.
//!
//! Surprises of the format, and what this crate does about them:
//! - A type has its own rules: `pypi` names are folded by PEP 503, `deb` names are lower case, `cpan` authors are upper
//!   case, a `git` name may hold slashes. They are applied when a purl is built, so equal purls have equal text.
//! - The specification asks for lower-case Go module paths and npm names. Both are case-sensitive in their registries
//!   and in advisories (`github.com/BurntSushi/toml`, `JSONStream`), so their case is kept.
//! - Documents of other tools break the rules of types (no `uuid` on `julia`, no namespace on `deb`). Reading them is
//!   forgiving; [`Purl::parse_strict`] and [`Purl::check`] say what the specification forbids.

mod ecosystem;
mod encode;
mod parse;
mod types;

use std::fmt;

pub use parse::MAX_LENGTH;

/// A package URL: `pkg:type/namespace/name@version?qualifiers#subpath`, normalised by its type's rules.
///
/// Two purls are equal when their canonical texts are.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Purl {
    kind: String,
    namespace: Option<String>,
    name: String,
    version: Option<String>,
    qualifiers: Vec<(String, String)>,
    subpath: Option<String>,
}

/// Why a text or its parts are not a package URL.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidPurl {
    /// It does not begin with `pkg:`.
    Scheme,
    /// The type is missing or has a character other than letters, digits, `.` and `-`, or begins with a digit.
    Type,
    /// The name is missing.
    Name,
    /// A qualifier's key is not made of letters, digits, `.`, `-` and `_`, or comes twice, or has no value sign.
    Qualifier,
    /// Percent-encoded bytes are not UTF-8.
    Encoding,
    /// Longer than [`MAX_LENGTH`].
    TooLong,
    /// A rule of its type is broken.
    TypeRule(&'static str),
}

impl fmt::Display for InvalidPurl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidPurl::Scheme => f.write_str("a package URL begins with `pkg:`"),
            InvalidPurl::Type => f.write_str("the package URL has no valid type"),
            InvalidPurl::Name => f.write_str("the package URL has no name"),
            InvalidPurl::Qualifier => f.write_str("a qualifier of the package URL is not valid"),
            InvalidPurl::Encoding => {
                f.write_str("the package URL encodes bytes that are not UTF-8")
            }
            InvalidPurl::TooLong => write!(f, "the package URL is longer than {MAX_LENGTH} bytes"),
            InvalidPurl::TypeRule(rule) => {
                write!(f, "the package URL's type asks for more: {rule}")
            }
        }
    }
}

impl std::error::Error for InvalidPurl {}

impl Purl {
    /// Builds a purl from unencoded parts. An empty namespace is none; its segments are separated by `/`.
    ///
    /// # Errors
    /// The type or name is not valid, or they are longer than [`MAX_LENGTH`]. Rules that only [`Purl::check`] knows
    /// are not asked here.
    pub fn new(kind: &str, namespace: Option<&str>, name: &str) -> Result<Purl, InvalidPurl> {
        let kind = parse::valid_type(kind)?;
        if name.len() + namespace.map_or(0, str::len) > MAX_LENGTH {
            return Err(InvalidPurl::TooLong);
        }
        let name = name.trim_matches('/');
        if name.is_empty() {
            return Err(InvalidPurl::Name);
        }
        let mut purl = Purl {
            namespace: namespace.and_then(|given| parse::segments(given, false)),
            name: name.to_owned(),
            kind,
            version: None,
            qualifiers: Vec::new(),
            subpath: None,
        };
        purl.normalise();
        Ok(purl)
    }

    /// The same purl at a version (unencoded); an empty version is none.
    #[must_use]
    pub fn with_version(mut self, version: &str) -> Purl {
        self.version = Some(version)
            .filter(|version| !version.is_empty())
            .map(str::to_owned);
        self.normalise();
        self
    }

    /// The same purl without version.
    #[must_use]
    pub fn without_version(mut self) -> Purl {
        self.version = None;
        self
    }

    /// The same purl without version, qualifiers and subpath: the package itself.
    #[must_use]
    pub fn package(&self) -> Purl {
        Purl {
            kind: self.kind.clone(),
            namespace: self.namespace.clone(),
            name: self.name.clone(),
            version: None,
            qualifiers: Vec::new(),
            subpath: None,
        }
    }

    /// The same purl with a qualifier set (value unencoded). An empty value takes the qualifier away, as the
    /// specification says; a key that [`Purl::is_qualifier_key`] refuses changes nothing.
    #[must_use]
    pub fn with_qualifier(mut self, key: &str, value: &str) -> Purl {
        let key = key.to_ascii_lowercase();
        if !Purl::is_qualifier_key(&key) {
            return self;
        }
        match self.qualifiers.binary_search_by(|(have, _)| have.cmp(&key)) {
            Ok(at) if value.is_empty() => {
                self.qualifiers.remove(at);
            }
            Ok(at) => self.qualifiers[at].1 = value.to_owned(),
            Err(_) if value.is_empty() => {}
            Err(at) => self.qualifiers.insert(at, (key, value.to_owned())),
        }
        self.normalise();
        self
    }

    /// The same purl with a subpath (unencoded); segments `.` and `..` and empty ones are left out.
    #[must_use]
    pub fn with_subpath(mut self, subpath: &str) -> Purl {
        self.subpath = parse::segments(subpath, true);
        self
    }

    /// The type, in lower case: `npm`, `deb`.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The namespace, unencoded: a scope, group, vendor or distribution.
    pub fn namespace(&self) -> Option<&str> {
        self.namespace.as_deref()
    }

    /// The name, unencoded.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The version, unencoded.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// The qualifiers, unencoded, ordered by key.
    pub fn qualifiers(&self) -> &[(String, String)] {
        &self.qualifiers
    }

    /// The value of one qualifier.
    pub fn qualifier(&self, key: &str) -> Option<&str> {
        let found = self.qualifiers.iter().find(|(have, _)| have == key);
        found.map(|(_, value)| value.as_str())
    }

    /// The subpath, unencoded.
    pub fn subpath(&self) -> Option<&str> {
        self.subpath.as_deref()
    }

    /// Whether a text may be a qualifier's key.
    pub fn is_qualifier_key(key: &str) -> bool {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
        key.bytes().all(allowed)
            && key
                .bytes()
                .next()
                .is_some_and(|first| !first.is_ascii_digit())
    }
}

impl fmt::Display for Purl {
    /// The canonical text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pkg:{}/", self.kind)?;
        if let Some(namespace) = &self.namespace {
            encode::path(f, namespace)?;
            f.write_str("/")?;
        }
        if types::name_has_slashes(&self.kind) {
            encode::path(f, &self.name)?;
        } else {
            encode::text(f, &self.name)?;
        }
        if let Some(version) = &self.version {
            f.write_str("@")?;
            encode::text(f, version)?;
        }
        for (at, (key, value)) in self.qualifiers.iter().enumerate() {
            f.write_str(if at == 0 { "?" } else { "&" })?;
            write!(f, "{key}=")?;
            encode::text(f, value)?;
        }
        if let Some(subpath) = &self.subpath {
            f.write_str("#")?;
            encode::path(f, subpath)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
