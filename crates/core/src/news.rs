//! News: what is new or changed since an instant, and touches a target.
//!
//! A finding is news when we learnt something of its vulnerability after that instant: an advisory came, changed or
//! was withdrawn, or it was listed as exploited. A moved EPSS score alone is no news.

use std::collections::HashMap;

use jiff::Timestamp;
use patchward_knowledge::{Change, Knowledge, What};
use patchward_protocol::report::{Finding, ScanReport};
use serde::Serialize;

/// One piece of news.
#[derive(Debug, Clone, Serialize)]
pub struct Item {
    /// Name of the target.
    pub target: String,
    /// What happened, in words: `new advisory GHSA-… (osv/npm)`.
    pub what: Vec<String>,
    /// The finding that it touches.
    pub finding: Finding,
}

/// The findings of a report that something happened to after `since`, most urgent first.
pub fn news(report: &ScanReport, knowledge: &Knowledge, since: Timestamp) -> Vec<Item> {
    let changes = knowledge.changes_since(since);
    let mut by_id: HashMap<&str, Vec<&Change>> = HashMap::new();
    for change in &changes {
        by_id.entry(id_of(change)).or_default().push(change);
    }
    let mut items = Vec::new();
    for target in &report.targets {
        for finding in target
            .findings
            .iter()
            .filter(|finding| finding.suppressed.is_none())
        {
            let what = happened(finding, &by_id);
            if !what.is_empty() {
                items.push(Item {
                    target: target.asset.name.clone(),
                    what,
                    finding: finding.clone(),
                });
            }
        }
    }
    items
}

fn happened(finding: &Finding, changes: &HashMap<&str, Vec<&Change>>) -> Vec<String> {
    let advisories = finding
        .statements
        .iter()
        .map(|statement| &statement.advisory);
    let ids = std::iter::once(&finding.vulnerability)
        .chain(&finding.aliases)
        .chain(advisories);
    let mut what: Vec<String> = ids
        .filter_map(|id| changes.get(id.as_str()))
        .flatten()
        .map(|change| words(change))
        .collect();
    what.sort();
    what.dedup();
    what
}

/// The id that a changed record is about: a signal's key is `id|fact`.
fn id_of(change: &Change) -> &str {
    change.key.split('|').next().unwrap_or(&change.key)
}

/// A change in words.
pub fn words(change: &Change) -> String {
    let how = match change.what {
        What::Added => "new",
        What::Changed => "changed",
        What::Withdrawn => "withdrawn",
        What::Removed => "gone",
    };
    match change.key.split_once('|') {
        Some((id, fact)) => {
            let fact = fact.replace('|', " ");
            format!("{how}: {fact} of {id} ({})", change.feed)
        }
        None => format!("{how} advisory {} ({})", change.key, change.feed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(key: &str, what: What) -> Change {
        Change {
            learnt: Timestamp::UNIX_EPOCH,
            feed: "osv/npm".into(),
            key: key.into(),
            what,
            modified: None,
            since: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_finding_is_news_by_any_of_its_ids() {
        let (new, kev) = (
            change("GHSA-1", What::Added),
            change("CVE-2024-1|kev|CISA", What::Added),
        );
        let changes = HashMap::from([(id_of(&new), vec![&new]), (id_of(&kev), vec![&kev])]);
        let finding = Finding {
            vulnerability: "CVE-2024-1".into(),
            aliases: vec!["GHSA-1".into()],
            ..Finding::default()
        };
        let expected = [
            "new advisory GHSA-1 (osv/npm)",
            "new: kev CISA of CVE-2024-1 (osv/npm)",
        ];
        assert_eq!(happened(&finding, &changes), expected);
        let other = Finding {
            vulnerability: "CVE-2024-2".into(),
            ..Finding::default()
        };
        assert!(happened(&other, &changes).is_empty());
    }
}
