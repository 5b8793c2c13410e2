//! One question to one name server, and its answer (RFC 1035), with bounds everywhere.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Ipv6Addr, ToSocketAddrs, UdpSocket};

use serde::Deserialize;

use crate::deadline::Deadline;
use crate::value::Address;

/// Answers that are looked at.
const ANSWERS: u16 = 200;
/// Compression pointers in one name.
const JUMPS: u8 = 32;

/// Types of records that can be asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum RecordType {
    /// IPv4 address.
    #[default]
    A,
    /// IPv6 address.
    Aaaa,
    /// Another name.
    Cname,
    /// Mail server: `10 mail.example`.
    Mx,
    /// Name server.
    Ns,
    /// Name of an address.
    Ptr,
    /// Text.
    Txt,
}

impl RecordType {
    fn number(self) -> u16 {
        match self {
            RecordType::A => 1,
            RecordType::Ns => 2,
            RecordType::Cname => 5,
            RecordType::Ptr => 12,
            RecordType::Mx => 15,
            RecordType::Txt => 16,
            RecordType::Aaaa => 28,
        }
    }
}

/// What a name server said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The response code: 0 is fine, 3 is "no such name".
    pub code: u8,
    /// Values of the type that was asked for, as text.
    pub values: Vec<String>,
}

/// Whether this can be asked for: labels of 1 to 63 bytes, at most 253 in all.
pub fn is_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let good = |label: &str| {
        let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        !label.is_empty() && label.len() <= 63 && label.bytes().all(plain)
    };
    name.len() <= 253 && name.split('.').all(good)
}

/// Asks by UDP, and by TCP when the answer was cut.
pub fn ask(
    server: &Address,
    name: &str,
    record: RecordType,
    deadline: Deadline,
) -> io::Result<Answer> {
    // Whoever can answer a check with a forged packet is on this machine's own path: the number only tells answers apart.
    let id = u16::try_from(std::process::id() & 0xffff).unwrap_or(0) ^ 0x5057;
    let query = encode(id, name, record);
    let bytes = by_udp(server, &query, id, deadline)?;
    if bytes.get(2).is_some_and(|flags| flags & 2 != 0) {
        let bytes = by_tcp(server, &query, deadline)?;
        return decode(&bytes, id, record).ok_or_else(malformed);
    }
    decode(&bytes, id, record).ok_or_else(malformed)
}

fn malformed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the answer is malformed")
}

fn by_udp(server: &Address, query: &[u8], id: u16, deadline: Deadline) -> io::Result<Vec<u8>> {
    let mut addresses = (server.host.as_str(), server.port).to_socket_addrs()?;
    let address = addresses.next().ok_or(io::ErrorKind::NotFound)?;
    let local = if address.is_ipv4() {
        "0.0.0.0:0"
    } else {
        "[::]:0"
    };
    let socket = UdpSocket::bind(local)?;
    socket.connect(address)?;
    socket.send(query)?;
    let mut buffer = [0; 4096];
    loop {
        socket.set_read_timeout(Some(deadline.left()?))?;
        let length = socket.recv(&mut buffer)?;
        if let Some(bytes) = buffer
            .get(..length)
            .filter(|bytes| bytes.starts_with(&id.to_be_bytes()))
        {
            return Ok(bytes.to_vec());
        }
    }
}

fn by_tcp(server: &Address, query: &[u8], deadline: Deadline) -> io::Result<Vec<u8>> {
    let stream = deadline.connect(&server.host, server.port)?;
    let mut stream = deadline.timed(&stream);
    let length = u16::try_from(query.len()).unwrap_or(0);
    stream.write_all(&[&length.to_be_bytes(), query].concat())?;
    let mut length = [0; 2];
    stream.read_exact(&mut length)?;
    let mut bytes = vec![0; usize::from(u16::from_be_bytes(length))];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn encode(id: u16, name: &str, record: RecordType) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    // Recursion desired, one question.
    bytes.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.strip_suffix('.').unwrap_or(name).split('.') {
        bytes.push(u8::try_from(label.len()).unwrap_or(0));
        bytes.extend_from_slice(label.as_bytes());
    }
    bytes.push(0);
    bytes.extend_from_slice(&record.number().to_be_bytes());
    bytes.extend_from_slice(&[0, 1]);
    bytes
}

struct Message<'b> {
    bytes: &'b [u8],
    at: usize,
}

/// Reads an answer; `None` when it is none, or malformed.
pub fn decode(bytes: &[u8], id: u16, record: RecordType) -> Option<Answer> {
    let mut message = Message { bytes, at: 0 };
    let (found, flags) = (message.u16()?, message.u16()?);
    let (questions, answers) = (message.u16()?, message.u16()?);
    message.at = 12;
    if found != id || flags & 0x8000 == 0 || questions > 1 {
        return None;
    }
    for _ in 0..questions {
        message.name()?;
        message.take(4)?;
    }
    let mut values = Vec::new();
    for _ in 0..answers.min(ANSWERS) {
        message.name()?;
        let kind = message.u16()?;
        message.take(6)?;
        let length = usize::from(message.u16()?);
        let end = message
            .at
            .checked_add(length)
            .filter(|end| *end <= bytes.len())?;
        if kind == record.number() {
            values.push(message.value(record, end)?);
        }
        message.at = end;
    }
    Some(Answer {
        code: u8::try_from(flags & 15).unwrap_or(15),
        values,
    })
}

impl<'b> Message<'b> {
    fn take(&mut self, count: usize) -> Option<&'b [u8]> {
        let end = self.at.checked_add(count)?;
        let bytes = self.bytes.get(self.at..end)?;
        self.at = end;
        Some(bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn value(&mut self, record: RecordType, end: usize) -> Option<String> {
        Some(match record {
            RecordType::A => Ipv4Addr::from(<[u8; 4]>::try_from(self.take(4)?).ok()?).to_string(),
            RecordType::Aaaa => {
                Ipv6Addr::from(<[u8; 16]>::try_from(self.take(16)?).ok()?).to_string()
            }
            RecordType::Cname | RecordType::Ns | RecordType::Ptr => self.name()?,
            RecordType::Mx => format!("{} {}", self.u16()?, self.name()?),
            RecordType::Txt => {
                let mut text = String::new();
                while self.at < end {
                    let length = *self.take(1)?.first()?;
                    text.push_str(&String::from_utf8_lossy(self.take(length.into())?));
                }
                text
            }
        })
    }

    /// A name, its pointers followed backwards only and not for ever.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        let (mut at, mut after, mut jumps) = (self.at, None, 0);
        loop {
            let length = *self.bytes.get(at)?;
            match length {
                0 => break,
                1..=63 => {
                    let label = self.bytes.get(at + 1..at + 1 + usize::from(length))?;
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(&String::from_utf8_lossy(label).to_ascii_lowercase());
                    at += 1 + usize::from(length);
                }
                0xc0.. => {
                    let low = *self.bytes.get(at + 1)?;
                    let to = usize::from(length & 0x3f) << 8 | usize::from(low);
                    after.get_or_insert(at + 2);
                    jumps += 1;
                    if jumps > JUMPS || to >= at {
                        return None;
                    }
                    at = to;
                }
                _ => return None,
            }
            if name.len() > 1024 {
                return None;
            }
        }
        self.at = after.unwrap_or(at + 1);
        Some(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An answer to `a.example A` with a CNAME that uses a pointer, and an address.
    fn answer() -> Vec<u8> {
        let mut bytes = encode(7, "a.example", RecordType::A);
        bytes[2] = 0x81;
        bytes[7] = 2;
        bytes.extend_from_slice(&[0xc0, 12, 0, 5, 0, 1, 0, 0, 0, 9, 0, 4, 1, b'b', 0xc0, 14]);
        bytes.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 192, 0, 2, 1]);
        bytes
    }

    #[test]
    fn an_answer_is_read_with_its_pointers() {
        let read = |record| decode(&answer(), 7, record).unwrap().values;
        assert_eq!(read(RecordType::A), ["192.0.2.1"]);
        assert_eq!(read(RecordType::Cname), ["b.example"]);
        assert!(read(RecordType::Mx).is_empty());
        assert_eq!(decode(&answer(), 8, RecordType::A), None);
    }

    #[test]
    fn loops_and_mutations_end() {
        let mut looped = answer();
        let at = looped.len() - 16;
        looped[at + 1] = u8::try_from(at).unwrap();
        assert_eq!(decode(&looped, 7, RecordType::A), None);
        patchward_test_support::mutate(&[&answer()], 3000, |bytes| {
            for record in [
                RecordType::A,
                RecordType::Txt,
                RecordType::Mx,
                RecordType::Aaaa,
            ] {
                let _ = decode(bytes, 7, record);
            }
        });
    }

    #[test]
    fn names_are_labels_of_some_length() {
        assert!(is_name("a-b.example.") && is_name("_dmarc.example"));
        for wrong in ["", ".", "a..b", "a b", &"x".repeat(64), &"a.".repeat(200)] {
            assert!(!is_name(wrong), "{wrong}");
        }
    }
}
