//! Runs checks: each with an end, tried again when it fails, flaky told apart from failed.

mod command;
mod file;
mod http;
mod service;
mod sql;
mod tcp;
#[cfg(test)]
mod tests;

use std::time::{Duration, Instant};

use patchward_protocol::check::{CheckOutcome, CheckResult};

use crate::deadline::Deadline;
use crate::dns;
use crate::file::{ChecksFile, DnsCheck};
use crate::place::Place;
use crate::value::Span;

const TIMEOUT: Duration = Duration::from_secs(5);
const RETRIES: u8 = 2;
const PAUSE: Duration = Duration::from_secs(1);
/// More tries than this make no check right.
const MOST_RETRIES: u8 = 20;

/// How one try of a check ended.
pub(crate) enum Tried {
    /// As expected; what was found, in short.
    Right(String),
    /// Not as expected; what was found instead.
    Wrong(String),
    /// It cannot be run here; why.
    Not(String),
}

/// A check that is ready to be tried.
struct Ready<'a> {
    name: &'a str,
    kind: &'static str,
    expected: String,
    timeout: Option<Span>,
    attempt: Box<dyn Fn(Deadline) -> Tried + 'a>,
}

/// Runs all functional checks of a file in the order of their kinds, and gives each result to `told` as it comes.
///
/// Sockets are opened on the calling thread; see [`Place`].
pub fn run(
    file: &ChecksFile,
    place: &Place,
    mut told: impl FnMut(&CheckResult),
) -> Vec<CheckResult> {
    let mut results = Vec::new();
    for check in ready(file, place) {
        let result = check.run(file);
        told(&result);
        results.push(result);
    }
    results
}

fn ready<'a>(file: &'a ChecksFile, place: &'a Place) -> Vec<Ready<'a>> {
    let mut all = Vec::new();
    macro_rules! add {
        ($checks:expr, $kind:literal, $expected:expr, $attempt:expr) => {
            for check in $checks {
                all.push(Ready {
                    name: check.name.get_ref(),
                    kind: $kind,
                    expected: $expected(check),
                    timeout: check.timeout,
                    attempt: Box::new(move |deadline| $attempt(check, place, deadline)),
                });
            }
        };
    }
    add!(&file.http, "http", http::expected, |check, _, deadline| {
        http::attempt(check, deadline)
    });
    add!(&file.tcp, "tcp", tcp::expected, |check, _, deadline| {
        tcp::attempt(check, deadline)
    });
    add!(&file.dns, "dns", expected_of_dns, |check, _, deadline| {
        ask_dns(check, deadline)
    });
    add!(
        &file.command,
        "command",
        command::expected,
        command::attempt
    );
    add!(
        &file.service,
        "service",
        service::expected,
        service::attempt
    );
    add!(&file.sql, "sql", sql::expected, |check, _, deadline| {
        sql::attempt(check, deadline)
    });
    add!(&file.file, "file", file::expected, |check, place, _| {
        file::attempt(check, place)
    });
    all
}

impl Ready<'_> {
    fn run(&self, file: &ChecksFile) -> CheckResult {
        let timeout = self.timeout.or(file.timeout).map_or(TIMEOUT, |span| span.0);
        let retries = file.retries.unwrap_or(RETRIES).min(MOST_RETRIES);
        let pause = file.pause.map_or(PAUSE, |span| span.0);
        let mut result = CheckResult {
            name: self.name.to_owned(),
            kind: self.kind.to_owned(),
            expected: self.expected.clone(),
            ..CheckResult::default()
        };
        let mut failures: Vec<String> = Vec::new();
        for attempt in 0..=retries {
            if attempt > 0 {
                std::thread::sleep(pause);
            }
            let begun = Instant::now();
            let tried = (self.attempt)(Deadline::after(timeout));
            result.attempts = u32::from(attempt) + 1;
            result.micros = u64::try_from(begun.elapsed().as_micros()).unwrap_or(u64::MAX);
            (result.outcome, result.found) = match tried {
                Tried::Right(found) if failures.is_empty() => (CheckOutcome::Passed, found),
                Tried::Right(found) => {
                    let before = failures.join("; ");
                    (CheckOutcome::Flaky, format!("{found}; before: {before}"))
                }
                Tried::Not(why) => (CheckOutcome::Skipped, why),
                Tried::Wrong(found) => {
                    if failures.last() != Some(&found) {
                        failures.push(found.clone());
                    }
                    (CheckOutcome::Failed, found)
                }
            };
            if result.outcome != CheckOutcome::Failed {
                break;
            }
        }
        result
    }
}

fn expected_of_dns(check: &DnsCheck) -> String {
    match check.expect.is_empty() {
        true => format!("an answer for {}", check.query),
        false => format!(
            "{} among the answers for {}",
            check.expect.join(", "),
            check.query
        ),
    }
}

fn ask_dns(check: &DnsCheck, deadline: Deadline) -> Tried {
    let answer = match dns::ask(&check.server, &check.query, check.record, deadline) {
        Ok(answer) => answer,
        Err(error) => return Tried::Wrong(no_answer(&error)),
    };
    let values = if answer.values.is_empty() {
        "no values".to_owned()
    } else {
        shorten(&answer.values.join(", "))
    };
    let same = |wanted: &String| {
        let wanted = wanted.trim_end_matches('.');
        answer
            .values
            .iter()
            .any(|value| value.eq_ignore_ascii_case(wanted))
    };
    let found = format!("{values} (response code {})", answer.code);
    match answer.code == 0 && !answer.values.is_empty() && check.expect.iter().all(same) {
        true => Tried::Right(values),
        false => Tried::Wrong(found),
    }
}

/// An error of the network in words that do not change from try to try.
pub(crate) fn no_answer(error: &std::io::Error) -> String {
    use std::io::ErrorKind::{ConnectionRefused, TimedOut, WouldBlock};
    match error.kind() {
        TimedOut | WouldBlock => "no answer in time".to_owned(),
        ConnectionRefused => "the connection is refused".to_owned(),
        _ => shorten(&error.to_string()),
    }
}

/// What came from outside, on one line and not for ever long.
pub(crate) fn shorten(text: &str) -> String {
    const LENGTH: usize = 200;
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut short: String = text.trim().chars().take(LENGTH).map(clean).collect();
    if text.trim().chars().nth(LENGTH).is_some() {
        short.push('…');
    }
    short
}
