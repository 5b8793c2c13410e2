//! Values in a checks file that are more than text: each is checked where it stands, so that the error names the place.

use std::time::Duration;

use serde::Deserialize;

/// A time such as `250ms`, `5s` or `2m`; at most ten minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Span(pub Duration);

impl TryFrom<String> for Span {
    type Error = String;

    fn try_from(text: String) -> Result<Span, String> {
        let wrong = || {
            format!("expected a time such as `250ms`, `5s` or `2m`, up to `10m`, found `{text}`")
        };
        let end = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, unit) = text.split_at(end);
        let number: u64 = number.parse().map_err(|_| wrong())?;
        let each = match unit {
            "ms" => 1,
            "s" => 1000,
            "m" => 60_000,
            _ => return Err(wrong()),
        };
        match number.checked_mul(each) {
            Some(millis @ 1..=600_000) => Ok(Span(Duration::from_millis(millis))),
            _ => Err(wrong()),
        }
    }
}

/// An address: `http://` or `https://`, host, port, path and query.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Url {
    /// `https`.
    pub tls: bool,
    /// Name or address, without the brackets of an IPv6 address.
    pub host: String,
    /// The port, 80 or 443 unless given.
    pub port: u16,
    /// Path and query, from `/` on.
    pub path: String,
}

impl TryFrom<String> for Url {
    type Error = String;

    fn try_from(text: String) -> Result<Url, String> {
        Url::parse(&text).ok_or_else(|| {
            format!("expected an address such as `http://127.0.0.1:8080/path`, found `{text}`")
        })
    }
}

impl Url {
    /// Reads an address; `None` when it is none, or has a user name, spaces or control characters.
    #[must_use]
    pub fn parse(text: &str) -> Option<Url> {
        let plain = text.bytes().all(|byte| byte.is_ascii_graphic());
        if !plain || text.len() > 4096 {
            return None;
        }
        let (tls, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let rest = rest.split('#').next()?;
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let (host, port) = split_port(authority)?;
        let path = match path.starts_with('/') {
            true => path.to_owned(),
            false => format!("/{path}"),
        };
        Some(Url {
            tls,
            host: host.to_owned(),
            port: port.unwrap_or(if tls { 443 } else { 80 }),
            path,
        })
    }

    /// Where a redirection leads: an address, or a path on the same server.
    #[must_use]
    pub fn join(&self, location: &str) -> Option<Url> {
        if location.contains("://") {
            return Url::parse(location);
        }
        let plain = location.bytes().all(|byte| byte.is_ascii_graphic());
        if location.starts_with("//") || !plain || location.len() > 4096 {
            return None;
        }
        let base = self.path.split('?').next().unwrap_or("/");
        let folder = base.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = match location.starts_with('/') {
            true => location.to_owned(),
            false => format!("{folder}/{location}"),
        };
        Some(Url {
            path,
            ..self.clone()
        })
    }

    /// `host:port` as the `Host` header has it.
    #[must_use]
    pub fn authority(&self) -> String {
        let usual = self.port == if self.tls { 443 } else { 80 };
        let host = match self.host.contains(':') {
            true => format!("[{}]", self.host),
            false => self.host.clone(),
        };
        if usual {
            host
        } else {
            format!("{host}:{}", self.port)
        }
    }
}

fn split_port(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (
                host,
                port.strip_prefix(':').or(port.is_empty().then_some(""))?,
            )
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    if host.is_empty() || host.contains(['@', '\\']) {
        return None;
    }
    match port {
        "" => Some((host, None)),
        port => Some((host, Some(port.parse().ok().filter(|port| *port > 0)?))),
    }
}

/// `host:port`, the port required.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Address {
    /// Name or address.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl TryFrom<String> for Address {
    type Error = String;

    fn try_from(text: String) -> Result<Address, String> {
        match split_port(&text) {
            Some((host, Some(port))) if !text.contains(['/', ' ']) => Ok(Address {
                host: host.to_owned(),
                port,
            }),
            _ => Err(format!("expected `host:port`, found `{text}`")),
        }
    }
}

/// The hash of a file: 64 hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Sha256Hex(pub String);

impl TryFrom<String> for Sha256Hex {
    type Error = String;

    fn try_from(text: String) -> Result<Sha256Hex, String> {
        match text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            true => Ok(Sha256Hex(text.to_ascii_lowercase())),
            false => Err(format!("expected 64 hexadecimal digits, found `{text}`")),
        }
    }
}

/// Permissions of a file, in octal digits: `0644`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Mode(pub u32);

impl TryFrom<String> for Mode {
    type Error = String;

    fn try_from(text: String) -> Result<Mode, String> {
        match u32::from_str_radix(&text, 8) {
            Ok(mode) if mode <= 0o7777 && !text.starts_with('+') => Ok(Mode(mode)),
            _ => Err(format!(
                "expected octal permissions such as `0644`, found `{text}`"
            )),
        }
    }
}

/// A command: the program, then its arguments. No shell.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Argv(pub Vec<String>);

impl TryFrom<Vec<String>> for Argv {
    type Error = String;

    fn try_from(words: Vec<String>) -> Result<Argv, String> {
        let length: usize = words.iter().map(String::len).sum();
        let whole = words.iter().all(|word| !word.contains('\0'));
        match words.first() {
            Some(program) if !program.is_empty() && whole && length < 32 << 10 => Ok(Argv(words)),
            _ => Err("expected a program and its arguments, below 32 KiB".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_split_and_what_is_none_is_refused() {
        let url = |text: &str| Url::parse(text).map(|u| (u.tls, u.host, u.port, u.path));
        let is =
            |tls, host: &str, port, path: &str| Some((tls, host.to_owned(), port, path.to_owned()));
        assert_eq!(url("http://a"), is(false, "a", 80, "/"));
        assert_eq!(
            url("https://a.example:8443/x?y=1#z"),
            is(true, "a.example", 8443, "/x?y=1")
        );
        assert_eq!(url("http://[::1]:81?q"), is(false, "::1", 81, "/?q"));
        for wrong in [
            "",
            "a",
            "ftp://a",
            "http://",
            "http://a:0",
            "http://a b",
            "http://u@a/",
            "http://[x]/",
            "http://a:99999",
        ] {
            assert_eq!(url(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn redirections_are_followed_from_where_they_stand() {
        let base = Url::parse("http://a:81/x/y?z").unwrap();
        let to = |location: &str| {
            base.join(location)
                .map(|url| format!("{}{}", url.authority(), url.path))
        };
        assert_eq!(to("/b"), Some("a:81/b".into()));
        assert_eq!(to("b?c"), Some("a:81/x/b?c".into()));
        assert_eq!(to("https://b/c"), Some("b/c".into()));
        assert_eq!(to("//b/c"), None);
        assert_eq!(to("/a\r\nx: y"), None);
    }

    #[test]
    fn times_modes_and_hashes_are_checked() {
        let span = |text: &str| {
            Span::try_from(text.to_owned())
                .ok()
                .map(|span| span.0.as_millis())
        };
        assert_eq!(
            (span("250ms"), span("5s"), span("2m")),
            (Some(250), Some(5000), Some(120_000))
        );
        for wrong in [
            "",
            "5",
            "s",
            "0s",
            "11m",
            "-1s",
            "99999999999999999999s",
            "1h",
        ] {
            assert_eq!(span(wrong), None, "{wrong}");
        }
        assert_eq!(Mode::try_from("0640".to_owned()), Ok(Mode(0o640)));
        assert!(Mode::try_from("10000".to_owned()).is_err());
        assert!(Sha256Hex::try_from("ab".to_owned()).is_err());
        assert!(Argv::try_from(Vec::new()).is_err());
        let address = Address::try_from("[::1]:53".to_owned()).unwrap();
        assert_eq!((address.host.as_str(), address.port), ("::1", 53));
        assert!(Address::try_from("a".to_owned()).is_err());
    }
}
