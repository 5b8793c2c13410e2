//! The readers of the formats that publishers use: one file per format.
//!
//! Every reader has the same shape, `visit(bytes, feed, sink)`: it hands each record to the [`Sink`] as soon as it is
//! read, so that a feed of a gigabyte never lies in memory as records, and tells the sink what it could not read. Only
//! a document that is not of the format at all is a [`ReadError`]. A new format is a new file and a line in [`Format`].

pub mod alpine_secdb;
pub mod csaf;
pub mod cve5;
pub mod cve_id;
pub mod debian;
pub mod debian_list;
pub mod debian_tracker;
pub mod eol;
pub mod epss;
#[cfg(test)]
mod every_reader;
pub mod go_vulndb;
mod json;
pub mod kev;
pub mod nvd;
pub mod osv;
pub mod packagist;
pub mod retirejs;
pub mod rss;
pub mod statement;
mod time;
pub mod vers;
pub mod vulnrichment;
pub mod wordpress;

use crate::model::{Advisory, Lifecycle, Records, Signal};

/// Largest document of one record (the largest CSAF document seen is about 60 MB).
pub const MAX_RECORD: usize = 128 << 20;

/// Largest document of many records (a year of NVD is about 200 MB, Debian's tracker 70 MB).
pub const MAX_COLLECTION: usize = 2 << 30;

/// Most statements (affected entries, ranges, events, names) that one record may grow to. Formats that multiply
/// (products × platforms, versions × CPE names) stop here and say so; the largest real record seen has some 60,000.
pub const MAX_STATEMENTS: usize = 500_000;

/// Takes records one at a time.
pub trait Sink {
    /// An advisory was read.
    fn advisory(&mut self, advisory: Advisory);
    /// A signal was read.
    fn signal(&mut self, signal: Signal);
    /// A life cycle was read.
    fn lifecycle(&mut self, lifecycle: Lifecycle);
    /// A part could not be read (with its id where it has one); the rest stands.
    fn problem(&mut self, problem: String);
}

impl Sink for Records {
    fn advisory(&mut self, advisory: Advisory) {
        self.advisories.push(advisory);
    }

    fn signal(&mut self, signal: Signal) {
        self.signals.push(signal);
    }

    fn lifecycle(&mut self, lifecycle: Lifecycle) {
        self.lifecycles.push(lifecycle);
    }

    fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }
}

/// A document is not of the format that it was taken for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The document is larger than the format's limit.
    #[error("read a document of {size} bytes (the limit is {limit})")]
    TooLarge {
        /// Size of the document in bytes.
        size: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// The document is not UTF-8 text.
    #[error("read the document as UTF-8 (byte {at} is not)")]
    NotUtf8 {
        /// Where the first wrong byte is.
        at: usize,
    },
    /// The document is not JSON of the expected shape.
    #[error("read the document as JSON of {expected}")]
    Json {
        /// The format, in words.
        expected: &'static str,
        /// What was wrong, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The document is not well-formed XML.
    #[error("read the document as XML (near byte {at})")]
    Xml {
        /// Where, in bytes.
        at: u64,
        /// What was wrong.
        #[source]
        source: quick_xml::Error,
    },
    /// The document is text, but not of the expected shape.
    #[error("read the document as {expected}: {found}")]
    Shape {
        /// The format, in words.
        expected: &'static str,
        /// What was there instead.
        found: String,
    },
}

/// The formats, by the name that feed configuration uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// One OSV record (also vuln.go.dev's `ID/*.json`).
    Osv,
    /// One CVE record, JSON 5.x, with its ADP containers.
    Cve5,
    /// A page of NVD's API 2.0 or one of its yearly feeds.
    Nvd,
    /// CISA's catalogue of known exploited vulnerabilities.
    Kev,
    /// A day of EPSS scores.
    Epss,
    /// Debian's security tracker.
    DebianTracker,
    /// Debian's `DSA/list` or `DLA/list`.
    DebianList,
    /// A file of Alpine's secdb.
    AlpineSecdb,
    /// One CSAF 2.0 document.
    Csaf,
    /// Packagist's advisories API.
    Packagist,
    /// A repository file of retire.js.
    RetireJs,
    /// Wordfence Intelligence v2.
    WordPress,
    /// endoflife.date, API v1.
    Eol,
    /// RSS 2.0 or Atom.
    Rss,
}

impl Format {
    /// Reads a document, handing each record to `sink`.
    ///
    /// # Errors
    /// When the document as a whole is not of the format; what had been read before is then with the sink already.
    pub fn visit(self, bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
        match self {
            Format::Osv => osv::visit(bytes, feed, sink),
            Format::Cve5 => cve5::visit(bytes, feed, sink),
            Format::Nvd => nvd::visit(bytes, feed, sink),
            Format::Kev => kev::visit(bytes, feed, sink),
            Format::Epss => epss::visit(bytes, feed, sink),
            Format::DebianTracker => debian_tracker::visit(bytes, feed, sink),
            Format::DebianList => debian_list::visit(bytes, feed, sink),
            Format::AlpineSecdb => alpine_secdb::visit(bytes, feed, sink),
            Format::Csaf => csaf::visit(bytes, feed, sink),
            Format::Packagist => packagist::visit(bytes, feed, sink),
            Format::RetireJs => retirejs::visit(bytes, feed, sink),
            Format::WordPress => wordpress::visit(bytes, feed, sink),
            Format::Eol => eol::visit(bytes, feed, sink),
            Format::Rss => rss::visit(bytes, feed, sink),
        }
    }

    /// Reads a document into memory.
    ///
    /// # Errors
    /// When the document as a whole is not of the format.
    pub fn read(self, bytes: &[u8], feed: &str) -> Result<Records, ReadError> {
        let mut records = Records::default();
        self.visit(bytes, feed, &mut records)?;
        Ok(records)
    }
}

/// The document as text, within `limit` bytes and without a byte order mark.
fn text(bytes: &[u8], limit: usize) -> Result<&str, ReadError> {
    if bytes.len() > limit {
        return Err(ReadError::TooLarge {
            size: bytes.len(),
            limit,
        });
    }
    let text = std::str::from_utf8(bytes).map_err(|error| ReadError::NotUtf8 {
        at: error.valid_up_to(),
    })?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// Cuts a text to about 100 characters, for messages.
fn cut(text: &str) -> &str {
    match text.char_indices().nth(100) {
        Some((at, _)) => &text[..at],
        None => text,
    }
}
