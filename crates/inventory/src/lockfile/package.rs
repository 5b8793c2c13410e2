//! A component from the name and version that a lockfile writes.

use patchward_protocol::inventory::{Component, Location, Problem};

/// A component of an ecosystem (`kind` is the purl type) with its canonical purl.
///
/// The name is as the ecosystem writes it; the purl's namespace is cut from it: `@scope/name`, `group:artifact`,
/// `vendor/name`, `example.com/group/module`.
pub(crate) fn component(
    kind: &str,
    name: &str,
    version: &str,
    path: &str,
    line: Option<u32>,
) -> Component {
    Component {
        purl: purl(kind, name, version),
        name: name.to_owned(),
        version: version.to_owned(),
        locations: vec![Location {
            path: path.to_owned(),
            line,
        }],
        ..Component::default()
    }
}

/// A problem at a place of the file.
pub(crate) fn problem(path: &str, line: Option<u32>, message: impl Into<String>) -> Problem {
    Problem {
        location: Location {
            path: path.to_owned(),
            line,
        },
        message: message.into(),
    }
}

/// The canonical purl of a package, by the rules of its type for namespace, case and separators.
pub(crate) fn purl(kind: &str, name: &str, version: &str) -> String {
    let cut = match kind {
        "maven" => name.split_once(':'),
        "npm" | "composer" | "golang" | "swift" | "github" => name.rsplit_once('/'),
        _ => None,
    };
    let (namespace, name) = cut.map_or(("", name), |(namespace, name)| (namespace, name));
    let mut purl = format!("pkg:{kind}/");
    for part in namespace.split('/').filter(|part| !part.is_empty()) {
        encode(&by_type(kind, part), &mut purl);
        purl.push('/');
    }
    encode(&by_type(kind, name), &mut purl);
    if !version.is_empty() {
        purl.push('@');
        encode(version, &mut purl);
    }
    purl
}

fn by_type(kind: &str, part: &str) -> String {
    match kind {
        "pypi" => part.to_lowercase().replace('_', "-"),
        "composer" | "golang" | "hex" | "pub" => part.to_lowercase(),
        _ => part.to_owned(),
    }
}

fn encode(part: &str, to: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for byte in part.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte) {
            to.push(char::from(byte));
        } else {
            to.push('%');
            to.push(char::from(HEX[usize::from(byte >> 4)]));
            to.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_take_the_namespace_from_the_name() {
        assert_eq!(
            purl("npm", "@babel/core", "7.0.0"),
            "pkg:npm/%40babel/core@7.0.0"
        );
        assert_eq!(purl("maven", "org.a:b", "1"), "pkg:maven/org.a/b@1");
        assert_eq!(
            purl("golang", "github.com/A/b", "v1"),
            "pkg:golang/github.com/a/b@v1"
        );
        assert_eq!(purl("pypi", "Foo_Bar", ""), "pkg:pypi/foo-bar");
        assert_eq!(purl("cargo", "a", "1.0.0+b"), "pkg:cargo/a@1.0.0%2Bb");
    }
}
