//! Pending patches of apt: what it would install, from where, and which CVE ids the changelogs name.
//!
//! apt itself decides (pins, preferences, holds, phasing are its rules): it simulates a `dist-upgrade`, then
//! `apt-cache policy` tells where each version comes from.

pub mod changelog;
mod fetch;
pub mod policy;
pub mod simulation;

use std::collections::{BTreeMap, HashMap};

use patchward_protocol::inventory::{Component, PendingPatch};

use super::command::{CommandError, Run};
use super::{Options, Pending};
use policy::Policy;
use simulation::Simulation;

/// Asks apt.
pub fn find(packages: &[Component], options: &Options) -> Pending {
    let mut pending = Pending::default();
    let simulation = match run(
        &["apt-get", "-s", "-o", "Debug::NoLocking=1", "dist-upgrade"],
        options,
    ) {
        Ok(text) => simulation::parse(&text),
        Err(error) => {
            pending.problem("apt-get", format!("pending patches are not known: {error}"));
            return pending;
        }
    };
    let names = simulation.names();
    if names.is_empty() {
        match run(&["apt-cache", "policy"], options) {
            Ok(text) if !policy::has_lists(&text) => pending.problem(
                "apt-get",
                "pending patches are not known: apt has no lists of packages (`apt-get update` fetches them)",
            ),
            _ => {}
        }
        return pending;
    }
    let mut line = vec!["apt-cache", "policy"];
    line.extend(names.iter().copied());
    let policies = match run(&line, options) {
        Ok(text) => policy::parse(&text),
        Err(error) => {
            pending.problem(
                "apt-cache",
                format!("security suites are not known: {error}"),
            );
            BTreeMap::new()
        }
    };
    pending.patches = patches(&simulation, &policies, packages);
    if let Some(changelogs) = &options.changelogs {
        fetch::add_cves(&mut pending, packages, changelogs, options);
    }
    pending
}

fn run(line: &[&str], options: &Options) -> Result<String, CommandError> {
    let run = Run {
        line,
        folder: None,
        timeout: options.timeout,
    };
    Ok(String::from_utf8_lossy(&run.output()?).into_owned())
}

/// Joins what the simulation would install with what the policies say of each package.
pub fn patches(
    simulation: &Simulation,
    policies: &BTreeMap<String, Policy>,
    packages: &[Component],
) -> Vec<PendingPatch> {
    let installed = Installed::new(packages);
    let mut patches: Vec<PendingPatch> = simulation
        .upgrades
        .iter()
        .map(|upgrade| {
            let policy = policies.get(&upgrade.name);
            let security = policy.is_some_and(|policy| policy.security_above(&upgrade.old));
            let from_security = upgrade
                .origins
                .iter()
                .any(|origin| policy::is_security(origin));
            PendingPatch {
                installed: upgrade.old.clone(),
                candidate: upgrade.new.clone(),
                arch: upgrade.arch.clone(),
                origins: upgrade.origins.clone(),
                security: security || from_security,
                ..installed.patch(&upgrade.name)
            }
        })
        .collect();
    for (name, phased) in simulation.kept_back() {
        let Some(policy) = policies
            .get(name)
            .filter(|policy| policy.candidate != policy.installed)
        else {
            continue;
        };
        patches.push(PendingPatch {
            installed: policy.installed.clone(),
            candidate: policy.candidate.clone(),
            origins: policy.origins(&policy.candidate),
            security: policy.security_above(&policy.installed),
            phased,
            ..installed.patch(name)
        });
    }
    patches
}

/// The installed packages by name and architecture.
struct Installed<'a>(HashMap<&'a str, Vec<&'a Component>>);

impl<'a> Installed<'a> {
    fn new(packages: &'a [Component]) -> Installed<'a> {
        let mut by_name: HashMap<&str, Vec<&Component>> = HashMap::new();
        for package in packages {
            by_name.entry(&package.name).or_default().push(package);
        }
        Installed(by_name)
    }

    /// The component of `NAME` or `NAME:ARCH`.
    fn get(&self, name: &str) -> Option<&'a Component> {
        let (name, arch) = match name.split_once(':') {
            Some((name, arch)) => (name, Some(arch)),
            None => (name, None),
        };
        let all = self.0.get(name)?;
        let same = all.iter().find(|package| package.arch.as_deref() == arch);
        same.or(all.first()).copied()
    }

    /// What the inventory knows of a package.
    fn patch(&self, name: &str) -> PendingPatch {
        let package = self.get(name);
        let bare = name.split(':').next().unwrap_or(name);
        let source = package.and_then(|package| package.source.as_ref());
        PendingPatch {
            manager: "apt".to_owned(),
            package: bare.to_owned(),
            source: source.map_or(bare, |source| &source.name).to_owned(),
            arch: package
                .and_then(|package| package.arch.clone())
                .unwrap_or_default(),
            held: package.is_some_and(|package| package.held),
            ..PendingPatch::default()
        }
    }
}

#[cfg(test)]
mod tests;
