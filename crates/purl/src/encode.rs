//! Percent coding as purl has it: letters, digits, `.`, `-`, `_`, `~` and `:` stand for themselves.

use std::borrow::Cow;
use std::fmt::{self, Write as _};

use crate::InvalidPurl;

/// Writes a text with everything else encoded, slashes too.
pub fn text(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    encode(f, text, |byte| byte == b':')
}

/// Writes a path: slashes stay.
pub fn path(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    encode(f, text, |byte| matches!(byte, b':' | b'/'))
}

fn encode(f: &mut fmt::Formatter<'_>, text: &str, also: fn(u8) -> bool) -> fmt::Result {
    let plain = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'~') || also(byte)
    };
    if text.bytes().all(plain) {
        return f.write_str(text);
    }
    for byte in text.bytes() {
        if plain(byte) {
            f.write_char(char::from(byte))?;
        } else {
            write!(f, "%{byte:02X}")?;
        }
    }
    Ok(())
}

/// Decodes a text. A `%` that two hexadecimal digits do not follow stands for itself: real documents have them.
pub fn decode(text: &str) -> Result<Cow<'_, str>, InvalidPurl> {
    if !text.contains('%') {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let decoded = match (first, after) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match decoded {
            Some((high, low)) => {
                bytes.push(high << 4 | low);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes)
        .map(Cow::Owned)
        .map_err(|_| InvalidPurl::Encoding)
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}
