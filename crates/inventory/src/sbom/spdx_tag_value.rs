//! SPDX 2 as tags and values: one `Tag: value` a line, `<text>` for values of several lines, a package beginning with
//! `PackageName`.

use std::borrow::Cow;

use super::document::{Document, Package};
use super::spdx_json::{SOURCE_INFO, role_of, tool_note};
use crate::parse::ParseError;

pub fn read(text: &str) -> Result<Document<'_>, ParseError> {
    let mut document = Document {
        all_packages: true,
        ..Document::default()
    };
    let mut element = Element::Document;
    let mut rest = text;
    while !rest.is_empty() {
        let (line, after) = rest.split_once('\n').unwrap_or((rest, ""));
        rest = after;
        let line = line.trim();
        let Some((tag, value)) = line.split_once(':') else {
            continue;
        };
        if tag.starts_with('#') {
            continue;
        }
        let mut value = value.trim();
        if let Some(open) = value.strip_prefix("<text>") {
            value = match open.split_once("</text>") {
                Some((inside, _)) => inside,
                None => several_lines(text, open, &mut rest)?,
            };
        }
        take(&mut document, &mut element, tag.trim(), value);
    }
    if document.format.is_empty() {
        return Err(ParseError::new("expected an `SPDXVersion`"));
    }
    Ok(document)
}

#[derive(PartialEq)]
enum Element {
    Document,
    Package,
    Other,
}

/// The value from `open` to the end mark, and moves `rest` behind it.
fn several_lines<'a>(
    text: &'a str,
    open: &'a str,
    rest: &mut &'a str,
) -> Result<&'a str, ParseError> {
    let start = open.as_ptr() as usize - text.as_ptr() as usize;
    let from = text.get(start..).unwrap_or_default();
    let Some((value, after)) = from.split_once("</text>") else {
        let line = 1 + text.get(..start).unwrap_or_default().matches('\n').count();
        return Err(ParseError::at(line, "`<text>` is never closed"));
    };
    *rest = after.split_once('\n').map_or("", |(_, next)| next);
    Ok(value)
}

fn take<'a>(document: &mut Document<'a>, element: &mut Element, tag: &str, value: &'a str) {
    match tag {
        "SPDXVersion" => document.format = value.to_owned(),
        "DocumentName" => document.name = value.into(),
        "Relationship" => {
            let mut words = value.split_whitespace();
            if let (Some(from), Some(kind), Some(to)) = (words.next(), words.next(), words.next()) {
                document.relate(from.into(), kind, to.into());
            }
        }
        "PackageName" => {
            *element = Element::Package;
            document.packages.push(Package {
                name: value.into(),
                ..Package::default()
            });
        }
        "FileName" | "SnippetSPDXID" | "LicenseID" => *element = Element::Other,
        _ if *element == Element::Package => {
            if let Some(package) = document.packages.last_mut() {
                take_of_package(package, tag, value);
            }
        }
        _ => {}
    }
}

fn take_of_package<'a>(package: &mut Package<'a>, tag: &str, value: &'a str) {
    match tag {
        "SPDXID" => {
            package.reference = value.into();
            if package.role == super::document::Role::Package {
                package.role = role_of(value, "");
            }
        }
        "PackageVersion" => package.version = value.into(),
        "PrimaryPackagePurpose" => package.role = role_of(&package.reference, value),
        "PackageSourceInfo" => package.properties.push((SOURCE_INFO.into(), value.into())),
        "PackageAttributionText" => package.properties.extend(tool_note(value.into())),
        "PackageLicenseConcluded" | "PackageLicenseDeclared"
            if package.license.is_empty() && !matches!(value, "NOASSERTION" | "NONE") =>
        {
            package.license = value.into();
        }
        "PackageChecksum" => {
            if let Some((algorithm, sum)) = value.split_once(':') {
                package
                    .hashes
                    .push((algorithm.trim().into(), Cow::Borrowed(sum.trim())));
            }
        }
        "ExternalRef" => {
            let mut words = value.split_whitespace();
            if let (Some(_), Some(kind), Some(locator)) = (words.next(), words.next(), words.next())
            {
                package.refer(kind, locator.into());
            }
        }
        _ => {}
    }
}
