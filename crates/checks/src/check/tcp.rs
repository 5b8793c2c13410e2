//! Connects, may send something, and looks for a text in what comes back.

use std::io::{Read, Write};

use super::{Tried, no_answer, shorten};
use crate::deadline::Deadline;
use crate::file::TcpCheck;

/// No more of an answer is looked at, in bytes.
const ANSWER: usize = 64 << 10;

pub fn expected(check: &TcpCheck) -> String {
    match &check.contains {
        Some(text) => format!("{text:?} in the answer"),
        None => "a connection".to_owned(),
    }
}

pub fn attempt(check: &TcpCheck, deadline: Deadline) -> Tried {
    let mut answer = Vec::new();
    let done = exchange(check, deadline, &mut answer);
    let text = String::from_utf8_lossy(&answer);
    match (&check.contains, done) {
        (None, Ok(())) => Tried::Right("connected".to_owned()),
        (Some(wanted), _) if text.contains(wanted) => Tried::Right(shorten(&text)),
        (Some(_), _) if !answer.is_empty() => Tried::Wrong(shorten(&text)),
        (_, Err(error)) => Tried::Wrong(no_answer(&error)),
        (Some(_), Ok(())) => Tried::Wrong("an empty answer".to_owned()),
    }
}

fn exchange(check: &TcpCheck, deadline: Deadline, answer: &mut Vec<u8>) -> std::io::Result<()> {
    let stream = deadline.connect(&check.address.host, check.address.port)?;
    let mut stream = deadline.timed(&stream);
    if let Some(text) = &check.send {
        stream.write_all(text.as_bytes())?;
    }
    let Some(wanted) = &check.contains else {
        return Ok(());
    };
    let mut buffer = [0; 4096];
    while answer.len() < ANSWER && !String::from_utf8_lossy(answer).contains(wanted) {
        let count = stream.read(&mut buffer)?;
        if count == 0 {
            break;
        }
        answer.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
    Ok(())
}
