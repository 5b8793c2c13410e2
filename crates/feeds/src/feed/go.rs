//! The Go vulnerability database: an archive of everything, and an index of when each record changed.

use std::collections::BTreeSet;

use patchward_advisory::format::Format;
use serde::Deserialize;

use super::changes::Changes;
use crate::archive;
use crate::base;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

const LABEL: &str = "go";

/// Largest index or record, in bytes.
const SMALL: u64 = 64 << 20;

#[derive(Deserialize)]
struct Entry {
    id: String,
    modified: String,
}

/// Takes the records that have changed since the last time, or all of them.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::GO);
    let location = base.join("index/vulns.json")?;
    let Some(index) = run.changed_or_missing(&location, SMALL)? else {
        return Ok(());
    };
    let entries: Vec<Entry> =
        serde_json::from_slice(&index.bytes()?).map_err(|e| FeedError::Read {
            url: location.to_string(),
            message: e.to_string(),
        })?;
    let rows = entries
        .iter()
        .map(|entry| (entry.modified.as_str(), entry.id.as_str()));
    let changes = Changes::new(rows);
    match changes.since(run.state.cursor.get("modified")) {
        Some(ids) => sync_records(run, &base, &ids, &changes)?,
        None => sync_archive(run, &base)?,
    }
    let newest = changes.newest().map(str::to_owned);
    run.state
        .cursor
        .extend(newest.map(|newest| ("modified".to_owned(), newest)));
    Ok(())
}

fn sync_archive(run: &mut Run<'_>, base: &Location) -> Result<(), FeedError> {
    let document = run.client.get(&base.join("vulndb.zip")?, LARGE)?;
    run.begin_full(LABEL)?;
    archive::zip(
        &document,
        &mut |name, bytes| match name.strip_prefix("ID/") {
            Some(name) => run.read_one(LABEL, name, bytes, Format::Osv),
            None => Ok(()),
        },
    )?;
    run.end_full(LABEL)
}

fn sync_records(
    run: &mut Run<'_>,
    base: &Location,
    ids: &BTreeSet<&str>,
    changes: &Changes<'_>,
) -> Result<(), FeedError> {
    for id in ids {
        let location = base.join(&format!("ID/{id}.json"))?;
        let document = run.client.get(&location, SMALL)?;
        run.read_one(LABEL, id, &document.bytes()?, Format::Osv)?;
    }
    run.retain(LABEL, changes.ids())
}
