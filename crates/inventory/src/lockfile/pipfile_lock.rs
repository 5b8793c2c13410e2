//! `Pipfile.lock` (pipenv's documentation; `pipfile-spec` 6): pinned packages by category, of which `default` is for
//! run time and `develop` for development; others have the user's own names.

use serde::Deserialize;
use serde_json::value::RawValue;

use super::Format;
use super::json::{self, Loose, Pairs};
use super::merge::Merge;
use super::package::{component, problem};
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "pipfile-lock",
    matches: |name| name == "Pipfile.lock",
    parse,
    exact: true,
};

/// The `pipfile-spec` that we know.
const KNOWN: u64 = 6;

#[derive(Deserialize)]
struct Meta {
    #[serde(rename = "pipfile-spec")]
    spec: Option<u64>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Package<'a> {
    #[serde(borrow)]
    version: Loose<'a>,
    #[serde(borrow)]
    git: Loose<'a>,
    #[serde(borrow, rename = "ref")]
    reference: Loose<'a>,
    #[serde(borrow)]
    path: Loose<'a>,
    #[serde(borrow)]
    file: Loose<'a>,
    #[serde(borrow)]
    index: Loose<'a>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let mut parsed = Parsed::default();
    if text.trim().is_empty() {
        return Ok(parsed);
    }
    let lines = Lines::new(&text);
    let categories: Pairs<'_, &RawValue> = json::read_object(&text)?;
    let mut merge = Merge::default();
    for (category, content) in &categories.0 {
        if &**category == "_meta" {
            parsed.problems.extend(unknown_spec(content, input.path));
            continue;
        }
        let packages: Pairs<'_, Package<'_>> = match serde_json::from_str(content.get()) {
            Ok(packages) => packages,
            Err(error) => {
                let message = format!("category {:?}: {error}", &**category);
                let line = lines.of(category);
                parsed.problems.push(problem(input.path, line, message));
                continue;
            }
        };
        for (name, package) in &packages.0 {
            let version = package.version.text();
            let version = version.strip_prefix("==").unwrap_or(version);
            let mut found = component("pypi", name, version, input.path, lines.of(name));
            found.development = Some(&**category == "develop");
            // Only what the Pipfile itself asks for has an index.
            found.direct = package.index.is_some().then_some(true);
            let origins = [&package.git, &package.path, &package.file];
            let properties = [
                ("commit", package.reference.text()),
                (
                    "origin",
                    origins
                        .map(Loose::text)
                        .into_iter()
                        .max()
                        .unwrap_or_default(),
                ),
            ];
            for (key, value) in properties
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
            {
                found.properties.insert(key.to_owned(), value.to_owned());
            }
            merge.add(found);
        }
    }
    parsed.components = merge.finish();
    Ok(parsed)
}

fn unknown_spec(meta: &RawValue, path: &str) -> Option<patchward_protocol::inventory::Problem> {
    let meta: Meta = serde_json::from_str(meta.get()).ok()?;
    let spec = meta.spec.filter(|&spec| spec > KNOWN)?;
    let message = format!("pipfile-spec {spec} is not known (known: {KNOWN})");
    Some(problem(path, None, message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"{
 "_meta": {"pipfile-spec": 6, "sources": []},
 "default": {
  "a": {"hashes": ["sha256:00"], "index": "pypi", "version": "==1.0"},
  "b": {"git": "https://git.example/b.git", "ref": "abc"}
 },
 "develop": {"a": {"version": "==1.0"}, "c": {"version": "==2.0"}}
}"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "Pipfile.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn categories_are_read_and_runtime_wins() {
        let got = read(SMALL).unwrap().components;
        let development: Vec<_> = got.iter().map(|c| c.development).collect();
        assert_eq!(development, [Some(false), Some(false), Some(true)]);
        assert_eq!(got[0].direct, Some(true));
        assert_eq!(got[0].locations[0].line, Some(4));
        assert_eq!(got[1].properties["commit"], "abc");
    }

    #[test]
    fn a_category_that_is_no_table_is_a_problem() {
        let got = read("{\"default\": {\"a\": 1}, \"develop\": {\"b\": {}}}").unwrap();
        assert_eq!((got.components.len(), got.problems.len()), (1, 1));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
