//! The acceptances of a policy beside the decision: those that held until a day which has passed, and what each covers.

use jiff::Timestamp;
use jiff::civil::Date;
use patchward_knowledge::Knowledge;
use patchward_protocol::inventory;
use patchward_protocol::report::{Finding, Suppression};
use patchward_risk::decision::{Asset, Decider, FindingFacts};
use patchward_risk::policy::expression::Truth;
use patchward_risk::policy::{AcceptRule, Policy};

use super::facts::facts;
use super::notice::Notices;
use super::{Prioritisation, suppression};

/// The policy as it would decide if its expired acceptances held, the newest first; and their true last days.
#[derive(Debug)]
pub(super) struct Lapsed {
    policy: Policy,
    expired: Vec<AcceptRule>,
}

impl Lapsed {
    /// `None` where no acceptance has expired: then nothing is worked out twice.
    pub(super) fn of(policy: &Policy, today: Date) -> Option<Lapsed> {
        let mut expired: Vec<AcceptRule> = policy.expired(today).cloned().collect();
        if expired.is_empty() {
            return None;
        }
        expired.sort_by_key(|rule| std::cmp::Reverse(rule.until));
        let holds = expired.iter().cloned().map(|rule| AcceptRule {
            until: Date::MAX,
            ..rule
        });
        let policy = Policy {
            acceptances: holds.collect(),
            ..policy.clone()
        };
        Some(Lapsed { policy, expired })
    }

    /// Decides as if they held.
    pub(super) fn decider(&self, asset: Asset, today: Date) -> Decider<'_> {
        Decider::new(&self.policy, asset, today)
    }

    /// The decision on a finding that held until a day which has passed; the newest, where there are several.
    pub(super) fn decision(
        &self,
        facts: &FindingFacts,
        decider: &mut Decider<'_>,
    ) -> Option<Suppression> {
        let held = decider.decide(facts).accepted?;
        let of_it =
            |rule: &&AcceptRule| rule.rule.place == held.place && *rule.rule.name == *held.rule;
        let until = self.expired.iter().find(of_it)?.until;
        Some(Suppression {
            until: Some(until.to_string()),
            ..suppression(&held)
        })
    }
}

impl Prioritisation {
    /// How many of the findings each acceptance of the policy covers, in the policy's order, whatever its day.
    pub fn covered(
        &self,
        findings: &[Finding],
        asset: &inventory::Asset,
        knowledge: Option<&Knowledge>,
        now: Timestamp,
    ) -> Vec<usize> {
        let mut counts = vec![0; self.policy.acceptances.len()];
        if counts.is_empty() || findings.is_empty() {
            return counts;
        }
        let calendar = &self.policy.calendar;
        let today = calendar.day(now);
        let mut decider = self.decider(asset, today);
        let mut notices = Notices::of(knowledge);
        for finding in findings {
            let first_seen = self.seen.first(asset, finding);
            let facts = facts(finding, &mut notices, first_seen, calendar, today);
            let runs = decider.trace(&facts);
            let accepts = runs.iter().filter(|run| run.kind == "accept");
            for (count, run) in counts.iter_mut().zip(accepts) {
                *count += usize::from(run.outcome == Truth::Yes);
            }
        }
        counts
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: &str = "extends = ['balanced']
[[accept]]
name = 'old'
when = 'finding.id == \"CVE-2026-1\"'
reason = 'r'
by = 'ann'
until = 2026-01-10
[[accept]]
name = 'newer'
when = 'true'
reason = 'r2'
by = 'bob'
until = 2026-01-20
[[accept]]
name = 'holds'
when = 'finding.id == \"CVE-2026-2\"'
reason = 'r3'
by = 'eve'
until = 2999-01-01
";

    fn finding(id: &str) -> Finding {
        Finding {
            vulnerability: id.into(),
            ..Finding::default()
        }
    }

    #[test]
    fn a_lapsed_acceptance_is_told_on_its_findings_and_counts_what_it_covers() {
        let prioritisation = Prioritisation {
            policy: Policy::parse("policy.toml", RULES).unwrap().into(),
            ..Prioritisation::default()
        };
        let mut findings = [finding("CVE-2026-1"), finding("CVE-2026-2")];
        let asset = inventory::Asset::default();
        let now = "2026-02-01T00:00:00Z".parse().unwrap();
        prioritisation.decide(&mut findings, &asset, None, now);
        let lapsed = findings[0].lapsed.clone().unwrap();
        assert_eq!(lapsed.until.as_deref(), Some("2026-01-20"));
        assert_eq!(lapsed.author.as_deref(), Some("bob"));
        assert_eq!(lapsed.source, "policy.toml:8 (rule newer)");
        assert!(findings[0].suppressed.is_none());
        assert!(findings[1].suppressed.is_some() && findings[1].lapsed.is_none());
        let covered = prioritisation.covered(&findings, &asset, None, now);
        assert_eq!(covered, [1, 2, 1]);
    }
}
