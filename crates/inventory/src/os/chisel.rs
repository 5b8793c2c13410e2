//! Chisel's manifest of the packages that a sliced Ubuntu image was cut from, `var/lib/chisel/manifest.wall`.
//!
//! Lines of JSON, compressed with zstd ("jsonwall"): a head line, then one object per package, slice and path.

use std::io::Read;

use serde::Deserialize;

use patchward_protocol::inventory::{Component, OperatingSystem};

use super::identity::Identity;
use super::text;
use crate::parse::{Input, MAX_COMPONENTS, ParseError, Parsed};

/// An unpacked manifest is some megabytes; more is a bomb.
const MAX_UNPACKED: u64 = 64 << 20;

#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    jsonwall: Option<String>,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    arch: String,
    #[serde(default)]
    sha256: String,
}

/// Reads a manifest.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let bytes = unpack(input.bytes)?;
    let text = text::lossy(&bytes);
    let mut parsed = Parsed::default();
    let mut lines = (1..).zip(text.lines());
    let is_head = |line: &str| {
        let head = serde_json::from_str::<Line>(line);
        head.is_ok_and(|head| head.jsonwall.is_some())
    };
    if !lines.next().is_some_and(|(_, line)| is_head(line)) {
        return Err(ParseError::at(1, "expected the head line of a jsonwall"));
    }
    for (number, line) in lines.filter(|(_, line)| !line.is_empty()) {
        match serde_json::from_str::<Line>(line) {
            Ok(line) if line.kind == "package" => {
                parsed
                    .components
                    .push(component(line, input.path, number, os));
            }
            Ok(_) => {}
            Err(error) => {
                let message = format!("not a line of JSON: {error}");
                parsed
                    .problems
                    .push(text::problem(input.path, number, message));
            }
        }
        if parsed.components.len() > MAX_COMPONENTS {
            return Err(ParseError::new(format!(
                "more than {MAX_COMPONENTS} packages"
            )));
        }
    }
    Ok(parsed)
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, ParseError> {
    let failed = |error| ParseError::new(format!("not zstd data: {error}"));
    let reader = zstd::Decoder::with_buffer(bytes).map_err(failed)?;
    let mut unpacked = Vec::new();
    let read = reader.take(MAX_UNPACKED + 1).read_to_end(&mut unpacked);
    read.map_err(failed)?;
    if unpacked.len() as u64 > MAX_UNPACKED {
        let message = format!("unpacks to more than {MAX_UNPACKED} bytes");
        return Err(ParseError::new(message));
    }
    Ok(unpacked)
}

fn component(line: Line, path: &str, number: usize, os: Option<&OperatingSystem>) -> Component {
    let identity = Identity {
        kind: "deb",
        namespace: os.is_none().then_some("ubuntu"),
        name: &line.name,
        version: &line.version,
        arch: Some(&line.arch),
        ..Identity::default()
    };
    let mut component = Component {
        purl: identity.purl(os),
        arch: Some(line.arch).filter(|arch| !arch.is_empty()),
        locations: vec![text::place(path, number)],
        ..Component::default()
    };
    if !line.sha256.is_empty() {
        component.properties.insert("sha256".into(), line.sha256);
    }
    (component.name, component.version) = (line.name, line.version);
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    const WALL: &str = "{\"jsonwall\":\"1.0\",\"schema\":\"1.0\",\"count\":2}\n{\"kind\":\"path\",\"path\":\"/etc/\"}\n\
                        {\"kind\":\"package\",\"name\":\"libc6\",\"version\":\"2.39-0ubuntu8\",\"arch\":\"amd64\"}\n";

    fn parsed(bytes: &[u8]) -> Result<Parsed, ParseError> {
        let input = Input {
            path: "var/lib/chisel/manifest.wall",
            bytes,
            open: &|_| None,
        };
        parse(&input, None)
    }

    #[test]
    fn packages_are_found_among_the_paths() {
        let wall = zstd::encode_all(WALL.as_bytes(), 0).unwrap();
        let one = parsed(&wall).unwrap().components.remove(0);
        assert_eq!(one.purl, "pkg:deb/ubuntu/libc6@2.39-0ubuntu8?arch=amd64");
        assert_eq!(one.locations[0].line, Some(3));
    }

    #[test]
    fn a_bomb_and_something_else_are_errors() {
        let bomb = zstd::encode_all(std::io::repeat(b'x').take(MAX_UNPACKED + 2), 0).unwrap();
        assert!(
            parsed(&bomb)
                .unwrap_err()
                .message
                .contains("unpacks to more")
        );
        assert!(parsed(b"").is_err());
        let other = zstd::encode_all(&b"other"[..], 0).unwrap();
        assert_eq!(parsed(&other).unwrap_err().line, Some(1));
    }

    #[test]
    fn mutated_files_never_panic() {
        let wall = zstd::encode_all(WALL.as_bytes(), 0).unwrap();
        patchward_test_support::mutate(&[&wall, WALL.as_bytes()], 500, |bytes| {
            let _ = parsed(bytes);
            let _ = zstd::encode_all(bytes, 1).map(|packed| parsed(&packed));
        });
    }
}
