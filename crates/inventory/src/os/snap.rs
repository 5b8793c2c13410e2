//! Snap packages: `snap/NAME/REVISION/meta/snap.yaml`.

use serde::Deserialize;

use patchward_protocol::inventory::{Component, OperatingSystem};

use super::identity::Identity;
use super::text;
use crate::parse::{Input, ParseError, Parsed};

/// What we want of a snap.yaml.
#[derive(Deserialize)]
struct Snap {
    name: String,
    version: Version,
    #[serde(default)]
    grade: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    architectures: Vec<String>,
}

/// YAML reads an unquoted `22` or `2.61` as a number.
#[derive(Deserialize)]
#[serde(untagged)]
enum Version {
    Text(String),
    Whole(u64),
    Number(f64),
}

/// Reads one `snap.yaml`.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let text = text::lossy(input.bytes);
    let snap: Snap = serde_saphyr::from_str(&text)
        .map_err(|error| ParseError::new(format!("not a snap.yaml: {error}")))?;
    let version = match snap.version {
        Version::Text(text) => text,
        Version::Whole(number) => number.to_string(),
        Version::Number(number) => number.to_string(),
    };
    let identity = Identity {
        kind: "snap",
        name: &snap.name,
        version: &version,
        ..Identity::default()
    };
    let mut component = Component {
        purl: identity.purl(os),
        locations: vec![text::place(input.path, 1)],
        ..Component::default()
    };
    let architectures = snap.architectures.join(" ");
    for (key, value) in [
        ("grade", snap.grade),
        ("type", snap.kind),
        ("architectures", architectures),
    ] {
        if !value.is_empty() {
            component.properties.insert(key.into(), value);
        }
    }
    (component.name, component.version) = (snap.name, version);
    Ok(Parsed {
        components: vec![component],
        problems: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(bytes: &[u8]) -> Result<Parsed, ParseError> {
        let input = Input {
            path: "snap/core/1/meta/snap.yaml",
            bytes,
            open: &|_| None,
        };
        parse(&input, None)
    }

    const CORE: &[u8] = b"name: core22\nversion: 20240731\ntype: base\narchitectures: [amd64]\n";

    #[test]
    fn a_version_may_look_like_a_number() {
        let one = parsed(CORE).unwrap().components.remove(0);
        assert_eq!(one.purl, "pkg:snap/core22@20240731");
        assert!(parsed(b"asdf\nlkjh\n").is_err());
    }

    #[test]
    fn mutated_files_never_panic() {
        patchward_test_support::mutate(&[CORE], 1000, |bytes| {
            let _ = parsed(bytes);
        });
    }
}
