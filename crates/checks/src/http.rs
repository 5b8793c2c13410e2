//! A small HTTP/1.1 client: one connection, kept alive; bounded answers; no cookies, no compression, no surprises.

mod response;

use std::io::{self, Read, Write};
use std::net::TcpStream;

pub use response::Response;

use crate::deadline::Deadline;
use crate::tls::{self, Trust};
use crate::value::Url;

/// A connection to one server.
pub struct Connection {
    stream: Stream,
    /// Bytes that were read and not used yet.
    held: Vec<u8>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<tls::Stream>),
}

/// What to ask for.
pub struct Request<'a> {
    pub method: &'a str,
    pub url: &'a Url,
    /// The `Host` header, when it is not that of the address.
    pub host: Option<&'a str>,
    pub headers: Vec<(&'a str, &'a str)>,
    pub body: &'a [u8],
}

impl Connection {
    /// Connects to the address of `url`; `name` is for TLS.
    pub fn open(
        url: &Url,
        name: Option<&str>,
        trust: Trust,
        deadline: Deadline,
    ) -> io::Result<Connection> {
        let tcp = deadline.connect(&url.host, url.port)?;
        let stream = match url.tls {
            false => Stream::Plain(tcp),
            true => {
                let name = name.map_or(url.host.as_str(), without_port);
                Stream::Tls(Box::new(tls::begin(tcp, name, trust, deadline)?))
            }
        };
        Ok(Connection {
            stream,
            held: Vec::new(),
        })
    }

    /// Sets how long each read and write may take from now on.
    pub fn limit(&self, deadline: Deadline) -> io::Result<()> {
        match &self.stream {
            Stream::Plain(tcp) => deadline.limit(tcp),
            Stream::Tls(tls) => deadline.limit(&tls.sock),
        }
    }

    /// Sends a request, and reads its answer.
    pub fn ask(&mut self, request: &Request<'_>, deadline: Deadline) -> io::Result<Response> {
        let bytes = request.bytes();
        self.send(&bytes)?;
        self.receive(request.method == "HEAD", deadline)
    }

    /// Sends the bytes of a request.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match &mut self.stream {
            Stream::Plain(tcp) => tcp.write_all(bytes),
            Stream::Tls(tls) => tls.write_all(bytes).and_then(|()| tls.flush()),
        }
    }

    /// Reads an answer.
    pub fn receive(&mut self, head: bool, deadline: Deadline) -> io::Result<Response> {
        let mut held = std::mem::take(&mut self.held);
        let response = response::read(
            &mut Source {
                connection: self,
                deadline,
            },
            &mut held,
            head,
        );
        self.held = held;
        response
    }
}

/// Reads from a connection as long as there is time.
struct Source<'c> {
    connection: &'c mut Connection,
    deadline: Deadline,
}

impl Read for Source<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        self.deadline.left()?;
        match &mut self.connection.stream {
            Stream::Plain(tcp) => tcp.read(into),
            // Many servers close without saying so in TLS; a body that is too short shows otherwise.
            Stream::Tls(tls) => match tls.read(into) {
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                other => other,
            },
        }
    }
}

/// `shop.example` of `shop.example:8443`.
fn without_port(host: &str) -> &str {
    match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or(rest),
        None => host.split(':').next().unwrap_or(host),
    }
}

impl Request<'_> {
    /// The bytes that are sent.
    pub fn bytes(&self) -> Vec<u8> {
        let own = self.url.authority();
        let host = self.host.unwrap_or(&own);
        let mut head = format!(
            "{} {} HTTP/1.1\r\nhost: {host}\r\n",
            self.method, self.url.path
        );
        if !self.headers.iter().any(|(name, _)| *name == "user-agent") {
            head.push_str("user-agent: patchward\r\n");
        }
        if !self.headers.iter().any(|(name, _)| *name == "accept") {
            head.push_str("accept: */*\r\n");
        }
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !self.body.is_empty() {
            head.push_str(&format!("content-length: {}\r\n", self.body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(self.body);
        bytes
    }
}
