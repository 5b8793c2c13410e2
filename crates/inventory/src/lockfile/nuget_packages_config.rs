//! `packages.config` of NuGet 2 (learn.microsoft.com/nuget/reference/packages-config).

use super::Format;
use super::package::{component, problem};
use super::xml;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "nuget-packages-config",
    matches: |name| name.eq_ignore_ascii_case("packages.config"),
    parse,
    exact: true,
};

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let root = xml::parse(input.bytes)?;
    if root.name != "packages" {
        let message = format!("the root element is `{}`, not `packages`", root.name);
        return Err(ParseError::new(message));
    }
    let mut parsed = Parsed::default();
    let stray = root.stray("package");
    parsed
        .problems
        .extend(stray.map(|stray| problem(input.path, stray.line, stray.message)));
    for package in root.all("package") {
        let (Some(name), Some(version)) = (package.attribute("id"), package.attribute("version"))
        else {
            let message = "a package without id or without version";
            parsed
                .problems
                .push(problem(input.path, package.line, message));
            continue;
        };
        let mut found = component("nuget", name, version, input.path, package.line);
        let development = package.attribute("developmentDependency");
        found.development = Some(development.is_some_and(|d| d.eq_ignore_ascii_case("true")));
        parsed.components.push(found);
    }
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"<packages>
  <package id="A.B" version="1.0" developmentDependency="true" />
  <package id="C" version="2" />
  <package id="D" />
</packages>"#;

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "packages.config",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn packages_are_read_and_incomplete_ones_told() {
        let got = read(SMALL.as_bytes()).unwrap();
        assert_eq!(got.components[0].purl, "pkg:nuget/A.B@1.0");
        assert_eq!(got.components[0].development, Some(true));
        assert_eq!(got.components[1].locations[0].line, Some(3));
        assert_eq!(got.problems.len(), 1);
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| drop(read(bytes)));
    }
}
