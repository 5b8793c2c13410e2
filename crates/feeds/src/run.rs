//! One run of one feed: what every feed uses to fetch, read and hand on.

use std::collections::BTreeSet;

use jiff::Timestamp;
use patchward_advisory::format::{self, Format, ReadError};
use patchward_advisory::model::{Advisory, Lifecycle, Records, Signal};

use crate::client::{self, Client, Document, Fetched};
use crate::location::Location;
use crate::registry::{Config, FeedError, Outcome};
use crate::sink::{Sink, SinkError};
use crate::state::State;

/// Records are handed on in portions of this many, so that memory does not follow the size of a feed.
const PORTION: usize = 200;

/// Problems of one run that are told one by one.
const PROBLEMS: usize = 100;

/// Longest text of a problem, in characters: it may quote what the publisher sent.
const PROBLEM: usize = 500;

/// Largest document that a feed fetches, in bytes, unless it says otherwise.
pub const LARGE: u64 = 4 << 30;

/// One run of one feed.
pub struct Run<'a> {
    /// The settings.
    pub config: &'a Config,
    /// What the feed remembers; kept by the caller only if the run succeeds and its records are committed.
    pub state: &'a mut State,
    /// Fetches documents.
    pub client: Client<'a>,
    /// Now, as the caller sees it.
    pub now: Timestamp,
    outcome: Outcome,
    sink: &'a mut dyn Sink,
    /// The label that is being replaced.
    full: Option<Full>,
}

/// A label that is being replaced.
struct Full {
    label: String,
    /// Documents that were read.
    read: u64,
    /// Documents that could not be.
    unread: u64,
}

impl<'a> Run<'a> {
    /// A run that fetches by `client` and hands records to `sink`.
    pub fn new(
        config: &'a Config,
        state: &'a mut State,
        client: Client<'a>,
        sink: &'a mut dyn Sink,
        now: Timestamp,
    ) -> Run<'a> {
        Run {
            config,
            state,
            client,
            now,
            outcome: Outcome::default(),
            sink,
            full: None,
        }
    }

    /// Fetches a document if it has changed since the last committed run; the next run will ask with its validator.
    ///
    /// # Errors
    /// When it cannot be fetched. A missing document is `None`, like an unchanged one.
    pub fn changed(
        &mut self,
        location: &Location,
        limit: u64,
    ) -> Result<Option<Document>, FeedError> {
        match self.fetch(location, limit)? {
            Fetched::Document(document) => Ok(Some(document)),
            Fetched::Unchanged | Fetched::Missing => Ok(None),
        }
    }

    /// As [`Run::changed`], but a document that is not there is an error: without it the feed has nothing.
    ///
    /// # Errors
    /// When it cannot be fetched or is not there.
    pub fn changed_or_missing(
        &mut self,
        location: &Location,
        limit: u64,
    ) -> Result<Option<Document>, FeedError> {
        match self.fetch(location, limit)? {
            Fetched::Document(document) => Ok(Some(document)),
            Fetched::Unchanged => Ok(None),
            Fetched::Missing => Err(client::missing(location)),
        }
    }

    /// Whether an earlier run, or this one, has had the document.
    pub fn knows(&self, location: &Location) -> bool {
        self.state
            .validators
            .contains_key(&location.without_query())
    }

    /// The next run will fetch the document even if it has not changed.
    pub fn forget(&mut self, location: &Location) {
        self.state.validators.remove(&location.without_query());
    }

    /// As [`Run::changed`], and tells a missing document from an unchanged one.
    ///
    /// # Errors
    /// When it cannot be fetched.
    pub fn fetch(&mut self, location: &Location, limit: u64) -> Result<Fetched, FeedError> {
        let name = location.without_query();
        let known = self.state.validators.get(&name);
        let fetched = self.client.fetch(location, known, limit)?;
        if let Fetched::Document(document) = &fetched {
            self.state
                .validators
                .insert(name, document.validator.clone());
        }
        Ok(fetched)
    }

    /// One document that is the whole of the label.
    ///
    /// # Errors
    /// When it cannot be fetched or read.
    pub fn whole(
        &mut self,
        label: &str,
        location: &Location,
        format: Format,
    ) -> Result<(), FeedError> {
        match self.changed_or_missing(location, LARGE)? {
            Some(document) => self.replace(label, &document, format),
            None => Ok(()),
        }
    }

    /// Reads a document that is the whole of the label.
    ///
    /// # Errors
    /// When it is not of the format, or the store fails.
    pub fn replace(
        &mut self,
        label: &str,
        document: &Document,
        format: Format,
    ) -> Result<(), FeedError> {
        self.begin_full(label)?;
        self.read(label, document, format)?;
        self.end_full(label)
    }

    /// Reads a document whose failure fails the run.
    ///
    /// # Errors
    /// When it is not of the format, or the store fails.
    pub fn read(
        &mut self,
        label: &str,
        document: &Document,
        format: Format,
    ) -> Result<(), FeedError> {
        let bytes = document.bytes()?;
        self.visit(label, &bytes, format)?
            .map_err(|error| FeedError::Read {
                url: document.url().to_owned(),
                message: chain(&error),
            })
    }

    /// Reads one record of many: a record that cannot be read is a problem, and the rest goes on. Where most of a label
    /// cannot be read, [`Run::end_full`] refuses it.
    ///
    /// # Errors
    /// When the store fails.
    pub fn read_one(
        &mut self,
        label: &str,
        name: &str,
        bytes: &[u8],
        format: Format,
    ) -> Result<(), FeedError> {
        let read = self.visit(label, bytes, format)?;
        if let Some(full) = &mut self.full {
            let count = match read {
                Ok(()) => &mut full.read,
                Err(_) => &mut full.unread,
            };
            *count += 1;
        }
        if let Err(error) = read {
            self.problem(format!("{label}: {name}: {}", chain(&error)));
        }
        Ok(())
    }

    fn visit(
        &mut self,
        label: &str,
        bytes: &[u8],
        format: Format,
    ) -> Result<Result<(), ReadError>, FeedError> {
        let mut portion = Portion {
            label,
            sink: &mut *self.sink,
            records: Records::default(),
            count: 0,
            failure: None,
        };
        let read = format.visit(bytes, label, &mut portion);
        portion.hand_on();
        let Portion {
            records,
            count,
            failure,
            ..
        } = portion;
        self.outcome.records += count;
        for problem in records.problems {
            self.problem(format!("{label}: {problem}"));
        }
        match failure {
            Some(failure) => Err(failure.into()),
            None => Ok(read),
        }
    }

    /// The label is replaced by what is read until [`Run::end_full`].
    ///
    /// # Errors
    /// When the store fails.
    pub fn begin_full(&mut self, label: &str) -> Result<(), FeedError> {
        self.full = Some(Full {
            label: label.to_owned(),
            read: 0,
            unread: 0,
        });
        Ok(self.sink.begin_full(label)?)
    }

    /// Everything of the label has been read.
    ///
    /// # Errors
    /// When the store fails, or more of the label's documents could not be read than could.
    pub fn end_full(&mut self, label: &str) -> Result<(), FeedError> {
        if let Some(full) = &self.full
            && full.unread > full.read
        {
            let all = full.read + full.unread;
            return Err(FeedError::Read {
                url: label.to_owned(),
                message: format!("{} of {all} records could not be read", full.unread),
            });
        }
        self.sink.end_full(label)?;
        self.full = None;
        Ok(())
    }

    /// The publisher's list of a label names these advisories and no others.
    ///
    /// # Errors
    /// When the store fails.
    pub fn retain(&mut self, label: &str, ids: &BTreeSet<&str>) -> Result<(), FeedError> {
        Ok(self.sink.retain(label, ids)?)
    }

    /// The publisher took away the label's records whose ids `gone` tells.
    ///
    /// # Errors
    /// When the store fails, or will not lose so much.
    pub fn remove(&mut self, label: &str, gone: &dyn Fn(&str) -> bool) -> Result<(), FeedError> {
        Ok(self.sink.remove(label, gone)?)
    }

    /// Brings the parts of a feed up to date, each for itself: of one that fails the old records stand, the next run
    /// tries it again, and the others go on. Only if all fail has the feed failed; else what failed is a lost part.
    ///
    /// # Errors
    /// When all parts fail (the first error), or the store does.
    pub fn parts<T>(
        &mut self,
        parts: impl IntoIterator<Item = T>,
        mut sync: impl FnMut(&mut Self, T) -> Result<(), FeedError>,
    ) -> Result<(), FeedError> {
        let mut failures = Vec::new();
        let mut done = 0;
        for part in parts {
            let before = self.state.clone();
            match sync(self, part) {
                Ok(()) => done += 1,
                Err(error @ FeedError::Sink(SinkError::Store(_))) => return Err(error),
                Err(error) => {
                    *self.state = before;
                    if let Some(full) = self.full.take() {
                        self.sink.abandon_full(&full.label)?;
                    }
                    failures.push(error);
                }
            }
        }
        if done == 0 && !failures.is_empty() {
            return Err(failures.swap_remove(0));
        }
        for failure in failures {
            self.lost(chain(&failure));
        }
        Ok(())
    }

    /// Notes a single record that could not be read.
    pub fn problem(&mut self, problem: String) {
        note(&mut self.outcome.problems, problem);
    }

    /// Notes a part of the feed (a file, a list, an archive) that could not be had or read; the caller sees to it that
    /// the next run tries it again.
    pub fn lost(&mut self, part: String) {
        note(&mut self.outcome.lost, part);
    }

    /// Ends the run.
    pub fn end(self) -> Outcome {
        Outcome {
            bytes: self.client.bytes,
            unchanged: self.outcome.records == 0,
            ..self.outcome
        }
    }
}

fn note(notes: &mut Vec<String>, mut text: String) {
    if let Some((end, _)) = text.char_indices().nth(PROBLEM) {
        text.truncate(end);
        text.push('…');
    }
    match notes.len() {
        0..PROBLEMS => notes.push(text),
        PROBLEMS => notes.push("and more".to_owned()),
        _ => {}
    }
}

/// Hands the records of a document to the sink in portions, so that memory does not follow the size of a document.
struct Portion<'r> {
    label: &'r str,
    sink: &'r mut dyn Sink,
    records: Records,
    count: u64,
    failure: Option<SinkError>,
}

impl Portion<'_> {
    fn hand_on(&mut self) {
        let records = Records {
            advisories: std::mem::take(&mut self.records.advisories),
            signals: std::mem::take(&mut self.records.signals),
            lifecycles: std::mem::take(&mut self.records.lifecycles),
            ..Records::default()
        };
        let count = records.advisories.len() + records.signals.len() + records.lifecycles.len();
        if count > 0 && self.failure.is_none() {
            self.count += count as u64;
            self.failure = self.sink.put(self.label, records).err();
        }
    }

    fn hand_on_if_full(&mut self) {
        let Records {
            advisories,
            signals,
            lifecycles,
            ..
        } = &self.records;
        if advisories.len() + signals.len() + lifecycles.len() >= PORTION {
            self.hand_on();
        }
    }
}

impl format::Sink for Portion<'_> {
    fn advisory(&mut self, advisory: Advisory) {
        self.records.advisory(advisory);
        self.hand_on_if_full();
    }

    fn signal(&mut self, signal: Signal) {
        self.records.signal(signal);
        self.hand_on_if_full();
    }

    fn lifecycle(&mut self, lifecycle: Lifecycle) {
        self.records.lifecycle(lifecycle);
        self.hand_on_if_full();
    }

    fn problem(&mut self, problem: String) {
        if self.records.problems.len() <= PROBLEMS {
            self.records.problems.push(problem);
        }
    }
}

/// An error and its causes in one line.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}
