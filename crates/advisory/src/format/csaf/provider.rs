//! What a CSAF provider publishes beside its documents: `provider-metadata.json`, ROLIE feeds, `index.txt`,
//! `changes.csv`.
//!
//! Paths of documents come from outside and become part of addresses and file names: those that climb (`..`), are
//! absolute or hold odd characters are left out and told.

use jiff::Timestamp;
use serde::Deserialize;

use crate::format::json::{self, Text};
use crate::format::{MAX_RECORD, ReadError, cut, text, time};

/// Where a provider's documents are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Where this metadata belongs.
    pub canonical_url: String,
    /// `csaf_publisher`, `csaf_provider`, `csaf_trusted_provider`.
    pub role: String,
    /// Name of the publisher.
    pub publisher: String,
    /// When the metadata last changed.
    pub updated: Option<Timestamp>,
    /// ROLIE feeds: address and TLP label.
    pub feeds: Vec<(String, String)>,
    /// Folders with `index.txt` and `changes.csv`.
    pub directories: Vec<String>,
    /// OpenPGP keys: fingerprint (upper case, may be empty) and address.
    pub keys: Vec<(String, String)>,
}

/// A document that a feed or list names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Address (ROLIE) or path below the directory.
    pub location: String,
    /// When it last changed.
    pub updated: Option<Timestamp>,
    /// Address of its hash file, where the feed tells one.
    pub hash: Option<String>,
    /// Address of its signature, where the feed tells one.
    pub signature: Option<String>,
}

/// The documents of a list, and the lines that were left out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Documents, in the order of the list.
    pub documents: Vec<Listed>,
    /// Lines that were left out, with the reason.
    pub problems: Vec<String>,
}

#[derive(Deserialize)]
struct MetadataIn<'a> {
    #[serde(borrow)]
    canonical_url: Text<'a>,
    #[serde(borrow, default)]
    role: Text<'a>,
    #[serde(borrow, default)]
    last_updated: Option<Text<'a>>,
    #[serde(borrow, default)]
    publisher: Option<PublisherIn<'a>>,
    #[serde(borrow, default)]
    distributions: Option<Vec<Distribution<'a>>>,
    #[serde(borrow, default)]
    public_openpgp_keys: Option<Vec<KeyIn<'a>>>,
}

#[derive(Deserialize)]
struct PublisherIn<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
}

#[derive(Deserialize)]
struct Distribution<'a> {
    #[serde(borrow, default)]
    directory_url: Option<Text<'a>>,
    #[serde(borrow, default)]
    rolie: Option<Rolie<'a>>,
}

#[derive(Deserialize)]
struct Rolie<'a> {
    #[serde(borrow, default)]
    feeds: Option<Vec<FeedIn<'a>>>,
}

#[derive(Deserialize)]
struct FeedIn<'a> {
    #[serde(borrow)]
    url: Text<'a>,
    #[serde(borrow, default)]
    tlp_label: Text<'a>,
}

#[derive(Deserialize)]
struct KeyIn<'a> {
    #[serde(borrow, default)]
    fingerprint: Option<Text<'a>>,
    #[serde(borrow)]
    url: Text<'a>,
}

/// Reads `provider-metadata.json`.
///
/// # Errors
/// When the document is not of this shape.
pub fn metadata(bytes: &[u8]) -> Result<Provider, ReadError> {
    let read: MetadataIn = json::document(bytes, MAX_RECORD, "a CSAF provider's metadata")?;
    let mut provider = Provider {
        canonical_url: read.canonical_url.owned(),
        role: read.role.owned(),
        publisher: read.publisher.map(|p| p.name.owned()).unwrap_or_default(),
        updated: read.last_updated.as_deref().and_then(time::instant),
        feeds: Vec::new(),
        directories: Vec::new(),
        keys: Vec::new(),
    };
    for distribution in read.distributions.unwrap_or_default() {
        provider
            .directories
            .extend(distribution.directory_url.map(Text::owned));
        let feeds = distribution
            .rolie
            .and_then(|rolie| rolie.feeds)
            .unwrap_or_default();
        provider.feeds.extend(
            feeds
                .into_iter()
                .map(|feed| (feed.url.owned(), feed.tlp_label.owned())),
        );
    }
    for key in read.public_openpgp_keys.unwrap_or_default() {
        let fingerprint = key
            .fingerprint
            .map(|text| text.to_uppercase())
            .unwrap_or_default();
        provider.keys.push((fingerprint, key.url.owned()));
    }
    Ok(provider)
}

#[derive(Deserialize)]
struct RolieDocument<'a> {
    #[serde(borrow)]
    feed: RolieFeed<'a>,
}

#[derive(Deserialize)]
struct RolieFeed<'a> {
    #[serde(borrow, default)]
    entry: Option<Vec<RolieEntry<'a>>>,
}

#[derive(Deserialize)]
struct RolieEntry<'a> {
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow, default)]
    updated: Option<Text<'a>>,
    #[serde(borrow, default)]
    content: Option<Content<'a>>,
    #[serde(borrow, default)]
    link: Option<Vec<Link<'a>>>,
}

#[derive(Deserialize)]
struct Content<'a> {
    #[serde(borrow, default)]
    src: Option<Text<'a>>,
}

#[derive(Deserialize)]
struct Link<'a> {
    #[serde(borrow, default)]
    rel: Text<'a>,
    #[serde(borrow, default)]
    href: Text<'a>,
}

/// Reads a ROLIE feed.
///
/// # Errors
/// When the document is not of this shape.
pub fn rolie(bytes: &[u8]) -> Result<Listing, ReadError> {
    let read: RolieDocument = json::document(bytes, MAX_RECORD, "a ROLIE feed")?;
    let mut listing = Listing::default();
    for entry in read.feed.entry.unwrap_or_default() {
        let links = entry.link.unwrap_or_default();
        let link = |rel: &str| {
            links
                .iter()
                .find(|link| *link.rel == *rel)
                .map(|link| link.href.to_string())
        };
        let source = entry
            .content
            .and_then(|content| content.src)
            .map(Text::owned);
        match source.or_else(|| link("self")) {
            Some(location) => listing.documents.push(Listed {
                location,
                updated: entry.updated.as_deref().and_then(time::instant),
                hash: link("hash"),
                signature: link("signature"),
            }),
            None => listing
                .problems
                .push(format!("{}: no address of the document", cut(&entry.id))),
        }
    }
    Ok(listing)
}

/// Reads `changes.csv`: `"path","current_release_date"`, newest first, no header.
///
/// # Errors
/// When the document is too large or not text.
pub fn changes(bytes: &[u8]) -> Result<Listing, ReadError> {
    let mut listing = Listing::default();
    for line in text(bytes, MAX_RECORD)?
        .lines()
        .filter(|line| !line.trim().is_empty())
    {
        let (path, updated) = line.split_once(',').unwrap_or((line, ""));
        let bare = |field: &str| field.trim().trim_matches('"').to_owned();
        listing.add(bare(path), time::instant(&bare(updated)));
    }
    Ok(listing)
}

/// Reads `index.txt`: a path per line.
///
/// # Errors
/// When the document is too large or not text.
pub fn index(bytes: &[u8]) -> Result<Listing, ReadError> {
    let mut listing = Listing::default();
    for line in text(bytes, MAX_RECORD)?
        .lines()
        .filter(|line| !line.trim().is_empty())
    {
        listing.add(line.trim().to_owned(), None);
    }
    Ok(listing)
}

impl Listing {
    fn add(&mut self, path: String, updated: Option<Timestamp>) {
        if is_safe(&path) {
            self.documents.push(Listed {
                location: path,
                updated,
                hash: None,
                signature: None,
            });
        } else {
            self.problems
                .push(format!("not the path of a document: {}", cut(&path)));
        }
    }
}

/// A relative path of plain parts that ends in `.json`.
fn is_safe(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "+-_.".contains(c);
    path.ends_with(".json")
        && path.len() <= 512
        && path
            .split('/')
            .all(|part| !part.is_empty() && !part.starts_with('.') && part.chars().all(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_and_paths_that_climb_left_out() {
        let listing = changes(
            b"\"2024/cve-2024-1.json\",\"2025-01-07T02:35:49+00:00\"\r\n\"../../etc/x.json\",\"2025-01-07T02:35:49Z\"\n",
        );
        let listing = listing.unwrap();
        assert_eq!(listing.documents.len(), 1);
        assert!(listing.documents[0].updated.is_some());
        assert_eq!(listing.problems.len(), 1);
        assert_eq!(
            index(b"a/b.json\n/abs.json\na\\b.json\n.x.json\n")
                .unwrap()
                .documents
                .len(),
            1
        );
    }

    #[test]
    fn metadata_and_feeds_are_read() {
        let read = metadata(
            br#"{"canonical_url": "https://a.example/p.json", "role": "csaf_trusted_provider", "distributions": [
                {"directory_url": "https://a.example/white/"},
                {"rolie": {"feeds": [{"url": "https://a.example/f.json", "tlp_label": "WHITE"}]}}],
                "public_openpgp_keys": [{"fingerprint": "ab", "url": "https://a.example/k"}]}"#,
        )
        .unwrap();
        assert_eq!(
            (
                read.feeds.len(),
                read.directories.len(),
                read.keys[0].0.as_str()
            ),
            (1, 1, "AB")
        );
        let feed = rolie(
            br#"{"feed": {"entry": [{"id": "x", "updated": "2024-10-24T06:00:00Z", "content": {"src": "https://a.example/x.json"},
                "link": [{"rel": "hash", "href": "https://a.example/x.json.sha512"}]}, {"id": "y"}]}}"#,
        )
        .unwrap();
        assert!(feed.documents[0].hash.is_some());
        assert_eq!(feed.problems.len(), 1);
    }
}
