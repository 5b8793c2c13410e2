//! Statements about versions in words and operators: `< 1.2.3`, `>= 1, < 2`, `1.0 through 1.4`, `before 2.1`.
//!
//! Only what has one reading is read; `None` means that a person must read it, never that nothing is affected. "Up to
//! 1.2" is such a case: some mean 1.2 itself, some do not.

use crate::model::Event;

/// What a statement says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Statement {
    /// Every version.
    All,
    /// These versions, by name.
    Versions(Vec<String>),
    /// Ranges, as the events of each.
    Ranges(Vec<Vec<Event>>),
}

/// Longest statement that we try to read, in bytes.
pub const MAX_LENGTH: usize = 4096;

/// Reads a statement.
pub fn read(text: &str) -> Option<Statement> {
    let text = text.trim().trim_end_matches('.').trim_end();
    if text.is_empty() || text.len() > MAX_LENGTH {
        return None;
    }
    if is_all(text) {
        return Some(Statement::All);
    }
    if let Some(operator) = text.find(['<', '>', '=', '≤', '≥']) {
        // "All versions < 2" says no more than "< 2".
        let words = text[..operator].trim().to_ascii_lowercase();
        let filler = matches!(words.as_str(), "all versions" | "versions" | "version");
        return constraint(if filler { &text[operator..] } else { text }).map(Statement::Ranges);
    }
    words(text)
}

/// Reads a constraint of operators: `,`, `&&` and blanks mean and, `|` and `||` mean or (Composer, GitHub, CVE records).
pub fn constraint(text: &str) -> Option<Vec<Vec<Event>>> {
    let alternatives = text
        .split('|')
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let ranges: Option<Vec<_>> = alternatives.map(conjunction).collect();
    ranges.filter(|ranges| !ranges.is_empty())
}

/// Reads an upper bound alone: `<= 1.2` or `< 1.2`.
pub fn upper_bound(text: &str) -> Option<Event> {
    match conjunction(text)?.as_slice() {
        [
            Event::Introduced(zero),
            bound @ (Event::Fixed(_) | Event::LastAffected(_)),
        ] if zero == "0" => Some(bound.clone()),
        _ => None,
    }
}

/// Whether a word can be a version: a digit in it, and nothing but what versions are written with.
pub fn is_version(word: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || ".-_+:~^".contains(c);
    let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
    digits.starts_with(|c: char| c.is_ascii_digit()) && word.chars().all(inner) && word.len() <= 128
}

fn is_all(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    matches!(
        text.as_str(),
        "*" | "all" | "all versions" | "all version" | "any" | "vers:all/*"
    )
}

/// The events of `>= 1, < 2`. Two bounds on one side, or `!=`, have no single reading as one range.
fn conjunction(text: &str) -> Option<Vec<Event>> {
    let mut from = None;
    let mut to = None;
    for (operator, version) in comparisons(text)? {
        let version = version.to_owned();
        let (side, event) = match operator {
            ">=" | "=>" | "≥" => (&mut from, Event::Introduced(version)),
            ">" => (&mut from, Event::After(version)),
            "<" => (&mut to, Event::Fixed(version)),
            "<=" | "=<" | "≤" => (&mut to, Event::LastAffected(version)),
            "=" | "==" => {
                let exact = from.is_none() && to.is_none();
                from = exact.then(|| Event::Introduced(version.clone()));
                from.as_ref()?;
                (&mut to, Event::LastAffected(version))
            }
            _ => return None,
        };
        if side.replace(event).is_some() {
            return None;
        }
    }
    if from.is_none() && to.is_none() {
        return None;
    }
    let from = from.unwrap_or_else(|| Event::Introduced("0".into()));
    Some(std::iter::once(from).chain(to).collect())
}

/// Splits into operator and version: `>= 1.0, < 2`, `>=1.0 <2`, `>=1.0&&<2`.
fn comparisons(text: &str) -> Option<Vec<(&str, &str)>> {
    let is_operator = |c: char| "<>=!~^≤≥".contains(c);
    let mut out = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let after = rest.trim_start_matches(is_operator);
        let operator = &rest[..rest.len() - after.len()];
        let after = after.trim_start();
        let end = after
            .find(|c: char| c == ',' || c == '&' || c.is_whitespace() || is_operator(c))
            .unwrap_or(after.len());
        let version = &after[..end];
        if operator.is_empty() || !is_version(version) {
            return None;
        }
        out.push((operator, version));
        rest = after[end..].trim_start_matches(|c: char| c == ',' || c == '&' || c.is_whitespace());
    }
    Some(out)
}

fn words(text: &str) -> Option<Statement> {
    let lower = text.to_ascii_lowercase();
    let mut words: Vec<&str> = lower.split_whitespace().collect();
    // "version 1.2 and earlier" says no more than "1.2 and earlier".
    words.retain(|word| !matches!(*word, "version" | "versions"));
    let last = |version: &str| {
        Some(Statement::Ranges(vec![vec![
            start(),
            Event::LastAffected(version.into()),
        ]]))
    };
    match words[..] {
        [one] if is_version(one) => Some(Statement::Versions(vec![text_of(text, one)?])),
        ["before", version] if is_version(version) => fixed(text, version),
        ["prior", "to", version] if is_version(version) => fixed(text, version),
        [
            version,
            "and",
            "earlier" | "prior" | "below" | "older" | "lower",
        ] if is_version(version) => last(&text_of(text, version)?),
        [from, "through" | "thru" | "to" | "-", to] if is_version(from) && is_version(to) => {
            between(text, from, to)
        }
        ["from", from, "through" | "thru", to] if is_version(from) && is_version(to) => {
            between(text, from, to)
        }
        ["from", from, "before", to] if is_version(from) && is_version(to) => {
            Some(Statement::Ranges(vec![vec![
                Event::Introduced(text_of(text, from)?),
                Event::Fixed(text_of(text, to)?),
            ]]))
        }
        _ => list(text),
    }
}

fn start() -> Event {
    Event::Introduced("0".into())
}

fn fixed(text: &str, version: &str) -> Option<Statement> {
    Some(Statement::Ranges(vec![vec![
        start(),
        Event::Fixed(text_of(text, version)?),
    ]]))
}

fn between(text: &str, from: &str, to: &str) -> Option<Statement> {
    Some(Statement::Ranges(vec![vec![
        Event::Introduced(text_of(text, from)?),
        Event::LastAffected(text_of(text, to)?),
    ]]))
}

/// The word as the text spells it: the words were compared in lower case.
fn text_of(text: &str, lower: &str) -> Option<String> {
    text.split_whitespace()
        .find(|word| word.eq_ignore_ascii_case(lower))
        .map(str::to_owned)
}

/// `1.0, 1.1, 1.2`: at least two, all of them versions.
fn list(text: &str) -> Option<Statement> {
    let versions: Vec<&str> = text.split(',').map(str::trim).collect();
    let all = versions.len() > 1 && versions.iter().all(|version| is_version(version));
    all.then(|| Statement::Versions(versions.into_iter().map(str::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str) -> String {
        let event = |event: &Event| match event {
            Event::Introduced(v) => format!(">={v}"),
            Event::After(v) => format!(">{v}"),
            Event::Fixed(v) => format!("<{v}"),
            Event::LastAffected(v) => format!("<={v}"),
            Event::Limit(v) => format!("limit {v}"),
        };
        match read(text) {
            None => "unread".into(),
            Some(Statement::All) => "all".into(),
            Some(Statement::Versions(versions)) => versions.join(" "),
            Some(Statement::Ranges(ranges)) => ranges
                .iter()
                .map(|range| range.iter().map(event).collect::<Vec<_>>().join(" "))
                .collect::<Vec<_>>()
                .join(" | "),
        }
    }

    #[test]
    fn statements_with_one_reading_are_read() {
        for (text, expected) in [
            ("< 1.2.3", ">=0 <1.2.3"),
            ("<=1.2.3", ">=0 <=1.2.3"),
            (">= 1.0, < 2.0", ">=1.0 <2.0"),
            (">=1.0 <2.0", ">=1.0 <2.0"),
            ("> 1.0,<= 2.0-RC1", ">1.0 <=2.0-RC1"),
            (
                ">=2.0.0,<2.7.48|>=3.0.0,<3.4.48",
                ">=2.0.0 <2.7.48 | >=3.0.0 <3.4.48",
            ),
            ("= 1.2.0", ">=1.2.0 <=1.2.0"),
            (">= 27.0", ">=27.0"),
            ("All versions < V23Q4", ">=0 <V23Q4"),
            ("before 1.14", ">=0 <1.14"),
            ("before version 23.4", ">=0 <23.4"),
            ("prior to 2021.11", ">=0 <2021.11"),
            ("5.7.41 and prior", ">=0 <=5.7.41"),
            ("versions V5.20 through V5.38", ">=V5.20 <=V5.38"),
            ("4.1.0 to 4.1.2-p3", ">=4.1.0 <=4.1.2-p3"),
            ("10.10 - 11.11", ">=10.10 <=11.11"),
            (" 9.19.1", "9.19.1"),
            ("9.1.5, 9.1.6", "9.1.5 9.1.6"),
            ("All versions", "all"),
            ("*", "all"),
        ] {
            assert_eq!(show(text), expected, "{text}");
        }
    }

    #[test]
    fn statements_with_several_readings_are_left_to_a_person() {
        for text in [
            "n/a",
            "",
            "See references",
            "up to 1.2",
            "1.2 up to 1.4",
            "Android13/Android12",
            "firmware version 1.4.7 and earlier",
            "<=5.008 & 5.028",
            "!= 1.2",
            "^1.2",
            "~> 2.1",
            "< 1.0, < 2.0",
            "< next release",
            "Snapdragon 865+ 5G",
            "7.0(3)F2(2)",
        ] {
            assert_eq!(show(text), "unread", "{text}");
        }
    }

    #[test]
    fn mutated_statements_never_panic() {
        let seeds: [&[u8]; 3] = [
            b">=2.0.0,<2.7.48|>=3.0.0,<3.4.48",
            b"versions 1 through 2",
            "≤ 1.0".as_bytes(),
        ];
        patchward_test_support::mutate(&seeds, 3000, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
