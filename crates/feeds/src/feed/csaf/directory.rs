//! A folder of documents with `changes.csv` (CSAF 2.0 section 7.1.13), and perhaps an archive of everything.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use patchward_advisory::format::Format;
use patchward_advisory::format::csaf::provider;

use super::signature::Keys;
use super::{LIST, listing};
use crate::archive;
use crate::client::{self, Fetched};
use crate::location::Location;
use crate::registry::FeedError;
use crate::run::{LARGE, Run};

/// An archive tells up to some time of its day, or of the day before: what changed since then is asked for again.
const OVERLAP: SignedDuration = SignedDuration::from_hours(48);

/// Largest signature of an archive, in bytes.
const SIGNATURE: u64 = 1 << 20;

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
    /// When it was made, where its name says so.
    pub made: Option<Timestamp>,
}

impl Directory {
    /// Takes the documents that have changed since the last time.
    pub fn sync(&self, run: &mut Run<'_>, keys: &Keys) -> Result<(), FeedError> {
        if let Some(archive) = &self.archive {
            self.sync_archive(run, archive, keys)?;
        }
        self.take_deletions(run)?;
        let changes = self.base.join("changes.csv")?;
        let Some(list) = run.changed(&changes, LIST)? else {
            let known = run.knows(&changes) || listing::cursor(run, &self.label).is_some();
            return match known {
                true => Ok(()),
                false => Err(client::missing(&changes)),
            };
        };
        let listed = listing::read(&list, provider::changes)?;
        listing::take(run, &self.label, &changes, listed, keys, &|path| {
            self.base.join(path)
        })
    }

    /// Documents that the provider took away, by `deletions.csv` (as Red Hat has it, in the form of `changes.csv`). They
    /// are taken away before what has changed is read: a document may have come back.
    fn take_deletions(&self, run: &mut Run<'_>) -> Result<(), FeedError> {
        let place = self.base.join("deletions.csv")?;
        let Some(list) = run.changed(&place, LIST)? else {
            return Ok(());
        };
        let key = format!("{} deletions", self.label);
        let since = listing::cursor(run, &key);
        let listed = listing::read(&list, provider::changes)?.documents;
        let new = || {
            listed.iter().filter(|listed| {
                since.is_none_or(|since| listed.updated.is_none_or(|at| at > since))
            })
        };
        let names: BTreeSet<String> = new().map(|listed| file_name(&listed.location)).collect();
        if !names.is_empty() {
            run.remove(&self.label, &|id| names.contains(&name_of_document(id)))?;
        }
        if let Some(newest) = new().filter_map(|listed| listed.updated).max() {
            listing::set_cursor(run, &key, newest);
        }
        Ok(())
    }

    fn sync_archive(
        &self,
        run: &mut Run<'_>,
        archive: &Archive,
        keys: &Keys,
    ) -> Result<(), FeedError> {
        let Fetched::Document(document) = run.client.fetch(&archive.location, None, LARGE)? else {
            return Ok(());
        };
        if keys.usable() {
            let place = archive.location.with_ending(".asc");
            match run.client.fetch(&place, None, SIGNATURE)? {
                Fetched::Document(signature) => {
                    keys.check_archive(&document, &signature.bytes()?)?
                }
                _ => run.problem(format!(
                    "{}: the archive has no signature",
                    archive.location
                )),
            }
        }
        let label = self.label.as_str();
        archive::tar(&document, &mut |name, bytes| {
            run.read_one(label, name, bytes, Format::Csaf)
        })?;
        let made = archive.made.unwrap_or(run.now);
        listing::set_cursor(run, label, made - OVERLAP);
        listing::set_cursor(run, &format!("{label} deletions"), made - OVERLAP);
        Ok(())
    }
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_ascii_lowercase()
}

/// The file name of a document by the id of one of its records (`<tracking id>`, or `<tracking id>/<CVE>`): lower case,
/// and `_` for what is not a letter, digit, `+` or `-` (CSAF 2.0 section 5.1).
fn name_of_document(id: &str) -> String {
    let tracking = id.split_once("/CVE-").map_or(id, |(tracking, _)| tracking);
    let mut name = String::with_capacity(tracking.len() + 5);
    for c in tracking.chars() {
        match c {
            'a'..='z' | '0'..='9' | '+' | '-' => name.push(c),
            'A'..='Z' => name.push(c.to_ascii_lowercase()),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    name + ".json"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_named_by_their_tracking_ids() {
        let check = |id, name| assert_eq!(name_of_document(id), name);
        check("CVE-2024-0001", "cve-2024-0001.json");
        check("RHSA-2024:0001", "rhsa-2024_0001.json");
        check("ICSA-24-001-01/CVE-2024-0001", "icsa-24-001-01.json");
        check("a (b) c", "a_b_c.json");
    }
}
