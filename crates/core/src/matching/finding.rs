//! Makes the findings of one component.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;

use patchward_knowledge::RecordId;
use patchward_protocol::inventory::Component;
use patchward_protocol::report::{Finding, FindingStatus, Suppression};
use sha2::{Digest, Sha256};

use super::claims::Claims;
use super::fixes;
use super::names::Host;
use super::severity::{self, Source};
use super::verdict::{Outcome, Ruling, Verdict, Word, rule};
use super::vulnerabilities::{Known, Vulnerabilities};

/// A finding, and the claims that an upgrade has to leave behind.
pub struct Found {
    /// The finding.
    pub finding: Finding,
    /// The deciding claims, by their place among the claims.
    pub claims: Vec<usize>,
}

/// One finding per vulnerability that somebody says the component has.
pub fn of_component(
    component: &Component,
    host: &Host<'_>,
    claims: &Claims<'_, '_>,
    known: &mut Vulnerabilities<'_>,
) -> Vec<Found> {
    let mut hits: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, said) in claims.all.iter().enumerate() {
        if said.is_hit() {
            for id in known.of_record(said.claim.advisory()).iter() {
                hits.entry(id.clone()).or_default().push(at);
            }
        }
    }
    let by_record = by_record(claims);
    let mut found = Vec::with_capacity(hits.len());
    for (id, hits) in hits {
        let vulnerability = known.known(&id);
        let mut about = hits;
        for record in &vulnerability.records {
            let first = by_record.partition_point(|(of, _)| of < record);
            let of_record = by_record[first..].iter();
            about.extend(
                of_record
                    .take_while(|(of, _)| of == record)
                    .map(|(_, at)| at),
            );
        }
        about.sort_unstable();
        about.dedup();
        if let Some(ruling) = rule(claims, &about, known) {
            found.push(make(component, host, claims, &vulnerability, ruling, known));
        }
    }
    found
}

/// The places of the claims by their advisories: a component may have hundreds of each.
fn by_record(claims: &Claims<'_, '_>) -> Vec<(RecordId, usize)> {
    let claims = claims.all.iter().enumerate();
    let mut all: Vec<_> = claims
        .map(|(at, said)| (said.claim.advisory(), at))
        .collect();
    all.sort_unstable();
    all
}

fn make(
    component: &Component,
    host: &Host<'_>,
    claims: &Claims<'_, '_>,
    vulnerability: &Known,
    ruling: Ruling,
    known: &mut Vulnerabilities<'_>,
) -> Found {
    let standing = match &ruling.outcome {
        Outcome::Stands(count) => *count,
        Outcome::Overruled { .. } => ruling.words.len(),
    };
    let deciding: Vec<&Word> = ruling.words.iter().take(standing).collect();
    let malware = deciding
        .iter()
        .filter_map(|word| claims.all.get(word.said))
        .any(|said| said.claim.malware());
    let (fixed_versions, reachable) = fixes::versions(claims, &deciding);
    let status = status(&deciding, &fixed_versions, reachable);
    let mut advisories: Vec<_> = deciding
        .iter()
        .filter_map(|word| known.advisory(word.record))
        .collect();
    advisories.dedup_by(|a, b| a.id == b.id && a.feed == b.feed);
    let mut sources: Vec<Source<'_>> = deciding
        .iter()
        .zip(&advisories)
        .map(|(word, advisory)| Source {
            publisher: &advisory.publisher,
            severities: word
                .detail
                .severities
                .iter()
                .chain(&advisory.severities)
                .collect(),
        })
        .collect();
    sources.extend(vulnerability.advisories.iter().map(|(_, advisory)| Source {
        publisher: &advisory.publisher,
        severities: advisory.severities.iter().collect(),
    }));
    let everyone = || {
        advisories
            .iter()
            .chain(vulnerability.advisories.iter().map(|(_, a)| a))
    };
    let summary = match vulnerability.summary() {
        text if text.is_empty() => advisories.first().map_or(text, |a| a.summary.clone()),
        text => text,
    };
    let finding = Finding {
        id: id(&vulnerability.id, component),
        vulnerability: vulnerability.id.clone(),
        aliases: vulnerability.aliases.clone(),
        summary,
        component: Box::new(component.clone()),
        status,
        severity: severity::choose(&sources),
        severities: severity::all(&sources),
        fixed_versions: if malware { Vec::new() } else { fixed_versions },
        upgrade: None,
        signals: vulnerability.signals.clone(),
        cwes: vulnerability.cwes(),
        references: vulnerability.references(),
        mitigations: vulnerability.mitigations(),
        published: everyone().filter_map(|a| a.published).min(),
        modified: everyone().filter_map(|a| a.modified).max(),
        malware,
        decision: None,
        lapsed: None,
        suppressed: suppression(&ruling.outcome, host).map(Box::new),
        statements: ruling.words.iter().map(|w| w.statement.clone()).collect(),
    };
    Found {
        claims: deciding.iter().map(|word| word.said).collect(),
        finding,
    }
}

fn status(deciding: &[&Word], fixed: &[String], reachable: bool) -> FindingStatus {
    let has = |verdict| deciding.iter().any(|word| word.verdict == verdict);
    let affected = deciding.iter().any(|word| word.verdict.is_affected());
    if !affected && has(Verdict::UnderInvestigation) {
        return FindingStatus::UnderInvestigation;
    }
    if !affected {
        return FindingStatus::CannotTell;
    }
    if !fixed.is_empty() {
        return match reachable {
            true => FindingStatus::Fixable,
            false => FindingStatus::FixNotReachable,
        };
    }
    if has(Verdict::Affected) {
        FindingStatus::NoFix
    } else if has(Verdict::Deferred) {
        FindingStatus::Deferred
    } else {
        FindingStatus::WontFix
    }
}

fn suppression(outcome: &Outcome, host: &Host<'_>) -> Option<Suppression> {
    let Outcome::Overruled { by, reason, source } = outcome else {
        return None;
    };
    let reason = match (*by, host.ecosystem()) {
        ("distribution", ecosystem) if !ecosystem.is_empty() => format!("{reason} ({ecosystem})"),
        _ => reason.clone(),
    };
    Some(Suppression {
        by: (*by).to_owned(),
        reason,
        source: source.clone(),
        ..Suppression::default()
    })
}

/// The same finding on another component of which the same is said.
pub fn on(finding: &Finding, component: &Component) -> Finding {
    Finding {
        id: id(&finding.vulnerability, component),
        component: Box::new(component.clone()),
        ..finding.clone()
    }
}

/// The same vulnerability in the same package at the same place has the same id at every run, whatever the version: a flaw
/// that stays after an upgrade is the same finding.
fn id(vulnerability: &str, component: &Component) -> String {
    digest(vulnerability, component, "")
}

/// Components with the same identity have the same findings, with the same ids, if the same is said of them.
pub fn identity(component: &Component) -> String {
    digest(&component.purl, component, &component.version)
}

/// Versions of one package that lie side by side at one place (npm, kernels of rpm) are told apart by their versions.
/// `findings` are sorted by vulnerability.
pub fn tell_versions_apart(findings: &mut [Finding]) {
    for group in findings.chunk_by_mut(|a, b| a.vulnerability == b.vulnerability) {
        let mut versions: HashMap<&str, &str> = HashMap::new();
        let mut several: HashSet<String> = HashSet::new();
        for finding in group.iter() {
            let version = finding.component.version.as_str();
            if *versions.entry(&finding.id).or_insert(version) != version {
                several.insert(finding.id.clone());
            }
        }
        for finding in group.iter_mut() {
            if several.contains(&finding.id) {
                let component = &finding.component;
                finding.id = digest(&finding.vulnerability, component, &component.version);
            }
        }
    }
}

fn digest(vulnerability: &str, component: &Component, version: &str) -> String {
    let mut digest = Sha256::new();
    let place = component.locations.first();
    // A literal `@` in a name is written as %40.
    let package = component.purl.split(['@', '?']).next();
    let parts = [
        vulnerability,
        package.unwrap_or_default(),
        &component.name,
        component.arch.as_deref().unwrap_or_default(),
        version,
        place.map_or("", |place| &place.path),
    ];
    for part in parts {
        digest.update(part);
        digest.update([0]);
    }
    let digest = digest.finalize();
    let mut id = String::with_capacity(16);
    for byte in digest.iter().take(8) {
        let _ = write!(id, "{byte:02x}"); // text takes everything
    }
    id
}
