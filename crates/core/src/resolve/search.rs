//! The least versions of parents that do what is wanted, found by asking for less and less.
//!
//! No tool lists the releases of a package in a way that all share, but every one takes a range and picks the newest in
//! it. So the range is halved by its numbers; where the numbers leave nothing to halve, the next lower release is asked for.
//! It is taken that a later release does not bring back what an earlier one mended.

/// Tries that one search may make; each is a run of a package manager.
const MOST_TRIES: usize = 24;

/// What is asked of one parent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bound {
    /// The newest release later than it has, and earlier than this where told.
    Below(Option<String>),
    /// This one.
    At(String),
}

/// What a search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Least {
    /// A version for each parent.
    pub versions: Vec<String>,
    /// The tries were enough: no earlier release does it.
    pub proven: bool,
}

/// Finds the least versions. `probe` makes the parents move and returns their versions if all is then as wanted.
///
/// The parents are lowered one after the other, each while the others stay where they are.
pub fn least(
    from: &[String],
    mut probe: impl FnMut(&[Bound]) -> Option<Vec<String>>,
) -> Option<Least> {
    let mut tries = 0;
    let mut ask = |bounds: &[Bound]| {
        tries += 1;
        (tries <= MOST_TRIES).then(|| probe(bounds)).flatten()
    };
    let first = windows(from).into_iter().find_map(|bounds| ask(&bounds))?;
    let mut versions = first;
    for at in 0..from.len() {
        let mut low = numbers(&from[at]);
        while let Some(bound) = between(low, &versions[at]) {
            let bounds = lowered(&versions, at, &bound);
            match ask(&bounds).filter(|found| numbers(&found[at]) < numbers(&versions[at])) {
                Some(lower) => versions = lower,
                None if bound == versions[at] => break,
                None => low = numbers(&bound),
            }
        }
    }
    Some(Least {
        versions,
        proven: tries <= MOST_TRIES,
    })
}

/// What is asked for first: within the minor version, within the major version, anything.
fn windows(from: &[String]) -> [Vec<Bound>; 3] {
    let all = |next: fn([u64; 3]) -> Option<[u64; 3]>| {
        let bound = |version: &String| Bound::Below(next(numbers(version)).map(text));
        from.iter().map(bound).collect()
    };
    [
        all(|[major, minor, _]| Some([major, minor + 1, 0])),
        all(|[major, ..]| Some([major + 1, 0, 0])),
        all(|_| None),
    ]
}

fn lowered(versions: &[String], at: usize, bound: &str) -> Vec<Bound> {
    let each = versions.iter().enumerate();
    each.map(|(place, version)| match place == at {
        true => Bound::Below(Some(bound.to_owned())),
        false => Bound::At(version.clone()),
    })
    .collect()
}

/// A bound between what fails (everything earlier than `low`) and what works; `None` where nothing is between.
fn between(low: [u64; 3], works: &str) -> Option<String> {
    let high = numbers(works);
    let at = (0..3).find(|&at| low[at] != high[at])?;
    if low[at] > high[at] {
        return None;
    }
    let mut bound = [0; 3];
    bound[..=at].copy_from_slice(&high[..=at]);
    let gap = high[at] - low[at];
    if gap >= 2 {
        bound[at] = low[at] + gap / 2;
        return Some(text(bound));
    }
    // The next numbers themselves: below them lies the rest of the line that fails, above them what may be too much.
    Some(if bound == high {
        works.to_owned()
    } else {
        text(bound)
    })
}

/// The first three numbers of a version; what is not a number ends them. An epoch is left out.
fn numbers(version: &str) -> [u64; 3] {
    let version = version.rsplit('!').next().unwrap_or(version);
    let mut numbers = [0; 3];
    for (number, part) in numbers
        .iter_mut()
        .zip(version.trim_start_matches('v').split('.'))
    {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        // A hundred million is more than any release has, and dates have eight digits.
        *number = part[..digits].parse::<u64>().unwrap_or(0).min(99_999_999);
        if digits < part.len() {
            break;
        }
    }
    numbers
}

fn text([major, minor, patch]: [u64; 3]) -> String {
    format!("{major}.{minor}.{patch}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A registry of one or two parents; all is as wanted when each is at least at its mark.
    fn search(from: &[&str], releases: &[Vec<&str>], marks: &[&str]) -> (Option<Least>, usize) {
        let from: Vec<String> = from.iter().map(|version| (*version).to_owned()).collect();
        let mut tries = 0;
        let found = least(&from, |bounds| {
            tries += 1;
            let mut got = Vec::new();
            for (at, bound) in bounds.iter().enumerate() {
                let fits = |version: &&&str| match bound {
                    Bound::At(exact) => **version == exact,
                    Bound::Below(below) => {
                        let below = below.as_deref().map(numbers);
                        numbers(version) > numbers(&from[at])
                            && below.is_none_or(|below| numbers(version) < below)
                    }
                };
                let best = releases[at]
                    .iter()
                    .filter(fits)
                    .max_by_key(|version| numbers(version))?;
                if numbers(best) < numbers(marks[at]) {
                    return None;
                }
                got.push((*best).to_owned());
            }
            Some(got)
        });
        (found, tries)
    }

    #[test]
    fn the_least_release_is_found_within_the_line_if_it_is_there() {
        let releases = vec![
            "4.16.0", "4.16.1", "4.16.2", "4.16.3", "4.16.4", "4.17.0", "5.0.0",
        ];
        let (found, _) = search(&["4.16.0"], &[releases], &["4.16.2"]);
        let expected = Least {
            versions: vec!["4.16.2".into()],
            proven: true,
        };
        assert_eq!(found, Some(expected));
    }

    #[test]
    fn a_major_version_is_crossed_only_where_nothing_else_does() {
        let releases = vec!["1.0.0", "1.9.0", "2.0.0", "2.1.0", "3.0.0"];
        let (found, _) = search(&["1.0.0"], std::slice::from_ref(&releases), &["1.5.0"]);
        assert_eq!(found.unwrap().versions, ["1.9.0"]);
        let (found, _) = search(&["1.0.0"], std::slice::from_ref(&releases), &["1.9.1"]);
        assert_eq!(found.unwrap().versions, ["2.0.0"]);
        assert_eq!(search(&["1.0.0"], &[releases], &["9.0.0"]).0, None);
    }

    #[test]
    fn two_parents_are_each_as_low_as_can_be() {
        let releases = [
            vec!["1.1.0", "1.2.0", "1.3.0"],
            vec!["2.0.1", "2.0.2", "2.4.0"],
        ];
        let (found, _) = search(&["1.0.0", "2.0.0"], &releases, &["1.2.0", "2.0.2"]);
        assert_eq!(found.unwrap().versions, ["1.2.0", "2.0.2"]);
    }

    proptest! {
        #[test]
        fn the_answer_works_and_no_earlier_release_does(
            mut releases in proptest::collection::btree_set((0u64..4, 0u64..40, 0u64..6), 1..80),
            mark in (0u64..4, 0u64..40, 0u64..6),
        ) {
            releases.remove(&(0, 0, 0));
            let names: Vec<String> = releases.iter().map(|&(a, b, c)| text([a, b, c])).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let mark = text([mark.0, mark.1, mark.2]);
            let (found, tries) = search(&["0.0.0"], std::slice::from_ref(&names), &[&mark]);
            let expected = names.iter().find(|name| numbers(name) >= numbers(&mark));
            prop_assert!(tries <= MOST_TRIES);
            match found {
                Some(found) if found.proven => {
                    prop_assert_eq!(Some(&found.versions[0].as_str()), expected);
                }
                Some(found) => prop_assert!(numbers(&found.versions[0]) >= numbers(&mark)),
                None => prop_assert_eq!(expected, None),
            }
        }

        #[test]
        fn any_text_is_a_version_here(version in ".*", works in ".*") {
            let _ = between(numbers(&version), &works);
        }
    }
}
