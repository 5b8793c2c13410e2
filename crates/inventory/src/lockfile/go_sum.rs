//! `go.sum` (Go modules reference, "go.sum files"): hashes of every module that was looked at. The file names more
//! than the build uses: of each module only the last, which is the highest, version is taken.

use std::collections::HashMap;

use patchward_protocol::inventory::Component;

use super::Format;
use super::package::{component, problem};
use super::text::decode;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "go-sum",
    matches: |name| matches!(name, "go.sum" | "go.work.sum"),
    parse,
    // go.mod tells which of the versions are used.
    exact: false,
};

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let mut parsed = Parsed::default();
    let mut by_module: HashMap<&str, usize> = HashMap::new();
    for (at, line) in text.lines().enumerate() {
        let number = u32::try_from(at + 1).ok();
        let fields: Vec<&str> = line.split_whitespace().take(4).collect();
        let (module, version, hash) = match fields[..] {
            [] => continue,
            [module, version, hash] if hash.starts_with("h1:") => (module, version, hash),
            _ => {
                let message = "expected module, version and hash";
                parsed.problems.push(problem(input.path, number, message));
                continue;
            }
        };
        let plain = version.strip_suffix("/go.mod");
        let version = plain.unwrap_or(version);
        let known = by_module.get(module).copied();
        let same = known.is_some_and(|at| parsed.components[at].version == version);
        let mut found = component("golang", module, version, input.path, number);
        if plain.is_none() {
            found.properties.insert("integrity".into(), hash.into());
        }
        match known {
            Some(at) if same => keep_integrity(&mut parsed.components[at], found),
            Some(at) => parsed.components[at] = found,
            None => {
                by_module.insert(module, parsed.components.len());
                parsed.components.push(found);
            }
        }
    }
    Ok(parsed)
}

fn keep_integrity(known: &mut Component, found: Component) {
    known.properties.extend(found.properties);
}

/// The modules of a `go.sum`, for an old `go.mod` that does not name the indirect ones itself.
pub(super) fn modules(bytes: &[u8], path: &str) -> Vec<Component> {
    let input = Input {
        path,
        bytes,
        open: &|_| None,
    };
    parse(&input)
        .map(|parsed| parsed.components)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "a.example/m v1.0.0 h1:a=
a.example/m v1.0.0/go.mod h1:b=
a.example/m v1.2.0 h1:c=
a.example/m v1.2.0/go.mod h1:d=

b.example/n v0.1.0/go.mod h1:e=
nonsense
";

    fn read(text: &str) -> Parsed {
        parse(&Input {
            path: "go.sum",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
        .unwrap()
    }

    #[test]
    fn the_last_version_of_each_module_counts() {
        let got = read(SMALL);
        let purls: Vec<_> = got.components.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:golang/a.example/m@v1.2.0",
                "pkg:golang/b.example/n@v0.1.0"
            ]
        );
        assert_eq!(got.components[0].properties["integrity"], "h1:c=");
        assert_eq!(got.components[0].locations[0].line, Some(3));
        assert_eq!(got.problems[0].location.line, Some(7));
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 1000, |bytes| {
            read(&String::from_utf8_lossy(bytes));
        });
    }
}
