//! Chocolatey packages of a Windows root: `ProgramData/chocolatey/lib/NAME/NAME.nuspec`.

use patchward_protocol::inventory::{Component, OperatingSystem};

use super::identity::Identity;
use super::text;
use crate::lockfile::xml;
use crate::parse::{Input, ParseError, Parsed};

/// Reads one `.nuspec` file; a version may be missing.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let package = xml::parse(input.bytes)?;
    let metadata = package.child("metadata");
    let of = |name| metadata.and_then(|metadata| metadata.text_of(name));
    let name = of("id").ok_or_else(|| ParseError::new("expected package/metadata/id"))?;
    let version = of("version").unwrap_or("");
    let identity = Identity {
        kind: "chocolatey",
        name,
        version,
        ..Identity::default()
    };
    let line = metadata.and_then(|metadata| metadata.child("id")?.line);
    let mut component = Component {
        purl: identity.purl(os),
        name: name.to_owned(),
        version: version.to_owned(),
        locations: vec![text::place(input.path, line.unwrap_or(1) as usize)],
        ..Component::default()
    };
    for (key, element) in [("authors", "authors"), ("project", "projectUrl")] {
        if let Some(value) = of(element) {
            component.properties.insert(key.into(), value.to_owned());
        }
    }
    Ok(Parsed {
        components: vec![component],
        problems: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_and_the_version_are_read() {
        let bytes =
            b"<package><metadata>\n<id>cmake</id><version>4.1.1</version></metadata></package>";
        let input = Input {
            path: "lib/cmake/cmake.nuspec",
            bytes,
            open: &|_| None,
        };
        let one = parse(&input, None).unwrap().components.remove(0);
        assert_eq!(one.purl, "pkg:chocolatey/cmake@4.1.1");
        assert_eq!(one.locations[0].line, Some(2));
    }
}
