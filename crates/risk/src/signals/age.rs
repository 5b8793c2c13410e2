//! How old a fact is, and when that is too old.

use std::fmt;

use jiff::civil::Date;

/// EPSS is published every day; after a week something is wrong with our copy.
pub const EPSS_STALE_DAYS: i32 = 7;
/// Vulnrichment is decided once, soon after publication; after a year exploitation may well have changed.
pub const SSVC_STALE_DAYS: i32 = 365;

/// The age of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Age {
    /// Whole days.
    pub days: i32,
    /// From how many days on it counts as stale.
    pub limit: i32,
}

/// The age of a fact of `date`. A date of tomorrow, as time zones make them, is today's.
pub fn age(date: Date, today: Date, limit: i32) -> Age {
    Age {
        days: days_between(date, today).max(0),
        limit,
    }
}

impl Age {
    /// Older than its limit.
    pub fn is_stale(&self) -> bool {
        self.days > self.limit
    }
}

/// `3 days old`, `40 days old, stale (more than 7)`.
impl fmt::Display for Age {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.days {
            0 => write!(f, "of today")?,
            1 => write!(f, "1 day old")?,
            days => write!(f, "{days} days old")?,
        }
        if self.is_stale() {
            write!(f, ", stale (more than {})", self.limit)?;
        }
        Ok(())
    }
}

/// Days from `from` to `to`, negative when `to` is earlier.
pub(crate) fn days_between(from: Date, to: Date) -> i32 {
    from.until(to).map_or(0, |span| span.get_days()) // dates count in days by default and never overflow
}
