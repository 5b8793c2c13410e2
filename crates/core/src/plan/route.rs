//! How a package of a lockfile gets to its new version: by the lock alone, or by moving what asks for it.
//!
//! A lockfile that writes the ranges tells whether everyone who asks for the package allows the new version. Which
//! release of a parent allows it is not in the lockfile: that needs the registry, and is said so.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use patchward_protocol::inventory::{Component, Need};
use patchward_protocol::plan::{Blocker, Route, RouteKind};
use patchward_protocol::report::{Patch, TargetReport};
use patchward_version::{Range, Scheme};

/// Packages that are looked at on the way up to the direct dependencies.
const MOST_PARENTS: usize = 1000;

/// The components of a target by file, name and version.
#[derive(Debug, Default)]
pub struct Packages<'a>(BTreeMap<(&'a str, &'a str, &'a str), &'a Component>);

impl<'a> Packages<'a> {
    /// Those that the report lists.
    pub fn of(target: &'a TargetReport) -> Packages<'a> {
        let all = target.inventory.iter();
        let known = all.filter(|component| !component.locations.is_empty());
        Packages(
            known
                .map(|component| {
                    (
                        (
                            file(component),
                            component.name.as_str(),
                            component.version.as_str(),
                        ),
                        component,
                    )
                })
                .collect(),
        )
    }

    fn parent(&self, child: &Component, need: &Need) -> Option<&'a Component> {
        let (name, version) = need.package.rsplit_once('@')?;
        self.0.get(&(file(child), name, version)).copied()
    }
}

fn file(component: &Component) -> &str {
    component
        .locations
        .first()
        .map_or("", |place| place.path.as_str())
}

/// The route of a patch; `None` where nothing asks for the package, or the file does not tell who does.
pub fn route(
    patch: &Patch,
    component: &Component,
    scheme: Option<Scheme>,
    packages: &Packages<'_>,
) -> Option<Route> {
    let direct = component.direct == Some(true);
    if component.needed_by.is_empty() && component.path.is_empty() && !direct {
        return None;
    }
    let mut blockers = Vec::new();
    let mut untold = component.needed_by.is_empty();
    for need in &component.needed_by {
        match allows(need, &patch.to, scheme) {
            Some(true) => {}
            Some(false) => blockers.push(Blocker {
                package: need.package.clone(),
                range: need.range.clone().unwrap_or_default(),
            }),
            None => untold = true,
        }
    }
    let kind = match (&blockers[..], untold) {
        ([], true) => RouteKind::Unknown,
        ([], false) => RouteKind::LockUpdate,
        (blockers, _) if blockers.iter().all(|blocker| blocker.package.is_empty()) => {
            RouteKind::Manifest
        }
        _ => RouteKind::Parent,
    };
    let through = through(component, packages);
    let mut advice = advice(kind, patch, &blockers, &through, direct);
    let others: Vec<String> = untold_parents(component).map(str::to_owned).collect();
    let own = kind == RouteKind::Manifest || kind == RouteKind::Unknown && direct;
    if own && patch.major && !others.is_empty() {
        advice.push_str(&format!(
            "; nobody tells whether {} can do without {}",
            listed(&others),
            patch.from
        ));
    }
    Some(Route {
        kind,
        through,
        blockers,
        advice,
        ..Route::default()
    })
}

/// Other packages that ask for a package, where nobody tells for which versions.
pub fn untold_parents(component: &Component) -> impl Iterator<Item = &str> {
    let needs = component.needed_by.iter();
    let untold = needs.filter(|need| !need.package.is_empty() && need.range.is_none());
    untold.map(|need| need.package.as_str())
}

/// Whether a requirement allows a version; `None` when it does not say or cannot be read.
fn allows(need: &Need, version: &str, scheme: Option<Scheme>) -> Option<bool> {
    let text = need.range.as_deref()?;
    let scheme = scheme?;
    let read = |scheme: Scheme| -> Option<bool> { scheme.range(text).ok()?.contains(version).ok() };
    match scheme {
        // Poetry's lock has its own language besides PEP 440's.
        Scheme::PyPi => read(Scheme::PyPi).or_else(|| poetry(text)?.contains(version).ok()),
        scheme => read(scheme),
    }
}

fn poetry(text: &str) -> Option<Range> {
    Scheme::Poetry.range(text).ok()
}

/// The direct dependencies above a package, by name and version: every way up, each package once.
fn through(component: &Component, packages: &Packages<'_>) -> Vec<String> {
    let mut tops: BTreeSet<String> = BTreeSet::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut next: VecDeque<&Component> = VecDeque::from([component]);
    while let Some(at) = next.pop_front() {
        for need in &at.needed_by {
            if need.package.is_empty() || seen.len() >= MOST_PARENTS || !seen.insert(&need.package)
            {
                continue;
            }
            let Some(parent) = packages.parent(component, need) else {
                continue;
            };
            // Where the file does not tell what the project asks for, what nobody else needs is its own wish.
            if parent.direct == Some(true)
                || (parent.direct.is_none() && parent.needed_by.is_empty())
            {
                tops.insert(need.package.clone());
            } else {
                next.push_back(parent);
            }
        }
    }
    if tops.is_empty() {
        tops.extend(component.path.first().cloned());
    }
    tops.into_iter().collect()
}

fn advice(
    kind: RouteKind,
    patch: &Patch,
    blockers: &[Blocker],
    through: &[String],
    direct: bool,
) -> String {
    let (package, to) = (&patch.package, &patch.to);
    match kind {
        RouteKind::LockUpdate => {
            "everyone who asks for it allows the new version: only the lock changes".to_owned()
        }
        RouteKind::Manifest => {
            let range = blockers
                .first()
                .map_or("", |blocker| blocker.range.as_str());
            let place = in_manifest(&patch.manager);
            format!(
                "the project itself asks for {package} {range}: change that{place} to allow {to}"
            )
        }
        RouteKind::Parent => {
            let parents: Vec<String> = blockers
                .iter()
                .filter(|blocker| !blocker.package.is_empty())
                .take(3)
                .map(|blocker| format!("{} (asks for {})", blocker.package, blocker.range))
                .collect();
            let through = match through {
                [] => String::new(),
                tops => format!("; it comes in through {}", listed(tops)),
            };
            format!(
                "needs a release of {} that allows {package} {to}, which only the registry knows, or an override{}{through}",
                parents.join(" and of "),
                override_of(&patch.manager, package, to),
            )
        }
        RouteKind::Unknown if direct && patch.major => {
            let place = in_manifest(&patch.manager);
            format!("the project asks for it itself: its requirement{place} has to allow {to}")
        }
        RouteKind::Unknown if direct => {
            "the project asks for it itself; the lockfile does not tell which versions it allows"
                .to_owned()
        }
        RouteKind::Unknown => {
            let through = match through {
                [] => String::new(),
                tops => format!(" It comes in through {}.", listed(tops)),
            };
            let then = match patch.major {
                true => {
                    format!("a parent that allows {to} has to come first; --resolve asks for one")
                }
                false => "if the command refuses, a parent has to move".to_owned(),
            };
            format!("the lockfile does not tell which versions its parents allow; {then}.{through}")
        }
    }
}

fn listed(names: &[String]) -> String {
    match names.len() {
        0..=3 => names.join(", "),
        more => format!("{} and {} more", names[..3].join(", "), more - 3),
    }
}

/// Where the project's own requirements stand, as part of a sentence.
fn in_manifest(manager: &str) -> &'static str {
    match manager {
        "cargo" => " in Cargo.toml",
        "npm" | "yarn" | "pnpm" | "bun" => " in package.json",
        "uv" | "poetry" | "pdm" => " in pyproject.toml",
        "pipenv" => " in Pipfile",
        "composer" => " in composer.json",
        "bundler" => " in Gemfile",
        _ => "",
    }
}

/// Where each package manager has a way to overrule what a parent asks for.
fn override_of(manager: &str, package: &str, to: &str) -> String {
    match manager {
        "npm" => format!(" (\"overrides\": {{\"{package}\": \"{to}\"}} in package.json)"),
        "yarn" => format!(" (\"resolutions\": {{\"{package}\": \"{to}\"}} in package.json)"),
        "pnpm" => format!(" (overrides: {package}: {to} in pnpm-workspace.yaml)"),
        "bun" => format!(" (\"overrides\": {{\"{package}\": \"{to}\"}} in package.json)"),
        "uv" => format!(" (override-dependencies = [\"{package}=={to}\"] in pyproject.toml)"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::inventory::Location;

    fn component(name: &str, needs: &[(&str, Option<&str>)], direct: Option<bool>) -> Component {
        Component {
            name: name.into(),
            version: "1.0.0".into(),
            direct,
            locations: vec![Location {
                path: "package-lock.json".into(),
                line: None,
            }],
            needed_by: needs
                .iter()
                .map(|(package, range)| Need {
                    package: (*package).into(),
                    range: range.map(Into::into),
                })
                .collect(),
            ..Component::default()
        }
    }

    fn routed(needs: &[(&str, Option<&str>)], to: &str) -> Route {
        let target = TargetReport {
            inventory: vec![
                component("top", &[("", Some("^1"))], Some(true)),
                component("middle", &[("top@1.0.0", Some("^1"))], Some(false)),
            ],
            ..TargetReport::default()
        };
        let patch = Patch {
            manager: "npm".into(),
            package: "child".into(),
            to: to.into(),
            ..Patch::default()
        };
        let child = component("child", needs, Some(false));
        route(&patch, &child, Some(Scheme::Npm), &Packages::of(&target)).unwrap()
    }

    #[test]
    fn when_every_parent_allows_it_only_the_lock_changes() {
        let got = routed(&[("middle@1.0.0", Some("^1.0.0"))], "1.2.0");
        assert_eq!(got.kind, RouteKind::LockUpdate);
        assert_eq!(got.through, ["top@1.0.0"]);
    }

    #[test]
    fn a_parent_that_pins_it_is_named_with_the_direct_dependency_above() {
        let got = routed(
            &[("middle@1.0.0", Some("~1.0.0")), ("other@2.0.0", Some("*"))],
            "1.2.0",
        );
        assert_eq!(got.kind, RouteKind::Parent);
        assert_eq!(got.blockers.len(), 1);
        assert!(
            got.advice.contains("middle@1.0.0 (asks for ~1.0.0)"),
            "{}",
            got.advice
        );
        assert!(got.advice.contains("through top@1.0.0"), "{}", got.advice);
        assert!(got.advice.contains("\"overrides\""), "{}", got.advice);
    }

    #[test]
    fn the_projects_own_requirement_may_be_what_is_in_the_way() {
        let got = routed(&[("", Some("1.0.0"))], "1.2.0");
        assert_eq!(got.kind, RouteKind::Manifest);
        assert_eq!(
            got.advice,
            "the project itself asks for child 1.0.0: change that in package.json to allow 1.2.0"
        );
    }

    #[test]
    fn a_range_that_is_not_told_is_not_guessed() {
        assert_eq!(
            routed(&[("middle@1.0.0", None)], "1.2.0").kind,
            RouteKind::Unknown
        );
        assert_eq!(
            routed(&[("middle@1.0.0", Some("git://x"))], "1.2.0").kind,
            RouteKind::Unknown
        );
    }

    #[test]
    fn a_loop_of_packages_ends() {
        let target = TargetReport {
            inventory: vec![
                component("a", &[("b@1.0.0", None)], Some(false)),
                component("b", &[("a@1.0.0", None)], Some(false)),
            ],
            ..TargetReport::default()
        };
        let packages = Packages::of(&target);
        assert!(through(&target.inventory[0], &packages).is_empty());
    }
}
