//! A small server of our own that can behave badly in every way that a test asks for.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What a client asked.
#[derive(Debug, Clone)]
pub struct Request {
    /// Path with query.
    pub target: String,
    /// Headers by lower-case name.
    pub headers: BTreeMap<String, String>,
}

impl Request {
    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    /// The path, decoded and without its query.
    pub fn path(&self) -> String {
        let path = self.target.split('?').next().unwrap_or_default();
        path.replace("%20", " ")
    }
}

/// What the server does.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// Close the connection after so many bytes of the body.
    pub cut: Option<usize>,
    /// Wait before the answer, and before closing a connection that is cut.
    pub wait: Duration,
}

impl Answer {
    pub fn ok(body: impl Into<Vec<u8>>) -> Answer {
        Answer {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
            cut: None,
            wait: Duration::ZERO,
        }
    }

    pub fn status(status: u16) -> Answer {
        Answer {
            status,
            ..Answer::ok("")
        }
    }

    pub fn with(mut self, name: &'static str, value: &str) -> Answer {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub fn cut(mut self, at: usize) -> Answer {
        self.cut = Some(at);
        self
    }

    pub fn after(mut self, wait: Duration) -> Answer {
        self.wait = wait;
        self
    }

    /// A document with an entity tag, conditional and in ranges.
    pub fn document(request: &Request, etag: &str, body: &[u8]) -> Answer {
        if request.header("if-none-match") == etag {
            return Answer::status(304).with("ETag", etag);
        }
        let range = request.header("range").strip_prefix("bytes=");
        let from = range.and_then(|range| range.trim_end_matches('-').parse::<usize>().ok());
        match from {
            Some(from) if request.header("if-range") == etag && from < body.len() => {
                let range = format!("bytes {from}-{}/{}", body.len() - 1, body.len());
                Answer {
                    status: 206,
                    ..Answer::ok(&body[from..])
                }
                .with("ETag", etag)
                .with("Content-Range", &range)
            }
            _ => Answer::ok(body).with("ETag", etag),
        }
    }
}

/// A running server; it ends with the test.
pub struct Server {
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// A server that answers by `answer`, which is told how many requests came before.
    pub fn new(answer: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (log, answer) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (log, answer) = (Arc::clone(&log), Arc::clone(&answer));
                std::thread::spawn(move || serve(stream, &log, &*answer));
            }
        });
        Server { base, requests }
    }

    /// A server of a folder, with entity tags made of the content.
    pub fn of_folder(root: &Path) -> Server {
        let root: PathBuf = root.to_owned();
        Server::new(move |request, _| from_folder(&root, request))
    }

    /// The requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Forgets the requests so far.
    pub fn forget(&self) {
        self.requests.lock().unwrap().clear();
    }
}

/// A document of a folder.
pub fn from_folder(root: &Path, request: &Request) -> Answer {
    match std::fs::read(root.join(request.path().trim_start_matches('/'))) {
        Ok(body) => {
            let sum = body
                .iter()
                .fold(0_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(*byte));
            Answer::document(request, &format!("\"{sum:x}\""), &body)
        }
        Err(_) => Answer::status(404),
    }
}

fn serve(
    stream: TcpStream,
    log: &Mutex<Vec<Request>>,
    answer: &(dyn Fn(&Request, usize) -> Answer + Send + Sync),
) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    let target = line.split(' ').nth(1)?.to_owned();
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let request = Request { target, headers };
    let before = {
        let mut log = log.lock().ok()?;
        log.push(request.clone());
        log.len() - 1
    };
    let answer = answer(&request, before);
    write(stream, &answer)
}

fn write(mut stream: TcpStream, answer: &Answer) -> Option<()> {
    if answer.cut.is_none() {
        std::thread::sleep(answer.wait);
    }
    let mut head = format!("HTTP/1.1 {} x\r\nConnection: close\r\n", answer.status);
    let given = |wanted: &str| answer.headers.iter().any(|(name, _)| *name == wanted);
    if answer.status != 304 && !given("Content-Length") {
        head += &format!("Content-Length: {}\r\n", answer.body.len());
    }
    for (name, value) in &answer.headers {
        head += &format!("{name}: {value}\r\n");
    }
    stream.write_all(format!("{head}\r\n").as_bytes()).ok()?;
    let end = answer.cut.unwrap_or(answer.body.len());
    stream.write_all(answer.body.get(..end)?).ok()?;
    stream.flush().ok()?;
    if answer.cut.is_some() {
        std::thread::sleep(answer.wait);
    }
    Some(())
}
