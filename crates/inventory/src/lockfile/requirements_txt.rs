//! `requirements.txt` (pip's documentation, "Requirements File Format"), with the files that it includes.
//!
//! A requirement that does not pin its version has the lowest one that it names, or none; the written constraint is
//! property `constraint`. A pin from a `-c` file is taken where the requirement itself has none.

mod includes;

use std::collections::HashMap;

use super::Format;
use super::package::{component, problem};
use super::python::{self, normal_name, requirement};
use super::text::decode;
use crate::parse::{Input, ParseError, Parsed};
use includes::Includes;

pub(super) const FORMAT: Format = Format {
    name: "requirements-txt",
    matches: |name| {
        let stem = name
            .strip_suffix(".txt")
            .or_else(|| name.strip_suffix(".in"));
        stem.is_some_and(|stem| stem.contains("requirements"))
    },
    parse,
    exact: false,
};

/// What all the files together say.
#[derive(Default)]
struct Reading {
    parsed: Parsed,
    /// Pins of the constraint files, by normal name.
    pins: HashMap<String, String>,
}

/// A file that is being read.
struct File<'a> {
    path: &'a str,
    /// It is a `-c` file: it pins, but asks for nothing.
    constrains: bool,
}

fn parse(input: &Input<'_>) -> Result<Parsed, ParseError> {
    let text = decode(input.bytes)?;
    let mut reading = Reading::default();
    let mut includes = Includes::new(input.path);
    let first = File {
        path: input.path,
        constrains: false,
    };
    reading.file(&text, &first, &mut includes);
    while let Some((path, constrains)) = includes.next() {
        let Some(bytes) = (input.open)(&path) else {
            let message = format!("the included file {path} cannot be read");
            let place = problem(input.path, None, message);
            reading.parsed.problems.push(place);
            continue;
        };
        let file = File {
            path: &path,
            constrains,
        };
        match decode(&bytes) {
            Ok(text) => reading.file(&text, &file, &mut includes),
            Err(error) => {
                let place = problem(&path, error.line, error.message);
                reading.parsed.problems.push(place);
            }
        }
    }
    for other in includes.refused() {
        let message = format!("the included file {other} lies outside of what is scanned");
        reading
            .parsed
            .problems
            .push(problem(input.path, None, message));
    }
    reading.pin();
    Ok(reading.parsed)
}

impl Reading {
    fn file(&mut self, text: &str, file: &File<'_>, includes: &mut Includes) {
        let mut whole = String::new();
        let mut begin = 0;
        for (at, line) in text.lines().enumerate() {
            if whole.is_empty() {
                begin = at;
            }
            let comment = line.trim_start().starts_with('#');
            match line.strip_suffix('\\').filter(|_| !comment) {
                Some(start) => {
                    whole.push_str(start);
                    whole.push(' ');
                    continue;
                }
                None => {
                    whole.push(' ');
                    whole.push_str(line);
                }
            }
            self.line(without_comment(&whole).trim(), begin + 1, file, includes);
            whole.clear();
        }
        self.line(without_comment(&whole).trim(), begin + 1, file, includes);
    }

    fn line(&mut self, line: &str, number: usize, file: &File<'_>, includes: &mut Includes) {
        if line.is_empty() {
            return;
        }
        let number = u32::try_from(number).ok();
        if line.starts_with('-') {
            if let Some(found) = self.option(line, number, file, includes) {
                self.add(found, file);
            }
            return;
        }
        let asked = without_options(line);
        let found = match requirement(asked) {
            Some(requirement) => named(&requirement, line, file.path, number),
            None => includes::archive(asked, file.path, number),
        };
        match found {
            Some(found) => self.add(found, file),
            None => {
                let message = format!("{asked:?} is not a requirement");
                self.parsed
                    .problems
                    .push(problem(file.path, number, message));
            }
        }
    }

    fn add(&mut self, found: patchward_protocol::inventory::Component, file: &File<'_>) {
        if !file.constrains {
            self.parsed.components.push(found);
        } else if !found.version.is_empty() && !found.properties.contains_key("constraint") {
            self.pins.insert(normal_name(&found.name), found.version);
        }
    }

    /// Other files and editable projects; the remaining options are about how pip works.
    fn option(
        &mut self,
        line: &str,
        number: Option<u32>,
        file: &File<'_>,
        includes: &mut Includes,
    ) -> Option<patchward_protocol::inventory::Component> {
        let value = |short: &str, long: &str| {
            let rest = line
                .strip_prefix(long)
                .or_else(|| line.strip_prefix(short))?;
            Some(rest.trim_start_matches([' ', '\t', '=']).trim().to_owned())
        };
        if let Some(other) = value("-r", "--requirement") {
            includes.add(file.path, &other, file.constrains);
        } else if let Some(other) = value("-c", "--constraint") {
            includes.add(file.path, &other, true);
        } else if let Some(place) = value("-e", "--editable") {
            return includes::editable(&place, file.path, number);
        }
        None
    }

    /// Gives the pins of the constraint files to what has none of its own.
    fn pin(&mut self) {
        for component in &mut self.parsed.components {
            let pinned =
                !component.version.is_empty() && !component.properties.contains_key("constraint");
            if pinned || component.properties.contains_key("origin") {
                continue;
            }
            if let Some(version) = self.pins.get(&normal_name(&component.name)) {
                component.version.clone_from(version);
                component.purl = super::package::purl("pypi", &component.name, version);
            }
        }
    }
}

fn named(
    asked: &python::Requirement<'_>,
    line: &str,
    path: &str,
    number: Option<u32>,
) -> Option<patchward_protocol::inventory::Component> {
    // pip fills in variables of the environment, which we do not know.
    let known = !asked.constraint.contains("${");
    let version = python::lowest(asked.constraint);
    let upper = asked.constraint.starts_with(['<', '!']);
    if !known
        || (!asked.constraint.is_empty()
            && version.is_none()
            && !upper
            && !asked.constraint.contains('*'))
    {
        return None;
    }
    let version = version.unwrap_or_default();
    let mut found = component("pypi", asked.name, &version, path, number);
    found.direct = Some(true);
    if !asked.constraint.is_empty() && !python::is_pinned(asked.constraint) {
        let constraint = asked.constraint.to_owned();
        found.properties.insert("constraint".into(), constraint);
    }
    if let Some(address) = asked.address {
        found.properties.insert("origin".into(), address.into());
    }
    let hashes = line.split("--hash=").skip(1);
    let hashes: Vec<&str> = hashes
        .filter_map(|rest| rest.split_whitespace().next())
        .collect();
    if !hashes.is_empty() {
        found
            .properties
            .insert("integrity".into(), hashes.join(" "));
    }
    Some(found)
}

/// A `#` begins a comment at the start or after a blank.
fn without_comment(line: &str) -> &str {
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        if c == '#' && before.is_whitespace() {
            return &line[..at];
        }
        before = c;
    }
    line
}

/// The requirement before its own options (`--hash=…`, `-C …`).
fn without_options(line: &str) -> &str {
    let mut from = 0;
    while let Some(at) = line[from..].find(" -") {
        let at = from + at;
        let next = line[at + 2..].chars().next();
        if next.is_some_and(|c| c == '-' || c.is_ascii_alphabetic()) {
            return line[..at].trim_end();
        }
        from = at + 2;
    }
    line
}

#[cfg(test)]
mod tests;
