//! Times as publishers write them.

use jiff::civil::{Date, DateTime};
use jiff::{Timestamp, tz::TimeZone};

/// Reads an RFC 3339 time, a time without zone (taken as UTC, as NVD means it), a time with a blank instead of `T`, or
/// a bare day (its first instant, UTC). `None` when it is none of them, and for the year 1 that Go writes for "no time".
pub fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    let found = text
        .parse::<Timestamp>()
        .ok()
        .or_else(|| civil(text.parse::<DateTime>().ok()?))
        .or_else(|| {
            civil(
                text.parse::<Date>()
                    .ok()?
                    .to_datetime(jiff::civil::Time::midnight()),
            )
        });
    // No publisher's record is older than the first advisories.
    found.filter(|time| time.as_second() > 0)
}

/// Whether a text is how programs write "no time": the year 1 (Go) or the epoch (others). Nothing is lost with it.
pub fn is_unset(text: &str) -> bool {
    let text = text.trim();
    text.starts_with("0001-01-01") || text.starts_with("1970-01-01")
}

fn civil(time: DateTime) -> Option<Timestamp> {
    TimeZone::UTC.to_timestamp(time).ok()
}

/// A day, `YYYY-MM-DD`, if `text` starts with one.
pub fn day(text: &str) -> Option<String> {
    let start = text.trim().get(..10)?;
    start.parse::<Date>().ok().map(|day| day.to_string())
}

/// A time of a mail header (`Tue, 02 Jan 2024 03:04:05 +0000`), as RSS uses.
pub fn mail(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim())
        .ok()
        .map(|zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_all_publishers_are_read() {
        let expected = "2024-01-02T03:04:05Z".parse::<Timestamp>().ok();
        for text in [
            "2024-01-02T03:04:05Z",
            "2024-01-02T03:04:05.000",
            "2024-01-02 03:04:05",
            "2024-01-02T05:04:05+02:00",
            " 2024-01-02T03:04:05.000000Z",
        ] {
            assert_eq!(instant(text), expected, "{text}");
        }
        assert_eq!(mail("Tue, 02 Jan 2024 03:04:05 +0000"), expected);
        assert_eq!(
            instant("2024-01-02"),
            "2024-01-02T00:00:00Z".parse::<Timestamp>().ok()
        );
    }

    #[test]
    fn no_time_and_nonsense_are_none() {
        for text in [
            "0001-01-01T00:00:00Z",
            "",
            "soon",
            "2024-13-01",
            "2024-02-30T00:00:00Z",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
        assert_eq!(day("2024-02-30"), None);
        assert_eq!(day("2024-02-28T10:00"), Some("2024-02-28".into()));
    }
}
