//! dpkg's and opkg's `status` file, and the `status.d` folder of distroless images.
//!
//! The file is a list of paragraphs in the deb822 form (dpkg-query(1), deb822(5)): fields `Name: value`, continued by
//! lines that start with a blank. A host has about a megabyte of it, most of which are descriptions, so the reader
//! borrows, goes through the text once and looks only at the fields that it wants.

use patchward_protocol::inventory::{Component, OperatingSystem, SourcePackage};

use super::identity::Identity;
use super::text;
use crate::parse::{Input, MAX_COMPONENTS, ParseError, Parsed};

/// A paragraph of the status file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Package<'a> {
    /// `Package`.
    pub name: &'a str,
    /// `Version`, with epoch.
    pub version: &'a str,
    /// `Architecture`.
    pub arch: &'a str,
    /// `Source` as written: `name` or `name (version)`; empty when the package is its own source.
    pub source: &'a str,
    /// `Status`: what is wanted, an error flag, and the state; empty in `status.d`.
    pub status: &'a str,
    /// `Maintainer`.
    pub maintainer: &'a str,
    /// `Essential: yes`.
    pub essential: bool,
    /// Line of the `Package` field, from 1.
    pub line: usize,
}

impl<'a> Package<'a> {
    /// The third word of `Status`: `installed`, `config-files`, `unpacked`, …; empty where there is no `Status`.
    pub fn state(&self) -> &'a str {
        self.status.split_ascii_whitespace().nth(2).unwrap_or("")
    }

    /// Somebody asked dpkg to keep this version.
    pub fn is_held(&self) -> bool {
        self.status.split_ascii_whitespace().next() == Some("hold")
    }

    /// The files of the package are on the disk, or some of them. `unpacked` and the states after it (dpkg(1)) have
    /// them all; `half-installed` may have any.
    pub fn is_on_disk(&self) -> bool {
        !matches!(self.state(), "" | "not-installed" | "config-files")
    }

    /// The source package; its version is the package's own unless `Source` names another, as after a binary rebuild.
    pub fn source_package(&self) -> SourcePackage {
        let (name, version) = match self.source.split_once('(') {
            Some((name, version)) => (name.trim(), version.trim_end_matches(')').trim()),
            None => (self.source.trim(), self.version),
        };
        let name = if name.is_empty() { self.name } else { name };
        SourcePackage {
            name: name.to_owned(),
            version: version.to_owned(),
        }
    }
}

/// Calls `each` with every paragraph that names a package; one that was cut off may have no version. Returns the lines that are no fields.
pub fn read<'a>(text: &'a str, mut each: impl FnMut(Package<'a>)) -> Vec<usize> {
    let mut bad = Vec::new();
    let mut package = Package::default();
    let mut number = 0;
    for line in text.split_terminator('\n') {
        number += 1;
        match line.as_bytes().first() {
            Some(b' ' | b'\t') => {}
            None | Some(b'\r') => finish(&mut package, &mut each),
            // A field's name never starts with these, so the colon need not be searched for.
            Some(
                b'P' | b'p' | b'V' | b'v' | b'A' | b'a' | b'S' | b's' | b'M' | b'm' | b'E' | b'e',
            ) => {
                if !field(&mut package, line, number) {
                    bad.push(number);
                }
            }
            Some(_) => {
                if !line.contains(':') {
                    bad.push(number);
                }
            }
        }
    }
    finish(&mut package, &mut each);
    bad
}

fn finish<'a>(package: &mut Package<'a>, each: &mut impl FnMut(Package<'a>)) {
    let package = std::mem::take(package);
    if !package.name.is_empty() {
        each(package);
    }
}

/// Takes a field that the inventory wants; false when the line is no field.
fn field<'a>(package: &mut Package<'a>, line: &'a str, number: usize) -> bool {
    let Some((name, value)) = line.split_once(':') else {
        return false;
    };
    let slot = match name.len() {
        6 if name.eq_ignore_ascii_case("status") => &mut package.status,
        6 if name.eq_ignore_ascii_case("source") => &mut package.source,
        7 if name.eq_ignore_ascii_case("package") => {
            package.line = number;
            &mut package.name
        }
        7 if name.eq_ignore_ascii_case("version") => &mut package.version,
        9 if name.eq_ignore_ascii_case("essential") => {
            package.essential = value.trim() == "yes";
            return true;
        }
        10 if name.eq_ignore_ascii_case("maintainer") => &mut package.maintainer,
        12 if name.eq_ignore_ascii_case("architecture") => &mut package.arch,
        _ => return true,
    };
    *slot = value.trim();
    true
}

/// Reads a `status` file, or a file of `status.d`, into the packages that are on the disk.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let text = text::lossy(input.bytes);
    // An image builder that unpacks packages without dpkg writes no `Status`.
    let without_status = input.path.contains("status.d/");
    let mut parsed = Parsed::default();
    let mut too_many = false;
    let mut without_version = Vec::new();
    let bad = read(&text, |package| {
        let wanted = package.is_on_disk() || (without_status && package.status.is_empty());
        if !wanted {
        } else if package.version.is_empty() {
            without_version.push((package.line, package.name.to_owned()));
        } else if parsed.components.len() < MAX_COMPONENTS {
            parsed.components.push(component(&package, input.path, os));
        } else {
            too_many = true;
        }
    });
    if parsed.components.is_empty()
        && let Some(line) = bad.first()
    {
        return Err(ParseError::at(*line, "expected a field `Name: value`"));
    }
    if too_many {
        return Err(ParseError::new(format!(
            "more than {MAX_COMPONENTS} packages"
        )));
    }
    let problem = |line| text::problem(input.path, line, "expected a field `Name: value`");
    parsed
        .problems
        .extend(bad.into_iter().take(MAX_PROBLEMS).map(problem));
    let unjudged = without_version.into_iter().take(MAX_PROBLEMS);
    parsed.problems.extend(unjudged.map(|(line, name)| {
        let message = format!("the package {name} has no version, so it cannot be judged");
        text::problem(input.path, line, message)
    }));
    Ok(parsed)
}

/// More bad lines than these tell nothing new.
const MAX_PROBLEMS: usize = 20;

/// The component of a package; opkg (OpenWrt) shares the format and has its own purl type.
pub fn component(package: &Package<'_>, path: &str, os: Option<&OperatingSystem>) -> Component {
    let opkg = path.contains("opkg/");
    let source = package.source_package();
    let identity = Identity {
        kind: if opkg { "opkg" } else { "deb" },
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
        held: package.is_held(),
        ..Component::default()
    };
    let properties = &mut component.properties;
    if !package.maintainer.is_empty() {
        properties.insert("maintainer".into(), package.maintainer.to_owned());
    }
    if !matches!(package.state(), "" | "installed") {
        properties.insert("status".into(), package.state().to_owned());
    }
    if package.essential {
        properties.insert("essential".into(), "yes".into());
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str, text: &str) -> Result<Parsed, ParseError> {
        let input = Input {
            path,
            bytes: text.as_bytes(),
            open: &|_| None,
        };
        parse(&input, None)
    }

    const TWO: &str = "Package: one\nStatus: hold ok installed\nSource: first (1:2.0-1)\nArchitecture: amd64\n\
                       Version: 2.0-1+b3\nDescription: a\n Package: not this\n\nPackage: two\n\
                       Status: deinstall ok config-files\nVersion: 1\n";

    #[test]
    fn a_paragraph_becomes_a_component_with_its_source_and_line() {
        let parsed = parsed("var/lib/dpkg/status", TWO).unwrap();
        assert_eq!(parsed.components.len(), 1);
        let one = &parsed.components[0];
        assert_eq!(
            (one.name.as_str(), one.version.as_str()),
            ("one", "2.0-1+b3")
        );
        let source = one.source.as_ref().unwrap();
        assert_eq!(
            (source.name.as_str(), source.version.as_str()),
            ("first", "1:2.0-1")
        );
        assert!(one.held);
        assert_eq!(one.locations[0].line, Some(1));
    }

    #[test]
    fn a_package_that_is_half_way_is_there_with_its_state() {
        for (state, there) in [
            ("installed", true),
            ("unpacked", true),
            ("half-configured", true),
            ("triggers-pending", true),
            ("half-installed", true),
            ("config-files", false),
            ("not-installed", false),
        ] {
            let text = format!("Package: a\nStatus: install ok {state}\nVersion: 1\n");
            let found = parsed("var/lib/dpkg/status", &text).unwrap().components;
            assert_eq!(!found.is_empty(), there, "{state}");
        }
    }

    #[test]
    fn status_d_has_no_status_field() {
        let text = "Package: base-files\nVersion: 12.4\n";
        let count = |path| parsed(path, text).unwrap().components.len();
        assert_eq!(count("var/lib/dpkg/status.d/base"), 1);
        assert_eq!(count("var/lib/dpkg/status"), 0);
    }

    #[test]
    fn a_package_without_a_version_is_a_problem_with_its_place() {
        let text = "Package: a\nStatus: install ok installed\nVersion: 1\n\nPackage: openssl\nStatus: install ok installed\n";
        let parsed = parsed("status", text).unwrap();
        assert_eq!((parsed.components.len(), parsed.problems.len()), (1, 1));
        assert_eq!(parsed.problems[0].location.line, Some(5));
        assert!(parsed.problems[0].message.contains("openssl"));
    }

    #[test]
    fn a_line_without_a_colon_is_named() {
        let error = parsed("status", "asdf\n\nyolo\n").unwrap_err();
        assert_eq!(error.line, Some(1));
        let good = "Package: a\nStatus: install ok installed\nVersion: 1\nasdf\n";
        let parsed = parsed("status", good).unwrap();
        assert_eq!((parsed.components.len(), parsed.problems.len()), (1, 1));
    }

    #[test]
    fn mutated_files_never_panic() {
        patchward_test_support::mutate(&[TWO.as_bytes()], 2000, |bytes| {
            let input = Input {
                path: "status",
                bytes,
                open: &|_| None,
            };
            let _ = parse(&input, None);
        });
    }
}
