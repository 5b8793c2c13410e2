//! The CVE list (JSON 5): a baseline of everything once, then the days' deltas, then the hours' log.
//!
//! CISA's Vulnrichment (SSVC, KEV, CVSS) comes inside the records, as the container of its ADP.

mod release;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use patchward_advisory::format::Format;
use serde::Deserialize;

use crate::archive;
use crate::base;
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

use release::{Archive, Release};

const LABEL: &str = "cve";
const CURSOR: &str = "fetchTime";

/// Largest index or record, in bytes.
const SMALL: u64 = 128 << 20;

/// Where the log names more records than this, archives are the faster way.
const ONE_BY_ONE: usize = 2_000;

/// The log is read from this long before the instant up to which an archive tells: both are made at about that time.
const OVERLAP: SignedDuration = SignedDuration::from_hours(2);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hour {
    fetch_time: Timestamp,
    #[serde(default)]
    new: Vec<Changed>,
    #[serde(default)]
    updated: Vec<Changed>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Changed {
    cve_id: String,
}

/// Takes the records that have changed since the last time, or all of them.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let records = Location::base(run.config, &base::CVE_RECORDS);
    let location = records.join("deltaLog.json")?;
    let Some(log) = run.changed_or_missing(&location, SMALL)? else {
        return Ok(());
    };
    let hours: Vec<Hour> = parse(&location, &log.bytes()?)?;
    let Told { until, ids, gap } = told(run, &location, &hours)?;
    sync_records(run, &records, &ids)?;
    let until = match gap {
        // A later day, or all, may tell of the time between.
        true => {
            run.forget(&location);
            until
        }
        false => newest(&hours).unwrap_or(until).max(until),
    };
    run.state
        .cursor
        .insert(CURSOR.to_owned(), until.to_string());
    Ok(())
}

/// What is left to read one by one.
struct Told<'h> {
    /// The instant up to which everything was read before these.
    until: Timestamp,
    ids: BTreeSet<&'h str>,
    /// Nothing tells of the time between the archives and the log.
    gap: bool,
}

fn newest(hours: &[Hour]) -> Option<Timestamp> {
    hours.iter().map(|hour| hour.fetch_time).max()
}

/// The log goes back about a month: a cursor older than that needs the days' archives, or all.
fn told<'h>(
    run: &mut Run<'_>,
    location: &Location,
    hours: &'h [Hour],
) -> Result<Told<'h>, FeedError> {
    let oldest = hours.iter().map(|hour| hour.fetch_time).min();
    let cursor = run.state.cursor.get(CURSOR).and_then(|c| c.parse().ok());
    if let Some(cursor) = cursor.filter(|cursor| oldest.is_some_and(|oldest| *cursor >= oldest)) {
        let ids = changed_since(hours, cursor);
        if ids.len() <= ONE_BY_ONE {
            return Ok(Told {
                until: cursor,
                ids,
                gap: false,
            });
        }
    }
    let until = sync_archives(run, cursor)?;
    let gap = oldest.is_some_and(|oldest| oldest > until);
    if gap {
        run.lost(format!(
            "{location}: it begins after {until}, where the archives end"
        ));
    }
    Ok(Told {
        until,
        ids: changed_since(hours, until - OVERLAP),
        gap,
    })
}

fn changed_since(hours: &[Hour], since: Timestamp) -> BTreeSet<&str> {
    hours
        .iter()
        .filter(|hour| hour.fetch_time > since)
        .flat_map(|hour| hour.new.iter().chain(&hour.updated))
        .map(|changed| changed.cve_id.as_str())
        .collect()
}

/// Reads the days since the cursor, where there is one and they go back to it, else everything; returns the instant up
/// to which they tell.
fn sync_archives(run: &mut Run<'_>, cursor: Option<Timestamp>) -> Result<Timestamp, FeedError> {
    let base = Location::base(run.config, &base::CVE_RELEASES);
    let location = base.join("releases")?.with_query("per_page=100");
    let document = run.client.get(&location, SMALL)?;
    let releases: Vec<Release> = parse(&location, &document.bytes()?)?;
    if let Some(cursor) = cursor
        && let Some(days) = release::days_since(&releases, cursor)
    {
        return sync_days(run, &days, cursor);
    }
    let baseline = release::newest_baseline(&releases).ok_or_else(|| FeedError::Answer {
        url: location.to_string(),
        message: format!("no release has an asset *{}", release::BASELINE),
    })?;
    let days = release::days_after(&releases, &baseline);
    // The days come before the end of a full run: what only they bring must not count as gone.
    run.begin_full(LABEL)?;
    sync_archive(run, &baseline)?;
    let until = sync_days(run, &days, baseline.until)?;
    run.end_full(LABEL)?;
    Ok(until)
}

fn sync_days(
    run: &mut Run<'_>,
    days: &[Archive],
    mut until: Timestamp,
) -> Result<Timestamp, FeedError> {
    for day in days {
        sync_archive(run, day)?;
        until = until.max(day.until);
    }
    Ok(until.min(run.now))
}

fn sync_archive(run: &mut Run<'_>, archive: &Archive) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::CVE_DOWNLOADS);
    let location = base.join(&archive.tag)?.join(&archive.name)?;
    let document = run.client.get(&location, LARGE)?;
    let cache = &run.config.cache;
    archive::zip_in_zip(&document, cache, &mut |path, bytes| {
        let name = path.rsplit('/').next().unwrap_or_default();
        match name.starts_with("CVE-") {
            true => run.read_one(LABEL, name, bytes, Format::Cve5),
            false => Ok(()),
        }
    })
}

fn sync_records(run: &mut Run<'_>, base: &Location, ids: &BTreeSet<&str>) -> Result<(), FeedError> {
    for id in ids {
        let Some(path) = path_of(id) else {
            run.problem(format!("deltaLog.json: {id:?} is not a CVE id"));
            continue;
        };
        match run.client.fetch(&base.join(&path)?, None, SMALL)? {
            Fetched::Document(document) => {
                run.read_one(LABEL, id, &document.bytes()?, Format::Cve5)?
            }
            Fetched::Missing | Fetched::Unchanged => {
                run.problem(format!("{id}: the log names it, but it is not there"))
            }
        }
    }
    Ok(())
}

/// Where a record lies: `2024/8xxx/CVE-2024-8959.json`.
fn path_of(id: &str) -> Option<String> {
    let (year, number) = id.strip_prefix("CVE-")?.split_once('-')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(year) || !digits(number) || number.len() < 4 {
        return None;
    }
    let thousands = &number[..number.len() - 3];
    Some(format!("{year}/{thousands}xxx/{id}.json"))
}

fn parse<'a, T: Deserialize<'a>>(location: &Location, bytes: &'a [u8]) -> Result<T, FeedError> {
    serde_json::from_slice(bytes).map_err(|error| FeedError::Read {
        url: location.to_string(),
        message: error.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_lie_by_year_and_thousand() {
        assert_eq!(
            path_of("CVE-2024-8959").as_deref(),
            Some("2024/8xxx/CVE-2024-8959.json")
        );
        assert_eq!(
            path_of("CVE-2023-38335").as_deref(),
            Some("2023/38xxx/CVE-2023-38335.json")
        );
        assert_eq!(path_of("CVE-2023-../x"), None);
        assert_eq!(path_of("CVE-2023-12"), None);
    }
}
