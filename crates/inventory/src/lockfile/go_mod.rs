//! `go.mod` (Go modules reference, "go.mod files"). Since Go 1.17 it names every module of the build; before, the
//! indirect ones are taken from the `go.sum` beside it.
//!
//! The standard library is a component too (`stdlib`): its version is the toolchain's, or else the `go` line's.

use std::collections::HashSet;

use super::Format;
use super::package::{component, problem};
use super::text::decode;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "go-mod",
    matches: |name| name == "go.mod",
    parse,
    exact: true,
};

#[derive(Default)]
struct Module<'a> {
    name: Option<(&'a str, u32)>,
    go: Option<(&'a str, u32)>,
    toolchain: Option<(&'a str, u32)>,
    requires: Vec<Require>,
    replaces: Vec<Replace>,
}

struct Require {
    path: String,
    version: String,
    indirect: bool,
    line: u32,
}

struct Replace {
    old: String,
    old_version: Option<String>,
    new: String,
    new_version: String,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let mut parsed = Parsed::default();
    let module = read(&text, input.path, &mut parsed)?;
    if let Some((name, line)) = module.name {
        let mut root = component("golang", name, "", input.path, Some(line));
        root.own = true;
        parsed.components.push(root);
    }
    for require in &module.requires {
        parsed
            .components
            .push(required(require, &module.replaces, input.path));
    }
    if module
        .go
        .is_some_and(|(version, _)| is_before_1_17(version))
    {
        add_indirect(input, &mut parsed);
    }
    if let Some((version, line)) = module.toolchain.or(module.go) {
        let version = version.strip_prefix("go").unwrap_or(version);
        let mut library = component("golang", "stdlib", version, input.path, Some(line));
        library.direct = Some(true);
        parsed.components.push(library);
    }
    Ok(parsed)
}

/// The directives. A file with none that Go knows is not a go.mod; single wrong lines are problems.
fn read<'a>(text: &'a str, path: &str, parsed: &mut Parsed) -> Result<Module<'a>, ParseError> {
    const KNOWN: [&str; 10] = [
        "module",
        "go",
        "toolchain",
        "godebug",
        "require",
        "exclude",
        "replace",
        "retract",
        "tool",
        "ignore",
    ];
    let mut module = Module::default();
    let mut block: Option<&str> = None;
    let mut recognised = 0usize;
    for (at, line) in text.lines().enumerate() {
        let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
        let (code, comment) = line.split_once("//").unwrap_or((line, ""));
        let words: Vec<&str> = code.split_whitespace().collect();
        let (verb, rest) = match (&words[..], block) {
            ([], _) => continue,
            ([")"], Some(_)) => {
                block = None;
                continue;
            }
            (words, Some(verb)) => (verb, words),
            ([verb, "("], None) if KNOWN.contains(verb) => {
                block = Some(verb);
                recognised += 1;
                continue;
            }
            ([verb, rest @ ..], None) => (*verb, rest),
        };
        let understood = KNOWN.contains(&verb) && module.directive(verb, rest, comment, number);
        match understood {
            true => recognised += 1,
            false if recognised == 0 => {
                return Err(ParseError::at(at + 1, "expected a directive of go.mod"));
            }
            false => {
                let message = format!("not understood: {}", code.trim());
                parsed.problems.push(problem(path, Some(number), message));
            }
        }
    }
    Ok(module)
}

impl<'a> Module<'a> {
    /// Takes one directive; false when its words are not of the right form.
    fn directive(&mut self, verb: &str, words: &[&'a str], comment: &str, line: u32) -> bool {
        match (verb, words) {
            ("module", [name]) => self.name = Some((unquoted(name), line)),
            ("go", [version]) => self.go = Some((version, line)),
            ("toolchain", [name]) if name.starts_with("go") => self.toolchain = Some((name, line)),
            // "default" and toolchains of other makers name no version.
            ("toolchain", [_]) => {}
            ("require", [path, version]) => self.requires.push(Require {
                path: unquoted(path).to_owned(),
                version: unquoted(version).to_owned(),
                indirect: comment
                    .trim()
                    .split(';')
                    .any(|part| part.trim() == "indirect"),
                line,
            }),
            ("replace", words) => return self.replace(words),
            ("exclude" | "retract" | "tool" | "godebug" | "ignore", _) => {}
            _ => return false,
        }
        true
    }

    fn replace(&mut self, words: &[&str]) -> bool {
        let (old, old_version, new, new_version) = match words {
            [old, "=>", new] => (old, None, new, ""),
            [old, version, "=>", new] => (old, Some(version), new, ""),
            [old, "=>", new, new_version] => (old, None, new, *new_version),
            [old, version, "=>", new, new_version] => (old, Some(version), new, *new_version),
            _ => return false,
        };
        self.replaces.push(Replace {
            old: unquoted(old).to_owned(),
            old_version: old_version.map(|version| unquoted(version).to_owned()),
            new: unquoted(new).to_owned(),
            new_version: unquoted(new_version).to_owned(),
        });
        true
    }
}

/// A required module, or what stands in its place.
fn required(
    require: &Require,
    replaces: &[Replace],
    path: &str,
) -> patchward_protocol::inventory::Component {
    let fits = |replace: &&Replace| {
        let version = replace.old_version.as_ref();
        replace.old == require.path && version.is_none_or(|version| *version == require.version)
    };
    let line = Some(require.line);
    let mut found = match replaces.iter().find(fits) {
        None => component("golang", &require.path, &require.version, path, line),
        Some(replace) => {
            let replaced = format!("{}@{}", require.path, require.version);
            let mut found = match replace.new_version.as_str() {
                // A folder beside the project: its version is not known, and it is the user's own.
                "" => {
                    let mut own = component("golang", &require.path, "", path, line);
                    own.properties.insert("origin".into(), replace.new.clone());
                    own.own = true;
                    own
                }
                version => component("golang", &replace.new, version, path, line),
            };
            found.properties.insert("replaces".into(), replaced);
            found
        }
    };
    found.direct = Some(!require.indirect);
    found
}

fn is_before_1_17(version: &str) -> bool {
    let mut parts = version
        .split('.')
        .map(|part| part.parse::<u32>().unwrap_or(u32::MAX));
    match (parts.next(), parts.next()) {
        (Some(1), Some(minor)) => minor < 17,
        (Some(major), _) => major < 1,
        (None, _) => false,
    }
}

fn add_indirect(input: &Input<'_>, parsed: &mut Parsed) {
    let stem = input.path.strip_suffix("mod").unwrap_or(input.path);
    let sum = format!("{stem}sum");
    let Some(bytes) = (input.open)(&sum) else {
        return;
    };
    let known: HashSet<String> = parsed.components.iter().map(|c| c.name.clone()).collect();
    for mut module in super::go_sum::modules(&bytes, &sum) {
        if !known.contains(&module.name) {
            module.direct = Some(false);
            parsed.components.push(module);
        }
    }
}

fn unquoted(word: &str) -> &str {
    word.trim_matches(['"', '`'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = "module a.example/app // comment

go 1.22.0

toolchain go1.22.5

require b.example/b v1.0.0

require (
\tc.example/c/v2 v2.1.0 // indirect
\td.example/d v0.1.0
\te.example/e v0.2.0
)

replace d.example/d => ../d

replace e.example/e v0.2.0 => f.example/f v0.3.0

wrong
";

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "go.mod",
            bytes: text.as_bytes(),
            open: &|path| (path == "go.sum").then(|| b"x.example/x v1.0.0 h1:a=\n".to_vec()),
        })
    }

    #[test]
    fn requirements_replacements_and_the_standard_library() {
        let got = read(SMALL).unwrap();
        let purls: Vec<_> = got.components.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:golang/a.example/app",
                "pkg:golang/b.example/b@v1.0.0",
                "pkg:golang/c.example/c/v2@v2.1.0",
                "pkg:golang/d.example/d",
                "pkg:golang/f.example/f@v0.3.0",
                "pkg:golang/stdlib@1.22.5"
            ]
        );
        assert!(got.components[0].own);
        assert_eq!(got.components[2].direct, Some(false));
        assert_eq!(got.components[2].locations[0].line, Some(10));
        assert_eq!(got.components[3].properties["origin"], "../d");
        assert_eq!(got.problems[0].location.line, Some(19));
    }

    #[test]
    fn before_go_1_17_the_sums_name_the_indirect_modules() {
        let got = read("go 1.16\nrequire b.example/b v1.0.0\n").unwrap();
        assert_eq!(got.components[1].purl, "pkg:golang/x.example/x@v1.0.0");
        assert_eq!(got.components[1].direct, Some(false));
    }

    #[test]
    fn another_text_is_an_error() {
        assert_eq!(read("\nthis is prose\n").unwrap_err().line, Some(2));
        assert!(read("").unwrap().components.is_empty());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 1000, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
