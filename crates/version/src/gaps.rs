//! Comparing `epoch:version-release` where one side does not state a part.
//!
//! Between two full versions the schemes' order stands. A dependency or an advisory may state less: rpm compares
//! `foo >= 1.2` with `1.2-3` by the version alone, and some publishers leave out the epoch that the package has.
//! Skipping what one side lacks is not transitive (`1-1` = `1` = `1-2`, yet `1-1` < `1-2`), so it has no key and is a
//! comparison of its own.

use std::cmp::Ordering;

use crate::{InvalidVersion, Scheme};

/// Which parts do not count when only one of the two versions states them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Gaps {
    /// A one-sided epoch does not count. Otherwise a missing epoch is zero.
    pub epoch: bool,
    /// A one-sided release (Debian: revision) does not count. Otherwise a missing one is below every other.
    pub release: bool,
}

impl Gaps {
    /// Everything counts: [`Scheme::compare`].
    pub const NONE: Gaps = Gaps {
        epoch: false,
        release: false,
    };
    /// A one-sided epoch does not count.
    pub const EPOCH: Gaps = Gaps {
        epoch: true,
        release: false,
    };
    /// A one-sided release does not count: the rule of rpm's and pacman's dependencies.
    pub const RELEASE: Gaps = Gaps {
        epoch: false,
        release: true,
    };
}

impl Scheme {
    /// Compares two versions, leaving out what `gaps` says. Only schemes with epochs and releases have gaps (Debian,
    /// rpm, Arch); for others this is [`Scheme::compare`].
    ///
    /// # Errors
    /// When either is not a version of the scheme.
    pub fn compare_with_gaps(
        self,
        a: &str,
        b: &str,
        gaps: Gaps,
    ) -> Result<Ordering, InvalidVersion> {
        if !matches!(self, Scheme::Debian | Scheme::Rpm | Scheme::Arch) {
            return self.compare(a, b);
        }
        let (mut a, mut b) = (a, b);
        if gaps.epoch && epoch(a).is_some() != epoch(b).is_some() {
            a = epoch(a).unwrap_or(a);
            b = epoch(b).unwrap_or(b);
        }
        if gaps.release && release(a).is_some() != release(b).is_some() {
            a = release(a).unwrap_or(a);
            b = release(b).unwrap_or(b);
        }
        self.compare(a, b)
    }
}

/// What follows the epoch, if there is one.
fn epoch(version: &str) -> Option<&str> {
    let (epoch, rest) = version.split_once(':')?;
    epoch
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then_some(rest)
}

/// What precedes the release, if there is one.
fn release(version: &str) -> Option<&str> {
    version.rsplit_once('-').map(|(before, _)| before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_epoch_that_one_side_lacks_counts_unless_told() {
        let compare = |gaps| Scheme::Rpm.compare_with_gaps("2.0", "1:1.5", gaps);
        assert_eq!(compare(Gaps::NONE), Ok(Ordering::Less));
        assert_eq!(compare(Gaps::EPOCH), Ok(Ordering::Greater));
    }

    #[test]
    fn a_release_that_one_side_lacks_counts_unless_told() {
        let compare = |gaps| Scheme::Rpm.compare_with_gaps("1:1.2-3.el9", "1:1.2", gaps);
        assert_eq!(compare(Gaps::NONE), Ok(Ordering::Greater));
        assert_eq!(compare(Gaps::RELEASE), Ok(Ordering::Equal));
    }

    #[test]
    fn what_both_state_always_counts() {
        let gaps = Gaps {
            epoch: true,
            release: true,
        };
        let compare = |a, b| Scheme::Rpm.compare_with_gaps(a, b, gaps);
        assert_eq!(compare("1:1-1", "2:1-1"), Ok(Ordering::Less));
        assert_eq!(compare("1-2", "1-1"), Ok(Ordering::Greater));
    }
}
