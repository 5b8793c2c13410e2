//! Families `matching-*`: the advisories of other scanners' tests are translated into ours, compiled into a knowledge
//! base, and the packages of the tests are matched against it.

pub mod grype;
pub mod integration;
pub mod trivy;

mod constraint;
mod trivy_db;

use std::collections::BTreeSet;

use jiff::Timestamp;
use patchward_advisory::model::{
    Advisory, Affected, Authority, Conditions, Event, Package, Range, RangeKind, Status,
};
use patchward_core::matching::matching;
use patchward_knowledge::{Knowledge, Update};
use patchward_protocol::inventory::{Component, Inventory, OperatingSystem};
use patchward_protocol::report::{Finding, FindingStatus};

/// A knowledge base of some advisories, in a folder that goes when it is dropped.
pub struct Known {
    pub knowledge: Knowledge,
    pub _folder: tempfile::TempDir,
}

impl Known {
    /// Compiles advisories.
    pub fn of(advisories: Vec<Advisory>) -> anyhow::Result<Known> {
        let folder = tempfile::tempdir()?;
        let mut update = Update::begin(folder.path(), Timestamp::UNIX_EPOCH)?;
        for advisory in advisories {
            let feed = advisory.feed.clone();
            update.upsert(&feed, [advisory.into()])?;
        }
        Ok(Known {
            knowledge: update.commit()?,
            _folder: folder,
        })
    }

    /// The findings of components on a distribution (an OSV ecosystem with release, or nothing).
    pub fn findings(
        &self,
        ecosystem: &str,
        version: &str,
        components: Vec<Component>,
    ) -> Vec<Finding> {
        let inventory = Inventory {
            os: (!ecosystem.is_empty()).then(|| OperatingSystem {
                ecosystem: Some(ecosystem.to_owned()),
                version_id: version.to_owned(),
                ..OperatingSystem::default()
            }),
            components,
            ..Inventory::default()
        };
        matching(&inventory, &self.knowledge).findings
    }
}

/// An advisory with nothing but an id and what it affects.
pub fn advisory(id: &str, feed: &str, authority: Authority, affected: Vec<Affected>) -> Advisory {
    Advisory {
        id: id.to_owned(),
        feed: feed.to_owned(),
        publisher: feed.to_owned(),
        authority,
        aliases: Vec::new(),
        upstream: Vec::new(),
        related: Vec::new(),
        published: None,
        modified: None,
        withdrawn: None,
        summary: String::new(),
        details: String::new(),
        severities: Vec::new(),
        cwes: Vec::new(),
        affected,
        references: Vec::new(),
        malware: false,
        tags: Vec::new(),
        license: String::new(),
    }
}

/// A package that is affected in these stretches; none is every version.
pub fn affected(ecosystem: &str, name: &str, stretches: Vec<Vec<Event>>) -> Affected {
    Affected {
        package: Package {
            ecosystem: ecosystem.to_owned(),
            name: name.to_owned(),
            purl: None,
        },
        status: Status::Affected,
        ranges: stretches
            .into_iter()
            .map(|events| Range {
                kind: RangeKind::Ecosystem,
                events,
                repo: None,
            })
            .collect(),
        versions: Vec::new(),
        severities: Vec::new(),
        conditions: Conditions::default(),
        unread: Vec::new(),
    }
}

/// Below a fix.
pub fn below(fixed: &str) -> Vec<Event> {
    vec![
        Event::Introduced("0".to_owned()),
        Event::Fixed(fixed.to_owned()),
    ]
}

/// A component of a purl type.
pub fn component(kind: &str, name: &str, version: &str) -> anyhow::Result<Component> {
    let (namespace, bare) = match kind {
        "maven" => name.rsplit_once(':').unwrap_or(("", name)),
        "golang" | "composer" | "npm" | "swift" => name.rsplit_once('/').unwrap_or(("", name)),
        _ => ("", name),
    };
    let namespace = (!namespace.is_empty()).then_some(namespace);
    let purl = patchward_purl::Purl::new(kind, namespace, bare)?;
    let purl = if version.is_empty() {
        purl
    } else {
        purl.with_version(version)
    };
    Ok(Component {
        purl: purl.to_string(),
        name: name.to_owned(),
        version: version.to_owned(),
        ..Component::default()
    })
}

/// Findings that count as "vulnerable" in other scanners: not suppressed, and not "nobody can tell".
pub fn counted(findings: &[Finding]) -> impl Iterator<Item = &Finding> {
    findings.iter().filter(|finding| {
        finding.suppressed.is_none() && finding.status != FindingStatus::CannotTell
    })
}

/// The ids of a finding.
pub fn ids(finding: &Finding) -> BTreeSet<&str> {
    std::iter::once(&finding.vulnerability)
        .chain(&finding.aliases)
        .map(String::as_str)
        .collect()
}
