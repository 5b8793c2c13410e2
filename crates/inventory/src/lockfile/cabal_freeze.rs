//! `cabal.project.freeze` (cabal.readthedocs.io, "cabal freeze").
//!
//! `cabal freeze` writes a pinned package as `any.NAME ==VERSION`; other constraints are flags or were added by hand
//! and pin nothing for the whole build.

use super::Format;
use super::package::component;
use super::text::decode_lossy;
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "cabal-freeze",
    matches: |name| name == "cabal.project.freeze" || name == "cabal.config.freeze",
    parse,
    exact: true,
};

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode_lossy(input.bytes);
    let mut parsed = Parsed::default();
    for (at, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("--") {
            continue;
        }
        let list = line.trim_start();
        let list = list.strip_prefix("constraints:").unwrap_or(list);
        for constraint in list.split(',') {
            let Some((name, version)) = pinned(constraint) else {
                continue;
            };
            let line = u32::try_from(at + 1).ok();
            let found = component("hackage", name, version, input.path, line);
            parsed.components.push(found);
        }
    }
    Ok(parsed)
}

fn pinned(constraint: &str) -> Option<(&str, &str)> {
    let (name, version) = constraint.trim().strip_prefix("any.")?.split_once("==")?;
    let (name, version) = (name.trim(), version.trim());
    let of_name = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let of_version = |c: char| c.is_ascii_digit() || c == '.';
    let whole = !name.is_empty() && name.chars().all(of_name);
    (whole && !version.is_empty() && version.chars().all(of_version)).then_some((name, version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pins_of_any_are_packages() {
        let text = "active-repositories: x:merge\nconstraints: any.aeson ==2.1.0.0,\n             aeson +flag,\n             lens ==5, -- no\n  -- any.no ==1\n  any.zlib ==0.6 , any.wild ==1.*\nindex-state: x\n";
        let got = parse(&Input {
            path: "cabal.project.freeze",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
        .unwrap();
        let names: Vec<_> = got.components.iter().map(|c| c.purl.as_str()).collect();
        assert_eq!(names, ["pkg:hackage/aeson@2.1.0.0", "pkg:hackage/zlib@0.6"]);
        assert_eq!(got.components[1].locations[0].line, Some(6));
    }
}
