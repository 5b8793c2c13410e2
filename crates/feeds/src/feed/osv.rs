//! OSV's bucket: per ecosystem an archive of everything and a list of when each record changed.

use std::collections::BTreeSet;

use patchward_advisory::format::Format;

use super::changes::Changes;
use crate::archive;
use crate::base;
use crate::client::{Document, Fetched};
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

/// Largest list of changes, in bytes.
const LIST: u64 = 512 << 20;

/// Largest record, in bytes.
const RECORD: u64 = 128 << 20;

/// Brings every ecosystem that is asked for up to date.
pub fn sync(run: &mut Run<'_>) -> Result<(), FeedError> {
    let base = Location::base(run.config, &base::OSV);
    let ecosystems = ecosystems(run, &base)?;
    run.parts(ecosystems, |run, ecosystem| {
        sync_ecosystem(run, &base, &ecosystem)
    })
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
    let label = format!("osv/{ecosystem}");
    let list = match run.fetch(&folder.join("modified_id.csv")?, LIST)? {
        Fetched::Document(list) => list.bytes()?,
        Fetched::Unchanged => return Ok(()),
        Fetched::Missing => return sync_without_list(run, &folder, &label),
    };
    let list = String::from_utf8_lossy(&list);
    let changes = Changes::new(rows(&list));
    match changes.since(run.state.cursor.get(ecosystem)) {
        Some(ids) => sync_records(run, &folder, &label, &ids, &changes)?,
        None => sync_archive(run, &folder, &label)?,
    }
    let newest = changes.newest().map(str::to_owned);
    run.state
        .cursor
        .extend(newest.map(|newest| (ecosystem.to_owned(), newest)));
    Ok(())
}

/// The rows of a list: when each record changed, and its id.
fn rows(list: &str) -> impl Iterator<Item = (&str, &str)> {
    list.lines()
        .filter_map(|line| line.split_once(','))
        .map(|(time, id)| (time.trim(), id.trim()))
        .filter(|(_, id)| !id.is_empty())
}

fn sync_archive(run: &mut Run<'_>, folder: &Location, label: &str) -> Result<(), FeedError> {
    let document = run.client.get(&folder.join("all.zip")?, LARGE)?;
    take_archive(run, &document, label)
}

/// Without a list of changes only the archive tells, and whether it is another one.
fn sync_without_list(run: &mut Run<'_>, folder: &Location, label: &str) -> Result<(), FeedError> {
    match run.fetch(&folder.join("all.zip")?, LARGE)? {
        Fetched::Document(document) => take_archive(run, &document, label),
        Fetched::Unchanged => Ok(()),
        Fetched::Missing => Err(FeedError::Answer {
            url: folder.to_string(),
            message: "neither modified_id.csv nor all.zip is there".to_owned(),
        }),
    }
}

fn take_archive(run: &mut Run<'_>, document: &Document, label: &str) -> Result<(), FeedError> {
    run.begin_full(label)?;
    archive::zip(document, &mut |name, bytes| {
        run.read_one(label, name, bytes, Format::Osv)
    })?;
    run.end_full(label)
}

fn sync_records(
    run: &mut Run<'_>,
    folder: &Location,
    label: &str,
    ids: &BTreeSet<&str>,
    changes: &Changes<'_>,
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
    run.retain(label, changes.ids())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_lists_give_rows_of_ids() {
        let seed = b"2026-03-01T00:00:00Z,C\n2026-02-01T00:00:00.5Z,B\r\n";
        patchward_test_support::mutate(&[seed], 2_000, |bytes| {
            let list = String::from_utf8_lossy(bytes);
            let changes = Changes::new(rows(&list));
            assert!(changes.ids().iter().all(|id| !id.is_empty()));
            changes.since(changes.newest().map(str::to_owned).as_ref());
        });
    }

    #[test]
    fn a_list_is_read_by_row() {
        let list = "2026-03-01T00:00:00Z,C\r\nnonsense\n2026-02-01T00:00:00Z, B\n,\n";
        let rows: Vec<_> = rows(list).collect();
        assert_eq!(
            rows,
            [("2026-03-01T00:00:00Z", "C"), ("2026-02-01T00:00:00Z", "B")]
        );
    }
}
