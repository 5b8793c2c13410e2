//! Gentoo's database of installed packages: `var/db/pkg/CATEGORY/NAME-VERSION/PF`, whose text is `NAME-VERSION`.

use patchward_protocol::inventory::{Component, OperatingSystem};

use super::identity::Identity;
use super::text;
use crate::parse::{Input, ParseError, Parsed};

/// Reads one `PF` file; the category comes from the path.
pub fn parse(input: &Input<'_>, os: Option<&OperatingSystem>) -> Result<Parsed, ParseError> {
    let text = text::lossy(input.bytes);
    let (name, version) = split(text.trim())
        .ok_or_else(|| ParseError::at(1, "expected NAME-VERSION as in `zlib-1.3.1-r1`"))?;
    let category = category(input.path);
    let identity = Identity {
        kind: "ebuild",
        namespace: category,
        name,
        version,
        ..Identity::default()
    };
    let component = Component {
        purl: identity.purl(os),
        name: category.map_or(name.to_owned(), |category| format!("{category}/{name}")),
        version: version.to_owned(),
        locations: vec![text::place(input.path, 1)],
        ..Component::default()
    };
    Ok(Parsed {
        components: vec![component],
        problems: Vec::new(),
    })
}

/// Splits `NAME-VERSION[-rN]` where the version starts: at the last hyphen before a digit that is followed by a valid
/// version (Package Manager Specification, section 3.2).
fn split(text: &str) -> Option<(&str, &str)> {
    let base = match text.rsplit_once('-') {
        Some((base, revision)) if is_revision(revision) => base,
        _ => text,
    };
    let at = base.rfind('-')?;
    let (name, version) = (text.get(..at)?, text.get(at + 1..)?);
    let starts = version.starts_with(|c: char| c.is_ascii_digit());
    let named = name.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
    let clean = text
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || b"+_.-".contains(&b));
    (starts && named && clean).then_some((name, version))
}

fn is_revision(text: &str) -> bool {
    let digits = text.strip_prefix('r').unwrap_or("");
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
}

fn category(path: &str) -> Option<&str> {
    let (_, below) = path.rsplit_once("var/db/pkg/")?;
    let mut parts = below.split('/');
    let category = parts.next().filter(|category| !category.is_empty())?;
    parts.nth(1).map(|_| category)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(path: &str, bytes: &[u8]) -> Result<Parsed, ParseError> {
        let input = Input {
            path,
            bytes,
            open: &|_| None,
        };
        parse(&input, None)
    }

    #[test]
    fn name_and_version_are_split_where_the_version_starts() {
        for (text, name, version) in [
            ("zlib-1.3.1-r1", "zlib", "1.3.1-r1"),
            ("gtk+-3.24.41", "gtk+", "3.24.41"),
            ("font-adobe-100dpi-1.0.4", "font-adobe-100dpi", "1.0.4"),
            ("ncurses-6.4_p20230424", "ncurses", "6.4_p20230424"),
        ] {
            assert_eq!(split(text), Some((name, version)), "{text}");
        }
        for text in ["", "{}", "2.580.0", "-1.0", "name"] {
            assert_eq!(split(text), None, "{text}");
        }
    }

    #[test]
    fn the_category_is_the_namespace() {
        let one = parsed("var/db/pkg/sys-libs/zlib-1.3/PF", b"zlib-1.3\n").unwrap();
        assert_eq!(one.components[0].purl, "pkg:ebuild/sys-libs/zlib@1.3");
        assert_eq!(one.components[0].name, "sys-libs/zlib");
    }

    #[test]
    fn mutated_files_never_panic() {
        patchward_test_support::mutate(&[b"zlib-1.3.1-r1\n"], 2000, |bytes| {
            let _ = parsed("var/db/pkg/a/b/PF", bytes);
        });
    }
}
