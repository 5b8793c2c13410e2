//! `.csproj` and the project files of other .NET languages: their package references
//! (learn.microsoft.com/nuget/consume-packages/package-references-in-project-files).
//!
//! A reference without a version takes it from the nearest `Directory.Packages.props` above (central management).

use std::collections::HashMap;

use super::Format;
use super::msbuild::{Item, Project, lowest};
use super::package::{component, problem};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "csproj",
    matches: |name| {
        let name = name.to_ascii_lowercase();
        [".csproj", ".fsproj", ".vbproj"]
            .iter()
            .any(|end| name.ends_with(end))
    },
    parse,
    exact: false,
};

pub(super) const PROPS: Format = Format {
    name: "nuget-directory-packages-props",
    matches: |name| name.eq_ignore_ascii_case(PROPS_FILE),
    parse: parse_props,
    exact: false,
};

const PROPS_FILE: &str = "Directory.Packages.props";

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let project = Project::parse(input.bytes)?;
    let central = central(input);
    let mut parsed = Parsed::default();
    for mut item in project.items(&["PackageReference"]) {
        if item.version.as_deref() == Some("") {
            let name = item.name.as_deref().unwrap_or_default();
            if let Some(version) = central.get(&name.to_ascii_lowercase()) {
                item.version = Some(version.clone());
            }
        }
        add(input, &item, &mut parsed);
    }
    Ok(parsed)
}

/// Versions are central here; `PackageReference` items are global ones that every project below has.
fn parse_props(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let project = Project::parse(input.bytes)?;
    let mut parsed = Parsed::default();
    for item in project.items(&[
        "PackageVersion",
        "PackageReference",
        "GlobalPackageReference",
    ]) {
        add(input, &item, &mut parsed);
    }
    Ok(parsed)
}

fn add(input: &Input<'_>, item: &Item<'_>, to: &mut Parsed) {
    let line = item.element.line;
    let name = item.name.as_deref().unwrap_or_default();
    let notation = item.version.as_deref().unwrap_or_default();
    let Some(version) = lowest(notation).filter(|_| !name.is_empty()) else {
        let message = match (name, notation) {
            ("", _) => "a package reference without a name that this file tells".to_owned(),
            (_, "") => format!("`{name}` has no version that this file tells"),
            _ => format!("`{name}` asks for `{notation}`, which names no single version"),
        };
        to.problems.push(problem(input.path, line, message));
        return;
    };
    let mut found = component("nuget", name, version, input.path, line);
    found.direct = Some(true);
    found.development = item.private.then_some(true);
    if notation != version {
        found
            .properties
            .insert("requirement".into(), notation.into());
    }
    to.components.push(found);
}

/// The versions of the nearest `Directory.Packages.props` in the project's folder or above it.
fn central(input: &Input<'_>) -> HashMap<String, String> {
    let mut folder = input.path;
    while let Some((parent, _)) = folder
        .rsplit_once('/')
        .or((!folder.is_empty()).then_some(("", "")))
    {
        folder = parent;
        let path = match folder {
            "" => PROPS_FILE.to_owned(),
            folder => format!("{folder}/{PROPS_FILE}"),
        };
        let Some(bytes) = (input.open)(&path) else {
            continue;
        };
        let Ok(project) = Project::parse(&bytes) else {
            return HashMap::new(); // it is reported where it is read itself
        };
        let versions = project.items(&["PackageVersion"]);
        return versions
            .filter_map(|item| Some((item.name?.to_ascii_lowercase(), item.version?)))
            .collect();
    }
    HashMap::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"<Project Sdk="x"><PropertyGroup><V>2.0</V></PropertyGroup>
<ItemGroup>
<PackageReference Include="A" Version="[1.0, 2.0)" />
<PackageReference Include="B" Version="$(V)" PrivateAssets="All" />
<PackageReference Include="C" />
<PackageReference Include="D" Version="1.*" />
</ItemGroup></Project>"#;

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        let props =
            b"<Project><ItemGroup><PackageVersion Include='c' Version='3'/></ItemGroup></Project>";
        parse(&Input {
            path: "src/app/app.csproj",
            bytes,
            open: &|path| (path == "Directory.Packages.props").then(|| props.to_vec()),
        })
    }

    #[test]
    fn references_take_their_version_from_properties_and_from_above() {
        let got = read(SMALL.as_bytes()).unwrap();
        let found: Vec<_> = got
            .components
            .iter()
            .map(|c| (c.name.as_str(), c.version.as_str()))
            .collect();
        assert_eq!(found, [("A", "1.0"), ("B", "2.0"), ("C", "3")]);
        assert_eq!(got.components[1].development, Some(true));
        assert_eq!(got.components[0].properties["requirement"], "[1.0, 2.0)");
        assert!(got.problems[0].message.contains("`D` asks for `1.*`"));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| drop(read(bytes)));
    }
}
