//! Tells SBOM formats apart by content, never by file name: SBOMs come by standard input too.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};

use crate::lockfile::json::{Loose, Text};

/// The formats that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CycloneDX as JSON.
    CycloneDxJson,
    /// CycloneDX as XML.
    CycloneDxXml,
    /// SPDX 2 as JSON.
    SpdxJson,
    /// SPDX 2 as YAML.
    SpdxYaml,
    /// SPDX 2 as tags and values.
    SpdxTagValue,
    /// SPDX 2 as RDF/XML.
    SpdxRdf,
    /// SPDX 3 as JSON-LD.
    Spdx3,
}

/// The format of a document, or `None` when it is no SBOM. Bytes that are not UTF-8 or UTF-16 are none.
pub fn detect(bytes: &[u8]) -> Option<Format> {
    of_text(&crate::lockfile::text::decode(bytes).ok()?)
}

/// The keys that tell JSON documents apart, read as far as it takes: mostly to the first.
#[derive(Default)]
struct Keys {
    found: Option<Format>,
    spec_version: bool,
    components: bool,
}

impl<'de> DeserializeSeed<'de> for &mut Keys {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, from: D) -> Result<(), D::Error> {
        from.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for &mut Keys {
    type Value = ();

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while let Some(key) = items.next_key::<Text<'de>>()? {
            self.take(&key, &mut items)?;
            if self.found.is_some() {
                return Err(A::Error::custom("enough is known"));
            }
        }
        if self.spec_version && self.components {
            self.found = Some(Format::CycloneDxJson);
        }
        Ok(())
    }
}

impl Keys {
    fn take<'de, A: MapAccess<'de>>(&mut self, key: &str, items: &mut A) -> Result<(), A::Error> {
        match key {
            "bomFormat" if items.next_value::<Loose<'de>>()?.text() == "CycloneDX" => {
                self.found = Some(Format::CycloneDxJson);
            }
            "spdxVersion" if items.next_value::<Loose<'de>>()?.is_some() => {
                self.found = Some(Format::SpdxJson);
            }
            "@context" if is_spdx3(items.next_value::<Loose<'de>>()?.text()) => {
                self.found = Some(Format::Spdx3);
            }
            "bomFormat" | "spdxVersion" | "@context" => {}
            // SPDX documents from code hosts are wrapped.
            "sbom" => {
                let mut inside = Keys::default();
                let read = items.next_value_seed(&mut inside);
                self.found = inside.found.filter(|found| *found == Format::SpdxJson);
                read?;
            }
            other => {
                items.next_value::<IgnoredAny>()?;
                self.spec_version |= other == "specVersion";
                self.components |= other == "components";
            }
        }
        Ok(())
    }
}

fn is_spdx3(context: &str) -> bool {
    context.contains("spdx.org/rdf/3")
}

pub fn of_text(text: &str) -> Option<Format> {
    let start = text.trim_start();
    match start.as_bytes().first()? {
        b'{' => of_json(start),
        b'<' => of_xml(start),
        _ => of_lines(start),
    }
}

fn of_json(text: &str) -> Option<Format> {
    let mut keys = Keys::default();
    let read = keys.deserialize(&mut serde_json::Deserializer::from_str(text));
    match (keys.found, read) {
        (Some(format), _) => Some(format),
        // Documents that break off are recognised by their first keys, so that the reader can say where they break.
        (None, Err(error)) if !error.is_data() => of_broken_json(text),
        _ => None,
    }
}

fn of_broken_json(text: &str) -> Option<Format> {
    let head: String = text.chars().take(4096).collect();
    if head.contains("\"bomFormat\"") {
        Some(Format::CycloneDxJson)
    } else if head.contains("\"spdxVersion\"") {
        Some(Format::SpdxJson)
    } else if is_spdx3(&head) {
        Some(Format::Spdx3)
    } else {
        None
    }
}

fn of_xml(text: &str) -> Option<Format> {
    let head: String = text.chars().take(16 << 10).collect();
    if head.contains("cyclonedx.org/schema/bom") {
        Some(Format::CycloneDxXml)
    } else if head.contains("RDF") && head.contains("spdx.org/rdf/terms") {
        Some(Format::SpdxRdf)
    } else {
        None
    }
}

/// Tag-value and YAML documents name their version within the first lines.
fn of_lines(text: &str) -> Option<Format> {
    text.lines().take(200).find_map(|line| {
        if line.starts_with("SPDXVersion:") {
            Some(Format::SpdxTagValue)
        } else if line.starts_with("spdxVersion:") {
            Some(Format::SpdxYaml)
        } else {
            None
        }
    })
}
