//! NVD: yearly archives once, then the API by the time of the last change.

use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use patchward_advisory::format::{Format, nvd};
use sha2::{Digest, Sha256};

use crate::base;
use crate::client::{Document, Fetched};
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run, chain};

const LABEL: &str = "nvd";

/// Time between two requests: NVD answers 5 in 30 seconds, and asks for 6 seconds between two.
const PAUSE: Duration = Duration::from_secs(6);

/// Time between two requests with a key: 50 in 30 seconds.
const PAUSE_WITH_KEY: Duration = Duration::from_millis(700);

/// First year that NVD has an archive of.
const FIRST_YEAR: i16 = 2002;

/// Largest page of the API, in bytes.
const PAGE: u64 = 512 << 20;

/// Longest window of one request of the API: NVD allows 120 days.
const WINDOW: SignedDuration = SignedDuration::from_hours(24 * 119);

/// Windows overlap by this much, because a record may change while its page is made.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);

/// Pages of one run: a guard against a server that never ends.
const MAX_PAGES: u64 = 10_000;

/// Takes all years at the first time, later what has changed since.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let cursor = run
        .state
        .cursor
        .get("lastModified")
        .and_then(|time| time.parse::<Timestamp>().ok());
    let since = match cursor {
        Some(cursor) => cursor,
        None => sync_archives(run)?,
    };
    run.client.forbidden_means_throttled();
    run.client.set_pause(&base::NVD_API, PAUSE);
    if let Some(key) = &run.config.nvd_api_key {
        run.client.set_key("apiKey", key);
        run.client.set_pause(&base::NVD_API, PAUSE_WITH_KEY);
    }
    sync_windows(run, since)?;
    run.state
        .cursor
        .insert("lastModified".to_owned(), run.now.to_string());
    Ok(())
}

/// Reads every year's archive; returns the instant from which the API must tell the rest.
fn sync_archives(run: &mut Run<'_>) -> Result<Timestamp, FeedError> {
    let base = Location::base(run.config, &base::NVD_ARCHIVES).join("feeds/json/cve/2.0")?;
    let started = run.now;
    let mut years = 0;
    let this_year = run.now.to_zoned(TimeZone::UTC).year();
    for year in FIRST_YEAR..=this_year {
        let location = base.join(&format!("nvdcve-2.0-{year}.json.gz"))?;
        let Some(document) = run.changed(&location, LARGE)? else {
            continue;
        };
        check_digest(run, &base, year, &document)?;
        run.read(LABEL, &document, Format::Nvd)?;
        years += 1;
    }
    // Archives are made once a day: ask the API for the two days before.
    let days = if years == 0 { 119 } else { 2 };
    Ok(started - SignedDuration::from_hours(24 * days))
}

/// An archive must be what its `.meta` file says, where there is one.
fn check_digest(
    run: &mut Run<'_>,
    base: &Location,
    year: i16,
    document: &Document,
) -> Result<(), FeedError> {
    let location = base.join(&format!("nvdcve-2.0-{year}.meta"))?;
    let Fetched::Document(meta) = run.client.fetch(&location, None, 1 << 20)? else {
        return Ok(());
    };
    let meta = meta.bytes()?;
    let text = String::from_utf8_lossy(&meta);
    let Some(expected) = text.lines().find_map(|line| line.strip_prefix("sha256:")) else {
        return Ok(());
    };
    let found: String = Sha256::digest(document.bytes()?)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    match found.eq_ignore_ascii_case(expected.trim()) {
        true => Ok(()),
        false => Err(FeedError::Read {
            url: location.to_string(),
            message: format!(
                "the archive of {year} has SHA-256 {found}, not {}",
                expected.trim()
            ),
        }),
    }
}

fn sync_windows(run: &mut Run<'_>, since: Timestamp) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::NVD_API).join("rest/json/cves/2.0")?;
    let mut start = since - OVERLAP;
    while start < run.now {
        let end = (start + WINDOW).min(run.now);
        sync_pages(run, &base, start, end)?;
        start = end;
        if matches!(base, Location::File(_)) {
            // A folder has no windows: its one page is everything.
            break;
        }
    }
    Ok(())
}

fn sync_pages(
    run: &mut Run<'_>,
    base: &Location,
    start: Timestamp,
    end: Timestamp,
) -> Result<(), FeedError> {
    let mut index = 0;
    for _ in 0..MAX_PAGES {
        let window = |time: Timestamp| time.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
        let query = format!(
            "resultsPerPage=2000&startIndex={index}&lastModStartDate={}&lastModEndDate={}",
            window(start),
            window(end)
        );
        let location = base.with_query(&query);
        let page = run.client.get(&location, PAGE)?;
        run.read(LABEL, &page, Format::Nvd)?;
        let next = nvd::next_page(&page.bytes()?).map_err(|error| FeedError::Read {
            url: location.to_string(),
            message: chain(&error),
        })?;
        match next {
            Some(next) if next > index && matches!(base, Location::Web(_)) => index = next,
            _ => return Ok(()),
        }
    }
    Err(FeedError::Limit {
        url: base.to_string(),
        message: format!("more than {MAX_PAGES} pages"),
    })
}
