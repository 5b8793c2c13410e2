//! `paket.lock` (fsprojects.github.io/Paket/lock-file.html).
//!
//! The indentation tells a section (`NUGET`), its `remote:`, a package (4 blanks) and what that package needs (6).
//! `GITHUB` and `GIT` sections pin whole repositories; a file of one is not a package of its own.

use super::Format;
use super::package::component;
use super::text::decode_lossy;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "paket-lock",
    matches: |name| name.eq_ignore_ascii_case("paket.lock"),
    parse,
    exact: true,
};

#[derive(Default)]
struct State<'a> {
    group: &'a str,
    section: &'a str,
    remote: &'a str,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode_lossy(input.bytes);
    let mut parsed = Parsed::default();
    let mut state = State::default();
    for (at, line) in text.lines().enumerate() {
        let content = line.trim();
        let indent = line.len() - line.trim_start().len();
        match indent {
            _ if content.is_empty() => {}
            0 => match content.strip_prefix("GROUP ") {
                Some(group) => state.group = group.trim(),
                None => state.section = content,
            },
            1..=3 => {
                if let Some(remote) = content.strip_prefix("remote:") {
                    state.remote = remote.trim();
                }
            }
            4 | 5 => package(input, &state, content, at, &mut parsed),
            _ => {} // what the package above needs, as a range
        }
    }
    Ok(parsed)
}

fn package(input: &Input<'_>, state: &State<'_>, content: &str, at: usize, to: &mut Parsed) {
    let Some((name, rest)) = content.split_once('(') else {
        return;
    };
    let Some((version, _)) = rest.split_once(')') else {
        return;
    };
    let (name, version) = (name.trim(), version.trim());
    let line = u32::try_from(at + 1).ok();
    let mut found = match state.section {
        "NUGET" if !name.is_empty() => component("nuget", name, version, input.path, line),
        "GITHUB" => {
            let mut found = component("github", state.remote, version, input.path, line);
            let origin = format!("https://github.com/{}", state.remote);
            found.properties.insert("origin".into(), origin);
            found
        }
        _ => return,
    };
    let known = |c: &&patchward_protocol::inventory::Component| c.purl == found.purl;
    if state.section == "GITHUB" && to.components.iter().rev().take(64).any(|c| known(&c)) {
        return; // another file of the same repository
    }
    if !state.group.is_empty() {
        found.properties.insert("groups".into(), state.group.into());
    }
    to.components.push(found);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_groups_and_repositories_are_told_apart() {
        let text = "NUGET\n  remote: https://registry.example/v3\n    A.B (1.0)\n      C (>= 1.0)\n    C (1.2) - restriction: >= net45\nGITHUB\n  remote: owner/repo\n    src/x.fs (abc)\n    src/y.fs (abc)\n\nGROUP Build\nNUGET\n  remote: https://registry.example/v3\n    FAKE (5)\n";
        let got = parse(&Input {
            path: "paket.lock",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
        .unwrap()
        .components;
        let purls: Vec<_> = got.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(
            purls,
            [
                "pkg:nuget/A.B@1.0",
                "pkg:nuget/C@1.2",
                "pkg:github/owner/repo@abc",
                "pkg:nuget/FAKE@5"
            ]
        );
        assert_eq!(got[3].properties["groups"], "Build");
    }
}
