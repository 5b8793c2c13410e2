//! `bun.lock`, Bun's text lockfile, versions 0 and 1 (Bun's documentation, "Lockfile"): JSON with comments in which
//! each package is a list that begins with `name@version`.

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use super::Format;
use super::graph::{Asked, Graph};
use super::javascript::{commit, name_and_rest};
use super::json::{self, Loose, Names, Pairs};
use super::merge::Merge;
use super::package::{component, problem};
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "bun-lock",
    matches: |name| name == "bun.lock",
    parse,
    exact: true,
};

/// The newest lockfile version that we know.
const NEWEST: u64 = 1;

/// A package's key has this many steps at most when its dependencies are looked for.
const MAX_STEPS: usize = 32;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lock<'a> {
    lockfile_version: Option<u64>,
    #[serde(borrow, default)]
    workspaces: Pairs<'a, Wants<'a>>,
    #[serde(borrow, default)]
    packages: Pairs<'a, &'a RawValue>,
}

/// What a workspace member or a package needs.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Wants<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    version: Loose<'a>,
    #[serde(borrow)]
    dependencies: Names<'a>,
    #[serde(borrow)]
    dev_dependencies: Names<'a>,
    #[serde(borrow)]
    optional_dependencies: Names<'a>,
    #[serde(borrow)]
    peer_dependencies: Names<'a>,
}

impl<'a> Wants<'a> {
    fn at_run_time(&self) -> impl Iterator<Item = (&str, &str)> {
        let tables = [
            &self.dependencies,
            &self.optional_dependencies,
            &self.peer_dependencies,
        ];
        tables.into_iter().flat_map(Names::with_texts)
    }
}

/// One part of a package's list: strings and the table of what it needs come in a varying order.
#[derive(Deserialize)]
#[serde(untagged)]
enum Part<'a> {
    Text(#[serde(borrow)] Cow<'a, str>),
    Wants(#[serde(borrow)] Box<Wants<'a>>),
    Other(IgnoredAny),
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = json::without_comments(&decode(input.bytes)?);
    let lock: Lock<'_> = json::read_object(&text)?;
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    if let Some(version) = lock.lockfile_version.filter(|&version| version > NEWEST) {
        let message = format!("bun.lock version {version} is not known (known: 0 to {NEWEST})");
        parsed.problems.push(problem(input.path, None, message));
    }
    let mut merge = Merge::default();
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    let mut wants: Vec<(&str, usize, Wants<'_>)> = Vec::new();
    for (key, raw) in &lock.packages.0 {
        let line = lines.of(key);
        match package(raw) {
            Some((spec, integrity, needs)) => {
                let found = found(&spec, integrity, &lock.workspaces, input.path, line);
                let at = merge.add(found);
                by_key.insert(key, at);
                wants.push((key, at, needs));
            }
            None => {
                let message = format!(
                    "package {:?} is not a list that begins with its name",
                    &**key
                );
                parsed.problems.push(problem(input.path, line, message));
            }
        }
    }
    let graph = graph(&lock.workspaces, &wants, &by_key);
    parsed.components = merge.finish();
    graph.tell(&mut parsed.components);
    Ok(parsed)
}

fn package<'a>(raw: &'a RawValue) -> Option<(Cow<'a, str>, &'a str, Wants<'a>)> {
    let parts: Vec<Part<'a>> = serde_json::from_str(raw.get()).ok()?;
    let mut parts = parts.into_iter();
    let Some(Part::Text(spec)) = parts.next() else {
        return None;
    };
    let mut needs = Wants::default();
    for part in parts {
        if let Part::Wants(table) = part {
            needs = *table;
        }
    }
    // The integrity comes last, and looks like nothing else.
    let from = raw.get().rfind("\"sha512-").map(|at| at + 1);
    let integrity = from.and_then(|from| raw.get().get(from..)?.split('"').next());
    Some((spec, integrity.unwrap_or_default(), needs))
}

fn found(
    spec: &str,
    integrity: &str,
    members: &Pairs<'_, Wants<'_>>,
    path: &str,
    line: Option<u32>,
) -> patchward_protocol::inventory::Component {
    let (name, rest) = name_and_rest(spec).unwrap_or((spec, ""));
    let member = rest.strip_prefix("workspace:");
    let origin = rest.contains(':') && member.is_none();
    let version = match member {
        Some(folder) => {
            let member = members.0.iter().find(|(place, _)| &**place == folder);
            member.map_or("", |(_, member)| member.version.text())
        }
        None if origin => "",
        None => rest,
    };
    let mut found = component("npm", name, version, path, line);
    found.own = member.is_some();
    if origin {
        found.properties.insert("origin".into(), rest.into());
        let hash = commit(rest).or_else(|| Some(rest.rsplit_once('#')?.1));
        if let Some(hash) = hash.filter(|hash| !hash.is_empty()) {
            found.properties.insert("commit".into(), hash.into());
        }
    }
    if !integrity.is_empty() {
        found
            .properties
            .insert("integrity".into(), integrity.into());
    }
    found
}

fn graph(
    members: &Pairs<'_, Wants<'_>>,
    wants: &[(&str, usize, Wants<'_>)],
    by_key: &HashMap<&str, usize>,
) -> Graph {
    let mut graph = Graph::default();
    for (_, member) in &members.0 {
        let key = member.name.text();
        let all = member.at_run_time().map(|wanted| (wanted, Asked::Runtime));
        let development = member.dev_dependencies.with_texts();
        let all = all.chain(development.map(|wanted| (wanted, Asked::Development)));
        for ((name, range), asked) in all {
            if let Some(to) = resolve(key, name, by_key) {
                graph.ask(to, asked, range);
            }
        }
    }
    for (key, from, needs) in wants {
        for (name, range) in needs.at_run_time() {
            if let Some(to) = resolve(key, name, by_key) {
                graph.need(*from, to, range);
            }
        }
    }
    graph
}

/// The nearest entry upwards: `a/b/name`, `a/name`, `name`.
fn resolve(key: &str, name: &str, by_key: &HashMap<&str, usize>) -> Option<usize> {
    let mut at = key;
    for _ in 0..MAX_STEPS {
        if at.is_empty() || at.len() + name.len() > 1024 {
            break;
        }
        if let Some(&found) = by_key.get(format!("{at}/{name}").as_str()) {
            return Some(found);
        }
        at = at.rsplit_once('/').map_or("", |(parent, _)| parent);
    }
    by_key.get(name).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"{
  "lockfileVersion": 1, // a comment
  "workspaces": {
    "": {"name": "app", "dependencies": {"a": "1", "m": "workspace:*",}, "devDependencies": {"g": "github:x/g"}},
    "m": {"name": "m", "version": "0.1.0"},
  },
  "packages": {
    "a": ["a@1.0.0", "", {"dependencies": {"b": "1"}}, "sha512-x=="],
    "b": ["b@2.0.0"],
    "a/b": ["b@1.0.0", "", {}, ""],
    "g": ["g@github:x/g#abc1", {}, "x-g-abc1"],
    "m": ["m@workspace:m"],
    "bad": [1],
  },
}"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "bun.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn packages_members_commits_and_paths() {
        let got = read(SMALL).unwrap();
        let [a, _, b, g, m] = &got.components[..] else {
            panic!("{got:?}")
        };
        assert_eq!(a.direct, Some(true));
        assert_eq!(a.properties["integrity"], "sha512-x==");
        assert_eq!(
            (b.version.as_str(), &b.path[..]),
            ("1.0.0", &["a@1.0.0".to_owned()][..])
        );
        assert_eq!(b.locations[0].line, Some(10));
        assert_eq!(g.properties["commit"], "abc1");
        assert_eq!((g.version.as_str(), g.development), ("", Some(true)));
        assert_eq!((m.own, m.version.as_str()), (true, "0.1.0"));
        assert_eq!(got.problems[0].location.line, Some(13));
    }

    #[test]
    fn a_version_that_is_no_number_is_an_error() {
        assert!(read("{\"lockfileVersion\": \"x\"}").is_err());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 1000, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
