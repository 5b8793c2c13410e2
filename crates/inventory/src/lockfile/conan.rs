//! `conan.lock` of Conan 1 and 2, and `conanfile.txt` (docs.conan.io).
//!
//! Conan 1 locks the whole graph (`graph_lock.nodes`, a reference in `ref`, before 1.28 in `pref`); a node with a
//! `path` is a recipe in the user's own tree. Conan 2 locks flat lists of references without edges. A reference is
//! `name/version@user/channel#revision%timestamp`.

mod graph_lock;

use patchward_protocol::inventory::Component;
use serde::Deserialize;

use super::Format;
use super::json::{self, Object, Text};
use super::package::{component, problem};
use super::text::{Lines, decode, decode_lossy};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "conan",
    matches: |name| name == "conan.lock",
    parse,
    exact: true,
};

pub(super) const CONANFILE: Format = Format {
    name: "conanfile-txt",
    matches: |name| name == "conanfile.txt",
    parse: parse_conanfile,
    exact: false,
};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow)]
    graph_lock: Option<Object<graph_lock::GraphLock<'a>>>,
    #[serde(borrow, default)]
    requires: Vec<Text<'a>>,
    #[serde(borrow, default)]
    build_requires: Vec<Text<'a>>,
    #[serde(borrow, default)]
    python_requires: Vec<Text<'a>>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let document: Document<'_> = json::read_object(&text)?;
    let lines = Lines::new(&text);
    if let Some(Object(graph_lock)) = &document.graph_lock {
        return Ok(graph_lock.read(input, &lines));
    }
    let mut parsed = Parsed::default();
    let lists = [
        ("requires", &document.requires),
        ("build-requires", &document.build_requires),
        ("python-requires", &document.python_requires),
    ];
    for (group, list) in lists {
        for reference in list {
            let line = lines.of(reference);
            add(input, reference, line, group, &mut parsed);
        }
    }
    Ok(parsed)
}

/// `[requires]`, `[tool_requires]` (before: `[build_requires]`) and `[test_requires]` with a reference a line.
fn parse_conanfile(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode_lossy(input.bytes);
    let mut parsed = Parsed::default();
    let mut group = "";
    for (at, line) in text.lines().enumerate() {
        let content = line.split(" #").next().unwrap_or_default().trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        if content.starts_with('[') && content.ends_with(']') {
            group = match content {
                "[requires]" => "requires",
                "[tool_requires]" | "[build_requires]" => "build-requires",
                "[test_requires]" => "test-requires",
                _ => "",
            };
        } else if !group.is_empty() {
            let line = u32::try_from(at + 1).ok();
            let before = parsed.components.len();
            add(input, content, line, group, &mut parsed);
            if let Some(found) = parsed.components.get_mut(before) {
                found.direct = Some(true);
            }
        }
    }
    Ok(parsed)
}

/// A reference's parts.
struct Reference<'a> {
    name: &'a str,
    version: &'a str,
    user: &'a str,
    channel: &'a str,
    revision: &'a str,
}

impl<'a> Reference<'a> {
    /// `None` when there is no `name/version`.
    fn parse(text: &'a str) -> Option<Reference<'a>> {
        let text = text.split('%').next().unwrap_or_default();
        // A package reference of Conan 1 has `:package-id#revision` behind.
        let text = text.split(':').next().unwrap_or_default();
        let (text, revision) = text.split_once('#').unwrap_or((text, ""));
        let (package, place) = text.split_once('@').unwrap_or((text, ""));
        let (user, channel) = place.split_once('/').unwrap_or((place, ""));
        let (name, version) = package.trim().split_once('/')?;
        (!name.is_empty() && !version.is_empty()).then_some(Reference {
            name,
            version,
            user,
            channel,
            revision,
        })
    }

    fn component(&self, input: &Input<'_>, line: Option<u32>) -> Component {
        let mut found = component("conan", self.name, self.version, input.path, line);
        for (key, value) in [
            ("user", self.user),
            ("channel", self.channel),
            ("revision", self.revision),
        ] {
            if !value.is_empty() && value != "_" {
                found.properties.insert(key.into(), value.into());
            }
        }
        found
    }
}

fn add(input: &Input<'_>, text: &str, line: Option<u32>, group: &str, to: &mut Parsed) {
    let reference = Reference::parse(text);
    // `[>=1.0 <2]` is a range, which only a lockfile resolves.
    let exact = reference.filter(|reference| !reference.version.starts_with('['));
    let Some(reference) = exact else {
        let message = format!("`{text}` names no package with one version");
        to.problems.push(problem(input.path, line, message));
        return;
    };
    let mut found = reference.component(input, line);
    found.development = Some(group != "requires");
    found.properties.insert("groups".into(), group.into());
    to.components.push(found);
}

#[cfg(test)]
mod tests;
