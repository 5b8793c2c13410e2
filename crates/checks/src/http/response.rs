//! Reads an answer of HTTP/1.1 (RFC 9112): head, then a body by length, in chunks, or up to the end.

use std::io::{self, Read};

/// The head of an answer, in bytes.
const HEAD: usize = 64 << 10;
/// The body of an answer, in bytes.
const BODY: usize = 8 << 20;
const HEADERS: usize = 200;

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status.
    pub status: u16,
    /// Names in lower case, values trimmed, in order.
    pub headers: Vec<(String, String)>,
    /// The body, without chunks.
    pub body: Vec<u8>,
    /// Another request may follow on this connection.
    pub keeps_alive: bool,
}

impl Response {
    /// The first header of this name (in lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other == name);
        found.map(|(_, value)| value.as_str())
    }
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

/// Reads one answer. `held` are bytes that were read before; what is not used stays there.
pub fn read(source: &mut impl Read, held: &mut Vec<u8>, head_only: bool) -> io::Result<Response> {
    loop {
        let end = read_until(source, held, b"\r\n\r\n", HEAD)?;
        let head: Vec<u8> = held.drain(..end).collect();
        let mut response = parse_head(&head)?;
        // Interim answers: the real one follows.
        if (100..200).contains(&response.status) && response.status != 101 {
            continue;
        }
        if !head_only && response.status != 204 && response.status != 304 {
            read_body(source, held, &mut response)?;
        }
        return Ok(response);
    }
}

fn read_body(
    source: &mut impl Read,
    held: &mut Vec<u8>,
    response: &mut Response,
) -> io::Result<()> {
    let chunked = response.header("transfer-encoding");
    if let Some(coding) = chunked {
        if !coding.eq_ignore_ascii_case("chunked") {
            return Err(wrong(
                "the answer has a transfer encoding that nobody asked for",
            ));
        }
        response.body = read_chunks(source, held)?;
    } else if let Some(length) = response.header("content-length") {
        let length: usize = length
            .parse()
            .map_err(|_| wrong("the length of the answer is no number"))?;
        if length > BODY {
            return Err(wrong("the body is longer than 8 MiB"));
        }
        while held.len() < length {
            more(source, held)?;
        }
        response.body = held.drain(..length).collect();
    } else {
        response.keeps_alive = false;
        while held.len() <= BODY {
            match more(source, held) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                    response.body = std::mem::take(held);
                    return Ok(());
                }
                other => other?,
            }
        }
        return Err(wrong("the body is longer than 8 MiB"));
    }
    Ok(())
}

fn read_chunks(source: &mut impl Read, held: &mut Vec<u8>) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let end = read_until(source, held, b"\r\n", 1024)?;
        let line: Vec<u8> = held.drain(..end).collect();
        let digits = line.split(|byte| *byte == b';' || *byte == b'\r').next();
        let digits = digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .unwrap_or("");
        let length = usize::from_str_radix(digits.trim(), 16)
            .map_err(|_| wrong("the length of a chunk is no number"))?;
        if length > BODY - body.len() {
            return Err(wrong("the body is longer than 8 MiB"));
        }
        if length == 0 {
            // Trailers, up to an empty line.
            for _ in 0..HEADERS {
                let end = read_until(source, held, b"\r\n", HEAD)?;
                held.drain(..end);
                if end == 2 {
                    return Ok(body);
                }
            }
            return Err(wrong("the answer has too many trailers"));
        }
        while held.len() < length + 2 {
            more(source, held)?;
        }
        body.extend(held.drain(..length));
        if held.drain(..2).ne(*b"\r\n") {
            return Err(wrong("a chunk is longer than it says"));
        }
    }
}

/// The end of the first `mark` in what comes; everything up to there is in `held`.
fn read_until(
    source: &mut impl Read,
    held: &mut Vec<u8>,
    mark: &[u8],
    limit: usize,
) -> io::Result<usize> {
    let mut from = 0;
    loop {
        let rest = held.get(from..).unwrap_or_default();
        if let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
            return Ok(from + at + mark.len());
        }
        if held.len() > limit {
            return Err(wrong("a part of the answer's head is too long"));
        }
        from = held.len().saturating_sub(mark.len() - 1);
        more(source, held)?;
    }
}

fn more(source: &mut impl Read, held: &mut Vec<u8>) -> io::Result<()> {
    let mut buffer = [0; 16 << 10];
    let count = source.read(&mut buffer)?;
    if count == 0 {
        return Err(io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "the server closed the connection",
        ));
    }
    held.extend_from_slice(buffer.get(..count).unwrap_or_default());
    Ok(())
}

fn parse_head(bytes: &[u8]) -> io::Result<Response> {
    let text = String::from_utf8_lossy(bytes);
    let mut lines = text.split("\r\n");
    let status_line = lines.next().unwrap_or_default();
    let (version, rest) = status_line
        .split_once(' ')
        .ok_or_else(|| wrong("this is no answer of HTTP"))?;
    let status = rest.get(..3).and_then(|digits| digits.parse().ok());
    let (Some(status), "HTTP/1.1" | "HTTP/1.0") = (status, version) else {
        return Err(wrong("this is no answer of HTTP"));
    };
    let mut headers = Vec::new();
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| wrong("a header has no colon"))?;
        headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        if headers.len() > HEADERS {
            return Err(wrong("the answer has too many headers"));
        }
    }
    let mut response = Response {
        status,
        headers,
        body: Vec::new(),
        keeps_alive: false,
    };
    let connection = response
        .header("connection")
        .unwrap_or_default()
        .to_ascii_lowercase();
    response.keeps_alive = match version {
        "HTTP/1.1" => !connection.contains("close"),
        _ => connection.contains("keep-alive"),
    };
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(mut bytes: &[u8]) -> io::Result<(Response, Vec<u8>)> {
        let mut held = Vec::new();
        let response = read(&mut bytes, &mut held, false)?;
        held.extend_from_slice(bytes);
        Ok((response, held))
    }

    #[test]
    fn bodies_end_by_length_by_chunks_or_with_the_connection() {
        let (response, rest) =
            all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX: y \r\n\r\nabHTTP").unwrap();
        assert_eq!(
            (response.status, response.body.as_slice(), rest.as_slice()),
            (200, &b"ab"[..], &b"HTTP"[..])
        );
        assert!(response.keeps_alive && response.header("x") == Some("y"));
        let (response, _) = all(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 N\r\nTransfer-Encoding: chunked\r\n\r\n2;a=b\r\nab\r\n1\r\nc\r\n0\r\nt: u\r\n\r\n").unwrap();
        assert_eq!(
            (response.status, response.body.as_slice()),
            (404, &b"abc"[..])
        );
        let (response, _) = all(b"HTTP/1.0 200 OK\r\n\r\nabc").unwrap();
        assert_eq!(
            (response.body.as_slice(), response.keeps_alive),
            (&b"abc"[..], false)
        );
    }

    #[test]
    fn what_is_no_answer_or_too_long_is_refused() {
        for bytes in [
            &b"SSH-2.0-x\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
            b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n",
            b"HTTP/1.1 200 OK\r\nnothing\r\n\r\n",
        ] {
            assert!(all(bytes).is_err(), "{}", String::from_utf8_lossy(bytes));
        }
        let endless = [b"HTTP/1.1 200 OK\r\nx: ".to_vec(), vec![b'a'; 200_000]].concat();
        assert!(all(&endless).is_err());
    }

    #[test]
    fn mutated_answers_are_read_to_some_end() {
        let seeds: [&[u8]; 2] = [
            b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
        ];
        patchward_test_support::mutate(&seeds, 2000, |bytes| {
            let _ = all(bytes);
        });
    }
}
