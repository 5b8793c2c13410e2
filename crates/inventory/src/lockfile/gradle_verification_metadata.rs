//! `gradle/verification-metadata.xml` (docs.gradle.org, "Verifying dependencies").
//!
//! It names every artifact that a build may fetch, so also plugins and what only a test needs; it does not tell
//! which is which.

use super::Format;
use super::package::{component, problem};
use super::xml;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "gradle-verification-metadata",
    matches: |name| name == "verification-metadata.xml",
    parse,
    exact: true,
};

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let root = xml::parse(input.bytes)?;
    if root.name != "verification-metadata" {
        let message = format!(
            "the root element is `{}`, not `verification-metadata`",
            root.name
        );
        return Err(ParseError::new(message));
    }
    let mut parsed = Parsed::default();
    let strays = root
        .all("components")
        .filter_map(|list| list.stray("component"));
    parsed
        .problems
        .extend(strays.map(|stray| problem(input.path, stray.line, stray.message)));
    let components = root
        .all("components")
        .flat_map(|list| list.all("component"));
    for entry in components {
        let group = entry.attribute("group").unwrap_or_default();
        let artifact = entry.attribute("name").unwrap_or_default();
        let version = entry.attribute("version").unwrap_or_default();
        let name = format!("{group}:{artifact}");
        let mut found = component("maven", &name, version, input.path, entry.line);
        if group.is_empty() || artifact.is_empty() || version.is_empty() {
            let message = format!("component `{name}` lacks its group, name or version");
            parsed
                .problems
                .push(problem(input.path, entry.line, message));
        }
        if group.is_empty() || artifact.is_empty() {
            found.purl = String::new(); // half a coordinate names no package
        }
        parsed.components.push(found);
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_are_read_and_half_ones_told() {
        let text = "<verification-metadata><components>\n<component group='g' name='a' version='1'/>\n\
            <component name='b' version='1'/></components></verification-metadata>";
        let got = parse(&Input {
            path: "verification-metadata.xml",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
        .unwrap();
        assert_eq!(got.components[0].purl, "pkg:maven/g/a@1");
        assert_eq!(got.components[0].locations[0].line, Some(2));
        assert_eq!(
            (&*got.components[1].name, &*got.components[1].purl),
            (":b", "")
        );
        assert_eq!(got.problems.len(), 1);
    }
}
