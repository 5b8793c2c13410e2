//! Dates and times: test 6.1.37, and the dates of CSAF 2.1 that a released document cannot know yet (6.1.45, 6.1.49,
//! 6.1.51 to 6.1.53).

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::Violations;
use super::document::{Document, items, text};

/// An instant, where it can be read; more than nine digits of a second are cut.
pub fn instant(text: &str) -> Option<Timestamp> {
    let text = text.trim();
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let (whole, rest) = text.split_once('.')?;
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let (fraction, zone) = rest.split_at_checked(digits)?;
    let fraction = fraction.get(..9)?;
    format!("{whole}.{fraction}{zone}").parse().ok()
}

/// Whether a text is a date and time of RFC 3339. The lenient form (CSAF 2.0) has letters of either case and leap
/// seconds; the strict one (CSAF 2.1, section 2.3) has neither.
pub fn is_date_time(text: &str, lenient: bool) -> bool {
    let upper;
    let text = match lenient {
        true => {
            upper = text.to_ascii_uppercase();
            &upper
        }
        false => text,
    };
    let Some((date, time)) = text.split_once('T') else {
        return false;
    };
    is_date(date) && is_time(time, lenient)
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-').zip([4, 2, 2]);
    let mut number = || {
        let (part, length) = parts.next()?;
        digits(part, length)
    };
    let (Some(year), Some(month), Some(day)) = (number(), number(), number()) else {
        return false;
    };
    let date = || {
        Date::new(
            year.try_into().ok()?,
            month.try_into().ok()?,
            day.try_into().ok()?,
        )
        .ok()
    };
    text.len() == 10 && date().is_some()
}

fn is_time(text: &str, lenient: bool) -> bool {
    let zone_at = text.find(['Z', '+', '-']);
    let Some((clock, zone)) = zone_at.and_then(|at| text.split_at_checked(at)) else {
        return false;
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let last = if lenient { 60 } else { 59 };
    let fraction_is = |f: &str| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit());
    let zone_is = zone == "Z"
        || zone
            .get(1..)
            .is_some_and(|offset| fields(offset, &[23, 59]));
    fields(clock, &[23, 59, last]) && fraction.is_none_or(fraction_is) && zone_is
}

/// Two-digit fields with colons between, none above its most.
fn fields(text: &str, most: &[u32]) -> bool {
    let all: Vec<&str> = text.split(':').collect();
    let within = |(field, most): (&&str, &u32)| digits(field, 2).is_some_and(|n| n <= *most);
    all.len() == most.len() && all.iter().zip(most).all(within)
}

fn digits(text: &str, length: usize) -> Option<u32> {
    let all = text.len() == length && text.bytes().all(|b| b.is_ascii_digit());
    all.then(|| text.parse().ok()).flatten()
}

pub fn check(document: &Document<'_>, found: &mut Violations) {
    let history = items(&document.root["document"]["tracking"], "revision_history");
    let newest = history
        .filter_map(|(_, item)| instant(text(item, "date")))
        .max();
    let newest = newest.filter(|_| document.is_released());
    let public = document.text("/document/distribution/tlp/label") == "CLEAR";
    for (number, vulnerability) in document.vulnerabilities() {
        let here = format!("/vulnerabilities/{number}");
        let mut before = |test: &'static str, value: &Value, pointer: String| {
            let said = value.as_str().and_then(instant);
            if let (Some(said), Some(newest)) = (said, newest)
                && said > newest
            {
                found.add(
                    test,
                    pointer,
                    "is later than the newest revision of the document",
                );
            }
        };
        if public {
            before(
                "6.1.45",
                &vulnerability["disclosure_date"],
                format!("{here}/disclosure_date"),
            );
        }
        for (at, metric) in items(vulnerability, "metrics") {
            for (test, kind) in [("6.1.49", "ssvc_v2"), ("6.1.51", "epss")] {
                let pointer = format!("{here}/metrics/{at}/content/{kind}/timestamp");
                before(test, &metric["content"][kind]["timestamp"], pointer);
            }
        }
        for (at, item) in items(vulnerability, "first_known_exploitation_dates") {
            for key in ["date", "exploitation_date"] {
                let pointer = format!("{here}/first_known_exploitation_dates/{at}/{key}");
                before("6.1.52", &item[key], pointer);
            }
        }
        for (at, item) in items(vulnerability, "first_known_exploitation_dates") {
            let exploited = instant(text(item, "exploitation_date"));
            if exploited > instant(text(item, "date")) && item["date"].is_string() {
                let pointer =
                    format!("{here}/first_known_exploitation_dates/{at}/exploitation_date");
                found.add("6.1.53", pointer, "is later than the date beside it");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_and_time_exists_in_the_calendar() {
        for good in [
            "2024-02-29T10:00:00Z",
            "2024-01-24T10:00:00.123456789012+23:59",
        ] {
            assert!(is_date_time(good, false), "{good}");
            assert!(instant(good).is_some(), "{good}");
        }
        for bad in [
            "2023-02-29T10:00:00Z",
            "2024-01-24 10:00:00Z",
            "2024-01-24T10:00:00",
            "2024-01-24T10:00:60Z",
            "2024-01-24t10:00:00z",
            "2024-01-24T24:00:00Z",
            "2024-01-24T10:00:00+24:00",
            "2024-01-24T10:00:00.Z",
            "2024-1-24T10:00:00Z",
        ] {
            assert!(!is_date_time(bad, false), "{bad}");
        }
        assert!(is_date_time("2016-12-31t23:59:60z", true));
    }
}
