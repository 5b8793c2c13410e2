//! `META.json` and `MYMETA.json` of a Perl distribution (metacpan.org/pod/CPAN::Meta::Spec).
//!
//! It describes the distribution that it lies in; what it lists as required are modules and ranges, not versions that
//! are there. `META.yml` says the same in an older form and always lies beside it, so it is not read.

use serde::Deserialize;

use super::Format;
use super::json::{self, Text};
use super::package::{component, problem};
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "cpan",
    matches: |name| name == "META.json" || name == "MYMETA.json",
    parse,
    exact: true,
};

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    version: Text<'a>,
}

/// Reads the file; also used for the files of an installed distribution.
pub(crate) fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let mut parsed = Parsed::default();
    if input.path.ends_with(".yml") || input.path.ends_with(".yaml") {
        let message = "not read: META.json beside it tells the same";
        parsed.problems.push(problem(input.path, None, message));
        return Ok(parsed);
    }
    let text = decode(input.bytes)?;
    let document: Document<'_> = json::read_object(&text)?;
    if document.name.is_empty() || document.version.is_empty() {
        let message = "a distribution without name or version";
        parsed.problems.push(problem(input.path, None, message));
        return Ok(parsed);
    }
    let line = Lines::new(&text).of(&document.name);
    let found = component("cpan", &document.name, &document.version, input.path, line);
    parsed.components.push(found);
    Ok(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distribution_itself_is_the_package() {
        let read = |text: &str| {
            parse(&Input {
                path: "META.json",
                bytes: text.as_bytes(),
                open: &|_| None,
            })
        };
        let got = read("{\n\"name\": \"Some-Dist\", \"version\": 1.5}").unwrap();
        assert_eq!(got.components[0].purl, "pkg:cpan/Some-Dist@1.5");
        assert_eq!(got.components[0].locations[0].line, Some(2));
        assert_eq!(read("{\"version\": \"1\"}").unwrap().problems.len(), 1);
        assert!(read("null").is_err());
    }
}
