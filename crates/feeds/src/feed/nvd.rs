//! NVD: yearly archives once, then the API by the time of the last change.

use std::io::Read;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use patchward_advisory::format::{Format, nvd};
use sha2::{Digest, Sha256};

use crate::client::{Client, Document};
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

const API: &str = "https://services.nvd.nist.gov";
const ARCHIVES: &str = "https://nvd.nist.gov";
const LABEL: &str = "nvd";

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
    if let Some(key) = &run.config.nvd_api_key {
        let client = std::mem::replace(&mut run.client, Client::new(run.config, &|_, _| {}));
        run.client = client
            .with_header("apiKey", key.clone())
            .with_pause(std::time::Duration::from_millis(700));
    }
    sync_windows(run, since)?;
    run.state
        .cursor
        .insert("lastModified".to_owned(), run.now.to_string());
    Ok(())
}

/// Reads every year's archive; returns the instant from which the API must tell the rest.
fn sync_archives(run: &mut Run<'_>) -> Result<Timestamp, FeedError> {
    let base = Location::base(run.config, "nvd/derived", ARCHIVES).join("feeds/json/cve/2.0")?;
    let started = run.now;
    let mut years = 0;
    let this_year = run.now.to_zoned(TimeZone::UTC).year();
    for year in FIRST_YEAR..=this_year {
        let location = base.join(&format!("nvdcve-2.0-{year}.json.gz"))?;
        let Some(document) = run.changed(&location, LARGE)? else {
            continue;
        };
        let bytes = document.bytes()?;
        check_digest(run, &base, year, &bytes)?;
        run.read(LABEL, &location.to_string(), &bytes, Format::Nvd)?;
        run.finish(LABEL)?;
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
    bytes: &[u8],
) -> Result<(), FeedError> {
    let location = base.join(&format!("nvdcve-2.0-{year}.meta"))?;
    let Some(meta) = run.changed(&location, 1 << 20)? else {
        return Ok(());
    };
    let text = text(&meta)?;
    let Some(expected) = text.lines().find_map(|line| line.strip_prefix("sha256:")) else {
        return Ok(());
    };
    let found: String = Sha256::digest(bytes)
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

fn text(document: &Document) -> Result<String, FeedError> {
    let mut text = String::new();
    let read = document.reader()?.read_to_string(&mut text);
    read.map_err(|error| FeedError::Read {
        url: "a .meta file of NVD".to_owned(),
        message: error.to_string(),
    })?;
    Ok(text)
}

fn sync_windows(run: &mut Run<'_>, since: Timestamp) -> Result<(), FeedError> {
    let base = Location::base(run.config, "nvd/real", API).join("rest/json/cves/2.0")?;
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
    run.finish(LABEL)
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
        let bytes = run.client.get(&location, PAGE)?.bytes()?;
        run.read(LABEL, &location.to_string(), &bytes, Format::Nvd)?;
        let next = nvd::next_page(&bytes).map_err(|error| FeedError::Read {
            url: location.to_string(),
            message: error.to_string(),
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
