//! Homebrew: `Cellar/NAME/VERSION/INSTALL_RECEIPT.json` for formulae, `Caskroom/NAME/VERSION/…` for casks.

use serde::Deserialize;

use patchward_protocol::inventory::{Component, OperatingSystem};

use super::identity::Identity;
use super::text;
use crate::parse::{Input, ParseError, Parsed};

/// What a receipt tells besides the path.
#[derive(Default, Deserialize)]
struct Receipt {
    #[serde(default)]
    installed_on_request: Option<bool>,
    #[serde(default)]
    arch: Option<String>,
    #[serde(default)]
    source: Source,
}

#[derive(Default, Deserialize)]
struct Source {
    #[serde(default)]
    tap: Option<String>,
}

/// Reads a file of a keg or a cask: name and version are folders of its path.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let (name, version) = package_of(input.path).ok_or_else(|| {
        ParseError::new("expected a path Cellar/NAME/VERSION or Caskroom/NAME/VERSION")
    })?;
    let receipt = if input.path.ends_with("/INSTALL_RECEIPT.json") {
        serde_json::from_slice(input.bytes).map_err(|error| {
            ParseError::at(error.line(), format!("not an install receipt: {error}"))
        })?
    } else {
        Receipt::default()
    };
    let identity = Identity {
        kind: "brew",
        name,
        version,
        ..Identity::default()
    };
    let mut component = Component {
        purl: identity.purl(os),
        name: name.to_owned(),
        version: version.to_owned(),
        arch: receipt.arch,
        direct: receipt.installed_on_request,
        locations: vec![text::place(input.path, 1)],
        ..Component::default()
    };
    if let Some(tap) = receipt.source.tap {
        component.properties.insert("tap".into(), tap);
    }
    Ok(Parsed {
        components: vec![component],
        problems: Vec::new(),
    })
}

/// Name and version of the package that a path belongs to.
fn package_of(path: &str) -> Option<(&str, &str)> {
    let mut parts = path
        .split('/')
        .skip_while(|part| !matches!(*part, "Cellar" | "Caskroom"));
    parts.next()?;
    let name = parts.next().filter(|name| !name.is_empty())?;
    let version = parts.next().filter(|version| !version.is_empty())?;
    Some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn name_and_version_are_in_the_path() {
        let check = |path| package_of(path);
        assert_eq!(
            check("opt/homebrew/Cellar/jq/1.7.1/INSTALL_RECEIPT.json"),
            Some(("jq", "1.7.1"))
        );
        assert_eq!(check("Caskroom/tools/35.0/bin/x"), Some(("tools", "35.0")));
        assert_eq!(check("Cellar/jq"), None);
    }
}
