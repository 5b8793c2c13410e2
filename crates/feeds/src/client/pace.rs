//! When the next request may go out: the publisher's pause, back-off, and the time limit of the whole run.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::registry::FeedError;

/// The pace of one run.
pub struct Pace {
    /// Least time between two requests to one host.
    pub pause: Duration,
    last_request: HashMap<String, Instant>,
    limit: Duration,
    deadline: Option<Instant>,
}

impl Pace {
    /// A run that ends after `limit` (zero: never).
    pub fn new(limit: Duration) -> Pace {
        let deadline = Some(limit)
            .filter(|limit| !limit.is_zero())
            .and_then(|limit| Instant::now().checked_add(limit));
        Pace {
            pause: Duration::ZERO,
            last_request: HashMap::new(),
            limit,
            deadline,
        }
    }

    /// Waits until the publisher's pause since the last request to this host is over.
    pub fn keep(&mut self, host: &str, url: &str) -> Result<(), FeedError> {
        if let Some(last) = self.last_request.get(host) {
            self.wait(self.pause.saturating_sub(last.elapsed()), url)?;
        }
        self.check(url)?;
        self.last_request.insert(host.to_owned(), Instant::now());
        Ok(())
    }

    /// Waits, unless the run would then be over.
    pub fn wait(&self, pause: Duration, url: &str) -> Result<(), FeedError> {
        if self.left().is_some_and(|left| pause > left) {
            return Err(self.over(url));
        }
        std::thread::sleep(pause);
        Ok(())
    }

    /// Fails when the run is over.
    pub fn check(&self, url: &str) -> Result<(), FeedError> {
        match self.left() {
            Some(Duration::ZERO) => Err(self.over(url)),
            _ => Ok(()),
        }
    }

    /// Time left, where there is a limit.
    pub fn left(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    fn over(&self, url: &str) -> FeedError {
        FeedError::Limit {
            url: url.to_owned(),
            message: format!(
                "not done within {} s (feeds.timeout)",
                self.limit.as_secs_f32()
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_requests_to_one_host_keep_the_publishers_pause() {
        let mut pace = Pace::new(Duration::ZERO);
        pace.pause = Duration::from_millis(50);
        let start = Instant::now();
        pace.keep("a.example", "u").unwrap();
        pace.keep("b.example", "u").unwrap();
        assert!(start.elapsed() < Duration::from_millis(50));
        pace.keep("a.example", "u").unwrap();
        assert!(start.elapsed() >= Duration::from_millis(50));
    }

    #[test]
    fn nothing_waits_beyond_the_time_limit() {
        let pace = Pace::new(Duration::from_millis(200));
        let start = Instant::now();
        assert!(pace.wait(Duration::from_secs(60), "u").is_err());
        assert!(start.elapsed() < Duration::from_secs(1));
        std::thread::sleep(Duration::from_millis(210));
        assert!(pace.check("u").is_err());
        assert!(Pace::new(Duration::MAX).check("u").is_ok());
    }
}
