//! Container-Optimized OS: `etc/cos-package-info.json`.

use serde::Deserialize;

use patchward_protocol::inventory::{Component, OperatingSystem};

use super::identity::Identity;
use super::text;
use crate::parse::{Input, MAX_COMPONENTS, ParseError, Parsed};

#[derive(Deserialize)]
struct Info {
    /// What runs; `buildTimePackages` are not on the disk.
    #[serde(default, rename = "installedPackages")]
    installed: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    #[serde(default)]
    category: String,
    name: String,
    #[serde(default)]
    version: String,
    /// The version of the Gentoo package that it was built from.
    #[serde(default)]
    ebuild_version: String,
}

/// Reads the list of installed packages.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let info: Info = serde_json::from_slice(input.bytes).map_err(|error| {
        ParseError::at(error.line(), format!("not a COS package list: {error}"))
    })?;
    if info.installed.len() > MAX_COMPONENTS {
        return Err(ParseError::new(format!(
            "more than {MAX_COMPONENTS} packages"
        )));
    }
    let component = |package| component(package, input.path, os);
    Ok(Parsed {
        components: info.installed.into_iter().map(component).collect(),
        problems: Vec::new(),
    })
}

fn component(package: Package, path: &str, os: Option<&OperatingSystem>) -> Component {
    let identity = Identity {
        kind: "cos",
        name: &package.name,
        version: &package.version,
        ..Identity::default()
    };
    let mut component = Component {
        purl: identity.purl(os),
        locations: vec![text::place(path, 1)],
        ..Component::default()
    };
    for (key, value) in [
        ("category", package.category),
        ("ebuild-version", package.ebuild_version),
    ] {
        if !value.is_empty() {
            component.properties.insert(key.into(), value);
        }
    }
    (component.name, component.version) = (package.name, package.version);
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_of_the_build_are_left_out() {
        let bytes = br#"{"installedPackages": [{"category": "sys-libs", "name": "zlib", "version": "17162.336.17",
            "ebuild_version": "1.2.11-r5"}], "buildTimePackages": [{"name": "eselect", "version": "1"}]}"#;
        let input = Input {
            path: "etc/cos-package-info.json",
            bytes,
            open: &|_| None,
        };
        let parsed = parse(&input, None).unwrap();
        assert_eq!(parsed.components.len(), 1);
        assert_eq!(parsed.components[0].purl, "pkg:cos/zlib@17162.336.17");
    }
}
