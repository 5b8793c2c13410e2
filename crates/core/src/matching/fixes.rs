//! Which versions mend a finding, and the smallest upgrade that clears everything on a component.

use std::cmp::Ordering;

use patchward_advisory::model::Status;
use patchward_knowledge::{Knowledge, Named, Probe};
use patchward_protocol::report::FindingStatus;
use patchward_version::Scheme;

use super::claims::Claims;
use super::finding::Found;
use super::verdict::Word;
use super::words;
use crate::line::same_line;

/// Candidates that are tried before an upgrade is given up.
const MOST_CANDIDATES: usize = 200;

/// The versions above the installed one that the deciding words name as fixed, those of the same compatible line first; and
/// whether any of them can be reached. Where some can, the others are left out.
pub fn versions(claims: &Claims<'_, '_>, deciding: &[&Word]) -> (Vec<String>, bool) {
    let mut reachable: Vec<String> = Vec::new();
    let mut out_of_reach: Vec<String> = Vec::new();
    let mut order = (Scheme::Generic, String::new());
    for word in deciding {
        let Some(said) = claims.all.get(word.said) else {
            continue;
        };
        let Some(name) = claims.name(said) else {
            continue;
        };
        let scheme = Scheme::for_ecosystem(&name.family).unwrap_or(Scheme::Generic);
        order = (scheme, name.version.clone());
        let list = match said.without {
            None => &mut reachable,
            Some(_) => &mut out_of_reach,
        };
        for fix in words::fixes(&word.detail) {
            let above = scheme
                .compare(fix, &name.version)
                .map_or(true, |order| order == Ordering::Greater);
            if above && !list.iter().any(|known| known == fix) {
                list.push(fix.to_owned());
            }
        }
    }
    let can_reach = !reachable.is_empty();
    let mut chosen = if can_reach { reachable } else { out_of_reach };
    sort(&mut chosen, order.0, &order.1);
    (chosen, can_reach)
}

/// The compatible line of `installed` first, then by version.
fn sort(versions: &mut [String], scheme: Scheme, installed: &str) {
    versions.sort_by_cached_key(|version| {
        let key = scheme.key(version).ok();
        (!same_line(scheme, installed, version), key, version.clone())
    });
}

/// Gives every finding that can be cleared the version that clears all of them: the lowest that no known advisory
/// names, in the same compatible line if there is one. Where the line of a library has none, the findings that most can
/// be cleared of within it get that version, and only the rest the one beyond.
pub fn choose_upgrade(claims: &Claims<'_, '_>, knowledge: &Knowledge, found: &mut [Found]) {
    let fixable: Vec<usize> = (0..found.len())
        .filter(|&at| found.get(at).is_some_and(can_be_mended))
        .collect();
    let Some(name) = fixable
        .first()
        .and_then(|&at| found.get(at)?.claims.first())
        .and_then(|&said| claims.name(claims.all.get(said)?))
    else {
        return;
    };
    let scheme = Scheme::for_ecosystem(&name.family).unwrap_or(Scheme::Generic);
    let fixes = fixable.iter().filter_map(|&at| found.get(at));
    let mut candidates: Vec<String> = fixes
        .flat_map(|one| one.finding.fixed_versions.iter().cloned())
        .collect();
    order(&mut candidates, scheme);
    let clearable: Vec<usize> = fixable
        .into_iter()
        .filter(|&at| {
            let one = found.get(at);
            one.is_some_and(|one| lowest(claims, one, &candidates).is_some())
        })
        .collect();
    let stuck = unclearable(claims, found, &clearable);
    let installed = (scheme, name.version.as_str());
    let chosen = clear_of_all(claims, &candidates, installed, &stuck).or_else(|| {
        // Every fix has a flaw of its own: a fix of that flaw may clear all.
        let mut more = later_fixes(claims, knowledge, scheme, &name.version);
        more.extend(candidates.iter().cloned());
        order(&mut more, scheme);
        clear_of_all(claims, &more, installed, &stuck)
    });
    let leaves = |version: &String| !same_line(scheme, &name.version, version);
    let within = chosen
        .as_ref()
        .filter(|version| !name.role.is_distribution() && leaves(version))
        .and_then(|_| most_within(claims, found, &clearable, &candidates, installed));
    for at in clearable {
        if let Some(one) = found.get_mut(at) {
            let own = lowest(claims, one, &candidates).cloned();
            let step = within.clone().filter(|step| is_cleared(claims, one, step));
            one.finding.upgrade = step.or_else(|| chosen.clone()).or(own);
        }
    }
}

/// The lowest version of the installed one's line that clears most of the findings and brings none.
fn most_within(
    claims: &Claims<'_, '_>,
    found: &[Found],
    clearable: &[usize],
    candidates: &[String],
    (scheme, installed): (Scheme, &str),
) -> Option<String> {
    let within = candidates
        .iter()
        .filter(|version| same_line(scheme, installed, version));
    let mut best: Option<(usize, &String)> = None;
    for version in within.take(MOST_CANDIDATES) {
        let cleared: Vec<usize> = clearable
            .iter()
            .copied()
            .filter(|&at| {
                let one = found.get(at);
                one.is_some_and(|one| is_cleared(claims, one, version))
            })
            .collect();
        let stuck = unclearable(claims, found, &cleared);
        if cleared.len() > best.map_or(0, |(count, _)| count) && is_clear(claims, version, &stuck) {
            best = Some((cleared.len(), version));
        }
    }
    best.map(|(_, version)| version.clone())
}

/// Whether a version leaves a finding's own claims behind.
fn is_cleared(claims: &Claims<'_, '_>, found: &Found, version: &str) -> bool {
    let mut probe = Probe::new(version);
    found
        .claims
        .iter()
        .filter_map(|&said| claims.all.get(said))
        .all(|said| said.claim.names(&mut probe) == Named::No)
}

fn can_be_mended(found: &Found) -> bool {
    let finding = &found.finding;
    finding.status == FindingStatus::Fixable && finding.suppressed.is_none() && !finding.malware
}

/// Sorts by version, each once. What is no version of the scheme comes first.
fn order(versions: &mut Vec<String>, scheme: Scheme) {
    versions.sort_unstable();
    versions.dedup();
    versions.sort_by_cached_key(|version| scheme.key(version).ok());
}

/// The lowest version that no claim names, same compatible line first.
fn clear_of_all(
    claims: &Claims<'_, '_>,
    candidates: &[String],
    (scheme, installed): (Scheme, &str),
    stuck: &[usize],
) -> Option<String> {
    let (same, other): (Vec<&String>, Vec<&String>) = candidates
        .iter()
        .partition(|version| same_line(scheme, installed, version));
    same.into_iter()
        .chain(other)
        .take(MOST_CANDIDATES)
        .find(|candidate| is_clear(claims, candidate, stuck))
        .cloned()
}

/// The fixes above the installed version that any claim names, also of flaws that the installed version does not have.
fn later_fixes(
    claims: &Claims<'_, '_>,
    knowledge: &Knowledge,
    scheme: Scheme,
    installed: &str,
) -> Vec<String> {
    let details = claims
        .all
        .iter()
        .filter_map(|said| said.detail(knowledge))
        .take(MOST_CANDIDATES);
    let mut found = Vec::new();
    for detail in details {
        for fix in words::fixes(&detail) {
            if scheme.compare(fix, installed) == Ok(Ordering::Greater) {
                found.push(fix.to_owned());
            }
        }
    }
    found
}

/// The lowest candidate that leaves a finding's own claims behind, same compatible line first as the finding lists them.
fn lowest<'c>(
    claims: &Claims<'_, '_>,
    found: &Found,
    candidates: &'c [String],
) -> Option<&'c String> {
    let own = &found.finding.fixed_versions;
    let mut listed = candidates.iter().filter(|c| own.contains(c));
    listed.find(|candidate| is_cleared(claims, found, candidate))
}

/// Claims that hold now and that no candidate leaves behind: they cannot count against an upgrade.
fn unclearable(claims: &Claims<'_, '_>, found: &[Found], clearable: &[usize]) -> Vec<usize> {
    let clears: Vec<usize> = clearable
        .iter()
        .filter_map(|&at| found.get(at))
        .flat_map(|f| f.claims.iter().copied())
        .collect();
    (0..claims.all.len())
        .filter(|at| claims.all.get(*at).is_some_and(|said| said.is_hit()) && !clears.contains(at))
        .collect()
}

/// Whether no claim, save those that nothing clears, names the version.
fn is_clear(claims: &Claims<'_, '_>, version: &str, stuck: &[usize]) -> bool {
    let mut probe = Probe::new(version);
    claims.all.iter().enumerate().all(|(at, said)| {
        said.claim.status == Status::NotAffected
            || said.claim.withdrawn()
            || stuck.contains(&at)
            || said.claim.names(&mut probe) == Named::No
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_line_comes_first() {
        let mut versions: Vec<String> =
            ["5.0.0", "4.2.1", "10.0.0", "4.1.9"].map(Into::into).into();
        sort(&mut versions, Scheme::SemVer, "4.1.0");
        assert_eq!(versions, ["4.1.9", "4.2.1", "5.0.0", "10.0.0"]);
        let mut versions: Vec<String> = ["0.4.16", "0.3.27"].map(Into::into).into();
        sort(&mut versions, Scheme::SemVer, "0.3.3");
        assert_eq!(versions, ["0.3.27", "0.4.16"]);
        let mut versions: Vec<String> = ["0.4.2", "0.3.27"].map(Into::into).into();
        sort(&mut versions, Scheme::SemVer, "0.4.1");
        assert_eq!(versions, ["0.4.2", "0.3.27"]);
    }
}
