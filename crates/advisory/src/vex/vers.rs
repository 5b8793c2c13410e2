//! Ranges in the notation of VERS (`vers:npm/>=1.0.0|<1.2.3`), as CSAF and CycloneDX use it.

use std::cmp::Ordering;

use patchward_version::Scheme;

/// A range of versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Vers {
    scheme: Scheme,
    all: bool,
    constraints: Vec<(Comparator, String)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The most constraints of one range.
const MAX_CONSTRAINTS: usize = 1000;

impl Vers {
    /// Reads a range. `None` when it is not in this notation, or its scheme has no order here.
    pub fn parse(text: &str) -> Option<Vers> {
        let (kind, constraints) = text.trim().strip_prefix("vers:")?.split_once('/')?;
        let kind = kind.to_ascii_lowercase();
        let (scheme, constraints) = match (kind.as_str(), constraints.trim()) {
            // `vers:all/*`: every version, whatever the scheme.
            (_, "*") => (Scheme::for_purl_type(&kind).unwrap_or(Scheme::SemVer), None),
            ("semver" | "vers", list) => (Scheme::SemVer, Some(list)),
            (kind, list) => (Scheme::for_purl_type(kind)?, Some(list)),
        };
        let parts = constraints.into_iter().flat_map(|list| list.split('|'));
        let constraints: Option<Vec<_>> = parts
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .take(MAX_CONSTRAINTS)
            .map(constraint)
            .collect();
        Some(Vers {
            scheme,
            all: text.trim().ends_with("/*"),
            constraints: constraints?,
        })
    }

    /// Whether the range holds a version; `None` when a version cannot be compared.
    pub fn contains(&self, version: &str) -> Option<bool> {
        if self.all {
            return Some(true);
        }
        let mut inside = false;
        // Whether the version is above the open lower bound.
        let mut lower: Option<bool> = None;
        for (comparator, bound) in &self.constraints {
            let order = self.scheme.compare(version, bound).ok()?;
            match comparator {
                Comparator::Equal if order == Ordering::Equal => return Some(true),
                Comparator::NotEqual if order == Ordering::Equal => return Some(false),
                Comparator::Equal => {}
                // Alone, it means everything else.
                Comparator::NotEqual => inside |= self.only_exclusions(),
                Comparator::Greater => lower = Some(order == Ordering::Greater),
                Comparator::GreaterOrEqual => lower = Some(order != Ordering::Less),
                Comparator::Less | Comparator::LessOrEqual => {
                    let below = order == Ordering::Less
                        || *comparator == Comparator::LessOrEqual && order == Ordering::Equal;
                    let above = lower.take().is_none_or(|above| above);
                    inside |= below && above;
                }
            }
        }
        Some(inside || lower == Some(true))
    }

    fn only_exclusions(&self) -> bool {
        self.constraints
            .iter()
            .all(|(comparator, _)| *comparator == Comparator::NotEqual)
    }
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
    // Versions are percent-encoded where they hold the notation's own signs.
    let purl: Option<patchward_purl::Purl> = version
        .contains('%')
        .then(|| format!("pkg:generic/x@{version}").parse().ok())
        .flatten();
    let version = purl
        .as_ref()
        .and_then(|purl| purl.version())
        .unwrap_or(version);
    (!version.is_empty()).then(|| (comparator, version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(range: &str, inside: &[&str], outside: &[&str]) {
        let range = Vers::parse(range).unwrap();
        for version in inside {
            assert_eq!(range.contains(version), Some(true), "{version}");
        }
        for version in outside {
            assert_eq!(range.contains(version), Some(false), "{version}");
        }
    }

    #[test]
    fn ranges_hold_what_their_bounds_say() {
        check(
            "vers:npm/>=1.0.0|<1.2.3",
            &["1.0.0", "1.2.2"],
            &["0.9.0", "1.2.3"],
        );
        check(
            "vers:npm/<1.0.0|>=2.0.0|<=2.1.0|>3.0.0",
            &["0.1.0", "2.1.0", "4.0.0"],
            &["1.5.0", "2.2.0", "3.0.0"],
        );
        check("vers:npm/1.0.0|=2.0.0", &["1.0.0", "2.0.0"], &["1.5.0"]);
        check(
            "vers:deb/<1:2.0-1|!=1.5-1",
            &["1.0-1", "1:1.0-1"],
            &["1.5-1", "1:2.0-1"],
        );
        check("vers:npm/!=1.0.0", &["2.0.0"], &["1.0.0"]);
        check("vers:all/*", &["1", "x"], &[]);
    }

    #[test]
    fn other_notations_and_unknown_schemes_are_refused() {
        for text in ["", ">=1.0", "vers:npm", "vers:nothing/>=1", "vers:npm/>="] {
            assert_eq!(Vers::parse(text), None, "{text}");
        }
    }
}
