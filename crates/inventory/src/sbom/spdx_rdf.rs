//! SPDX 2 as RDF/XML: packages with their external references, wherever they are nested. Relationships between
//! packages are not read.

use std::borrow::Cow;

use super::document::{Document, Package};
use super::spdx_json::role_of;
use crate::lockfile::xml::{self, Element};
use crate::parse::ParseError;

pub fn read(text: &str) -> Result<Document<'static>, ParseError> {
    let root = xml::parse(text.as_bytes())?;
    if root.name != "RDF" {
        return Err(ParseError::new(format!(
            "expected <rdf:RDF>, found <{}>",
            root.name
        )));
    }
    let mut document = Document {
        all_packages: true,
        ..Document::default()
    };
    walk(&mut document, &root);
    if document.format.is_empty() {
        return Err(ParseError::new("expected a `specVersion`"));
    }
    Ok(document)
}

/// The tree's own limit bounds the depth.
fn walk(document: &mut Document<'static>, element: &Element) {
    match element.name.as_str() {
        "SpdxDocument" => {
            document.format = element
                .text_of("specVersion")
                .unwrap_or_default()
                .to_owned();
            document.name = owned(element.text_of("name"));
        }
        "Package" => document.packages.push(package(element)),
        _ => {}
    }
    for child in &element.children {
        walk(document, child);
    }
}

fn package(element: &Element) -> Package<'static> {
    let about = element.attribute("about").unwrap_or_default();
    let reference = about.rsplit('#').next().unwrap_or(about).to_owned();
    let mut package = Package {
        role: role_of(&reference, ""),
        reference: reference.into(),
        name: owned(element.text_of("name")),
        version: owned(element.text_of("versionInfo")),
        ..Package::default()
    };
    for external in element
        .all("externalRef")
        .filter_map(|all| all.child("ExternalRef"))
    {
        let kind = external
            .child("referenceType")
            .and_then(|kind| kind.attribute("resource"));
        let locator = owned(external.text_of("referenceLocator"));
        package.refer(kind.unwrap_or_default(), locator);
    }
    package
}

fn owned(text: Option<&str>) -> Cow<'static, str> {
    Cow::Owned(text.unwrap_or_default().to_owned())
}
