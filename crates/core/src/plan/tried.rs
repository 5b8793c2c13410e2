//! What package managers made of lockfiles, worked into a report: an upgrade that was tried becomes one patch in place of
//! those that it clears. Pure: the trying is [`crate::resolve`]'s.

use std::collections::{BTreeMap, BTreeSet};

use patchward_protocol::plan::{Route, RouteKind};
use patchward_protocol::report::{PackageUpgrade, Patch, ScanReport, TargetReport};

/// Packages that are named in a sentence.
const NAMED: usize = 4;

/// What trying came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tried {
    /// What works.
    pub upgrades: Vec<Upgrade>,
    /// What does not.
    pub refused: Vec<Refused>,
    /// What was not tried, and why.
    pub untried: Vec<Refused>,
}

impl Tried {
    /// Adds an upgrade. Those before it of which it clears everything are needed no more: a later child may have raised
    /// the same parent further. A step that breaks nothing stays beside one that does.
    pub fn add(&mut self, upgrade: Upgrade) {
        self.upgrades.retain(|before| {
            let same = before.target == upgrade.target && before.location == upgrade.location;
            let all = before
                .patches
                .iter()
                .all(|patch| upgrade.patches.contains(patch));
            let gentler = upgrade.breaks && !before.breaks;
            gentler || !(same && all)
        });
        self.upgrades.push(upgrade);
    }
}

/// A command that clears patches of one lockfile.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Upgrade {
    /// The target, by its place in the report.
    pub target: usize,
    /// The package manager.
    pub manager: String,
    /// The lockfile.
    pub location: String,
    /// What the command names; never empty.
    pub named: Vec<PackageUpgrade>,
    /// What comes along; an empty version when the package is needed no more.
    pub brings: Vec<PackageUpgrade>,
    /// What a person types.
    pub command: String,
    /// The project's own requirement changes, not the lockfile alone.
    pub changes_manifest: bool,
    /// No earlier release of what is named does it, or none was looked for.
    pub least: bool,
    /// Something that it moves leaves its compatible line.
    pub breaks: bool,
    /// The patches of the target that it clears, by their place.
    pub patches: Vec<usize>,
}

/// A patch for which nothing worked, or that was not tried.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Refused {
    /// The target, by its place in the report.
    pub target: usize,
    /// The patch, by its place in the target.
    pub patch: usize,
    /// What stood in the way last, or why nothing was tried.
    pub why: String,
}

/// What trying told of one patch.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The way that works.
    pub route: Option<Route>,
    /// What a person should know.
    pub notes: Vec<String>,
    /// Why it cannot go in, in words; `None` where nothing is known against it.
    pub failed: Option<String>,
}

/// Outcomes by target and patch, by their places.
pub type Outcomes = BTreeMap<(usize, usize), Outcome>;

/// The report with the upgrades as patches, and what is to be said of each patch.
pub fn applied(report: &ScanReport, tried: &Tried) -> (ScanReport, Outcomes) {
    let mut report = report.clone();
    let mut outcomes = Outcomes::new();
    for (at, target) in report.targets.iter_mut().enumerate() {
        let patches = to_patches(at, target, tried);
        for (place, (_, outcome)) in patches.iter().enumerate() {
            if let Some(outcome) = outcome {
                outcomes.insert((at, place), outcome.clone());
            }
        }
        target.patches = patches.into_iter().map(|(patch, _)| patch).collect();
    }
    (report, outcomes)
}

/// Each upgrade stands where the first patch stood that it takes in; a patch belongs to the first that takes it in.
fn to_patches(
    target: usize,
    report: &TargetReport,
    tried: &Tried,
) -> Vec<(Patch, Option<Outcome>)> {
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let mut first: BTreeMap<usize, (Patch, Option<Outcome>)> = BTreeMap::new();
    for upgrade in tried
        .upgrades
        .iter()
        .filter(|upgrade| upgrade.target == target)
    {
        let places = upgrade.patches.iter().copied();
        let mut places: Vec<usize> = places
            .filter(|&at| at < report.patches.len() && !taken.contains(&at))
            .collect();
        places.sort_unstable();
        places.dedup();
        if let Some(&place) = places.first() {
            taken.extend(&places);
            let cleared: Vec<&Patch> = places.iter().map(|&at| &report.patches[at]).collect();
            first.insert(place, (patch(upgrade, &cleared), Some(outcome(upgrade))));
        }
    }
    let of_target = |all: &'_ [Refused]| -> BTreeMap<usize, String> {
        let own = all.iter().filter(|refused| refused.target == target);
        own.map(|refused| (refused.patch, refused.why.clone()))
            .collect()
    };
    let (refused, untried) = (of_target(&tried.refused), of_target(&tried.untried));
    let all = report.patches.iter().enumerate();
    all.filter_map(|(at, patch)| {
        if let Some(made) = first.remove(&at) {
            return Some(made);
        }
        let failed = refused.get(&at).map(|why| Outcome {
            failed: Some(format!("tried in a copy without success: {why}")),
            ..Outcome::default()
        });
        let note = failed.or_else(|| {
            let note = format!("not tried: {}", untried.get(&at)?);
            Some(Outcome {
                notes: vec![note],
                ..Outcome::default()
            })
        });
        (!taken.contains(&at)).then(|| (patch.clone(), note))
    })
    .collect()
}

fn patch(upgrade: &Upgrade, cleared: &[&Patch]) -> Patch {
    let named = upgrade.named.first().cloned().unwrap_or_default();
    let each = |of: fn(&Patch) -> &Vec<String>| {
        let mut seen = BTreeSet::new();
        let all = cleared.iter().flat_map(|patch| of(patch));
        all.filter(|text| seen.insert(*text)).cloned().collect()
    };
    Patch {
        manager: upgrade.manager.clone(),
        package: named.name,
        from: named.from,
        to: named.to,
        packages: upgrade
            .named
            .iter()
            .chain(&upgrade.brings)
            .cloned()
            .collect(),
        command: upgrade.command.clone(),
        location: upgrade.location.clone(),
        resolves: each(|patch| &patch.resolves),
        vulnerabilities: each(|patch| &patch.vulnerabilities),
        severity: cleared
            .iter()
            .map(|patch| patch.severity)
            .max()
            .unwrap_or_default(),
        major: upgrade.breaks,
        pending: false,
    }
}

fn outcome(upgrade: &Upgrade) -> Outcome {
    let kind = match (upgrade.brings.is_empty(), upgrade.changes_manifest) {
        (false, _) => RouteKind::Parent,
        (true, true) => RouteKind::Manifest,
        (true, false) => RouteKind::LockUpdate,
    };
    let changes = match upgrade.changes_manifest {
        true => "the project's own requirement changes",
        false => "only the lockfile changes",
    };
    let does = match upgrade.brings.is_empty() {
        true => String::new(),
        false => format!(
            "upgrading {} {}; ",
            sentence(&upgrade.named),
            brought(&upgrade.brings)
        ),
    };
    let mut notes = Vec::new();
    if !upgrade.least {
        notes.push("an earlier release may do as well: not all were tried".to_owned());
    }
    Outcome {
        route: Some(Route {
            kind,
            advice: format!("tried in a copy with {}: {does}{changes}", upgrade.manager),
            tried: true,
            brings: upgrade.brings.clone(),
            ..Route::default()
        }),
        notes,
        failed: None,
    }
}

fn brought(brings: &[PackageUpgrade]) -> String {
    let (gone, moved): (Vec<PackageUpgrade>, Vec<PackageUpgrade>) = brings
        .iter()
        .cloned()
        .partition(|package| package.to.is_empty());
    let mut parts = Vec::new();
    if !moved.is_empty() {
        parts.push(format!("brings {}", sentence(&moved)));
    }
    if !gone.is_empty() {
        let names: Vec<&str> = gone.iter().map(|package| package.name.as_str()).collect();
        parts.push(format!("does without {}", names.join(", ")));
    }
    parts.join(" and ")
}

fn sentence(packages: &[PackageUpgrade]) -> String {
    let shown = packages.iter().take(NAMED);
    let shown: Vec<String> = shown
        .map(|package| format!("{} {} → {}", package.name, package.from, package.to))
        .collect();
    match packages.len().saturating_sub(NAMED) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn moved(name: &str, from: &str, to: &str) -> PackageUpgrade {
        PackageUpgrade {
            name: name.into(),
            from: from.into(),
            to: to.into(),
        }
    }

    fn report(patches: &[&str]) -> ScanReport {
        let patch = |name: &&str| Patch {
            package: (*name).into(),
            from: "1.0.0".into(),
            resolves: vec![format!("finding of {name}")],
            vulnerabilities: vec!["CVE-1".into()],
            location: "package-lock.json".into(),
            ..Patch::default()
        };
        ScanReport {
            targets: vec![TargetReport {
                patches: patches.iter().map(patch).collect(),
                ..TargetReport::default()
            }],
            ..ScanReport::default()
        }
    }

    fn upgrade(patches: &[usize]) -> Upgrade {
        Upgrade {
            manager: "npm".into(),
            location: "package-lock.json".into(),
            named: vec![moved("parent", "1.0.0", "1.2.0")],
            brings: vec![moved("a", "1.0.0", "1.0.1"), moved("b", "1.0.0", "")],
            command: "npm install parent@1.2.0".into(),
            changes_manifest: true,
            least: true,
            patches: patches.to_vec(),
            ..Upgrade::default()
        }
    }

    #[test]
    fn children_of_one_parent_become_one_patch_where_the_first_stood() {
        let mut tried = Tried::default();
        tried.add(upgrade(&[1, 2]));
        let (report, outcomes) = applied(&report(&["x", "a", "b", "y"]), &tried);
        let patches = &report.targets[0].patches;
        let names: Vec<&str> = patches.iter().map(|patch| patch.package.as_str()).collect();
        assert_eq!(names, ["x", "parent", "y"]);
        assert_eq!(patches[1].resolves, ["finding of a", "finding of b"]);
        assert_eq!(patches[1].vulnerabilities, ["CVE-1"]);
        let route = outcomes[&(0, 1)].route.clone().unwrap();
        assert_eq!(
            route.advice,
            "tried in a copy with npm: upgrading parent 1.0.0 → 1.2.0 brings a 1.0.0 → 1.0.1 and does without b; \
             the project's own requirement changes"
        );
        assert_eq!(outcomes.len(), 1);
    }

    #[test]
    fn an_upgrade_that_does_more_takes_the_place_of_the_one_before() {
        let mut tried = Tried::default();
        tried.add(upgrade(&[1]));
        tried.add(upgrade(&[0, 1]));
        assert_eq!(tried.upgrades.len(), 1);
        tried.add(upgrade(&[2]));
        assert_eq!(tried.upgrades.len(), 2);
        // What leaves the compatible line does not take the place of what stays within.
        tried.add(Upgrade {
            breaks: true,
            ..upgrade(&[2, 3])
        });
        assert_eq!(tried.upgrades.len(), 3);
    }

    #[test]
    fn what_was_refused_stays_with_its_reason() {
        let tried = Tried {
            refused: vec![Refused {
                target: 0,
                patch: 0,
                why: "npm refused: no".into(),
            }],
            ..Tried::default()
        };
        let before = report(&["a"]);
        let (after, outcomes) = applied(&before, &tried);
        assert_eq!(after, before);
        let failed = outcomes[&(0, 0)].failed.as_deref();
        assert_eq!(
            failed,
            Some("tried in a copy without success: npm refused: no")
        );
    }

    #[test]
    fn what_was_not_tried_has_a_note_and_counts_as_before() {
        let tried = Tried {
            untried: vec![Refused {
                target: 0,
                patch: 1,
                why: "nobody is asked".into(),
            }],
            ..Tried::default()
        };
        let (_, outcomes) = applied(&report(&["a", "b"]), &tried);
        assert_eq!(outcomes.len(), 1);
        let outcome = &outcomes[&(0, 1)];
        assert_eq!(outcome.notes, ["not tried: nobody is asked"]);
        assert_eq!((&outcome.failed, &outcome.route), (&None, &None));
    }

    proptest! {
        #[test]
        fn no_finding_is_lost_or_doubled(
            groups in proptest::collection::vec(proptest::collection::vec(0usize..12, 0..5), 0..6),
        ) {
            let names: Vec<String> = (0..10).map(|number| format!("p{number}")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let before = report(&names);
            let mut tried = Tried::default();
            for group in &groups {
                tried.add(upgrade(group));
            }
            let (after, outcomes) = applied(&before, &tried);
            let ids = |report: &ScanReport| {
                let all = report.targets[0].patches.iter();
                let mut ids: Vec<String> = all.flat_map(|patch| patch.resolves.clone()).collect();
                ids.sort();
                ids
            };
            prop_assert_eq!(ids(&after), ids(&before));
            prop_assert!(outcomes.keys().all(|&(_, place)| place < after.targets[0].patches.len()));
        }
    }
}
