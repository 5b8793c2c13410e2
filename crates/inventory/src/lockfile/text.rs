//! Decoding and line numbers, shared by all formats.

use std::borrow::Cow;

use crate::parse::ParseError;

/// The text of a file: UTF-8, or UTF-16 as its byte-order mark says; the mark itself is left out.
///
/// # Errors
/// Bytes that are not of that encoding, with the line where they begin.
pub(crate) fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => utf8(rest),
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes),
        _ => utf8(bytes),
    }
}

/// Like [`decode`], for line-oriented formats: bytes that are not UTF-8 become U+FFFD, so one bad comment does not
/// hide the packages after it.
pub(crate) fn decode_lossy(bytes: &[u8]) -> Cow<'_, str> {
    decode(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes))
}

fn utf8(bytes: &[u8]) -> Result<Cow<'_, str>, ParseError> {
    std::str::from_utf8(bytes)
        .map(Cow::Borrowed)
        .map_err(|error| {
            let good = bytes.get(..error.valid_up_to()).unwrap_or_default();
            let line = 1 + good.iter().filter(|&&byte| byte == b'\n').count();
            ParseError::at(line, "not UTF-8 text")
        })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<Cow<'_, str>, ParseError> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let decoded: Result<String, _> =
        char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).collect();
    match decoded {
        Ok(text) if odd.is_empty() => Ok(Cow::Owned(text)),
        _ => Err(ParseError::new(
            "not UTF-16 text, although it begins with the mark",
        )),
    }
}

/// What the TOML parser says, with its line.
pub(crate) fn toml_error(error: &toml::de::Error, text: &str) -> ParseError {
    let message = error.message().trim().to_owned();
    match error.span().and_then(|span| text.get(..span.start)) {
        Some(before) => ParseError::at(1 + before.matches('\n').count(), message),
        None => ParseError::new(message),
    }
}

/// Line numbers by byte offset.
pub(crate) struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    /// Indexes a text in one pass.
    pub(crate) fn new(text: &'a str) -> Lines<'a> {
        let ends = text.match_indices('\n');
        let starts = std::iter::once(0)
            .chain(ends.map(|(at, _)| at + 1))
            .collect();
        Lines { text, starts }
    }

    /// The line, from 1, that holds a byte offset.
    pub(crate) fn at(&self, offset: usize) -> Option<u32> {
        u32::try_from(self.starts.partition_point(|&start| start <= offset)).ok()
    }

    /// The line of a string that was borrowed from the text (not of a copy: those have no place).
    pub(crate) fn of(&self, part: &str) -> Option<u32> {
        let offset = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize)?;
        (offset <= self.text.len())
            .then(|| self.at(offset))
            .flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_choose_the_encoding() {
        assert_eq!(decode(b"\xEF\xBB\xBFab").unwrap(), "ab");
        assert_eq!(decode(b"\xFF\xFEa\0b\0").unwrap(), "ab");
        assert_eq!(decode(b"\xFE\xFF\0a\0b").unwrap(), "ab");
        assert_eq!(decode(b"a\n\xFF").unwrap_err().line, Some(2));
        assert!(decode(b"\xFF\xFEa").is_err());
    }

    #[test]
    fn lines_are_found_by_offset_and_by_borrowed_part() {
        let text = "a\nbc\n\nd";
        let lines = Lines::new(text);
        assert_eq!(lines.at(0), Some(1));
        assert_eq!(lines.of(&text[2..4]), Some(2));
        assert_eq!(lines.of(&text[6..]), Some(4));
    }
}
