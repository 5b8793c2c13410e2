//! pacman's local database: one folder per package with a `desc` file, `var/lib/pacman/local/NAME-VERSION/desc`.
//!
//! The file has sections `%NAME%` with one value per line, ended by an empty line (alpm database format).

use patchward_protocol::inventory::{Component, OperatingSystem, SourcePackage};

use super::identity::Identity;
use super::text;
use crate::parse::{Input, ParseError, Parsed};

/// Reads one `desc` file.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let text = text::lossy(input.bytes);
    let value = |section: &str| first_value(&text, section);
    let (name, line) =
        value("%NAME%").ok_or_else(|| ParseError::new("expected a section %NAME%"))?;
    let Some((version, _)) = value("%VERSION%") else {
        return Err(ParseError::new("expected a section %VERSION%"));
    };
    let arch = value("%ARCH%").map(|(arch, _)| arch);
    let base = value("%BASE%").map_or(name, |(base, _)| base);
    let source = SourcePackage {
        name: base.to_owned(),
        version: version.to_owned(),
    };
    let identity = Identity {
        kind: "alpm",
        name,
        version,
        arch,
        upstream: Some(&source),
        ..Identity::default()
    };
    let mut component = Component {
        purl: identity.purl(os),
        name: name.to_owned(),
        version: version.to_owned(),
        source: Some(source),
        arch: arch.map(str::to_owned),
        locations: vec![text::place(input.path, line)],
        // 1 is "brought by another package" (alpm_pkgreason_t).
        direct: value("%REASON%").map(|(reason, _)| reason != "1"),
        ..Component::default()
    };
    for (key, section) in [("packager", "%PACKAGER%"), ("license", "%LICENSE%")] {
        if let Some((value, _)) = value(section) {
            component.properties.insert(key.into(), value.to_owned());
        }
    }
    Ok(Parsed {
        components: vec![component],
        problems: Vec::new(),
    })
}

/// The first value of a section with its line.
fn first_value<'a>(text: &'a str, section: &str) -> Option<(&'a str, usize)> {
    let mut lines = (1..).zip(text.lines());
    lines.find(|(_, line)| line.trim_end() == section)?;
    let (number, value) = lines.next()?;
    let value = value.trim();
    (!value.is_empty() && !value.starts_with('%')).then_some((value, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESC: &str =
        "%NAME%\nzlib\n\n%VERSION%\n1:1.3.1-2\n\n%BASE%\nzlib\n\n%ARCH%\nx86_64\n\n%REASON%\n1\n";

    fn parsed(bytes: &[u8]) -> Result<Parsed, ParseError> {
        let input = Input {
            path: "var/lib/pacman/local/zlib-1:1.3.1-2/desc",
            bytes,
            open: &|_| None,
        };
        parse(&input, None)
    }

    #[test]
    fn a_desc_file_is_one_package() {
        let one = parsed(DESC.as_bytes()).unwrap().components.remove(0);
        assert_eq!(one.purl, "pkg:alpm/arch/zlib@1:1.3.1-2?arch=x86_64");
        assert_eq!(one.direct, Some(false));
        assert!(parsed(b"%NAME%\n\n%VERSION%\n1\n").is_err());
    }

    #[test]
    fn mutated_files_never_panic() {
        patchward_test_support::mutate(&[DESC.as_bytes()], 2000, |bytes| {
            let _ = parsed(bytes);
        });
    }
}
