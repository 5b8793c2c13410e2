//! `updateinfo.xml` of an RPM repository, read as a stream: the file of a large distribution is some 100 MB.

use std::cell::Cell;
use std::io::{self, BufReader, Read};
use std::rc::Rc;

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use crate::parse::ParseError;

/// An `<update>`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Advisory {
    /// `RHSA-2024:1234`, `FEDORA-2024-…`.
    pub id: String,
    /// `type="security"`.
    pub security: bool,
    /// CVE ids of its references, sorted.
    pub cves: Vec<String>,
    /// The packages that it brings.
    pub offers: Vec<Offer>,
}

/// A `<package>` of an advisory.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Offer {
    /// Name.
    pub name: String,
    /// Architecture.
    pub arch: String,
    /// Epoch, `0` where it has none.
    pub epoch: String,
    /// `VERSION-RELEASE`.
    pub release: String,
    /// Name and stream of the module that its collection is for.
    pub module: Option<(String, String)>,
}

impl Offer {
    /// `[EPOCH:]VERSION-RELEASE`.
    pub fn version(&self) -> String {
        match self.epoch.as_str() {
            "" | "0" => self.release.clone(),
            epoch => format!("{epoch}:{}", self.release),
        }
    }
}

/// One advisory has at most some thousand packages.
const MAX_OFFERS: usize = 100_000;

/// The longest piece of XML that is kept in memory: a tag or a text.
const MAX_PIECE: usize = 16 << 20;

/// Calls `each` with every advisory. No DTD is read and no entity resolved.
pub fn each(from: impl Read, each: &mut dyn FnMut(&Advisory)) -> Result<(), ParseError> {
    let piece = Rc::new(Cell::new(0));
    let guarded = Guard {
        from,
        piece: Rc::clone(&piece),
    };
    let mut reader = Reader::from_reader(BufReader::with_capacity(1 << 16, guarded));
    let mut state = State::default();
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        piece.set(0);
        let event = reader.read_event_into(&mut buffer);
        let event =
            event.map_err(|error| ParseError::new(format!("not well-formed XML: {error}")))?;
        match event {
            Event::Start(tag) => state.open(&tag),
            Event::Empty(tag) => {
                state.open(&tag);
                state.close(tag.local_name().into_inner(), each);
            }
            Event::Text(text) if state.in_id => {
                let part = text.xml10_content();
                state.advisory.id.push_str(part.trim());
            }
            Event::End(tag) => state.close(tag.local_name().into_inner(), each),
            Event::Eof => return Ok(()),
            _ => {}
        }
        if state.advisory.offers.len() > MAX_OFFERS {
            return Err(ParseError::new("an advisory beyond all measure"));
        }
    }
}

/// Ends a stream that goes on without any tag, which the XML reader would keep in memory whole.
struct Guard<R> {
    from: R,
    /// Bytes since the last event.
    piece: Rc<Cell<usize>>,
}

impl<R: Read> Read for Guard<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(buffer)?;
        self.piece.set(self.piece.get() + read);
        if self.piece.get() > MAX_PIECE {
            return Err(io::Error::other("a text beyond all measure"));
        }
        Ok(read)
    }
}

#[derive(Default)]
struct State {
    advisory: Advisory,
    in_id: bool,
    module: Option<(String, String)>,
}

impl State {
    fn open(&mut self, tag: &BytesStart<'_>) {
        match tag.local_name().into_inner() {
            "update" => {
                self.advisory = Advisory {
                    security: attribute(tag, "type").as_deref() == Some("security"),
                    ..Advisory::default()
                };
            }
            "id" => self.in_id = self.advisory.id.is_empty(),
            "reference" if attribute(tag, "type").as_deref() == Some("cve") => {
                self.advisory.cves.extend(attribute(tag, "id"));
            }
            "collection" => self.module = None,
            "module" => self.module = attribute(tag, "name").zip(attribute(tag, "stream")),
            "package" => {
                let of = |name| attribute(tag, name).unwrap_or_default();
                self.advisory.offers.push(Offer {
                    name: of("name"),
                    arch: of("arch"),
                    epoch: of("epoch"),
                    release: format!("{}-{}", of("version"), of("release")),
                    module: self.module.clone(),
                });
            }
            _ => {}
        }
    }

    fn close(&mut self, name: &str, each: &mut dyn FnMut(&Advisory)) {
        match name {
            "id" => self.in_id = false,
            "update" => {
                let mut advisory = std::mem::take(&mut self.advisory);
                advisory.cves.sort();
                advisory.cves.dedup();
                each(&advisory);
            }
            _ => {}
        }
    }
}

fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = tag.attributes().flatten();
    let found = attributes.find(|attribute| attribute.key.local_name().into_inner() == name)?;
    let value = found.normalized_value(XmlVersion::Implicit1_0).ok()?;
    Some(value.into_owned())
}
