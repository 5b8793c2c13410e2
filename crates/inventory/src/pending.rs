//! Patches of the operating system that the host's own package manager offers, which needs no feed.
//!
//! The package manager is asked to simulate; nothing is written and no lock is taken. Commands run with a time and an
//! output limit; what they print is parsed by pure functions.

pub mod apt;
mod command;
pub mod dnf;

use std::path::PathBuf;
use std::time::Duration;

use patchward_protocol::inventory::{Component, Location, PendingPatch, Problem};

use crate::root::Root;

/// What may be done to find out about pending patches.
#[derive(Debug, Clone)]
pub struct Options {
    /// How long one command may take.
    pub timeout: Duration,
    /// Where changelogs are kept between runs, and whether missing ones may be fetched. `None`: no CVE ids for apt.
    pub changelogs: Option<Changelogs>,
}

/// Where changelogs come from.
#[derive(Debug, Clone)]
pub struct Changelogs {
    /// A folder of ours, made when it is not there.
    pub cache: PathBuf,
    /// Whether the archive may be asked over the network.
    pub network: bool,
    /// The most bytes that one run downloads.
    pub limit: u64,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            timeout: Duration::from_secs(120),
            changelogs: None,
        }
    }
}

/// What was found, and what could not be.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Pending {
    /// Offered patches, by package.
    pub patches: Vec<PendingPatch>,
    /// What could not be asked or read.
    pub problems: Vec<Problem>,
}

/// Asks the package managers of this machine. `packages` are those of its inventory.
pub fn find(host: &Root, packages: &[Component], options: &Options) -> Pending {
    let mut pending = Pending::default();
    let has = |kind: &str| {
        packages
            .iter()
            .any(|package| package.purl.starts_with(kind))
    };
    if has("pkg:deb/") && host.exists("usr/bin/apt-get") {
        pending.add(apt::find(packages, options));
    }
    if has("pkg:rpm/") {
        pending.add(dnf::find(host, packages, options));
    }
    pending
        .patches
        .sort_by(|a, b| (&a.package, &a.arch).cmp(&(&b.package, &b.arch)));
    pending
}

impl Pending {
    fn add(&mut self, other: Pending) {
        self.patches.extend(other.patches);
        self.problems.extend(other.problems);
    }

    fn problem(&mut self, place: &str, message: impl Into<String>) {
        self.problems.push(Problem {
            location: Location {
                path: place.to_owned(),
                line: None,
            },
            message: message.into(),
        });
    }
}
