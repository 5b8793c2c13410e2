//! macOS applications: `Applications/NAME.app/Contents/Info.plist`.

use patchward_protocol::inventory::{Component, OperatingSystem};

use super::identity::Identity;
use super::{plist, text};
use crate::parse::{Input, ParseError, Parsed};

/// Reads one `Info.plist`, XML or binary; a version may be missing.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let values = plist::strings(input.bytes)?;
    let of = |key: &str| values.get(key).map(String::as_str);
    let name = [of("CFBundleName"), of("CFBundleIdentifier")];
    let name = name.into_iter().flatten().find(|name| !name.is_empty());
    let name =
        name.ok_or_else(|| ParseError::new("expected CFBundleName or CFBundleIdentifier"))?;
    let version = of("CFBundleShortVersionString").unwrap_or("");
    let identity = Identity {
        kind: "macapps",
        name,
        version,
        ..Identity::default()
    };
    let mut component = Component {
        purl: identity.purl(os),
        name: name.to_owned(),
        version: version.to_owned(),
        locations: vec![text::place(input.path, 1)],
        ..Component::default()
    };
    for (key, value) in [
        ("bundle", of("CFBundleIdentifier")),
        ("build", of("CFBundleVersion")),
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
