//! Asks a web server, and compares its answer.

use std::io;
use std::time::Instant;

use serde_json::Value;

use super::{Tried, no_answer, shorten};
use crate::deadline::Deadline;
use crate::file::{HttpCheck, Method};
use crate::http::{Connection, Request, Response};
use crate::tls::Trust;
use crate::value::Url;

pub fn expected(check: &HttpCheck) -> String {
    let mut words = vec![match check.status.as_slice() {
        [] => "a status from 200 to 399".to_owned(),
        list => {
            let list: Vec<_> = list.iter().map(u16::to_string).collect();
            format!("status {}", list.join(" or "))
        }
    }];
    words.extend(
        check
            .expect_headers
            .iter()
            .map(|(name, text)| format!("{}: {text:?}", name.0)),
    );
    words.extend(
        check
            .contains
            .iter()
            .map(|text| format!("{text:?} in the body")),
    );
    words.extend(
        check
            .lacks
            .iter()
            .map(|text| format!("no {text:?} in the body")),
    );
    words.extend(
        check
            .json
            .iter()
            .map(|(path, value)| format!("{} = {value}", path.text())),
    );
    words.extend(check.within.map(|span| format!("within {:?}", span.0)));
    words.extend(
        check
            .days_left
            .map(|days| format!("a certificate for {days} more days")),
    );
    words.join(", ")
}

pub fn attempt(check: &HttpCheck, deadline: Deadline) -> Tried {
    let begun = Instant::now();
    let response = match follow(check, deadline) {
        Ok(response) => response,
        Err(error) => return Tried::Wrong(no_answer(&error)),
    };
    let took = begun.elapsed();
    if let Some(fault) = fault(check, &response) {
        return Tried::Wrong(fault);
    }
    if let Some(within) = check.within.filter(|within| took > within.0) {
        return Tried::Wrong(format!("the answer took longer than {:?}", within.0));
    }
    Tried::Right(format!(
        "status {}, {} bytes",
        response.status,
        response.body.len()
    ))
}

/// Asks, and follows redirections as far as the check allows.
fn follow(check: &HttpCheck, deadline: Deadline) -> io::Result<Response> {
    let mut url = check.url.clone();
    let mut host = check.host.as_deref();
    for left in (0..=check.redirects).rev() {
        let response = ask(check, &url, host, deadline)?;
        let moved = matches!(response.status, 301 | 302 | 303 | 307 | 308);
        let Some(location) = response.header("location").filter(|_| moved && left > 0) else {
            return Ok(response);
        };
        let next = url.join(location).ok_or_else(|| {
            let location = shorten(location);
            io::Error::other(format!("the redirection to {location} cannot be followed"))
        })?;
        // A given host name is for the first server only.
        if (&next.host, next.port) != (&url.host, url.port) {
            host = None;
        }
        url = next;
    }
    Err(io::Error::other("too many redirections"))
}

fn ask(
    check: &HttpCheck,
    url: &Url,
    host: Option<&str>,
    deadline: Deadline,
) -> io::Result<Response> {
    let trust = Trust {
        issuer: check.trusted.unwrap_or(true),
        seconds_left: u64::from(check.days_left.unwrap_or(0)) * 86_400,
    };
    let first = *url == check.url;
    let method = if first {
        check.method.unwrap_or_default()
    } else {
        Method::Get
    };
    let mut headers = vec![("connection", "close")];
    // Headers may carry a password: they go to the server that was named, and nowhere else.
    if (&url.host, url.port, url.tls) == (&check.url.host, check.url.port, check.url.tls) {
        headers.extend(
            check
                .headers
                .iter()
                .map(|(name, value)| (name.0.as_str(), value.0.as_str())),
        );
    }
    let body = check.body.as_deref().filter(|_| first).unwrap_or_default();
    let request = Request {
        method: word(method),
        url,
        host,
        headers,
        body: body.as_bytes(),
    };
    Connection::open(url, host, trust, deadline)?.ask(&request, deadline)
}

pub(crate) fn word(method: Method) -> &'static str {
    match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Options => "OPTIONS",
    }
}

/// The first thing that is not as expected.
fn fault(check: &HttpCheck, response: &Response) -> Option<String> {
    let status = response.status;
    let right = match check.status.as_slice() {
        [] => (200..400).contains(&status),
        list => list.contains(&status),
    };
    if !right {
        return Some(format!("status {status}"));
    }
    for (name, text) in &check.expect_headers {
        match response.header(&name.0) {
            None => return Some(format!("no header {}", name.0)),
            Some(value) if !value.contains(text) => {
                return Some(format!("{}: {}", name.0, shorten(value)));
            }
            Some(_) => {}
        }
    }
    let body = String::from_utf8_lossy(&response.body);
    if let Some(missing) = check.contains.iter().find(|text| !body.contains(*text)) {
        return Some(format!("no {missing:?} in the body"));
    }
    if let Some(there) = check.lacks.iter().find(|text| body.contains(*text)) {
        return Some(format!("{there:?} in the body"));
    }
    json_fault(check, &response.body)
}

fn json_fault(check: &HttpCheck, body: &[u8]) -> Option<String> {
    if check.json.is_empty() {
        return None;
    }
    let Ok(document) = serde_json::from_slice::<Value>(body) else {
        return Some("the body is no JSON".to_owned());
    };
    for (path, wanted) in &check.json {
        let found = path.find(&document);
        if found.iter().any(|value| same(value, wanted)) {
            continue;
        }
        let found = match found.first() {
            Some(value) => shorten(&value.to_string()),
            None => "nothing".to_owned(),
        };
        return Some(format!("{} = {found}", path.text()));
    }
    None
}

/// Whether a JSON value is the TOML value.
fn same(found: &Value, wanted: &toml::Value) -> bool {
    match (found, wanted) {
        (Value::String(a), toml::Value::String(b)) => a == b,
        (Value::Bool(a), toml::Value::Boolean(b)) => a == b,
        (Value::Number(a), toml::Value::Integer(b)) => a.as_i64() == Some(*b),
        (Value::Number(a), toml::Value::Float(b)) => a.as_f64() == Some(*b),
        _ => false,
    }
}
