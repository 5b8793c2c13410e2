//! From a flaw's product status groups to statements.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::products::{Products, Target, Version};
use super::schema::Flaw;
use crate::format::json::Text;
use crate::format::statement::Statement;
use crate::format::{Sink, cut};
use crate::model::{Affected, Conditions, Event, Range, RangeKind, Status};

/// Statements that differ in nothing but the architecture are one.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Same {
    ecosystem: String,
    name: String,
    binary: bool,
    module: Option<String>,
    status: u8,
    /// What is said of versions, as text to compare by.
    versions: String,
}

/// The status groups of CSAF.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Group {
    FirstAffected,
    Affected,
    LastAffected,
    Fixed,
    NotAffected,
    Investigated,
}

/// What a flaw says of products, in a fixed order.
pub fn affected(flaw: &Flaw<'_>, products: &Products<'_>, sink: &mut dyn Sink) -> Vec<Affected> {
    let Some(status) = &flaw.status else {
        return Vec::new();
    };
    let remedies = remedies(flaw);
    let mut all: BTreeMap<Same, (Affected, BTreeSet<String>)> = BTreeMap::new();
    let mut missing = 0;
    let groups = [
        (Group::FirstAffected, &status.first_affected),
        (Group::Affected, &status.known_affected),
        (Group::LastAffected, &status.last_affected),
        (Group::Fixed, &status.first_fixed),
        (Group::Fixed, &status.fixed),
        (Group::NotAffected, &status.known_not_affected),
        (Group::Investigated, &status.under_investigation),
        // Elsewhere "recommended" is advice; of an operating system's package it names the fixed build.
        (Group::Fixed, &status.recommended),
    ];
    let last = groups.len() - 1;
    for (at, (group, ids)) in groups.into_iter().enumerate() {
        let advice = at == last;
        for id in ids.iter().flatten() {
            let Some(target) = products.target(id) else {
                missing += usize::from(!products.has(id));
                continue;
            };
            if advice && !target.of_system {
                continue;
            }
            let remedy = remedies.get(&**id).copied().unwrap_or(Status::Affected);
            add(&mut all, target, group, remedy);
        }
    }
    if missing > 0 {
        let name = flaw
            .cve
            .as_deref()
            .or(flaw.title.as_deref())
            .unwrap_or_default();
        sink.problem(format!(
            "{}: {missing} product ids are not in the product tree",
            cut(name)
        ));
    }
    all.into_values()
        .map(|(mut affected, arches)| {
            affected.conditions.arches = arches.into_iter().collect();
            affected
        })
        .collect()
}

/// What the publisher plans for unfixed products.
fn remedies<'f>(flaw: &'f Flaw<'_>) -> HashMap<&'f str, Status> {
    let mut out: HashMap<&str, Status> = HashMap::new();
    for remediation in flaw.remediations.iter().flatten() {
        let status = match &*remediation.category {
            "no_fix_planned" => Status::WontFix,
            "none_available"
                if remediation
                    .details
                    .to_ascii_lowercase()
                    .contains("deferred") =>
            {
                Status::Deferred
            }
            _ => continue,
        };
        let ids = remediation.product_ids.iter().flatten();
        out.extend(ids.map(|id: &Text<'_>| (&**id, status)));
    }
    out
}

fn add(
    all: &mut BTreeMap<Same, (Affected, BTreeSet<String>)>,
    target: Target,
    group: Group,
    remedy: Status,
) {
    let Some(said) = said(&target, group) else {
        return;
    };
    let status = match group {
        Group::FirstAffected | Group::Affected | Group::LastAffected => remedy,
        Group::Fixed if target.of_system => Status::Affected,
        Group::Fixed | Group::NotAffected => Status::NotAffected,
        Group::Investigated => Status::UnderInvestigation,
    };
    let same = Same {
        ecosystem: target.package.ecosystem.clone(),
        name: target.package.name.clone(),
        binary: target.binary,
        module: target.module.clone(),
        status: status as u8,
        versions: format!("{said:?}"),
    };
    let Said {
        ranges,
        versions,
        unread,
    } = said;
    let entry = all.entry(same).or_insert_with(|| {
        let affected = Affected {
            package: target.package,
            status,
            ranges,
            versions,
            severities: Vec::new(),
            conditions: Conditions {
                binary: target.binary,
                module: target.module,
                ..Conditions::default()
            },
            unread,
        };
        (affected, BTreeSet::new())
    });
    entry.1.extend(target.arch);
}

#[derive(Debug, Default)]
struct Said {
    ranges: Vec<Range>,
    versions: Vec<String>,
    unread: Vec<String>,
}

/// What is said of versions; `None` when a group says nothing about a product without version.
fn said(target: &Target, group: Group) -> Option<Said> {
    let one = |events: Vec<Event>| Said {
        ranges: vec![range(events)],
        ..Said::default()
    };
    let start = || Event::Introduced("0".into());
    let said = match (&target.version, group) {
        (Version::None, Group::Fixed) if target.of_system => return None,
        (Version::None, _) => Said::default(),
        (Version::Exact(version), Group::Fixed) if target.of_system => {
            one(vec![start(), Event::Fixed(version.clone())])
        }
        (Version::Exact(version), Group::LastAffected) => {
            one(vec![start(), Event::LastAffected(version.clone())])
        }
        (Version::Exact(version), Group::FirstAffected) => {
            one(vec![Event::Introduced(version.clone())])
        }
        (Version::Exact(version), _) => Said {
            versions: vec![version.clone()],
            ..Said::default()
        },
        (Version::Said(Statement::All), _) => Said::default(),
        (Version::Said(Statement::Versions(versions)), _) => Said {
            versions: versions.clone(),
            ..Said::default()
        },
        (Version::Said(Statement::Ranges(ranges)), _) => Said {
            ranges: ranges.iter().cloned().map(range).collect(),
            ..Said::default()
        },
        (Version::Unread(words), _) => Said {
            unread: vec![words.clone()],
            ..Said::default()
        },
    };
    Some(said)
}

fn range(events: Vec<Event>) -> Range {
    Range {
        kind: RangeKind::Ecosystem,
        events,
        repo: None,
    }
}
