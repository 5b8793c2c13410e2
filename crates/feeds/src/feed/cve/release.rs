//! Which archives the releases of the CVE list have, and up to when each of them tells.
//!
//! The day stands in the name of an asset. The time of a release does not help: every hour's release has the baseline
//! of its day's midnight with it.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, civil::Date};
use serde::Deserialize;

/// Ending of the archive of everything, as at the midnight with which its day begins.
pub const BASELINE: &str = "_all_CVEs_at_midnight.zip.zip";

/// Ending of the archive of what changed in a day.
const DAY: &str = "_delta_CVEs_at_end_of_day.zip";

const DAY_LONG: SignedDuration = SignedDuration::from_hours(24);

/// A release.
#[derive(Debug, Deserialize)]
pub struct Release {
    tag_name: String,
    #[serde(default)]
    assets: Vec<Asset>,
}

#[derive(Debug, Deserialize)]
struct Asset {
    name: String,
}

/// An archive of records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Archive {
    /// Tag of its release.
    pub tag: String,
    /// File name.
    pub name: String,
    /// The instant up to which it tells.
    pub until: Timestamp,
}

/// The newest archive of everything.
pub fn newest_baseline(releases: &[Release]) -> Option<Archive> {
    archives(releases, BASELINE, SignedDuration::ZERO)
        .into_iter()
        .max_by_key(|archive| archive.until)
}

/// The archives of the days after a baseline. Its midnight may be either end of its day, so the delta of that day
/// itself may be missing.
pub fn days_after(releases: &[Release], baseline: &Archive) -> Vec<Archive> {
    let since = baseline.until;
    days_since(releases, since)
        .or_else(|| days_since(releases, since + DAY_LONG))
        .unwrap_or_default()
}

/// The archives of the days from `since` on, oldest first, as far as no day is missing; `None` where they do not go
/// back to it.
pub fn days_since(releases: &[Release], since: Timestamp) -> Option<Vec<Archive>> {
    let mut days = archives(releases, DAY, DAY_LONG);
    days.sort_by_key(|archive| archive.until);
    days.dedup_by_key(|archive| archive.until);
    let mut until = since;
    let mut taken = Vec::new();
    for archive in days.into_iter().filter(|archive| archive.until > since) {
        if archive.until - DAY_LONG > until {
            break;
        }
        until = archive.until;
        taken.push(archive);
    }
    (!taken.is_empty()).then_some(taken)
}

/// The archives whose names end so; each tells up to `after` its day began.
fn archives(releases: &[Release], ending: &str, after: SignedDuration) -> Vec<Archive> {
    let assets = releases.iter().flat_map(|release| {
        release
            .assets
            .iter()
            .map(|asset| (&release.tag_name, &asset.name))
    });
    assets
        .filter_map(|(tag, name)| {
            let day: Date = name.strip_suffix(ending)?.parse().ok()?;
            let begin = day.to_zoned(TimeZone::UTC).ok()?.timestamp();
            Some(Archive {
                tag: tag.clone(),
                name: name.clone(),
                until: begin.checked_add(after).ok()?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn releases(names: &[&str]) -> Vec<Release> {
        let asset = |name: &&str| Asset {
            name: (*name).to_owned(),
        };
        let one = |name: &&str| Release {
            tag_name: format!("cve_{name}"),
            assets: vec![asset(name)],
        };
        names.iter().map(one).collect()
    }

    fn names(archives: Option<Vec<Archive>>) -> Option<Vec<String>> {
        let day = |archive: Archive| archive.name[..10].to_owned();
        archives.map(|archives| archives.into_iter().map(day).collect())
    }

    #[test]
    fn days_follow_the_baseline_until_one_is_missing() {
        let releases = releases(&[
            "2024-10-20_delta_CVEs_at_end_of_day.zip",
            "2024-10-18_delta_CVEs_at_end_of_day.zip",
            "2024-10-17_delta_CVEs_at_end_of_day.zip",
            "2024-10-17_delta_CVEs_at_1300Z.zip",
            "2024-10-17_all_CVEs_at_midnight.zip.zip",
            "2024-10-16_delta_CVEs_at_end_of_day.zip",
            "2024-10-16_all_CVEs_at_midnight.zip.zip",
        ]);
        let baseline = newest_baseline(&releases).unwrap();
        assert_eq!(baseline.until.to_string(), "2024-10-17T00:00:00Z");
        let days = names(Some(days_after(&releases, &baseline))).unwrap();
        assert_eq!(days, ["2024-10-17", "2024-10-18"]);
    }

    #[test]
    fn days_that_do_not_go_back_to_the_cursor_are_of_no_use() {
        let releases = releases(&["2024-10-20_delta_CVEs_at_end_of_day.zip"]);
        let at = |time: &str| time.parse::<Timestamp>().unwrap();
        assert_eq!(
            names(days_since(&releases, at("2024-10-19T12:00:00Z"))),
            None
        );
        let days = names(days_since(&releases, at("2024-10-20T12:00:00Z")));
        assert_eq!(days, Some(vec!["2024-10-20".to_owned()]));
    }

    #[test]
    fn odd_names_are_left_out() {
        let releases = releases(&[
            "x_all_CVEs_at_midnight.zip.zip",
            "2024-13-01_delta_CVEs_at_end_of_day.zip",
        ]);
        assert_eq!(newest_baseline(&releases), None);
        assert_eq!(days_since(&releases, Timestamp::UNIX_EPOCH), None);
    }
}
