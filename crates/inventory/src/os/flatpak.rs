//! Flatpak applications: AppStream files `…/export/share/metainfo/ID.metainfo.xml`.

use patchward_protocol::inventory::{Component, OperatingSystem};

use super::identity::Identity;
use super::text;
use crate::lockfile::xml;
use crate::parse::{Input, ParseError, Parsed};

/// Reads one AppStream file; the newest release comes first in it (AppStream specification, `releases`).
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let application = xml::parse(input.bytes)?;
    let name = application
        .text_of("id")
        .ok_or_else(|| ParseError::new("expected component/id"))?;
    let release = application
        .child("releases")
        .and_then(|releases| releases.child("release"));
    let version = release
        .and_then(|release| release.attribute("version"))
        .ok_or_else(|| ParseError::new("expected a release with a version"))?;
    let identity = Identity {
        kind: "flatpak",
        name,
        version,
        ..Identity::default()
    };
    let line = release.and_then(|release| release.line);
    let mut component = Component {
        purl: identity.purl(os),
        name: name.to_owned(),
        version: version.to_owned(),
        locations: vec![text::place(input.path, line.unwrap_or(1) as usize)],
        ..Component::default()
    };
    for (key, value) in [
        ("title", application.text_of("name")),
        ("vendor", application.text_of("developer_name")),
        (
            "released",
            release.and_then(|release| release.attribute("date")),
        ),
    ] {
        if let Some(value) = value {
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
    fn the_first_release_is_the_installed_one() {
        let bytes = b"<component><id>org.example.App</id><releases>\n<release version='2.1' date='2024-05-02'/>\
                      <release version='2.0'/></releases></component>";
        let input = Input {
            path: "app.metainfo.xml",
            bytes,
            open: &|_| None,
        };
        let one = parse(&input, None).unwrap().components.remove(0);
        assert_eq!(
            (one.name.as_str(), one.version.as_str()),
            ("org.example.App", "2.1")
        );
    }
}
