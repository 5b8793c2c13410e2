//! RSS 2.0 (and RDF-style 1.0) and Atom feeds of security lists and vendors: every CVE id in an entry's title or text is
//! linked to the entry. No entity but XML's five is expanded, so a document cannot grow.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event as Xml};

use super::{MAX_RECORD, ReadError, Sink, cut, cve_id, text, time};
use crate::model::{Fact, Signal};

/// Most entries of a feed.
const MAX_ENTRIES: usize = 100_000;
/// Most ids taken from one entry: a longer list is an archive, not a notice.
const MAX_IDS: usize = 2_000;
/// Deepest nesting.
const MAX_DEPTH: usize = 128;

#[derive(Default)]
struct Entry {
    title: String,
    link: String,
    body: String,
    date: String,
}

/// Reads a feed.
///
/// # Errors
/// When the document is not well-formed XML or not a feed.
pub fn visit(bytes: &[u8], feed: &str, sink: &mut dyn Sink) -> Result<(), ReadError> {
    let mut reader = Reader::from_str(text(bytes, MAX_RECORD)?);
    let mut path: Vec<String> = Vec::new();
    let mut entry: Option<Entry> = None;
    let mut root = false;
    let mut entries = 0;
    loop {
        let event = reader.read_event();
        let at = reader.buffer_position();
        match event.map_err(|source| ReadError::Xml { at, source })? {
            Xml::Eof => break,
            Xml::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                root |= path.is_empty() && matches!(name.as_str(), "rss" | "feed" | "RDF");
                if !root || path.len() >= MAX_DEPTH {
                    return Err(shape(&name));
                }
                match &mut entry {
                    None if matches!(name.as_str(), "item" | "entry") => {
                        entry = Some(Entry::default())
                    }
                    Some(entry) if name == "link" => link(&start, entry),
                    _ => {}
                }
                path.push(name);
            }
            Xml::Empty(start) => {
                if let (Some(entry), "link") = (&mut entry, start.local_name().as_ref()) {
                    link(&start, entry);
                }
            }
            Xml::End(_) => {
                let name = path.pop().unwrap_or_default();
                if matches!(name.as_str(), "item" | "entry")
                    && let Some(done) = entry.take()
                {
                    entries += 1;
                    if entries > MAX_ENTRIES {
                        sink.problem(format!(
                            "more than {MAX_ENTRIES} entries, the rest is left out"
                        ));
                        break;
                    }
                    signals(&done, feed, sink);
                }
            }
            Xml::Text(found) => add(&path, &mut entry, found.as_ref()),
            Xml::CData(found) => add(&path, &mut entry, found.as_ref()),
            Xml::GeneralRef(name) => add(&path, &mut entry, entity(name.as_ref())),
            _ => {}
        }
    }
    if root { Ok(()) } else { Err(shape("nothing")) }
}

fn shape(found: &str) -> ReadError {
    ReadError::Shape {
        expected: "RSS or Atom",
        found: cut(found).to_owned(),
    }
}

/// XML's five entities; others (HTML's, numbers) stand for a blank: none of them is part of a CVE id.
fn entity(name: &str) -> &'static str {
    match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        _ => " ",
    }
}

/// Atom's `<link rel="alternate" href="…"/>`; without `rel` it is the same.
fn link(start: &BytesStart<'_>, entry: &mut Entry) {
    let value = |name: &str| {
        let attribute = start.try_get_attribute(name).ok().flatten()?;
        Some(attribute.value.replace("&amp;", "&"))
    };
    let alternate = value("rel").is_none_or(|rel| rel == "alternate");
    if let Some(href) = value("href").filter(|_| alternate && entry.link.is_empty()) {
        entry.link = href;
    }
}

fn add(path: &[String], entry: &mut Option<Entry>, text: &str) {
    let Some(entry) = entry else {
        return;
    };
    let Some(inside) = path
        .iter()
        .rposition(|name| name == "item" || name == "entry")
    else {
        return;
    };
    // XHTML content nests; its outermost name tells what it is.
    match path.get(inside + 1).map(String::as_str) {
        Some("title") => entry.title.push_str(text),
        Some(name @ ("link" | "guid" | "id"))
            if (entry.link.is_empty() || name == "link") && text.trim().starts_with("http") =>
        {
            text.trim().clone_into(&mut entry.link);
        }
        Some("description" | "content" | "encoded" | "summary") => entry.body.push_str(text),
        Some("pubDate" | "date" | "published" | "updated") if entry.date.is_empty() => {
            text.trim().clone_into(&mut entry.date);
        }
        _ => {}
    }
}

fn signals(entry: &Entry, feed: &str, sink: &mut dyn Sink) {
    let mut ids: Vec<&str> = cve_id::find(&entry.title)
        .chain(cve_id::find(&entry.body))
        .take(MAX_IDS)
        .collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return;
    }
    let at = time::mail(&entry.date).or_else(|| time::instant(&entry.date));
    if at.is_none() {
        sink.problem(format!(
            "{}: the entry's date is not a time: {}",
            cut(&entry.title),
            cut(&entry.date)
        ));
    }
    for id in ids {
        sink.signal(Signal {
            id: id.to_owned(),
            feed: feed.to_owned(),
            at,
            fact: Fact::Mention {
                title: entry.title.trim().to_owned(),
                url: entry.link.clone(),
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Records;

    const RSS: &str = r#"<?xml version="1.0"?><rss version="2.0"><channel><title>L</title><item>
        <title>[list] CVE-2024-0001: x &amp; y</title><link>https://lists.example/1</link>
        <description><![CDATA[<p>also CVE-2024-0002 and CVE-2024-0001</p>]]></description>
        <pubDate>Tue, 02 Jan 2024 03:04:05 +0000</pubDate></item><item><title>none</title></item></channel></rss>"#;
    const ATOM: &str = r#"<feed xmlns="http://www.w3.org/2005/Atom"><entry><title type="html">a</title>
        <link rel="self" href="https://x.example/self"/><link href="https://x.example/?a&amp;b"/><id>urn:1</id>
        <updated>2024-01-02T03:04:05Z</updated><content type="xhtml"><div><b>CVE-2024-0003</b></div></content></entry></feed>"#;

    #[test]
    fn ids_are_linked_to_their_entry() {
        let mut records = Records::default();
        visit(RSS.as_bytes(), "list", &mut records).unwrap();
        visit(ATOM.as_bytes(), "vendor", &mut records).unwrap();
        let seen: Vec<_> = records
            .signals
            .iter()
            .map(|signal| match &signal.fact {
                Fact::Mention { title, url } => (
                    signal.id.as_str(),
                    title.as_str(),
                    url.as_str(),
                    signal.at.is_some(),
                ),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(
            seen,
            [
                (
                    "CVE-2024-0001",
                    "[list] CVE-2024-0001: x & y",
                    "https://lists.example/1",
                    true
                ),
                (
                    "CVE-2024-0002",
                    "[list] CVE-2024-0001: x & y",
                    "https://lists.example/1",
                    true
                ),
                ("CVE-2024-0003", "a", "https://x.example/?a&b", true),
            ]
        );
        assert_eq!(records.problems, Vec::<String>::new());
    }

    #[test]
    fn other_documents_are_refused() {
        for text in [
            "",
            "<html><body/></html>",
            "<rss><channel>",
            "not xml",
            "<rss></feed>",
        ] {
            let mut records = Records::default();
            let read = visit(text.as_bytes(), "x", &mut records);
            assert!(read.is_err() || text == "<rss><channel>", "{text}");
        }
        let deep = format!("<rss>{}", "<a>".repeat(10_000));
        assert!(visit(deep.as_bytes(), "x", &mut Records::default()).is_err());
    }

    #[test]
    fn mutated_feeds_never_panic() {
        patchward_test_support::mutate(&[RSS.as_bytes(), ATOM.as_bytes()], 1500, |bytes| {
            let _ = visit(bytes, "x", &mut Records::default());
        });
    }
}
