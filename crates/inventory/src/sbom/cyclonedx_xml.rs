//! CycloneDX as XML, versions 1.0 to 1.7.

use std::borrow::Cow;

use patchward_protocol::inventory::Location;

use super::cyclonedx_json::{development, role_of};
use super::document::{Document, Package, Role};
use crate::lockfile::xml::{self, Element};
use crate::parse::ParseError;

pub fn read(text: &str) -> Result<Document<'static>, ParseError> {
    let bom = xml::parse(text.as_bytes())?;
    if bom.name != "bom" {
        return Err(ParseError::new(format!(
            "expected a <bom>, found <{}>",
            bom.name
        )));
    }
    let mut document = Document {
        format: format!("CycloneDX {}", version_of(text)),
        ..Document::default()
    };
    if let Some(subject) = bom
        .child("metadata")
        .and_then(|metadata| metadata.child("component"))
    {
        document.subjects.push(owned(subject.attribute("bom-ref")));
        document.name = owned(subject.text_of("name"));
        add(&mut document, subject, true);
    }
    add_all(&mut document, &bom);
    for dependency in bom
        .child("dependencies")
        .iter()
        .flat_map(|all| all.all("dependency"))
    {
        for needed in dependency.all("dependency") {
            document.needs.push((
                owned(dependency.attribute("ref")),
                owned(needed.attribute("ref")),
            ));
        }
    }
    Ok(document)
}

/// The version is the end of the namespace, which the tree leaves out.
fn version_of(text: &str) -> &str {
    let after = text
        .split("cyclonedx.org/schema/bom/")
        .nth(1)
        .unwrap_or_default();
    let end = after.find(|c: char| !c.is_ascii_digit() && c != '.');
    after.get(..end.unwrap_or(after.len())).unwrap_or_default()
}

fn add_all(document: &mut Document<'static>, parent: &Element) {
    for component in parent
        .child("components")
        .iter()
        .flat_map(|all| all.all("component"))
    {
        add(document, component, false);
    }
}

/// Adds a component and those inside it; the tree's own limit bounds the depth.
fn add(document: &mut Document<'static>, raw: &Element, subject: bool) {
    document.packages.push(Package {
        reference: owned(raw.attribute("bom-ref")),
        role: if subject {
            Role::Subject
        } else {
            role_of(raw.attribute("type").unwrap_or_default())
        },
        group: owned(raw.text_of("group")),
        name: owned(raw.text_of("name")),
        version: owned(raw.text_of("version")),
        purl: owned(raw.text_of("purl")),
        cpes: raw
            .text_of("cpe")
            .map(|cpe| owned(Some(cpe)))
            .into_iter()
            .collect(),
        development: development(raw.text_of("scope").unwrap_or_default()),
        locations: locations(raw),
        properties: pairs(raw, "properties", "property", "name"),
        hashes: pairs(raw, "hashes", "hash", "alg"),
        license: license(raw),
    });
    add_all(document, raw);
}

fn owned(text: Option<&str>) -> Cow<'static, str> {
    Cow::Owned(text.unwrap_or_default().to_owned())
}

fn locations(raw: &Element) -> Vec<Location> {
    let occurrences = raw
        .child("evidence")
        .and_then(|evidence| evidence.child("occurrences"));
    let each = occurrences.iter().flat_map(|all| all.all("occurrence"));
    let location = |occurrence: &Element| Location {
        path: occurrence
            .text_of("location")
            .unwrap_or_default()
            .to_owned(),
        line: occurrence
            .text_of("line")
            .and_then(|line| line.parse().ok()),
    };
    each.map(location).collect()
}

type Pairs = Vec<(Cow<'static, str>, Cow<'static, str>)>;

fn pairs(raw: &Element, list: &str, item: &str, key: &str) -> Pairs {
    let Some(list) = raw.child(list) else {
        return Vec::new();
    };
    let each = list.all(item);
    each.map(|one| (owned(one.attribute(key)), owned(Some(one.text()))))
        .collect()
}

fn license(raw: &Element) -> Cow<'static, str> {
    let Some(licenses) = raw.child("licenses") else {
        return Cow::default();
    };
    let license = licenses.child("license");
    owned(
        licenses
            .text_of("expression")
            .or_else(|| license.and_then(|license| license.text_of("id")))
            .or_else(|| license.and_then(|license| license.text_of("name"))),
    )
}
