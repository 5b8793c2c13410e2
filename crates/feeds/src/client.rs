//! Fetches documents: conditionally, resuming where a download stopped, with retries, pauses and limits.

mod agent;
mod document;
mod failure;
mod pace;
mod partial;

use std::collections::HashSet;
use std::io::Read;
use std::time::Duration;

pub use document::Document;
use failure::Failure;
use pace::Pace;
use partial::Partial;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use crate::base::Base;
use crate::credentials::Credentials;
use crate::location::Location;
use crate::registry::{Config, FeedError};
use crate::state::Validator;

/// What came of asking for a document.
#[derive(Debug)]
pub enum Fetched {
    /// It has not changed since the validator was given.
    Unchanged,
    /// There is no such document.
    Missing,
    /// The document.
    Document(Document),
}

/// Fetches the documents of one feed, within its time limit.
pub struct Client<'a> {
    config: &'a Config,
    agent: Option<Agent>,
    pace: Pace,
    key: Option<(&'static str, String)>,
    credentials: Credentials,
    forbidden_throttles: bool,
    https_only: bool,
    /// Hosts that could not be reached in this run.
    down: HashSet<String>,
    progress: &'a dyn Fn(u64, Option<u64>),
    /// Bytes read so far, for the outcome.
    pub bytes: u64,
}

impl<'a> Client<'a> {
    /// A client for one run of one feed.
    pub fn new(config: &'a Config, progress: &'a dyn Fn(u64, Option<u64>)) -> Client<'a> {
        partial::sweep(&config.cache);
        Client {
            config,
            agent: None,
            pace: Pace::new(config.timeout),
            key: None,
            credentials: Credentials::of(config),
            forbidden_throttles: false,
            https_only: false,
            down: HashSet::new(),
            progress,
            bytes: 0,
        }
    }

    /// Waits at least this long between two requests to one host, as the publisher of `base` asks. What stands for the
    /// publisher asks for nothing.
    pub fn set_pause(&mut self, base: &Base, pause: Duration) {
        if !self.config.is_replaced(base) {
            self.pace.pause = pause;
        }
    }

    /// Sends this header with every request. Its value is never logged, and goes to no host that a server names.
    pub fn set_key(&mut self, name: &'static str, value: &str) {
        self.key = Some((name, value.to_owned()));
    }

    /// The publisher answers 403 to a client that is too fast.
    pub fn forbidden_means_throttled(&mut self) {
        self.forbidden_throttles = true;
    }

    /// Whether addresses and redirections that a server names must be `https://`.
    pub fn set_https_only(&mut self, only: bool) {
        self.https_only = only;
    }

    /// Fetches a document of at most `limit` bytes, unless it is as `known` tells.
    ///
    /// # Errors
    /// When the publisher cannot be reached, answers something else, or a limit is reached.
    pub fn fetch(
        &mut self,
        location: &Location,
        known: Option<&Validator>,
        limit: u64,
    ) -> Result<Fetched, FeedError> {
        let mut own = self.config.urls.values().map(|url| Location::parse(url));
        let mirrored =
            match self.config.mirror.is_some() || own.any(|base| location.is_below(&base)) {
                true => location.names_in_a_mirror(),
                false => Vec::new(),
            };
        let mut fetched = self.fetch_exactly(location, known, limit)?;
        for location in mirrored {
            if !matches!(fetched, Fetched::Missing) {
                break;
            }
            fetched = self.fetch_exactly(&location, known, limit)?;
        }
        Ok(fetched)
    }

    /// Fetches a document that must be there.
    ///
    /// # Errors
    /// As [`Client::fetch`], and when the document is missing.
    pub fn get(&mut self, location: &Location, limit: u64) -> Result<Document, FeedError> {
        match self.fetch(location, None, limit)? {
            Fetched::Document(document) => Ok(document),
            Fetched::Missing | Fetched::Unchanged => Err(missing(location)),
        }
    }

    fn fetch_exactly(
        &mut self,
        location: &Location,
        known: Option<&Validator>,
        limit: u64,
    ) -> Result<Fetched, FeedError> {
        match location {
            Location::File(path) => {
                self.pace.check(&location.to_string())?;
                let fetched = document::from_file(path, known, limit)?;
                if let Fetched::Document(document) = &fetched {
                    self.bytes += document.size();
                    (self.progress)(self.bytes, None);
                }
                Ok(fetched)
            }
            Location::Web(url) if self.config.offline => {
                Err(FeedError::Offline { url: url.clone() })
            }
            Location::Web(url) => {
                let host = location.host().unwrap_or_default();
                match self.down.contains(host) {
                    true => Err(unreachable(url, format!("{host} did not answer before"))),
                    false => self.fetch_web(url, host, known, limit),
                }
            }
        }
    }

    fn fetch_web(
        &mut self,
        url: &str,
        host: &str,
        known: Option<&Validator>,
        limit: u64,
    ) -> Result<Fetched, FeedError> {
        let mut partial = Partial::open(&self.config.cache, url)?;
        let mut tries = 0;
        loop {
            self.pace.keep(host, url)?;
            let before = partial.length();
            let failure = match self.request(url, known, &partial) {
                Ok(response) => match self.receive(url, response, &mut partial, limit)? {
                    Received::Done(fetched) => return Ok(fetched),
                    Received::Again(failure) => failure,
                },
                Err(error) => Failure::of_request(&error),
            };
            self.pace.check(url)?;
            // A download that comes on, piece by piece, is not failing.
            let comes_on = partial.resumable().is_some() && partial.length() > before;
            tries = if comes_on { 1 } else { tries + 1 };
            if tries >= failure.tries {
                if failure.down {
                    self.down.insert(host.to_owned());
                }
                let message = failure.message + &self.proxy_of(url);
                return Err(unreachable(url, message));
            }
            self.pace.wait(failure.pause * (1 << (tries - 1)), url)?;
        }
    }

    /// Which proxy stands between us and the URL, for an error: it may be the one that failed.
    fn proxy_of(&self, url: &str) -> String {
        let config = self.agent.as_ref().map(Agent::config);
        let proxy = config.and_then(|config| config.proxy());
        let used = proxy.filter(|proxy| url.parse().is_ok_and(|uri| !proxy.is_no_proxy(&uri)));
        used.map(|proxy| format!(" (by the proxy {}:{})", proxy.host(), proxy.port()))
            .unwrap_or_default()
    }

    fn request(
        &mut self,
        url: &str,
        known: Option<&Validator>,
        partial: &Partial,
    ) -> Result<Response<Body>, ureq::Error> {
        let agent = self.agent.get_or_insert_with(agent::new);
        let mut config = agent
            .get(url)
            .config()
            .timeout_global(self.pace.left())
            .https_only(self.https_only);
        if self.key.is_some() {
            config = config.max_redirects(0);
        }
        let packed = [".zip", ".gz", ".bz2", ".zst"];
        let encoding = match packed.iter().any(|ending| url.ends_with(ending)) {
            true => "identity",
            false => "gzip",
        };
        let mut request = config.build().header("Accept-Encoding", encoding);
        for (name, value) in self.secrets(url) {
            request = request.header(name, value);
        }
        if let Some((from, etag)) = partial.resumable() {
            request = request
                .header("Range", format!("bytes={from}-"))
                .header("If-Range", etag);
        } else if let Some(known) = known {
            if let Some(etag) = &known.etag {
                request = request.header("If-None-Match", etag);
            }
            if let Some(date) = &known.last_modified {
                request = request.header("If-Modified-Since", date);
            }
        }
        request.call()
    }

    /// Headers with what only this host may know: the publisher's key, the name and password of the settings.
    fn secrets(&self, url: &str) -> impl Iterator<Item = (&str, &str)> {
        let key = self.key.iter().map(|(name, value)| (*name, value.as_str()));
        let told = self.credentials.header(url);
        key.chain(told.map(|told| ("Authorization", told)))
    }

    fn receive(
        &mut self,
        url: &str,
        response: Response<Body>,
        partial: &mut Partial,
        limit: u64,
    ) -> Result<Received, FeedError> {
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(Received::Done(Fetched::Unchanged)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Received::Done(Fetched::Missing)),
            StatusCode::OK => self.store(url, response, partial, limit),
            StatusCode::PARTIAL_CONTENT if begins_at(&response, partial.length()) => {
                self.store(url, response, partial, limit)
            }
            // What the server has does not go on where ours stopped: from the start, then.
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE => {
                partial.forget()?;
                let message = "the rest of the document cannot be had".to_owned();
                Ok(Received::Again(Failure::of_body(message)))
            }
            status
                if status.is_server_error()
                    || status == StatusCode::TOO_MANY_REQUESTS
                    || status == StatusCode::REQUEST_TIMEOUT
                    || (status == StatusCode::FORBIDDEN && self.forbidden_throttles) =>
            {
                Ok(Received::Again(Failure::of_answer(&response)))
            }
            status => Err(FeedError::Answer {
                url: url.to_owned(),
                message: format!("the server answered {status}"),
            }),
        }
    }

    fn store(
        &mut self,
        url: &str,
        response: Response<Body>,
        partial: &mut Partial,
        limit: u64,
    ) -> Result<Received, FeedError> {
        let validator = Validator {
            etag: header(&response, "etag").map(str::to_owned),
            last_modified: header(&response, "last-modified").map(str::to_owned),
        };
        partial.start(response.status() == StatusCode::PARTIAL_CONTENT, &validator)?;
        let rest = header(&response, "content-length").and_then(|text| text.parse::<u64>().ok());
        let total = rest.map(|rest| rest.saturating_add(partial.length()));
        if total.is_some_and(|total| total > limit) {
            return Err(too_large(url, limit));
        }
        let mut reader = response.into_body().into_reader();
        let mut buffer = vec![0; 64 << 10];
        loop {
            self.pace.check(url)?;
            let read = match reader.read(&mut buffer) {
                Ok(read) => read,
                Err(error) => return Ok(Received::Again(Failure::of_body(error.to_string()))),
            };
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            partial.append(bytes)?;
            self.bytes += read as u64;
            if partial.length() > limit {
                partial.forget()?;
                return Err(too_large(url, limit));
            }
            (self.progress)(self.bytes, total.map(|total| total.max(self.bytes)));
        }
        if total.is_some_and(|total| partial.length() < total) {
            let message = "the connection ended early".to_owned();
            return Ok(Received::Again(Failure::of_body(message)));
        }
        let document = partial.finish(url, validator, limit)?;
        Ok(Received::Done(Fetched::Document(document)))
    }
}

enum Received {
    Done(Fetched),
    Again(Failure),
}

/// Whether a partial answer goes on at byte `from` (`Content-Range: bytes 100-199/200`).
fn begins_at(response: &Response<Body>, from: u64) -> bool {
    header(response, "content-range")
        .and_then(|text| text.strip_prefix("bytes ")?.split_once('-'))
        .is_some_and(|(begin, _)| begin.trim().parse() == Ok(from))
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

/// A document that must be there is not.
pub fn missing(location: &Location) -> FeedError {
    FeedError::Answer {
        url: location.to_string(),
        message: "the publisher has no such document (404)".to_owned(),
    }
}

fn unreachable(url: &str, message: String) -> FeedError {
    FeedError::Unreachable {
        url: url.to_owned(),
        message,
    }
}

fn too_large(url: &str, limit: u64) -> FeedError {
    FeedError::Limit {
        url: url.to_owned(),
        message: format!("larger than {limit} bytes"),
    }
}
