//! A list of documents: a folder with `changes.csv`, or a ROLIE feed.

use jiff::Timestamp;
use patchward_advisory::format::Format;
use patchward_advisory::format::csaf::provider::{self, Listed, Listing};

use super::signature::Keys;
use super::{LIST, document, web};
use crate::archive;
use crate::client::Fetched;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run, chain};

/// A folder of documents.
pub struct Directory {
    /// Label of its records.
    pub label: String,
    /// Where it lies.
    pub base: Location,
    /// Everything in one file, for the first time.
    pub archive: Option<Archive>,
}

/// Everything of a folder in one file.
pub struct Archive {
    /// Where it lies.
    pub location: Location,
    /// The day that it was made, where its name says so.
    pub day: Option<String>,
}

impl Directory {
    /// Takes the documents that have changed since the last time.
    pub fn sync(&self, run: &mut Run<'_>, keys: &Keys) -> Result<(), FeedError> {
        let mut since = cursor(run, &self.label);
        if let (None, Some(archive)) = (since, &self.archive) {
            since = self.sync_archive(run, archive)?;
        }
        let changes = self.base.join("changes.csv")?;
        let Some(list) = run.changed(&changes, LIST)? else {
            return match (
                since,
                run.state.validators.contains_key(&changes.to_string()),
            ) {
                (None, false) => Err(FeedError::Answer {
                    url: changes.to_string(),
                    message: "the publisher has no such document (404)".to_owned(),
                }),
                _ => Ok(()),
            };
        };
        let listing = read(&changes, &list.bytes()?, provider::changes)?;
        let base = &self.base;
        take(run, &self.label, listing, since, keys, &|listed| {
            base.join(&listed.location)
        })
    }

    /// Reads the archive; returns the instant up to which it tells.
    fn sync_archive(
        &self,
        run: &mut Run<'_>,
        archive: &Archive,
    ) -> Result<Option<Timestamp>, FeedError> {
        let Fetched::Document(document) = run.client.fetch(&archive.location, None, LARGE)? else {
            return Ok(None);
        };
        let url = archive.location.to_string();
        let label = self.label.as_str();
        archive::tar(&url, &document, &mut |name, bytes| {
            run.read_one(label, name, bytes, Format::Csaf)
        })?;
        run.finish(label)?;
        let day = archive
            .day
            .as_ref()
            .and_then(|day| format!("{day}T00:00:00Z").parse().ok());
        let until = day.unwrap_or(run.now);
        set_cursor(run, label, until);
        Ok(Some(until))
    }
}

/// Takes the documents of a ROLIE feed that have changed since the last time.
pub fn sync_rolie(
    run: &mut Run<'_>,
    label: &str,
    location: &Location,
    keys: &Keys,
) -> Result<(), FeedError> {
    let Some(feed) = run.changed_or_missing(location, LIST)? else {
        return Ok(());
    };
    let listing = read(location, &feed.bytes()?, provider::rolie)?;
    let since = cursor(run, label);
    take(run, label, listing, since, keys, &|listed| {
        web(&listed.location)
    })
}

fn take(
    run: &mut Run<'_>,
    label: &str,
    listing: Listing,
    since: Option<Timestamp>,
    keys: &Keys,
    locate: &dyn Fn(&Listed) -> Result<Location, FeedError>,
) -> Result<(), FeedError> {
    listing
        .problems
        .into_iter()
        .for_each(|problem| run.problem(format!("{label}: {problem}")));
    let newest = listing
        .documents
        .iter()
        .filter_map(|listed| listed.updated)
        .max();
    for listed in &listing.documents {
        if since.is_some() && listed.updated <= since {
            continue;
        }
        match locate(listed).and_then(|location| document::fetch(run, &location, listed, keys)) {
            Ok(bytes) => run.read_one(label, &listed.location, &bytes, Format::Csaf)?,
            Err(error) => run.problem(error.to_string()),
        }
    }
    run.finish(label)?;
    if let Some(newest) = newest.max(since) {
        set_cursor(run, label, newest);
    }
    Ok(())
}

fn read(
    location: &Location,
    bytes: &[u8],
    reader: fn(&[u8]) -> Result<Listing, patchward_advisory::format::ReadError>,
) -> Result<Listing, FeedError> {
    reader(bytes).map_err(|error| FeedError::Read {
        url: location.to_string(),
        message: chain(&error),
    })
}

fn cursor(run: &Run<'_>, label: &str) -> Option<Timestamp> {
    run.state
        .cursor
        .get(label)
        .and_then(|time| time.parse().ok())
}

fn set_cursor(run: &mut Run<'_>, label: &str, until: Timestamp) {
    run.state.cursor.insert(label.to_owned(), until.to_string());
}
