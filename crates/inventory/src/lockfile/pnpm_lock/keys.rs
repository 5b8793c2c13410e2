//! How each lockfile version writes the path of a package, and how a reference becomes a path.

use std::collections::HashMap;

use crate::lockfile::javascript::name_and_rest;

/// The notation by lockfile version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keys {
    major: u32,
}

impl Keys {
    /// Of a `lockfileVersion`; an unreadable one counts as the oldest.
    pub(super) fn of(version: &str) -> Keys {
        let major = version.split('.').next().unwrap_or_default();
        Keys {
            major: major.parse().unwrap_or(5),
        }
    }

    pub(super) fn is_known(self) -> bool {
        (5..=9).contains(&self.major)
    }

    /// From version 9 on, what packages need stands in `snapshots`.
    pub(super) fn has_snapshots(self) -> bool {
        self.major >= 9
    }

    /// Name and version of a path; nothing where the path has none.
    pub(super) fn split(self, key: &str) -> Option<(&str, &str)> {
        if key.starts_with("file:") {
            return None;
        }
        if self.major >= 9 {
            return name_and_rest(without_peers(key));
        }
        // `/name/1.0.0`, `registry.example/@scope/name/1.0.0_peer@2`, `/name@1.0.0(peer@2)`
        let (_, path) = without_peers(key).split_once('/')?;
        let name_end = match path.starts_with('@') {
            true => path.find('/')? + 1,
            false => 0,
        };
        let cut = path.get(name_end..)?.find('/').map(|at| name_end + at);
        let (name, version) = match cut {
            Some(cut) => (&path[..cut], path[cut + 1..].split('/').next()?),
            None => name_and_rest(path)?,
        };
        let version = version.split('_').next()?;
        version
            .starts_with(|c: char| c.is_ascii_digit())
            .then_some((name, version))
    }

    /// The node that a name with its reference means: a version, a path, or (version 9) `real-name@version`.
    pub(super) fn resolve(
        self,
        name: &str,
        reference: &str,
        by_key: &HashMap<&str, usize>,
    ) -> Option<usize> {
        let at = |key: String| by_key.get(key.as_str()).copied();
        let own = match self.major {
            ..6 => at(format!("/{name}/{reference}")),
            6..9 => {
                at(format!("/{name}@{reference}")).or_else(|| at(format!("/{name}/{reference}")))
            }
            _ => at(format!("{name}@{reference}")),
        };
        own.or_else(|| by_key.get(reference).copied())
    }
}

/// The path without the peers that follow in parentheses.
pub(super) fn without_peers(key: &str) -> &str {
    key.split('(').next().unwrap_or(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_is_split() {
        let check = |version: &str, key: &str, expected| {
            assert_eq!(Keys::of(version).split(key), expected, "{key}");
        };
        check("5.3", "/a/1.0.0", Some(("a", "1.0.0")));
        check("5.3", "/@s/a/1.0.0_b@2.0.0", Some(("@s/a", "1.0.0")));
        check(
            "5.3",
            "registry.example/@s/a/1.0.0",
            Some(("@s/a", "1.0.0")),
        );
        check("5.3", "github.com/a/b", None);
        check("5.3", "nonsense", None);
        check("5.3", "file:../x", None);
        check(
            "6.0",
            "/a@1.0.0-rc.1(@s/b@2.0.0)(c@1)",
            Some(("a", "1.0.0-rc.1")),
        );
        check("6.0", "/@s/a@1.0.0", Some(("@s/a", "1.0.0")));
        check("9.0", "@s/a@1.0.0(b@2)", Some(("@s/a", "1.0.0")));
        check("9.0", "a@file:../a", Some(("a", "file:../a")));
    }
}
