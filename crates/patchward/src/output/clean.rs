//! Text from outside, made safe for a terminal.
//!
//! Names and messages come from files that somebody else wrote. An escape sequence in them could move the cursor,
//! change colours or retitle the window; a line end could forge a row; a bidirectional override could reverse a name.

use std::borrow::Cow;

/// The text with control characters and direction overrides shown as `\u{…}`.
pub fn clean(text: &str) -> Cow<'_, str> {
    if is_plain(text) || !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match is_hostile(c) {
            true => safe.extend(c.escape_unicode()),
            false => safe.push(c),
        }
    }
    Cow::Owned(safe)
}

/// Whether a text is printable ASCII, as most are: a loop without a branch, which a processor does many bytes at a time.
pub fn is_plain(text: &str) -> bool {
    let hostile = |byte: u8| !(b' '..=b'~').contains(&byte);
    !text
        .bytes()
        .fold(false, |found, byte| found | hostile(byte))
}

/// Whether a terminal or a reader could be misled by a character.
pub fn is_hostile(c: char) -> bool {
    let overrides =
        matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    c.is_control() || overrides || c == '\u{FEFF}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_shown_not_sent() {
        assert_eq!(clean("a\u{1b}[31mb"), r"a\u{1b}[31mb");
        assert_eq!(clean("x\ny\u{202e}z"), r"x\u{a}y\u{202e}z");
        assert!(matches!(clean("plain – ü"), Cow::Borrowed(_)));
    }

    #[test]
    fn nothing_plain_is_hostile() {
        let plain = |c: &char| is_plain(&c.to_string());
        assert!(('\0'..='\u{10000}').filter(plain).eq(' '..='~'));
        assert!(!(' '..='~').any(is_hostile));
        assert!(!is_plain("plain\u{7f}"));
    }
}
