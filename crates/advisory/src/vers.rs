//! The notation of VERS (`vers:npm/>=1.0.0|<1.2.3`), in which CSAF and CycloneDX write ranges of versions.

use patchward_purl::Purl;

/// The most constraints of one range.
const MAX_CONSTRAINTS: usize = 1000;

/// A range as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notation {
    /// The name of the versioning scheme, in lower case: mostly a purl type.
    pub scheme: String,
    /// The constraints in the order of the text, which should be that of the versions; `None` for `*`: every version.
    pub constraints: Option<Vec<(Comparator, String)>>,
}

/// How a version of the range compares with the one that is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparator {
    /// `=`, or nothing.
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// Reads a range; `None` when it is not in this notation, has no constraint or more than 1,000.
pub fn read(text: &str) -> Option<Notation> {
    let (scheme, constraints) = text.trim().strip_prefix("vers:")?.split_once('/')?;
    let scheme = scheme.to_ascii_lowercase();
    if constraints.trim() == "*" {
        return Some(Notation {
            scheme,
            constraints: None,
        });
    }
    let parts = constraints.split('|').map(str::trim);
    let constraints: Vec<_> = parts
        .filter(|part| !part.is_empty())
        .take(MAX_CONSTRAINTS + 1)
        .map(constraint)
        .collect::<Option<_>>()?;
    (1..=MAX_CONSTRAINTS)
        .contains(&constraints.len())
        .then_some(Notation {
            scheme,
            constraints: Some(constraints),
        })
}

fn constraint(part: &str) -> Option<(Comparator, String)> {
    const WORDS: [(&str, Comparator); 6] = [
        (">=", Comparator::GreaterOrEqual),
        ("<=", Comparator::LessOrEqual),
        ("!=", Comparator::NotEqual),
        (">", Comparator::Greater),
        ("<", Comparator::Less),
        ("=", Comparator::Equal),
    ];
    let found = WORDS
        .into_iter()
        .find_map(|(word, comparator)| Some((comparator, part.strip_prefix(word)?)));
    let (comparator, version) = found.unwrap_or((Comparator::Equal, part));
    let version = version.trim();
    let foreign = version.is_empty() || version.starts_with(['<', '>', '=', '!']);
    (!foreign).then(|| Some((comparator, decoded(version)?)))?
}

/// Versions are percent-encoded as in a purl where they hold the notation's own signs.
fn decoded(version: &str) -> Option<String> {
    if !version.contains('%') {
        return Some(version.to_owned());
    }
    let purl: Purl = format!("pkg:generic/x@{version}").parse().ok()?;
    purl.version().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_are_read_in_their_order() {
        let range = read(" vers:DEB/>=1.0 | !=1.5|<1%3A2|7 ").unwrap();
        assert_eq!(range.scheme, "deb");
        let constraints = range.constraints.unwrap();
        let got: Vec<_> = constraints.iter().map(|(c, v)| (*c, v.as_str())).collect();
        assert_eq!(
            got,
            [
                (Comparator::GreaterOrEqual, "1.0"),
                (Comparator::NotEqual, "1.5"),
                (Comparator::Less, "1:2"),
                (Comparator::Equal, "7"),
            ]
        );
        assert_eq!(read("vers:all/*").unwrap().constraints, None);
    }

    #[test]
    fn other_notations_are_refused() {
        let endless = format!("vers:npm/{}", "1|".repeat(MAX_CONSTRAINTS + 1));
        for text in [
            "",
            ">=1.0",
            "vers:npm",
            "vers:npm/",
            "vers:npm/>=",
            "vers:npm/>>1",
            &endless,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn mutated_ranges_never_panic() {
        let seeds: [&[u8]; 2] = [b"vers:deb/>=1%3A0|<2|!=1.5", b"vers:all/*"];
        patchward_test_support::mutate(&seeds, 2000, |bytes| {
            let _ = read(&String::from_utf8_lossy(bytes));
        });
    }
}
