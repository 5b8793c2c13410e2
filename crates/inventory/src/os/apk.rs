//! apk's database of installed packages, `lib/apk/db/installed` (Alpine, Wolfi, Chainguard).
//!
//! Paragraphs of lines `X:value` with one-letter fields (apk-tools, `apk_pkg` database format): `P` name, `V` version,
//! `A` architecture, `o` origin (the source package), `m` maintainer, `L` licence, `F` folder and `R` file.

use patchward_protocol::inventory::{Component, OperatingSystem, SourcePackage};

use super::identity::Identity;
use super::text;
use crate::parse::{Input, MAX_COMPONENTS, ParseError, Parsed};

/// A paragraph of the database.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Package<'a> {
    /// `P`.
    pub name: &'a str,
    /// `V`.
    pub version: &'a str,
    /// `A`.
    pub arch: &'a str,
    /// `o`: the name of the source package.
    pub origin: &'a str,
    /// `m`.
    pub maintainer: &'a str,
    /// `L`.
    pub license: &'a str,
    /// Line of `P`, from 1.
    pub line: usize,
}

/// Reads the database of installed packages.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let text = text::lossy(input.bytes);
    let mut parsed = Parsed::default();
    let mut package = Package::default();
    let mut first_bad = None;
    for (number, line) in (1..).zip(text.lines()) {
        if line.is_empty() {
            finish(&mut package, input.path, os, &mut parsed);
        } else if !field(&mut package, line, number) && first_bad.is_none() {
            first_bad = Some(number);
        }
        if parsed.components.len() > MAX_COMPONENTS {
            return Err(ParseError::new(format!(
                "more than {MAX_COMPONENTS} packages"
            )));
        }
    }
    finish(&mut package, input.path, os, &mut parsed);
    match first_bad {
        Some(line) if parsed.components.is_empty() => {
            return Err(ParseError::at(line, "expected a field `X:value`"));
        }
        Some(line) => {
            let problem = text::problem(input.path, line, "expected a field `X:value`");
            parsed.problems.push(problem);
        }
        None => {}
    }
    Ok(parsed)
}

fn finish(
    package: &mut Package<'_>,
    path: &str,
    os: Option<&OperatingSystem>,
    parsed: &mut Parsed,
) {
    let package = std::mem::take(package);
    if package.name.is_empty() {
        return;
    }
    if package.version.is_empty() {
        let message = format!("package {} has no version", package.name);
        parsed
            .problems
            .push(text::problem(path, package.line, message));
        return;
    }
    parsed.components.push(component(&package, path, os));
}

/// Takes a field; false when the line is none.
fn field<'a>(package: &mut Package<'a>, line: &'a str, number: usize) -> bool {
    let Some((key, value)) = line.split_once(':') else {
        return false;
    };
    match key {
        "P" => {
            package.name = value;
            package.line = number;
        }
        "V" => package.version = value,
        "A" => package.arch = value,
        "o" => package.origin = value,
        "m" => package.maintainer = value,
        "L" => package.license = value,
        _ => return key.len() == 1,
    }
    true
}

fn component(package: &Package<'_>, path: &str, os: Option<&OperatingSystem>) -> Component {
    let origin = if package.origin.is_empty() {
        package.name
    } else {
        package.origin
    };
    let source = SourcePackage {
        name: origin.to_owned(),
        version: package.version.to_owned(),
    };
    let identity = Identity {
        kind: "apk",
        name: package.name,
        version: package.version,
        arch: Some(package.arch),
        upstream: Some(&source),
        ..Identity::default()
    };
    let mut component = Component {
        purl: identity.purl(os),
        name: package.name.to_owned(),
        version: package.version.to_owned(),
        source: Some(source),
        arch: Some(package.arch.to_owned()).filter(|arch| !arch.is_empty()),
        locations: vec![text::place(path, package.line)],
        ..Component::default()
    };
    for (key, value) in [
        ("maintainer", package.maintainer),
        ("license", package.license),
    ] {
        if !value.is_empty() {
            component.properties.insert(key.into(), value.to_owned());
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "C:Q1=\nP:libssl3\nV:3.1.4-r5\nA:x86_64\no:openssl\nm:Someone\nF:lib\nR:libssl.so.3\n\n\
                       P:broken\n";

    fn parsed(bytes: &[u8]) -> Result<Parsed, ParseError> {
        let input = Input {
            path: "lib/apk/db/installed",
            bytes,
            open: &|_| None,
        };
        parse(&input, None)
    }

    #[test]
    fn a_package_has_its_origin_as_source() {
        let parsed = parsed(ONE.as_bytes()).unwrap();
        let one = &parsed.components[0];
        assert_eq!(
            one.purl,
            "pkg:apk/alpine/libssl3@3.1.4-r5?arch=x86_64&upstream=openssl"
        );
        assert_eq!(one.source.as_ref().unwrap().name, "openssl");
        assert_eq!(one.locations[0].line, Some(2));
    }

    #[test]
    fn a_package_without_version_is_a_problem_and_no_component() {
        let parsed = parsed(ONE.as_bytes()).unwrap();
        assert_eq!(parsed.components.len(), 1);
        assert_eq!(parsed.problems[0].message, "package broken has no version");
    }

    #[test]
    fn something_else_is_an_error() {
        assert_eq!(parsed(b"asdf\n\nyolo\n").unwrap_err().line, Some(1));
    }

    #[test]
    fn mutated_files_never_panic() {
        patchward_test_support::mutate(&[ONE.as_bytes()], 2000, |bytes| {
            let _ = parsed(bytes);
        });
    }
}
