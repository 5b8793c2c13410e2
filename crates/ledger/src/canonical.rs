//! Canonical JSON (RFC 8785, JCS): the same value is always the same bytes.
//!
//! Members are sorted by the UTF-16 code units of their names, there is no white space, and numbers are written as
//! ECMAScript does. An integer beyond ±2⁵³ has no canonical form that every reader agrees on: it is refused, and belongs
//! into a string.

use std::fmt::Write;

use serde_json::{Number, Value};

/// Values may nest this deep.
pub const DEPTH: usize = 64;
const EXACT: u64 = 1 << 53;

/// Why a value has no canonical form.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotCanonical {
    /// An integer that a double cannot hold exactly.
    #[error("the number {0} is beyond 2^53: write it as a string")]
    TooLarge(String),
    /// Lists and objects within each other.
    #[error("it nests deeper than {DEPTH} levels")]
    TooDeep,
}

/// The canonical text of `value`.
///
/// # Errors
/// When it holds an integer beyond ±2⁵³ or nests too deep.
pub fn canonical(value: &Value) -> Result<String, NotCanonical> {
    let mut out = String::new();
    write_value(value, &mut out, DEPTH)?;
    Ok(out)
}

fn write_value(value: &Value, out: &mut String, depth: usize) -> Result<(), NotCanonical> {
    let deeper = depth.checked_sub(1).ok_or(NotCanonical::TooDeep);
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Number(number) => write_number(number, out)?,
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            let depth = deeper?;
            out.push('[');
            for (number, item) in items.iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                write_value(item, out, depth)?;
            }
            out.push(']');
        }
        Value::Object(members) => {
            let depth = deeper?;
            let mut members: Vec<_> = members.iter().collect();
            members.sort_by(|(a, _), (b, _)| a.encode_utf16().cmp(b.encode_utf16()));
            out.push('{');
            for (number, (name, member)) in members.into_iter().enumerate() {
                if number > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write_value(member, out, depth)?;
            }
            out.push('}');
        }
    }
    Ok(())
}

/// RFC 8785 §3.2.2.2: the two-letter escapes where JSON has one, `\u00xx` for other control characters, nothing else.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..'\u{20}' => {
                let _ = write!(out, "\\u{:04x}", u32::from(letter));
            }
            _ => out.push(letter),
        }
    }
    out.push('"');
}

fn write_number(number: &Number, out: &mut String) -> Result<(), NotCanonical> {
    if let Some(whole) = number.as_i64() {
        if whole.unsigned_abs() > EXACT {
            return Err(NotCanonical::TooLarge(number.to_string()));
        }
        let _ = write!(out, "{whole}");
        return Ok(());
    }
    match number.as_f64() {
        Some(value) if !number.is_u64() => write_double(value, out),
        _ => return Err(NotCanonical::TooLarge(number.to_string())),
    }
    Ok(())
}

/// ECMAScript's Number::toString (ECMA-262 §6.1.6.1.20): the shortest digits that read back, as a plain number between
/// 1e-7 and 1e21, with an exponent elsewhere.
fn write_double(value: f64, out: &mut String) {
    if value == 0.0 {
        out.push('0');
        return;
    }
    if value < 0.0 {
        out.push('-');
    }
    // Rust prints the shortest digits too: `1.234e5`.
    let printed = format!("{:e}", value.abs());
    let (digits, exponent) = printed.split_once('e').unwrap_or((&printed, "0"));
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // The decimal point stands after this many digits.
    let point = exponent + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or(0));
    if count <= point && point <= 21 {
        let _ = write!(out, "{digits}{}", zeros(point - count));
    } else if 0 < point && point <= 21 {
        let (whole, part) = digits.split_at(usize::try_from(point).unwrap_or(0));
        let _ = write!(out, "{whole}.{part}");
    } else if -6 < point && point <= 0 {
        let _ = write!(out, "0.{}{digits}", zeros(-point));
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        let _ = write!(out, "{first}{dot}{rest}e{exponent:+}");
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn members_are_sorted_by_utf_16_and_nothing_is_between() {
        let value = json!({"b": [1, true, null], "a": {"z": "", "\u{10000}": 1, "\u{e000}": 2}});
        assert_eq!(
            canonical(&value).unwrap(),
            "{\"a\":{\"z\":\"\",\"\u{10000}\":1,\"\u{e000}\":2},\"b\":[1,true,null]}"
        );
    }

    #[test]
    fn text_is_escaped_only_where_it_must_be() {
        let value = json!("\u{20ac}$\u{f}\nA'B\"\\\"/\u{7f}");
        assert_eq!(
            canonical(&value).unwrap(),
            "\"\u{20ac}$\\u000f\\nA'B\\\"\\\\\\\"/\u{7f}\""
        );
    }

    #[test]
    fn numbers_are_written_as_ecmascript_does() {
        for (value, expected) in [
            (0.0, "0"),
            (-0.0, "0"),
            (1.5, "1.5"),
            (100.0, "100"),
            (-4.50, "-4.5"),
            (2e-3, "0.002"),
            (1e-27, "1e-27"),
            (1e-6, "0.000001"),
            (1.5e-7, "1.5e-7"),
            (1e21, "1e+21"),
            (1e20, "100000000000000000000"),
            (333_333_333.333_333_3, "333333333.3333333"),
            (f64::MAX, "1.7976931348623157e+308"),
            (5e-324, "5e-324"),
        ] {
            assert_eq!(canonical(&json!(value)).unwrap(), expected);
        }
        assert_eq!(canonical(&json!(1_u64 << 53)).unwrap(), "9007199254740992");
    }

    #[test]
    fn what_has_no_canonical_form_is_refused() {
        for value in [json!(u64::MAX), json!(i64::MIN), json!((1_u64 << 53) + 1)] {
            assert!(matches!(canonical(&value), Err(NotCanonical::TooLarge(_))));
        }
        let mut deep = json!(1);
        for _ in 0..=DEPTH {
            deep = json!([deep]);
        }
        assert_eq!(canonical(&deep), Err(NotCanonical::TooDeep));
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back_as_the_same_bytes(text in ".*", whole in -(1i64 << 53)..(1i64 << 53)) {
            let value = json!({"text": text, text.clone(): [0.5, whole]});
            let once = canonical(&value).unwrap();
            let again: Value = serde_json::from_str(&once).unwrap();
            prop_assert_eq!(canonical(&again).unwrap(), once);
        }

        #[test]
        fn a_double_reads_back_as_itself(number in any::<f64>()) {
            let text = canonical(&json!([number])).unwrap();
            let inner = text.trim_matches(['[', ']']);
            prop_assert_eq!(inner.parse::<f64>().unwrap(), number);
        }
    }
}
