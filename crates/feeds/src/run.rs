//! One run of one feed: what every feed uses to fetch, read and hand on.

use jiff::Timestamp;
use patchward_advisory::format::{Format, Sink as _};
use patchward_advisory::model::{Advisory, Lifecycle, Records, Signal};

use crate::client::{Client, Document, Fetched};
use crate::location::Location;
use crate::registry::{Config, FeedError, Outcome};
use crate::sink::Sink;
use crate::state::State;

/// Records are handed on in portions of this many, so that memory does not follow the size of a feed.
const PORTION: usize = 2_000;

/// Problems of one run that are told one by one; the rest are counted.
const PROBLEMS: usize = 100;

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
    /// How it went so far.
    pub outcome: Outcome,
    sink: &'a mut dyn Sink,
    batch: Records,
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
        let outcome = Outcome {
            unchanged: true,
            ..Outcome::default()
        };
        Run {
            config,
            state,
            client,
            now,
            outcome,
            sink,
            batch: Records::default(),
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
        let name = location.to_string();
        match self
            .client
            .fetch(location, self.state.validators.get(&name), limit)?
        {
            Fetched::Document(document) => {
                self.state
                    .validators
                    .insert(name, document.validator.clone());
                Ok(Some(document))
            }
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
        let name = location.to_string();
        match self
            .client
            .fetch(location, self.state.validators.get(&name), limit)?
        {
            Fetched::Document(document) => {
                self.state
                    .validators
                    .insert(name, document.validator.clone());
                Ok(Some(document))
            }
            Fetched::Unchanged => Ok(None),
            Fetched::Missing => Err(FeedError::Answer {
                url: name,
                message: "the publisher has no such document (404)".to_owned(),
            }),
        }
    }

    /// One document that is the whole feed.
    ///
    /// # Errors
    /// When it cannot be fetched or read.
    pub fn whole(
        &mut self,
        label: &str,
        location: &Location,
        format: Format,
    ) -> Result<(), FeedError> {
        let Some(document) = self.changed_or_missing(location, LARGE)? else {
            return Ok(());
        };
        let bytes = document.bytes()?;
        self.begin_full(label)?;
        self.read(label, &location.to_string(), &bytes, format)?;
        self.end_full(label)
    }

    /// Reads a document whose failure fails the run.
    ///
    /// # Errors
    /// When it is not of the format, or the store fails.
    pub fn read(
        &mut self,
        label: &str,
        url: &str,
        bytes: &[u8],
        format: Format,
    ) -> Result<(), FeedError> {
        let read = format.visit(bytes, label, &mut Portion(&mut self.batch));
        self.hand_on(label, false)?;
        read.map_err(|error| FeedError::Read {
            url: url.to_owned(),
            message: chain(&error),
        })
    }

    /// Reads one record of many: a record that cannot be read is a problem, and the rest goes on.
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
        if let Err(error) = format.visit(bytes, label, &mut Portion(&mut self.batch)) {
            self.problem(format!("{name}: {}", chain(&error)));
        }
        self.hand_on(label, false)
    }

    /// The label is replaced by what is read until [`Run::end_full`].
    ///
    /// # Errors
    /// When the store fails.
    pub fn begin_full(&mut self, label: &str) -> Result<(), FeedError> {
        Ok(self.sink.begin_full(label)?)
    }

    /// Everything of the label has been read.
    ///
    /// # Errors
    /// When the store fails.
    pub fn end_full(&mut self, label: &str) -> Result<(), FeedError> {
        self.hand_on(label, true)?;
        Ok(self.sink.end_full(label)?)
    }

    /// Hands on what is left of a label that is not replaced as a whole.
    ///
    /// # Errors
    /// When the store fails.
    pub fn finish(&mut self, label: &str) -> Result<(), FeedError> {
        self.hand_on(label, true)
    }

    /// Notes something that could not be read.
    pub fn problem(&mut self, problem: String) {
        match self.outcome.problems.len() {
            0..PROBLEMS => self.outcome.problems.push(problem),
            PROBLEMS => self.outcome.problems.push("and more".to_owned()),
            _ => {}
        }
    }

    fn hand_on(&mut self, label: &str, all: bool) -> Result<(), FeedError> {
        let count =
            self.batch.advisories.len() + self.batch.signals.len() + self.batch.lifecycles.len();
        if count == 0 || (!all && count < PORTION) {
            return Ok(());
        }
        let mut batch = std::mem::take(&mut self.batch);
        for problem in batch.problems.drain(..) {
            self.problem(problem);
        }
        self.outcome.records += count as u64;
        self.outcome.unchanged = false;
        Ok(self.sink.put(label, batch)?)
    }

    /// Ends the run.
    pub fn end(mut self) -> Outcome {
        let left = std::mem::take(&mut self.batch.problems);
        for problem in left {
            self.problem(problem);
        }
        self.outcome.bytes = self.client.bytes;
        self.outcome
    }
}

/// Collects records into the batch of a run.
struct Portion<'b>(&'b mut Records);

impl patchward_advisory::format::Sink for Portion<'_> {
    fn advisory(&mut self, advisory: Advisory) {
        self.0.advisory(advisory);
    }

    fn signal(&mut self, signal: Signal) {
        self.0.signal(signal);
    }

    fn lifecycle(&mut self, lifecycle: Lifecycle) {
        self.0.lifecycle(lifecycle);
    }

    fn problem(&mut self, problem: String) {
        if self.0.problems.len() <= PROBLEMS {
            self.0.problems.push(problem);
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
