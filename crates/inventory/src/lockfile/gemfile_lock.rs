//! `Gemfile.lock` and `gems.locked` (Bundler's own lockfile parser): sections with indented lines; in `specs:` four
//! spaces begin a gem and six what it needs.

use std::collections::HashMap;

use super::Format;
use super::graph::{Asked, Graph};
use super::merge::Merge;
use super::package::{component, problem};
use super::text::decode;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "gemfile-lock",
    matches: |name| matches!(name, "Gemfile.lock" | "gems.locked"),
    parse,
    exact: true,
};

#[derive(Default)]
struct Reading<'a> {
    section: &'a str,
    remote: &'a str,
    revision: &'a str,
    merge: Merge,
    /// The gem that the next deeper lines belong to.
    gem: Option<usize>,
    by_name: HashMap<&'a str, usize>,
    needs: Vec<(usize, &'a str, &'a str)>,
    asked: Vec<(&'a str, &'a str)>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let mut parsed = Parsed::default();
    let mut reading = Reading::default();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("<<<<<<<") || line.starts_with(">>>>>>>") {
            return Err(ParseError::at(at + 1, "the file has merge conflicts"));
        }
        let number = u32::try_from(at + 1).ok();
        if let Err(message) = reading.line(line, number, input.path) {
            parsed.problems.push(problem(input.path, number, message));
        }
    }
    let mut graph = Graph::default();
    for (from, name, range) in &reading.needs {
        if let Some(&to) = reading.by_name.get(name) {
            graph.need(*from, to, range);
        }
    }
    for (name, range) in &reading.asked {
        if let Some(&to) = reading.by_name.get(name) {
            graph.ask(to, Asked::Unsaid, range);
        }
    }
    parsed.components = reading.merge.finish();
    graph.tell(&mut parsed.components);
    Ok(parsed)
}

impl<'a> Reading<'a> {
    fn line(&mut self, line: &'a str, number: Option<u32>, path: &str) -> Result<(), String> {
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        match (indent, self.section) {
            _ if content.is_empty() => {}
            (0, _) => {
                self.section = content;
                self.remote = "";
                self.revision = "";
                self.gem = None;
            }
            (2, "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE") => {
                if let Some(remote) = content.strip_prefix("remote:") {
                    self.remote = remote.trim();
                }
                if let Some(revision) = content.strip_prefix("revision:") {
                    self.revision = revision.trim();
                }
            }
            (4, "GEM" | "GIT" | "PATH" | "PLUGIN SOURCE") => self.gem(content, number, path)?,
            (6, _) => {
                if let Some(gem) = self.gem {
                    self.needs.push((gem, name_of(content), range_of(content)));
                }
            }
            (2, "DEPENDENCIES") => self.asked.push((name_of(content), range_of(content))),
            _ => {}
        }
        Ok(())
    }

    /// `name (version)` or `name (version-platform)`.
    fn gem(&mut self, content: &'a str, number: Option<u32>, path: &str) -> Result<(), String> {
        let parts = content.split_once(" (");
        let parts = parts.and_then(|(name, rest)| Some((name, rest.strip_suffix(')')?)));
        let Some((name, version)) = parts else {
            self.gem = None;
            return Err(format!("{content:?} is not `name (version)`"));
        };
        let (version, platform) = version.split_once('-').unwrap_or((version, ""));
        let mut found = component("gem", name, version, path, number);
        found.own = self.section == "PATH" && self.remote == ".";
        let origin = if self.section == "GEM" {
            ""
        } else {
            self.remote
        };
        let properties = [
            ("commit", self.revision),
            ("origin", origin),
            ("platform", platform),
        ];
        for (key, value) in properties
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
        {
            found.properties.insert(key.to_owned(), value.to_owned());
        }
        let at = self.merge.add(found);
        self.by_name.insert(name, at);
        self.gem = Some(at);
        Ok(())
    }
}

/// The name before a constraint; `!` marks a gem that has a source of its own.
fn name_of(content: &str) -> &str {
    content.split([' ', '!']).next().unwrap_or_default()
}

/// The constraint in brackets; a gem without one allows every version.
fn range_of(content: &str) -> &str {
    let inside = content
        .split_once('(')
        .and_then(|(_, rest)| rest.split_once(')'));
    inside.map_or(">= 0", |(range, _)| range)
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "GIT
  remote: https://git.example/g.git
  revision: abc
  specs:
    g (0.1)

PATH
  remote: .
  specs:
    own (1.0)
      a

GEM
  remote: https://gems.example/
  specs:
    a (1.0)
      b (>= 1, < 2)
    b (1.2-x86_64-linux)
    b (1.2)
    broken

DEPENDENCIES
  a (~> 1.0)
  g!
";

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "Gemfile.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn gems_sources_and_graph() {
        let got = read(SMALL).unwrap();
        let [g, own, a, b] = &got.components[..] else {
            panic!()
        };
        assert_eq!(g.properties["commit"], "abc");
        assert_eq!(g.direct, Some(true));
        assert!(own.own);
        assert_eq!((a.direct, a.locations[0].line), (Some(true), Some(16)));
        assert_eq!(
            (b.version.as_str(), &b.path[..]),
            ("1.2", &["a@1.0".to_owned()][..])
        );
        assert_eq!(b.locations.len(), 2);
        assert_eq!(b.needed_by[0].package, "a@1.0");
        assert_eq!(b.needed_by[0].range.as_deref(), Some(">= 1, < 2"));
        assert_eq!(got.problems[0].location.line, Some(20));
    }

    #[test]
    fn line_ends_of_windows_are_read_too() {
        let dos = SMALL.replace('\n', "\r\n");
        assert_eq!(
            read(&dos).unwrap().components,
            read(SMALL).unwrap().components
        );
    }

    #[test]
    fn merge_conflicts_are_an_error() {
        assert_eq!(read("GEM\n<<<<<<< HEAD\n").unwrap_err().line, Some(2));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 1000, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
