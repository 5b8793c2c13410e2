//! Takes the documents of a list that have changed, and remembers how far it came.

use std::collections::BTreeSet;

use jiff::Timestamp;
use patchward_advisory::format::csaf::provider::Listing;
use patchward_advisory::format::{Format, ReadError};

use super::document::{self, Locate};
use super::signature::Keys;
use crate::client::Document;
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{Run, chain};

/// Documents that are tried again because they were refused; more are tried when they change.
const REFUSED: usize = 100;

/// Takes what has changed since the last time, oldest first, so that what is done is done when the time is over.
///
/// A document that is refused (hash, signature) is a problem, and is tried again at the next run.
pub fn take(
    run: &mut Run<'_>,
    label: &str,
    source: &Location,
    listing: Listing,
    keys: &Keys,
    locate: Locate<'_>,
) -> Result<(), FeedError> {
    for problem in listing.problems {
        run.problem(format!("{label}: {problem}"));
    }
    let mut listed = listing.documents;
    listed.sort_by_key(|listed| listed.updated);
    let since = cursor(run, label);
    let again = refused(run, label);
    listed.retain(|listed| {
        since.is_none() || listed.updated >= since || again.contains(&listed.location)
    });
    let mut refused = Vec::new();
    for listed in &listed {
        match locate(&listed.location)
            .and_then(|location| document::fetch(run, &location, listed, keys, locate))
        {
            Ok(bytes) => run.read_one(label, &listed.location, &bytes, Format::Csaf)?,
            Err(error) if stops(&error) => {
                let why = chain(&error);
                run.lost(format!(
                    "{label}: the rest comes with the next update: {why}"
                ));
                run.forget(source);
                break;
            }
            Err(error) => {
                run.problem(chain(&error));
                refused.push(listed.location.as_str());
            }
        }
        if let Some(updated) = listed.updated.max(cursor(run, label)) {
            set_cursor(run, label, updated);
        }
    }
    if !refused.is_empty() {
        run.forget(source);
    }
    refused.truncate(REFUSED);
    let refused = refused.join("\n");
    run.state.cursor.insert(refused_key(label), refused);
    Ok(())
}

/// Whether it is not this document's fault alone.
fn stops(error: &FeedError) -> bool {
    matches!(
        error,
        FeedError::Unreachable { .. }
            | FeedError::Limit { .. }
            | FeedError::Offline { .. }
            | FeedError::File { .. }
            | FeedError::Sink(_)
    )
}

/// Reads a list.
pub fn read(
    document: &Document,
    reader: fn(&[u8]) -> Result<Listing, ReadError>,
) -> Result<Listing, FeedError> {
    reader(&document.bytes()?).map_err(|error| FeedError::Read {
        url: document.url().to_owned(),
        message: chain(&error),
    })
}

/// The time of the newest document that was taken.
pub fn cursor(run: &Run<'_>, label: &str) -> Option<Timestamp> {
    let cursor = run.state.cursor.get(label);
    cursor.and_then(|time| time.parse().ok())
}

/// Remembers the time of the newest document that was taken.
pub fn set_cursor(run: &mut Run<'_>, label: &str, until: Timestamp) {
    run.state.cursor.insert(label.to_owned(), until.to_string());
}

fn refused(run: &Run<'_>, label: &str) -> BTreeSet<String> {
    let refused = run.state.cursor.get(&refused_key(label));
    let lines = refused.map(|text| text.lines().map(str::to_owned));
    lines.into_iter().flatten().collect()
}

fn refused_key(label: &str) -> String {
    format!("{label} refused")
}
