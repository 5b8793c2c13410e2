//! Family `match-labels`: what people said of pairs of package and vulnerability that some scanner reported on container
//! images. A pair labelled true must be found and one labelled false must not, by a knowledge base built from the
//! recorded feeds.
//!
//! The images are not there, only package facts. What cannot be judged by these is left out with the reason, and
//! counted: packages of distributions that no recorded feed speaks of, those whose release or kind nobody can tell, and
//! pairs of which no record here says anything (of a binary package the source is not in the labels, either).

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::Context as _;
use jiff::Timestamp;
use patchward_core::feeds::{Config, Feed};
use patchward_core::knowledge::Knowledge;
use patchward_core::update::{FeedReport, Listener, Manner, update};
use serde::Deserialize;

use super::matching::{Known, component, counted, ids};
use super::report::Report;

const FILE: &str = "match-labels/labels.jsonl";

/// The feeds that speak of what is judged here.
const FEEDS: [&str; 4] = ["debian-lists", "debian-tracker", "alpine", "osv"];
const OSV: [&str; 4] = ["AlmaLinux", "Go", "Maven", "PyPI"];

#[derive(Deserialize)]
struct Image {
    image: String,
    distro_guess: Option<String>,
}

#[derive(Deserialize)]
struct Label {
    image: String,
    #[serde(default)]
    package: Option<String>,
    #[serde(default)]
    version: Option<String>,
    #[serde(default)]
    type_guess: Option<String>,
    vuln_id: String,
    #[serde(default)]
    cve: Option<String>,
    label: String,
}

/// Where a package is looked for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    /// Kind of package, as in purls.
    kind: &'static str,
    /// OSV ecosystem with release; empty for packages of languages.
    ecosystem: String,
    release: String,
}

/// Runs the family.
pub fn run(corpus: &Path, report: &mut Report<'_>) -> anyhow::Result<()> {
    let Some(feeds) = patchward_test_support::feeds() else {
        println!("match-labels: skipped, no recorded feeds (set PATCHWARD_FEEDS)");
        return Ok(());
    };
    let images: Vec<Image> = lines(&corpus.join("match-labels/images.jsonl"))?;
    let images: BTreeMap<String, Option<String>> = images
        .into_iter()
        .map(|image| (image.image, image.distro_guess))
        .collect();
    let labels: Vec<Label> = lines(&corpus.join(FILE))?;
    let known = build(&feeds)?;
    // One package may be labelled on several images.
    let mut judged: BTreeMap<(Place, String, String), Vec<&Label>> = BTreeMap::new();
    for label in &labels {
        let distribution = images.get(&label.image).and_then(|guess| guess.as_deref());
        match place(label, distribution) {
            Ok((place, name, version)) => judged
                .entry((place, name.to_owned(), version.to_owned()))
                .or_default()
                .push(label),
            Err(reason) => report.leave_out(reason),
        }
    }
    for ((place, name, version), labels) in &judged {
        let found = found(&known, place, name, version)?;
        for label in labels {
            judge(label, place, &found, &known.knowledge, report);
        }
    }
    Ok(())
}

fn lines<T: for<'de> Deserialize<'de>>(path: &Path) -> anyhow::Result<Vec<T>> {
    let text = std::fs::read_to_string(path).with_context(|| path.display().to_string())?;
    let read = text.lines().map(|line| Ok(serde_json::from_str(line)?));
    read.collect()
}

struct Quiet;

impl Listener for Quiet {
    fn began(&self, _: &'static Feed) {}
    fn read(&self, _: u64, _: Option<u64>) {}
    fn ended(&self, _: &FeedReport) {}
}

fn build(mirror: &Path) -> anyhow::Result<Known> {
    let folder = tempfile::tempdir()?;
    let config = Config {
        cache: folder.path().join("cache"),
        mirror: Some(mirror.display().to_string()),
        osv_ecosystems: OSV.map(str::to_owned).to_vec(),
        offline: true,
        ..Config::default()
    };
    let feeds: Option<Vec<_>> = FEEDS.iter().map(|name| Feed::find(name)).collect();
    let feeds = feeds.context("a feed that is not there")?;
    let knowledge = folder.path().join("knowledge");
    let manner = Manner::default();
    let now = Timestamp::from_second(1_790_000_000)?;
    for report in update(&knowledge, &config, &feeds, manner, now, &Quiet)? {
        if let Some(failure) = report.failure {
            anyhow::bail!("{}: {failure}", report.feed);
        }
    }
    Ok(Known {
        knowledge: Knowledge::open(&knowledge)?,
        _folder: folder,
    })
}

/// Where a label's package is looked for, or why it cannot be judged.
fn place<'l>(
    label: &'l Label,
    distribution: Option<&str>,
) -> Result<(Place, &'l str, &'l str), &'static str> {
    let (Some(name), Some(version)) = (&label.package, &label.version) else {
        return Err("the label names a path, not a package and its version");
    };
    if !matches!(label.label.as_str(), "TP" | "FP") {
        return Err("people did not decide, or disagreed");
    }
    let (system, release) = distribution
        .and_then(|guess| guess.split_once(':'))
        .unwrap_or((distribution.unwrap_or_default(), ""));
    let (kind, ecosystem, release) = match (label.type_guess.as_deref(), system) {
        (Some("deb"), "ubuntu") => return Err("no recorded feed has Ubuntu's advisories"),
        (Some("deb"), _) => {
            match debian_release(version).or((system == "debian").then_some(release)) {
                Some(release) => ("deb", format!("Debian:{release}"), release),
                None => return Err("a Debian package whose release nothing tells"),
            }
        }
        (Some("apk"), "alpine") => ("apk", format!("Alpine:v{release}"), release),
        (Some("apk"), _) => {
            return Err("an apk of Wolfi, or of a release of Alpine that nothing tells");
        }
        (Some("rpm"), "almalinux") => ("rpm", format!("AlmaLinux:{release}"), release),
        (Some("rpm"), _) => {
            return Err("an RPM of a distribution whose advisories no recorded feed has");
        }
        (Some("go"), _) => ("golang", String::new(), ""),
        (Some("language"), _) if name.contains(':') => ("maven", String::new(), ""),
        (Some("language"), _) => ("pypi", String::new(), ""),
        _ => return Err("nothing tells what kind of package it is"),
    };
    let place = Place {
        kind,
        ecosystem,
        release: release.to_owned(),
    };
    Ok((place, name, version))
}

/// `11` of `1.2-3+deb11u1`.
fn debian_release(version: &str) -> Option<&str> {
    let (_, rest) = version.rsplit_once("deb")?;
    let (release, _) = rest.split_once('u')?;
    let digits = !release.is_empty() && release.bytes().all(|byte| byte.is_ascii_digit());
    digits.then_some(release)
}

/// The ids of what is found on a package.
fn found(
    known: &Known,
    place: &Place,
    name: &str,
    version: &str,
) -> anyhow::Result<BTreeSet<String>> {
    let component = component(place.kind, name, version)?;
    let findings = known.findings(&place.ecosystem, &place.release, vec![component]);
    let found = counted(&findings).flat_map(|finding| ids(finding));
    Ok(found.map(str::to_owned).collect())
}

fn judge(
    label: &Label,
    place: &Place,
    found: &BTreeSet<String>,
    knowledge: &Knowledge,
    report: &mut Report<'_>,
) {
    let name = label.package.as_deref().unwrap_or_default();
    let ids: Vec<&str> = std::iter::once(label.vuln_id.as_str())
        .chain(label.cve.as_deref())
        .collect();
    let is_found = ids.iter().any(|id| found.contains(*id));
    let file = match place.ecosystem.as_str() {
        "" => format!("{FILE} ({})", place.kind),
        ecosystem => format!("{FILE} ({ecosystem})"),
    };
    let version = label.version.as_deref().unwrap_or_default();
    let row = format!("{} {name} {version} {}", label.label, label.vuln_id);
    match (label.label.as_str(), is_found) {
        ("TP", true) | ("FP", false) => report.row(&file, &row, Ok(())),
        ("TP", false) if !ids.iter().any(|id| is_said(knowledge, id, place, name)) => {
            report.leave_out("no record of the recorded feeds names this package and this flaw");
        }
        (_, true) => report.row(&file, &row, Err("reported".to_owned())),
        (_, false) => report.row(&file, &row, Err("not found".to_owned())),
    }
}

/// Whether any record speaks of this flaw in this package there.
fn is_said(knowledge: &Knowledge, id: &str, place: &Place, name: &str) -> bool {
    let family = match place.kind {
        "golang" => "Go",
        "maven" => "Maven",
        "pypi" => "PyPI",
        _ => place.ecosystem.as_str(),
    };
    let Some(group) = knowledge.vulnerability(id) else {
        return false;
    };
    let records = group.advisories.into_iter().chain(group.repackaged);
    let mut affected = records
        .filter_map(|record| knowledge.whole_advisory(record))
        .flat_map(|advisory| advisory.affected);
    affected.any(|affected| {
        let package = &affected.package;
        package.name == name && package.ecosystem == family
    })
}
