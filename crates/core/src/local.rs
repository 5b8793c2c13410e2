//! This machine's time zone and day.

use std::sync::OnceLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The zone that `TZ`, else `/etc/localtime`, names; UTC where there is neither.
///
/// `/etc/localtime` is read as it is: to learn a zone's name, as [`TimeZone::system`] does, the whole time-zone
/// database is listed first, which takes longer than many a scan.
pub fn zone() -> TimeZone {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    let read = || {
        let named = std::env::var_os("TZ").is_some();
        let data = std::fs::read("/etc/localtime").ok().filter(|_| !named);
        let zone = data.and_then(|data| TimeZone::tzif("local", &data).ok());
        zone.unwrap_or_else(TimeZone::system)
    };
    ZONE.get_or_init(read).clone()
}

/// The day that it is here at an instant.
pub fn day(at: Timestamp) -> Date {
    at.to_zoned(zone()).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_zone_is_that_of_the_system() {
        let at = Timestamp::now();
        assert_eq!(
            zone().to_offset(at),
            TimeZone::system().to_offset(at),
            "the same offset, whichever way it was read"
        );
        assert_eq!(day(at), at.to_zoned(TimeZone::system()).date());
    }
}
