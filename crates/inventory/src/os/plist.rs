//! The text values of a property list's top dictionary, in its XML or binary form.

use std::collections::BTreeMap;

use crate::lockfile::xml;
use crate::parse::ParseError;

/// The keys of the top dictionary whose values are texts.
pub fn strings(bytes: &[u8]) -> Result<BTreeMap<String, String>, ParseError> {
    if bytes.starts_with(b"bplist00") {
        binary(bytes).ok_or_else(|| ParseError::new("a binary property list that ends too early"))
    } else {
        from_xml(bytes)
    }
}

fn from_xml(bytes: &[u8]) -> Result<BTreeMap<String, String>, ParseError> {
    let plist = xml::parse(bytes)?;
    let dictionary = plist
        .child("dict")
        .ok_or_else(|| ParseError::new("expected plist/dict"))?;
    let pairs = dictionary
        .children
        .iter()
        .zip(dictionary.children.iter().skip(1));
    let texts = pairs.filter(|(key, value)| key.name == "key" && value.name == "string");
    Ok(texts
        .map(|(key, value)| (key.text().to_owned(), value.text().to_owned()))
        .collect())
}

/// The binary form: objects, a table of their offsets, and a trailer of 32 bytes that tells where the table is
/// (described in Apple's CoreFoundation, `CFBinaryPList.c`).
struct Binary<'a> {
    bytes: &'a [u8],
    table: usize,
    offset_size: usize,
    reference_size: usize,
}

fn binary(bytes: &[u8]) -> Option<BTreeMap<String, String>> {
    let trailer = bytes.get(bytes.len().checked_sub(32)?..)?;
    let plist = Binary {
        bytes,
        table: number(trailer.get(24..32)?)?,
        offset_size: usize::from(*trailer.get(6)?),
        reference_size: usize::from(*trailer.get(7)?),
    };
    let top = number(trailer.get(16..24)?)?;
    let (kind, count, at) = plist.object(top)?;
    if kind != 0xd {
        return None;
    }
    let size = plist.reference_size;
    // Both lists of references must lie in the file before a loop trusts the count.
    bytes.get(at..at.checked_add(count.checked_mul(size)?.checked_mul(2)?)?)?;
    let reference = |index: usize| {
        let at = at + index * size;
        number(bytes.get(at..at + size)?)
    };
    let pair = |index| {
        Some((
            plist.text(reference(index)?)?,
            plist.text(reference(count + index)?)?,
        ))
    };
    // Values that are no texts are of no interest; keys always are.
    Some((0..count).filter_map(pair).collect())
}

impl Binary<'_> {
    /// Kind, count and start of the content of an object.
    fn object(&self, index: usize) -> Option<(u8, usize, usize)> {
        let at = self
            .table
            .checked_add(index.checked_mul(self.offset_size)?)?;
        let at = number(self.bytes.get(at..at.checked_add(self.offset_size)?)?)?;
        let marker = *self.bytes.get(at)?;
        if marker & 0xf != 0xf {
            return Some((marker >> 4, usize::from(marker & 0xf), at + 1));
        }
        // The count is an integer object of its own.
        let width = 1_usize << (self.bytes.get(at + 1)? & 0x3);
        let count = number(self.bytes.get(at + 2..at + 2 + width)?)?;
        Some((marker >> 4, count, at + 2 + width))
    }

    fn text(&self, index: usize) -> Option<String> {
        let (kind, count, at) = self.object(index)?;
        match kind {
            0x5 => {
                let bytes = self.bytes.get(at..at.checked_add(count)?)?;
                Some(String::from_utf8_lossy(bytes).into_owned())
            }
            0x6 => {
                let bytes = self.bytes.get(at..at.checked_add(count.checked_mul(2)?)?)?;
                let (units, _) = bytes.as_chunks::<2>();
                let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
                Some(String::from_utf16_lossy(&units))
            }
            _ => None,
        }
    }
}

/// A big-endian number of up to eight bytes.
fn number(bytes: &[u8]) -> Option<usize> {
    if bytes.is_empty() || bytes.len() > 8 {
        return None;
    }
    let number = bytes
        .iter()
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    usize::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const XML: &[u8] = b"<plist version='1.0'><dict>\n<key>CFBundleName</key><string>App</string>\
                         <key>Flag</key><true/><key>Inner</key><dict><key>CFBundleName</key><string>no</string></dict>\
                         </dict></plist>";

    /// `{"A": "b", "C": true}` in the binary form.
    fn bplist() -> Vec<u8> {
        let mut bytes = b"bplist00\xd2\x01\x02\x03\x04\x51A\x51C\x51b\x09".to_vec();
        let table = bytes.len() as u8;
        bytes.extend([8, 13, 15, 17, 19]);
        bytes.extend([0, 0, 0, 0, 0, 0, 1, 1]);
        for number in [5, 0, table] {
            bytes.extend([0, 0, 0, 0, 0, 0, 0, number]);
        }
        bytes
    }

    #[test]
    fn only_the_top_dictionary_counts() {
        let values = strings(XML).unwrap();
        assert_eq!(values.len(), 1);
        assert_eq!(values["CFBundleName"], "App");
    }

    #[test]
    fn the_binary_form_says_the_same() {
        let values = strings(&bplist()).unwrap();
        assert_eq!(
            values.into_iter().collect::<Vec<_>>(),
            [("A".into(), "b".into())]
        );
        assert!(strings(b"").is_err());
        assert!(strings(b"bplist00").is_err());
    }

    #[test]
    fn mutated_files_never_panic() {
        patchward_test_support::mutate(&[&bplist(), XML], 2000, |bytes| {
            let _ = strings(bytes);
        });
    }
}
