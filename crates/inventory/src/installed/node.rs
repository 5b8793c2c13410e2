//! An installed npm package: `node_modules/NAME/package.json`.

use serde::Deserialize;

use crate::lockfile::json::{self, Loose};
use crate::lockfile::package::component;
use crate::lockfile::text::decode;
use crate::parse::{Input, ParseError, Parsed};

/// Whether a folder is a package's own: directly inside `node_modules`, or inside a scope there. Other
/// `package.json` files below belong to a package's tests or parts.
pub(super) fn is_package(folder: &str) -> bool {
    let mut parts = folder.rsplit('/');
    let (_, parent, above) = (parts.next(), parts.next(), parts.next());
    parent == Some("node_modules")
        || (parent.is_some_and(|scope| scope.starts_with('@')) && above == Some("node_modules"))
}

#[derive(Deserialize)]
struct Manifest<'a> {
    #[serde(borrow, default)]
    name: Loose<'a>,
    #[serde(borrow, default)]
    version: Loose<'a>,
}

/// Reads name and version; a manifest without both names no installed package and yields nothing.
pub(super) fn read(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let manifest: Manifest<'_> = json::read_object(&text)?;
    let (name, version) = (manifest.name.text(), manifest.version.text());
    let mut parsed = Parsed::default();
    if !name.is_empty() && !version.is_empty() {
        let found = component("npm", name, version, input.path, None);
        parsed.components.push(found);
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_packages_own_folder_counts() {
        assert!(is_package("app/node_modules/a"));
        assert!(is_package("node_modules/@s/a"));
        assert!(is_package("node_modules/a/node_modules/b"));
        assert!(!is_package("node_modules/a/test"));
        assert!(!is_package("app"));
    }

    #[test]
    fn manifests_without_a_version_are_no_packages() {
        let read = |text: &str| {
            read(&Input {
                path: "node_modules/@s/a/package.json",
                bytes: text.as_bytes(),
                open: &|_| None,
            })
        };
        let got = read(r#"{"name": "@s/a", "version": "1.0.0", "main": {}}"#).unwrap();
        assert_eq!(got.components[0].purl, "pkg:npm/%40s/a@1.0.0");
        assert!(read(r#"{"type": "module"}"#).unwrap().components.is_empty());
        assert!(read("{").is_err());
    }
}
