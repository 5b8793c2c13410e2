//! OSV's bucket: per ecosystem an archive of everything and a list of when each record changed.

use patchward_advisory::format::Format;

use crate::archive;
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

const URL: &str = "https://osv-vulnerabilities.storage.googleapis.com";

/// Largest list of changes, in bytes.
const LIST: u64 = 512 << 20;

/// Largest record, in bytes.
const RECORD: u64 = 128 << 20;

/// Where more records than this have changed, the whole archive is the faster way.
const ONE_BY_ONE: usize = 500;

/// Brings every ecosystem that is asked for up to date.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, "osv", URL);
    let mut failures = Vec::new();
    let ecosystems = ecosystems(run, &base)?;
    for ecosystem in &ecosystems {
        match sync_ecosystem(run, &base, ecosystem) {
            Ok(()) => {}
            Err(error @ FeedError::Sink(_)) => return Err(error),
            Err(error) => failures.push(error),
        }
    }
    match failures.len() == ecosystems.len() {
        true if !failures.is_empty() => Err(failures.swap_remove(0)),
        _ => {
            failures
                .iter()
                .for_each(|error| run.problem(error.to_string()));
            Ok(())
        }
    }
}

/// The ecosystems asked for, or all; a suffixed one (`Debian:12`) is part of its family.
fn ecosystems(run: &mut Run<'_>, base: &Location) -> Result<Vec<String>, FeedError> {
    if !run.config.osv_ecosystems.is_empty() {
        return Ok(run.config.osv_ecosystems.clone());
    }
    let list = run
        .client
        .get(&base.join("ecosystems.txt")?, LIST)?
        .bytes()?;
    let text = String::from_utf8_lossy(&list);
    Ok(text
        .lines()
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.contains(':'))
        .map(str::to_owned)
        .collect())
}

fn sync_ecosystem(run: &mut Run<'_>, base: &Location, ecosystem: &str) -> Result<(), FeedError> {
    let folder = base.join(ecosystem)?;
    let Some(list) = run.changed(&folder.join("modified_id.csv")?, LIST)? else {
        return Ok(());
    };
    let list = list.bytes()?;
    let list = String::from_utf8_lossy(&list);
    let cursor = run.state.cursor.get(ecosystem).cloned();
    let label = format!("osv/{ecosystem}");
    let newest = list
        .lines()
        .next()
        .and_then(|line| line.split_once(','))
        .map(|(time, _)| time.to_owned());
    match cursor.map(|cursor| changed_since(&list, &cursor)) {
        Some(ids) if ids.len() <= ONE_BY_ONE => sync_records(run, &folder, &label, &ids)?,
        _ => sync_archive(run, &folder, &label)?,
    }
    run.state
        .cursor
        .extend(newest.map(|newest| (ecosystem.to_owned(), newest)));
    Ok(())
}

/// Ids of records that changed after `cursor`, from a list with the newest first. Times have one form and compare as
/// text.
fn changed_since<'l>(list: &'l str, cursor: &str) -> Vec<&'l str> {
    let rows = list.lines().filter_map(|line| line.split_once(','));
    rows.take_while(|(time, _)| *time > cursor)
        .map(|(_, id)| id.trim())
        .collect()
}

fn sync_archive(run: &mut Run<'_>, folder: &Location, label: &str) -> Result<(), FeedError> {
    let location = folder.join("all.zip")?;
    let document = run.client.get(&location, LARGE)?;
    run.begin_full(label)?;
    archive::zip(&location.to_string(), &document, &mut |name, bytes| {
        run.read_one(label, name, bytes, Format::Osv)
    })?;
    run.end_full(label)
}

fn sync_records(
    run: &mut Run<'_>,
    folder: &Location,
    label: &str,
    ids: &[&str],
) -> Result<(), FeedError> {
    for id in ids {
        let location = folder.join(&format!("{id}.json"))?;
        match run.client.fetch(&location, None, RECORD)? {
            Fetched::Document(document) => {
                run.read_one(label, id, &document.bytes()?, Format::Osv)?
            }
            // The bucket's list names it and the bucket does not have it: only the archive tells.
            Fetched::Missing | Fetched::Unchanged => return sync_archive(run, folder, label),
        }
    }
    run.finish(label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_newer_than_the_cursor_has_changed() {
        let list = "2026-03-01T00:00:00Z,C\n2026-02-01T00:00:00Z,B\n2026-01-01T00:00:00Z,A\n";
        assert_eq!(changed_since(list, "2026-01-15T00:00:00Z"), ["C", "B"]);
        assert!(changed_since(list, "2026-03-01T00:00:00Z").is_empty());
    }
}
