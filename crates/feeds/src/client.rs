//! Fetches documents: conditionally, resuming where a download stopped, with retries, pauses and limits.

mod agent;
mod document;
mod partial;

use std::collections::HashMap;
use std::io::Read;
use std::time::{Duration, Instant};

pub use document::Document;
use partial::Partial;
use ureq::http::{Response, StatusCode};
use ureq::{Agent, Body};

use crate::location::Location;
use crate::registry::{Config, FeedError};
use crate::state::Validator;

/// Tries of one document before it counts as unreachable.
const TRIES: u32 = 4;

/// The longest pause that a server may ask for (`Retry-After`) and is given.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

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
    headers: Vec<(&'static str, String)>,
    pause: Duration,
    last_request: HashMap<String, Instant>,
    deadline: Instant,
    progress: &'a dyn Fn(u64, Option<u64>),
    /// Bytes read so far, for the outcome.
    pub bytes: u64,
}

impl<'a> Client<'a> {
    /// A client for one run of one feed.
    pub fn new(config: &'a Config, progress: &'a dyn Fn(u64, Option<u64>)) -> Client<'a> {
        Client {
            config,
            agent: None,
            headers: Vec::new(),
            pause: Duration::ZERO,
            last_request: HashMap::new(),
            deadline: Instant::now() + config.timeout,
            progress,
            bytes: 0,
        }
    }

    /// Waits at least this long between two requests to one host, as its publisher asks.
    pub fn with_pause(mut self, pause: Duration) -> Client<'a> {
        self.pause = pause;
        self
    }

    /// Sends this header with every request. Its value is never logged.
    pub fn with_header(mut self, name: &'static str, value: String) -> Client<'a> {
        self.headers.push((name, value));
        self
    }

    /// Fetches a document of at most `limit` bytes, unless it is as `known` tells.
    ///
    /// A mirror made of plain files has `name.json` where a publisher answers under `name`; both are tried there.
    ///
    /// # Errors
    /// When the publisher cannot be reached, answers something else, or a limit is reached.
    pub fn fetch(
        &mut self,
        location: &Location,
        known: Option<&Validator>,
        limit: u64,
    ) -> Result<Fetched, FeedError> {
        match self.fetch_exactly(location, known, limit)? {
            Fetched::Missing if self.config.mirror.is_some() => {
                self.fetch_exactly(&location.with_ending(".json"), known, limit)
            }
            fetched => Ok(fetched),
        }
    }

    /// Fetches a document that must be there.
    ///
    /// # Errors
    /// As [`Client::fetch`], and when the document is missing.
    pub fn get(&mut self, location: &Location, limit: u64) -> Result<Document, FeedError> {
        match self.fetch(location, None, limit)? {
            Fetched::Document(document) => Ok(document),
            Fetched::Missing | Fetched::Unchanged => Err(FeedError::Answer {
                url: location.to_string(),
                message: "not found (404)".to_owned(),
            }),
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
                self.fetch_web(url, location.host().unwrap_or_default(), known, limit)
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
        let mut wait = Duration::from_secs(1);
        for attempt in 1..=TRIES {
            self.keep_pace(host, url)?;
            let failure = match self.request(url, known, &partial) {
                Ok(response) => match self.receive(url, response, &mut partial, limit)? {
                    Received::Done(fetched) => return Ok(fetched),
                    Received::Again { message, pause } => {
                        wait = pause.unwrap_or(wait).min(LONGEST_PAUSE);
                        message
                    }
                },
                Err(error) => error.to_string(),
            };
            if attempt == TRIES {
                return Err(FeedError::Unreachable {
                    url: url.to_owned(),
                    message: failure,
                });
            }
            self.sleep(wait, url)?;
            wait *= 2;
        }
        Err(FeedError::Unreachable {
            url: url.to_owned(),
            message: "no answer".to_owned(),
        })
    }

    fn request(
        &mut self,
        url: &str,
        known: Option<&Validator>,
        partial: &Partial,
    ) -> Result<Response<Body>, ureq::Error> {
        let agent = self.agent.get_or_insert_with(agent::new);
        let mut request = agent.get(url).header("Accept-Encoding", "gzip");
        for (name, value) in &self.headers {
            request = request.header(*name, value);
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

    fn receive(
        &mut self,
        url: &str,
        response: Response<Body>,
        partial: &mut Partial,
        limit: u64,
    ) -> Result<Received, FeedError> {
        let again = |response: &Response<Body>| Received::Again {
            message: format!("the server answered {}", response.status()),
            pause: header(response, "retry-after")
                .and_then(|text| text.parse().ok())
                .map(Duration::from_secs),
        };
        match response.status() {
            StatusCode::NOT_MODIFIED => Ok(Received::Done(Fetched::Unchanged)),
            StatusCode::NOT_FOUND | StatusCode::GONE => Ok(Received::Done(Fetched::Missing)),
            StatusCode::PARTIAL_CONTENT | StatusCode::OK => {
                self.store(url, response, partial, limit)
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                partial.forget()?;
                Ok(again(&response))
            }
            // NVD answers 403 to a client that is too fast.
            StatusCode::TOO_MANY_REQUESTS | StatusCode::FORBIDDEN | StatusCode::REQUEST_TIMEOUT => {
                Ok(again(&response))
            }
            status if status.is_server_error() => Ok(again(&response)),
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
        let gzip = header(&response, "content-encoding") == Some("gzip");
        partial.start(
            response.status() == StatusCode::PARTIAL_CONTENT,
            &validator,
            gzip,
        )?;
        let expected =
            header(&response, "content-length").and_then(|text| text.parse::<u64>().ok());
        let total = expected.map(|rest| rest.saturating_add(partial.length()));
        if total.is_some_and(|total| total > limit) {
            return Err(too_large(url, limit));
        }
        let mut reader = response.into_body().into_reader();
        let mut buffer = vec![0; 64 << 10];
        let mut received = 0;
        loop {
            if Instant::now() > self.deadline {
                return Err(too_slow(url, self.config.timeout));
            }
            let read = match reader.read(&mut buffer) {
                Ok(read) => read,
                Err(error) => {
                    return Ok(Received::Again {
                        message: error.to_string(),
                        pause: None,
                    });
                }
            };
            let Some(bytes) = buffer.get(..read).filter(|bytes| !bytes.is_empty()) else {
                break;
            };
            partial.append(bytes)?;
            received += read as u64;
            self.bytes += read as u64;
            if partial.length() > limit {
                partial.forget()?;
                return Err(too_large(url, limit));
            }
            (self.progress)(self.bytes, total.map(|total| total.max(self.bytes)));
        }
        if expected.is_some_and(|expected| received < expected) {
            return Ok(Received::Again {
                message: "the connection ended early".to_owned(),
                pause: None,
            });
        }
        Ok(Received::Done(Fetched::Document(
            partial.finish(validator, gzip, limit)?,
        )))
    }

    /// Waits until the publisher's pause since the last request to this host is over.
    fn keep_pace(&mut self, host: &str, url: &str) -> Result<(), FeedError> {
        if let Some(last) = self.last_request.get(host) {
            let pause = self.pause.saturating_sub(last.elapsed());
            self.sleep(pause, url)?;
        }
        self.last_request.insert(host.to_owned(), Instant::now());
        Ok(())
    }

    fn sleep(&self, pause: Duration, url: &str) -> Result<(), FeedError> {
        if Instant::now() + pause > self.deadline {
            return Err(too_slow(url, self.config.timeout));
        }
        std::thread::sleep(pause);
        Ok(())
    }
}

enum Received {
    Done(Fetched),
    Again {
        message: String,
        pause: Option<Duration>,
    },
}

fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

fn too_large(url: &str, limit: u64) -> FeedError {
    FeedError::Limit {
        url: url.to_owned(),
        message: format!("larger than {} MiB", limit >> 20),
    }
}

fn too_slow(url: &str, timeout: Duration) -> FeedError {
    let message = format!("not done within {} s (feeds.timeout)", timeout.as_secs());
    FeedError::Limit {
        url: url.to_owned(),
        message,
    }
}
