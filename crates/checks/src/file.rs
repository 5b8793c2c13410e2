//! The checks file: TOML, strict, each error with line, column and what was expected.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;

use serde::Deserialize;
use toml::Spanned;

use crate::dns::RecordType;
use crate::json_path::JsonPath;
use crate::value::{Address, Argv, Mode, Sha256Hex, Span, Url};

/// A checks file is never longer, in bytes.
const BYTES: usize = 256 << 10;
/// Checks and loads of one file.
const CHECKS: usize = 500;

/// Why a checks file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {message}")]
pub struct FileError {
    /// The file, as the caller names it.
    pub file: String,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong, and what was expected.
    pub message: String,
}

/// A checks file that is in order.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct ChecksFile {
    /// How long a check may take, unless it says otherwise; five seconds.
    pub timeout: Option<Span>,
    /// How often a check that failed is tried again; twice.
    pub retries: Option<u8>,
    /// The pause before trying again; one second.
    pub pause: Option<Span>,
    /// Web servers.
    pub http: Vec<HttpCheck>,
    /// Anything that listens.
    pub tcp: Vec<TcpCheck>,
    /// Name servers.
    pub dns: Vec<DnsCheck>,
    /// Programs.
    pub command: Vec<CommandCheck>,
    /// Services and processes.
    pub service: Vec<ServiceCheck>,
    /// Databases.
    pub sql: Vec<SqlCheck>,
    /// Files.
    pub file: Vec<FileCheck>,
    /// Loads for comparing performance.
    pub load: Vec<LoadCheck>,
}

/// What every check has.
macro_rules! checks {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Deserialize)]
        #[serde(deny_unknown_fields, rename_all = "kebab-case")]
        pub struct $name {
            /// Its name, once in the file.
            pub name: Spanned<String>,
            /// How long it may take.
            #[serde(default)]
            pub timeout: Option<Span>,
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )*};
}

checks! {
    /// Asks a web server.
    HttpCheck {
        /// The address.
        url: Url,
        /// The name in the `Host` header and in TLS, when it is not the address's.
        #[serde(default)] host: Option<String>,
        /// `GET` unless given.
        #[serde(default)] method: Option<Method>,
        /// Headers to send.
        #[serde(default)] headers: BTreeMap<HeaderName, HeaderValue>,
        /// A body to send.
        #[serde(default)] body: Option<String>,
        /// Statuses that are right; any of 200 to 399 when none is given.
        #[serde(default)] status: Vec<u16>,
        /// How many redirections to follow; none unless given, at most ten.
        #[serde(default)] redirects: u8,
        /// Headers that the answer must have, each containing the text.
        #[serde(default)] expect_headers: BTreeMap<HeaderName, String>,
        /// Texts that the body must have.
        #[serde(default)] contains: Vec<String>,
        /// Texts that the body must not have.
        #[serde(default)] lacks: Vec<String>,
        /// Values that must stand in a JSON body, by path.
        #[serde(default)] json: BTreeMap<JsonPath, toml::Value>,
        /// How long the answer may take.
        #[serde(default)] within: Option<Span>,
        /// Whether the certificate must lead to a root that the machine trusts; yes unless given.
        #[serde(default)] trusted: Option<bool>,
        /// Days that the certificate must still hold.
        #[serde(default)] days_left: Option<u16>,
    }
    /// Connects.
    TcpCheck {
        /// Where to.
        address: Address,
        /// What to send.
        #[serde(default)] send: Option<String>,
        /// What the answer must contain.
        #[serde(default)] contains: Option<String>,
    }
    /// Asks a name server.
    DnsCheck {
        /// The server.
        server: Address,
        /// The name to ask for.
        query: String,
        /// The type of records; `A` unless given.
        #[serde(default, rename = "type")] record: RecordType,
        /// Values that must be among the answers; any answer will do when none is given.
        #[serde(default)] expect: Vec<String>,
    }
    /// Runs a program.
    CommandCheck {
        /// Program and arguments; no shell.
        run: Argv,
        /// The exit status that is right; 0 unless given.
        #[serde(default)] exit: u8,
        /// What the output must contain.
        #[serde(default)] contains: Option<String>,
        /// What the output must not contain.
        #[serde(default)] lacks: Option<String>,
    }
    /// Looks for a service or a process.
    ServiceCheck {
        /// The unit that must be active.
        #[serde(default)] unit: Option<String>,
        /// The name of a process that must run.
        #[serde(default)] process: Option<String>,
        /// How many of these processes; one unless given.
        #[serde(default)] at_least: Option<u16>,
    }
    /// Asks a database whether it takes connections. It does not log in.
    SqlCheck {
        /// Where it listens.
        address: Address,
        /// Which one it is.
        database: Database,
    }
    /// Looks at a file.
    FileCheck {
        /// The file.
        path: PathBuf,
        /// Whether it must be there; yes unless given.
        #[serde(default)] exists: Option<bool>,
        /// Its SHA-256.
        #[serde(default)] sha256: Option<Sha256Hex>,
        /// A text in it.
        #[serde(default)] contains: Option<String>,
        /// Its permissions.
        #[serde(default)] mode: Option<Mode>,
    }
    /// A load on a web server, for comparing performance.
    LoadCheck {
        /// The address.
        url: Url,
        /// The name in the `Host` header and in TLS, when it is not the address's.
        #[serde(default)] host: Option<String>,
        /// Connections at once; 4 unless given, at most 64.
        #[serde(default)] connections: Option<u16>,
        /// How long each round takes; two seconds unless given, at most a minute.
        #[serde(default)] duration: Option<Span>,
        /// Requests of each round at most; 100,000 unless given, at most a million.
        #[serde(default)] requests: Option<u32>,
        /// Rounds; 5 unless given, from 5 to 50.
        #[serde(default)] rounds: Option<u8>,
        /// The effect from which on it counts; 0.1 (ten per cent) unless given.
        #[serde(default)] threshold: Option<f64>,
    }
}

/// Methods of HTTP that a check may use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// GET.
    #[default]
    Get,
    /// HEAD.
    Head,
    /// POST.
    Post,
    /// PUT.
    Put,
    /// DELETE.
    Delete,
    /// OPTIONS.
    Options,
}

/// Databases that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Database {
    /// PostgreSQL and what speaks its protocol.
    PostgreSql,
    /// MySQL and MariaDB.
    MySql,
}

/// The name of a header, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct HeaderName(pub String);

impl TryFrom<String> for HeaderName {
    type Error = String;

    fn try_from(text: String) -> Result<HeaderName, String> {
        let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
        let own = ["host", "content-length", "transfer-encoding", "connection"];
        let name = text.to_ascii_lowercase();
        match !name.is_empty()
            && name.len() <= 128
            && name.bytes().all(token)
            && !own.contains(&&*name)
        {
            true => Ok(HeaderName(name)),
            false => Err(format!(
                "expected the name of a header that a check may set, found `{text}`"
            )),
        }
    }
}

/// The value of a header: one line.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct HeaderValue(pub String);

impl TryFrom<String> for HeaderValue {
    type Error = String;

    fn try_from(text: String) -> Result<HeaderValue, String> {
        match text.len() <= 8192 && !text.contains(|c: char| c.is_control()) {
            true => Ok(HeaderValue(text)),
            false => Err("expected one line of at most 8 KiB".to_owned()),
        }
    }
}

impl ChecksFile {
    /// Reads a checks file; `file` is its name for errors.
    ///
    /// # Errors
    /// At the first thing that is wrong: place, and what was expected.
    pub fn parse(file: &str, bytes: &[u8]) -> Result<ChecksFile, FileError> {
        let fail = |text: &str, at: usize, message: String| {
            let before = text.get(..at).unwrap_or(text);
            let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
            FileError {
                file: file.to_owned(),
                line: before.matches('\n').count() + 1,
                column: before
                    .get(line_start..)
                    .map_or(0, |line| line.chars().count())
                    + 1,
                message,
            }
        };
        if bytes.len() > BYTES {
            let message = format!(
                "the file is {} bytes long; expected at most {BYTES}",
                bytes.len()
            );
            return Err(fail("", 0, message));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let good =
                String::from_utf8_lossy(bytes.get(..error.valid_up_to()).unwrap_or_default());
            fail(&good, good.len(), "expected UTF-8 text".to_owned())
        })?;
        let parsed: ChecksFile = toml::from_str(text).map_err(|error| {
            let at = error.span().map_or(0, |span| span.start);
            fail(text, at, error.message().trim().replace('\n', ", "))
        })?;
        match parsed.fault() {
            Some((at, message)) => Err(fail(text, at, message)),
            None => Ok(parsed),
        }
    }

    /// Names of all checks and loads, with their kinds.
    fn names(&self) -> Vec<&Spanned<String>> {
        let mut names: Vec<_> = self.http.iter().map(|check| &check.name).collect();
        names.extend(self.tcp.iter().map(|check| &check.name));
        names.extend(self.dns.iter().map(|check| &check.name));
        names.extend(self.command.iter().map(|check| &check.name));
        names.extend(self.service.iter().map(|check| &check.name));
        names.extend(self.sql.iter().map(|check| &check.name));
        names.extend(self.file.iter().map(|check| &check.name));
        names.extend(self.load.iter().map(|check| &check.name));
        names
    }

    /// What no value alone can show: offset and message.
    fn fault(&self) -> Option<(usize, String)> {
        let names = self.names();
        let mut seen = HashSet::new();
        for (number, name) in names.iter().enumerate() {
            let text = name.get_ref();
            let at = name.span().start;
            if number >= CHECKS {
                return Some((at, format!("expected at most {CHECKS} checks")));
            }
            if text.is_empty() || text.len() > 200 || text.contains(|c: char| c.is_control()) {
                return Some((
                    at,
                    "expected a name of 1 to 200 characters on one line".to_owned(),
                ));
            }
            if !seen.insert(text) {
                return Some((at, format!("expected a name of its own: `{text}` is taken")));
            }
        }
        let services = self
            .service
            .iter()
            .filter(|check| check.unit.is_some() == check.process.is_some());
        let service = services.map(|check| {
            (
                check.name.span().start,
                "expected either `unit` or `process`".to_owned(),
            )
        });
        let files = self.file.iter().filter(|check| check.path.is_relative());
        let file = files.map(|check| {
            (
                check.name.span().start,
                "expected an absolute `path`".to_owned(),
            )
        });
        let names = self
            .dns
            .iter()
            .filter(|check| !crate::dns::is_name(&check.query));
        let dns = names.map(|check| {
            (
                check.name.span().start,
                format!("expected a domain name as `query`, found `{}`", check.query),
            )
        });
        let http = self.http.iter().filter_map(HttpCheck::fault);
        service
            .chain(file)
            .chain(dns)
            .chain(http)
            .chain(self.load.iter().filter_map(LoadCheck::fault))
            .next()
    }
}

/// A name in a `Host` header.
fn is_host(host: &str) -> bool {
    host.len() <= 255
        && !host.is_empty()
        && host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b))
}

impl HttpCheck {
    fn fault(&self) -> Option<(usize, String)> {
        let message = if self.redirects > 10 {
            "expected at most 10 `redirects`"
        } else if self
            .status
            .iter()
            .any(|status| !(100..600).contains(status))
        {
            "expected a `status` from 100 to 599"
        } else if self.host.as_deref().is_some_and(|host| !is_host(host)) {
            "expected a host name as `host`"
        } else {
            return None;
        };
        Some((self.name.span().start, message.to_owned()))
    }
}

impl LoadCheck {
    fn fault(&self) -> Option<(usize, String)> {
        let minute = std::time::Duration::from_secs(60);
        let message = if self.connections.is_some_and(|n| !(1..=64).contains(&n)) {
            "expected 1 to 64 `connections`"
        } else if self.duration.is_some_and(|span| span.0 > minute) {
            "expected a `duration` of at most `1m`"
        } else if self.requests.is_some_and(|n| !(1..=1_000_000).contains(&n)) {
            "expected 1 to 1,000,000 `requests`"
        } else if self.rounds.is_some_and(|n| !(5..=50).contains(&n)) {
            "expected 5 to 50 `rounds`"
        } else if self.threshold.is_some_and(|t| !(0.001..=10.0).contains(&t)) {
            "expected a `threshold` from 0.001 to 10"
        } else if self.host.as_deref().is_some_and(|host| !is_host(host)) {
            "expected a host name as `host`"
        } else {
            return None;
        };
        Some((self.name.span().start, message.to_owned()))
    }
}
