//! What the texts of settings mean.

use std::time::Duration;

use super::keys::Shape;

/// Whether `text` is a value of that shape; the error says what was expected.
pub fn check(shape: Shape, text: &str) -> Result<(), String> {
    match shape {
        Shape::Text | Shape::List | Shape::Secret | Shape::Words => Ok(()),
        Shape::Size => size(text).map(|_| ()),
        Shape::Switch => switch(text)
            .map(|_| ())
            .ok_or_else(|| "true or false".to_owned()),
        Shape::Span => span(text).map(|_| ()),
        Shape::OneOf(words) if words.contains(&text) => Ok(()),
        Shape::OneOf(words) => Err(format!("one of {}", words.join(", "))),
    }
}

/// `true`/`false` and the words that environments use for them.
pub fn switch(text: &str) -> Option<bool> {
    match text {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" | "" => Some(false),
        _ => None,
    }
}

/// Texts separated by commas or line ends.
pub fn list(text: &str) -> Vec<String> {
    text.split([',', '\n'])
        .map(str::trim)
        .filter(|item| !item.is_empty())
        .map(str::to_owned)
        .collect()
}

/// What ends each word of a command that a file lists.
pub const WORD_END: char = '\u{0}';

/// The words of a command: as a file lists them, else separated by spaces.
pub fn words(text: &str) -> Vec<String> {
    match text.contains(WORD_END) {
        true => text.split_terminator(WORD_END).map(str::to_owned).collect(),
        false => text.split_whitespace().map(str::to_owned).collect(),
    }
}

/// A number of bytes: a whole number, with `K`, `M`, `G` or `T` for powers of 1024; empty is none.
///
/// # Errors
/// What was expected.
pub fn size(text: &str) -> Result<Option<u64>, String> {
    const EXPECTED: &str = "a size such as 512M or 2G";
    let Some(unit) = text.chars().next_back() else {
        return Ok(None);
    };
    let shift = match unit.to_ascii_uppercase() {
        'K' => 10,
        'M' => 20,
        'G' => 30,
        'T' => 40,
        '0'..='9' => 0,
        _ => return Err(EXPECTED.to_owned()),
    };
    let number = match shift {
        0 => text,
        _ => &text[..text.len() - 1],
    };
    let number: u64 = number.parse().map_err(|_| EXPECTED)?;
    let bytes = number.checked_mul(1 << shift).ok_or(EXPECTED)?;
    Ok(Some(bytes))
}

/// A time span: a whole number with `s`, `m`, `h`, `d` or `w`; empty is none.
///
/// # Errors
/// What was expected.
pub fn span(text: &str) -> Result<Option<Duration>, String> {
    const EXPECTED: &str = "a time span such as 30m, 36h, 7d or 2w";
    if text.is_empty() {
        return Ok(None);
    }
    let unit = text.chars().next_back().ok_or(EXPECTED)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 604_800,
        _ => return Err(EXPECTED.to_owned()),
    };
    let number: u64 = text[..text.len() - 1].parse().map_err(|_| EXPECTED)?;
    let seconds = number.checked_mul(seconds).ok_or(EXPECTED)?;
    Ok(Some(Duration::from_secs(seconds)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_one_unit() {
        assert_eq!(span("36h"), Ok(Some(Duration::from_secs(129_600))));
        assert_eq!(span(""), Ok(None));
        for bad in ["7", "d", "1.5h", "-1d", "99999999999999999999w", "7ß"] {
            assert!(span(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn sizes_are_powers_of_1024() {
        assert_eq!(size("2G"), Ok(Some(2 << 30)));
        assert_eq!(size("512m"), Ok(Some(512 << 20)));
        assert_eq!(size("77"), Ok(Some(77)));
        assert_eq!(size(""), Ok(None));
        for bad in ["G", "-1G", "1.5G", "99999999999999T", "2GB", "1ß"] {
            assert!(size(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_word_of_a_file_keeps_its_spaces_and_commas() {
        assert_eq!(words("a,b c\u{0}d\u{0}"), ["a,b c", "d"]);
        assert_eq!(words(" a,b  c "), ["a,b", "c"]);
        assert!(words("").is_empty());
    }

    #[test]
    fn lists_take_commas_and_lines() {
        assert_eq!(list(" a, b\nc ,,"), ["a", "b", "c"]);
    }
}
