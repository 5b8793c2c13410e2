//! A small XML tree for manifests: elements, attributes, text and line numbers.
//!
//! No DTD is read and no entity beyond the five of XML itself is resolved, so neither entity bombs nor outside
//! entities can do anything. Namespaces are left aside: names are compared without their prefix.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::text::{Lines, decode};
use crate::parse::ParseError;

/// Elements inside each other; project files have about a dozen levels.
const MAX_DEPTH: usize = 128;

/// Elements in one file; a large verification file of Gradle has some 100,000.
const MAX_ELEMENTS: usize = 2_000_000;

/// An element with what it holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Element {
    /// Name without namespace prefix.
    pub(crate) name: String,
    /// Attributes in the order of the file, names without prefix.
    pub(crate) attributes: Vec<(String, String)>,
    /// All text directly inside, not trimmed.
    text: String,
    /// Elements directly inside.
    pub(crate) children: Vec<Element>,
    /// The line where it begins.
    pub(crate) line: Option<u32>,
}

impl Element {
    /// The value of an attribute, trimmed; `None` when it is absent or empty.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found
            .map(|(_, value)| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// The first child of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// Every child of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// What a list that should hold nothing but elements of this name holds besides: the place and the reason.
    pub(crate) fn stray(&self, item: &str) -> Option<ParseError> {
        let other = self.children.iter().find(|child| child.name != item);
        let (line, what) = match other {
            Some(other) => (other.line, format!("an element `{}`", other.name)),
            None if !self.text().is_empty() => (self.line, "text".to_owned()),
            None => return None,
        };
        Some(ParseError {
            message: format!("{what} in `{}`, where `{item}` is expected", self.name),
            line,
        })
    }

    /// The text inside, trimmed.
    pub(crate) fn text(&self) -> &str {
        self.text.trim()
    }

    /// The trimmed text of the first child of a name; `None` when it is absent or empty.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        let text = self.child(name)?.text();
        (!text.is_empty()).then_some(text)
    }
}

/// Reads a document and returns its root element.
///
/// # Errors
/// Text that is not well-formed XML (tags that do not match, names that are none, no root or two) and documents
/// beyond the limits of depth and size, with the line.
pub(crate) fn parse(bytes: &[u8]) -> Result<Element, ParseError> {
    let text = decode(bytes)?;
    let mut tree = Tree::new(&text);
    let mut reader = Reader::from_str(&text);
    loop {
        let at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
        let event = reader.read_event().map_err(|error| {
            let at = usize::try_from(reader.error_position()).unwrap_or(at);
            tree.error(at, format!("not well-formed XML: {error}"))
        })?;
        match event {
            Event::Start(start) => tree.open(&start, at)?,
            Event::Empty(start) => {
                tree.open(&start, at)?;
                tree.close();
            }
            Event::End(_) => tree.close(),
            Event::Text(part) => tree.text(&part.xml10_content(), at)?,
            Event::CData(part) => tree.text(&part.xml10_content(), at)?,
            Event::GeneralRef(entity) => tree.entity(&entity, at)?,
            Event::Eof => return tree.finish(),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}

struct Tree<'a> {
    lines: Lines<'a>,
    open: Vec<Element>,
    root: Option<Element>,
    elements: usize,
}

impl<'a> Tree<'a> {
    fn new(text: &'a str) -> Tree<'a> {
        Tree {
            lines: Lines::new(text),
            open: Vec::new(),
            root: None,
            elements: 0,
        }
    }

    fn error(&self, at: usize, message: impl Into<String>) -> ParseError {
        ParseError {
            message: message.into(),
            line: self.lines.at(at),
        }
    }

    fn open(&mut self, start: &BytesStart<'_>, at: usize) -> Result<(), ParseError> {
        self.elements += 1;
        if self.elements > MAX_ELEMENTS {
            return Err(self.error(at, format!("more than {MAX_ELEMENTS} XML elements")));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(self.error(at, format!("XML nested deeper than {MAX_DEPTH} elements")));
        }
        if self.open.is_empty() && self.root.is_some() {
            return Err(self.error(at, "a second root element"));
        }
        let name = start.name().into_inner();
        if !is_name(name) {
            return Err(self.error(at, format!("`{name}` is no name of an XML element")));
        }
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|e| self.error(at, format!("attribute: {e}")))?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|e| self.error(at, format!("attribute: {e}")))?;
            let key = attribute.key.local_name().into_inner();
            attributes.push((key.to_owned(), value.into_owned()));
        }
        self.open.push(Element {
            name: start.local_name().into_inner().to_owned(),
            attributes,
            line: self.lines.at(at),
            ..Element::default()
        });
        Ok(())
    }

    fn close(&mut self) {
        let Some(done) = self.open.pop() else {
            return; // the reader has already refused an end without a start
        };
        match self.open.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
    }

    fn text(&mut self, part: &str, at: usize) -> Result<(), ParseError> {
        match self.open.last_mut() {
            Some(element) => element.text.push_str(part),
            None if part.trim().is_empty() => {}
            None => return Err(self.error(at, "text outside of the root element")),
        }
        Ok(())
    }

    fn entity(&mut self, entity: &BytesRef<'_>, at: usize) -> Result<(), ParseError> {
        let unknown = || self.error(at, "an entity that XML itself does not define");
        let resolved = match entity.resolve_char_ref() {
            Ok(Some(character)) => character,
            Ok(None) => match &**entity {
                "lt" => '<',
                "gt" => '>',
                "amp" => '&',
                "apos" => '\'',
                "quot" => '"',
                _ => return Err(unknown()),
            },
            Err(_) => return Err(unknown()),
        };
        self.text(resolved.encode_utf8(&mut [0; 4]), at)
    }

    fn finish(self) -> Result<Element, ParseError> {
        if let Some(open) = self.open.last() {
            let message = format!("element `{}` is never closed", open.name);
            return Err(ParseError {
                message,
                line: open.line,
            });
        }
        self.root
            .ok_or_else(|| ParseError::new("no XML element in the file"))
    }
}

/// Whether this is a name of XML 1.0 (section 2.3; of the letters beyond ASCII we take all).
fn is_name(name: &str) -> bool {
    let start = |c: char| c.is_ascii_alphabetic() || c == '_' || c == ':' || !c.is_ascii();
    let rest = |c: char| start(c) || c.is_ascii_digit() || c == '-' || c == '.';
    name.starts_with(start) && name.chars().all(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "<?xml version='1.0'?>\n<!-- c --><a:r xmlns:a='u'>\n <b k=\"1&amp;2\" j=''/>\n <c> x&lt;&#65;<![CDATA[<y>]]> </c>\n</a:r>\n";

    #[test]
    fn elements_attributes_and_text_are_read() {
        let root = parse(SMALL.as_bytes()).unwrap();
        assert_eq!(root.name, "r");
        assert_eq!(root.children[0].attribute("k"), Some("1&2"));
        assert_eq!(root.children[0].attribute("j"), None);
        assert_eq!(root.children[0].line, Some(3));
        assert_eq!(root.text_of("c"), Some("x<A<y>"));
    }

    #[test]
    fn what_is_not_well_formed_is_an_error_with_its_line() {
        let check = |text: &str, line| assert_eq!(parse(text.as_bytes()).unwrap_err().line, line);
        check("<a>\n<b>\n</a>", Some(3));
        check("<a>\n<b>", Some(2));
        check("\nnot xml", Some(1));
        check("<a/>\n<b/>", Some(2));
        check("<a>\n<${x}/></a>", Some(2));
        check("<a>\n&unknown;</a>", Some(2));
        check("", None);
    }

    #[test]
    fn depth_is_limited() {
        let deep = "<a>".repeat(100_000);
        assert!(
            parse(deep.as_bytes())
                .unwrap_err()
                .message
                .contains("deeper")
        );
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 1500, |bytes| {
            let _ = parse(bytes);
        });
    }
}
