//! Whether a version is in a range that is written in the notation of VERS.

use std::cmp::Ordering;

use patchward_version::Scheme;

use crate::vers::{self, Comparator};

/// A range of versions.
#[derive(Debug, Clone, PartialEq)]
pub struct Vers {
    scheme: Scheme,
    /// `None`: every version.
    constraints: Option<Vec<(Comparator, String)>>,
}

impl Vers {
    /// Reads a range. `None` when it is not in this notation, or its scheme has no order here.
    pub fn parse(text: &str) -> Option<Vers> {
        let read = vers::read(text)?;
        let scheme = match (read.scheme.as_str(), &read.constraints) {
            // `vers:all/*`: every version, whatever the scheme.
            (kind, None) => Scheme::for_purl_type(kind).unwrap_or(Scheme::SemVer),
            ("semver" | "vers", _) => Scheme::SemVer,
            (kind, _) => Scheme::for_purl_type(kind)?,
        };
        Some(Vers {
            scheme,
            constraints: read.constraints,
        })
    }

    /// Whether the range holds a version; `None` when a version cannot be compared.
    pub fn contains(&self, version: &str) -> Option<bool> {
        let Some(constraints) = &self.constraints else {
            return Some(true);
        };
        let mut inside = false;
        // Whether the version is above the open lower bound.
        let mut lower: Option<bool> = None;
        for (comparator, bound) in constraints {
            let order = self.scheme.compare(version, bound).ok()?;
            match comparator {
                Comparator::Equal if order == Ordering::Equal => return Some(true),
                Comparator::NotEqual if order == Ordering::Equal => return Some(false),
                Comparator::Equal => {}
                // Alone, it means everything else.
                Comparator::NotEqual => inside |= only_exclusions(constraints),
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
}

fn only_exclusions(constraints: &[(Comparator, String)]) -> bool {
    let mut all = constraints.iter();
    all.all(|(comparator, _)| *comparator == Comparator::NotEqual)
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
