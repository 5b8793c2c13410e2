//! The CVE list (JSON 5): a baseline of everything once, then the days' deltas, then the hours' log.
//!
//! CISA's Vulnrichment (SSVC, KEV, CVSS) comes inside the records, as the container of its ADP.

use std::collections::BTreeSet;

use patchward_advisory::format::Format;
use serde::Deserialize;

use crate::archive;
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

const RELEASES: &str = "https://api.github.com/repos/CVEProject/cvelistV5";
const DOWNLOADS: &str = "https://github.com/CVEProject/cvelistV5/releases/download";
const RECORDS: &str = "https://raw.githubusercontent.com/CVEProject/cvelistV5/main/cves";
const LABEL: &str = "cve";

/// Largest index or record, in bytes.
const SMALL: u64 = 128 << 20;

const BASELINE: &str = "_all_CVEs_at_midnight.zip.zip";
const DAY: &str = "_delta_CVEs_at_end_of_day.zip";

#[derive(Deserialize)]
struct Release {
    tag_name: String,
    published_at: String,
    #[serde(default)]
    assets: Vec<Asset>,
}

#[derive(Deserialize)]
struct Asset {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Hour {
    fetch_time: String,
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
    let records = Location::base(
        run.config,
        "cve5/raw/CVEProject/cvelistV5/main/cves",
        RECORDS,
    );
    let location = records.join("deltaLog.json")?;
    let Some(log) = run.changed_or_missing(&location, SMALL)? else {
        return Ok(());
    };
    let hours: Vec<Hour> = parse(&location, &log.bytes()?)?;
    let newest = hours.iter().map(|hour| &hour.fetch_time).max().cloned();
    let oldest = hours.iter().map(|hour| &hour.fetch_time).min();

    // The log goes back about a month: a cursor older than that needs the days' archives, or all.
    let mut since = run.state.cursor.get("fetchTime").cloned();
    if since.is_none() || oldest.is_some_and(|oldest| since.as_ref() < Some(oldest)) {
        since = sync_archives(run, since)?;
    }
    sync_hours(run, &records, &hours, since.as_deref().unwrap_or_default())?;
    run.state
        .cursor
        .extend(newest.map(|newest| ("fetchTime".to_owned(), newest)));
    Ok(())
}

/// Reads the baseline (without a cursor) and the days after it; returns the instant up to which they tell.
fn sync_archives(run: &mut Run<'_>, cursor: Option<String>) -> Result<Option<String>, FeedError> {
    let base = Location::base(run.config, "cve5/api/repos/CVEProject/cvelistV5", RELEASES);
    let location = base.join("releases")?;
    let document = run
        .client
        .get(&location.with_query("per_page=100"), SMALL)?;
    let mut releases: Vec<Release> = parse(&location, &document.bytes()?)?;
    releases.sort_by(|a, b| a.published_at.cmp(&b.published_at));
    let has = |release: &Release, ending: &str| {
        release
            .assets
            .iter()
            .any(|asset| asset.name.ends_with(ending))
    };
    let baseline = releases.iter().rposition(|release| has(release, BASELINE));
    let first_day = releases
        .iter()
        .find(|release| has(release, DAY))
        .map(|release| release.published_at.clone());
    // Without a gap between the cursor and the first day, the days are enough.
    let whole = cursor.is_none() || first_day.is_none_or(|first| cursor.as_ref() < Some(&first));
    let mut since = cursor;
    if whole {
        let release =
            baseline
                .and_then(|at| releases.get(at))
                .ok_or_else(|| FeedError::Answer {
                    url: location.to_string(),
                    message: format!("no release has an asset *{BASELINE}"),
                })?;
        since = Some(release.published_at.clone());
        run.begin_full(LABEL)?;
        sync_assets(run, release, BASELINE)?;
    }
    // The days come before the end of a full run: what only they bring must not count as gone.
    for release in releases
        .iter()
        .filter(|release| Some(&release.published_at) >= since.as_ref())
    {
        sync_assets(run, release, DAY)?;
    }
    if whole {
        run.end_full(LABEL)?;
    }
    Ok(releases
        .iter()
        .rev()
        .find(|release| has(release, DAY))
        .map(|release| release.published_at.clone())
        .max(since))
}

fn sync_assets(run: &mut Run<'_>, release: &Release, ending: &str) -> Result<(), FeedError> {
    let base = Location::base(
        run.config,
        "cve5/CVEProject/cvelistV5/releases/download",
        DOWNLOADS,
    );
    for asset in release
        .assets
        .iter()
        .filter(|asset| asset.name.ends_with(ending))
    {
        let location = base.join(&release.tag_name)?.join(&asset.name)?;
        let document = run.client.get(&location, LARGE)?;
        archive::zip_in_zip(
            &location.to_string(),
            &document,
            &mut |name, bytes| match name
                .rsplit('/')
                .next()
                .is_some_and(|name| name.starts_with("CVE-"))
            {
                true => run.read_one(LABEL, name, bytes, Format::Cve5),
                false => Ok(()),
            },
        )?;
    }
    Ok(())
}

fn sync_hours(
    run: &mut Run<'_>,
    base: &Location,
    hours: &[Hour],
    since: &str,
) -> Result<(), FeedError> {
    let ids: BTreeSet<&str> = hours
        .iter()
        .filter(|hour| hour.fetch_time.as_str() > since)
        .flat_map(|hour| hour.new.iter().chain(&hour.updated))
        .map(|changed| changed.cve_id.as_str())
        .collect();
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
    run.finish(LABEL)
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
