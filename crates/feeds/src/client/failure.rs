//! What a failed request tells: whether to try again, when, and whether the host is down.

use std::io::ErrorKind;
use std::time::Duration;

use ureq::http::Response;
use ureq::{Body, Error, Timeout};

/// Tries of one document that a server answers badly or not to the end.
const TRIES: u32 = 4;

/// Tries where nobody answers: a machine without network must not wait for what cannot come.
const QUICK_TRIES: u32 = 2;

/// The longest pause that a server may ask for (`Retry-After`) and is given.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Why a request brought nothing.
#[derive(Debug)]
pub struct Failure {
    /// What happened.
    pub message: String,
    /// Tries that it is worth in all.
    pub tries: u32,
    /// Least time until the next try.
    pub pause: Duration,
    /// Other documents of the host are not worth a try in this run either.
    pub down: bool,
}

impl Failure {
    /// No answer came.
    pub fn of_request(error: &Error) -> Failure {
        let (tries, down) = match error {
            // Having waited that long once is enough.
            Error::Timeout(Timeout::Connect | Timeout::Resolve) => (1, true),
            Error::HostNotFound | Error::ConnectionFailed | Error::ConnectProxyFailed(_) => {
                (QUICK_TRIES, true)
            }
            Error::Io(error) if is_lookup(error) => (QUICK_TRIES, true),
            Error::Io(error) => of_io(error.kind()),
            Error::Tls(_) | Error::Rustls(_) | Error::InvalidProxyUrl => (1, true),
            Error::BadUri(_)
            | Error::Http(_)
            | Error::RequireHttpsOnly(_)
            | Error::RedirectFailed
            | Error::TooManyRedirects => (1, false),
            _ => (TRIES, false),
        };
        let seconds = if down { 0.5 } else { 1.0 };
        Failure {
            message: error.to_string(),
            tries,
            pause: Duration::from_secs_f32(seconds),
            down,
        }
    }

    /// An answer that asks to come again, or a server in trouble.
    pub fn of_answer(response: &Response<Body>) -> Failure {
        let status = response.status();
        let asked = super::header(response, "retry-after")
            .and_then(|text| text.trim().parse().ok())
            .map(Duration::from_secs);
        match asked {
            Some(pause) if pause > LONGEST_PAUSE => Failure {
                message: format!("the server answered {status} and asks to wait {pause:?}"),
                tries: 1,
                pause,
                down: true,
            },
            _ => Failure {
                message: format!("the server answered {status}"),
                tries: TRIES,
                pause: asked.unwrap_or(Duration::from_secs(1)),
                down: true,
            },
        }
    }

    /// The document stopped in the middle.
    pub fn of_body(message: String) -> Failure {
        Failure {
            message,
            tries: TRIES,
            pause: Duration::from_secs(1),
            down: false,
        }
    }
}

/// Whether a host's name could not be resolved: the standard library has no kind of its own for that, only these words.
fn is_lookup(error: &std::io::Error) -> bool {
    error.raw_os_error().is_none()
        && error
            .to_string()
            .starts_with("failed to lookup address information")
}

fn of_io(kind: ErrorKind) -> (u32, bool) {
    match kind {
        ErrorKind::ConnectionRefused
        | ErrorKind::NetworkUnreachable
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::AddrNotAvailable
        | ErrorKind::PermissionDenied => (QUICK_TRIES, true),
        // A certificate that nobody vouches for will not be better in a second.
        ErrorKind::InvalidData | ErrorKind::InvalidInput => (1, true),
        _ => (TRIES, false),
    }
}

#[cfg(test)]
mod tests {
    use std::net::ToSocketAddrs;

    use super::*;

    #[test]
    fn a_name_that_cannot_be_resolved_is_not_waited_for() {
        // Two dots in a row are refused by the resolver itself; nobody is asked.
        let error = ("no..name", 443).to_socket_addrs().unwrap_err();
        let failure = Failure::of_request(&Error::Io(error));
        assert!(failure.down, "{}", failure.message);
        assert_eq!(failure.tries, QUICK_TRIES);
    }
}
