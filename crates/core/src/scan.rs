//! Scan: inventories × knowledge → a report.
//!
//! Load (inventories, knowledge), decide (matching, suppression, filters, order: pure), and the face writes the result.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use patchward_knowledge::Knowledge;
use patchward_protocol::inventory::Inventory;
use patchward_protocol::report::{
    Finding, FindingStatus, KnowledgeState, SCHEMA, ScanReport, Summary, TargetReport,
};

use crate::baseline::Baseline;
use crate::filter::Filter;
use crate::ignore::IgnoreRules;
use crate::local;
use crate::matching::{WITHDRAWN, matching};
use crate::patches::patches;
use crate::prioritise::Prioritisation;
use crate::rank;
use crate::vex::Vex;

/// A feed that was last checked longer ago than this is named as not up to date.
const STALE: SignedDuration = SignedDuration::from_hours(24 * 7);

/// The orders of findings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Order {
    /// Most urgent first ([`rank`]).
    #[default]
    Risk,
    /// Highest severity first.
    Severity,
    /// By package.
    Package,
    /// Newest vulnerability first.
    Id,
}

/// What counts, and how it is shown.
#[derive(Debug, Clone, Default)]
pub struct Criteria {
    /// Findings that are wanted.
    pub filter: Filter,
    /// Their order.
    pub order: Order,
    /// Findings that the organisation does not count.
    pub ignore: IgnoreRules,
    /// Statements of others that something is not affected.
    pub vex: Vex,
    /// Findings that are not new.
    pub baseline: Option<Baseline>,
    /// The policy that decides priorities and dates; without one nothing is decided.
    pub prioritisation: Option<Prioritisation>,
    /// List every component in the report.
    pub all_components: bool,
    /// Feeds that were checked longer ago than this are named as not up to date; without it, those of a week ago.
    pub max_age: Option<SignedDuration>,
}

/// Judges inventories by what is known. Without knowledge only the package manager's own word is used.
pub fn report(
    inventories: Vec<Inventory>,
    knowledge: Option<&Knowledge>,
    criteria: &Criteria,
    now: Timestamp,
) -> ScanReport {
    let today = local::day(now);
    let targets: Vec<TargetReport> = inventories
        .into_iter()
        .map(|inventory| target(inventory, knowledge, criteria, now, today))
        .collect();
    ScanReport {
        schema: SCHEMA.to_owned(),
        tool_version: env!("CARGO_PKG_VERSION").to_owned(),
        started: now,
        knowledge: knowledge.map(|knowledge| state(knowledge, now, criteria.max_age)),
        summary: summary(&targets),
        targets,
    }
}

fn target(
    mut inventory: Inventory,
    knowledge: Option<&Knowledge>,
    criteria: &Criteria,
    now: Timestamp,
    today: Date,
) -> TargetReport {
    let matched = knowledge
        .map(|knowledge| matching(&inventory, knowledge))
        .unwrap_or_default();
    let components = inventory.components.len() as u64;
    if !criteria.all_components {
        // A finding has its own component: the memory of the others is for the decisions.
        inventory.components = Vec::new();
    }
    let mut findings = matched.findings;
    for finding in &mut findings {
        if finding.suppressed.is_none() {
            finding.suppressed = criteria
                .ignore
                .suppression(finding, today)
                .or_else(|| criteria.vex.suppression(finding, inventory.os.as_ref()))
                .or_else(|| {
                    criteria
                        .baseline
                        .as_ref()
                        .and_then(|baseline| baseline.suppression(finding))
                })
                .map(Box::new);
            if finding.suppressed.is_none() {
                finding.lapsed = criteria.ignore.lapsed(finding, today).map(Box::new);
            }
        }
    }
    if let Some(prioritisation) = &criteria.prioritisation {
        prioritisation.decide(&mut findings, &inventory.asset, knowledge, now);
    }
    findings.retain(|finding| criteria.filter.passes(finding));
    rank::sort(&mut findings, rank::by_risk);
    let patches = patches(&findings, &inventory.pending, inventory.os.as_ref());
    match criteria.order {
        Order::Risk => {}
        Order::Severity => rank::sort(&mut findings, rank::by_severity),
        Order::Package => rank::sort(&mut findings, rank::by_package),
        Order::Id => rank::sort(&mut findings, rank::by_id),
    }
    let mut problems = inventory.problems;
    problems.extend(matched.problems);
    TargetReport {
        asset: inventory.asset,
        os: inventory.os,
        kernels: inventory.kernels,
        sources: inventory.sources,
        components,
        inventory: inventory.components,
        findings,
        patches,
        pending: inventory.pending,
        problems,
    }
}

/// A report with only the findings that pass `filter`, and the patches for these; suppressed findings stay.
pub fn narrowed(mut report: ScanReport, filter: &Filter) -> ScanReport {
    for target in &mut report.targets {
        target.findings.retain(|finding| filter.passes(finding));
        rank::sort(&mut target.findings, rank::by_risk);
        target.patches = patches(&target.findings, &target.pending, target.os.as_ref());
    }
    report.summary = summary(&report.targets);
    report
}

/// How old the knowledge is, and which feeds are not up to date: failed, not whole, or checked longer ago than `max_age`.
pub fn state(
    knowledge: &Knowledge,
    now: Timestamp,
    max_age: Option<SignedDuration>,
) -> KnowledgeState {
    let manifest = knowledge.manifest();
    let most = max_age.unwrap_or(STALE);
    let stale = manifest.feeds.iter().filter(|(_, feed)| {
        let old = feed
            .checked
            .is_some_and(|checked| now.duration_since(checked) > most);
        feed.failure.is_some() || !feed.lost.is_empty() || old
    });
    KnowledgeState {
        generation: manifest.generation.to_string(),
        updated: manifest
            .feeds
            .values()
            .filter_map(|feed| feed.checked)
            .max(),
        records: manifest.feeds.values().map(|feed| feed.records).sum(),
        stale: stale.map(|(name, _)| name.clone()).collect(),
    }
}

/// How long ago the feed that was checked least recently was checked; `None` when no feed ever was.
pub fn age(knowledge: &Knowledge, now: Timestamp) -> Option<SignedDuration> {
    let checked = knowledge
        .manifest()
        .feeds
        .values()
        .filter_map(|feed| feed.checked);
    checked.min().map(|oldest| now.duration_since(oldest))
}

/// Counts what counts.
pub fn summary(targets: &[TargetReport]) -> Summary {
    let mut summary = Summary::default();
    for target in targets {
        summary.components += target.components;
        summary.problems += target.problems.len() as u64;
        for finding in &target.findings {
            count(finding, &mut summary);
        }
    }
    summary
}

fn count(finding: &Finding, summary: &mut Summary) {
    if let Some(suppressed) = &finding.suppressed {
        match suppressed.by.as_str() {
            WITHDRAWN => summary.withdrawn += 1,
            _ => summary.suppressed += 1,
        }
        return;
    }
    summary.findings += 1;
    summary.fixable += u64::from(finding.status == FindingStatus::Fixable && !finding.malware);
    summary.kev += u64::from(rank::exploited(finding));
    *summary
        .by_severity
        .entry(finding.severity.level)
        .or_default() += 1;
}

#[cfg(test)]
mod tests {
    use super::*;
    use patchward_protocol::report::{SeverityLevel, Suppression};

    #[test]
    fn suppressed_findings_are_counted_apart() {
        let mut counted = Finding::default();
        counted.severity.level = SeverityLevel::High;
        let ignored = Finding {
            suppressed: Some(Box::default()),
            ..Finding::default()
        };
        let withdrawn = Finding {
            suppressed: Some(Box::new(Suppression {
                by: WITHDRAWN.to_owned(),
                ..Suppression::default()
            })),
            ..Finding::default()
        };
        let target = TargetReport {
            components: 3,
            findings: vec![counted, ignored, withdrawn],
            ..TargetReport::default()
        };
        let summary = summary(&[target]);
        assert_eq!(
            (summary.findings, summary.suppressed, summary.components),
            (1, 1, 3)
        );
        assert_eq!(summary.withdrawn, 1);
        assert_eq!(summary.by_severity.get(&SeverityLevel::High), Some(&1));
    }

    #[test]
    fn without_knowledge_the_report_says_so() {
        let report = report(
            vec![Inventory::default()],
            None,
            &Criteria::default(),
            Timestamp::UNIX_EPOCH,
        );
        assert_eq!(report.knowledge, None);
        assert_eq!(report.schema, SCHEMA);
    }
}
