//! `gradle.lockfile` and its relatives (docs.gradle.org, "Locking dependency versions").
//!
//! A line is `group:artifact:version=configuration,configuration`; `empty=` lists configurations without any.

use super::Format;
use super::package::component;
use super::text::decode_lossy;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "gradle-lockfile",
    matches: |name| name == "gradle.lockfile" || name.ends_with("-gradle.lockfile"),
    parse,
    exact: true,
};

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode_lossy(input.bytes);
    let mut parsed = Parsed::default();
    for (at, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.starts_with('#') {
            continue;
        }
        let Some((coordinates, configurations)) = line.split_once('=') else {
            continue;
        };
        let parts: Vec<&str> = coordinates.split(':').map(str::trim).collect();
        let [group, artifact, version] = parts[..] else {
            continue; // `empty=`, or not of this format
        };
        if group.is_empty() || artifact.is_empty() || version.is_empty() {
            continue;
        }
        let line = u32::try_from(at + 1).ok();
        let name = format!("{group}:{artifact}");
        let mut found = component("maven", &name, version, input.path, line);
        found.development = development(configurations);
        if !configurations.is_empty() {
            found
                .properties
                .insert("groups".into(), configurations.into());
        }
        parsed.components.push(found);
    }
    Ok(parsed)
}

/// Only for tests when every configuration is one of a test source set, as the Java plugins name them.
fn development(configurations: &str) -> Option<bool> {
    let mut names = configurations.split(',').map(str::trim).peekable();
    names.peek().filter(|name| !name.is_empty())?;
    let of_test = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("test") || name.contains("testcompile") || name.contains("testruntime")
    };
    Some(names.all(of_test))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_and_test_configurations_are_development() {
        let text = "# c\na.b:c:1.0=compileClasspath,testCompileClasspath\nd:e:2=testRuntimeClasspath\nempty=x\nfoo\n";
        let got = parse(&Input {
            path: "gradle.lockfile",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
        .unwrap()
        .components;
        assert_eq!(got.len(), 2);
        assert_eq!(got[0].purl, "pkg:maven/a.b/c@1.0");
        assert_eq!(got[0].development, Some(false));
        assert_eq!(got[1].development, Some(true));
        assert_eq!(got[1].locations[0].line, Some(3));
    }
}
