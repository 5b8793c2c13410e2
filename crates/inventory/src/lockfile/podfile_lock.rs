//! `Podfile.lock` of CocoaPods (guides.cocoapods.org, "What is a Podfile.lock").
//!
//! `PODS` lists every pod and part of a pod (`Name/Part`) with its version and what it needs; `DEPENDENCIES` what the
//! Podfile itself asks for; `EXTERNAL SOURCES` and `CHECKOUT OPTIONS` where pods outside of the registry came from.

use std::collections::HashMap;
use std::fmt;

use patchward_protocol::inventory::Component;
use patchward_purl::Purl;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor};
use serde_saphyr::Spanned;

use super::Format;
use super::graph::{Asked, Graph};
use super::package::{component, problem};
use super::text::decode;
use super::yaml::{self, Pairs};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "podfile-lock",
    matches: |name| name == "Podfile.lock",
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "PODS", default)]
    pods: Vec<Spanned<Pod>>,
    #[serde(rename = "DEPENDENCIES", default)]
    dependencies: Vec<String>,
    #[serde(rename = "EXTERNAL SOURCES", default)]
    external: Pairs<serde_json::Value>,
    #[serde(rename = "CHECKOUT OPTIONS", default)]
    checkout: Pairs<serde_json::Value>,
}

/// `Name (1.0)`, or a mapping from that to what it needs.
struct Pod {
    text: String,
    needs: Vec<String>,
}

impl<'de> Deserialize<'de> for Pod {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(PodVisitor)
    }
}

struct PodVisitor;

impl<'de> Visitor<'de> for PodVisitor {
    type Value = Pod;

    fn expecting(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a pod as text or with a list of what it needs")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Pod, E> {
        Ok(Pod {
            text: text.to_owned(),
            needs: Vec::new(),
        })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pod, A::Error> {
        let first: Option<(String, Option<Vec<String>>)> = map.next_entry()?;
        let (text, needs) = first.ok_or_else(|| A::Error::custom("a pod without a name"))?;
        let needs = needs.unwrap_or_default();
        Ok(Pod { text, needs })
    }
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    if text.trim().is_empty() {
        return Err(ParseError::new("an empty Podfile.lock"));
    }
    let document: Document = yaml::read(&text)?;
    let sources = document.sources();
    let mut parsed = Parsed::default();
    let mut at_of: HashMap<&str, usize> = HashMap::new();
    let mut needs: Vec<&[String]> = Vec::new();
    for pod in &document.pods {
        let line = yaml::line(pod.referenced.line());
        let Some((name, version)) = split(&pod.value.text) else {
            let message = format!("pod `{}` has no version", pod.value.text);
            parsed.problems.push(problem(input.path, line, message));
            continue;
        };
        let mut found = component("cocoapods", name, version, input.path, line);
        let main = name.split('/').next().unwrap_or(name);
        if let Some(purl) = purl(name, version) {
            found.purl = purl;
        }
        if let Some(source) = sources.get(main) {
            tell(source, &mut found);
        }
        at_of.insert(name, parsed.components.len());
        needs.push(&pod.value.needs);
        parsed.components.push(found);
    }
    let mut graph = Graph::default();
    for (from, needs) in needs.iter().enumerate() {
        let to = needs.iter().filter_map(|needed| at_of.get(bare(needed)));
        to.for_each(|&to| graph.edge(from, to));
    }
    let asked = document.dependencies.iter();
    let asked = asked.filter_map(|asked| at_of.get(bare(asked)));
    asked.for_each(|&to| graph.root(to, Asked::Unsaid));
    graph.tell(&mut parsed.components);
    Ok(parsed)
}

impl Document {
    /// What is said of pods from outside the registry; the commit that was checked out comes last and counts.
    fn sources(&self) -> HashMap<&str, Vec<&serde_json::Value>> {
        let mut sources: HashMap<&str, Vec<&serde_json::Value>> = HashMap::new();
        for (name, value) in self.external.0.iter().chain(&self.checkout.0) {
            sources.entry(&name.value).or_default().push(value);
        }
        sources
    }
}

fn tell(source: &[&serde_json::Value], found: &mut Component) {
    for value in source {
        let told = |key: &str| value.get(key).and_then(|value| value.as_str());
        for (key, property) in [
            (":git", "origin"),
            (":commit", "commit"),
            (":branch", "branch"),
        ] {
            if let Some(value) = told(key) {
                found.properties.insert(property.into(), value.into());
            }
        }
        // A pod in the user's own tree.
        found.own |= told(":path").is_some();
    }
}

/// `Name (1.0)` into name and version.
fn split(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.rsplit_once(" (")?;
    let version = rest.strip_suffix(')')?.trim();
    (!name.trim().is_empty() && !version.is_empty()).then_some((name.trim(), version))
}

/// The name of a need such as ``Name (~> 1.0, from `path`)``.
fn bare(need: &str) -> &str {
    need.split(" (").next().unwrap_or(need).trim()
}

/// A part of a pod is the subpath of the pod's purl.
fn purl(name: &str, version: &str) -> Option<String> {
    let (main, part) = name.split_once('/').unwrap_or((name, ""));
    let purl = Purl::new("cocoapods", None, main)
        .ok()?
        .with_version(version);
    Some(match part {
        "" => purl.to_string(),
        part => purl.with_subpath(part).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "PODS:\n  - A (1.0):\n    - B/Core (= 2.0)\n  - B/Core (2.0)\n  - \"C+X (3.0)\"\n  - L (0.1)\n\nDEPENDENCIES:\n  - A (~> 1.0)\n  - C+X (from `https://host.example/c.git`)\n  - L (from `../L`)\n\nEXTERNAL SOURCES:\n  C+X:\n    :git: https://host.example/c.git\n  L:\n    :path: \"../L\"\n\nCHECKOUT OPTIONS:\n  C+X:\n    :commit: abc\n";

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "Podfile.lock",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn pods_parts_and_sources_are_read() {
        let got = read(SMALL.as_bytes()).unwrap().components;
        assert_eq!(got[0].direct, Some(true));
        assert_eq!(got[1].purl, "pkg:cocoapods/B@2.0#Core");
        assert_eq!(got[1].path, ["A@1.0"]);
        assert_eq!(got[1].locations[0].line, Some(4));
        assert_eq!(got[2].properties["commit"], "abc");
        assert!(got[3].own);
    }

    #[test]
    fn other_text_is_an_error() {
        assert!(read(b"").is_err());
        assert!(read(b"invalid\nfile").is_err());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 400, |bytes| drop(read(bytes)));
    }
}
