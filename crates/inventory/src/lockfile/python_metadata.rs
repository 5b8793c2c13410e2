//! Metadata of an installed Python package: `METADATA` of a `.dist-info`, `PKG-INFO` of an `.egg-info` (PyPA "Core
//! metadata specifications"): mail headers, up to the first empty line.

use super::Format;
use super::package::component;
use super::text::decode_lossy;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "python-metadata",
    matches: |name| matches!(name, "METADATA" | "PKG-INFO") || name.ends_with(".egg-info"),
    parse,
    exact: true,
};

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode_lossy(input.bytes);
    let mut name = None;
    let mut version = None;
    let mut license = None;
    let mut license_expression = None;
    for (at, line) in text.lines().enumerate() {
        if line.is_empty() {
            break;
        }
        // A continued value begins with a blank.
        let Some((key, value)) = line
            .split_once(':')
            .filter(|_| !line.starts_with([' ', '\t']))
        else {
            continue;
        };
        let slot = match key.trim().to_ascii_lowercase().as_str() {
            "name" => &mut name,
            "version" => &mut version,
            "license" => &mut license,
            "license-expression" => &mut license_expression,
            _ => continue,
        };
        // The first counts when a field comes again.
        slot.get_or_insert((value.trim(), at + 1));
    }
    let (Some((name, line)), Some((version, _))) = (name, version) else {
        return Err(ParseError::new("a name and a version are needed"));
    };
    if name.is_empty() || version.is_empty() {
        return Err(ParseError::at(line, "a name and a version are needed"));
    }
    let line = u32::try_from(line).ok();
    let mut found = component("pypi", name, version, input.path, line);
    let license = license_expression.or(license).map(|(license, _)| license);
    if let Some(license) = license.filter(|text| !text.is_empty() && *text != "UNKNOWN") {
        found.properties.insert("license".into(), license.into());
    }
    Ok(Parsed {
        components: vec![found],
        problems: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &[u8] = b"Metadata-Version: 2.1\nname: Foo_Bar \nVersion: 1.0\nVersion: 2.0\nLicense: MIT\nDescription: x\n  Name: no\n\nName: body \xff\n";

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "foo_bar-1.0.dist-info/METADATA",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn the_first_of_each_field_counts_and_the_body_does_not() {
        let got = read(SMALL).unwrap().components;
        assert_eq!(
            (got[0].name.as_str(), got[0].version.as_str()),
            ("Foo_Bar", "1.0")
        );
        assert_eq!(got[0].purl, "pkg:pypi/foo-bar@1.0");
        assert_eq!(got[0].properties["license"], "MIT");
        assert_eq!(got[0].locations[0].line, Some(2));
    }

    #[test]
    fn without_name_or_version_it_is_an_error() {
        assert!(read(b"").is_err());
        assert!(read(b"Name: a\n").is_err());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL], 1000, |bytes| {
            let _ = read(bytes);
        });
    }
}
