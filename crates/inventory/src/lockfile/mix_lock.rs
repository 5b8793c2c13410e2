//! `mix.lock` of Elixir (hexdocs.pm/mix, `Mix.Dep.Lock`): a map from application to a tuple.
//!
//! `{:hex, :package, "version", "checksum", …}` is a package of Hex, whose name may differ from the application's;
//! `{:git, "url", "commit", options}` is a repository. The term is read by its tokens and never evaluated.

mod tokens;

use patchward_protocol::inventory::Component;

use super::Format;
use super::package::{component, problem};
use super::text::{Lines, decode_lossy};
use crate::parse::{Input, ParseError, Parsed};
use tokens::{Token, Tokens};

pub(super) const FORMAT: Format = Format {
    name: "mix-lock",
    matches: |name| name == "mix.lock",
    parse,
    exact: true,
};

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode_lossy(input.bytes);
    let lines = Lines::new(&text);
    let mut parsed = Parsed::default();
    let mut tokens = Tokens::new(&text);
    if !tokens.skip_to_map() {
        let empty = text.trim().is_empty();
        return match empty {
            true => Ok(parsed),
            false => Err(ParseError::new("no map `%{` in a mix.lock")),
        };
    }
    while let Some((key, value)) = tokens.entry() {
        let line = lines.of(key);
        match found(input, key, &value, line) {
            Some(found) => parsed.components.push(found),
            None => {
                let message = format!("the entry of `{key}` names no package and version");
                parsed.problems.push(problem(input.path, line, message));
            }
        }
    }
    Ok(parsed)
}

fn found(
    input: &Input<'_>,
    key: &str,
    value: &[Token<'_>],
    line: Option<u32>,
) -> Option<Component> {
    match value {
        [
            Token::Atom("hex"),
            Token::Atom(name),
            Token::Text(version),
            rest @ ..,
        ] => {
            let mut found = component("hex", name, version, input.path, line);
            if let Some(Token::Text(checksum)) = rest.first() {
                let integrity = format!("sha256:{checksum}");
                found.properties.insert("integrity".into(), integrity);
            }
            Some(found)
        }
        [
            Token::Atom("git"),
            Token::Text(url),
            Token::Text(commit),
            ..,
        ] => {
            let mut found = component("hex", key, "", input.path, line);
            found.properties.insert("commit".into(), (*commit).into());
            found.properties.insert("origin".into(), (*url).into());
            Some(found)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str = r#"%{
  "plug": {:hex, :plug_dist, "1.11.1", "f299", [:mix], [{:mime, "~> 1.0", [hex: :mime, repo: "hexpm"]}], "hexpm", "23"},
  "bad": {:hex, },
  # a comment
  "foe": {:git, "https://host.example/foe.git", "a957", [branch: "x\"y"]},
  old: {:hex, :"old", "2.0"},
}
"#;

    fn read(bytes: &[u8]) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "mix.lock",
            bytes,
            open: &|_| None,
        })
    }

    #[test]
    fn hex_packages_and_repositories_are_read_and_broken_entries_told() {
        let got = read(SMALL.as_bytes()).unwrap();
        let purls: Vec<_> = got.components.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            ["pkg:hex/plug_dist@1.11.1", "pkg:hex/foe", "pkg:hex/old@2.0"]
        );
        assert_eq!(got.components[1].properties["commit"], "a957");
        assert_eq!(got.components[1].locations[0].line, Some(5));
        assert_eq!(got.problems[0].location.line, Some(3));
    }

    #[test]
    fn an_empty_map_is_fine_and_other_text_is_not() {
        assert!(read(b"%{}").unwrap().components.is_empty());
        assert!(read(b"hello").is_err());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 1500, |bytes| drop(read(bytes)));
    }
}
