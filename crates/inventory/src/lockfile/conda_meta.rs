//! A record of `conda-meta/`: one installed conda package (conda's documentation, "conda-meta").

use serde::Deserialize;

use super::Format;
use super::json::{self, Loose};
use super::package::component;
use super::text::{Lines, decode};
use crate::parse::{Input, ParseError, Parsed};

pub(super) const FORMAT: Format = Format {
    name: "conda-meta",
    // The folder tells, not the file name: the walker asks by path.
    matches: |_| false,
    parse,
    exact: true,
};

#[derive(Deserialize, Default)]
#[serde(default)]
struct Record<'a> {
    #[serde(borrow)]
    name: Loose<'a>,
    #[serde(borrow)]
    version: Loose<'a>,
    #[serde(borrow)]
    build: Loose<'a>,
    #[serde(borrow)]
    channel: Loose<'a>,
    #[serde(borrow)]
    license: Loose<'a>,
    #[serde(borrow)]
    sha256: Loose<'a>,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let record: Record<'_> = json::read_object(&text)?;
    let (name, version) = (record.name.text(), record.version.text());
    if name.is_empty() || version.is_empty() {
        return Err(ParseError::new("a conda record needs a name and a version"));
    }
    let line = Lines::new(&text).of(name);
    let mut found = component("conda", name, version, input.path, line);
    let sum = match record.sha256.text() {
        "" => String::new(),
        sum => format!("sha256:{sum}"),
    };
    let properties = [
        ("build", record.build.text()),
        ("channel", record.channel.text()),
        ("license", record.license.text()),
        ("integrity", &sum),
    ];
    for (key, value) in properties
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
    {
        found.properties.insert(key.to_owned(), value.to_owned());
    }
    Ok(Parsed {
        components: vec![found],
        problems: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_test_support::mutate;

    const SMALL: &str =
        r#"{"name": "a", "version": "1.0", "build": "py39_0", "license": "BSD", "depends": []}"#;

    fn read(text: &str) -> Result<Parsed, ParseError> {
        parse(&Input {
            path: "conda-meta/a-1.0-py39_0.json",
            bytes: text.as_bytes(),
            open: &|_| None,
        })
    }

    #[test]
    fn a_record_is_one_component() {
        let got = read(SMALL).unwrap().components;
        assert_eq!(got[0].purl, "pkg:conda/a@1.0");
        assert_eq!(got[0].properties["build"], "py39_0");
    }

    #[test]
    fn name_and_version_are_needed() {
        assert!(read("{}").is_err());
        assert!(read("{\"name\": \"a\"}").is_err());
    }

    #[test]
    fn mutations_never_panic() {
        mutate(&[SMALL.as_bytes()], 500, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
