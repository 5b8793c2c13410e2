//! The two ways to write a CPE name: the 2.3 formatted string and the 2.2 URI.

use std::fmt;
use std::str::FromStr;

use super::{Attribute, Cpe, InvalidCpe, MAX_LENGTH, Value, Wildcard};

impl FromStr for Cpe {
    type Err = InvalidCpe;

    /// Reads `cpe:2.3:…` (missing attributes at the end are taken as `*`, as real feeds have them) or `cpe:/…`.
    fn from_str(text: &str) -> Result<Cpe, InvalidCpe> {
        let fail = |reason| InvalidCpe {
            text: text.chars().take(100).collect(),
            reason,
        };
        if text.len() > MAX_LENGTH {
            return Err(fail("longer than 4096 bytes"));
        }
        let cpe = match text.strip_prefix("cpe:2.3:") {
            Some(rest) => formatted(rest).map_err(fail)?,
            None => match text.strip_prefix("cpe:/") {
                Some(rest) => uri(rest).map_err(fail)?,
                None => return Err(fail("expected cpe:2.3: or cpe:/ in front")),
            },
        };
        match cpe.get(Attribute::Part) {
            Value::Any | Value::Na => Ok(cpe),
            part if matches!(part.as_text(), Some("a" | "o" | "h")) => Ok(cpe),
            _ => Err(fail("expected the part a, o or h")),
        }
    }
}

impl fmt::Display for Cpe {
    /// Writes the 2.3 formatted string.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cpe:2.3")?;
        for value in &self.attributes {
            write!(f, ":{value}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Any => f.write_str("*"),
            Value::Na => f.write_str("-"),
            Value::Text {
                before,
                text,
                after,
            } => {
                write!(f, "{before}")?;
                let plain = |c: char| c.is_alphanumeric() || c == '_' || c == '.' || c == '-';
                for c in text.chars() {
                    // A lone hyphen would read as "not applicable".
                    if !plain(c) || text == "-" {
                        f.write_str("\\")?;
                    }
                    write!(f, "{c}")?;
                }
                write!(f, "{after}")
            }
        }
    }
}

impl fmt::Display for Wildcard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wildcard::None => Ok(()),
            Wildcard::Many => f.write_str("*"),
            Wildcard::Up(count) => (0..*count).try_for_each(|_| f.write_str("?")),
        }
    }
}

fn formatted(text: &str) -> Result<Cpe, &'static str> {
    let mut attributes = [const { Value::Any }; 11];
    for (count, field) in split_unescaped(text).enumerate() {
        let slot = attributes.get_mut(count).ok_or("more than 11 attributes")?;
        *slot = unbind(field)?;
    }
    Ok(Cpe { attributes })
}

/// Splits at colons that no backslash escapes.
fn split_unescaped(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        let mut escaped = false;
        for (at, byte) in current.bytes().enumerate() {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b':' => {
                    rest = Some(&current[at + 1..]);
                    return Some(&current[..at]);
                }
                _ => {}
            }
        }
        rest = None;
        Some(current)
    })
}

fn unbind(field: &str) -> Result<Value, &'static str> {
    match field {
        "" | "*" => return Ok(Value::Any),
        "-" => return Ok(Value::Na),
        _ => {}
    }
    let (before, middle) = leading(field);
    let (middle, after) = trailing(middle);
    let mut text = String::with_capacity(middle.len());
    let mut escaped = false;
    for c in middle.chars() {
        match c {
            _ if escaped => {
                text.extend(c.to_lowercase());
                escaped = false;
            }
            '\\' => escaped = true,
            '*' | '?' => return Err("an unescaped wildcard inside a value"),
            _ => text.extend(c.to_lowercase()),
        }
    }
    if escaped {
        return Err("a backslash at the end of a value");
    }
    if text.is_empty() {
        return Ok(Value::Any);
    }
    Ok(Value::Text {
        before,
        text,
        after,
    })
}

fn leading(field: &str) -> (Wildcard, &str) {
    if let Some(rest) = field.strip_prefix('*') {
        return (Wildcard::Many, rest);
    }
    let rest = field.trim_start_matches('?');
    (up(field.len() - rest.len()), rest)
}

fn trailing(field: &str) -> (&str, Wildcard) {
    let rest = field.trim_end_matches('?');
    let marks = field.len() - rest.len();
    let escaped = |text: &str| (text.len() - text.trim_end_matches('\\').len()) % 2 == 1;
    if marks > 0 {
        // The first mark may be escaped: then it belongs to the text.
        return if escaped(rest) {
            (&field[..rest.len() + 1], up(marks - 1))
        } else {
            (rest, up(marks))
        };
    }
    match field.strip_suffix('*') {
        Some(rest) if !escaped(rest) => (rest, Wildcard::Many),
        _ => (field, Wildcard::None),
    }
}

fn up(count: usize) -> Wildcard {
    match u8::try_from(count) {
        Ok(0) => Wildcard::None,
        Ok(count) => Wildcard::Up(count),
        Err(_) => Wildcard::Many,
    }
}

/// The 2.2 URI: seven fields, `%xx` escapes, an empty field is any, a packed edition `~edition~sw~target~hw~other`.
fn uri(text: &str) -> Result<Cpe, &'static str> {
    let mut attributes = [const { Value::Any }; 11];
    for (at, field) in text.split(':').enumerate() {
        let slot = attributes.get_mut(at).filter(|_| at < 7);
        let slot = slot.ok_or("more than 7 fields in a URI")?;
        if at == Attribute::Edition as usize && field.starts_with('~') {
            unpack(field, &mut attributes)?;
        } else {
            *slot = unbind_uri(field)?;
        }
    }
    Ok(Cpe { attributes })
}

fn unpack(field: &str, attributes: &mut [Value; 11]) -> Result<(), &'static str> {
    use Attribute::{Edition, Other, SwEdition, TargetHw, TargetSw};
    let order = [Edition, SwEdition, TargetSw, TargetHw, Other];
    let mut parts = field.split('~').skip(1);
    for attribute in order {
        if let Some(part) = parts.next() {
            attributes[attribute as usize] = unbind_uri(part)?;
        }
    }
    match parts.next() {
        None => Ok(()),
        Some(_) => Err("more than 5 parts in a packed edition"),
    }
}

fn unbind_uri(field: &str) -> Result<Value, &'static str> {
    match field {
        "" => return Ok(Value::Any),
        "-" => return Ok(Value::Na),
        _ => {}
    }
    let mut marked = field;
    let mut ends = [Wildcard::None; 2];
    if let Some(rest) = marked.strip_prefix("%02") {
        (ends[0], marked) = (Wildcard::Many, rest);
    }
    if let Some(rest) = marked.strip_suffix("%02") {
        (ends[1], marked) = (Wildcard::Many, rest);
    }
    let count = marked.len();
    marked = marked.trim_start_matches("%01");
    if marked.len() < count {
        ends[0] = up((count - marked.len()) / 3);
    }
    let count = marked.len();
    marked = marked.trim_end_matches("%01");
    if marked.len() < count {
        ends[1] = up((count - marked.len()) / 3);
    }
    let text = percent_decoded(marked)?.to_lowercase();
    if text.is_empty() {
        return Ok(Value::Any);
    }
    Ok(Value::Text {
        before: ends[0],
        text,
        after: ends[1],
    })
}

fn percent_decoded(text: &str) -> Result<String, &'static str> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let pair = rest
            .get(..2)
            .and_then(|pair| std::str::from_utf8(pair).ok());
        let value = pair.and_then(|pair| u8::from_str_radix(pair, 16).ok());
        out.push(value.ok_or("a % without two hexadecimal digits")?);
        rest = &rest[2..];
    }
    String::from_utf8(out).map_err(|_| "escapes that are not UTF-8")
}
