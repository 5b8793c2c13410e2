//! `build.sbt.lock` of sbt-dependency-lock (github.com/stringbean/sbt-dependency-lock).

use serde::Deserialize;

use super::Format;
use super::json::{self, Text};
use super::package::{component, problem};
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "sbt-lock",
    matches: |name| name.ends_with(".sbt.lock"),
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    dependencies: Vec<Dependency<'a>>,
}

#[derive(Deserialize)]
struct Dependency<'a> {
    #[serde(borrow, default)]
    org: Text<'a>,
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    version: Text<'a>,
    #[serde(borrow, default)]
    configurations: Vec<Text<'a>>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let document: Document<'_> = json::read_object(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    for entry in &document.dependencies {
        let line = lines.of(&entry.name);
        if entry.org.is_empty() || entry.name.is_empty() {
            let message = "a dependency without org or name";
            parsed.problems.push(problem(input.path, line, message));
            continue;
        }
        let name = format!("{}:{}", &*entry.org, &*entry.name);
        let mut found = component("maven", &name, &entry.version, input.path, line);
        found.development = development(&entry.configurations);
        parsed.components.push(found);
    }
    Ok(parsed)
}

/// What is in none of the configurations that run is there to build or to test.
fn development(configurations: &[Text<'_>]) -> Option<bool> {
    let runs = |name: &Text<'_>| ["compile", "runtime", "provided", "optional"].contains(&&**name);
    (!configurations.is_empty()).then(|| !configurations.iter().any(runs))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn configurations_tell_development() {
        let text = r#"{"lockVersion": 1, "dependencies": [
 {"org": "a.b", "name": "c_2.13", "version": "1", "configurations": ["test", "compile"]},
 {"org": "d", "name": "e", "version": "2", "configurations": ["test"]},
 {"name": "f"}]}"#;
        let got = parse(&Input {
            path: "build.sbt.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
        .unwrap();
        assert_eq!(got.components[0].purl, "pkg:maven/a.b/c_2.13@1");
        assert_eq!(got.components[0].development, Some(false));
        assert_eq!(got.components[1].development, Some(true));
        assert_eq!(got.components[1].locations[0].line, Some(3));
        assert_eq!(got.problems.len(), 1);
    }
}
