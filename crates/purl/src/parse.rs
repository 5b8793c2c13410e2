//! Reads a package URL from text, from its right end to its left as the specification describes.

use std::borrow::Cow;
use std::str::FromStr;

use crate::encode::decode;
use crate::{InvalidPurl, Purl, types};

/// The longest text that is read, in bytes. Qualifiers with download addresses are the longest parts; real ones stay
/// below 2 KiB.
pub const MAX_LENGTH: usize = 16 << 10;

impl FromStr for Purl {
    type Err = InvalidPurl;

    /// Reads a purl forgivingly: upper-case qualifier keys are lowered, rules that types add are not asked.
    fn from_str(text: &str) -> Result<Purl, InvalidPurl> {
        parse(text, false)
    }
}

impl Purl {
    /// Reads a purl and refuses what the specification forbids: see [`Purl::check`].
    ///
    /// # Errors
    /// As `from_str`, and for upper-case qualifier keys and what the type's definition forbids.
    pub fn parse_strict(text: &str) -> Result<Purl, InvalidPurl> {
        let purl = parse(text, true)?;
        purl.check()?;
        Ok(purl)
    }
}

fn parse(text: &str, strict: bool) -> Result<Purl, InvalidPurl> {
    if text.len() > MAX_LENGTH {
        return Err(InvalidPurl::TooLong);
    }
    let (rest, subpath) = cut_last(text, '#');
    let (rest, qualifiers) = cut_last(rest, '?');
    let (scheme, rest) = rest.split_once(':').ok_or(InvalidPurl::Scheme)?;
    if !scheme.eq_ignore_ascii_case("pkg") {
        return Err(InvalidPurl::Scheme);
    }
    let (kind, rest) = rest
        .trim_matches('/')
        .split_once('/')
        .ok_or(InvalidPurl::Type)?;
    let kind = valid_type(kind)?;
    let (path, version) = split_version(rest);
    let (namespace, name) = split_name(&kind, path.trim_matches('/'));
    let name = decode(name)?;
    if name.trim_matches('/').is_empty() {
        return Err(InvalidPurl::Name);
    }
    let mut purl = Purl {
        namespace: segments(&decode(namespace)?, false),
        name: name.into_owned(),
        version: match version {
            Some(version) if !version.is_empty() => Some(decode(version)?.into_owned()),
            _ => None,
        },
        qualifiers: parse_qualifiers(qualifiers.unwrap_or_default(), strict)?,
        subpath: segments(&decode(subpath.unwrap_or_default())?, true),
        kind,
    };
    purl.normalise();
    Ok(purl)
}

fn cut_last(text: &str, mark: char) -> (&str, Option<&str>) {
    match text.rsplit_once(mark) {
        Some((before, after)) => (before, Some(after)),
        None => (text, None),
    }
}

/// The last `@` begins the version, unless it begins a path segment that others follow: then it is an npm scope
/// that was not encoded.
fn split_version(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('@') {
        Some((before, after))
            if after.contains('/') && (before.is_empty() || before.ends_with('/')) =>
        {
            (path, None)
        }
        Some((before, after)) => (before, Some(after)),
        None => (path, None),
    }
}

/// A name is the last segment; in types whose names have slashes, all after the first.
fn split_name<'a>(kind: &str, path: &'a str) -> (&'a str, &'a str) {
    let split = if types::name_has_slashes(kind) {
        path.split_once('/')
    } else {
        path.rsplit_once('/')
    };
    split.unwrap_or(("", path))
}

fn parse_qualifiers(text: &str, strict: bool) -> Result<Vec<(String, String)>, InvalidPurl> {
    let mut qualifiers: Vec<(String, String)> = Vec::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (key, value) = pair.split_once('=').ok_or(InvalidPurl::Qualifier)?;
        let upper = key.bytes().any(|byte| byte.is_ascii_uppercase());
        if !Purl::is_qualifier_key(key) || strict && upper {
            return Err(InvalidPurl::Qualifier);
        }
        if !value.is_empty() {
            qualifiers.push((key.to_ascii_lowercase(), decode(value)?.into_owned()));
        }
    }
    qualifiers.sort();
    let twice = |pair: &[(String, String)]| matches!(pair, [a, b] if a.0 == b.0);
    if qualifiers.windows(2).any(twice) {
        return Err(InvalidPurl::Qualifier);
    }
    Ok(qualifiers)
}

/// The type in lower case.
pub fn valid_type(kind: &str) -> Result<String, InvalidPurl> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let starts_well = kind
        .bytes()
        .next()
        .is_some_and(|byte| byte.is_ascii_alphabetic());
    if starts_well && kind.len() <= 64 && kind.bytes().all(allowed) {
        Ok(kind.to_ascii_lowercase())
    } else {
        Err(InvalidPurl::Type)
    }
}

/// A path without empty segments (and without `.` and `..` where `clean`), or `None` when nothing is left.
pub fn segments(path: &str, clean: bool) -> Option<String> {
    let keep = |part: &&str| match *part {
        "" => false,
        "." | ".." => !clean,
        _ => true,
    };
    let tidy = path.split('/').all(|part| keep(&part));
    let path: Cow<'_, str> = if tidy {
        Cow::Borrowed(path)
    } else {
        Cow::Owned(path.split('/').filter(keep).collect::<Vec<_>>().join("/"))
    };
    (!path.is_empty()).then(|| path.into_owned())
}
