//! Which of the ranges that one package asks another for speak of a locked version.

use patchward_version::Scheme;

/// Requirements of one package for another, by platform, extra or alias, are few; the bound keeps a hostile file linear.
const MAX_RANGES: usize = 64;

/// Of several ranges (one for each platform, or one for each of two versions that are locked) those that allow the
/// locked version; all where none does, and one empty range where none is told.
pub(crate) fn of_locked<'a>(
    scheme: Scheme,
    all: impl Iterator<Item = &'a str>,
    version: &str,
) -> Vec<&'a str> {
    let mut all: Vec<&str> = all.take(MAX_RANGES).collect();
    all.sort_unstable();
    all.dedup();
    match &all[..] {
        [] => return vec![""],
        [_] => return all,
        _ => {}
    }
    let allows = |range: &str| {
        let range = scheme.range(range);
        range.is_ok_and(|range| range.contains(version).unwrap_or(false))
    };
    let fitting: Vec<&str> = all.iter().copied().filter(|range| allows(range)).collect();
    if fitting.is_empty() { all } else { fitting }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_several_ranges_those_count_that_allow_the_locked_version() {
        let told = |all: &[&'static str], version: &str| -> Vec<&str> {
            of_locked(Scheme::SemVer, all.iter().copied(), version)
        };
        assert_eq!(told(&["0.8", "0.9"], "0.9.1"), ["0.9"]);
        assert_eq!(told(&["0.8", "0.8.1"], "0.8.5"), ["0.8", "0.8.1"]);
        assert_eq!(told(&["0.8", "0.9"], "2.0.0"), ["0.8", "0.9"]);
        assert_eq!(told(&["0.8"], "2.0.0"), ["0.8"]);
        assert_eq!(told(&[], "2.0.0"), [""]);
    }
}
