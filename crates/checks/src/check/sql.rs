//! Asks a database whether it takes connections, by the first words of its own protocol. Nobody logs in.

use std::io::{Read, Write};

use super::{Tried, no_answer, shorten};
use crate::deadline::{Deadline, Timed};
use crate::file::{Database, SqlCheck};

/// No first message of a server is longer, in bytes.
const MESSAGE: usize = 8 << 10;

pub fn expected(check: &SqlCheck) -> String {
    match check.database {
        Database::PostgreSql => "PostgreSQL that takes connections".to_owned(),
        Database::MySql => "MySQL or MariaDB that takes connections".to_owned(),
    }
}

pub fn attempt(check: &SqlCheck, deadline: Deadline) -> Tried {
    let talk = || {
        let stream = deadline.connect(&check.address.host, check.address.port)?;
        let mut stream = deadline.timed(&stream);
        match check.database {
            Database::PostgreSql => postgresql(&mut stream),
            Database::MySql => mysql(&mut stream),
        }
    };
    talk().unwrap_or_else(|error| Tried::Wrong(no_answer(&error)))
}

/// A StartupMessage for a user who need not exist: whatever the server says of that user, it is up. Only "starting up",
/// "shutting down" and "too many connections" mean that it is not (classes 57P and 53 of its error codes).
fn postgresql(stream: &mut Timed<'_>) -> std::io::Result<Tried> {
    let parameters = b"user\0patchward\0database\0postgres\0application_name\0patchward check\0\0";
    let length = u32::try_from(parameters.len() + 8).unwrap_or(0);
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend_from_slice(&196_608_u32.to_be_bytes());
    bytes.extend_from_slice(parameters);
    stream.write_all(&bytes)?;
    let mut head = [0; 5];
    stream.read_exact(&mut head)?;
    let [kind, a, b, c, d] = head;
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    match kind {
        b'R' => Ok(Tried::Right("it asks for a login".to_owned())),
        b'E' if (4..MESSAGE).contains(&length) => {
            let mut body = vec![0; length - 4];
            stream.read_exact(&mut body)?;
            Ok(postgresql_error(&body))
        }
        _ => Ok(Tried::Wrong(
            "the answer is not that of PostgreSQL".to_owned(),
        )),
    }
}

/// The fields of an ErrorResponse: a letter and a text each; `C` is the code, `M` the message.
fn postgresql_error(body: &[u8]) -> Tried {
    let field = |letter: u8| {
        let found = body
            .split(|byte| *byte == 0)
            .find(|field| field.first() == Some(&letter));
        found.map(|field| String::from_utf8_lossy(field.get(1..).unwrap_or_default()).into_owned())
    };
    let code = field(b'C').unwrap_or_default();
    let message = shorten(&field(b'M').unwrap_or_default());
    match code.starts_with("57P") || code.starts_with("53") || code.is_empty() {
        true => Tried::Wrong(format!("{message} ({code})")),
        false => Tried::Right(format!("it answers: {message} ({code})")),
    }
}

/// The server speaks first: a handshake of protocol 10 with its version, or an error.
fn mysql(stream: &mut Timed<'_>) -> std::io::Result<Tried> {
    let mut head = [0; 4];
    stream.read_exact(&mut head)?;
    let [a, b, c, _] = head;
    let length = u32::from_le_bytes([a, b, c, 0]) as usize;
    if !(3..MESSAGE).contains(&length) {
        return Ok(Tried::Wrong("the answer is not that of MySQL".to_owned()));
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body)?;
    Ok(match body.split_first() {
        Some((10, rest)) => {
            let version = rest.split(|byte| *byte == 0).next().unwrap_or_default();
            Tried::Right(format!(
                "version {}",
                shorten(&String::from_utf8_lossy(version))
            ))
        }
        // "Host is not allowed to connect" (1130) comes from a server that is up.
        Some((0xff, [0x6a, 0x04, ..])) => Tried::Right("it refuses this host".to_owned()),
        Some((0xff, [_, _, message @ ..])) => {
            Tried::Wrong(shorten(&String::from_utf8_lossy(message)))
        }
        _ => Tried::Wrong("the answer is not that of MySQL".to_owned()),
    })
}
