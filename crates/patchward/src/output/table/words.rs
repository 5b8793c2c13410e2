//! Words and colours of the tables.

use anstyle::{AnsiColor, Style as Ansi};
use jiff::Timestamp;
use patchward_protocol::report::{FindingStatus, SeverityLevel};

/// A count and its noun: `1 finding`, `2 findings`, `1,200 advisories`, `3 patches`.
pub fn plural(count: u64, noun: &str) -> String {
    let noun = match noun.strip_suffix('y') {
        _ if count == 1 => noun.to_owned(),
        Some(stem) if !stem.ends_with('a') => format!("{stem}ies"),
        _ if noun.ends_with("ch") => format!("{noun}es"),
        _ => format!("{noun}s"),
    };
    format!("{} {noun}", grouped(count))
}

/// A number with a comma after every three digits.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// How long ago `then` was, in its largest unit.
pub fn age(now: Timestamp, then: Timestamp) -> String {
    let seconds = now
        .as_second()
        .saturating_sub(then.as_second())
        .max(0)
        .unsigned_abs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    match units.iter().find(|(length, _)| seconds >= *length) {
        Some((length, name)) => plural(seconds / length, name),
        None => "less than a minute".to_owned(),
    }
}

/// The word of a band.
pub fn level(level: SeverityLevel) -> &'static str {
    match level {
        SeverityLevel::Unknown => "unknown",
        SeverityLevel::None => "none",
        SeverityLevel::Low => "low",
        SeverityLevel::Medium => "medium",
        SeverityLevel::High => "high",
        SeverityLevel::Critical => "critical",
    }
}

/// The colour of a band.
pub fn colour(level: SeverityLevel) -> Ansi {
    match level {
        SeverityLevel::Critical => AnsiColor::Red.on_default().bold(),
        SeverityLevel::High => AnsiColor::Red.on_default(),
        SeverityLevel::Medium => AnsiColor::Yellow.on_default(),
        SeverityLevel::Low => AnsiColor::Cyan.on_default(),
        SeverityLevel::None | SeverityLevel::Unknown => Ansi::new().dimmed(),
    }
}

/// What a status means where no fixed version can be shown.
pub fn status(status: FindingStatus) -> &'static str {
    match status {
        FindingStatus::Fixable => "",
        FindingStatus::FixNotReachable => "not reachable",
        FindingStatus::NoFix => "no fix yet",
        FindingStatus::Deferred => "deferred",
        FindingStatus::WontFix => "won't be fixed",
        FindingStatus::UnderInvestigation => "under investigation",
        FindingStatus::CannotTell => "cannot tell",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_nouns_agree() {
        assert_eq!(plural(1, "advisory"), "1 advisory");
        assert_eq!(plural(1_234_567, "advisory"), "1,234,567 advisories");
        assert_eq!(plural(0, "finding"), "0 findings");
        assert_eq!(plural(2, "patch"), "2 patches");
    }

    #[test]
    fn an_age_is_told_in_its_largest_unit() {
        let now = Timestamp::constant(1_000_000, 0);
        let ago = |seconds: i64| age(now, Timestamp::constant(1_000_000 - seconds, 0));
        assert_eq!(
            [ago(5), ago(60), ago(7_300), ago(200_000)],
            ["less than a minute", "1 minute", "2 hours", "2 days"]
        );
    }
}
