//! An RPM package header as a database stores it.
//!
//! Two big-endian counts (index entries, bytes of data), then the index of 16 bytes per entry (tag, type, offset,
//! count), then the data (RPM's "package format", section "header structure"; without the magic of a `.rpm` file).

use crate::parse::ParseError;

use super::MAX_HEADER;
use super::pages::Order;

/// More index entries than rpm itself takes.
const MAX_ENTRIES: usize = 0xffff;

const BIG: Order = Order { little: false };

/// A tag of a header (`rpmtag.h`).
#[derive(Clone, Copy, PartialEq, Eq)]
struct Tag(u32);

const NAME: Tag = Tag(1000);
const VERSION: Tag = Tag(1001);
const RELEASE: Tag = Tag(1002);
const EPOCH: Tag = Tag(1003);
const VENDOR: Tag = Tag(1011);
const LICENSE: Tag = Tag(1014);
const ARCH: Tag = Tag(1022);
const OLD_FILE_NAMES: Tag = Tag(1027);
const SOURCE_RPM: Tag = Tag(1044);
const DIRECTORY_INDEXES: Tag = Tag(1116);
const BASE_NAMES: Tag = Tag(1117);
const DIRECTORY_NAMES: Tag = Tag(1118);
const MODULARITY_LABEL: Tag = Tag(5096);

/// A header, borrowed from the bytes of the database.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    index: &'a [u8],
    data: &'a [u8],
    name: &'a str,
    version: &'a str,
    release: &'a str,
}

impl<'a> Header<'a> {
    /// Reads a header; one without name, version or release is an error.
    pub fn parse(blob: &'a [u8]) -> Result<Header<'a>, ParseError> {
        let short = || ParseError::new("a package header ends too early");
        let entries = BIG.u32(blob, 0).ok_or_else(short)? as usize;
        let bytes = BIG.u32(blob, 4).ok_or_else(short)? as usize;
        if entries == 0 || entries > MAX_ENTRIES || bytes > MAX_HEADER {
            let message = format!("a package header claims {entries} entries and {bytes} bytes");
            return Err(ParseError::new(message));
        }
        let data_at = 8 + entries * 16;
        let mut header = Header {
            index: blob.get(8..data_at).ok_or_else(short)?,
            data: blob.get(data_at..data_at + bytes).ok_or_else(short)?,
            name: "",
            version: "",
            release: "",
        };
        let required = |tag, what| {
            let text = header.text(tag).filter(|text| !text.is_empty());
            text.ok_or_else(|| ParseError::new(format!("a package header has no {what}")))
        };
        let (name, version, release) = (
            required(NAME, "name")?,
            required(VERSION, "version")?,
            required(RELEASE, "release")?,
        );
        (header.name, header.version, header.release) = (name, version, release);
        Ok(header)
    }

    /// Name of the package.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Upstream version.
    pub fn version(&self) -> &'a str {
        self.version
    }

    /// Release of the packaging.
    pub fn release(&self) -> &'a str {
        self.release
    }

    /// Epoch, where the package has one.
    pub fn epoch(&self) -> Option<u32> {
        let (kind, data, _) = self.entry(EPOCH)?;
        (kind == INT32).then(|| BIG.u32(data, 0))?
    }

    /// Architecture.
    pub fn arch(&self) -> Option<&'a str> {
        self.text(ARCH)
    }

    /// Who built it.
    pub fn vendor(&self) -> Option<&'a str> {
        self.text(VENDOR)
    }

    /// Licence.
    pub fn license(&self) -> Option<&'a str> {
        self.text(LICENSE)
    }

    /// File name of the source package.
    pub fn source_rpm(&self) -> Option<&'a str> {
        self.text(SOURCE_RPM)
    }

    /// `name:stream:version:context` of the module that it was built for.
    pub fn module(&self) -> Option<&'a str> {
        self.text(MODULARITY_LABEL)
            .filter(|label| !label.is_empty())
    }

    /// Calls `each` with the path of every file of the package, without the leading `/`, until it returns false.
    pub fn each_file(&self, mut each: impl FnMut(&str) -> bool) {
        // Before rpm 4 the paths were written whole.
        for path in self.texts(OLD_FILE_NAMES) {
            if !each(path.trim_start_matches('/')) {
                return;
            }
        }
        let directories: Vec<&str> = self.texts(DIRECTORY_NAMES).collect();
        let Some((INT32, indexes, _)) = self.entry(DIRECTORY_INDEXES) else {
            return;
        };
        let mut path = String::new();
        for (at, name) in self.texts(BASE_NAMES).enumerate() {
            let directory = BIG.u32(indexes, at.saturating_mul(4));
            let Some(directory) = directory.and_then(|index| directories.get(index as usize))
            else {
                return;
            };
            path.clear();
            path.push_str(directory.trim_start_matches('/'));
            path.push_str(name);
            if !each(&path) {
                return;
            }
        }
    }

    fn text(&self, tag: Tag) -> Option<&'a str> {
        self.texts(tag).next()
    }

    /// The texts of an entry: one, an array, or one per language (the first is the untranslated one).
    fn texts(&self, tag: Tag) -> impl Iterator<Item = &'a str> + use<'a> {
        let (data, count) = match self.entry(tag) {
            Some((STRING, data, _)) => (data, 1),
            Some((STRING_ARRAY | I18N_STRING, data, count)) => (data, count),
            _ => (&[][..], 0),
        };
        let texts = data.split(|byte| *byte == 0).take(count);
        // rpm does not check that texts are UTF-8; one that is not is shown as empty rather than guessed.
        texts.map(|text| std::str::from_utf8(text).unwrap_or(""))
    }

    /// Type, data (to the end of the header) and count of an entry.
    fn entry(&self, tag: Tag) -> Option<(u32, &'a [u8], usize)> {
        let entry = self
            .index
            .chunks_exact(16)
            .find(|entry| BIG.u32(entry, 0) == Some(tag.0))?;
        let kind = BIG.u32(entry, 4)?;
        let offset = BIG.u32(entry, 8)? as usize;
        let count = BIG.u32(entry, 12)? as usize;
        Some((kind, self.data.get(offset..)?, count))
    }
}

const INT32: u32 = 4;
const STRING: u32 = 6;
const STRING_ARRAY: u32 = 8;
const I18N_STRING: u32 = 9;
