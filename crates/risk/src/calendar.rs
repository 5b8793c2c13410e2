//! Due dates: calendar days, months and business days in an organisation's calendar.
//!
//! A deadline is the end of its day in the organisation's time zone. Days are calendar days unless a rule says business
//! days; then weekends and holidays do not count, and a calendar that moves dates lets no date fall on one.

use std::collections::BTreeSet;

use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};

use crate::document::Table;

/// How far a date is moved to find a business day: a calendar without any is refused when it is read.
const MOST_MOVES: usize = 400;

/// An organisation's calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct Calendar {
    /// Its time zone.
    pub zone: TimeZone,
    /// Days of the week on which nobody works.
    pub weekend: Vec<Weekday>,
    /// Other days on which nobody works.
    pub holidays: BTreeSet<Date>,
    /// What happens to a due date on a day on which nobody works.
    pub moves: Moves,
}

/// What happens to a due date on a day on which nobody works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Moves {
    /// It stays: what most rules mean.
    #[default]
    Stays,
    /// It moves to the business day before.
    Before,
    /// It moves to the business day after.
    After,
}

impl std::str::FromStr for Moves {
    type Err = String;

    fn from_str(text: &str) -> Result<Moves, String> {
        match text {
            "no" => Ok(Moves::Stays),
            "before" => Ok(Moves::Before),
            "after" => Ok(Moves::After),
            _ => Err("expected \"no\", \"before\" or \"after\"".to_owned()),
        }
    }
}

/// How long something may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// Calendar days.
    Days(u16),
    /// Business days.
    BusinessDays(u16),
    /// Calendar months: the same day of the month, or the month's last.
    Months(u16),
}

impl Limit {
    /// How many, and of what: `(3, "days")`.
    pub(crate) fn words(self) -> (u16, &'static str) {
        match self {
            Limit::Days(1) => (1, "day"),
            Limit::Days(days) => (days, "days"),
            Limit::BusinessDays(1) => (1, "business day"),
            Limit::BusinessDays(days) => (days, "business days"),
            Limit::Months(1) => (1, "month"),
            Limit::Months(months) => (months, "months"),
        }
    }
}

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (number, what) = self.words();
        write!(f, "{number} {what}")
    }
}

impl Default for Calendar {
    /// UTC, Saturday and Sunday, no holidays.
    fn default() -> Calendar {
        Calendar {
            zone: TimeZone::UTC,
            weekend: vec![Weekday::Saturday, Weekday::Sunday],
            holidays: BTreeSet::new(),
            moves: Moves::Stays,
        }
    }
}

impl Calendar {
    /// Reads the table `[calendar]` of a policy.
    pub(crate) fn read(table: &Table<'_, '_>, under: Calendar) -> Calendar {
        let mut calendar = under;
        let document = table.document();
        if let Some(zone) = table.text("time_zone") {
            match TimeZone::get(&zone.value) {
                Ok(found) => calendar.zone = found,
                Err(_) => document.fault(
                    zone.at,
                    format!(
                        "unknown time zone {:?}: expected a name of the IANA list, such as Asia/Singapore",
                        crate::document::shown(&zone.value)
                    ),
                ),
            }
        }
        if table.has("weekend") {
            calendar.weekend.clear();
            for day in table.texts("weekend") {
                match weekday(&day.value) {
                    Some(found) => calendar.weekend.push(found),
                    None => document.fault(day.at, "expected a day of the week, such as saturday"),
                }
            }
            calendar
                .weekend
                .sort_by_key(|day| day.to_monday_zero_offset());
            calendar.weekend.dedup();
            if calendar.weekend.len() == 7 {
                document.fault(
                    table.place_of("weekend"),
                    "a week has at least one working day",
                );
                calendar.weekend.clear();
            }
        }
        calendar.holidays.extend(table.days("holidays"));
        if let Some((moves, _)) = table.word("move_due_dates") {
            calendar.moves = moves;
        }
        table.done();
        calendar
    }

    /// The day of an instant in the organisation's time zone.
    pub fn day(&self, at: Timestamp) -> Date {
        at.to_zoned(self.zone.clone()).date()
    }

    /// Whether people work on a day.
    pub fn is_business(&self, day: Date) -> bool {
        !self.weekend.contains(&day.weekday()) && !self.holidays.contains(&day)
    }

    /// The last day of a limit that starts on a day. The starting day itself does not count. `None` beyond the calendar.
    pub fn due(&self, start: Date, limit: Limit) -> Option<Date> {
        let day = match limit {
            Limit::Days(days) => {
                let days = SignedDuration::from_hours(24 * i64::from(days));
                start.checked_add(days).ok()?
            }
            Limit::Months(months) => start.checked_add(i64::from(months).months()).ok()?,
            Limit::BusinessDays(days) => {
                let mut day = start;
                for _ in 0..days {
                    day = self.business(day.tomorrow().ok()?, true)?;
                }
                day
            }
        };
        match self.moves {
            Moves::Stays => Some(day),
            Moves::Before => self.business(day, false),
            Moves::After => self.business(day, true),
        }
    }

    /// The first business day from a day on, forward or back.
    fn business(&self, day: Date, forward: bool) -> Option<Date> {
        let mut day = day;
        for _ in 0..MOST_MOVES {
            if self.is_business(day) {
                return Some(day);
            }
            day = match forward {
                true => day.tomorrow().ok()?,
                false => day.yesterday().ok()?,
            };
        }
        Some(day)
    }
}

fn weekday(text: &str) -> Option<Weekday> {
    Some(match text.to_ascii_lowercase().as_str() {
        "monday" => Weekday::Monday,
        "tuesday" => Weekday::Tuesday,
        "wednesday" => Weekday::Wednesday,
        "thursday" => Weekday::Thursday,
        "friday" => Weekday::Friday,
        "saturday" => Weekday::Saturday,
        "sunday" => Weekday::Sunday,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn days_months_and_business_days_end_where_they_should() {
        let mut calendar = Calendar::default();
        calendar.holidays.insert(date(2026, 12, 25));
        for (start, limit, expected) in [
            (date(2026, 3, 1), Limit::Days(14), date(2026, 3, 15)),
            (date(2026, 1, 31), Limit::Months(1), date(2026, 2, 28)),
            (date(2026, 3, 6), Limit::BusinessDays(1), date(2026, 3, 9)),
            (
                date(2026, 12, 24),
                Limit::BusinessDays(1),
                date(2026, 12, 28),
            ),
            (date(2026, 3, 6), Limit::BusinessDays(0), date(2026, 3, 6)),
        ] {
            assert_eq!(
                calendar.due(start, limit),
                Some(expected),
                "{start} {limit}"
            );
        }
        calendar.moves = Moves::Before;
        assert_eq!(
            calendar.due(date(2026, 12, 11), Limit::Days(14)),
            Some(date(2026, 12, 24))
        );
    }

    #[test]
    fn the_day_is_that_of_the_organisation() {
        let mut calendar = Calendar::default();
        let late: Timestamp = "2026-03-01T20:00:00Z".parse().unwrap();
        assert_eq!(calendar.day(late), date(2026, 3, 1));
        calendar.zone = TimeZone::get("Asia/Singapore").unwrap();
        assert_eq!(calendar.day(late), date(2026, 3, 2));
    }
}
