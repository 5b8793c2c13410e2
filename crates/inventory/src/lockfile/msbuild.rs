//! The part of MSBuild that project files of NuGet use: items with metadata, and properties in their text.
//!
//! Conditions, imports and property functions are not evaluated (that needs the SDK): an item counts whatever its
//! condition says, and text with a property that the file does not set itself stays unknown.

use std::collections::HashMap;

use super::xml::{self, Element};
use crate::parse::ParseError;

/// Properties inside properties; real files nest two or three.
const MAX_NESTING: usize = 8;

/// The longest text that a property may grow to.
const MAX_TEXT: usize = 4096;

/// A project file.
pub(super) struct Project {
    root: Element,
}

/// A `PackageReference`, `PackageVersion` or `GlobalPackageReference`.
pub(super) struct Item<'a> {
    /// What it names (`Include`, or `Update`), with properties filled in; `None` when one is not known.
    pub(super) name: Option<String>,
    /// Its version (`VersionOverride` before `Version`), with properties filled in; empty when it has none, `None`
    /// when a property is not known.
    pub(super) version: Option<String>,
    /// `PrivateAssets` is `all`: used to build, not shipped.
    pub(super) private: bool,
    /// The element.
    pub(super) element: &'a Element,
}

impl Project {
    /// Reads a project file.
    pub(super) fn parse(bytes: &[u8]) -> Result<Project, ParseError> {
        let root = xml::parse(bytes)?;
        if root.name != "Project" {
            let message = format!("the root element is `{}`, not `Project`", root.name);
            return Err(ParseError::new(message));
        }
        Ok(Project { root })
    }

    /// The items of these names in every `ItemGroup`, in the order of the file.
    pub(super) fn items<'a>(&'a self, names: &'a [&'a str]) -> impl Iterator<Item = Item<'a>> {
        let properties = self.properties();
        let elements = self.root.all("ItemGroup").flat_map(|group| &group.children);
        elements
            .filter(|element| names.contains(&element.name.as_str()))
            .map(move |element| item(element, &properties))
    }

    /// The properties that the file sets; of several the last, as MSBuild takes it.
    fn properties(&self) -> HashMap<String, &str> {
        let groups = self.root.all("PropertyGroup");
        let set = groups.flat_map(|group| &group.children);
        set.map(|property| (property.name.to_ascii_lowercase(), property.text()))
            .collect()
    }
}

fn item<'a>(element: &'a Element, properties: &HashMap<String, &str>) -> Item<'a> {
    // Metadata may be written as an attribute or as an element inside.
    let metadata = |name: &'a str| {
        element
            .attribute(name)
            .or_else(|| element.text_of(name))
            .unwrap_or_default()
    };
    let first = |a: &'a str, b: &'a str| if a.is_empty() { b } else { a };
    Item {
        name: fill(first(metadata("Include"), metadata("Update")), properties),
        version: fill(
            first(metadata("VersionOverride"), metadata("Version")),
            properties,
        ),
        private: metadata("PrivateAssets").eq_ignore_ascii_case("all"),
        element,
    }
}

/// Replaces each `$(Name)`; `None` when one is not set in the file.
fn fill(text: &str, properties: &HashMap<String, &str>) -> Option<String> {
    let mut text = text.to_owned();
    for _ in 0..MAX_NESTING {
        let Some((before, rest)) = text.split_once("$(") else {
            return (!text.contains("@(")).then_some(text);
        };
        let (name, after) = rest.split_once(')')?;
        let value = properties.get(&name.trim().to_ascii_lowercase())?;
        text = format!("{before}{value}{after}");
        if text.len() > MAX_TEXT {
            return None;
        }
    }
    None
}

/// The one version that a version of NuGet's notation stands for: `1.0` and `[1.0,2.0)` are at least 1.0 and NuGet
/// takes the lowest that exists, `[1.0]` is exactly it. Floating (`1.*`) and open ranges name none.
pub(super) fn lowest(notation: &str) -> Option<&str> {
    let inner = match notation.strip_prefix('[') {
        Some(inner) => inner.split([',', ']']).next().unwrap_or_default(),
        None => notation,
    };
    let inner = inner.trim();
    let plain = !inner.is_empty() && !inner.contains(['*', '(', ')', '[', ']', ',']);
    plain.then_some(inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn properties_are_filled_in_and_unknown_ones_told() {
        let text = "<Project><PropertyGroup><V>1.$(W)</V><W>2</W><L>$(L)</L></PropertyGroup><ItemGroup>\
            <PackageReference Include='A'><Version>$(v)</Version></PackageReference>\
            <PackageReference Include='B' Version='$(No)'/><PackageReference Include='C' Version='$(L)'/>\
            </ItemGroup></Project>";
        let project = Project::parse(text.as_bytes()).unwrap();
        let got: Vec<_> = project
            .items(&["PackageReference"])
            .map(|item| item.version)
            .collect();
        assert_eq!(got, [Some("1.2".to_owned()), None, None]);
    }

    #[test]
    fn nugets_notation_names_its_lowest_version() {
        assert_eq!(lowest("1.0"), Some("1.0"));
        assert_eq!(lowest("[1.0]"), Some("1.0"));
        assert_eq!(lowest("[1.0, 2.0)"), Some("1.0"));
        assert_eq!(lowest("(1.0, 2.0)"), None);
        assert_eq!(lowest("1.*"), None);
        assert_eq!(lowest(""), None);
    }
}
