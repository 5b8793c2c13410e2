//! The Go vulnerability database: an archive of everything, and an index of when each record changed.

use std::collections::HashMap;

use patchward_advisory::format::Format;
use serde::Deserialize;

use crate::archive;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

const URL: &str = "https://vuln.go.dev";
const LABEL: &str = "go";

/// Largest index or record, in bytes.
const SMALL: u64 = 64 << 20;

/// Where more records than this have changed, the whole archive is the faster way.
const ONE_BY_ONE: usize = 500;

#[derive(Deserialize)]
struct Entry {
    id: String,
    modified: String,
}

/// Takes the records that have changed since the last time, or all of them.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, "govulndb", URL);
    let location = base.join("index/vulns.json")?;
    let Some(index) = run.changed_or_missing(&location, SMALL)? else {
        return Ok(());
    };
    let entries: Vec<Entry> =
        serde_json::from_slice(&index.bytes()?).map_err(|e| FeedError::Read {
            url: location.to_string(),
            message: e.to_string(),
        })?;
    let cursor = run.state.cursor.get("modified").cloned();
    let changed: Vec<&str> = entries
        .iter()
        .filter(|entry| {
            cursor
                .as_ref()
                .is_some_and(|cursor| entry.modified > *cursor)
        })
        .map(|entry| entry.id.as_str())
        .collect();
    match cursor.is_some() && changed.len() <= ONE_BY_ONE {
        true => sync_records(run, &base, &changed)?,
        false => sync_archive(run, &base)?,
    }
    let newest = entries.into_iter().map(|entry| entry.modified).max();
    run.state
        .cursor
        .extend(newest.map(|newest| ("modified".to_owned(), newest)));
    Ok(())
}

fn sync_archive(run: &mut Run<'_>, base: &Location) -> Result<(), FeedError> {
    let location = base.join("vulndb.zip")?;
    let document = run.client.get(&location, LARGE)?;
    run.begin_full(LABEL)?;
    archive::zip(
        &location.to_string(),
        &document,
        &mut |name, bytes| match name.strip_prefix("ID/") {
            Some(name) => run.read_one(LABEL, name, bytes, Format::Osv),
            None => Ok(()),
        },
    )?;
    run.end_full(LABEL)
}

fn sync_records(run: &mut Run<'_>, base: &Location, ids: &[&str]) -> Result<(), FeedError> {
    let mut read: HashMap<&str, ()> = HashMap::new();
    for id in ids {
        if read.insert(id, ()).is_none() {
            let document = run
                .client
                .get(&base.join(&format!("ID/{id}.json"))?, SMALL)?;
            run.read_one(LABEL, id, &document.bytes()?, Format::Osv)?;
        }
    }
    run.finish(LABEL)
}
