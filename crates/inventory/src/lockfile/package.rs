//! A component from the name and version that a lockfile writes.

use patchward_protocol::inventory::{Component, Location, Problem};
use patchward_purl::Purl;

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

/// The canonical purl of a package, by the rules of its type for namespace, case and separators; empty for a name that
/// no purl can have.
pub(crate) fn purl(kind: &str, name: &str, version: &str) -> String {
    let cut = match kind {
        "maven" => name.split_once(':'),
        "npm" | "composer" | "golang" | "swift" | "github" => name.rsplit_once('/'),
        _ => None,
    };
    let (namespace, name) = cut.map_or(("", name), |(namespace, name)| (namespace, name));
    Purl::new(kind, Some(namespace), name)
        .map(|purl| purl.with_version(version).to_string())
        .unwrap_or_default()
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
            "pkg:golang/github.com/A/b@v1"
        );
        assert_eq!(purl("pypi", "Foo_Bar", ""), "pkg:pypi/foo-bar");
        assert_eq!(purl("cargo", "a", "1.0.0+b"), "pkg:cargo/a@1.0.0%2Bb");
    }
}
