//! Cuts an expression into tokens.

use super::{ExpressionError, MOST_BRACKETS, MOST_BYTES};

/// A token with its first byte.
#[derive(Debug, Clone, PartialEq)]
pub struct Token<'t> {
    pub at: usize,
    pub kind: Kind<'t>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Kind<'t> {
    Name(&'t str),
    Text(String),
    Whole(i64),
    Number(f64),
    Sign(&'static str),
    End,
}

const SIGNS: [&str; 24] = [
    "&&", "||", "==", "!=", "<=", ">=", "<", ">", "!", "+", "-", "*", "/", "%", "?", ":", ",", ".",
    "(", ")", "[", "]", "{", "}",
];

/// All tokens; the last is [`Kind::End`].
pub fn lex(text: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    if text.len() > MOST_BYTES {
        let message = format!("the expression is longer than {MOST_BYTES} bytes");
        return Err(ExpressionError::new(MOST_BYTES, message));
    }
    let mut tokens: Vec<Token<'_>> = Vec::with_capacity(text.len() / 4 + 1);
    let mut at = 0;
    let mut brackets = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        if let Some(space) = blank(rest) {
            at += space;
            continue;
        }
        let (kind, length) = token(rest, at)?;
        brackets = match &kind {
            Kind::Sign("(" | ")" | "[" | "]" | "{" | "}") => brackets + 1,
            _ => 0,
        };
        if brackets > MOST_BRACKETS {
            let message = format!("more than {MOST_BRACKETS} brackets in a row");
            return Err(ExpressionError::new(at, message));
        }
        tokens.push(Token { at, kind });
        at += length;
    }
    let kind = Kind::End;
    tokens.push(Token { at, kind });
    Ok(tokens)
}

/// Names that stand in an expression, but for those of fields behind a dot. None where it cannot be cut.
pub fn uses(text: &str) -> Vec<&str> {
    let tokens = lex(text).unwrap_or_default();
    let mut names = Vec::new();
    let mut behind_dot = false;
    for token in tokens {
        match token.kind {
            Kind::Name(name) if !behind_dot => names.push(name),
            _ => {}
        }
        behind_dot = token.kind == Kind::Sign(".");
    }
    names
}

/// Length of white space or of a comment that the text begins with.
fn blank(text: &str) -> Option<usize> {
    if text.starts_with("//") {
        return Some(text.find('\n').unwrap_or(text.len()));
    }
    let length = text.len() - text.trim_start_matches([' ', '\t', '\r', '\n']).len();
    (length > 0).then_some(length)
}

fn token(text: &str, at: usize) -> Result<(Kind<'_>, usize), ExpressionError> {
    let first = text.chars().next().unwrap_or(' ');
    match first {
        'a'..='z' | 'A'..='Z' | '_' => {
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let length = text.find(|c| !is_name(c)).unwrap_or(text.len());
            let name = text.get(..length).unwrap_or_default();
            if matches!(text.get(length..length + 1), Some("'" | "\"")) {
                return Err(ExpressionError::new(
                    at,
                    "raw texts and bytes are not supported: write the text in quotes",
                ));
            }
            Ok((Kind::Name(name), length))
        }
        '0'..='9' => number(text, at),
        '\'' | '"' => quoted(text, first, at),
        _ => match SIGNS.iter().find(|sign| text.starts_with(*sign)) {
            Some(sign) => Ok((Kind::Sign(sign), sign.len())),
            None => Err(ExpressionError::new(
                at,
                format!("unexpected character {first:?}"),
            )),
        },
    }
}

fn number(text: &str, at: usize) -> Result<(Kind<'_>, usize), ExpressionError> {
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let mut length = digits(text);
    let rest = |length: usize| text.get(length..).unwrap_or_default();
    let mut whole = true;
    if let Some(fraction) = rest(length).strip_prefix('.')
        && digits(fraction) > 0
    {
        whole = false;
        length += 1 + digits(fraction);
    }
    if let Some(exponent) = rest(length).strip_prefix(['e', 'E']) {
        let sign = usize::from(exponent.starts_with(['+', '-']));
        let power = digits(exponent.get(sign..).unwrap_or_default());
        if power > 0 {
            whole = false;
            length += 1 + sign + power;
        }
    }
    let digits = text.get(..length).unwrap_or_default();
    let ends = rest(length).chars().next();
    if ends.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
        return Err(ExpressionError::new(
            at,
            "a number without letters was expected",
        ));
    }
    let kind = match whole {
        true => digits.parse().ok().map(Kind::Whole),
        false => digits
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .map(Kind::Number),
    };
    match kind {
        Some(kind) => Ok((kind, length)),
        None => Err(ExpressionError::new(at, "the number is too large")),
    }
}

fn quoted(text: &str, quote: char, at: usize) -> Result<(Kind<'_>, usize), ExpressionError> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((place, c)) = characters.next() {
        match c {
            c if c == quote => return Ok((Kind::Text(value), place + 1)),
            '\n' | '\r' => break,
            '\\' => match characters.next() {
                Some((_, c @ ('\\' | '\'' | '"' | '`' | '?'))) => value.push(c),
                Some((_, 'n')) => value.push('\n'),
                Some((_, 't')) => value.push('\t'),
                Some((_, 'r')) => value.push('\r'),
                _ => {
                    return Err(ExpressionError::new(
                        at + place,
                        r#"unknown escape: expected \\, \', \", \n, \t or \r"#,
                    ));
                }
            },
            c => value.push(c),
        }
    }
    Err(ExpressionError::new(at, "the text has no closing quote"))
}
