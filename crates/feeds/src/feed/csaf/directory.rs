//! A folder of documents with `changes.csv` (CSAF 2.0 section 7.1.13), and perhaps an archive of everything.

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
            self.sync_archive(run, archive)?;
        }
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

    fn sync_archive(&self, run: &mut Run<'_>, archive: &Archive) -> Result<(), FeedError> {
        let Fetched::Document(document) = run.client.fetch(&archive.location, None, LARGE)? else {
            return Ok(());
        };
        let label = self.label.as_str();
        archive::tar(&document, &mut |name, bytes| {
            run.read_one(label, name, bytes, Format::Csaf)
        })?;
        let made = archive.made.unwrap_or(run.now);
        listing::set_cursor(run, label, made - OVERLAP);
        Ok(())
    }
}
