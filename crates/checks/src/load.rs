//! A bounded load on a web server: connections that ask again as soon as they have an answer, timed in microseconds.
//!
//! The connections are threads of the calling thread: they stay in its network namespace.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::deadline::Deadline;
use crate::file::LoadCheck;
use crate::http::{Connection, Request};
use crate::tls::Trust;

const CONNECTIONS: u16 = 4;
const DURATION: Duration = Duration::from_secs(2);
const REQUESTS: u32 = 100_000;
/// One answer may take this long; later ones count as errors.
const ANSWER: Duration = Duration::from_secs(5);
/// A connection gives up after so many errors in a row.
const ERRORS: u32 = 10;

/// What one round measured.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sample {
    /// Requests that had an answer below status 500.
    pub requests: u64,
    /// Requests that had none, or one from 500 on.
    pub errors: u64,
    /// From the first request to the last answer.
    pub elapsed: Duration,
    /// How long each answer took, in microseconds, sorted.
    pub latencies: Vec<u32>,
}

impl Sample {
    /// The latency that this part of the answers kept below (nearest rank), in microseconds; `None` without answers.
    #[must_use]
    pub fn quantile(&self, part: f64) -> Option<u32> {
        let count = self.latencies.len();
        let rank = (part.clamp(0.0, 1.0) * count as f64).ceil() as usize;
        self.latencies.get(rank.max(1) - 1).copied()
    }

    /// Answers a second.
    #[must_use]
    pub fn throughput(&self) -> f64 {
        let seconds = self.elapsed.as_secs_f64();
        if seconds > 0.0 {
            self.requests as f64 / seconds
        } else {
            0.0
        }
    }
}

/// Puts the load on the server for one round.
///
/// It ends after the load's duration or requests, whichever comes first, and at most five seconds later.
#[must_use]
pub fn generate(load: &LoadCheck) -> Sample {
    let connections = load.connections.unwrap_or(CONNECTIONS).clamp(1, 64);
    let duration = load.duration.map_or(DURATION, |span| span.0);
    let left = AtomicU64::new(load.requests.unwrap_or(REQUESTS).into());
    let begun = Instant::now();
    let mut sample = Sample::default();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..connections)
            .map(|_| scope.spawn(|| ask_on(load, begun + duration, &left)))
            .collect();
        for part in threads.into_iter().filter_map(|thread| thread.join().ok()) {
            sample.requests += part.requests;
            sample.errors += part.errors;
            sample.latencies.extend(part.latencies);
        }
    });
    sample.elapsed = begun.elapsed();
    sample.latencies.sort_unstable();
    sample
}

/// One connection: asks until the time is up or nothing is left to ask.
fn ask_on(load: &LoadCheck, end: Instant, left: &AtomicU64) -> Sample {
    let request = Request {
        method: "GET",
        url: &load.url,
        host: load.host.as_deref(),
        headers: Vec::new(),
        body: &[],
    };
    let bytes = request.bytes();
    // A load measures the server, not its certificate: `http` checks look at that.
    let trust = Trust {
        issuer: false,
        seconds_left: 0,
    };
    let mut sample = Sample::default();
    let mut connection: Option<Connection> = None;
    let mut failed = 0;
    while failed < ERRORS && Instant::now() < end && take(left) {
        let begun = Instant::now();
        let deadline = Deadline::after(ANSWER);
        let mut asked = || {
            let open = match connection.as_mut() {
                Some(open) => open,
                None => {
                    let new = Connection::open(&load.url, load.host.as_deref(), trust, deadline)?;
                    new.limit(deadline)?;
                    connection.insert(new)
                }
            };
            open.send(&bytes)?;
            open.receive(false, deadline)
        };
        match asked() {
            Ok(response) => {
                let micros = u32::try_from(begun.elapsed().as_micros()).unwrap_or(u32::MAX);
                if response.status < 500 {
                    sample.requests += 1;
                    sample.latencies.push(micros);
                } else {
                    sample.errors += 1;
                }
                failed = 0;
                if !response.keeps_alive {
                    connection = None;
                }
            }
            Err(_) => {
                sample.errors += 1;
                failed += 1;
                connection = None;
            }
        }
    }
    sample
}

/// Takes one request of those that are left.
fn take(left: &AtomicU64) -> bool {
    left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
        left.checked_sub(1)
    })
    .is_ok()
}
