//! Explain: everything known on one vulnerability or one package, and who says so.

use std::collections::HashSet;

use jiff::Timestamp;
use patchward_advisory::model::{Advisory, Fact, Reference, Signal, Status};
use patchward_knowledge::{Knowledge, RecordId, family};
use patchward_protocol::report::Finding;
use patchward_purl::Purl;
use serde::Serialize;

use crate::matching::words;

/// A text of an advisory is shown up to this many characters.
const TEXT: usize = 2_000;

/// Everything known on one vulnerability.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Explanation {
    /// What to call it: its CVE id when it has one.
    pub id: String,
    /// All other ids of the same flaw.
    pub aliases: Vec<String>,
    /// Each publisher's record.
    pub advisories: Vec<Record>,
    /// KEV, EPSS, SSVC, exploits, mentions: in words, with date and source.
    pub signals: Vec<String>,
    /// Where it is, in the targets that were looked at.
    pub findings: Vec<Place>,
}

/// A finding, and the target that it is in.
#[derive(Debug, Clone, Serialize)]
pub struct Place {
    /// Name of the target.
    pub target: String,
    /// The finding.
    pub finding: Finding,
}

/// One publisher's record.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Record {
    /// The publisher's id.
    pub id: String,
    /// Who.
    pub publisher: String,
    /// The feed that it came by.
    pub feed: String,
    /// Licence of the record.
    pub license: String,
    /// One line.
    pub summary: String,
    /// The publisher's text, cut.
    pub details: String,
    /// When it was published.
    pub published: Option<Timestamp>,
    /// When it last changed.
    pub modified: Option<Timestamp>,
    /// When the publisher took it back.
    pub withdrawn: Option<Timestamp>,
    /// When we first learnt of it.
    pub learnt: Option<Timestamp>,
    /// `disputed`, `rejected` and the like.
    pub tags: Vec<String>,
    /// Severities as stated.
    pub severities: Vec<String>,
    /// Weaknesses.
    pub cwes: Vec<String>,
    /// What it says of which packages.
    pub affected: Vec<Said>,
    /// Links.
    pub references: Vec<String>,
    /// It repackages the flaw for another package (a distribution's record).
    pub repackages: bool,
}

/// What a record says of one package.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Said {
    /// `npm`, `Debian:12`.
    pub ecosystem: String,
    /// The package.
    pub package: String,
    /// `affected`, `not affected`, `won't fix`, `deferred`, `under investigation`.
    pub status: String,
    /// The versions, in words.
    pub range: String,
}

/// Everything known on a vulnerability, by any of its ids; `None` when nobody knows the id.
pub fn vulnerability(knowledge: &Knowledge, id: &str) -> Option<Explanation> {
    let known = knowledge
        .vulnerability(id)
        .or_else(|| knowledge.vulnerability(&id.to_uppercase()))?;
    let record = |at: &RecordId, repackages| {
        let advisory = knowledge.whole_advisory(*at)?;
        Some(self::record(
            advisory,
            knowledge.learnt(*at).map(|(first, _)| first),
            repackages,
        ))
    };
    let own = known.advisories.iter().filter_map(|at| record(at, false));
    let others = known.repackaged.iter().filter_map(|at| record(at, true));
    let ids = std::iter::once(&known.id).chain(&known.aliases);
    let mut signals: Vec<String> = ids
        .clone()
        .flat_map(|id| knowledge.signals_of(id))
        .filter_map(signal)
        .collect();
    signals.extend(ids.filter_map(|id| epss(knowledge, id)));
    // The catalogue's own feed and the CVE record may say the same.
    let mut said = HashSet::new();
    signals.retain(|signal| said.insert(signal.clone()));
    Some(Explanation {
        advisories: once_each(own.chain(others)),
        id: known.id,
        aliases: known.aliases,
        signals,
        findings: Vec::new(),
    })
}

/// A record that came by several feeds (OSV has it in the folder of each ecosystem) once, with all of them.
fn once_each(records: impl Iterator<Item = Record>) -> Vec<Record> {
    let mut once: Vec<Record> = Vec::new();
    for record in records {
        let same = |have: &&mut Record| {
            have.id == record.id
                && have.publisher == record.publisher
                && have.affected == record.affected
                && have.details == record.details
        };
        match once.iter_mut().find(same) {
            Some(have) => {
                have.feed = format!("{}, {}", have.feed, record.feed);
                have.learnt = [have.learnt, record.learnt].into_iter().flatten().min();
            }
            None => once.push(record),
        }
    }
    once
}

/// Every record on a package, by purl or `ecosystem/name`.
pub fn package(knowledge: &Knowledge, what: &str) -> Vec<Record> {
    let (ecosystem, name) = match what.parse::<Purl>() {
        Ok(purl) => (
            purl.ecosystem().unwrap_or_default().to_owned(),
            purl.package_name(),
        ),
        Err(_) => match what.split_once('/') {
            Some((ecosystem, name)) => (ecosystem.to_owned(), name.to_owned()),
            None => return Vec::new(),
        },
    };
    let (family, release) = family(&ecosystem);
    let mut found: Vec<RecordId> = Vec::new();
    for run in knowledge
        .package(family, &name)
        .filter(|run| release.is_empty() || run.release == release)
    {
        for claim in run.claims() {
            if !found.contains(&claim.advisory()) {
                found.push(claim.advisory());
            }
        }
    }
    let records = found.into_iter().filter_map(|at| {
        let learnt = knowledge.learnt(at).map(|(first, _)| first);
        Some(record(knowledge.whole_advisory(at)?, learnt, false))
    });
    let mut records = once_each(records);
    records.sort_by(|a, b| b.published.cmp(&a.published).then_with(|| a.id.cmp(&b.id)));
    records
}

/// Records whose id, package or text holds every word.
pub fn search(knowledge: &Knowledge, words: &[String], limit: usize) -> Vec<Record> {
    let Some((first, rest)) = words.split_first() else {
        return Vec::new();
    };
    let holds = |advisory: &Advisory, word: &String| {
        let word = word.to_lowercase();
        let packages = advisory
            .affected
            .iter()
            .map(|affected| affected.package.name.as_str());
        let texts = [advisory.id.as_str(), &advisory.summary, &advisory.details];
        texts
            .into_iter()
            .chain(packages)
            .any(|text| text.to_lowercase().contains(&word))
    };
    let most = if rest.is_empty() { limit } else { usize::MAX };
    let found = knowledge.search(first, most).into_iter();
    let advisories = found.filter_map(|at| Some((knowledge.whole_advisory(at)?, at)));
    advisories
        .filter(|(advisory, _)| rest.iter().all(|word| holds(advisory, word)))
        .take(limit)
        .map(|(advisory, at)| {
            record(
                advisory,
                knowledge.learnt(at).map(|(first, _)| first),
                false,
            )
        })
        .collect()
}

fn record(advisory: Advisory, learnt: Option<Timestamp>, repackages: bool) -> Record {
    let own = advisory.severities.iter();
    let per_package = advisory
        .affected
        .iter()
        .flat_map(|affected| &affected.severities);
    let mut severities: Vec<String> = own
        .chain(per_package)
        .map(|severity| match severity.source.as_str() {
            "" => severity.value.clone(),
            source => format!("{} ({source})", severity.value),
        })
        .collect();
    severities.sort();
    severities.dedup();
    Record {
        affected: advisory.affected.iter().map(said).collect(),
        references: links(advisory.references),
        details: advisory.details.chars().take(TEXT).collect(),
        id: advisory.id,
        publisher: advisory.publisher,
        feed: advisory.feed,
        license: advisory.license,
        summary: advisory.summary,
        published: advisory.published,
        modified: advisory.modified,
        withdrawn: advisory.withdrawn,
        tags: advisory.tags,
        cwes: advisory.cwes,
        severities,
        learnt,
        repackages,
    }
}

/// The addresses, each once: a publisher may give one as an advisory, a report and a fix.
fn links(references: Vec<Reference>) -> Vec<String> {
    let mut known = HashSet::new();
    let urls = references.into_iter().map(|link| link.url);
    urls.filter(|url| known.insert(url.clone())).collect()
}

fn said(affected: &patchward_advisory::model::Affected) -> Said {
    let status = match affected.status {
        Status::Affected => "affected",
        Status::NotAffected => "not affected",
        Status::WontFix => "won't fix",
        Status::Deferred => "deferred",
        Status::UnderInvestigation => "under investigation",
    };
    Said {
        ecosystem: affected.package.ecosystem.clone(),
        package: affected.package.name.clone(),
        status: status.to_owned(),
        range: words::range(affected),
    }
}

fn epss(knowledge: &Knowledge, id: &str) -> Option<String> {
    let points = knowledge.epss(id);
    let newest = points.iter().max_by_key(|point| point.at)?;
    let day = newest.at.strftime("%Y-%m-%d");
    let trend = points
        .iter()
        .min_by_key(|point| point.at)
        .filter(|oldest| oldest.at < newest.at)
        .map(|oldest| {
            format!(
                ", {:.2} % on {}",
                oldest.score * 100.0,
                oldest.at.strftime("%Y-%m-%d")
            )
        })
        .unwrap_or_default();
    Some(format!(
        "EPSS {:.2} % on {day} (higher than {:.1} % of all; model {}{trend})",
        newest.score * 100.0,
        newest.percentile * 100.0,
        newest.model,
    ))
}

fn signal(signal: Signal) -> Option<String> {
    let from = format!("({})", signal.feed);
    let day = signal.at.map(|at| at.strftime(", %Y-%m-%d").to_string());
    let day = day.unwrap_or_default();
    let by = |source: &str| match source {
        "" => String::new(),
        source => format!(", by {source}"),
    };
    Some(match signal.fact {
        Fact::Kev(kev) => {
            let due = kev
                .due
                .map(|day| format!(", due {day}"))
                .unwrap_or_default();
            let ransomware = if kev.ransomware == Some(true) {
                ", used by ransomware"
            } else {
                ""
            };
            let removed = kev
                .removed
                .map(|day| format!(", left the list on {day}"))
                .unwrap_or_default();
            format!(
                "known to be exploited since {} says {}{due}{ransomware}{removed}",
                kev.added, kev.asserter
            )
        }
        Fact::Epss { .. } => return None,
        Fact::Ssvc {
            source,
            exploitation,
            automatable,
            technical_impact,
        } => format!(
            "SSVC: exploitation {exploitation}, automatable {automatable}, technical impact {technical_impact}{}{day} {from}",
            by(&source)
        ),
        Fact::Exploit { source, url } => format!("exploit: {url}{}{day} {from}", by(&source)),
        Fact::Mention { title, url } => format!("mentioned: {title} {url} {from}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_several_feeds_is_shown_once_with_all_of_them() {
        let of = |feed: &str, publisher: &str, package: &str| Record {
            id: "GHSA-aaaa-bbbb-cccc".into(),
            feed: feed.into(),
            publisher: publisher.into(),
            affected: vec![Said {
                package: package.into(),
                ..Said::default()
            }],
            ..Record::default()
        };
        let records = [
            of("osv/npm", "GitHub", "a"),
            of("osv/Maven", "GitHub", "a"),
            of("osv/Debian", "Debian", "a"),
            of("osv/Debian", "Debian", "b"),
        ];
        let once = once_each(records.into_iter());
        let feeds: Vec<&str> = once.iter().map(|record| record.feed.as_str()).collect();
        assert_eq!(feeds, ["osv/npm, osv/Maven", "osv/Debian", "osv/Debian"]);
    }
}
